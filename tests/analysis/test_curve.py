"""Curves over numeric levels: best, flat, turning, cut off, on evidence whose right reading is known."""

from collections.abc import Mapping

import numpy as np
import pytest
from made_up import item, replaced

from suite.analysis import measures
from suite.analysis.comparison import compare
from suite.analysis.curve import is_wide, read
from suite.analysis.shapes import SHAPES, Asked

CURVES = ("val_loss", "train_loss", "val_accuracy", "train_accuracy")
LOSS = {"metric": "test_loss", "monitor": "val_loss", "minimize": True}
ACCURACY = {"metric": "test_accuracy", "monitor": "val_accuracy", "minimize": False}


def level(x, center, *, n=10, width=0.002, name="dropout", objective=None):
    """Replicates evenly around `center`; None: no trial trained."""
    scores = [] if center is None else center + width * np.linspace(-1, 1, n)
    trained = [np.nan] * 4 if center is None else ([center] * 20 if objective is None else objective)
    curves = {k: np.repeat(np.reshape(scores, (-1, 1)), 2, axis=1) for k in CURVES}
    found = item(str(x), trained, scores, curves, learning_rate=np.linspace(0, 1, len(trained)))
    return replaced(found, levels={name: x})


def curve_of(centers: Mapping[float, float | None], settings=LOSS, **changes):
    evidence = [level(x, center, **changes) for x, center in centers.items()]
    return read(evidence, compare(evidence, **settings), changes.get("name", "dropout"))


def answer_of(centers: Mapping[float, float | None], settings=LOSS, **changes) -> str:
    evidence = tuple(level(x, center, **changes) for x, center in centers.items())
    name = changes.get("name", "dropout")
    return SHAPES["curve"](Asked((name,), 20, evidence, compare(evidence, **settings))).answer


U = {0.5: 0.40, 0.0: 0.36, 0.1: 0.3301, 0.2: 0.33, 0.35: 0.3302}


def test_a_curve_that_turns_is_read_in_the_order_of_its_levels():
    curve = curve_of(U)
    assert curve.levels == (0, 0.1, 0.2, 0.35, 0.5)
    assert [place.level for place in curve.places] == ["0.0", "0.1", "0.2", "0.35", "0.5"]
    assert (curve.best, curve.flat, curve.elsewhere) == (2, (1, 3), ())
    assert (curve.below, curve.above, curve.turns, curve.open_end) == ((0,), (4,), True, None)
    assert answer_of(U) == (
        "The test loss is lowest at dropout=0.2, of 5 levels from 0.0 to 0.5: 0.3300 [0.3290, 0.3310]. It is"
        " flat from 0.1"
        " to 0.35: these can't be told apart from the best. It turns there: it gets worse below (0.36 at 0.0)"
        " and above"
        " (0.4 at 0.5)."
    )


def test_too_few_replicates_are_a_first_look_and_call_nothing_flat():
    """Of 10 pairs a test by ranks has a least p of 10 * 2 / C(2n, n): below 0.05 from n = 6 on."""
    said = answer_of(U, n=3)
    assert "With 3 replicates each this is a first look: no difference can be told by a test" in said
    assert said.endswith("before there are 6.") and "flat" not in said
    evidence = tuple(level(x, center, n=3) for x, center in U.items())
    figure = SHAPES["curve"](Asked(("dropout",), 20, evidence, compare(evidence, **LOSS))).figure
    assert "flat" not in figure.title and "Shaded" not in figure.caption and figure.data["flat"].empty
    assert "flat from 0.1 to 0.35" in answer_of(U, n=6)


def test_accuracies_are_read_the_same_way_round():
    curve = curve_of({x: 1 - loss for x, loss in U.items()}, ACCURACY)
    assert (curve.best, curve.flat, curve.below, curve.above) == (2, (1, 3), (0,), (4,))
    text = answer_of({x: 1 - loss for x, loss in U.items()}, ACCURACY)
    assert text.startswith(
        "The test accuracy is highest at dropout=0.2, of 5 levels from 0.0 to 0.5: 67.00% [66.90%, 67.10%]."
    )
    assert text.endswith("gets worse below (64.00% at 0.0) and above (60.00% at 0.5).")


