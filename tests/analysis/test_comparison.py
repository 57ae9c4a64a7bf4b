"""The verdict: ranking, pairs, warnings and words on evidence whose right answer is known."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from suite.analysis import comparison, statistics
from suite.analysis.answer import without_training
from suite.analysis.caveats import caveats
from suite.analysis.comparison import compare
from suite.analysis.records import Evidence
from suite.analysis.shapes import SHAPES, Asked

EIGHT = np.array([1, 2, 3, 4, 5, 6, 7, 8.0])
LOSS = {"metric": "test_loss", "monitor": "val_loss", "minimize": True}
ACCURACY = {"metric": "test_accuracy", "monitor": "val_accuracy", "minimize": False}


def evidence(value, scores, *, objectives=None, rate=1e-3, curves=None, **changes) -> Evidence:
    """A value whose best trial is in the middle of its space, with a flat `val_loss` where no curves are
    given."""
    scores = np.asarray(scores, float)
    objectives = np.asarray(np.full(20, np.nanmin(scores)) if objectives is None else objectives, float)
    status = np.where(np.isfinite(objectives), "completed", "diverged")
    rates = np.geomspace(1e-4, 1e-2, len(objectives))
    curves = np.repeat(scores[:, None], 4, axis=1) if curves is None else np.asarray(curves, float)
    item = Evidence(
        level=value,
        trials=pd.DataFrame(
            {
                "number": range(len(objectives)),
                "status": status,
                "objective": objectives,
                "learning_rate": rates,
            }
        ),
        space={"learning_rate": (1e-4, 1e-2, "log")},
        best_config={"learning_rate": rate},
        scores=scores,
        tested={"test_accuracy": np.clip(1 - scores / 10, 0, 1)},
        curves={"val_loss": curves, "val_accuracy": curves},
        steps=50 * np.arange(1, curves.shape[1] + 1),
        steps_per_epoch=100,
    )
    return dataclasses.replace(item, **changes)


def spread(center, n=10, width=0.01):
    return center + width * np.linspace(-1, 1, n)


def warnings_of(items, **settings) -> tuple[str, ...]:
    """The warnings that go with the verdict on some evidence."""
    return caveats(items, compare(items, **settings))


def answered(items, shape="comparison", scientific=("optimizer",), **settings) -> str:
    """The answer in words."""
    result = compare(items, **settings)
    asked = Asked(scientific, max(len(item.trials) for item in items), tuple(items), result)
    return without_training(items, result) or SHAPES[shape](asked).answer


def verdicts(result):
    return {(pair.first, pair.second): pair.verdict for pair in result.pairs}


def same(a, b) -> bool:
    """Equality of nested records of arrays and numbers, NaN equal to NaN."""
    if dataclasses.is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b, equal_nan=True) if isinstance(a, float | np.ndarray) else a == b


def test_hand_worked_pair():
    result = compare([evidence("b", EIGHT + 8), evidence("a", EIGHT)], **LOSS)
    first, second = result.ranking
    assert (first.level, first.iqm, second.level, second.iqm) == ("a", 4.5, "b", 12.5)
    assert first.tested["test_accuracy"] == pytest.approx(1 - 0.45)
    (pair,) = result.pairs
    assert (pair.first, pair.second, pair.difference, pair.probability, pair.verdict) == (
        "a",
        "b",
        8,
        1,
        "beats",
    )
    assert pair.p_value == pytest.approx(2 / 12870)
    assert 0 < pair.ci_low < 8 < pair.ci_high < 16


def test_p_values_are_holm_adjusted():
    """Three values of five that nowhere overlap: p = 2/252 each, and Holm makes it 6/252 for all three."""
    result = compare([evidence(str(k), np.arange(5) + 10 * k) for k in range(3)], **LOSS)
    assert [pair.p_value for pair in result.pairs] == pytest.approx([6 / 252] * 3)
    assert [(pair.first, pair.second) for pair in result.pairs] == [("0", "1"), ("0", "2"), ("1", "2")]


def test_a_pair_that_was_named_before_the_run_is_not_adjusted_for_all_the_others():
    """Four and four values that do not overlap: p = 2/70 alone, and 28 times that among 28 pairs."""
    found = compare([evidence(f"{n}", spread(n, 4), objectives=[n]) for n in range(1, 9)], **LOSS)
    (pair,) = (each for each in found.pairs if (each.first, each.second) == ("1", "2"))
    assert pair.p_value == pytest.approx(28 * 2 / 70) or pair.p_value == 1
    assert (pair.verdict, pair.alone) == ("same", "beats")


def test_the_order_of_the_input_changes_nothing():
    items = [evidence(name, spread(center)) for name, center in (("a", 0.3), ("b", 0.305), ("c", 0.4))]
    first, *others = [compare(order, **LOSS, seed=3) for order in itertools.permutations(items)]
    assert all(same(first, other) for other in others)
    assert not same(first, compare(items, **LOSS, seed=4))


def test_accuracies_are_losses_turned_around():
    scores = {"a": spread(0.30), "b": spread(0.31), "c": spread(0.40)}
    losses = compare([evidence(k, x) for k, x in scores.items()], **LOSS)
    accuracies = compare(
        [evidence(k, 1 - x, objectives=1 - np.full(20, x.min())) for k, x in scores.items()], **ACCURACY
    )
    for loss, accuracy in zip(losses.ranking, accuracies.ranking, strict=True):
        assert (loss.level, loss.iqm) == (accuracy.level, pytest.approx(1 - accuracy.iqm))
        assert accuracy.ci_low <= accuracy.iqm <= accuracy.ci_high
        assert (loss.ci_low, loss.ci_high) == pytest.approx((1 - accuracy.ci_high, 1 - accuracy.ci_low))
    for loss, accuracy in zip(losses.pairs, accuracies.pairs, strict=True):
        assert loss.verdict == accuracy.verdict
        assert loss.difference == pytest.approx(-accuracy.difference)
        assert (loss.ci_low, loss.ci_high) == pytest.approx((-accuracy.ci_high, -accuracy.ci_low))
        assert loss.p_value == accuracy.p_value
        assert loss.probability == accuracy.probability


def test_scaling_the_losses_scales_the_figures_and_leaves_the_verdicts():
    items = [evidence(name, spread(center)) for name, center in (("a", 0.3), ("b", 0.312), ("c", 0.4))]
    scaled = [evidence(item.level, 8 * item.scores) for item in items]
    for one, eight in zip(compare(items, **LOSS).pairs, compare(scaled, **LOSS).pairs, strict=True):
        for name in ("verdict", "p_value", "probability", "reversal"):
            assert getattr(one, name) == getattr(eight, name)
        assert eight.difference == pytest.approx(8 * one.difference)
        assert (eight.ci_low, eight.ci_high) == pytest.approx((8 * one.ci_low, 8 * one.ci_high))


def test_identical_distributions_are_told_apart_at_most_at_the_nominal_rate(monkeypatch):
    """Of 300 studies of four values without any difference, 5% or fewer may name one; the upper bound adds
    three standard errors."""
    monkeypatch.setattr(statistics, "RESAMPLES", 400)
    rng = np.random.default_rng(4)
    wrong = 0
    for _ in range(300):
        items = [evidence(str(k), rng.normal(1, 0.1, 10), objectives=np.ones(4)) for k in range(4)]
        wrong += any(pair.verdict != "same" for pair in compare(items, **LOSS).pairs)
    assert 0 < wrong / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_clear_difference_is_found():
    rng = np.random.default_rng(0)
    a, b = (
        evidence(name, rng.normal(c, 0.1, 10), objectives=rng.normal(c, 0.05, 20))
        for name, c in (("a", 1), ("b", 1.5))
    )
    items = [a, b]
    assert verdicts(compare(items, **LOSS)) == {("a", "b"): "beats"}


def test_diverged_replicates_count_as_the_worst():
    """Two of ten fall outside the middle half; three make the mean infinite, without a warning from NumPy."""
    lost = {
        name: np.where(np.arange(10) < k, np.nan, spread(0.3))
        for name, k in (("two", 2), ("three", 3), ("ten", 10), ("also ten", 10))
    }
    objectives = {"ten": [0.9] * 20}
    items = [evidence(name, x, objectives=objectives.get(name, [0.3] * 20)) for name, x in lost.items()]
    with np.errstate(all="raise"):
        result = compare(items, **LOSS)
    assert [item.level for item in result.ranking] == ["two", "three", "also ten", "ten"]
    assert [item.diverged for item in result.ranking] == [2, 3, 10, 10]
    assert np.isfinite(result.ranking[0].iqm)
    assert result.ranking[0].ci_high == result.ranking[1].iqm == np.inf
    assert np.isnan(result.ranking[3].tested["test_accuracy"])
    pairs = {(pair.first, pair.second): pair for pair in result.pairs}
    assert pairs["two", "ten"].verdict == "beats"
    assert pairs["also ten", "ten"].difference == 0
    assert pairs["also ten", "ten"].verdict == "same"
    assert "two: 2 of 10 replicates diverged. They count as the worst." in caveats(items, result)


@pytest.mark.parametrize("settings", [LOSS, ACCURACY], ids=["loss", "accuracy"])
def test_a_level_of_which_no_trial_trained_is_compared_with_none(settings):
    """It has no replicates, whatever its scores say, and comes behind one whose replicates all diverged."""
    nothing = [np.nan] * 20
    items = [
        evidence("none", np.full(10, np.nan), objectives=nothing),
        evidence("nor this", [], objectives=nothing),
    ]
    items += [evidence("all", np.full(10, np.nan), objectives=[0.3] * 20)]
    items += [evidence("a", spread(0.3)), evidence("b", spread(0.3001))]
    with np.errstate(all="raise"):
        result = compare(items, **settings)
    assert [item.level for item in result.ranking][2:] == ["all", "none", "nor this"]
    assert [(item.replicates, item.diverged) for item in result.ranking] == [
        (10, 0),
        (10, 0),
        (10, 10),
        (0, 0),
        (0, 0),
    ]
    worst = np.inf if settings is LOSS else -np.inf
    assert [item.iqm for item in result.ranking[2:]] == [worst] * 3
    assert len(result.ranking[3].epochs_to_target) == 0 and np.isnan(
        result.ranking[3].tested["test_accuracy"]
    )
    pairs = {(pair.first, pair.second): pair for pair in result.pairs}
    for first in ("a", "b"):
        pair = pairs[first, "none"]
        assert (pair.verdict, pair.difference, pair.probability) == ("did not train", worst, 1)
        assert np.isnan(pair.p_value)
    assert pairs["none", "nor this"].verdict == "did not train"
    assert (pairs["none", "nor this"].difference, pairs["none", "nor this"].probability) == (0, 0.5)
    assert pairs["all", "none"].verdict == "did not train"
    tested = compare(items[2:], **settings)
    assert [pair for pair in result.pairs if pair.verdict != "did not train"] == list(tested.pairs)
    text = "every one of 20 trials diverged, so there was nothing to replicate. That counts as the worst."
    assert f"none and nor this: {text}" in caveats(items, result)
    assert not any(text.startswith("With 0") for text in caveats(items, result))


def test_pairs_are_made_under_one_condition_only():
    """Three of the six pairs of four levels; Holm's adjustment is for the three."""
    items = [evidence(str(k), np.arange(5) + 10 * k) for k in range(4)]
    result = compare(items, **LOSS, conditions={"0": "x", "1": "x", "2": "x", "3": "y"})
    assert [(pair.first, pair.second) for pair in result.pairs] == [("0", "1"), ("0", "2"), ("1", "2")]
    assert [pair.p_value for pair in result.pairs] == pytest.approx([6 / 252] * 3)


