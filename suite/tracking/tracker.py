"""Logs a study in MLflow beside the study, so that neither its speed nor its answer depends on the store."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from suite import paths
from suite.study.demonstration import Demonstration
from suite.study.study import Study
from suite.tracking import address
from suite.tracking.later import Later
from suite.tracking.model import SavedModel
from suite.tracking.runs import Runs, Training
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.analysis.records import Findings
    from suite.export.records import Form

TOGETHER = 100
"""Most trainings that are logged at once, which takes fractions of a second; a server takes one at a time."""


class Tracker:
    """Logs a study as an MLflow parent run with a child for each training.

    A study that is started again goes on with the parent of its earlier session, found by its `key`, and logs
    what is missing there. The parent ends as FINISHED; as KILLED on Ctrl-C; as FAILED on another exception,
    or where something could not be logged.

    It is a context manager. Nothing but leaving the context waits for MLflow, and nothing is raised there for
    a store that fails.

    Args:
        study: what is run. What may change between sessions of one key, such as the budget, is a tag.
        name: of the study: of its experiment and of its parent run.

    Attributes:
        failure: after leaving the context, what could not be logged and what to do, in one line, or None.
    """

    def __init__(self, study: Study | Demonstration, name: str):
        self.failure: str | None = None
        self._runs = Runs(study, name)
        self._later = Later(self._runs.open, TOGETHER if address.is_database() else 1)

    def __enter__(self) -> Self:
        self._later.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._end_now()
            return
        self._add("end", self._end, "FINISHED" if kind is None else "FAILED")
        try:
            self._later.finish()
        except KeyboardInterrupt:
            self._end_now()
            raise
        self.failure = self._failure()

    def _end_now(self) -> None:
        """Closes the parent of a study that is interrupted; what was not logged is for the next start."""
        self._later.drop()
        self._add("end", self._end, "KILLED")
        self._later.finish()

    def log(self, role: Literal["trial", "replicate"], label: str, number: int, result: Result) -> None:
        """Logs a training as a child run, unless a session before this one did: see `suite.tracking.record`.

        Args:
            role: a trial of a search, or a replicate of a winner.
            label: of the case.
            number: of the trial or replicate, from 0.
            result: of the training, which is taken to have ended now. What is not finite is left out.
        """
        ended = Training(role, label, number, result, time.time())
        self._later.add_thing(role, self._runs.log_trainings, ended)

    def log_dataset(self, name: str, digest: str, source: str, sizes: Mapping[str, int]) -> None:
        """Logs the data set as an input of the parent.

        Args:
            name: of the data set.
            digest: checksum of its content.
            source: where it came from.
            sizes: split -> number of examples.
        """
        self._add("data set", self._runs.log_dataset, name, digest, source, dict(sizes))

    def log_model(
        self,
        folder: Path,
        name: str,
        *,
        inputs: "Mapping[str, Form]",
        output: "Form",
        metrics: Mapping[str, float],
    ) -> None:
        """Logs a SavedModel of `suite.export`, byte for byte, as the one current model of the parent.

        Args:
            folder: the SavedModel.
            name: of the logged model.
            inputs: raw input -> type and shape without the batch. output: of what calling it gives.
            metrics: of this model, such as its test accuracy.

        Raises:
            ValueError: `folder` holds no SavedModel.
        """
        if not (Path(folder) / "saved_model.pb").is_file():
            raise ValueError(f"`folder` must hold a SavedModel. Received: {folder}.")
        saved = SavedModel(Path(folder), name, dict(inputs), output, dict(metrics))
        self._add("model", self._runs.log_model, saved)

    def finish(self, folder: Path, findings: "Findings") -> None:
        """Logs the outcome on the parent: see `suite.tracking.record.answer`.

        Args:
            folder: the report, which becomes the artifact `report`.
            findings: of the study. The answer becomes a tag and, below the question, the description.

        Raises:
            ValueError: there is no such folder, which MLflow would pass over in silence.
        """
        if not Path(folder).is_dir():
            raise ValueError(f"`folder` must be the folder of a report. Received: {folder}.")
        self._add("answer", self._runs.log_answer, Path(folder), findings)

    def _add(self, what: str, work: Callable[..., object], *arguments: Any) -> None:
        self._later.add(what, partial(work, *arguments))

    def _end(self, status: str) -> None:
        self._runs.end("FAILED" if self._later.refused else status)

    def _failure(self) -> str | None:
        """What could not be logged, in one line: what failed, what was kept, what to do."""
        later, where = self._later, f"tracking in {address.shown()} failed"
        kept = f"the results are kept in {paths.home()}"
        again = "run the same command again: it logs what is missing."
        if later.error:
            missing = _counted([work.what for work in later.kept])
            what = "see that it can be written" if address.is_local() else "start the server"
            why = address.reason(later.error)
            return f"{where}: {why}; {missing} not logged, {kept}. To do: {what} and {again}"
        if later.refused:
            missing = _counted([what for what, _ in later.refused])
            why = address.reason(later.refused[0][1])
            return f"{where} in part: {why}; {missing} not logged, {kept}. To do: mend that and {again}"
        return None


def _counted(things: list[str]) -> str:
    """Such as `3 trials, 2 replicates, 1 answer`."""
    counts = Counter(thing for thing in things if thing != "end")
    return ", ".join(f"{count} {thing}{'s' * (count > 1)}" for thing, count in counts.items()) or "nothing"
