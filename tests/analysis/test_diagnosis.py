"""What limits a training: verdicts on curves whose right reading is known."""

import numpy as np
import pytest

from suite.analysis.diagnosis import NEXT_STEP, diagnose, reachable

NOISE = 0.002 * np.linspace(-1, 1, 10)


def curves(train, val, n=10, **more) -> dict[str, np.ndarray]:
    """[n, t] curves: the given ones, shifted up and down from replicate to replicate."""
    shift = NOISE[:n, None]
    return {"train_loss": np.asarray(train, float) + shift, "val_loss": np.asarray(val, float) - shift} | more


def kept(of) -> list[int]:
    return [int(np.nanargmin(curve)) for curve in of["val_loss"]]


def ended(train, val, t=12):
    """Curves that fall at first and are flat over the last third."""
    fall = np.maximum(1 - np.arange(t) / (2 * t / 3), 0)
    return curves(train + fall, val + fall)


FLAT = ended(0.30, 0.32)
GAP = ended(0.20, 0.32)
OVERTRAINED = curves(
    np.linspace(1.0, 0.1, 12), [1, 0.8, 0.6, 0.5, 0.45, 0.46, 0.48, 0.5, 0.52, 0.55, 0.58, 0.6]
)
FALLING = curves(np.linspace(1.0, 0.5, 12), np.linspace(1.1, 0.6, 12))
SLOW = curves(np.linspace(1.10, 0.99, 12), np.linspace(1.12, 1.01, 12))
RANDOM = curves(np.full(12, 2.303), np.full(12, 2.303))


@pytest.mark.parametrize(
    ("of", "settings", "verdict"),
    [
        (FLAT, {"reference": 0.2}, "underfitting"),  # bias 0.10, gap 0.02
        (GAP, {"reference": 0.19}, "overfitting"),  # bias 0.01, gap 0.12
        (GAP, {"reference": 0.08}, "can't tell"),  # bias 0.12, gap 0.12
        (FLAT, {}, "can't tell"),
        (FLAT, {"reference": 0.31}, "can't tell"),  # 3% lower: says nothing
        (GAP, {}, "can't tell"),  # how much of 0.20 is avoidable is not known
        (ended(0.01, 0.32), {}, "overfitting"),  # at most 0.01 is avoidable
        (OVERTRAINED, {}, "overfitting"),
        (FALLING, {}, "still improving"),
        (FALLING, {"reference": 0.1}, "still improving"),  # 0.14 of 0.5 in the last quarter
        (SLOW, {}, "still improving"),
        (SLOW, {"reference": 0.1}, "underfitting"),  # 0.03 of 0.9: more epochs will not close that
        (RANDOM, {"guessing": np.log(10)}, "not learning"),
        (
            RANDOM,
            {},
            "can't tell",
        ),  # without the number of classes nothing tells it from the best that is possible
        (curves([0.3], [0.32]), {"reference": 0.2}, "underfitting"),  # a single evaluation: no slopes
    ],
)
def test_verdicts(of, settings, verdict):
    diagnosis = diagnose(of, kept(of), **settings)
    assert diagnosis.verdict == verdict
    assert diagnosis.next_step == NEXT_STEP[verdict]
    assert all(text.endswith(".") for text in diagnosis.evidence)


def test_the_decomposition_by_hand():
    diagnosis = diagnose(FLAT, [11] * 10, reference=0.2)
    values = {name: estimate.point for name, estimate in diagnosis.numbers.items()}
    expected = {
        "train_loss": 0.3,
        "val_loss": 0.32,
        "generalization_gap": 0.02,
        "avoidable_bias": 0.1,
        "bias_minus_gap": 0.08,
    }
    ends = {"train_fall": 0, "val_fall": 0, "val_rise": 0, "train_rise": 0, "jumps": 0}
    assert values == pytest.approx(expected | ends, abs=1e-12)
    for low, value, high in ((e.low, e.point, e.high) for e in diagnosis.numbers.values()):
        assert low <= value <= high
    gap = diagnosis.numbers["generalization_gap"]  # of each replicate 0.02 - 2 * shift, |shift| <= 0.002
    assert 0.016 < gap.low < 0.02 < gap.high < 0.024
    assert diagnosis.kept.tolist() == [12] * 10
    assert diagnosis.evidence == (
        "At the kept weights the training loss is {} and the validation loss {}: gap {}.".format(
            *(diagnosis.numbers[name].text() for name in ("train_loss", "val_loss", "generalization_gap"))
        ),
        "The avoidable bias against a reachable loss of 0.2 is {}. It is larger than the gap by {}.".format(
            *(diagnosis.numbers[name].text() for name in ("avoidable_bias", "bias_minus_gap"))
        ),
        "Over the last quarter of the training the training loss did not clearly change (fall 0.0000 [0.0000,"
        " 0.0000])"
        " and the validation loss did not clearly change (fall 0.0000 [0.0000, 0.0000]).",
    )


