"""Diagnoses what limits a training, from its curves over replicates, and names the next step.

The validation loss is taken apart as in Ng, Machine Learning Yearning (2018), chapters 20-27, who calls the
gap variance:

    validation loss = reference + avoidable bias (training loss - reference) + gap (validation - training)

with training and validation loss at the same weights and the reference a loss that is known to be reachable.
The curves add what a single point cannot show: whether the optimisation had ended or gone wrong, and whether
a lower training loss still paid. That no lower loss can be had no curve shows, so none is called a good fit:
`suite.analysis.limits` looks for one by experiments. Arrays in, values out.
Next steps: Ng, chapters 25 and 27; Goodfellow et al., Deep Learning (2016), chapter 11; Deep Learning Tuning
Playbook.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.records import Diagnosis, Evidence, Verdict
from suite.analysis.statistics import best_reached, interquartile_mean, mean_estimate
from suite.tasks import format_metric, metric_label

MATERIAL = 0.1
"""Share of the validation loss below which a shortfall, a gap or a rise after the kept weights is not worth
acting on."""

FALLING = 0.02
"""Share of its value that a loss must lose over the last quarter of the training to count as
still falling."""

CLOSING = 0.1
"""Share of the way to the reference that the same quarter must cover: a slower fall will not get there by
itself."""

AT_CHANCE = 0.95
"""Share of the loss of guessing above which nothing was learned."""

LATE = 0.25
"""Share of the training that counts as its end."""

BLOWN_UP = 0.2
"""Share of the validation loss by which the training loss ends above its lowest where the optimisation went
wrong.