def test_expected_best_charges_diverged_trials_the_worst_of_the_study():
    items = [evidence("a", EIGHT, objectives=[1, np.nan]), evidence("b", EIGHT, objectives=[2, 5])]
    result = compare([*items, evidence("c", EIGHT + 100, objectives=[np.nan] * 2)], **LOSS)
    by_value = {item.level: item for item in result.ranking}
    assert by_value["a"].expected_best == pytest.approx([(1 + 5) / 2, 1 + 4 / 4])
    assert by_value["b"].expected_best == pytest.approx([3.5, 2 + 3 / 4])
    assert np.isinf(by_value["c"].expected_best).all()
    assert [by_value[name].diverged_trials for name in "abc"] == [0.5, 0, 1]


def test_expected_best_of_accuracies_rises():
    (item,) = compare([evidence("a", [0.5, 0.6], objectives=[0.5, 0.9, np.nan])], **ACCURACY).ranking
    assert item.expected_best[0] == pytest.approx((0.5 + 0.9 + 0.5) / 3)
    assert (np.diff(item.expected_best) > 0).all()
    assert (item.expected_best_low <= item.expected_best_high).all()


def test_epochs_to_target():
    curves = [[4, 3, 2, 1], [4, 1, 3, 3], [4, 4, 4, 4], [4, np.nan, np.nan, np.nan], [2, 1, 1, 1]]
    item = evidence("a", [1, 1, 4, np.nan, 1], curves=curves)  # an evaluation every half epoch
    result = compare([item], **LOSS, target=2)
    np.testing.assert_array_equal(result.ranking[0].epochs_to_target, [1.5, 1, np.nan, np.nan, 0.5])
    assert result.target == 2


