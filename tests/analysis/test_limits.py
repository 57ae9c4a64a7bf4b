"""What limits a training, decided by experiments: cases whose right verdict follows from their losses."""

from dataclasses import replace

import numpy as np
import pytest

from suite.analysis.limits import Experiment, decide

SEEDS = np.array([-0.001, 0.0, 0.0, 0.001])
FLAT = {name: np.full((4, 8), loss) for name, loss in (("train_loss", 0.48), ("val_loss", 0.5))}


def tried(kind, val, *, train=0.48, change=None, examples=800, spread=1.0, name=None) -> Experiment:
    seeds = spread * SEEDS
    return Experiment(kind, name or kind, change or {}, train + seeds, val + seeds, examples, 4.0)


def problem(*, as_it_is=0.5, optimisation=0.5, capacity=0.5, half=0.5, spread=1.0, without=()):
    """Experiments by the loss that each came to; of the data a part costs as 1/n does, and the training as it
    is learns its examples alone by twice what half of them cost."""
    lost = half - as_it_is
    found = [
        tried("as it is", as_it_is, train=0.48 - 2 * lost, spread=spread),
        tried("optimisation", optimisation, change={"epochs": 40}, spread=spread),
        tried("capacity", capacity, change={"width": 32}, spread=spread),
        *(
            tried("data", as_it_is + lost * (2.0 ** (power + 1) - 1), examples=400 // 2**power, spread=spread)
            for power in range(3)
        ),
    ]
    return [each for each in found if each.kind not in without]


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        ({}, "good fit"),
        ({"capacity": 0.4}, "bias"),
        ({"optimisation": 0.4}, "optimisation"),
        ({"half": 0.6}, "variance"),
        ({"capacity": 0.49}, "good fit"),  # 2% lower is not worth a change
        ({"optimisation": 0.4, "capacity": 0.39}, "optimisation"),  # the larger model adds 0.01
        ({"optimisation": 0.4, "capacity": 0.1}, "bias"),  # 0.1 by training, 0.3 beyond that
        ({"capacity": 0.4, "half": 0.5 + 0.4 / 3}, "can't tell"),  # 0.1 each: 3/4 of what half costs
        ({"capacity": 0.4, "spread": 60.0}, "can't tell"),  # a difference that seeds alone make
        ({"without": ("capacity",)}, "can't tell"),  # nobody looked whether a larger model is better
        ({"without": ("data",)}, "can't tell"),
    ],
)
def test_the_largest_part_is_named(losses, verdict):
    assert decide(FLAT, problem(**losses), guessing=1.0).verdict == verdict


@pytest.mark.parametrize(
    ("train", "half", "verdict"),
    [
        (0.3, 0.515, "variance"),  # 4 times the examples gain 0.011, or as much as 0.06 without a floor
        (0.3, 0.505, "can't tell"),  # the gap says more than the learning curve, 0.022 at most
        (0.52, 0.515, "good fit"),  # the training loss lies above the validation loss
        (0.48, 0.515, "good fit"),  # the gap is no wider than that of other trainings
        (0.48, 0.6, "good fit"),  # a curve that falls, but nothing is learned of these examples alone
        (0.3, 0.5, "good fit"),  # the gap costs nothing: fewer examples are as good
    ],
)
def test_variance_takes_a_gap_and_examples_that_matter(train, half, verdict):
    first, *others = problem(half=half)
    found = [replace(first, train=train + SEEDS), *others]
    assert decide(FLAT, found, guessing=1.0).verdict == verdict


def test_parts_that_matter_only_together_are_no_good_fit():
    """A longer training gains 0.02 and a larger model 0.02 beyond that: 0.04 of 0.5, where 0.025 matters."""
    found = decide(FLAT, problem(optimisation=0.48, capacity=0.46), guessing=1.0)
    assert found.verdict == "can't tell" and found.more_would_tell
    assert "with more capacity, but no part" in " ".join(found.evidence)


def test_a_gap_of_random_labels_is_not_learning():
    first, *others = problem(half=0.515)
    assert decide(FLAT, [replace(first, train=0.3 + SEEDS), *others], guessing=0.51).verdict == "not learning"


def test_a_gap_that_all_trainings_have_is_seen_where_no_split_makes_it():
    """Training loss 0 of all: 0.5 beyond half the validation loss of 0.5 is 0.25."""
    found = [
        each if each.kind in ("data", "simple method") else replace(each, train=0.0 + SEEDS)
        for each in problem(half=0.6)
    ]
    assert decide(FLAT, found, guessing=1.0).verdict == "variance"