def test_the_gap_is_told_where_it_is_larger():
    evidence = " ".join(diagnose(GAP, kept(GAP), reference=0.19).evidence)
    assert "The gap is larger by 0.110 [0.10" in evidence
    unsure = " ".join(diagnose(GAP, kept(GAP), reference=0.08).evidence)
    assert "Which of the two is larger can't be told: bias minus gap is" in unsure


def test_a_training_loss_below_the_reachable_one_shows_no_bias():
    evidence = diagnose(GAP, kept(GAP), reference=0.25).evidence
    assert any(
        text.startswith("The training loss is below the reachable loss of 0.25 by 0.050") for text in evidence
    )


def replicated(train, val, n=5) -> dict[str, np.ndarray]:
    """Curves of `n` replicates that differ by half a percent."""
    scale = (1 + 0.005 * np.linspace(-0.5, 0.5, n))[:, None]
    return {"train_loss": np.array(train) * scale, "val_loss": np.array(val) * scale}


BLOWN_UP = np.array(
    [1.1788, 1.0403, 0.9919, 0.9397, 0.8915, 0.8484, 0.8145, 0.7909, 0.7627, 0.7407,
     13.36, 26.64, 26.65, 26.65, 26.65, 26.65]
)  # fmt: skip
TEN = np.arange(10)


@pytest.mark.parametrize(
    ("train", "val", "verdict"),
    [
        ([0.9452, 0.7707, 0.5807, 0.3736, 0.2285], [0.8440, 0.8234, 0.9144, 1.1982, 1.5770], "overfitting"),
        (BLOWN_UP, 1.03 * BLOWN_UP, "unstable"),
        (BLOWN_UP[:10], 1.03 * BLOWN_UP[:10], "still improving"),
        # up and down by 0.2 every other evaluation, 0.1 an evaluation, of a validation loss of 0.51: a fifth
        (0.5 + 0.2 * (TEN % 2), 0.51 + 0.2 * (TEN % 2), "unstable"),
        # a quarter of that is the jitter that any training has
        (0.5 + 0.05 * (TEN % 2), 0.51 + 0.05 * (TEN % 2), "can't tell"),
        # only the validation loss jumps
        (np.full(10, 0.5), 0.51 + 0.2 * (TEN % 2), "unstable"),
        # one peak of 10 in ten evaluations
        (0.5 + 10 * (TEN == 4), 0.51 + 10 * (TEN == 4), "unstable"),
        # a training loss that creeps up by a tenth is no blow-up, one that doubles is
        (0.5 + 0.006 * TEN, 0.51 + 0.006 * TEN, "can't tell"),
        (0.5 + 0.05 * TEN, 0.51 + 0.05 * TEN, "unstable"),
        # down, up on a slope, and never back: overfitting does that
        (np.linspace(1, 0.1, 10), 0.5 + 0.05 * np.abs(TEN - 4), "overfitting"),
    ],
)
def test_a_loss_that_blew_up_or_jumps_is_unstable(train, val, verdict):
    of = replicated(train, val)
    diagnosis = diagnose(of, kept(of))
    assert diagnosis.verdict == verdict
    if verdict == "unstable":
        assert diagnosis.next_step == "Lower `learning_rate` or set `global_clipnorm`."


def test_how_it_is_unstable_is_told():
    blown, jumping = (replicated(x, 1.03 * x) for x in (BLOWN_UP, 0.5 + 0.2 * (TEN % 2)))
    found = diagnose(blown, kept(blown))
    assert found.numbers["train_rise"].point == pytest.approx(
        26.65 - 0.7407, rel=1e-3
    )  # the last four are alike
    assert found.evidence[-1].startswith(
        "Over the last quarter of the training the training loss lies above its lowest by 25.9"
    )
    found = diagnose(jumping, kept(jumping))
    # from 0.5 to 0.7 and back four times in nine steps; the validation loss does so by 3% more
    assert found.numbers["jumps"].point == pytest.approx(1.03 * 0.8 / 9, rel=1e-3)
    assert found.evidence[-1].startswith(
        "From one evaluation to the next the loss goes up and comes back by 0.09"
    )


def test_instability_comes_before_guessing_and_after_divergence():
    of = replicated(BLOWN_UP, 1.03 * BLOWN_UP)
    assert diagnose(of, kept(of), guessing=0.7).verdict == "unstable"
    assert diagnose(of, [None] * 3 + kept(of)[3:]).verdict == "diverged"


@pytest.mark.parametrize(
    ("train", "val", "verdict"),
    [
        (0.0560, 0.0565, "not learning"),
        # 5% below guessing on what it has seen, and not below on what it has not
        (0.0530, 0.0560, "not learning"),
        (0.0450, 0.0560, "can't tell"),  # it fits what it has seen
        (0.0480, 0.0500, "can't tell"),  # better than guessing by a tenth
    ],
)
def test_guessing_is_by_the_frequencies_of_the_classes(train, val, verdict):
    """One in a hundred examples is of the second class: guessing costs its entropy, 0.056, and not log 2."""
    guessing = -(0.99 * np.log(0.99) + 0.01 * np.log(0.01))
    assert guessing == pytest.approx(0.0560, abs=1e-4)
    of = replicated(np.full(8, train), np.full(8, val))
    assert diagnose(of, kept(of), guessing=guessing).verdict == verdict


