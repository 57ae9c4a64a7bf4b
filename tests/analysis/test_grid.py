"""Grids of two hyperparameters: the best per column, the effects, and what is said of them."""

import numpy as np
import pytest
from made_up import item, replaced

from suite.analysis import grid, measures
from suite.analysis.comparison import compare
from suite.analysis.shapes import SHAPES, Asked

LOSS = {"metric": "test_loss", "monitor": "val_loss", "minimize": True}


def cell(row, column, center, *, n=10, width=0.002, objective=None):
    """Replicates evenly around `center`; None: no trial trained; infinite: every replicate diverged."""
    scores = [] if center is None else center + width * np.linspace(-1, 1, n)
    scores = np.where(np.isfinite(scores), scores, np.nan)
    objective = objective or [np.nan if center is None else min(center, 9)] * 20
    curves = {k: np.repeat(np.reshape(scores, (-1, 1)), 2, axis=1) for k in ("val_loss", "train_loss")}
    found = item(f"{row}, {column}", objective, scores, curves, learning_rate=np.linspace(0, 1, 20))
    return replaced(found, levels={"kernel_initializer": row, "activation": column})


def asked(table, **changes) -> Asked:
    """table: column -> row -> center of the cell's replicates."""
    evidence = tuple(
        cell(row, column, center, **changes.get(f"{row}, {column}", {}))
        for column, rows in table.items()
        for row, center in rows.items()
    )
    comparison = compare(evidence, **LOSS, conditions=grid.conditions(evidence))
    return Asked(("kernel_initializer", "activation"), 20, evidence, comparison)


CROSSED = {
    "relu": {"he": 0.30, "glorot": 0.33, "zeros": 2.3},
    "tanh": {"he": 0.36, "glorot": 0.34, "zeros": 2.3},
}
STEADY = {
    "relu": {"he": 0.30, "glorot": 0.33, "zeros": 2.3},
    "tanh": {"he": 0.3401, "glorot": 0.34, "zeros": 2.3},
}
ALIKE = {"relu": {"he": 0.30, "glorot": 0.33}, "tanh": {"he": 0.35, "glorot": 0.38}}


def read(table, **changes):
    made = asked(table, **changes)
    return grid.read(made.evidence, made.comparison)


def test_only_cells_of_one_column_are_compared():
    pairs = asked(CROSSED).comparison.pairs
    assert len(pairs) == 6  # three in each column, and not the fifteen of six cells
    assert all(pair.first.split(", ")[1] == pair.second.split(", ")[1] for pair in pairs)


def test_the_best_of_each_column():
    found = read(CROSSED)
    assert found.names == ("kernel_initializer", "activation")
    assert found.levels == (("he", "glorot", "zeros"), ("relu", "tanh"))
    assert [(column.level, column.best, column.beaten, column.same) for column in found.columns] == [
        ("relu", "he", ("glorot", "zeros"), ()),
        ("tanh", "glorot", ("he", "zeros"), ()),
    ]
    assert found.steady == ()
    assert read(STEADY).columns[1].same == ("he",) and read(STEADY).steady == ("he",)


def test_an_interaction_in_words():
    assert SHAPES["grid"](asked(CROSSED)).answer == (
        "Of the 6 combinations, he with relu reaches the lowest test loss. With relu, he is best"
        " (0.3000 [0.2990, 0.3010]), ahead of both others; with tanh, glorot is best (0.3400 [0.3390,"
        " 0.3410]), ahead of both others. The best kernel_initializer depends on the activation (interaction"
        " p < 0.001)."
    )


def test_an_interaction_without_a_change_of_the_best():
    text = SHAPES["grid"](asked(STEADY)).answer
    assert (
        "with tanh, glorot is best (0.3400 [0.3390, 0.3410]), not told apart from he, ahead of zeros." in text
    )
    assert text.endswith(
        "How much kernel_initializer matters depends on the activation (interaction p < 0.001), but he is"
        " among the best whatever the activation."
    )


def test_too_few_replicates_are_a_first_look():
    few = {f"{row}, {column}": {"n": 3} for column, rows in STEADY.items() for row in rows}
    text = SHAPES["grid"](asked(STEADY, **few)).answer
    assert "With 3 replicates each this is a first look" in text
    assert "told apart" not in text and "among the best" not in text


def test_no_interaction_in_words():
    text = SHAPES["grid"](asked(ALIKE)).answer
    assert text.endswith(
        "That the best kernel_initializer depends on the activation cannot be seen (interaction p = 1)."
    )
    assert "with tanh, he is best (0.3500 [0.3490, 0.3510]), ahead of the other." in text


def test_cells_that_diverge_or_do_not_train():
    """A cell without training is the worst in the effects, and is said to be what it is."""
    table = {
        "relu": {"he": 0.3, "big": np.inf, "none": None},
        "tanh": {"he": None, "big": None, "none": None},
    }
    with np.errstate(all="raise"):
        made = asked(table)
        answered = SHAPES["grid"](made)
    assert (
        "With relu, he is best (0.3000 [0.2990, 0.3010]), ahead of big, kernel_initializer=none did not"
        " train;" in answered.answer
    )
    assert "with tanh, nothing trains reliably." in answered.answer
    texts = answered.figure.data["cells"].set_index(["y", "x"])["text"]
    assert texts["he", "relu"] == "★ 0.3"
    assert (texts["big", "relu"], texts["none", "relu"]) == ("diverged", "did not train")
    assert answered.headline.rows[1] == ("big", ("diverged", "10 of 10 replicates diverged"), "did not train")
    wins = answered.figure.data["cells"].set_index(["y", "x"])["value"]
    # better than the fifty of the other cells, and than half of its own ten; the others are tied behind it
    assert wins["he", "relu"] == pytest.approx(55 / 60) and wins["big", "relu"] == wins[
        "none", "tanh"
    ] == pytest.approx(25 / 60)
    worst = {
        "relu": {"he": 0.3, "big": np.inf, "none": np.inf},
        "tanh": dict.fromkeys(("he", "big", "none"), np.inf),
    }
    assert read(table).effects == read(worst).effects


def test_a_lead_that_the_budget_does_not_bear_out():
    lucky = {"he, relu": {"objective": [0.1] + [0.5] * 19}, "glorot, relu": {"objective": [0.3] + [0.5] * 19}}
    found = read(ALIKE, **lucky)
    assert (found.columns[0].unsure, found.columns[0].beaten) == (("glorot",), ())
    text = SHAPES["grid"](asked(ALIKE, **lucky)).answer
    assert (
        "With relu, he leads glorot, but a different draw of 20 trials could reverse that (probability 36%)"
        in text
    )


def test_what_predictions_may_name():
    found = {measure.quantity: measure.point for measure in measures.of_grid(read(CROSSED))}
    assert list(found) == ["grid.kernel_initializer_p", "grid.activation_p", "grid.interaction_p"]
    assert found["grid.interaction_p"] < 1e-3


def test_the_summary_has_the_effects_and_the_best():
    answered = SHAPES["grid"](asked(CROSSED))
    summary = answered.summary["grid"]
    assert summary["best"] == {"relu": "he", "tanh": "glorot"}
    assert set(summary["effects"]) == {"kernel_initializer", "activation", "interaction"}
    assert sum(each["share"] for each in summary["effects"].values()) == pytest.approx(1)
    assert answered.headline.columns == ("kernel_initializer \\ activation", "relu", "tanh")
