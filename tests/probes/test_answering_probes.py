"""Seeds, ensembles, bias and variance: numbers worked out by hand, and theory that must hold exactly."""

import numpy as np
import pytest
from scipy import stats

from suite.probes import bias_variance, ensemble, seeds
from suite.probes.outputs import answers, jackknifed, softmax
from suite.probes.weights import BINS, of_kernels
from suite.report.figures import png

LABELS = np.array([0, 1, 1, 0])


def replicate(*rows: tuple[float, float]) -> dict[str, np.ndarray]:
    """What one replicate measured: probabilities of two classes for each of LABELS."""
    return {"labels": LABELS, "kept.probabilities": np.array(rows, np.float32)}


def random_replicates(count: int, n: int = 200, sharpness: float = 2.0) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(count)
    labels, common = rng.integers(0, 3, n), rng.normal(size=(n, 3))
    common[np.arange(n), labels] += 1
    logits = sharpness * (common + rng.normal(size=(count, n, 3)))
    return [{"labels": labels, "kept.probabilities": softmax(each)} for each in logits]


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.array([1.0, 2.0, 4.0, 7.0])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert tuple(jackknifed(np.mean, values)) == pytest.approx((3.5, low, high))
    point, low, high = jackknifed(np.mean, values, positive=True)
    assert point == pytest.approx(3.5) and 0 < low < 3.5 < high


def test_replicates_that_diverged_are_left_out():
    labels, probabilities = answers([replicate(*[(0.5, 0.5)] * 4), {"labels": LABELS}])
    assert probabilities.shape == (1, 4, 2) and labels is LABELS
    assert answers([{"labels": LABELS}])[1].shape[0] == 0


def test_examples_that_seeds_move_by_themselves_give_the_variance_of_a_finite_split():
    """Of two classes, erring with probability 1/2 on a share 2e of n examples: a variance of e / (2n)."""
    rng, n, r = np.random.default_rng(0), 400, 400
    wrong = (rng.random((r, n)) < 0.5) & (np.arange(n) < 160)
    found = seeds.spread(wrong)
    assert found["error"].point == pytest.approx(0.2, abs=0.005)
    assert found["variance_ratio"].low < 1 < found["variance_ratio"].high
    assert found["variance_ratio"].point == pytest.approx(1, abs=0.2)
    assert found["independent"].point == pytest.approx((0.2 / 800) ** 0.5, rel=0.02)
    assert abs(found["lasting_ratio"].point) < 0.2


def test_replicates_that_are_better_or_worse_throughout_leave_a_lasting_variance():
    wrong = np.arange(400) < np.array([40, 80, 120, 160, 200])[:, None]
    found = seeds.spread(wrong)
    assert found["deviation"].point == pytest.approx(np.std([0.1, 0.2, 0.3, 0.4, 0.5], ddof=1))
    assert found["lasting_ratio"].point == pytest.approx(0.025 / (0.3 / 800), rel=0.02)


def test_squared_error_is_bias_plus_variance():
    labels, probabilities = answers(random_replicates(6))
    found = bias_variance.decomposed(labels, probabilities)
    assert found["error"].point == pytest.approx(found["bias"].point + found["variance"].point, rel=1e-6)
    assert all(each.low <= each.point <= each.high for each in found.values())


def test_squared_error_by_hand():
    """One example: 1, 0.5 and 0 for its class; mean 0.5, so bias² 2 × 0.25, less variance / 3 of 2 × 0.25."""
    probabilities = np.array([[[1, 0]], [[0.5, 0.5]], [[0, 1]]], float)
    found = bias_variance.decomposed(np.array([0]), probabilities)
    assert found["variance"].point == pytest.approx(0.5)
    assert found["bias"].point == pytest.approx(0.5 - 0.5 / 3)
    assert found["error"].point == pytest.approx((0 + 0.5 + 2) / 3)