def test_an_early_optimum_is_told():
    diagnosis = diagnose(OVERTRAINED, kept(OVERTRAINED))
    assert diagnosis.kept.tolist() == [5] * 10
    assert diagnosis.numbers["val_rise"].point == pytest.approx(0.6 - 0.45)
    assert diagnosis.numbers["val_fall"].point == pytest.approx(0.52 - 0.6)  # three of twelve evaluations
    assert diagnosis.numbers["train_fall"].point == pytest.approx(3 * 0.9 / 11)
    told = " ".join(diagnosis.evidence)
    assert "the training loss fell by 0.2455 [" in told
    assert "the validation loss rose by 0.080" in told
    assert "After the kept weights the validation loss rose by 0.1500 [" in told


def test_noise_between_seeds_is_not_a_finding():
    """Bias 0.12 and gap 0.10 differ, but by less than seeds do."""
    rng = np.random.default_rng(0)
    train = 0.22 + 0.06 * rng.normal(size=(6, 1))
    of = {"train_loss": train, "val_loss": np.full((6, 1), 0.32)}
    assert diagnose(of, [0] * 6, reference=0.1).verdict == "can't tell"
    sure = {"train_loss": 0.22 + 0.001 * rng.normal(size=(6, 1)), "val_loss": np.full((6, 1), 0.32)}
    assert diagnose(sure, [0] * 6, reference=0.1).verdict == "underfitting"


@pytest.mark.parametrize(("lost", "verdict"), [(2, "can't tell"), (3, "diverged"), (10, "diverged")])
def test_divergence(lost, verdict):
    of = {name: curve.copy() for name, curve in FLAT.items()}
    for curve in of.values():
        curve[:lost, 3:] = np.nan
    diagnosis = diagnose(of, [None] * lost + [11] * (10 - lost))
    assert diagnosis.verdict == verdict
    assert diagnosis.evidence[0].startswith(f"{lost} of 10 replicates diverged")
    assert len(diagnosis.kept) == 10 - lost


def test_early_stopping_ends_at_different_evaluations():
    """A stopped training's end is its own last evaluation."""
    of = {name: curve.copy() for name, curve in OVERTRAINED.items()}
    whole = diagnose(of, kept(of))
    padded = {name: np.pad(curve, ((0, 0), (0, 5)), constant_values=np.nan) for name, curve in of.items()}
    assert diagnose(padded, kept(of)).numbers == whole.numbers
    padded["train_loss"][:5, 8:] = padded["val_loss"][:5, 8:] = np.nan
    rises = diagnose(padded, kept(of)).numbers["val_rise"]  # five of 0.05, five of 0.15
    assert rises.point == pytest.approx(0.10)


def test_accuracies_are_told():
    of = FLAT | {"train_accuracy": np.full((10, 12), 0.9), "val_accuracy": np.full((10, 12), 0.85)}
    assert "Training accuracy 90.00%, validation accuracy 85.00%." in diagnose(of, kept(of)).evidence


def test_errors_are_told_and_the_running_loss_is_not():
    of = FLAT | {
        "train_mae": np.full((10, 12), 40.0),
        "val_mae": np.full((10, 12), 43.25),
        "running_loss": FLAT["val_loss"],
    }
    assert "Training MAE 40, validation MAE 43.25." in diagnose(of, kept(of)).evidence
    assert not any("running" in sentence for sentence in diagnose(of, kept(of)).evidence)


def test_scaling_the_losses_changes_no_verdict():
    for of, reference in ((FLAT, 0.2), (GAP, 0.19), (GAP, 0.08), (OVERTRAINED, None), (FALLING, None)):
        scaled = {name: 7 * curve for name, curve in of.items()}
        seven = None if reference is None else 7 * reference
        assert (
            diagnose(scaled, kept(of), reference=seven).verdict
            == diagnose(of, kept(of), reference=reference).verdict
        )


def test_reachable_is_the_lowest_of_the_values():
    a, b = np.array([[3, 1, 2], [1, 4, 4]]), np.array([[5, 3], [2, np.nan]])
    assert reachable([a, b]) == 1
    assert reachable([b]) == 2.5
    assert reachable([b, np.full((3, 2), np.nan), np.empty((0, 0))]) == 2.5
    assert reachable([np.full((3, 2), np.nan)]) is None
    assert reachable([]) is None


@pytest.mark.parametrize(
    ("best", "message"),
    [
        (
            [11] * 9,
            r"an entry for each curve, .*\. Received: 9 entries, 10 train_loss and 10 val_loss curves\.",
        ),
        ([], r"Received: 0 entries"),
        ([12] * 9 + [2], r"`best` must point to finite losses\. Received: \[12, "),
    ],
)
def test_what_cannot_be_diagnosed(best, message):
    padded = {name: np.pad(curve, ((0, 0), (0, 2)), constant_values=np.nan) for name, curve in FLAT.items()}
    with pytest.raises(ValueError, match=message):
        diagnose(padded, best)
