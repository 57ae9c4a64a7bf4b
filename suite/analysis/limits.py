"""Says what limits a training from experiments on it, and ranks what to do next.

Each experiment changes one thing and is trained over fresh seeds: another learning rate or more epochs, a
larger model, more regularization, a part of the training set. What the change does to the validation loss is
the evidence, so nothing here is read off the shape of a curve but whether the optimisation went wrong:

    validation loss = reference level + optimisation + avoidable bias + variance

Optimisation is what the same model gains by another training; avoidable bias what a larger model (or a simple
method) gains beyond that; variance what four times as many training examples would gain, by a power law
through trainings on parts of them, but no more than what was learned of these examples alone, which the gap
of training and validation loss shows. The reference level is what is left.

Arrays in, values out. The parts are those of Ng, Machine Learning Yearning (2018), chapters 20-27, measured
by intervention.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from suite.analysis.diagnosis import AT_CHANCE, unstable
from suite.analysis.estimate import Estimate
from suite.analysis.power_law import FEWEST, PowerLaw, fit
from suite.analysis.searches import Repeated, difference, repeated
from suite.analysis.words import listed

MATERIAL = 0.05
"""Share of the validation loss below which a change is not worth making."""

SPLITS = 0.5
"""Share of the validation loss by which it may lie above the training loss by the luck of the splits."""

MORE_DATA = 4
"""Times as many training examples, whose gain is the variance: a larger model has four times the width, and a
longer training four times the epochs."""

CONFIDENCE = 0.95

Kind = Literal["as it is", "optimisation", "capacity", "regularization", "data", "simple method"]
"""What an experiment changes."""

Limit = Literal[
    "diverged", "unstable", "batch normalization lags", "not learning", "optimisation", "bias", "variance",
    "good fit", "can't tell",
]  # fmt: skip
"""What may limit a training."""

PARTS: dict[str, Limit] = {"optimisation": "optimisation", "avoidable_bias": "bias", "variance": "variance"}
"""Part of the validation loss -> the verdict where it is the largest."""

WORDS = {"optimisation": "optimisation", "avoidable_bias": "avoidable bias", "variance": "variance"}


@dataclass(frozen=True)
class Experiment:
    """What an experiment gave.

    Attributes:
        kind: what it changes. name: in words, such as `epochs 10 -> 40`.
        change: field of Config -> value.
        train, val: [n] losses at the kept weights of each training; infinite where it diverged. Of a simple
            method only `val` has a value, and one.
        examples: training examples it had. seconds: wall time of all its trainings.
    """

    kind: Kind
    name: str
    change: Mapping[str, Any]
    train: np.ndarray
    val: np.ndarray
    examples: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """What to do next.

    Attributes:
        name: `more data`, `more capacity`, `more regularization`, `more epochs`, `another learning rate`,
            `a simple method` or `nothing left`.
        change: field of Config -> value; empty where the suite cannot do it.
        gain: how much lower the validation loss is expected to be, with its interval.
        again: the interval in which that gain is expected to lie when it is measured again with as many
            fresh seeds.
        seconds: wall time of one training.
        worth: whether the gain is sure and material.
    """

    name: str
    change: Mapping[str, Any]
    gain: Estimate
    again: Estimate
    seconds: float
    worth: bool


@dataclass(frozen=True)
class Limits:
    """What limits a training, by experiment.

    Attributes:
        verdict: the largest part of the loss that is sure and material, or what makes parts meaningless.
        evidence: a sentence for each finding.
        numbers: `val_loss`, `train_loss`, `generalization_gap`, and the parts `reference`, `optimisation`,
            `avoidable_bias`, `variance`, each with its interval.
        steps: what to do next, best first.
        experiments: all that was tried.
        guessing: loss of always giving the frequencies of the classes.
        more_would_tell: whether the verdict is "can't tell" because the intervals are too long.
    """

    verdict: Limit
    evidence: tuple[str, ...]
    numbers: Mapping[str, Estimate]
    steps: tuple[Step, ...]
    experiments: tuple[Experiment, ...]
    guessing: float
    more_would_tell: bool


def decide(
    curves: Mapping[str, np.ndarray],
    experiments: Sequence[Experiment],
    *,
    guessing: float,
    settled: np.ndarray | None = None,
) -> Limits:
    """Decides what limits a training.

    Args:
        curves: `train_loss` and `val_loss` [n, t] of the training as it is, NaN after the end of one.
        experiments: of which exactly one is of the kind `as it is`.
        guessing: loss of a model that knows nothing of its input, see `Dataset.guessing`.
        settled: [n] validation losses of the same weights with the statistics of batch normalization taken
            over the training set; None where the model has none.
    """
    measured = _Measured(experiments, guessing)
    base = measured.base
    lost, numbers, unsure = int(np.sum(~np.isfinite(base.val))), {}, False
    facts = [f"{lost} of {len(base.val)} trainings diverged."] if lost else []
    if np.isfinite(measured.level):
        numbers = measured.numbers()
        facts.append(_as_it_is(numbers, guessing))
    if not numbers:
        verdict: Limit = "diverged"
    elif shown := unstable(curves["train_loss"], curves["val_loss"]):
        facts += shown
        verdict = "unstable"
    elif settled is not None and measured.is_worth(lag := measured.gain_to(settled)):
        facts.append(
            f"With the statistics of batch normalization taken over the training set, at the same weights,"
            f" the validation loss is lower by {lag.text()}: its moving averages lag behind the weights."
        )
        verdict = "batch normalization lags"
    else:
        verdict, told, unsure = _limit(measured, numbers)
        facts += told
    facts += [_tried(experiment, measured) for experiment in experiments if experiment is not base]
    steps = tuple(measured.steps())
    return Limits(verdict, tuple(facts), numbers, steps, tuple(experiments), guessing, unsure)


class _Measured:
    """Compares experiments with the training as it is, by Welch's test with shrunken variances."""

    def __init__(self, experiments: Sequence[Experiment], guessing: float):
        self.experiments, self.guessing = experiments, guessing
        (self.base,) = (each for each in experiments if each.kind == "as it is")
        seeded = [each for each in experiments if each.kind != "simple method"]
        found = repeated([_finite(each.val) for each in seeded])
        self._of = {id(each): one for each, one in zip(seeded, found, strict=True)}
        for each in experiments:
            if each.kind == "simple method":
                self._of[id(each)] = Repeated(float(each.val[0]), 0.0, 1.0, 1)
        self.level = float(self.of(self.base).mean)
        self.margin = MATERIAL * self.level

    def of(self, experiment: Experiment) -> Repeated:
        return self._of[id(experiment)]

    def of_kind(self, *kinds: Kind) -> list[Experiment]:
        return [each for each in self.experiments if each.kind in kinds]

    def gain(self, before: Experiment, after: Experiment, tried: int = 1) -> Estimate:
        """How much lower the loss of `after` is; the interval allows for the best of so many being chosen."""
        first, second = self.of(before), self.of(after)
        return difference(second, first, 1 - (1 - CONFIDENCE) / tried, 0.0).estimate

    def gain_to(self, val: np.ndarray) -> Estimate:
        """How much lower the validation losses [n] are than those as it is, of the same trainings."""
        return repeated([_finite(self.base.val - val)])[0].estimate(CONFIDENCE)

    def is_worth(self, gain: Estimate) -> bool:
        """Whether a gain is sure, and material."""
        return gain.low > 0 and gain.point > self.margin

    def overfitted(self) -> Estimate:
        """How much of the gap of validation and training loss comes of learning the training examples alone.

        It is what the gap is wider than that of the training of the same model with the narrowest one, and at
        least what is beyond SPLITS: the examples of the splits alone make a gap, of either sign.
        """
        level, base = self.level, repeated([_finite(self.base.val - self.base.train)])[0].estimate(CONFIDENCE)
        beyond = Estimate(*(gap - SPLITS * level for gap in base))
        others = [
            each for each in self.of_kind("optimisation", "regularization") if np.isfinite(self.of(each).mean)
        ]
        if not others:
            return beyond
        own, *gaps = repeated([_finite(each.val - each.train) for each in (self.base, *others)])
        narrowest = min(gaps, key=lambda each: each.mean)
        wider = difference(narrowest, own, 1 - (1 - CONFIDENCE) / len(gaps), 0.0).estimate
        return _each(max, wider, beyond)

    def fewer_cost(self) -> bool:
        """Whether the loss is surely higher with some part of the training examples."""
        return any(self.gain(part, self.base).low > 0 for part in self.of_kind("data"))

    def best(self, kinds: Sequence[Kind]) -> tuple[Experiment | None, int]:
        """The experiment of these kinds with the lowest mean, and how many it was chosen from."""
        found = self.of_kind(*kinds)
        return min(found, key=lambda each: self.of(each).mean, default=None), max(len(found), 1)

    def trained_best(self) -> Experiment:
        """The training of the same model with the lowest mean."""
        best, _ = self.best(["as it is", "optimisation"])
        return best or self.base

    def numbers(self) -> dict[str, Estimate]:
        """The losses and the parts; those below zero are 0, and the parts sum up to the validation loss."""
        base = self.base
        parts = {"optimisation": self._part(base, "optimisation")}
        parts["avoidable_bias"] = self._part(self.trained_best(), "capacity", "simple method")
        if law := self._law():
            gain = law.gain(base.examples, MORE_DATA * base.examples)
            parts["variance"] = _positive(_each(min, gain, self.overfitted()))
        val = self.of(base).estimate(CONFIDENCE)
        train, gap = (
            repeated([_finite(x)])[0].estimate(CONFIDENCE) for x in (base.train, base.val - base.train)
        )
        down, up = (
            float(np.sqrt(sum((part[side] - part.point) ** 2 for part in (val, *parts.values()))))
            for side in (2, 1)
        )
        left = val.point - sum(part.point for part in parts.values())
        reference = Estimate(left, min(left, max(left - down, 0.0)), left + up)
        losses = {"val_loss": val, "train_loss": train, "generalization_gap": gap}
        return {**losses, "reference": reference, **parts}

    def _part(self, before: Experiment, *kinds: Kind) -> Estimate:
        """What the best of these kinds gains; anything, where none was tried."""
        best, tried = self.best(kinds)
        return _positive(self.gain(before, best, tried)) if best else Estimate(0.0, 0.0, np.inf)

    def steps(self) -> list[Step]:
        """What to do next: sure gains first, the largest of them first; at the end whether anything is
        left."""
        kinds: tuple[Kind, ...] = ("optimisation", "capacity", "regularization", "simple method")
        found = [step for kind in kinds for step in self._steps(kind)] + self._more_data()
        found.sort(key=lambda step: (not step.worth, -step.gain.point))
        if not any(step.worth for step in found):
            nothing = Estimate(0.0, 0.0, 0.0)
            found.append(Step("nothing left", {}, nothing, nothing, 0.0, False))
        return found

    def _steps(self, kind: Kind) -> Iterator[Step]:
        """The best experiment of a kind under each name that a step has."""
        groups: dict[str, list[Experiment]] = {}
        for each in self.of_kind(kind):
            groups.setdefault(_step_name(each), []).append(each)
        for name, tried in groups.items():
            best = min(tried, key=lambda each: self.of(each).mean)
            gain = self.gain(self.base, best, len(tried))
            if np.isfinite(gain.point):
                seconds = best.seconds / len(best.val)
                yield Step(name, best.change, gain, _again(gain), seconds, self.is_worth(gain))

    def _law(self) -> PowerLaw | None:
        """The validation loss over the number of training examples; None where there are too few parts."""
        sized = sorted([*self.of_kind("data"), self.base], key=lambda each: each.examples)
        kept = [(each.examples, each.val[np.isfinite(each.val)]) for each in sized]
        kept = [(size, val) for size, val in kept if len(val) > 1]
        if len(kept) < FEWEST:
            return None
        sizes, losses = zip(*kept, strict=True)
        return fit(sizes, losses)

    def _more_data(self) -> list[Step]:
        """Twice as many examples."""
        law, more = self._law(), 2 * self.base.examples
        if law is None:
            return []
        gain = law.gain(self.base.examples, more)
        seconds = 2 * self.base.seconds / len(self.base.val)
        return [Step("more data", {"train_size": more}, gain, _again(gain), seconds, self.is_worth(gain))]


