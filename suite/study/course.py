"""Reads the order of the course from the concept guide: a chapter a concept, each with its study."""

import re
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "concepts.md"

HEADING = re.compile(r"^#{2,3} (?P<concept>[^(\n]+?) \((?P<korean>[^)\n]+)\)$")

COMMAND = re.compile(r"`make study NAME=(?P<study>\w+)`")


@dataclass(frozen=True)
class Chapter:
    """A concept of the guide.

    Attributes:
        concept: its English name.
        korean: its Korean term.
        study: the name of a study that shows it.
    """

    concept: str
    korean: str
    study: str


def chapters(guide: Path = GUIDE) -> list[Chapter]:
    """Lists the chapters of the guide in its order: every study that a concept's text names once.

    Raises:
        ValueError: the guide is missing, or names a study before the first concept.
    """
    try:
        lines = guide.read_text("utf-8").splitlines()
    except OSError as error:
        raise ValueError(f"the course expects the guide {guide}. Received: {error.strerror}.") from None
    found: dict[str, Chapter] = {}
    heading = None
    for line in lines:
        heading = HEADING.match(line) or heading
        for named in COMMAND.finditer(line):
            if heading is None:
                raise ValueError(f"{guide} expects a heading `## Concept (Korean)` above {named[0]}.")
            found.setdefault(named["study"], Chapter(heading["concept"], heading["korean"], named["study"]))
    return list(found.values())
