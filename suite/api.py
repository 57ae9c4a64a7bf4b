"""Runs studies from Python, and reads finished ones: tables are DataFrames, figures show themselves in a
notebook."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.study import catalog
from suite.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from suite.running.outcome import Outcome, Progress
    from suite.study.demonstration import Demonstration


class Results:
    """What a study found: its answer, its tables as DataFrames, its figures as charts.

    In a notebook it shows the answer, the warnings, the ranking and the figure that shows it.

    Attributes:
        findings: everything that is said of the study, see `suite.analysis.records.Findings`.
        page: the report, or why there is none.
        saved_model: the folder of the winner, or why there is none.
    """

    def __init__(self, outcome: "Outcome"):
        self.findings, self.page, self.saved_model = outcome.findings, outcome.page, outcome.saved_model

    @property
    def answer(self) -> str:
        """The verdict in words."""
        return self.findings.answer

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before relying on the answer."""
        return self.findings.warnings

    @property
    def levels(self) -> "pd.DataFrame":
        """A row a level, best first: its score with the interval, what else was tested, its best
        configuration."""
        return self._table("levels")

    @property
    def pairs(self) -> "pd.DataFrame":
        """A row a pair that was compared: the difference with its interval, its probability and the
        verdict."""
        return self._table("pairs")

    @property
    def predictions(self) -> "pd.DataFrame":
        """A row a prediction: what was claimed, what was seen, and whether the claim survives."""
        return self._frame([asdict(each) for each in self.findings.predictions])

    @property
    def measures(self) -> "pd.DataFrame":
        """A row a measured number: quantity, where it was measured, estimate and interval."""
        return self._frame([asdict(each) for each in self.findings.measures])

    @property
    def trainings(self) -> "pd.DataFrame":
        """A row a training: every hyperparameter, and what came of it.

        Raises:
            FileNotFoundError: the report was not written.
        """
        import pandas as pd

        return pd.read_csv(Path(self.page).parent / "trainings.csv")

    @property
    def figures(self) -> "Figures":
        """The figures of the report by name; each is an Altair chart."""
        return Figures(self)

    def __repr__(self) -> str:
        return f"<Results of {self.findings.name}: {self.answer}>"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        warned = f"<p>Before you rely on it:</p><ul>{said}</ul>" if said else ""
        table = self.levels.to_html(index=False) if self.findings.summary.get("levels") else ""
        return f"<h3>{escape(self.findings.question)}</h3><p><b>{escape(self.answer)}</b></p>{warned}{table}"

    def _table(self, name: str) -> "pd.DataFrame":
        return self._frame(self.findings.summary.get(name, ()))

    @staticmethod
    def _frame(rows: Any) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame(list(rows))


class Figures(Mapping[str, Any]):
    """The figures of a study by name; each is an Altair chart that shows itself in a notebook."""

    def __init__(self, results: Results):
        from suite.report.page import figures_of

        self._figures = {figure.name: figure for figure in figures_of(results.findings)}

    def __getitem__(self, name: str) -> Any:
        from suite.report.figures import titled

        return titled(self._figures[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)


def run(
    study: Study | str,
    *,
    name: str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    needs: Mapping[str, float] | None = None,
    **settings: Any,
) -> Results:
    """Runs a study, going on from whatever of it is finished, and shows its progress.

    Args:
        study: a Study, the name of one in studies/, or the path of a file that declares one.
        name: what the results of a Study go by; by default words of its question.
        workers: that train; by default what the machine has cores for, or the cluster places.
        cluster: a Ray cluster that trains, as HOST:PORT, or auto: this machine's, or else one of its own.
        needs: of each worker of a cluster: `cpus`, `gpus` and `memory` in GiB.
        **settings: fields of the study, or of what it fixes, to change.

    Raises:
        ValueError: an impossible study or setting.
        OSError: nothing can be written.
    """
    from suite.running import conductor
    from suite.running.cluster.request import Request

    name, chosen = _chosen(study, name, settings)
    amounts = {need: str(amount) for need, amount in (needs or {}).items()}
    asked = Request.parse(cluster, amounts, workers)
    show = _Shown()
    outcome = conductor.run(
        chosen, name, command=f"suite.run({name!r})", worker_count=workers, show=show, cluster=asked
    )
    show.done()
    return Results(outcome)


def load(study: Study | str, *, name: str | None = None, **settings: Any) -> Results:
    """Reads what a finished study found; trains nothing.

    Args:
        study, name, **settings: as `run` takes them.

    Raises:
        ValueError: it was not run to its end.
    """
    from suite.running import conductor

    name, chosen = _chosen(study, name, settings)
    outcome = conductor.finished(chosen, name)
    if outcome is None:
        raise ValueError(f"`study` expects one that was run to its end. Received: {name}; call `run` first.")
    return Results(outcome)


def _chosen(
    study: Study | str, name: str | None, settings: Mapping[str, Any]
) -> "tuple[str, Study | Demonstration]":
    if isinstance(study, str):
        return catalog.changed(study, settings)
    return catalog.named(study.replace(**settings) if settings else study, name)


class _Shown:
    """Shows progress: one line that changes, in a notebook only."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._said = ""

    def __call__(self, progress: "Progress") -> None:
        self._say(f"{progress.doing}: {progress.done} of {progress.total} trainings")

    def done(self) -> None:
        """Says that all is done."""
        self._say("done")

    def _say(self, text: str) -> None:
        if text == self._said:
            return
        self._said = text
        try:
            from IPython import get_ipython
            from IPython.display import HTML, display
        except ImportError:
            return
        if get_ipython() is None:
            return
        shown = HTML(f"<p>{escape(text)}</p>")
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)