def test_the_default_target_is_what_half_of_the_values_reach():
    """Best losses 1, 1, 4, 4 -> 2.5; 6 -> 6; 8 -> 8; the diverged value does not count."""
    items = [evidence("a", np.ones(4), curves=[[3, 1], [1, 3], [4, 5], [9, 4]])]
    items += [evidence("b", np.ones(2), curves=[[6], [6]]), evidence("c", np.ones(2), curves=[[8], [8]])]
    items += [evidence("d", [np.nan, np.nan], objectives=[np.nan], curves=np.empty((0, 0)))]
    result = compare(items, **LOSS)
    assert result.target == 6
    assert next(item for item in result.ranking if item.level == "d").epochs_to_target.tolist() == []
    lost = compare([evidence("d", [np.nan, np.nan], objectives=[1.0], curves=np.empty((0, 0)))], **LOSS)
    assert np.isnan(lost.ranking[0].epochs_to_target).tolist() == [True, True]
    assert np.isnan(compare(items[3:], **LOSS).target)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ([1, 2, 3], [4, 5, 6], "beats"),  # any redraw wins
        ([1, 5, 6], [4, 5, 6], "budget"),  # one lucky trial
        ([1, 1, *[9] * 18], [4, *[9] * 19], "beats"),  # two good trials
        ([4, 5, 6], [1, 2, 3], "budget"),  # the search had the order the other way round
    ],
)
def test_a_win_that_the_search_does_not_bear_out(first, second, verdict):
    items = [evidence("a", EIGHT, objectives=first), evidence("b", EIGHT + 8, objectives=second)]
    assert verdicts(compare(items, **LOSS)) == {("a", "b"): verdict}


