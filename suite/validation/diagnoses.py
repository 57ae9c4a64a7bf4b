"""Measures how often the diagnosis names what was built into a problem."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path

from suite import paths
from suite.analysis.diagnosis import AT_CHANCE
from suite.analysis.limits import Limit, Limits
from suite.diagnosis.diagnose import diagnose
from suite.diagnosis.experiments import AS_IT_IS, cheap_groups
from suite.diagnosis.lab import Lab
from suite.diagnosis.trained import decided
from suite.study.identity import code_key
from suite.validation.problems import KINDS, Problem, problem

CLEAR, FITS = 0.10, 0.05
"""Share of its validation loss by which a student that lacks something lies above the teacher's own loss, and
below which one that lacks nothing lies: others do not show what was built in, and are left out."""


@dataclass(frozen=True)
class Judged:
    """A verdict beside the truth.

    Attributes:
        seed: of the problem. truth: what was built in. verdict: of the diagnosis.
        excess: validation loss over the teacher's own, as a share of it.
        clear: whether the excess shows what was built in.
    """

    seed: int
    truth: Limit
    verdict: Limit
    excess: float
    clear: bool

    @property
    def outcome(self) -> str:
        """`right`, `can't tell`, or `opposite`: any other verdict."""
        if self.verdict == self.truth:
            return "right"
        return "can't tell" if self.verdict == "can't tell" else "opposite"


def judge(drawn: Problem, cheap: bool = False) -> Judged:
    """Diagnoses a problem; cheaply: as a study of four replicates does at its end."""
    found = _cheaply(drawn) if cheap else diagnose(drawn.config, dataset=drawn.dataset)
    loss = found.numbers["val_loss"].point if found.numbers else float("inf")
    excess = (loss - drawn.bayes) / loss
    if drawn.truth == "not learning":
        clear = loss > AT_CHANCE * found.guessing
    else:
        clear = excess < FITS if drawn.truth == "good fit" else excess > CLEAR
    return Judged(drawn.seed, drawn.truth, found.verdict, excess, clear)


def _cheaply(drawn: Problem) -> Limits:
    """The experiments of `suite.running.diagnosing`; nothing was searched."""
    lab, seed = Lab(drawn.config, drawn.dataset), drawn.config.seed
    found = [lab.perform(AS_IT_IS, range(seed, seed + 4))]
    for group in cheap_groups(drawn.config, len(drawn.dataset.train), (), True):
        foretold = found[0].foretold(group, drawn.config)
        found.append(foretold or lab.perform(group, range(seed, seed + 2)))
    return decided(found, drawn.config, drawn.dataset.guessing)


def measure(
    seeds: Sequence[int],
    folder: Path,
    say: Callable[[Judged], object] = lambda each: None,
    most: int | None = None,
    cheap: bool = False,
) -> list[Judged]:
    """Diagnoses a problem of each kind for each seed, but no more than `most`.

    Args:
        seeds: of the problems. folder: keeps each verdict; one that the same code came to is not measured
            again. say: told each. most: problems; None: all. cheap: see `judge`.
    """
    judged, kept = [], folder / ("cheap diagnoses" if cheap else "diagnoses") / code_key()
    for seed, truth in islice(product(seeds, KINDS), most):
        file = kept / f"{seed} {truth}.json"
        if file.exists():
            each = Judged(**json.loads(file.read_text()))
        else:
            each = judge(problem(seed, truth), cheap)
            _keep(each, file)
        judged.append(each)
        say(each)
    return judged


def _keep(judged: Judged, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(asdict(judged), default=bool).encode()
    paths.replace(file, lambda new: new.write(content))