A training loss has no reason to rise: a longer training fits its examples better, or no better."""

JUMPING = 0.1
"""Share of the validation loss by which a loss, on average over the evaluations, goes up and comes back."""

NEXT_STEP: dict[str, str] = {
    "diverged": "Lower `learning_rate`, or bound the steps with `warmup` or `global_clipnorm`.",
    "unstable": "Lower `learning_rate` or set `global_clipnorm`.",
    "not learning": (
        "Search `learning_rate` over a wider range first, then try another `kernel_initializer` or"
        " `normalization`."
    ),
    "still improving": "Raise `epochs` until the validation loss no longer falls, then ask again.",
    "underfitting": (
        "Raise `width` or `depth`, or lower `dropout`, `l1` and `l2`. More training examples would not help."
    ),
    "overfitting": (
        "Raise `dropout`, `l2` or `weight_decay`, lower `width` or `depth`, or get more training examples."
    ),
    "can't tell": (
        "Curves alone don't say whether a lower loss can be had. `make diagnose` with the same NAME and SET"
        " looks for one by experiments: other training, a larger model, simple methods, less data."
    ),
}


def diagnose(
    curves: Mapping[str, np.ndarray], best: Sequence[int | None], *, reference: float | None = None,
    guessing: float = np.inf, confidence: float = 0.95, seed: int = 0,
) -> Diagnosis:  # fmt: skip
    """Tells avoidable bias from the generalisation gap for the replicates of one configuration.

    The kept evaluation is often the one with the lowest validation loss, so its gap is slightly
    underestimated.

    Args:
        curves: metric -> [n, t] in inference mode, NaN after the end of a training: `train_loss` and
            `val_loss`; those of another metric, such as `train_accuracy` and `val_accuracy`, are told.
        best: [n] index of the evaluation whose weights were kept; None for a replicate that diverged.
        reference: loss on unseen examples that is known to be reachable: the best of all configurations
            (`reachable`) or a desired one. Not used if this configuration comes within MATERIAL of it: then
            it says nothing about bias.
        guessing: loss of a model that knows nothing of its input: the entropy of the class frequencies.
        confidence: of every interval. seed: of the bootstrap.

    Raises:
        ValueError: fewer than two replicates, curves and `best` of different lengths, a loss that is missing
            where `best` points.
    """
    train, val = (np.asarray(curves[name], float) for name in ("train_loss", "val_loss"))
    if len(best) < 2 or not len(best) == len(train) == len(val):
        raise ValueError(
            "`best` must have an entry for each curve, and there must be two or more."
            f" Received: {len(best)} entries, {len(train)} train_loss and {len(val)} val_loss curves."
        )
    rows = np.array([row for row, index in enumerate(best) if index is not None], int)
    kept = np.array([best[row] for row in rows], int)
    if len(rows) < 0.75 * len(best):
        text = f"{len(best) - len(rows)} of {len(best)} replicates diverged."
        return Diagnosis("diverged", (text,), NEXT_STEP["diverged"], {}, kept + 1)
    if not np.isfinite(train[rows, kept] + val[rows, kept]).all():
        raise ValueError(f"`best` must point to finite losses. Received: {list(best)}.")
    rng = np.random.default_rng(seed)
    samples = _samples(train[rows], val[rows], kept, reference)
    numbers = {name: mean_estimate(sample, confidence, rng) for name, sample in samples.items()}
    verdict = _verdict(numbers, guessing)
    others = {
        name: float(interquartile_mean(np.asarray(curve, float)[rows, kept]))
        for name, curve in curves.items()
        if name.startswith(("train_", "val_")) and not name.endswith("_loss")
    }
    lost = len(best) - len(rows)
    texts = _evidence(numbers, others, reference, guessing, verdict, lost, len(best))
    return Diagnosis(verdict, tuple(texts), NEXT_STEP[verdict], numbers, kept + 1)


def diagnose_all(evidence: Sequence[Evidence], guessing: float) -> dict[str, Diagnosis]:
    """Diagnoses every level that has replicates; the best of all levels is the reference for the others.

    Args:
        evidence: of each level. guessing: as for `diagnose`.
    """
    ran = [each for item in evidence if len((each := _without_failures(item)).kept) >= 2]
    reference = reachable([item.curves["val_loss"] for item in ran])
    return {
        item.level: diagnose(item.curves, item.kept, reference=reference, guessing=guessing) for item in ran
    }


def _without_failures(item: Evidence) -> Evidence:
    """A level without the replicates that failed, which say nothing of it."""
    if not any(item.failed):
        return item
    rows = [row for row, failed in enumerate(item.failed) if not failed]
    curves = {name: curve[rows] for name, curve in item.curves.items()}
    return replace(item, curves=curves, kept=tuple(item.kept[row] for row in rows))


def reachable(val_losses: Sequence[np.ndarray]) -> float | None:
    """Lowest interquartile mean of the best validation loss over several configurations' curves [n, t]; None:
    no such."""
    means = [interquartile_mean(best_reached(curves, minimize=True)) for curves in val_losses if len(curves)]
    lowest = min(means, default=np.inf)
    return float(lowest) if np.isfinite(lowest) else None


def unstable(train: np.ndarray, val: np.ndarray) -> list[str]:
    """Says how the optimisation went wrong, a sentence each; nothing where it did not.

    Args:
        train, val: [n, t] losses, NaN after the end of a training. Replicates without a finite value are left
            out.
    """
    rows = np.isfinite(val).any(axis=1) & np.isfinite(train).any(axis=1)
    if not rows.any():
        return []
    kept = np.nanargmin(val[rows], axis=1)
    rng = np.random.default_rng(0)
    samples = _samples(train[rows], val[rows], kept, None)
    numbers = {name: mean_estimate(sample, 0.95, rng) for name, sample in samples.items()}
    return list(_instability(numbers)) if _unstable(numbers) else []


def _samples(
    train: np.ndarray, val: np.ndarray, kept: np.ndarray, reference: float | None
) -> dict[str, np.ndarray]:
    """Name -> [n], one number a replicate."""
    rows = np.arange(len(kept))
    last = np.array([np.flatnonzero(np.isfinite(curve))[-1] for curve in val])
    samples = {"train_loss": train[rows, kept], "val_loss": val[rows, kept]}
    samples["generalization_gap"] = samples["val_loss"] - samples["train_loss"]
    if reference is not None and reference < (1 - MATERIAL) * interquartile_mean(samples["val_loss"]):
        samples["avoidable_bias"] = samples["train_loss"] - reference
        samples["bias_minus_gap"] = samples["avoidable_bias"] - samples["generalization_gap"]
    if last.min() >= 3:
        before = last - np.maximum(1, np.round(LATE * (last + 1)).astype(int))
        samples["train_rise"] = np.array([_rise(*each) for each in zip(train, before, last, strict=True)])
        samples["jumps"] = np.array([max(_jumps(a), _jumps(b)) for a, b in zip(train, val, strict=True)])
        samples["train_fall"] = train[rows, before] - train[rows, last]
        samples["val_fall"] = val[rows, before] - val[rows, last]
        samples["val_rise"] = val[rows, last] - val[rows, kept]
    return samples


def _rise(losses: np.ndarray, before: int, last: int) -> float:
    """How far the mean of a training's end lies above its lowest loss."""
    return float(losses[before + 1 : last + 1].mean() - losses[: last + 1].min())


def _jumps(losses: np.ndarray) -> float:
    """How far a loss [t] goes up and comes back, per step from one evaluation to the next.

    Of every rise that a fall follows, the smaller of the two counts: a loss that falls and then rises, as in
    overfitting, does not jump.
    """
    losses = losses[np.isfinite(losses)]
    steps = np.diff(losses)
    steps = steps[steps != 0]
    starts = np.flatnonzero(
        np.r_[True, np.diff(np.sign(steps)) != 0]
    )  # of each rise or fall, however many steps
    moves = np.add.reduceat(steps, starts) if steps.size else steps
    up, down = moves[:-1], -moves[1:]
    return float(np.minimum(up, down)[up > 0].sum() / (len(losses) - 1))