def test_without_a_search_there_is_none_to_reverse():
    items = [evidence("a", EIGHT, objectives=[3]), evidence("b", EIGHT + 8, objectives=[1])]
    nothing = {"trials": items[0].trials.drop(columns="learning_rate"), "space": {}, "best_config": {}}
    bare = [dataclasses.replace(item, **nothing) for item in items]
    assert verdicts(compare(items, **LOSS)) == {("a", "b"): "budget"}
    result = compare(bare, **LOSS)
    assert (result.pairs[0].reversal, result.pairs[0].verdict, caveats(bare, result)) == (0, "beats", ())


# --- warnings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("space", "best", "side", "to"),
    [
        ((1e-4, 1e-2, "log"), 9e-3, "upper", "0.1"),
        ((1e-4, 1e-2, "log"), 1.1e-4, "lower", "1e-05"),
        ((0.9, 0.999, "near_one"), 0.9988, "upper", "0.9999"),
        ((0.9, 0.99, "near_one"), 0.901, "lower", "0.68"),
        ((0.0, 0.6, "linear"), 0.59, "upper", "0.8"),
        ((0.0, 4.0, "linear"), 3.9, "upper", "6"),
        ((0.1, 0.6, "linear"), 0.11, "lower", "0"),
        ((0.0, 0.6, "linear"), 0.001, None, None),  # nothing lies below zero
        ((0.0, 0.6, "linear"), 0.565, None, None),
        ((1e-4, 1e-2, "log"), 7e-3, None, None),  # 92% on its scale
        ((0.9, 0.999, "near_one"), 0.995, None, None),  # 65% on its scale, 96% on a linear one
    ],
)
def test_a_best_point_at_the_edge(space, best, side, to):
    """Half a range further, but no further than half the way to one where the range ends below one."""
    item = evidence("a", spread(0.3), space={"x": space}, best_config={"x": best, "y": "other"})
    between = f"({space[0]:g} to {space[1]:g})"
    text = f"he best x, {best:g}, lies at the {side} edge of the searched range {between}: extend it to {to}."
    assert warnings_of([item], **LOSS) == ((f"T{text}",) if side else ())
    assert warnings_of([item, evidence("b", spread(0.4))], **LOSS) == ((f"a: t{text}",) if side else ())


