"""Checks predictions against what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.records import Checked, Measure, Pair
from suite.analysis.words import coordinates, listed, short
from suite.study.prediction import Prediction
from suite.tasks import metric_label

Verdict = Literal["survives", "reverses", "cannot be told apart", "not measured"]

SHOWN = 5
"""Places that are named, at most, where one was not measured."""


@dataclass(frozen=True)
class Compared:
    """The pairs of a study and what they are of.

    Attributes:
        metric: of the scores that were compared. pairs: with their verdicts.
        levels: label of a level or cell -> hyperparameter -> level.
    """

    metric: str
    pairs: Sequence[Pair]
    levels: Mapping[str, Mapping[str, Any]]

    def find(self, quantity: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> Pair | None:
        """The pair of two places, if it was compared by this very quantity."""
        if quantity == self.metric:
            for pair in self.pairs:
                places = [dict(self.levels[label]) for label in (pair.first, pair.second)]
                if places in ([dict(here), dict(there)], [dict(there), dict(here)]):
                    return pair
        return None

    def sign(self, pair: Pair, here: Mapping[str, Any]) -> int:
        """Whether the metric is less (-1) or more (1) here than at the pair's other place; 0: can't be told.

        What did not train is worse than any figure.
        """
        if pair.alone not in ("beats", "did not train") or pair.difference == 0:
            return 0
        sign = -1 if pair.difference > 0 else 1  # the difference is second minus first
        return sign if dict(self.levels[pair.first]) == dict(here) else -sign


def check(
    predictions: Sequence[Prediction], measures: Sequence[Measure], compared: Compared | None = None
) -> tuple[Checked, ...]:
    """Says of each prediction whether it survives, reverses, cannot be told apart, or was not measured.

    Within bounds: the whole interval lies inside, outside, or neither. More or less than elsewhere: by the
    test of the pair where the study compared the two by this very quantity, else by whether the intervals
    overlap. A prediction names its pair before the run, so its test is not adjusted for all the others.

    Args:
        predictions: as the study declares them. measures: every number of the study.
        compared: what the study compared; None where it compared nothing.
    """
    return tuple(_check(prediction, measures, compared) for prediction in predictions)


def _check(prediction: Prediction, measures: Sequence[Measure], compared: Compared | None) -> Checked:
    quantity, at = prediction.quantity, prediction.at
    other = prediction.other
    if other is not None and compared and (pair := compared.find(quantity, at, other)):
        seen = _seen_of_pair(pair, prediction, other, measures, compared)
        return _checked(prediction, seen, _by_sign(compared.sign(pair, at), prediction))
    here = _find(measures, quantity, at)
    if here is None:
        return _checked(prediction, _missing(measures, quantity, at), "not measured")
    if prediction.between is not None:
        verdict = _within(here, prediction.between)
        if quantity.endswith("_p") and verdict == "reverses" and here.low > prediction.between[1]:
            verdict = "cannot be told apart"  # that no effect was found does not say that there is none
        return _checked(prediction, _text(here), verdict)
    there = _find(measures, quantity, other or {})
    if there is None:
        return _checked(prediction, _missing(measures, quantity, other or {}), "not measured")
    sign = -1 if here.high < there.low else 1 if here.low > there.high else 0
    return _checked(prediction, f"{_text(here)}, against {_text(there)}", _by_sign(sign, prediction))


def _seen_of_pair(
    pair: Pair,
    prediction: Prediction,
    other: Mapping[str, Any],
    measures: Sequence[Measure],
    compared: Compared,
) -> str:
    if pair.verdict == "did not train":
        return f"{coordinates(compared.levels[pair.second])} did not train: no trial reached its end"
    here, there = (_find(measures, prediction.quantity, at) for at in (prediction.at, other))
    said = f"{_text(here)}, against {_text(there)}" if here and there else "the pair was compared"
    return f"{said} (not enough budget)" if pair.alone == "budget" else said


def _checked(prediction: Prediction, seen: str, verdict: Verdict) -> Checked:
    return Checked(prediction.claim, prediction.source, _expected(prediction), seen, verdict)


def _within(measure: Measure, bounds: tuple[float, float]) -> Verdict:
    low, high = bounds
    if low <= measure.low and measure.high <= high:
        return "survives"
    return "reverses" if measure.high < low or measure.low > high else "cannot be told apart"


def _by_sign(sign: int, prediction: Prediction) -> Verdict:
    """From -1: it is less here than there, 1: more, 0: neither for sure."""
    if not sign:
        return "cannot be told apart"
    return "survives" if (sign < 0) == (prediction.less_than is not None) else "reverses"


def _find(measures: Sequence[Measure], quantity: str, at: Mapping[str, Any]) -> Measure | None:
    return next(
        (measure for measure in measures if measure.quantity == quantity and dict(measure.at) == dict(at)),
        None,
    )


def _missing(measures: Sequence[Measure], quantity: str, at: Mapping[str, Any]) -> str:
    """What there is instead."""
    places = [
        coordinates(measure.at) or "the whole study" for measure in measures if measure.quantity == quantity
    ]
    if places:
        where = coordinates(at) or "the whole study"
        others = list(dict.fromkeys(places))
        more = [f"{len(others) - SHOWN} more"] if len(others) > SHOWN else []
        return f"{quantity} was not measured of {where}, but of {listed([*others[:SHOWN], *more])}"
    part = quantity[: quantity.find(".") + 1]  # of a probe or a shape; empty: of every level
    known = dict.fromkeys(each.quantity for each in measures if each.quantity.startswith(part))
    return f"{quantity} was not measured" + (f"; what was: {listed([*known])}" if known else "")


def _expected(prediction: Prediction) -> str:
    """The prediction as it was checked."""
    where = f" at {coordinates(prediction.at)}" if prediction.at else ""
    if prediction.between is not None:
        low, high = (short(int(x) if x.is_integer() else x) for x in map(float, prediction.between))
        return f"{metric_label(prediction.quantity)}{where} between {low} and {high}"
    more = "less" if prediction.less_than is not None else "more"
    other = prediction.other or {}
    changed = {name: level for name, level in other.items() if prediction.at.get(name) != level}
    return f"{metric_label(prediction.quantity)}{where} {more} than at {coordinates(changed)}"


def _text(measure: Measure) -> str:
    if measure.quantity.endswith("_to_target") and np.isinf(measure.point):
        return "not reached"
    if measure.low == measure.point == measure.high:
        return f"{measure.point:.4g}"
    estimate = Estimate(measure.point, measure.low, measure.high)
    return estimate.text(percent=measure.quantity.endswith("accuracy"))
