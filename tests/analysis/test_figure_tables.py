"""The tables behind the figures, on hand-worked input."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from made_up import IMPORTANCE, item, pair, place

from suite.analysis import figure_tables as tables
from suite.analysis.records import Comparison


def of(*places, pairs=(), minimize=True) -> Comparison:
    return Comparison("test_loss", "val_loss", minimize, 0.95, places, pairs, 0.4)


@pytest.mark.parametrize(
    ("values", "minimize", "limits"),
    [
        # quartiles 1 and 3, fence 3 + 3 * 2 = 9: nothing beyond; range 0 to 4, margin 5%
        ([0, 1, 2, 3, 4], True, (-0.2, 4.2)),
        # quartiles 1 and 3, 100 lies beyond 9: range 0 to 9
        ([0, 1, 2, 3, 100], True, (-0.45, 9.45)),
        # the same turned over: range -9 to 0
        ([0, -1, -2, -3, -100], False, (-9.45, 0.45)),
        # only the worse side is cut
        ([0, -1, -2, -3, -100], True, (-105, 5)),
        ([2.0, math.nan, math.inf], True, (1.9, 2.1)),
        ([math.nan], True, (0, 1)),
        ([], True, (0, 1)),
    ],
)
def test_the_drawn_range_leaves_out_only_far_outliers_on_the_worse_side(values, minimize, limits):
    assert tables.drawn_range(values, minimize=minimize) == pytest.approx(limits)


def test_curves_are_medians_and_quartiles_per_epoch_while_half_of_the_replicates_go_on():
    runs = {
        "val_loss": [
            [5, 4, 1],
            [1, 2, math.nan],
            [2, 3, math.nan],
            [3, 1, math.nan],
            [4, math.inf, math.nan],
        ],
        "train_loss": [[1, 1, 1]] * 5,
    }
    table = tables.curves([item(curves=runs)], "val_loss")
    validation = table[table["split"] == "validation"]
    assert list(validation["epoch"]) == [0.5, 1.0]  # at the third evaluation one of five is left
    assert list(validation["replicates"]) == [5, 4]  # infinity counts as missing
    assert validation[["low", "median", "high"]].to_numpy().tolist() == [[2, 3, 4], [1.75, 2.5, 3.25]]
    assert list(table[table["split"] == "training"]["epoch"]) == [0.5, 1.0, 1.5]
    assert table["median"].notna().all()


def test_a_level_without_replicates_has_no_curves():
    empty = {"val_loss": np.empty((0, 0)), "train_loss": np.empty((0, 0))}
    assert tables.curves(
        [item(curves=empty), item("b", curves={name: np.empty((3, 0)) for name in empty})], "val_loss"
    ).empty


def test_captions_name_the_levels_that_are_not_in_the_drawn_range():
    data = pd.DataFrame({"level": ["a", "a", "b", "b"], "median": [0.5, 9, 7, 8]})
    assert (
        tables.absent(data, "median", (0, 1), ["a", "b", "c"]) == "; without a result or off the scale: b, c"
    )
    assert tables.absent(data, "median", (0, 9), ["a", "b"]) == ""


def test_sensitivity_marks_best_pruned_lost_and_off_the_scale():
    trials = item(
        objective=[0.1, 0.2, 0.3, math.nan, 50.0, 0.15, math.nan],
        rate=[1, 2, 3, 4, 5, 6, 7],
        status=["pruned", "completed", "completed", "diverged", "completed", "completed", "failed"],
    )
    table = tables.sensitivity([trials], "rate", minimize=True).set_index("x")
    # a pruned trial's objective was reached on less training, so it cannot be the best
    assert table["mark"].to_dict() == {
        1: "pruned",
        2: "trial",
        3: "trial",
        4: "diverged",
        5: "off the scale",
        6: "best",
        7: "failed",
    }
    # 0.15 and 0.3 are the quartiles of the five finite ones: the range ends at 0.3 + 3 * 0.15
    edge = 0.75 + 0.05 * 0.65 - 0.02 * 1.1 * 0.65
    assert table["shown"].to_dict() == pytest.approx(
        {1: 0.1, 2: 0.2, 3: 0.3, 4: edge, 5: edge, 6: 0.15, 7: edge}
    )
    assert table.index[-1] == 6  # drawn on top


def test_sensitivity_turns_over_for_accuracy_and_takes_the_distance_from_one():
    trials = dataclasses.replace(
        item(objective=[0.5, 0.9, math.nan], momentum=[0.8, 0.9, 0.99]),
        space={"momentum": (0.8, 0.99, "near_one")},
    )
    table = tables.sensitivity([trials, item("b", [0.7], rate=[1])], "momentum", minimize=False)
    assert set(table["level"]) == {"a"}  # b does not search it
    assert dict(zip(table["mark"], table["x"], strict=True)) == pytest.approx(
        {"trial": 0.2, "best": 0.1, "diverged": 0.01}
    )
    assert table.set_index("mark")["shown"]["diverged"] < 0.5


def test_ranking_notes_what_is_not_in_the_drawn_range():
    places = [
        place("a", iqm=0.5),
        place("b", iqm=2.5),
        place("c", iqm=math.nan, diverged=4),
        place("d", iqm=math.inf),
    ]
    table = tables.ranking(of(*places), (0.0, 1.0))
    assert list(table["rank"]) == [1, 2, 3, 4]
    assert list(table["note"]) == ["", "off the scale: 2.5", "diverged", "diverged"]


def test_scores_leave_out_diverged_replicates():
    table = tables.scores([item("a", scores=(0.5, math.nan, 0.7)), item("b", scores=(math.nan,))])
    assert table.to_numpy().tolist() == [["a", 1, 0.5], ["a", 3, 0.7]]


def test_epochs_to_target_count_arrivals_and_never_as_infinite():
    comparison = of(
        place("a", epochs_to_target=np.array([3, 2, 3, math.nan])),
        place("b", epochs_to_target=np.array([5, math.nan, math.nan])),
        place("c", epochs_to_target=np.array([math.nan])),
    )
    assert tables.arrivals(comparison).to_numpy().tolist() == [["a", 2, 1], ["a", 3, 2], ["b", 5, 1]]
    table = tables.reached(comparison).set_index("level")
    assert table["reached"].to_dict() == {"a": 3, "b": 1, "c": 0}
    assert table["replicates"].to_dict() == {"a": 4, "b": 3, "c": 1}
    assert table["median"]["a"] == 3 and table["median"][["b", "c"]].isna().all()


def test_expected_best_drops_what_is_not_finite():
    table = tables.expected_best(of(place("a"), place("b", expected_best=np.array([math.inf, 0.3]))))
    assert table[["level", "trials", "expected"]].to_numpy().tolist() == [
        ["a", 1, 0.5],
        ["a", 2, 0.4],
        ["b", 2, 0.3],
    ]


def test_expected_best_of_many_trials_has_a_row_where_it_was_computed_and_both_ends():
    falls = 1 / np.arange(1.0, 5001)
    table = tables.expected_best(
        of(place(expected_best=falls, expected_best_low=falls / 2, expected_best_high=2 * falls))
    )
    assert len(table) < 300 and table["trials"].iloc[[0, 99, -1]].tolist() == [1, 100, 5000]
    for column, factor in (("expected", 1), ("low", 0.5), ("high", 2)):
        np.testing.assert_allclose(table[column], factor / table["trials"])


def test_improvement_is_given_both_ways():
    table = tables.improvement(of(pairs=(pair("a", "b", "beats"),)))
    assert table.to_numpy().tolist() == [["a", "b", 0.75, "beats"], ["b", "a", 0.25, "beats"]]


def test_importances_come_most_important_first():
    assert list(tables.importances(IMPORTANCE)["hyperparameter"]) == [
        "learning_rate",
        "dropout",
        "batch_size",
        "kernel_initializer",
    ]