def test_wrong_answers_by_hand():
    """Two of three right, where a third adds; one of three right where the main answer is wrong: it takes
    off."""
    chosen = np.zeros((3, 2, 2), np.float32)
    for replicate_, answer in enumerate([(0, 0), (0, 0), (1, 1)]):
        chosen[replicate_, [0, 1], answer] = 1
    found = bias_variance.zero_one(np.array([0, 1]), chosen)
    assert found == pytest.approx(
        {
            "wrong": 0.5,
            "wrong_bias": 0.5,
            "wrong_variance_adds": 1 / 6,
            "wrong_variance_takes_off": 1 / 6,
        }
    )


def test_parts_of_wrong_answers_add_up():
    labels, probabilities = answers(random_replicates(5))
    found = bias_variance.decomposed(labels, probabilities)
    parts = found["wrong_bias"].point + found["wrong_variance_adds"].point
    assert found["wrong"].point == pytest.approx(parts - found["wrong_variance_takes_off"].point)


def test_windows_are_means_of_neighbours_around_the_end():
    np.testing.assert_allclose(ensemble.windows(np.array([1.0, 2.0, 6.0]), 2), [1.5, 4.0, 3.5])
    np.testing.assert_allclose(ensemble.windows(np.array([1.0, 2.0, 6.0]), 1), [1.0, 2.0, 6.0])


def test_an_average_has_less_loss_than_its_members_and_as_much_less_squared_error_as_they_differ():
    labels, probabilities = answers(random_replicates(12))
    assert ensemble.ambiguity_error(labels, probabilities) < 1e-12
    right = probabilities[:, np.arange(len(labels)), labels]
    assert ensemble.gain_of(2, right) > 0
    assert ensemble.loss_of(4, right) < ensemble.loss_of(2, right) < ensemble.loss_of(1, right)


def test_small_networks_that_are_averaged_stand_beside_a_large_one():
    """Four times as wide has the very replicates of the small ones, so the average beats it by what it
    gains."""
    small = random_replicates(12)
    levels = {"8": {"width": 8}, "32": {"width": 32}}
    section, measures = ensemble.find({"8": small, "32": small}, levels)
    found = {(each.quantity, each.at.get("width")): each for each in measures}
    over = found["ensemble.over_one_large_4", 8]
    assert over.point == pytest.approx(-found["ensemble.gain_of_4", 8].point) and over.high < 0
    assert ("ensemble.over_one_large_2", 8) not in found  # there is no 16
    assert 0 < found["ensemble.gain_left", 8].point < 1
    assert "the average is better for 4 of width=8 and one of width=32" in section.answer
    assert png(section.figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("probe", [seeds, bias_variance, ensemble])
def test_few_replicates_are_said_to_say_nothing(probe):
    section, measures = probe.find({"a": random_replicates(2)}, {"a": {"width": 8}})
    assert not measures and section.figure is None
    assert section.answer.startswith("Fewer than ") and section.blocks[0].paragraphs == (section.answer,)


@pytest.mark.parametrize("probe", [seeds, bias_variance])
def test_numeric_levels_are_drawn(probe):
    measured = {str(x): random_replicates(6, sharpness=x) for x in (1, 2)}
    levels = {str(x): {"width": x} for x in (1, 2)}
    section, _ = probe.find(measured, levels)
    assert png(section.figure).startswith(b"\x89PNG")
    named, _ = probe.find(measured, {label: {"activation": label} for label in measured})
    assert named.figure is None and named.answer


def test_weights_that_hardly_count():
    found = of_kernels([np.array([[1.0, -0.5], [0.005, 0.0]]), np.zeros((2, 2))])
    assert found["near_zero"] == pytest.approx(0.5)
    assert found["rms"] == pytest.approx((1.25 / 8) ** 0.5, rel=1e-4)
    assert found["histogram"].shape == (BINS,) and found["histogram"].sum() == pytest.approx(1)
    assert np.isnan(of_kernels([np.zeros(3)])["near_zero"])
