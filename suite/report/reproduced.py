"""Puts published figures beside ours, as tables of Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suite.analysis.records import Findings
from suite.analysis.words import duration

COLUMNS = ("published", "expected here", "ours", "")

WORDS = {
    "survives": "agrees",
    "reverses": "differs",
    "cannot be told apart": "cannot be told",
    "not measured": "not measured",
}
"""Verdict on a prediction -> what is said of a published figure."""


@dataclass(frozen=True)
class Table:
    """A published table that was tried again, or was not.

    Attributes:
        name: of its study in studies/published.
        question: of that study.
        left: about how long it takes, in words, and the command that runs it.
        findings: what was found; None: it was not run.
    """

    name: str
    question: str
    left: str
    findings: Findings | None


def rows(table: Table) -> Iterator[tuple[str, ...]]:
    """Gives a row of COLUMNS for each published figure of a table that was run."""
    for checked in table.findings.predictions if table.findings else ():
        yield checked.claim, checked.expected, checked.seen, WORDS[checked.verdict]


def markdown(tables: Sequence[Table]) -> str:
    """Writes all tables as Markdown: those that were run, and then which were not.

    What is expected are bounds around the published figure, from its own spread or its test split; ours has
    its interval in brackets.
    """
    lines = [
        "# Published tables, tried again",
        "",
        "What is expected here are bounds around the published figure: two of its own standard deviations, or"
        " two standard errors of its test split, or what its study's file says. Ours has its 95% interval in"
        " brackets, which holds the luck of the search where there was one.",
    ]
    for table in tables:
        if table.findings:
            sources = dict.fromkeys(checked.source for checked in table.findings.predictions)
            time = duration(table.findings.seconds)
            lines += [
                "",
                f"## {table.name}",
                "",
                f"{table.question} {table.findings.trainings} trainings, {time}.",
            ]
            lines += ["", *_table(COLUMNS, rows(table)), "", f"Source: {'; '.join(sources)}."]
    if waiting := [table for table in tables if not table.findings]:
        lines += ["", "## Not run here", ""]
        cells = ((table.name, table.question, table.left) for table in waiting)
        lines += _table(("table", "question", "takes"), cells)
    return "\n".join(lines) + "\n"


def _table(columns: Sequence[str], cells: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in cells:
        yield f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in row)} |"