@pytest.mark.parametrize(("lost", "warned"), [(0, False), (5, False), (6, True)])
def test_many_diverged_trials(lost, warned):
    item = evidence("lion", spread(0.3), objectives=[np.nan] * lost + [0.3] * (20 - lost))
    warnings = warnings_of([item, evidence("sgd", spread(0.4))], **LOSS)
    text = "lion: 6 of 20 trials diverged: search a tamer space, such as smaller learning rates."
    assert warnings == ((text,) if warned else ())


@pytest.mark.parametrize(("best", "warned"), [(0.3, False), (0.29, False), (0.1, True)])
def test_a_budget_whose_second_half_still_pays(best, warned):
    """Expected best of 10 and 20 draws with one trial better by d: d (0.95^10 - 0.95^20) = 0.240 d against 2
    sd = 0.0126."""
    (sd,) = {spread(0.3).std(ddof=1)}
    item = evidence("a", spread(0.3), objectives=[best] + [0.3] * 19)
    assert (0.2402 * (0.3 - best) > 2 * sd) == warned
    (*texts,) = warnings_of([item], **LOSS)
    assert [text.split(",")[0] for text in texts] == (
        ["The second half of its 20 trials still improved the expected best validation loss by 0.048"]
        if warned
        else []
    )


@pytest.mark.parametrize(
    ("n", "values", "starts"),
    [
        (10, 2, []),
        (5, 3, []),
        (4, 1, ["With 4 replicates a level the intervals are rough"]),
        (3, 2, ["With 3 replicates a level the intervals are rough", "With 3 replicates a level and 1 pair"]),
        (5, 8, ["With 5 replicates a level and 28 pairs"]),
    ],
)
def test_few_replicates(n, values, starts):
    items = [evidence(str(k), spread(0.3 + k, n)) for k in range(values)]
    result = compare(items, **LOSS)
    assert [text.split(":")[0].split(",")[0] for text in caveats(items, result)] == starts
    assert ("beats" in verdicts(result).values()) == (
        values > 1 and not any("pair" in text for text in starts)
    )


def test_a_budget_of_next_to_nothing():
    warnings = warnings_of([evidence("a", spread(0.3), objectives=[0.3])], **LOSS)
    assert warnings == ("1 trial is too few to know what tuning reaches: raise the budget.",)


# --- the answer in words --------------------------------------------------------------------------


def words(centers, *, objectives=None, scientific="optimizer"):
    objectives = objectives or {}
    items = [
        evidence(name, spread(center, 10, 0.002), objectives=objectives.get(name))
        for name, center in centers.items()
    ]
    return answered(items, scientific=(scientific,), **LOSS)


def test_a_winner_and_those_it_beats():
    assert words({"adam": 0.331, "sgd": 0.36, "lion": 0.4}) == (
        "Among the 3 optimizers, adam reaches the lowest test loss: 0.3310 [0.3300, 0.3320]. It beats sgd and"
        " lion."
    )


def test_a_leading_group():
    text = words({"adam": 0.331, "nadam": 0.3311, "sgd": 0.36, "lion": 0.4, "rmsprop": 0.41})
    assert text.endswith(". It can't be told apart from nadam. Both beat sgd, lion and rmsprop.")


def test_a_member_of_the_group_that_does_not_beat_all():
    """b is no different from a, nor from c, but a beats c."""
    text = words({"a": 0.331, "b": 0.3322, "c": 0.3334, "d": 0.36})
    assert text.endswith(". It can't be told apart from b. Both beat d; only a clearly beats c.")


@pytest.mark.parametrize(
    ("centers", "end"),
    [
        ({"a": 0.331, "b": 0.3311}, "It can't be told apart from b."),
        ({"a": 0.331, "b": 0.3311, "c": 0.3312}, "None of the 2 others can be told apart from it."),
        ({str(k): 0.3 + 0.1 * k for k in range(7)}, "It beats the 6 others."),
    ],
)
def test_all_or_none(centers, end):
    assert words(centers).endswith(f"]. {end}")


def test_a_lead_that_the_budget_does_not_bear_out():
    lucky = {"a": [0.1] + [0.5] * 19, "b": [0.3] + [0.5] * 19, "c": [0.6] * 20}
    text = words({"a": 0.331, "b": 0.36, "c": 0.4}, objectives=lucky)
    assert text.endswith(
        "]. It beats c; a leads b, but a different draw of 20 trials could reverse that (probability 36%):"
        " not enough budget."
    )