def _verdict(numbers: Mapping[str, Estimate], guessing: float) -> Verdict:
    """The first that holds: what makes the later ones meaningless comes first."""
    val, gap = numbers["val_loss"].point, numbers["generalization_gap"]
    if _unstable(numbers):
        return "unstable"
    at_chance = numbers["train_loss"].point > AT_CHANCE * guessing or not _exceeds(gap, MATERIAL * val)
    if val > AT_CHANCE * guessing and at_chance:
        return "not learning"
    shortfall = numbers["avoidable_bias"].point + gap.point if "avoidable_bias" in numbers else 0.0
    if "val_fall" in numbers and _exceeds(numbers["val_fall"], max(FALLING * val, CLOSING * shortfall)):
        return "still improving"
    if "avoidable_bias" in numbers:
        difference = numbers["bias_minus_gap"]
        return (
            "underfitting" if difference.low > 0 else "overfitting" if difference.high < 0 else "can't tell"
        )
    if _fit_no_longer_pays(numbers) or gap.low > numbers["train_loss"].high:
        return "overfitting"
    return "can't tell"


def _unstable(numbers: Mapping[str, Estimate]) -> bool:
    """Whether the loss blew up at a finite value or jumps: then the curves say nothing of fit."""
    if "jumps" not in numbers:
        return False
    val = numbers["val_loss"].point
    return _exceeds(numbers["train_rise"], BLOWN_UP * val) or _exceeds(numbers["jumps"], JUMPING * val)


def _exceeds(estimate: Estimate, bound: float) -> bool:
    """Whether it is large enough to matter and surely above zero."""
    return estimate.point > bound and estimate.low > 0


def _fit_no_longer_pays(numbers: Mapping[str, Estimate]) -> bool:
    """Whether the training loss still fell while the validation loss did not, and a gap has opened between
    the two.

    Then capacity and training are not what is missing: the gap limits the result, whatever the reachable loss
    is.
    """
    if "train_fall" not in numbers:
        return False
    val = numbers["val_loss"].point
    falls = _exceeds(numbers["train_fall"], FALLING * numbers["train_loss"].point)
    apart = _exceeds(numbers["generalization_gap"], MATERIAL * val) or _exceeds(
        numbers["val_rise"], MATERIAL * val
    )
    return falls and numbers["val_fall"].low <= 0 and apart


def _evidence(
    numbers: Mapping[str, Estimate], others: Mapping[str, float], reference: float | None, guessing: float,
    verdict: Verdict, lost: int, replicates: int,
) -> Iterator[str]:  # fmt: skip
    """The findings in words, each with its interval."""
    if lost:
        yield f"{lost} of {replicates} replicates diverged; what follows is about the others."
    train, val, gap = (numbers[name].text() for name in ("train_loss", "val_loss", "generalization_gap"))
    yield f"At the kept weights the training loss is {train} and the validation loss {val}: gap {gap}."
    if others:
        also = ", ".join(
            f"{metric_label(name)} {format_metric(name, value)}" for name, value in others.items()
        )
        yield f"{also[0].upper()}{also[1:]}."
    if verdict == "unstable":
        yield from _instability(numbers)
        return
    if verdict == "not learning":
        yield f"Guessing gives {guessing:.3g}."
        return
    if "avoidable_bias" in numbers:
        yield _against(reference, numbers)
    else:
        yield (
            f"No validation loss that is lower by more than {MATERIAL:.0%} is known to be reachable, so the"
            f" avoidable"
            " bias may be anything from 0 to the training loss."
        )
    if "train_fall" in numbers:
        yield from _late(numbers)


def _instability(numbers: Mapping[str, Estimate]) -> Iterator[str]:
    """How the optimisation went wrong."""
    rise, jumps = numbers["train_rise"], numbers["jumps"]
    if _exceeds(rise, BLOWN_UP * numbers["val_loss"].point):
        yield (
            f"Over the last quarter of the training the training loss lies above its lowest by {rise.text()}."
        )
    if _exceeds(jumps, JUMPING * numbers["val_loss"].point):
        yield f"From one evaluation to the next the loss goes up and comes back by {jumps.text()} on average."


def _against(reference: float | None, numbers: Mapping[str, Estimate]) -> str:
    """The bias, and which of bias and gap is larger by how much."""
    bias, by = numbers["avoidable_bias"], numbers["bias_minus_gap"]
    if bias.high < 0:
        below = bias.signed(False).text()
        return (
            f"The training loss is below the reachable loss of {reference:.3g} by {below}: no avoidable bias"
            f" shows."
        )
    start = f"The avoidable bias against a reachable loss of {reference:.3g} is {bias.text()}."
    if by.low > 0:
        return f"{start} It is larger than the gap by {by.text()}."
    if by.high < 0:
        return f"{start} The gap is larger by {by.signed(False).text()}."
    return f"{start} Which of the two is larger can't be told: bias minus gap is {by.text()}."


def _late(numbers: Mapping[str, Estimate]) -> Iterator[str]:
    """What the end of the curves shows."""
    train, val = (_moved(numbers[name]) for name in ("train_fall", "val_fall"))
    yield f"Over the last quarter of the training the training loss {train} and the validation loss {val}."
    if _exceeds(numbers["val_rise"], MATERIAL * numbers["val_loss"].point):
        yield f"After the kept weights the validation loss rose by {numbers['val_rise'].text()}."


def _moved(fall: Estimate) -> str:
    if fall.low <= 0 <= fall.high:
        return f"did not clearly change (fall {fall.text()})"
    return f"fell by {fall.text()}" if fall.low > 0 else f"rose by {fall.signed(False).text()}"
