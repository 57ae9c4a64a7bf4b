"""The comparison in words: the answer at the level that the data supports, and the warnings that go with it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suite.analysis.records import Evidence, Pair, Ranked
from suite.analysis.statistics import Estimate, best_reached, replicates_needed
from suite.tasks import format_metric, metric_label

EDGE = 0.05
"""Share of a range, on its own scale, next to either end that counts as its edge."""

MANY_DIVERGED = 0.25
"""Share of the trials: beyond it, much of the budget went to an unusable part of the space."""

WORTHWHILE = 0.002
"""Share of the objective below which a gain from more trials is not worth a warning, however small the spread."""

FEW_REPLICATES = 5
"""Below it the 95% interval is too short: it held the truth in 87% (n = 4) and 75% (n = 3) of 1500 simulations."""

SMALL_SHARE = 0.1
"""Share of the variance between trials below which a hyperparameter hardly mattered in the space that was searched."""

FEW_TRIALS = 5
"""Below it a search says next to nothing about what tuning can reach."""


def answer(
    ranking: Sequence[Ranked],
    pairs: Sequence[Pair],
    budget: int,
    *,
    metric: str,
    minimize: bool,
    scientific: str | None,
    importance: Mapping[str, float] | None = None,
) -> str:
    """One to three sentences. The leading group is the first and all that cannot be told apart from it.

    Args:
        ranking, pairs: as in Comparison. budget: trials a value. scientific: name of the hyperparameter; None: a search.
    """
    first, *others = ranking
    if not np.isfinite(first.iqm):
        return "No configuration trains reliably: of each, more than a quarter of the replicates diverged."
    score = Estimate(first.iqm, first.ci_low, first.ci_high).text(percent=metric.endswith("accuracy"))
    measure = metric_label(metric)
    if scientific is None:
        settings = (
            _listed([f"{name}={_short(value)}" for name, value in first.best_config.items()])
            or "the only one"
        )
        found = f"The best configuration found, {settings}, reaches a {measure} of {score} over {first.replicates} fresh seeds"
        beside = [
            f"{metric_label(name)} {format_metric(name, value)}"
            for name, value in first.tested.items()
            if name != metric
        ]
        return " ".join(
            [f"{found} ({', '.join(beside)})." if beside else f"{found}.", *_importance(importance or {})]
        )
    extreme = "lowest" if minimize else "highest"
    kinds = _kinds(scientific, [item.level for item in ranking])
    lead = f"Among the {len(ranking)} {kinds}, {first.level} reaches the {extreme} {measure}: {score}."
    verdicts = {(pair.first, pair.second): pair for pair in pairs}
    against = {item.level: verdicts[first.level, item.level] for item in others}
    same = [value for value, pair in against.items() if pair.verdict == "same"]
    return " ".join([lead, *_group(same, others), *_rest([first.level, *same], against, verdicts, budget)])


def _importance(importance: Mapping[str, float]) -> Iterator[str]:
    """Which hyperparameters decided the outcome of the trials, and which hardly mattered."""
    shares = sorted(importance.items(), key=lambda item: -item[1])
    mattered = [f"{name} ({share:.0%})" for name, share in shares if share >= SMALL_SHARE]
    little = [name for name, share in shares if share < SMALL_SHARE]
    if mattered:
        rest = f"; {_listed(little)} hardly mattered" if little else ""
        yield f"Of the variation between the trials that were finished, most came from {_listed(mattered)}{rest}."


def _group(same: list[str], others: Sequence[Ranked]) -> Iterator[str]:
    if len(same) == len(others) > 1:
        yield f"None of the {len(others)} others can be told apart from it."
    elif same:
        yield f"It can't be told apart from {_listed(same)}."


def _rest(
    group: list[str], against: dict[str, Pair], verdicts: dict[tuple[str, str], Pair], budget: int
) -> Iterator[str]:
    """Whom the leading group beats, whom only the first beats, and which of its leads the budget does not bear out."""
    outside = [value for value in against if value not in group]
    won = [value for value in outside if against[value].verdict == "beats"]
    by_all = [value for value in won if all(_beats(verdicts, member, value) for member in group)]
    by_first = [value for value in won if value not in by_all]
    clauses = []
    if by_all:
        subject = {1: "it beats", 2: "both beat"}.get(len(group), f"all {len(group)} beat")
        everyone = len(by_all) == len(outside) and len(by_all) > 4
        clauses.append(f"{subject} {f'the {len(by_all)} others' if everyone else _listed(by_all)}")
    if by_first:
        clauses.append(f"only {group[0]} clearly beats {_listed(by_first)}")
    if unsure := [value for value in outside if against[value].verdict == "budget"]:
        chance = max(against[value].reversal for value in unsure)
        clauses.append(
            f"{group[0]} leads {_listed(unsure)}, but a different draw of {budget} trials could reverse that (probability"
            f" {'up to ' if len(unsure) > 1 else ''}{chance:.0%}): not enough budget"
        )
    if clauses:
        text = "; ".join(clauses)
        yield (text if text.startswith(group[0]) else text[0].upper() + text[1:]) + "."


def _beats(verdicts: dict[tuple[str, str], Pair], first: str, second: str) -> bool:
    """Whether `first` beats `second`; not if it is ranked behind it."""
    return (first, second) in verdicts and verdicts[first, second].verdict == "beats"


def _kinds(scientific: str, values: Sequence[str]) -> str:
    """`optimizers`, but `values of dropout`: numbers and flags say nothing by themselves."""
    name = scientific.replace("_", " ")
    if any(_is_number(value) or value.lower() in ("true", "false", "none") for value in values):
        return f"values of {scientific}"
    return name[:-1] + "ies" if name.endswith("y") else name + "s"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _short(value) -> str:
    return f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)


def warnings(
    evidence: Sequence[Evidence],
    ranking: Sequence[Ranked],
    *,
    monitor: str,
    minimize: bool,
    confidence: float,
    pairs: int,
) -> Iterator[str]:
    """What the reader must know first, a sentence each (Deep Learning Tuning Playbook); `evidence` in ranking order."""
    replicates = min(item.replicates for item in ranking)
    if replicates < FEW_REPLICATES:
        yield f"With {replicates} replicates a value the intervals are rough: use at least {FEW_REPLICATES}."
    if pairs and replicates < (needed := replicates_needed(pairs, confidence)):
        yield (
            f"With {replicates} replicates a value and {pairs} pair{'s' * (pairs > 1)}, no difference can be significant at"
            f" {confidence:.0%} confidence: use at least {needed}."
        )
    for item, place in zip(evidence, ranking, strict=True):
        of_value = [*_diverged(item, place), *_edges(item), *_budget(item, place, monitor, minimize)]
        for text in of_value:
            yield f"{item.level}: {text}" if len(ranking) > 1 else text[0].upper() + text[1:]


def _diverged(item: Evidence, place: Ranked) -> Iterator[str]:
    trials, lost = len(item.trials), round(place.diverged_trials * len(item.trials))
    if lost == trials:
        yield f"every one of its {trials} trials diverged, so there was nothing to replicate. It counts as the worst."
        return
    if place.diverged_trials > MANY_DIVERGED:
        yield f"{lost} of {trials} trials diverged: search a tamer space, such as smaller learning rates."
    if place.diverged:
        yield f"{place.diverged} of {place.replicates} replicates diverged. They count as the worst."


def _edges(item: Evidence) -> Iterator[str]:
    for name, (low, high, scale) in item.space.items():
        if (best := item.best_config.get(name)) is None:
            continue
        place = (_scaled(best, scale) - _scaled(low, scale)) / (_scaled(high, scale) - _scaled(low, scale))
        if place > 1 - EDGE:
            bound = (
                (1 + high) / 2 if high < 1 and scale != "near_one" else np.inf
            )  # what is below one may be a fraction
            edge, to = "upper", min(_further(low, high, scale, 1.5), bound)
        elif place < EDGE and low != 0:  # no hyperparameter of ours goes below zero
            edge, to = "lower", max(_further(low, high, scale, -0.5), 0.0)
        else:
            continue
        best, to = _at_scale(best, scale, 3), _at_scale(to, scale, 2)
        yield f"the best {name}, {best}, lies at the {edge} edge of the searched range ({low:g} to {high:g}): extend it to {to}."


def _scaled(x: float, scale: str) -> float:
    return {"linear": lambda: x, "log": lambda: np.log(x), "near_one": lambda: -np.log(1 - x)}[scale]()


def _further(low: float, high: float, scale: str, u: float) -> float:
    """The point at share `u` of the range on its scale; outside of it for u < 0 or u > 1."""
    x = _scaled(low, scale) + u * (_scaled(high, scale) - _scaled(low, scale))
    return float({"linear": lambda: x, "log": lambda: np.exp(x), "near_one": lambda: 1 - np.exp(-x)}[scale]())


def _at_scale(x: float, scale: str, digits: int) -> str:
    """`digits` significant digits, for `near_one` of the distance from one."""
    return f"{1 - float(f'{1 - x:.{digits}g}'):.12g}" if scale == "near_one" else f"{x:.{digits}g}"


def _budget(item: Evidence, place: Ranked, monitor: str, minimize: bool) -> Iterator[str]:
    """Whether the second half of the budget still paid: by more than twice the spread of fresh seeds."""
    trials = len(item.trials)
    if not place.best_config or not np.isfinite(place.expected_best).all():
        return
    if trials < FEW_TRIALS:
        yield f"{'1 trial is' if trials == 1 else f'{trials} trials are'} too few to know what tuning reaches: raise the budget."
        return
    reached = best_reached(item.curves[monitor], minimize=minimize)
    reached = reached[np.isfinite(reached)]
    gain = abs(place.expected_best[trials // 2 - 1] - place.expected_best[-1])
    if len(reached) >= 2 and gain > max(2 * reached.std(ddof=1), WORTHWHILE * abs(place.expected_best[-1])):
        yield (
            f"the second half of its {trials} trials still improved the expected best {metric_label(monitor)} by {gain:.2g}, more than"
            f" twice the spread of fresh seeds ({reached.std(ddof=1):.2g}): the budget is small."
        )
