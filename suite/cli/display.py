"""Shows in the terminal how far a study is, and at its end what was found and where it lies."""

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from suite.analysis.records import Findings
from suite.analysis.records import Table as Headline
from suite.analysis.words import joined
from suite.cli import interruption
from suite.cli.options import command_line
from suite.running.estimate import in_words
from suite.running.outcome import Outcome, Progress
from suite.study.demonstration import Demonstration
from suite.study.study import Study
from suite.tracking import ui_address

QUIET_SECONDS = 15
"""Seconds between two lines where the output is no terminal."""


class Live:
    """Shows a study while it runs; a line now and then where the output is no terminal.

    Args:
        console: where to.
        name: of the study.
        study: that runs.
    """

    def __init__(self, console: Console, name: str, study: Study | Demonstration):
        self._console, self._name, self._study = console, name, study
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
        )
        self._task = self._bar.add_task("starting", total=study.trainings, left="")
        self._live = RichLive(self._bar, console=console, refresh_per_second=5, transient=True)
        self._started = self._told = time.monotonic()
        self._progress: Progress | None = None
        self._decided = self._lost = 0

    def __enter__(self) -> Self:
        self._console.print(
            f"[bold]{escape(self._name)}[/]: {escape(self._study.question.strip())}", highlight=False
        )
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        interruption.end_at_once()
        self._live.stop()
        if isinstance(error, interruption.Interrupted):
            kept = self._progress.done if self._progress else 0
            total = self._progress.total if self._progress else self._study.trainings
            self._console.print(
                f"Interrupted. {kept} of {total} trainings are kept; the same command goes on from there.",
                soft_wrap=True,
            )

    def __call__(self, progress: Progress) -> None:
        """Shows the state of affairs. From the first call on there is a run to close."""
        if self._progress is None:
            interruption.unwind()
        self._progress = progress
        while self._decided < len(progress.decided):
            said = escape(progress.decided[self._decided])
            self._console.print(f"[yellow]data:[/] {said}", highlight=False, soft_wrap=True)
            self._decided += 1
        for said in progress.lost[self._lost :]:
            self._console.print(f"[yellow]lost:[/] {escape(said)}", highlight=False, soft_wrap=True)
        self._lost = len(progress.lost)
        left = self._left(progress)
        if self._console.is_terminal:
            self._bar.update(
                self._task,
                description=progress.doing,
                completed=progress.done,
                total=progress.total,
                left=left,
            )
            now = [
                f"  [dim]worker {worker}[/] {escape(text)}" for worker, text in sorted(progress.now.items())
            ]
            self._live.update(Group(self._bar, *now))
        elif time.monotonic() - self._told > QUIET_SECONDS:
            self._told = time.monotonic()
            self._console.print(
                f"{progress.doing}: {progress.done}/{progress.total} trainings{', ' + left if left else ''}"
            )

    def _left(self, progress: Progress) -> str:
        """Time left, once enough trainings of this session are done to tell."""
        fresh = progress.done - progress.reused
        if fresh < 3 or progress.done >= progress.total:
            return ""
        elapsed = time.monotonic() - self._started
        return in_words(elapsed / fresh * (progress.total - progress.done)) + " left"


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Prints the answer in words, its table, warnings, predictions and diagnosis, and where to look."""
    findings = outcome.findings
    console.print(f"\n[bold]{escape(findings.answer)}[/]\n", highlight=False)
    if findings.headline:
        console.print(table(findings.headline, console.width), highlight=False)
    for kind, text in _remarks(findings):
        console.print(f"{kind} {escape(text)}", highlight=False)
    console.print(f"\n{findings.trainings} trainings in {outcome.seconds:.0f} s", highlight=False)
    places = {
        "report": outcome.page,
        "compare": f"{command_line('ui', '', '')}, then {ui_address()}",
        "SavedModel": outcome.saved_model,
    }
    for name, place in places.items():
        console.print(f"{name:<12} {escape(str(place))}", soft_wrap=True, highlight=False)
    failures = (*outcome.failures, *([outcome.tracking] if outcome.tracking else []))
    for failure in failures:
        console.print(f"[red]failed:[/] {escape(failure)}", soft_wrap=True, highlight=False)
    if failures:
        console.print("The answer stands. The same command tries again what failed, and trains nothing.")


def table(headline: Headline, width: int) -> Table:
    """The table of the findings as the terminal has it: what does not fit is folded, a word only where all of
    them do not fit, and nothing is cut."""
    rows = [[cell if isinstance(cell, str) else "\n".join(cell) for cell in row] for row in headline.rows]
    columns = list(zip(headline.columns, *rows, strict=True))
    words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    fits = sum(words) + 2 * len(words) <= width
    shown = Table(box=None, pad_edge=False)
    for name, longest in zip(headline.columns, words, strict=True):
        shown.add_column(escape(name), overflow="fold", min_width=longest if fits else None)
    for row in rows:
        shown.add_row(*map(escape, row))
    return shown


def _remarks(findings: Findings) -> Iterator[tuple[str, str]]:
    """What is said below the table, each with its kind."""
    for checked in findings.predictions:
        seen = f"{checked.claim}: {checked.verdict}. Expected {checked.expected}; seen {checked.seen}."
        yield "[magenta]prediction:[/]", f"{seen} ({checked.source})"
    for warning in findings.warnings:
        yield "[yellow]note:[/]", warning
    for text in _diagnoses(findings.summary.get("diagnoses", {})):
        yield "[cyan]from the curves:[/]", text
    if limits := findings.summary.get("diagnosis"):
        yield "[cyan]diagnosis:[/]", limits["words"]


def _diagnoses(diagnoses: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each verdict and next step, with the levels that share it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for level, found in diagnoses.items():
        groups.setdefault((found["verdict"], found["next_step"]), []).append(level)
    for (verdict, next_step), levels in groups.items():
        yield f"{verdict} ({joined(levels)}). {next_step}"