def _limit(measured: _Measured, numbers: Mapping[str, Estimate]) -> tuple[Limit, list[str], bool]:
    """The largest part that is sure and material; a good fit only where everything was tried in vain.

    The last of what it gives is whether shorter intervals would tell.
    """
    parts = {name: numbers[name] for name in PARTS if name in numbers}
    found = sorted((n for n in parts if measured.is_worth(parts[n])), key=lambda n: -parts[n].point)
    if found:
        first = found[0]
        rivals = [other for other in parts if other != first and not _surely_less(parts[other], parts[first])]
        if not rivals:
            return PARTS[first], [], False
    elif measured.level > AT_CHANCE * measured.guessing:
        told = "Nothing that was tried is better than guessing by more than it matters."
        return "not learning", [told], False
    if _only_examples(measured, numbers):
        gap, variance = measured.overfitted().text(), numbers["variance"].text()
        told = (
            f"{gap} of the gap of training and validation loss come of learning these examples alone, fewer"
            " of them are surely worse, and no other training and no larger model is better by as much as"
            f" matters. The learning curve does not say surely what {MORE_DATA} times as many would gain:"
            f" {variance}."
        )
        believed = numbers["variance"].high > 2 * measured.margin
        return ("variance" if believed else "can't tell"), [told], not believed
    if found:
        words = listed([WORDS[name] for name in (first, *rivals)])
        return "can't tell", [f"Which of {words} is the largest can't be told. {_takes(measured)}"], True
    tried = {each.kind for each in measured.experiments}
    missing = [name for name, kind in LOOKED.items() if kind not in tried]
    missing += [] if "variance" in parts or "data" not in tried else ["four parts of the training set"]
    if missing:
        return "can't tell", [f"No lower loss was found, but {listed(missing)} could not be tried."], False
    unsure = [WORDS[name] for name, part in parts.items() if part.high > 2 * measured.margin]
    if unsure:
        text = f"No lower loss was surely found; {listed(unsure)} may hide one. {_takes(measured)}"
        return "can't tell", [text], True
    if better := [step for step in measured.steps() if step.worth and step.name != "more data"]:
        gain, name = better[0].gain.text(), better[0].name
        text = f"The loss is lower by {gain} with {name}, but no part of it is sure by itself."
        return "can't tell", [f"{text} {_takes(measured)}"], True
    apart = numbers["generalization_gap"]
    if apart.low > 2 * measured.margin and measured.fewer_cost():
        text = (
            f"The training loss is lower than the validation loss by {apart.text()}, and fewer examples are"
            " worse. But nothing that was tried closes the gap, and the splits alone may make it."
        )
        return "can't tell", [f"{text} {_takes(measured)}"], True
    told = (
        f"No experiment found a loss that is lower by {MATERIAL:.0%}: other training, a larger model, simple"
        " methods and less data were tried."
    )
    return "good fit", [told], False


