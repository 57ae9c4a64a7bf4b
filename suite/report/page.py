"""Writes the page and files of a study: all that is said of it, in one folder that needs neither server nor
network."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import methodcaller
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from suite.analysis.records import Block, Details, Figure, Findings
from suite.analysis.words import duration
from suite.paths import replace
from suite.report.figures import png, spec
from suite.report.library import library

FORMULA = re.compile(r"[=+\-@\t\r\n]")
"""How a cell begins that a spreadsheet computes."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
"""One that is only a number."""

VERDICTS = {
    "survives": "survives",
    "reverses": "reverses",
    "cannot be told apart": "unsure",
    "not measured": "unmeasured",
}
"""Verdict on a prediction -> the class of its mark in the page's style."""


@dataclass(frozen=True)
class Drawn:
    """The figures of findings, by name.

    Attributes:
        pictures: PNG files. specs: Vega-Lite specifications for the page, without their tables.
        tables: by their content: figures that draw one table share it.
    """

    pictures: Mapping[str, bytes]
    specs: Mapping[str, Any]
    tables: Mapping[str, Any]


def draw(findings: Findings) -> Drawn:
    """Draws the figures of findings, which takes most of the time that a page takes."""
    drawn = figures_of(findings)
    specs = {figure.name: spec(figure) for figure in drawn}
    pictures = {figure.name: png(figure, specs[figure.name]) for figure in drawn}
    tables = {name: rows for each in specs.values() for name, rows in each.pop("datasets", {}).items()}
    library()
    return Drawn(pictures, specs, tables)


def write(
    findings: Findings, trainings: pd.DataFrame | None, folder: Path, drawn: Drawn | None = None
) -> Path:
    """Writes `index.html`, `figures/*.png`, `summary.json` and `trainings.csv`; a second call replaces them.

    Args:
        findings: all that is said.
        trainings: one row a training; None where nothing was trained.
        folder: where to; made if missing.
        drawn: what `draw` gave of the same figures; None: they are drawn now.

    Returns:
        The path of `index.html`, which loads nothing from outside itself.
    """
    drawn = drawn or draw(findings)
    pictures = folder / "figures"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.pictures.items():
        replace(pictures / f"{name}.png", methodcaller("write", picture))
    for path in pictures.glob("*.png"):
        if path.stem not in drawn.pictures:
            path.unlink()
    if trainings is None:
        (folder / "trainings.csv").unlink(missing_ok=True)
    else:
        table = without_formulas(trainings).to_csv(index=False)
        replace(folder / "trainings.csv", lambda file: file.write(table.encode()))
    record = json.dumps(summary(findings), indent=2, allow_nan=False)
    replace(folder / "summary.json", lambda file: file.write(record.encode()))
    page = template("page.html").render(
        findings=findings,
        time=duration(findings.seconds),
        specs=drawn.specs,
        tables=drawn.tables,
        verdicts=VERDICTS,
        has_trainings=trainings is not None,
        library=library(),
    )
    replace(folder / "index.html", lambda file: file.write(page.encode()))
    return folder / "index.html"


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Puts an apostrophe before texts that a spreadsheet would compute; they may come from a data file.

    Source: OWASP, CSV Injection.
    """
    table = table.rename(columns=_text)
    texts = table.select_dtypes(exclude=["number", "bool"])
    return table.assign(**{name: column.map(_text) for name, column in texts.items()})


def _text(cell: Any) -> Any:
    computed = isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell)
    return f"'{cell}" if computed else cell


def figures_of(findings: Findings) -> list[Figure]:
    """Every figure of the findings, in the order of the page."""
    blocks = [block for section in findings.sections for block in section.blocks]
    return [*([findings.figure] if findings.figure else []), *_figures_in(blocks)]


def _figures_in(blocks: Sequence[Block]) -> Iterator[Figure]:
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Details):
            yield from _figures_in(block.blocks)


def summary(findings: Findings) -> dict[str, Any]:
    """What `summary.json` holds: plain values; numbers that are not finite become None."""
    head = {
        "study": findings.name,
        "question": findings.question,
        "shape": findings.shape,
        "answer": findings.answer,
        "seconds": findings.seconds,
        "trainings": findings.trainings,
        "warnings": findings.warnings,
        "predictions": [asdict(each) for each in findings.predictions],
        "measures": [asdict(each) for each in findings.measures],
    }
    return _finite(head | dict(findings.summary))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def template(name: str) -> jinja2.Template:
    """Gives a template of this folder, which escapes what it is given and knows the kinds of blocks."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["prose"] = _prose
    return environment.get_template(name)


def _prose(text: str) -> Markup:
    """Plain text for the page, with what stands between backticks set as code."""
    parts = re.split(r"`([^`\n]+)`", text)
    set_as = (f"<code>{escape(part)}</code>" if i % 2 else str(escape(part)) for i, part in enumerate(parts))
    return Markup("".join(set_as))  # every part is escaped