@pytest.mark.parametrize(
    ("centers", "settings", "end", "beyond"),
    [
        ({16: 0.5, 64: 0.4, 256: 0.3}, {"name": "width"}, "upper", 1024),
        ({16: 0.3, 64: 0.4, 256: 0.5}, {"name": "width"}, "lower", 4),
        ({1: 0.5, 2: 0.4, 3: 0.3}, {"name": "depth"}, "upper", 4),
        (
            {0.01: 0.3, 100.0: 0.4, 1e4: 0.5},
            {"name": "learning_rate"},
            "lower",
            0.001,
        ),  # by a factor of ten at most
        ({0.1: 0.5, 0.3: 0.4, 0.5: 0.3}, {}, "upper", 0.7),
        ({0.5: 0.5, 0.7: 0.4, 0.9: 0.3}, {}, "upper", 0.95),  # a fraction stays below one
        ({0.2: 0.3, 0.5: 0.4, 0.8: 0.5}, {}, "lower", 0.0),  # and what is never negative stays so
        ({0.0: 0.3, 0.2: 0.4, 0.4: 0.5}, {}, None, None),  # nothing lies below zero
    ],
)
def test_a_curve_that_was_cut_off(centers, settings, end, beyond):
    curve = curve_of(centers, **settings)
    assert curve.open_end == end and not curve.turns
    text = answer_of(centers, **settings)
    if end:
        assert curve.beyond == pytest.approx(beyond)
        way = {"upper": "upwards", "lower": "downwards"}[end]
        assert text.endswith(
            f"The best lies at the {end} end of the range: extend it {way}, as to {beyond:g}, to see where it"
            f" turns."
        )
    else:
        assert text.endswith("It gets worse above (0.5 at 0.4).")


def test_a_curve_that_is_flat_all_over():
    centers = {0.0: 0.3301, 0.2: 0.33, 0.4: 0.3302}
    assert curve_of(centers).flat == (0, 2)
    assert answer_of(centers).endswith(
        "]. None of the other levels can be told apart from it with 10 replicates each: it is flat."
    )
    assert "extend" not in answer_of({0.0: 0.3301, 0.2: 0.3302, 0.4: 0.33})


def test_a_level_that_cannot_be_told_apart_although_others_lie_between():
    """Two valleys: the far one is no part of the flat stretch."""
    curve = curve_of({1: 0.33, 2: 0.4, 3: 0.3301})
    assert (curve.flat, curve.elsewhere, curve.above) == ((0, 0), (2,), (1,))
    assert "It can't be told apart from 3." in answer_of({1: 0.33, 2: 0.4, 3: 0.3301})


def test_levels_that_did_not_train_are_no_part_of_the_curve():
    centers = {0.001: 0.4, 0.1: 0.33, 1.0: 0.5, 10.0: None}
    curve = curve_of(centers, name="learning_rate")
    assert (curve.untrained, curve.above, curve.best) == ((3,), (2,), 1)
    text = answer_of(centers, name="learning_rate")
    assert text.endswith("above (0.5 at 1.0). Nothing trained at 10.0: every trial diverged.")
    evidence = tuple(level(x, center, name="learning_rate") for x, center in centers.items())
    figure = SHAPES["curve"](Asked(("learning_rate",), 20, evidence, compare(evidence, **LOSS))).figure
    assert figure.data["missing"].to_numpy().tolist() == [[10.0, "did not train"]]
    assert figure.options["ticks"] == [0.001, 0.1, 1.0, 10.0]


def test_a_lead_that_the_budget_does_not_bear_out():
    evidence = (
        level(1, 0.33, objective=[0.1] + [0.5] * 19),
        level(2, 0.36, objective=[0.3] + [0.5] * 19),
        level(3, 0.4, objective=[0.6] * 20),
    )
    comparison = compare(evidence, **LOSS)
    assert read(evidence, comparison, "dropout").unsure == (1,)
    answered = SHAPES["curve"](Asked(("dropout",), 20, evidence, comparison))
    assert (
        "1 leads 2, but a different draw of 20 trials could reverse that (probability 36%)" in answered.answer
    )
    assert [row[-1] for row in answered.headline.rows] == [
        "best",
        "probably worse (not enough budget)",
        "worse",
    ]