def _only_examples(measured: _Measured, numbers: Mapping[str, Estimate]) -> bool:
    """Whether the model surely learns its examples alone, fewer of them cost, and nothing else helps."""
    others = [numbers[name] for name in PARTS if name != "variance"]
    if "variance" not in numbers or any(part.high > 2 * measured.margin for part in others):
        return False
    most = max(measured.of_kind("data"), key=lambda each: each.examples)
    return (
        measured.gain(most, measured.base).low > 0
        and numbers["generalization_gap"].low > 0
        and measured.is_worth(measured.overfitted())
    )


LOOKED: dict[str, Kind] = {
    "another training": "optimisation", "a larger model": "capacity", "part of the training set": "data",
}  # fmt: skip
"""What must have been tried before a fit is called good."""


def _surely_less(part: Estimate, than: Estimate) -> bool:
    """Whether the difference of two parts is surely positive, their errors taken as independent."""
    error = ((part.high - part.point) ** 2 + (than.point - than.low) ** 2) ** 0.5
    return than.point - part.point > error


def _takes(measured: _Measured) -> str:
    """How many replicates would make the intervals as short as what matters."""
    n = len(measured.base.val)
    halves = [
        gain.high - gain.point
        for each in measured.experiments
        if each.kind != "simple method" and each is not measured.base
        for gain in [measured.gain(measured.base, each)]
        if np.isfinite(gain.point)
    ]
    longest = max(halves, default=np.inf)
    if not np.isfinite(longest) or longest <= measured.margin:
        return "The parts are nearly equal: do the first of what comes next, and ask again."
    needed = int(np.ceil(n * (longest / measured.margin) ** 2))
    return f"It would take about {needed} replicates in place of {n}."


