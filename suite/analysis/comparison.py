"""The verdict in numbers: results over replicates -> ranking with intervals, and every pair. Arrays in,
values out.

Free of TensorFlow, MLflow and Optuna.
"""

import itertools
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from suite.analysis.estimate import Estimate
from suite.analysis.records import Comparison, Evidence, Pair, Ranked, Standing
from suite.analysis.searches import (
    Difference,
    Repeated,
    benjamini_hochberg,
    difference,
    repeated,
    searches_needed,
)
from suite.analysis.statistics import (
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

It separates wins that hang on a single trial from those that rest on two or more. Of n redrawn trials the
best one is missed with probability (1 - 1/n)^n, at most 0.37, and the other level's best is drawn with 1
minus that: a win that only the best trial supports is reversed with probability 0.19 (n = 2) to 0.25. One
that the two best trials support is reversed only if both are missed: at most (1 - 2/n)^n < 0.14.
"""

DETECTABLE = 0.01
"""Share of the leader's score: the size of a difference for which the number of searches that would tell it
is given."""


def compare(
    evidence: Sequence[Evidence],
    *,
    metric: str,
    monitor: str,
    minimize: bool,
    target: float | None = None,
    conditions: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Ranks the levels and says which of them the data tell apart.

    Where a level was searched several times, intervals and tests rest on what differs between its searches;
    else on what differs between its replicates, which leaves the luck of the search out.
    A replicate that diverged counts as the worst possible, so an interquartile mean is infinite when more
    than a quarter did. A level of which no trial trained has no replicates: it comes last and is compared
    with none. The order of `evidence` changes nothing: each level has a random stream of its own for the
    bootstrap.

    Args:
        evidence: one for each level, with two or more replicates unless no trial trained.
        metric, monitor: of the scores and of the objective. minimize: whether less of both is better.
        target: value of `monitor` for time-to-target; None: the median over the levels of the interquartile
            mean of the best that each one's replicates reach (NaN where none reaches anything).
        conditions: label -> under what it was measured: only levels under one condition make pairs; None: all
            do.
        confidence: of every interval and test, in (0, 1). seed: of the bootstrap.

    Raises:
        ValueError: no evidence, a label that occurs twice, fewer than two replicates, an impossible
            confidence.

    Source: Agarwal et al. 2021 (arXiv:2108.13264) for the protocol.
    """
    _check(evidence, confidence)
    every = [_measure(item, minimize, confidence, seed) for item in evidence]
    measured = sorted(_over_searches(every, confidence), key=lambda one: one.order)
    if target is None:
        target = _reached_by_half(
            [best_reached(one.evidence.curves[monitor], minimize=minimize) for one in measured], minimize
        )
    worst = max((x for one in measured for x in one.objectives if np.isfinite(x)), default=np.inf)
    ranking = tuple(_ranked(one, worst, target, monitor, minimize, confidence) for one in measured)
    both = [
        (first, second)
        for first, second in itertools.combinations(measured, 2)
        if conditions is None or conditions[first.evidence.level] == conditions[second.evidence.level]
    ]
    return Comparison(
        metric=metric,
        monitor=monitor,
        minimize=minimize,
        confidence=confidence,
        ranking=ranking,
        pairs=_pairs(both, minimize, confidence),
        target=target,
    )


def by_search(item: Evidence, costs: np.ndarray) -> list[np.ndarray]:
    """Divides the costs of a level's replicates by the search that each is of."""
    if not costs.size or item.searches is None:
        return [costs]
    return [costs[item.searches == search] for search in np.unique(item.searches)]


def trained(item: Evidence) -> bool:
    """Whether any of its trials came to a finite objective."""
    return bool(np.isfinite(item.trials["objective"].to_numpy(float)).any())


@dataclass(frozen=True)
class _Measured:
    """One level as costs: `costs` [n] of the replicates, `drawn` their resamples, `means` the mean of each
    resample.

    Of several searches, `repeated` is what repeating them gave.
    """

    evidence: Evidence
    costs: np.ndarray
    objectives: np.ndarray
    drawn: np.ndarray
    means: np.ndarray
    iqm: Estimate
    rng: np.random.Generator
    repeated: Repeated | None = None

    @property
    def order(self) -> tuple[float, bool, int, str]:
        return self.iqm.point, not self.costs.size, int(np.isinf(self.costs).sum()), self.evidence.level

    @property
    def by_search(self) -> list[np.ndarray]:
        """The costs of the replicates of each search."""
        return by_search(self.evidence, self.costs)

    @property
    def spread(self) -> float:
        """Variance of a single run of the procedure: of a search, and of one training of its winner."""
        within = [np.var(x[np.isfinite(x)], ddof=1) for x in self.by_search if np.isfinite(x).sum() > 1]
        each = float(np.mean(within)) if within else 0.0
        seeds = self.costs.size / max(len(self.by_search), 1)
        between = self.repeated.variance * self.repeated.searches if self.repeated else 0.0
        return between + each * (1 - 1 / seeds)

    @property
    def tuned(self) -> bool:
        """Whether anything was searched: otherwise there is no search to redraw."""
        return bool(set(self.evidence.trials) - {"number", "status", "objective"})


def _check(evidence: Sequence[Evidence], confidence: float) -> None:
    labels = [item.level for item in evidence]
    if not labels or len(set(labels)) < len(labels):
        raise ValueError(f"`evidence` must hold one or more different levels. Received: {labels}.")
    for item in evidence:
        if len(item.scores) < 2 and trained(item):
            raise ValueError(
                "`evidence` must hold two or more replicates a level."
                f" Received: {item.level} with {len(item.scores)}."
            )
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be in (0, 1). Received: confidence={confidence}.")


def _measure(item: Evidence, minimize: bool, confidence: float, seed: int) -> _Measured:
    rng = np.random.default_rng([seed, zlib.crc32(item.level.encode())])
    scores = costs(item.scores if trained(item) else (), minimize=minimize)
    objectives = costs(item.trials["objective"], minimize=minimize)
    if not scores.size:
        nothing = Estimate(np.inf, np.inf, np.inf)
        return _Measured(item, scores, objectives, np.empty((0, 0), int), np.empty(0), nothing, rng)
    drawn = resample(len(scores), rng)
    means = interquartile_mean(scores[drawn])
    low, high = percentiles(means, confidence)
    iqm = Estimate(float(interquartile_mean(scores)), float(low), float(high))
    return _Measured(item, scores, objectives, drawn, means, iqm, rng)


def _over_searches(measured: Sequence[_Measured], confidence: float) -> list[_Measured]:
    """The same with the interval over searches, where every level that trained has several."""
    tried = [one for one in measured if one.costs.size]
    if not tried or min(len(one.by_search) for one in tried) < 2:
        return list(measured)
    found = repeated([np.array([interquartile_mean(x) for x in one.by_search]) for one in tried])
    by_level = dict(zip((one.evidence.level for one in tried), found, strict=True))
    return [
        replace(one, iqm=again.estimate(confidence), repeated=again)
        if (again := by_level.get(one.evidence.level))
        else one
        for one in measured
    ]


def _reached_by_half(reached: Sequence[np.ndarray], minimize: bool) -> float:
    means = np.array([interquartile_mean(x) for x in reached if len(x)])
    means = means[np.isfinite(means)]
    return float(np.median(means) if minimize else -np.median(means)) if means.size else np.nan


def _ranked(
    one: _Measured, worst: float, target: float, monitor: str, minimize: bool, confidence: float
) -> Ranked:
    """A trial that diverged or failed counts as the worst finite one of the study: an infinite one would
    leave no expectation."""
    item, lost = one.evidence, np.isinf(one.objectives)
    failed_trials = float((item.trials["status"] == "failed").mean()) if lost.size else 0.0
    expected = (np.full(item.budget or len(lost), np.inf),) * 3
    if not lost.all():
        charged = np.where(lost, worst, one.objectives)
        expected = expected_best(charged, confidence, one.rng, draws=item.budget)
    if not minimize:
        best, low, high = expected
        expected = (0.0 - best, 0.0 - high, 0.0 - low)
    iqm = one.iqm.signed(minimize)
    return Ranked(
        level=item.level,
        replicates=len(one.costs),
        diverged=int(np.isinf(one.costs).sum()) - sum(item.failed),
        iqm=iqm.point,
        ci_low=iqm.low,
        ci_high=iqm.high,
        tested={name: _mean(values, minimized(name)) for name, values in item.tested.items()},
        expected_best=expected[0],
        expected_best_low=expected[1],
        expected_best_high=expected[2],
        epochs_to_target=_epochs_to_target(item, len(one.costs), monitor, target, minimize),
        diverged_trials=float(lost.mean()) - failed_trials if lost.size else 0.0,
        best_config=item.best_config,
        searches=len(one.by_search),
        failed=sum(item.failed),
        failed_trials=failed_trials,
    )


def _mean(values: np.ndarray, minimize: bool) -> float:
    """Interquartile mean with lost replicates as the worst; NaN where that is infinite, or of none."""
    mean = float(interquartile_mean(costs(values, minimize=minimize))) if len(values) else np.inf
    return (mean if minimize else -mean) if np.isfinite(mean) else np.nan


def _epochs_to_target(item: Evidence, n: int, monitor: str, target: float, minimize: bool) -> np.ndarray:
    """[n] epochs at the first evaluation at or past the target; NaN: never, also where there is no curve."""
    epochs = np.full(n, np.nan)
    arrived = costs(item.curves[monitor], minimize=minimize) <= (target if minimize else -target)
    for row in np.flatnonzero(arrived.any(axis=1)):
        epochs[row] = item.steps[arrived[row].argmax()] / item.steps_per_epoch
    return epochs


def _pairs(
    both: Sequence[tuple[_Measured, _Measured]], minimize: bool, confidence: float
) -> tuple[Pair, ...]:
    """Of two that trained by test; the p-values are adjusted over these."""
    tested = [place for place, two in enumerate(both) if all(one.costs.size for one in two)]
    searched = [place for place in tested if all(one.repeated for one in both[place])]
    by_seeds, by_search = np.full((2, len(both), 2), np.nan)  # [pairs, (adjusted, alone)] p-values
    by_seeds[tested, 1] = [mann_whitney(both[i][0].costs, both[i][1].costs) for i in tested]
    by_seeds[tested, 0] = holm(by_seeds[tested, 1].tolist())
    by_search[searched, 1] = [_difference(*both[i], confidence).p_value for i in searched]
    by_search[searched, 0] = benjamini_hochberg(by_search[searched, 1].tolist())
    return tuple(
        _untrained(*two, minimize)
        if np.isnan(p).any()
        else _pair(*two, p, minimize, confidence)
        if np.isnan(again).any()
        else _repeated_pair(*two, p, again, minimize, confidence)
        for two, p, again in zip(both, by_seeds, by_search, strict=True)
    )


def _difference(first: _Measured, second: _Measured, confidence: float) -> Difference:
    assert first.repeated and second.repeated
    return difference(first.repeated, second.repeated, confidence, first.spread + second.spread)


def _repeated_pair(
    first: _Measured,
    second: _Measured,
    by_seeds: np.ndarray,
    by_search: np.ndarray,
    minimize: bool,
    confidence: float,
) -> Pair:
    """A pair of levels that were searched several times, of two p-values each: adjusted, and alone.

    It is `budget` where the replicates of these very winners differ, but not by more than searches do.
    """
    assert first.repeated and second.repeated
    found, alpha = _difference(first, second, confidence), 1 - confidence
    signed = found.estimate.signed(minimize)
    told: list[Standing] = [
        "beats" if search <= alpha else "budget" if seeds <= alpha else "same"
        for search, seeds in zip(by_search, by_seeds, strict=True)
    ]
    spread = max(first.spread + second.spread, 1e-300) ** 0.5
    low, high = (float(stats.norm.cdf(end / spread)) for end in found.estimate[1:])
    apart = (
        first.repeated.variance * first.repeated.searches,
        second.repeated.variance * second.repeated.searches,
    )
    size = DETECTABLE * abs(first.iqm.point)
    return Pair(
        first=first.evidence.level,
        second=second.evidence.level,
        difference=signed.point,
        ci_low=signed.low,
        ci_high=signed.high,
        probability=found.probability,
        probability_low=low,
        probability_high=high,
        p_value=float(by_search[0]),
        reversal=float(stats.norm.sf(found.estimate.point / max(sum(apart), 1e-300) ** 0.5)),
        verdict=told[0],
        alone=told[1],
        searches_needed=searches_needed(size, first.repeated, second.repeated, confidence)
        if np.isfinite(size) and np.isfinite(found.estimate.point)
        else None,
    )


def _pair(
    first: _Measured, second: _Measured, p_values: np.ndarray, minimize: bool, confidence: float
) -> Pair:
    """A pair of levels that were searched once, of two p-values: adjusted, and alone."""
    low, high = percentiles(minus(second.means, first.means), confidence)
    difference = Estimate(float(minus(second.iqm.point, first.iqm.point)), float(low), float(high))
    chance = improvement(first.costs, second.costs, first.drawn, second.drawn, confidence)
    turned = _reversal(first, second)
    # An end at 0: resamples in which both means are infinite.
    told: list[Standing] = [
        "same" if p > 1 - confidence or low < 0 < high else "budget" if turned > REVERSAL else "beats"
        for p in p_values
    ]
    signed = difference.signed(minimize)
    return Pair(
        first=first.evidence.level,
        second=second.evidence.level,
        difference=signed.point,
        ci_low=signed.low,
        ci_high=signed.high,
        probability=chance.point,
        probability_low=chance.low,
        probability_high=chance.high,
        p_value=float(p_values[0]),
        reversal=turned,
        verdict=told[0],
        alone=told[1],
    )


def _untrained(first: _Measured, second: _Measured, minimize: bool) -> Pair:
    """A pair of which the second, or neither, trained: one that trained is the better by any measure."""
    by = float(minus(np.inf, first.iqm.point)) * (1 if minimize else -1)
    chance = 1.0 if first.costs.size else 0.5
    labels = first.evidence.level, second.evidence.level
    turned = _reversal(first, second)
    return Pair(*labels, by, by, by, chance, chance, chance, np.nan, turned, "did not train", "did not train")


def _reversal(first: _Measured, second: _Measured) -> float:
    return reversal(first.objectives, second.objectives) if first.tuned or second.tuned else 0.0
