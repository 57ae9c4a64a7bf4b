"""What the shapes of question work on, and what each gives. No logic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from suite.analysis.records import Comparison, Diagnosis, Evidence, Figure, Measure, Section, Table


@dataclass(frozen=True)
class Asked:
    """What was asked, and what the numbers say of it.

    Attributes:
        scientific: names of what is asked about. budget: trials a level.
        evidence: of each level. comparison: the verdict on them, of which at least one trains.
        diagnoses: label -> what limits it.
        importance: of a search: hyperparameter -> share of the variance between trials.
    """

    scientific: tuple[str, ...]
    budget: int
    evidence: tuple[Evidence, ...]
    comparison: Comparison
    diagnoses: Mapping[str, Diagnosis] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """What is particular to a shape.

    Attributes:
        answer: in words.
        figure: the one that shows it; None where there is none.
        headline: the table below it.
        order: labels in the order of figures and tables.
        sections, measures, summary: its own, before those that every study has.
    """

    answer: str
    figure: Figure | None
    headline: Table
    order: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    measures: tuple[Measure, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
