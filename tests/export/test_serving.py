"""Exported models of every kind: what one process with TensorFlow only reads, against their Keras models."""

import numpy as np
import pytest
import tensorflow as tf
from served import Served, as_read, raw

from suite.data.edits import error_rates
from suite.export.check import evaluate
from suite.export.serving import BEAM_WIDTH
from suite.models.decoding import LENGTH_PENALTY, beam


def outputs_of_keras(case: Served) -> np.ndarray:
    return np.array(case.model(case.prepared.normalization(case.prepared.test.x), training=False))


@pytest.mark.parametrize("kind", ["images", "columns", "visits", "texts", "sequences"])
def test_classes_and_probabilities_are_those_of_the_keras_model(kind, served):
    case = served[kind]
    dataset, outputs = case.prepared.dataset, case.outputs
    expected = tf.nn.softmax(outputs_of_keras(case)).numpy()
    np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-5)
    np.testing.assert_allclose(outputs["called"], expected, atol=1e-5)
    assert outputs["class_index"].tolist() == expected.argmax(-1).tolist()
    assert outputs["class_name"].tolist() == [dataset.class_names[i] for i in expected.argmax(-1)]
    assert len(set(outputs["class_name"])) == 2  # it learned enough to say both
    found = evaluate(dataset, outputs)
    assert found.metrics["accuracy"] == pytest.approx(np.mean(expected.argmax(-1) == dataset.test.y))
    assert np.sum(found.confusion) == len(dataset.test)


def test_something_is_missing_in_the_raw_columns_that_were_asked(served):
    given = raw(served["columns"].prepared.dataset)
    assert list(given) == ["age__years_", "column_class", "Inputs", "inputs_"]
    assert np.isnan(given["age__years_"]).any() and "" in given["column_class"] and "" in given["inputs_"]
    assert np.isnan(raw(served["sequences"].prepared.dataset)["inputs"]).any()


def test_a_regression_predicts_in_the_unit_of_its_target(served):
    """The network learned the standardised logarithm of the price."""
    case = served["regression"]
    dataset = case.prepared.dataset
    logs = np.log(dataset.train.y)
    expected = np.exp(outputs_of_keras(case)[:, 0] * logs.std() + logs.mean())
    np.testing.assert_allclose(case.outputs["prediction"], expected, rtol=1e-5)
    np.testing.assert_array_equal(case.outputs["called"], case.outputs["prediction"])
    found = evaluate(dataset, case.outputs).metrics
    assert found["mae"] == pytest.approx(np.mean(np.abs(dataset.test.y - expected)), rel=1e-5)
    assert found["rmse"] == pytest.approx(np.mean((dataset.test.y - expected) ** 2) ** 0.5, rel=1e-5)
    rest = np.log(dataset.test.y / expected)
    assert found["r2"] == pytest.approx(1 - np.mean(rest**2) / np.var(np.log(dataset.test.y)), rel=1e-4)


def parts_of(case: Served) -> tuple[np.ndarray, int, int, int]:
    """Source tokens of the test split, output length, START and END."""
    data = case.prepared
    start, end = (data.target_words.index(word) for word in ("[START]", "[END]"))
    return data.test.x[:, : -data.output_length], data.output_length, start, end


def by_hand(case: Served) -> np.ndarray:
    """Greedy decoding, step by step: the whole Keras model for each next token, which is never padding."""
    source, length, start, end = parts_of(case)
    target, running = np.zeros((len(source), length), "int32"), np.ones(len(source), bool)
    for position in range(length):
        shifted = np.concatenate([source, np.full((len(source), 1), start), target[:, :-1]], axis=1)
        token = (
            np.array(case.model(shifted.astype("int32"), training=False))[:, position, 1:].argmax(axis=1) + 1
        )
        target[running, position] = token[running]
        running &= token != end
    return target


def text_of(tokens: np.ndarray, case: Served) -> list[str]:
    words = case.prepared.target_words
    return [
        " ".join(words[token] for token in row if token and words[token] not in ("[START]", "[END]"))
        for row in tokens
    ]


def log_probabilities(tokens: np.ndarray, case: Served) -> np.ndarray:
    """[n] of target sequences, padding apart, which can never be chosen."""
    source, _, start, _ = parts_of(case)
    shifted = np.concatenate([source, np.full((len(source), 1), start), tokens[:, :-1]], axis=1).astype(
        "int32"
    )
    logs = tf.nn.log_softmax(case.model(shifted, training=False)[:, :, 1:]).numpy()
    each = np.take_along_axis(logs, np.maximum(tokens - 1, 0)[:, :, None], axis=2)[:, :, 0]
    return np.where(tokens > 0, each, 0).sum(axis=1)


def test_text_in_and_text_out(served):
    case = served["pairs"]
    expected = text_of(by_hand(case), case)
    assert case.outputs["text"].tolist() == case.outputs["called"].tolist() == expected
    assert len(set(expected)) > 10
    y = case.prepared.dataset.test.y
    found = evaluate(case.prepared.dataset, as_read(case)).metrics
    assert (found["sequence_error_rate"], found["token_error_rate"]) == error_rates(y, expected)
    beams = error_rates(y, case.outputs["beam_text"].tolist())
    assert (found["beam_sequence_error_rate"], found["beam_token_error_rate"]) == beams
    assert found["sequence_error_rate"] < 0.5  # it learned enough for the texts to mean something


def test_a_beam_of_width_1_is_greedy_and_a_wider_one_finds_what_is_no_less_likely(served):
    """By log-probability over length penalty: always if the model is trained, on average if it is unsure."""
    case = served["pairs"]
    source, _, start, end = parts_of(case)
    trained = case.model.get_weights()
    try:
        for factor in (1, 0.3):
            case.model.set_weights([factor * weight for weight in trained])
            found = [beam(case.model, source, start, end, width).numpy() for width in (1, BEAM_WIDTH)]
            penalties = [((5 + np.sum(tokens > 0, axis=1)) / 6) ** LENGTH_PENALTY for tokens in found]
            np.testing.assert_array_equal(found[0], by_hand(case))
            greedily, best = (
                log_probabilities(tokens, case) / by for tokens, by in zip(found, penalties, strict=True)
            )
            if factor == 1:
                assert (best > greedily - 1e-4).all()
                assert text_of(found[1], case) == case.outputs["beam_text"].tolist()
            else:
                assert best.mean() > greedily.mean() + 0.1
    finally:
        case.model.set_weights(trained)
