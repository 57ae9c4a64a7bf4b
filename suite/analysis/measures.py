"""Collects every number that a prediction may name and the tracker logs."""

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suite.analysis.curve import Curve
from suite.analysis.estimate import Estimate
from suite.analysis.grid import Grid
from suite.analysis.records import Comparison, Diagnosis, Evidence, Measure, Ranked
from suite.analysis.statistics import costs, mean_estimate, percentiles, resample
from suite.tasks import minimized


def of_levels(
    evidence: Sequence[Evidence], comparison: Comparison, diagnoses: Mapping[str, Diagnosis]
) -> Iterator[Measure]:
    """What every level gives: `test_*`, `val_loss`, `train_loss`, `generalization_gap`, the metric of the
    training examples such as `train_accuracy`, `epochs_to_target`, `steps_to_target` and `diverged_trials`.

    Args:
        evidence: of each level. comparison: the verdict on them. diagnoses: label -> what limits it.
    """
    places = {place.level: place for place in comparison.ranking}
    for item in evidence:
        place = places[item.level]
        for quantity, estimate in _of_level(item, place, comparison, diagnoses.get(item.level)):
            yield Measure(quantity, item.levels, *estimate)


def _of_level(
    item: Evidence, place: Ranked, comparison: Comparison, diagnosis: Diagnosis | None
) -> Iterator[tuple[str, Estimate]]:
    if place.replicates:
        rng = np.random.default_rng(zlib.crc32(item.level.encode()))
        yield comparison.metric, Estimate(place.iqm, place.ci_low, place.ci_high)
        for name, scores in item.tested.items():
            if name != comparison.metric:
                cost = costs(scores, minimize=minimized(name))
                yield name, mean_estimate(cost, comparison.confidence, rng).signed(minimized(name))
        epochs = _median(place.epochs_to_target, comparison.confidence, rng)
        yield "epochs_to_target", epochs
        yield "steps_to_target", Estimate(*(item.steps_per_epoch * bound for bound in epochs))
    if diagnosis:
        for name in ("val_loss", "train_loss", "generalization_gap"):
            if name in diagnosis.numbers:
                yield name, diagnosis.numbers[name]
        for name in item.curves:
            found = of_training(item, name, comparison.confidence)
            if name.startswith("train_") and name != "train_loss" and found:
                yield name, found
    yield "diverged_trials", Estimate(*(place.diverged_trials,) * 3)


def of_training(item: Evidence, name: str, confidence: float) -> Estimate | None:
    """A curve, such as `train_accuracy`, at the kept weights of the replicates that did not diverge; None
    where there are none."""
    kept = [(row, at) for row, at in enumerate(item.kept) if at is not None]
    if not kept or name not in item.curves:
        return None
    cost = costs([item.curves[name][place] for place in kept], minimize=minimized(name))
    rng = np.random.default_rng(zlib.crc32(item.level.encode()))
    return mean_estimate(cost, confidence, rng).signed(minimized(name))


def _median(epochs: np.ndarray, confidence: float, rng: np.random.Generator) -> Estimate:
    """Median over the replicates, where never counts as infinite, with its bootstrap interval."""
    late = np.where(np.isfinite(epochs), epochs, np.inf)
    low, high = percentiles(np.median(late[resample(len(late), rng)], axis=1), confidence)
    return Estimate(float(np.median(late)), float(low), float(high))


def of_curve(curve: Curve) -> Iterator[Measure]:
    """`curve.best`: the best level, from the first to the last that cannot be told apart from it."""
    first, last = curve.flat
    yield Measure("curve.best", {}, curve.levels[curve.best], curve.levels[first], curve.levels[last])


def of_grid(grid: Grid) -> Iterator[Measure]:
    """`grid.interaction_p` and, for each hyperparameter, `grid.<name>_p`: p-values of the effects."""
    for name, effect in zip((*grid.names, "interaction"), grid.effects, strict=True):
        yield Measure(f"grid.{name}_p", {}, *(effect.p_value,) * 3)


def of_search(place: Ranked, importance: Mapping[str, float]) -> Iterator[Measure]:
    """`importance` of each hyperparameter, and `best.<name>` of those that are numbers."""
    for name, share in importance.items():
        yield Measure("importance", {"hyperparameter": name}, *(share,) * 3)
    for name, best in place.best_config.items():
        if isinstance(best, int | float | np.number) and not isinstance(best, bool):
            yield Measure(f"best.{name}", {}, *(float(best),) * 3)
