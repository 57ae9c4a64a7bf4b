"""The pipeline's numbers against NumPy's own, the training's, and arithmetic by hand."""

import math

import numpy as np
import pytest

from suite import Config
from suite.analysis.records import Figure, Table, Text
from suite.demonstrations import pipeline
from suite.demonstrations.pipeline import demonstrate
from suite.demonstrations.stages import trace as steps
from suite.demonstrations.stages.trace import backward, follow, forward
from suite.report.figures import png


def test_forward_and_backward_by_hand():
    """Two units, of which the second is off; logits 1 and 0 of the classes 0 and 1, the truth being 1."""
    parameters = (np.array([[1.0, -1.0]]), np.zeros(2), np.array([[1.0, 0.0], [5.0, 5.0]]), np.zeros(2))
    x, y = np.array([[1.0]]), np.array([1])
    hidden, logits, probabilities, losses = forward(parameters, x, y)
    p = math.e / (math.e + 1)
    np.testing.assert_array_equal(hidden, [[1, 0]])
    np.testing.assert_array_equal(logits, [[1, 0]])
    np.testing.assert_allclose(probabilities, [[p, 1 - p]])
    assert losses[0] == pytest.approx(-math.log(1 - p))
    d_logits, gradients = backward(parameters, x, y, hidden, probabilities)
    np.testing.assert_allclose(d_logits, [[p, -p]])
    for gradient, known in zip(gradients, ([[p, 0]], [p, 0], [[p, -p], [0, 0]], [p, -p]), strict=True):
        np.testing.assert_allclose(gradient, known)


@pytest.fixture(scope="module")
def found():
    return demonstrate(epochs=12, replicates=4, batch_size=20)


def measured(found) -> dict:
    return {each.quantity.removeprefix("pipeline."): each for each in found.measures}


def test_by_hand_is_what_tensorflow_and_the_training_give(found):
    numbers = measured(found)
    assert numbers["gradient_error"].point < 1e-6
    assert numbers["step_error"].point < 1e-6
    assert numbers["softmax_error"].point < 1e-12
    assert found.warnings == ()
    assert "are those of TensorFlow and of the training" in found.answer


def test_a_step_lowers_the_loss_and_training_lowers_it_more(found):
    numbers = measured(found)
    assert numbers["loss_change"].point < 0
    assert numbers["final_loss"].high < numbers["first_loss"].low
    assert numbers["test_accuracy"].low > 0.6


def test_batches_iterations_epochs(found):
    """90 training examples in batches of 20."""
    assert measured(found)["iterations_per_epoch"].point == 4
    texts = (block for block in found.sections[0].blocks if isinstance(block, Text))
    said = next(block.paragraphs for block in texts if block.kind == "code")
    assert said[0].startswith("90 examples / 20 a batch = 4 iterations an epoch, and 10 examples left over")
    assert said[1] == "4 iterations × 12 epochs = 48 steps"


def test_every_stage_is_shown_in_order(found):
    names = ["data", "model", "forward", "backward", "update", "training", "result"]
    assert [section.name for section in found.sections] == names
    table = next(block for block in found.sections[2].blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["setosa", "versicolor", "virginica"]
    figures = [block for section in found.sections for block in section.blocks if isinstance(block, Figure)]
    assert {figure.name for figure in figures} == {"pipeline_curves", "confusion"}
    assert all(png(figure).startswith(b"\x89PNG") for figure in figures)


def test_the_batch_that_is_followed_is_the_one_that_the_training_takes_first():
    """Another order of the examples gives another step."""
    config = Config(dataset="iris", width=4, depth=1, activation="relu", optimizer="sgd", batch_size=8)
    one, other = (follow(config.replace(seed=seed)) for seed in (3, 4))
    for by_hand, trained in zip(one.after, one.trained, strict=True):
        np.testing.assert_allclose(by_hand, trained, atol=1e-6)
    assert not np.array_equal(one.raw, other.raw)


def test_a_wrong_gradient_makes_the_answer_say_so(monkeypatch):
    def wrong(*arguments):
        d_logits, gradients = backward(*arguments)
        return d_logits, tuple(1.1 * each for each in gradients)

    monkeypatch.setattr(steps, "backward", wrong)
    found = pipeline.demonstrate(epochs=1, replicates=2)
    assert [warning.split(":")[0] for warning in found.warnings] == [
        "The gradient by hand is not TensorFlow's",
        "The step by hand is not the training's",
    ]
    assert "are those of TensorFlow" not in found.answer
