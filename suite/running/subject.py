"""Finds what is to be diagnosed: a configuration, the winner of a study, or a run in the tracker."""

import json
from collections.abc import Mapping

from suite.names import safe
from suite.study import catalog
from suite.study.config import Config, check_names
from suite.study.prediction import Scalar
from suite.study.resolve import check, resolve
from suite.study.study import Study


def of_config(settings: Mapping[str, Scalar]) -> tuple[str, Config]:
    """Gives the name and the configuration of settings, as the command line has them.

    Raises:
        ValueError: what Config refuses.
    """
    check_names("CONFIG", settings, [str(settings.get("model"))])
    config = Config.model_validate(settings)
    check(config)
    return safe("-".join(f"{name}={value}" for name, value in settings.items())), config


def of_study(name: str, settings: Mapping[str, Scalar]) -> tuple[str, Config]:
    """Gives the name of a study that was run, and the configuration of its winner.

    Raises:
        ValueError: no such study, or it has no winner.
    """
    name, study = catalog.changed(name, settings)
    if not isinstance(study, Study):
        raise ValueError(f"`NAME` expects a study with trainings. Received: {name}, a demonstration.")
    from suite.running import results

    record = results.folder_of(resolve(study), name) / "winner.json"
    if not record.exists():
        raise ValueError(f"`NAME` expects a study that was run. Received: {name}, which has no winner yet.")
    return name, Config(**json.loads(record.read_text())["config"])


def of_run(run_id: str) -> tuple[str, Config]:
    """Gives the id of a run in the tracker and the configuration that it trained; of a study's parent run,
    that of its winner.

    Raises:
        ValueError: no such run, or one that has no such parameters.
    """
    from suite.tracking import tracked_run

    return safe(run_id), tracked_run(run_id).config