def _finite(x: np.ndarray) -> np.ndarray:
    """Those that did not diverge; all of them, where more than a quarter did."""
    finite = x[np.isfinite(x)]
    return finite if len(finite) >= max(2, 0.75 * len(x)) else np.full(len(x), np.inf)


def _each(choose: Callable[..., float], *estimates: Estimate) -> Estimate:
    """The least or the greatest of estimates, and of their bounds."""
    return Estimate(*(choose(found) for found in zip(*estimates, strict=True)))


def _positive(gain: Estimate) -> Estimate:
    """A gain as a part of the loss, which is not negative."""
    return Estimate(max(gain.point, 0.0), max(gain.low, 0.0), max(gain.high, 0.0))


def _again(gain: Estimate) -> Estimate:
    """Where the gain lies when it is measured again: both measurements vary alike."""
    down, up = 2**0.5 * (gain.point - gain.low), 2**0.5 * (gain.high - gain.point)
    return Estimate(gain.point, gain.point - down, gain.point + up)


def _step_name(experiment: Experiment) -> str:
    if experiment.kind == "optimisation":
        return "more epochs" if "epochs" in experiment.change else "another learning rate"
    return "a simple method" if experiment.kind == "simple method" else f"more {experiment.kind}"


def _as_it_is(numbers: Mapping[str, Estimate], guessing: float) -> str:
    train, val, gap = (numbers[name].text() for name in ("train_loss", "val_loss", "generalization_gap"))
    chance = ""
    if numbers["val_loss"].point > AT_CHANCE * guessing:
        chance = f" It is no better than always giving the class frequencies, {guessing:.3g}."
    return f"As it is, the training loss is {train} and the validation loss {val}: gap {gap}.{chance}"


def _tried(experiment: Experiment, measured: _Measured) -> str:
    """What an experiment gave and cost."""
    cost = f"{len(experiment.val)} trainings, {experiment.seconds:.1f} s"
    if experiment.kind == "simple method":
        cost = f"{experiment.seconds:.1f} s"
    gain = measured.gain(measured.base, experiment)
    if not np.isfinite(gain.point):
        return f"{experiment.name}: diverged ({cost})."
    way = "lower" if gain.point >= 0 else "higher"
    reached = measured.of(experiment).mean
    by = gain.text() if way == "lower" else gain.signed(False).text()
    return f"{experiment.name}: validation loss {reached:.4g}, {way} by {by} ({cost})."
