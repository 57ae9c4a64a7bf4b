"""What a study that runs tells of itself, and what it ends with. Light to import."""

from dataclasses import dataclass, field
from pathlib import Path

from suite.analysis.records import Findings
from suite.study.demonstration import Demonstration
from suite.study.study import Study


@dataclass
class Progress:
    """How far a study is: what a display may show.

    Attributes:
        total: number of trainings; it falls by the replicates of a case of which no trial trained.
        done: number of those that are finished.
        reused: number of those that were finished before.
        doing: what is being done, in words.
        now: worker -> what it trains.
        decided: what was decided, dropped or found in a user's own data, a sentence each.
        lost: which workers were lost and replaced, and why, a sentence each.
    """

    total: int
    done: int = 0
    reused: int = 0
    doing: str = "starting workers"
    now: dict[int, str] = field(default_factory=dict)
    decided: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A study that was answered, and where its results are.

    Attributes:
        name: what the results go by.
        study: that was run.
        findings: all that is said of it.
        page: the report; why there is none, if there is none.
        saved_model: folder of the winner; why there is none, if there is none.
        tracking: what could not be tracked and why, in words; None if all was.
        failures: what else could not be done and why, in words. The next start tries all of it again.
    """

    name: str
    study: Study | Demonstration
    findings: Findings
    page: Path | str
    saved_model: Path | str
    tracking: str | None = None
    failures: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing failed beside the answer."""
        return not (self.tracking or self.failures)

    @property
    def seconds(self) -> float:
        """Wall time of its trainings, over all sessions."""
        return self.findings.seconds
