"""The verdict: results over seeds -> ranking with intervals, and an answer in words. Arrays in, values out.

Free of TensorFlow, MLflow and Optuna.
"""

import itertools
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis import answer
from suite.analysis.records import Comparison, Evidence, Pair, Ranked
from suite.analysis.statistics import (
    Estimate,
    best_reached,
    costs,
    expected_best,
    holm,
    improvement,
    interquartile_mean,
    mann_whitney,
    minus,
    percentiles,
    resample,
    reversal,
)
from suite.tasks import minimized

REVERSAL = 0.15
"""A win with a higher probability of reversal is one that the budget does not bear out.

It separates wins that hang on a single trial from those that rest on two or more. Of n redrawn trials the best one is
missed with probability (1 - 1/n)^n, at most 0.37, and the other value's best is drawn with 1 minus that: a win that only
the best trial supports is reversed with probability 0.19 (n = 2) to 0.25. One that the two best trials support is
reversed only if both are missed: at most (1 - 2/n)^n < 0.14.
"""


def compare(
    evidence: Sequence[Evidence], *, metric: str, monitor: str, minimize: bool, scientific: str | None,
    target: float | None = None, importance: Mapping[str, float] | None = None, confidence: float = 0.95, seed: int = 0,
) -> Comparison:  # fmt: skip
    """Ranks the values and says what the data supports.

    A replicate that diverged counts as the worst possible value, so an interquartile mean is infinite when more than a
    quarter did. The order of `evidence` changes nothing: each value has a random stream of its own for the bootstrap.

    Args:
        evidence: one for each value, with two or more replicates.
        metric, monitor: of the scores and of the objective. minimize: whether less of both is better.
        scientific: name of the hyperparameter that is asked about, for the wording; None: a pure search.
        target: value of `monitor` for time-to-target; None: the median over the values of the interquartile mean of
            the best that each one's replicates reach (NaN where none reaches anything).
        importance: hyperparameter -> share of the variance between trials, told in the answer of a pure search.
        confidence: of every interval and test, in (0, 1). seed: of the bootstrap.

    Raises:
        ValueError: no evidence, a label that occurs twice, fewer than two replicates, an impossible confidence.

    Source: Agarwal et al. 2021 (arXiv:2108.13264) for the protocol, Google's Deep Learning Tuning Playbook for the warnings.
    """
    _check(evidence, confidence)
    measured = sorted(
        (_measure(item, minimize, confidence, seed) for item in evidence), key=lambda one: one.order
    )
    if target is None:
        target = _reached_by_half(
            [best_reached(one.evidence.curves[monitor], minimize=minimize) for one in measured], minimize
        )
    worst = max((x for one in measured for x in one.objectives if np.isfinite(x)), default=np.inf)
    ranking = tuple(_ranked(one, worst, target, monitor, minimize, confidence) for one in measured)
    pairs = _pairs(measured, minimize, confidence)
    in_order = [one.evidence for one in measured]
    return Comparison(
        metric=metric, monitor=monitor, minimize=minimize, confidence=confidence, ranking=ranking, pairs=pairs, target=target,
        warnings=tuple(
            answer.warnings(
                in_order, ranking, monitor=monitor, minimize=minimize, confidence=confidence, pairs=len(pairs)
            )
        ),
        answer=answer.answer(
            ranking, pairs, max(len(item.trials) for item in evidence), metric=metric, minimize=minimize, scientific=scientific,
            importance=importance,
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class _Measured:
    """One value as costs: `costs` [n] of the replicates, `drawn` their resamples, `means` the mean of each resample."""

    evidence: Evidence
    costs: np.ndarray
    objectives: np.ndarray
    drawn: np.ndarray
    means: np.ndarray
    iqm: Estimate
    rng: np.random.Generator

    @property
    def order(self) -> tuple[float, int, str]:
        return self.iqm.point, int(np.isinf(self.costs).sum()), self.evidence.level

    @property
    def tuned(self) -> bool:
        """Whether anything was searched: otherwise there is no search to redraw."""
        return bool(set(self.evidence.trials) - {"number", "status", "objective"})


def _check(evidence: Sequence[Evidence], confidence: float) -> None:
    labels = [item.level for item in evidence]
    if not labels or len(set(labels)) < len(labels):
        raise ValueError(f"`evidence` must hold one or more different values. Received: {labels}.")
    for item in evidence:
        if len(item.scores) < 2:
            raise ValueError(
                f"`evidence` must hold two or more replicates a value. Received: {item.level} with {len(item.scores)}."
            )
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be in (0, 1). Received: confidence={confidence}.")


def _measure(item: Evidence, minimize: bool, confidence: float, seed: int) -> _Measured:
    rng = np.random.default_rng([seed, zlib.crc32(item.level.encode())])
    scores = costs(item.scores, minimize=minimize)
    drawn = resample(len(scores), rng)
    means = interquartile_mean(scores[drawn])
    low, high = percentiles(means, confidence)
    return _Measured(
        evidence=item, costs=scores, objectives=costs(item.trials["objective"], minimize=minimize), drawn=drawn, means=means,
        iqm=Estimate(float(interquartile_mean(scores)), float(low), float(high)), rng=rng,
    )  # fmt: skip


def _reached_by_half(reached: Sequence[np.ndarray], minimize: bool) -> float:
    means = np.array([interquartile_mean(x) for x in reached if len(x)])
    means = means[np.isfinite(means)]
    return float(np.median(means) if minimize else -np.median(means)) if means.size else np.nan


def _ranked(
    one: _Measured, worst: float, target: float, monitor: str, minimize: bool, confidence: float
) -> Ranked:
    """A trial that diverged counts as the worst finite one of the study: an infinite one would leave no expectation."""
    item, lost = one.evidence, np.isinf(one.objectives)
    expected = [np.full(len(lost), np.inf)] * 3
    if not lost.all():
        expected = expected_best(np.where(lost, worst, one.objectives), confidence, one.rng)
    if not minimize:
        expected = [0.0 - expected[i] for i in (0, 2, 1)]
    iqm = one.iqm.signed(minimize)
    tested = {name: _mean(values, minimized(name)) for name, values in item.tested.items()}
    return Ranked(
        level=item.level, replicates=len(one.costs), diverged=int(np.isinf(one.costs).sum()), iqm=iqm.point, ci_low=iqm.low,
        ci_high=iqm.high, tested=tested, expected_best=expected[0],
        expected_best_low=expected[1], expected_best_high=expected[2],
        epochs_to_target=_epochs_to_target(item, monitor, target, minimize),
        diverged_trials=float(lost.mean()) if lost.size else 0.0, best_config=item.best_config,
    )  # fmt: skip


def _mean(values: np.ndarray, minimize: bool) -> float:
    """Interquartile mean with diverged replicates as the worst; NaN where that is infinite."""
    mean = float(interquartile_mean(costs(values, minimize=minimize)))
    return (mean if minimize else -mean) if np.isfinite(mean) else np.nan


def _epochs_to_target(item: Evidence, monitor: str, target: float, minimize: bool) -> np.ndarray:
    """[n] epochs at the first evaluation at or past the target; NaN: never, also where there is no curve."""
    epochs = np.full(len(item.scores), np.nan)
    arrived = costs(item.curves[monitor], minimize=minimize) <= (target if minimize else -target)
    for row in np.flatnonzero(arrived.any(axis=1)):
        epochs[row] = item.steps[arrived[row].argmax()] / item.steps_per_epoch
    return epochs


def _pairs(measured: Sequence[_Measured], minimize: bool, confidence: float) -> tuple[Pair, ...]:
    both = list(itertools.combinations(measured, 2))
    adjusted = holm([mann_whitney(first.costs, second.costs) for first, second in both])
    return tuple(_pair(*two, float(p), minimize, confidence) for two, p in zip(both, adjusted, strict=True))


def _pair(first: _Measured, second: _Measured, p_value: float, minimize: bool, confidence: float) -> Pair:
    low, high = percentiles(minus(second.means, first.means), confidence)
    difference = Estimate(float(minus(second.iqm.point, first.iqm.point)), float(low), float(high))
    chance = improvement(first.costs, second.costs, first.drawn, second.drawn, confidence)
    turned = reversal(first.objectives, second.objectives) if first.tuned or second.tuned else 0.0
    same = (
        p_value > 1 - confidence or low < 0 < high
    )  # an end at 0: resamples in which both means are infinite
    signed = difference.signed(minimize)
    return Pair(
        first=first.evidence.level, second=second.evidence.level, difference=signed.point, ci_low=signed.low,
        ci_high=signed.high, probability=chance.point, probability_low=chance.low, probability_high=chance.high,
        p_value=p_value, reversal=turned, verdict="same" if same else "budget" if turned > REVERSAL else "beats",
    )  # fmt: skip