@pytest.mark.parametrize(
    ("levels", "wide"), [((1, 10), True), ((1, 9.9), False), ((0, 100), False), ((-10, 100), False)]
)
def test_levels_that_span_a_factor_of_ten_are_on_a_logarithmic_scale(levels, wide):
    assert is_wide(levels) == wide


def test_what_predictions_may_name():
    (best,) = measures.of_curve(curve_of(U))
    assert (best.quantity, best.at, best.point, best.low, best.high) == ("curve.best", {}, 0.2, 0.1, 0.35)


def test_the_figure_has_the_curve_its_replicates_and_the_flat_stretch():
    evidence = tuple(level(x, center) for x, center in U.items())
    figure = SHAPES["curve"](Asked(("dropout",), 20, evidence, compare(evidence, **LOSS))).figure
    assert figure.title == "Validation curve: test loss over dropout, lowest at 0.2, flat from 0.1 to 0.35"
    assert figure.data["levels"]["x"].tolist() == [0, 0.1, 0.2, 0.35, 0.5]
    assert figure.data["levels"]["point"].tolist() == pytest.approx([0.36, 0.3301, 0.33, 0.3302, 0.4])
    assert figure.data["flat"].to_numpy().tolist() == [[0.1, 0.35]]
    assert len(figure.data["replicates"]) == 50
    assert (figure.options["best"], figure.options["x_scale"]) == (0.2, "linear")


@pytest.mark.parametrize(("last", "said"), [(0.1125, "which agrees"), (0.2, "so it was wrong")])
def test_the_largest_size_is_foretold_by_the_others(last, said):
    """0.1 + 2 / sqrt(n) is 0.1125 at 25600."""
    centers = {100: 0.3, 400: 0.2, 1600: 0.15, 6400: 0.125, 25_600: last}
    evidence = tuple(level(x, center, name="train_size") for x, center in centers.items())
    answered = SHAPES["curve"](Asked(("train_size",), 20, evidence, compare(evidence, **LOSS)))
    found = {each.quantity: each for each in answered.measures}["curve.held_out"]
    assert found.low < found.point < found.high
    assert found.point == pytest.approx(last / 0.1125, rel=0.02)
    assert f"measured was {last}" in answered.answer and f", {said}." in answered.answer


def test_a_learning_curve_has_a_power_law():
    """0.1 + 2 / sqrt(n), of which twice the largest size is 0.1 + 2 / sqrt(12800) = 0.1177."""
    centers = {100: 0.3, 400: 0.2, 1600: 0.15, 6400: 0.125}
    evidence = tuple(level(x, center, name="train_size") for x, center in centers.items())
    answered = SHAPES["curve"](Asked(("train_size",), 20, evidence, compare(evidence, **LOSS)))
    assert answered.figure.title == "Learning curve: test loss over train_size, lowest at 6400"
    found = {each.quantity: each for each in answered.measures}
    assert found["curve.exponent"].point == pytest.approx(0.5, rel=0.02)
    assert found["curve.at_twice"].point == pytest.approx(0.1177, abs=0.001)
    more = "The best lies at the upper end of the range: more examples still pay."
    assert f"{more} A power law through it foretells 0.118 [" in answered.answer
    assert answered.answer.endswith("] at 12800 examples.")
    line = answered.figure.data["fit"]
    assert line["y"].iloc[0] == pytest.approx(0.3, abs=0.002) and (line["y"].diff().dropna() < 0).all()
    few = evidence[:3]
    assert "curve.held_out" not in found  # three sizes would be left, which any power law goes through
    assert "fit" not in SHAPES["curve"](Asked(("train_size",), 20, few, compare(few, **LOSS))).figure.data
    assert "power law" not in answer_of({100: 0.3, 400: 0.2, 1600: 0.15, 6400: 0.125}, name="width")
