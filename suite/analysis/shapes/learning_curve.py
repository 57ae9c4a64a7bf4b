"""Adds a power law to a curve over the number of training examples: what more of them would give."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from suite.analysis.curve import Curve
from suite.analysis.estimate import Estimate
from suite.analysis.power_law import FEWEST, MISSES, PowerLaw, fit
from suite.analysis.records import Comparison, Evidence, Figure, Measure, Section, Text
from suite.analysis.shapes.records import Answered

POINTS = 60
"""Of the line that is drawn."""


def law_of(
    curve: Curve, evidence: Sequence[Evidence], comparison: Comparison, *, held_out: int = 0
) -> PowerLaw | None:
    """The power law of a loss over the number of training examples; None where that cannot be fitted.

    Replicates that diverged are left out, and so are as many of the largest sizes as are `held_out`.
    """
    if curve.hyperparameter != "train_size" or comparison.metric != "test_loss":
        return None
    scores = {item.level: item.scores[np.isfinite(item.scores)] for item in evidence}
    sizes = [
        (x, scores[place.level])
        for x, place in zip(curve.levels, curve.places, strict=True)
        if len(scores[place.level]) > 1
    ]
    sizes = sizes[: len(sizes) - held_out]
    if len(sizes) < FEWEST:
        return None
    return fit([x for x, _ in sizes], [each for _, each in sizes], confidence=comparison.confidence)


def with_law(
    answered: Answered, figure: Figure, curve: Curve, law: PowerLaw, earlier: PowerLaw | None
) -> Answered:
    """What a curve says, with the law in the figure, a section, a sentence of the answer and the measures.

    Args:
        answered: without a law. figure: of the curve. curve: that was read.
        law: through all sizes. earlier: through all but the largest, where that can be fitted.
    """
    more = 2 * curve.levels[-1]
    sentence = f"A power law through it foretells {law.at(more).text()} at {more:g} examples."
    held_out: tuple[Measure, ...] = ()
    if earlier and np.isfinite(curve.places[-1].iqm):
        said, measure = _held_out(curve, earlier)
        sentence, held_out = f"{said} {sentence}", (measure,)
    explained = (
        f"loss = c + a n^-b with n training examples: b = {law.exponent.text()} and c = {law.floor.text()},"
        f" to which the loss would fall. {sentence} The intervals come from the replicates, from how far the"
        " law misses the means, and beyond the largest size from how far such laws missed published curves:"
        f" {MISSES:.0%} of the loss for each doubling."
    )
    x = np.geomspace(curve.levels[0], curve.levels[-1], POINTS)
    line = pd.DataFrame(
        [{"x": n, "y": at.point, "low": at.low, "high": at.high} for n in x.tolist() for at in [law.at(n)]]
    )
    drawn = replace(
        figure, caption=f"{figure.caption} Dotted: a power law.", data={**figure.data, "fit": line}
    )
    return replace(
        answered,
        answer=f"{answered.answer} {sentence}",
        figure=drawn,
        sections=(*answered.sections, Section("power_law", "A power law", (Text((explained,)),))),
        measures=(
            *answered.measures,
            Measure("curve.exponent", {}, *law.exponent),
            Measure("curve.floor", {}, *law.floor),
            Measure("curve.at_twice", {}, *law.at(more)),
            *held_out,
        ),
        summary={
            **answered.summary,
            "power_law": {
                "exponent": list(law.exponent),
                "floor": list(law.floor),
                "examples": more,
                "loss": list(law.at(more)),
            },
        },
    )


def _held_out(curve: Curve, earlier: PowerLaw) -> tuple[str, Measure]:
    """How the loss at the largest size compares with what the smaller ones foretell: in words, and as
    `curve.held_out`, the measured loss over the foretold one."""
    place, size = curve.places[-1], curve.levels[-1]
    measured, foretold = Estimate(place.iqm, place.ci_low, place.ci_high), earlier.at(size)
    point, low, high = (
        one / other
        for one, other in zip(measured, (foretold.point, foretold.high, foretold.low), strict=True)
    )
    overlap = measured.low <= foretold.high and foretold.low <= measured.high
    verdict = "which agrees" if overlap else "so it was wrong"
    said = (
        f"Without the largest size, a power law foretold {foretold.text()} at {size:g} examples; measured was"
        f" {measured.text()}, {verdict}."
    )
    return said, Measure("curve.held_out", {}, point, low, high)
