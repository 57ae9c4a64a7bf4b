"""Answers a curve over numeric levels: where it is best, flat, turning, cut off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis import figure_tables as tables
from suite.analysis import figures, measures, sections
from suite.analysis.answer import first_look, not_borne_out, replicates_missing, score
from suite.analysis.curve import Curve, read
from suite.analysis.failures import how_lost
from suite.analysis.records import Comparison, Diagnosis, Evidence, Figure, Ranked, Section, Table
from suite.analysis.shapes import learning_curve
from suite.analysis.shapes.records import Answered, Asked
from suite.analysis.words import listed
from suite.tasks import format_metric, metric_label

STANDING = {
    "beats": "worse",
    "same": "cannot be told apart",
    "budget": "probably worse (not enough budget)",
    "did not train": "did not train",
}
"""Verdict on a pair with the best -> how a level stands to it."""


def answered(asked: Asked) -> Answered:
    """Puts the levels in order and says how each stands to the best."""
    verdict, (scientific,) = asked.comparison, asked.scientific
    curve = read(asked.evidence, verdict, scientific)
    drawn = figure(curve, asked.evidence, verdict, asked.diagnoses)
    order = tuple(place.level for place in curve.places)
    answer = Answered(
        answer=in_words(curve, verdict, asked.budget),
        figure=drawn,
        headline=_headline(curve, verdict),
        order=order,
        sections=(
            *_level_by_level(asked, order),
            Section("pairs", "Which levels differ", (sections.every_pair(verdict),)),
        ),
        measures=tuple(measures.of_curve(curve)),
        summary={"curve": _summary(curve)},
    )
    law = learning_curve.law_of(curve, asked.evidence, verdict)
    earlier = learning_curve.law_of(curve, asked.evidence, verdict, held_out=1)
    return learning_curve.with_law(answer, drawn, curve, law, earlier) if law else answer


def _level_by_level(asked: Asked, order: Sequence[str]) -> tuple[Section, ...]:
    """The training curves under a slider; none where fewer than two levels have any."""
    figure = figures.training_curves(asked.evidence, asked.comparison, order)
    if figure.data["curves"]["level"].nunique() < 2:
        return ()
    (name,) = asked.scientific
    slider = figures.one_at_a_time(figure, name)
    return (Section("level_by_level", "Training, level by level", (slider,)),)


def _headline(curve: Curve, verdict: Comparison) -> Table:
    """The table of the levels, with how each stands to the best."""
    table = sections.headline(verdict, curve.places, curve.hyperparameter)
    said = [STANDING[pair.verdict] if pair else "best" for pair in curve.pairs]
    return sections.with_column(table, "against the best", said)


def _summary(curve: Curve) -> dict[str, Any]:
    first, last = curve.flat
    return {
        "hyperparameter": curve.hyperparameter,
        "best": curve.levels[curve.best],
        "flat": [curve.levels[first], curve.levels[last]],
        "turns": curve.turns,
        "open_end": curve.open_end,
    }


def in_words(curve: Curve, comparison: Comparison, budget: int) -> str:
    """Answers over numeric levels, in two to five sentences: where it is best, flat, turning, cut off.

    Args:
        curve: as it was read. comparison: the verdict behind it.
        budget: trials a level.
    """
    extreme = "lowest" if comparison.minimize else "highest"
    name, labels = curve.hyperparameter, [place.level for place in curve.places]
    best = curve.places[curve.best]
    lead = (
        f"The {metric_label(comparison.metric)} is {extreme} at {name}={best.level}, of {len(labels)} levels"
        f" from"
        f" {labels[0]} to {labels[-1]}: {score(best, comparison.metric)}."
    )
    return " ".join(
        [
            lead,
            *([*first_look(comparison)] or _flat(curve, labels)),
            *_worse(curve, comparison.metric),
            *_unsure(curve, labels, budget),
            *_untrained(curve, labels),
            *_open_end(curve),
        ]
    )


def _flat(curve: Curve, labels: Sequence[str]) -> Iterator[str]:
    """Where it cannot be told apart from the best."""
    first, last = curve.flat
    if (first, last) == (0, len(labels) - 1):
        replicates = curve.places[curve.best].replicates
        yield (
            f"None of the other levels can be told apart from it with {replicates} replicates each: it is"
            f" flat."
        )
        return
    also = [labels[i] for i in curve.elsewhere]
    if first == last:
        if also:
            yield f"It can't be told apart from {listed(also)}."
        return
    beside = f"; nor can {listed(also)}" if also else ""
    yield (
        f"It is flat from {labels[first]} to {labels[last]}: these can't be told apart from the best{beside}."
    )


def _worse(curve: Curve, metric: str) -> Iterator[str]:
    """Where it gets worse: on both sides, which is a turn, or on one."""
    ends = {"below": curve.below[:1], "above": curve.above[-1:]}
    sides = [
        f"{side} ({_reached(curve.places[index], metric)})" for side, last in ends.items() for index in last
    ]
    if curve.turns:
        yield f"It turns there: it gets worse {listed(sides)}."
    elif sides:
        yield f"It gets worse {sides[0]}."


def _reached(place: Ranked, metric: str) -> str:
    if not np.isfinite(place.iqm):
        how = "failing" if how_lost(place) == "failed" else "diverging"
        return f"{how} at {place.level}"
    return f"{format_metric(metric, place.iqm)} at {place.level}"


def _unsure(curve: Curve, labels: Sequence[str], budget: int) -> Iterator[str]:
    """Which leads the budget does not bear out."""
    pairs = [pair for i in curve.unsure if (pair := curve.pairs[i])]
    if pairs:
        text = not_borne_out(labels[curve.best], [labels[i] for i in curve.unsure], pairs, budget)
        yield f"{text}."


def _untrained(curve: Curve, labels: Sequence[str]) -> Iterator[str]:
    if curve.untrained:
        lost = how_lost(*(curve.places[i] for i in curve.untrained))
        yield f"Nothing trained at {listed([labels[i] for i in curve.untrained])}: every trial {lost}."


def _open_end(curve: Curve) -> Iterator[str]:
    """What to try beyond the end at which the best lies."""
    if curve.flat == (0, len(curve.levels) - 1) or not curve.open_end:
        return
    if (curve.hyperparameter, curve.open_end) == ("train_size", "upper"):
        yield "The best lies at the upper end of the range: more examples still pay."
        return
    way = {"lower": "downwards", "upper": "upwards"}[curve.open_end]
    yield (
        f"The best lies at the {curve.open_end} end of the range: extend it {way}, as to {curve.beyond:g}, to"
        f" see"
        " where it turns."
    )


def figure(
    curve: Curve,
    evidence: Sequence[Evidence],
    comparison: Comparison,
    diagnoses: Mapping[str, Diagnosis],
) -> Figure:
    """Shows the curve with its interval; where it is of the loss, the training loss beside it."""
    limits = tables.score_range(evidence, comparison)
    label = metric_label(comparison.metric)
    rows = _rows(curve, label, [(place.iqm, place.ci_low, place.ci_high) for place in curve.places])
    series = [label]
    if comparison.metric == "test_loss":
        found = [diagnoses.get(place.level) for place in curve.places]
        train = [d.numbers.get("train_loss") if d else None for d in found]
        rows += _rows(curve, "training loss", [tuple(each) if each else (np.nan,) * 3 for each in train])
        series.append("training loss")
        shown = [float(row[name]) for row in rows for name in ("point", "low", "high")]
        limits = tables.drawn_range([*shown, *tables.scores(evidence)["score"]], minimize=True)
    elif trained := _training_rows(curve, evidence, comparison):
        rows += trained
        series.append(metric_label(comparison.metric.replace("test", "train")))
        shown = [float(row[name]) for row in trained for name in ("low", "high")]
        limits = (min(limits[0], *shown), max(limits[1], *shown))
    at = dict(zip([place.level for place in curve.places], curve.levels, strict=True))
    replicates = tables.scores(evidence)
    kind = "Learning" if curve.hyperparameter == "train_size" else "Validation"
    first, last = curve.flat
    told = replicates_missing(comparison) is None
    return Figure(
        name="curve",
        kind="interval_curve",
        title=f"{kind} curve: {label} over {curve.hyperparameter}{_shape(curve, comparison)}",
        caption=(
            f"Interquartile mean of the replicates at each level with its {comparison.confidence:.0%}"
            f" interval; faint: each"
            " replicate."
            + (" Shaded: levels that cannot be told apart from the best." if told else "")
            + (f" Dashed: the {series[1]} at the same weights." if len(series) > 1 else "")
        ),
        data={
            "levels": pd.DataFrame(rows),
            "replicates": replicates.assign(x=replicates["level"].map(at).astype(float)),
            "flat": pd.DataFrame([(curve.levels[first], curve.levels[last])] * told, columns=["low", "high"]),
            "missing": pd.DataFrame(_missing(curve), columns=["x", "note"]),
        },
        options={
            "series": series,
            "ticks": list(curve.levels),
            "best": curve.levels[curve.best],
            "x_title": curve.hyperparameter,
            "y_title": label if len(series) == 1 else label.removeprefix("test "),
            "limits": list(limits),
            "x_scale": "log" if curve.log else "linear",
        },
    )


def _training_rows(
    curve: Curve, evidence: Sequence[Evidence], comparison: Comparison
) -> list[dict[str, Any]]:
    """The metric of the training examples at each level that has it."""
    name = comparison.metric.replace("test", "train")
    found = {item.level: measures.of_training(item, name, comparison.confidence) for item in evidence}
    each = [found[place.level] or (np.nan,) * 3 for place in curve.places]
    return _rows(curve, metric_label(name), each)


def _rows(curve: Curve, series: str, estimates: Sequence[tuple[float, ...]]) -> list[dict[str, Any]]:
    return [
        {"series": series, "x": x, "level": place.level, "point": point, "low": low, "high": high}
        for x, place, (point, low, high) in zip(curve.levels, curve.places, estimates, strict=True)
        if np.isfinite(point)
    ]


def _missing(curve: Curve) -> list[tuple[float, str]]:
    """Levels of which there is no point, and why."""
    return [
        (x, how_lost(place) if place.replicates else "did not train")
        for x, place in zip(curve.levels, curve.places, strict=True)
        if not np.isfinite(place.iqm)
    ]


def _shape(curve: Curve, comparison: Comparison) -> str:
    """What to see, in a few words."""
    first, last = (curve.places[i].level for i in curve.flat)
    best = f", {'lowest' if comparison.minimize else 'highest'} at {curve.places[curve.best].level}"
    if replicates_missing(comparison):
        return best
    if curve.flat == (0, len(curve.levels) - 1):
        return ": flat over the whole range"
    flat = f", flat from {first} to {last}" if first != last else ""
    return f"{best}{flat}"