@pytest.mark.parametrize(("half", "verdict"), [(0.6, "can't tell"), (0.5, "good fit")])
def test_a_gap_that_the_splits_may_make_is_no_good_fit_where_fewer_examples_cost(half, verdict):
    """Training loss 0.4 of all, and validation loss 0.5: the gap is material, and less than half of it."""
    found = [
        each if each.kind == "simple method" else replace(each, train=0.4 + SEEDS)
        for each in problem(half=half)
    ]
    assert decide(FLAT, found, guessing=1.0).verdict == verdict


def test_the_parts_sum_up_to_the_validation_loss():
    found = decide(FLAT, problem(optimisation=0.45, capacity=0.35, half=0.54), guessing=1.0)
    points = {name: estimate.point for name, estimate in found.numbers.items()}
    assert points == pytest.approx(
        {
            "val_loss": 0.5,
            "train_loss": 0.4,
            "generalization_gap": 0.1,
            "optimisation": 0.05,
            "avoidable_bias": 0.1,
            "variance": 0.03,
            "reference": 0.32,
        },
        abs=1e-3,  # the exponents that are tried differ by 1.3%
    )
    assert all(estimate.low <= estimate.point <= estimate.high for estimate in found.numbers.values())


def test_a_simple_method_shows_what_can_be_reached():
    method = Experiment("simple method", "boosting", {}, np.array([np.nan]), np.array([0.3]), 800, 0.1)
    found = decide(FLAT, [*problem(), method], guessing=1.0)
    assert found.verdict == "bias"
    assert found.numbers["avoidable_bias"].point == pytest.approx(0.2)
    assert found.steps[0].name == "a simple method"


def test_who_names_the_majority_learns_nothing():
    """One in a hundred is of the second class: guessing costs 0.056, and log 2 is 0.693."""
    at_chance = {name: 0.0555 for name in ("as_it_is", "optimisation", "capacity", "half")}
    found = decide(FLAT, problem(**at_chance, spread=0.1), guessing=0.056)
    assert found.verdict == "not learning"
    assert "no better than always giving the class frequencies, 0.056." in found.evidence[0]
    # where a larger model does learn, that is what it lacks
    assert (
        decide(FLAT, problem(**at_chance | {"capacity": 0.02}, spread=0.1), guessing=0.056).verdict == "bias"
    )


def test_what_makes_the_parts_meaningless_comes_first():
    jumps = {name: 0.5 + 0.2 * np.tile([0, 1], (4, 4)) for name in FLAT}
    assert decide(jumps, problem(capacity=0.2), guessing=1.0).verdict == "unstable"
    lags = decide(FLAT, problem(capacity=0.2), guessing=1.0, settled=0.3 + SEEDS)
    assert lags.verdict == "batch normalization lags"
    assert "lower by 0.200" in lags.evidence[1]
    assert decide(FLAT, problem(), guessing=1.0, settled=0.5 + SEEDS).verdict == "good fit"
    lost = problem()
    lost[0].val[:2] = np.inf
    assert decide(FLAT, lost, guessing=1.0).verdict == "diverged"


def test_next_steps_are_ranked_by_what_they_gain():
    found = decide(FLAT, problem(optimisation=0.4, capacity=0.3, half=0.55), guessing=1.0)
    assert [step.name for step in found.steps] == ["more capacity", "more epochs", "more data"]
    capacity, _, data = found.steps
    assert (capacity.change, capacity.worth) == ({"width": 32}, True)
    assert capacity.gain.point == pytest.approx(0.2)
    # measured again both sides vary, so the interval is longer by the root of two
    assert capacity.again.high - 0.2 == pytest.approx(2**0.5 * (capacity.gain.high - 0.2))
    # losses of 0.5, 0.55, 0.65 and 0.85 at 800, 400, 200 and 100 examples fall as 1/n: 0.025 by doubling
    assert data.gain.point == pytest.approx(0.025, abs=0.002)
    assert data.change == {"train_size": 1600}


def test_nothing_left_is_said():
    (*others, last) = decide(FLAT, problem(), guessing=1.0).steps
    assert last.name == "nothing left"
    assert not any(step.worth for step in others)


def test_can_t_tell_says_what_it_would_take():
    found = decide(FLAT, problem(capacity=0.47, spread=20.0), guessing=1.0)
    assert found.verdict == "can't tell"
    assert any("replicates in place of 4" in text for text in found.evidence)