@pytest.mark.parametrize(
    ("scientific", "labels", "start"),
    [
        ("dropout", ("0.0", "0.2"), "Among the 2 values of dropout, 0.0 reaches"),
        ("kernel_initializer", ("he_normal", "zeros"), "Among the 2 kernel initializers, he_normal reaches"),
        ("dtype_policy", ("float32", "mixed_float16"), "Among the 2 dtype policies, float32 reaches"),
        ("normalization", ("none", "batch"), "Among the 2 values of normalization, none reaches"),
    ],
)
def test_how_values_are_called(scientific, labels, start):
    assert words({labels[0]: 0.3, labels[1]: 0.4}, scientific=scientific).startswith(start)


def test_accuracies_are_percentages():
    scores = {"a": 0.88 + spread(0, 10, 0.004), "b": 0.8 + spread(0, 10, 0.004)}
    items = [evidence(name, x, objectives=[x.max()] * 20) for name, x in scores.items()]
    assert answered(items, **ACCURACY) == (
        "Among the 2 optimizers, a reaches the highest test accuracy: 88.0% [87.8%, 88.2%]. It beats b."
    )


def test_a_pure_search_names_its_configuration():
    item = evidence(
        "tuned", spread(0.331, 10, 0.002), best_config={"learning_rate": 0.00123456, "batch_size": 64}
    )
    assert answered([item], "search", (), **LOSS) == (
        "The best configuration found, learning_rate=0.00123 and batch_size=64, reaches a test loss of 0.3310"
        " [0.3300, 0.3320]"
        " over 10 fresh seeds (test accuracy 96.69%)."
    )


NOTHING = {"objectives": [np.nan] * 4}
"""Of trials that all diverged."""


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (
            [evidence("a", [], **NOTHING), evidence("b", [], objectives=[np.nan] * 8)],
            "Nothing trained: every trial diverged (a 4 of 4, b 8 of 8). The learning rates that were"
            " searched begin at"
            " 0.0001: extend the range downwards, to 1e-06, or bound the steps with `warmup` or"
            " `global_clipnorm`.",
        ),
        (
            [evidence("tuned", [], **NOTHING, space={})],
            "Nothing trained: every trial diverged (4 of 4)."
            " Lower `learning_rate`, or bound the steps with `warmup` or `global_clipnorm`.",
        ),
        (
            [evidence("a", [np.nan] * 3 + [0.3] * 7, objectives=[0.3]), evidence("b", [], **NOTHING)],
            "No configuration trains reliably: of each, more than a quarter of the replicates diverged (a 3"
            " of 10, b 4 of 4)."
            " The learning rates that were searched begin at 0.0001: extend the range downwards, to 1e-06, or"
            " bound the steps"
            " with `warmup` or `global_clipnorm`.",
        ),
    ],
)  # fmt: skip
def test_when_nothing_trains(items, text):
    assert answered(items, **LOSS) == text


def test_a_level_that_did_not_train_is_said_to_and_not_beaten():
    items = [evidence(name, spread(center)) for name, center in (("a", 0.3), ("b", 0.4))]
    text = answered([*items, evidence("c", [], **NOTHING), evidence("d", [], **NOTHING)], **LOSS)
    assert text.endswith("]. It beats b. c and d did not train: every trial diverged.")
    text = answered([items[0], evidence("c", [], **NOTHING)], **LOSS)
    assert text.endswith("]. c did not train: every trial diverged.")


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "settings", "message"),
    [
        ([], {}, r"`evidence` must hold one or more different levels\. Received: \[\]\."),
        ([evidence("a", EIGHT)] * 2, {}, r"Received: \['a', 'a'\]\."),
        ([evidence("a", [1.0])], {}, r"two or more replicates a level\. Received: a with 1\."),
        (
            [evidence("a", EIGHT)],
            {"confidence": 1},
            r"`confidence` must be in \(0, 1\)\. Received: confidence=1\.",
        ),
    ],
)
def test_what_cannot_be_compared(items, settings, message):
    with pytest.raises(ValueError, match=message):
        compare(items, **LOSS | settings)


def test_the_threshold_lies_between_the_bounds_that_justify_it():
    assert np.exp(-2) < comparison.REVERSAL < (1 - 0.5**2) * 0.25
