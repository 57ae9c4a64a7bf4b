"""Makes one site of the pages of many studies: an index in the order of the course, and each page."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from suite.analysis.records import Findings
from suite.analysis.words import duration
from suite.paths import put, replace
from suite.report.page import VERDICTS, figures_of, template
from suite.study.course import Chapter

CHANGES = {
    "survives": "An interval on the other side would: other data, a longer training, another budget.",
    "reverses": "The same; or a reading of the claim under conditions that are not these.",
    "cannot be told apart": 'More replicates: `SET="replicates=30"` adds to those that are there.',
    "not measured": "A run in which what is claimed can be measured.",
}
"""Verdict on a claim -> what would change it."""


@dataclass(frozen=True)
class Page:
    """The page of a study and the chapter that it belongs to.

    Attributes:
        chapter: concept and study.
        findings: all that is said of the study.
        path: of its `index.html`, or why there is none.
    """

    chapter: Chapter
    findings: Findings
    path: Path | str

    @cached_property
    def verdicts(self) -> Counter[str]:
        """Number of predictions by verdict."""
        return Counter(checked.verdict for checked in self.findings.predictions)

    @property
    def linked(self) -> bool:
        """Whether the study has a page."""
        return isinstance(self.path, Path)

    @property
    def picture(self) -> str | None:
        """Path of the figure that answers, within the site; None for a page without figures."""
        drawn = figures_of(self.findings)
        return f"{self.chapter.study}/figures/{drawn[0].name}.png" if drawn else None


def write(pages: Sequence[Page], folder: Path) -> Path:
    """Writes the site, and beside its index the claims as Markdown, in place of the one that is there.

    Args:
        pages: in the order of the index. One that was not written is listed without a link.
        folder: where to.

    Returns:
        The path of the index. The site needs neither server nor network, and may be moved.
    """
    aside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for page in pages:
        if isinstance(page.path, Path):
            shutil.copytree(page.path.parent, aside / page.chapter.study)
    total: Counter[str] = sum((page.verdicts for page in pages), Counter())
    text = template("site.html").render(
        pages=pages, total=total, marks=VERDICTS, time=duration(sum(page.findings.seconds for page in pages))
    )
    replace(aside / "index.html", lambda file: file.write(text.encode()))
    replace(aside / "claims.md", lambda file: file.write(claims(pages).encode()))
    put(aside, folder)
    return folder / "index.html"


def claims(pages: Sequence[Page]) -> str:
    """Lists every prediction as a table of Markdown, by verdict: claim, source, study, what was seen."""
    found = [(checked, page.chapter) for page in pages for checked in page.findings.predictions]
    lines = [
        "# Claims, tried again",
        "",
        f"{len(found)} claims of theory, textbooks and publications, each written down in its study before"
        " the run. What was seen has the interval in brackets.",
    ]
    for verdict, change in CHANGES.items():
        rows = [(checked, chapter) for checked, chapter in found if checked.verdict == verdict]
        if not rows:
            continue
        lines += ["", f"## {verdict.capitalize()}: {len(rows)}"]
        lines += ["", f"What would change it: {change}", ""]
        lines += ["| claim | source | study | expected | seen |", "|---|---|---|---|---|"]
        for checked, chapter in rows:
            cells = (checked.claim, checked.source, f"`{chapter.study}`", checked.expected, checked.seen)
            shown = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
            lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"
