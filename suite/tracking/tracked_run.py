"""Reads what a run in the tracker was trained with."""

import json

from suite.tracking import store


def params_of(run_id: str) -> dict[str, str]:
    """Returns the parameters of a run as texts; of a study's parent run, those of its winner.

    Raises:
        OSError: nobody answers at the address of the tracker.
        ValueError: no such run, or a study without a winner.
    """
    from mlflow.exceptions import MlflowException

    with store.lock():
        client = store.client()
    try:
        run = client.get_run(run_id)
        if run.data.tags.get("role") == "study":
            winners = json.loads(run.data.tags.get("winner_runs", "[]"))
            if not winners:
                raise ValueError(f"`RUN` expects a run that trained. Received: {run_id}, without a winner.")
            run = client.get_run(winners[0])
    except MlflowException:
        raise ValueError(f"`RUN` expects the id of a run in the tracker. Received: {run_id!r}.") from None
    return dict(run.data.params)
