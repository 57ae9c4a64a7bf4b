"""What the terminal shows while a study runs, and at its end."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from suite.analysis.records import Table as Headline
from suite.running.conductor import Outcome, Progress
from suite.running.estimate import in_words
from suite.study.study import Study

QUIET_SECONDS = 15
"""Where the output is no terminal: seconds between two lines."""


class Live:
    """A live display of a study; a line now and then where the output is no terminal. Call it with each Progress."""

    def __init__(self, console: Console, name: str, study: Study):
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

    def __enter__(self) -> "Live":
        self._console.print(f"[bold]{self._name}[/]: {escape(self._study.question.strip())}")
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind, *error) -> None:
        self._live.stop()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            kept = self._progress.done if self._progress else 0
            total = self._study.trainings
            self._console.print(
                f"Interrupted. {kept} of {total} trainings are kept; the same command goes on from there."
            )

    def __call__(self, progress: Progress) -> None:
        self._progress = progress
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
    """The answer in words, predictions, the table, the warnings, the diagnosis and where to look."""
    findings = outcome.findings
    console.print(f"\n[bold]{escape(findings.answer)}[/]\n", highlight=False)
    for checked in findings.predictions:
        console.print(
            f"{escape(checked.claim)}: [bold]{checked.verdict}[/] ({escape(checked.seen)})", highlight=False
        )
    if findings.headline:
        console.print(_table(findings.headline), highlight=False)
    for warning in findings.warnings:
        console.print(f"[yellow]note:[/] {escape(warning)}", highlight=False)
    for text in _diagnoses(findings.summary.get("diagnoses", {})):
        console.print(f"[cyan]diagnosis:[/] {escape(text)}", highlight=False)
    console.print(f"\n{findings.trainings} trainings in {outcome.seconds:.0f} s")
    console.print(f"report       {outcome.page}", soft_wrap=True, highlight=False)
    console.print("compare      make ui, then http://127.0.0.1:5000", highlight=False)
    console.print(f"SavedModel   {outcome.saved_model}", soft_wrap=True, highlight=False)
    if outcome.tracking:
        console.print(f"[yellow]note:[/] {escape(outcome.tracking)}", soft_wrap=True, highlight=False)


def _table(headline: Headline) -> Table:
    """The table of the findings, as the terminal shows it."""
    table = Table(*map(escape, headline.columns), box=None, pad_edge=False)
    for row in headline.rows:
        table.add_row(*(escape(cell if isinstance(cell, str) else ", ".join(cell)) for cell in row))
    return table


def _diagnoses(diagnoses: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each verdict and next step, with the levels that share it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for level, found in diagnoses.items():
        groups.setdefault((found["verdict"], found["next_step"]), []).append(level)
    for (verdict, next_step), levels in groups.items():
        yield f"{verdict} ({', '.join(levels)}). {next_step}"
