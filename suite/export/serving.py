"""Defines the program of an exported model: raw inputs in, answers out. Needs TensorFlow and Keras."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.data.dataset import is_array
from suite.data.preprocessing import END, START, Prepared
from suite.export.records import MAIN_OUTPUT, named_outputs
from suite.models import decoding
from suite.training.task_loss import TaskLoss, predicted

BEAM_WIDTH = 4

Answer = Callable[[tf.Tensor], dict[str, tf.Tensor]]
"""From what a model takes to the outputs by name."""


class Serving(tf.Module):
    """Is what is saved: signatures of raw inputs by name, and calls with them.

    Raw inputs are one array `inputs` [batch, ...], or a column each, [batch] numbers or strings.
    `serve(inputs)`, of the array or of a dictionary of columns, gives all outputs, as Keras's TFSMLayer asks;
    calling it gives the main one.

    Args:
        model: maps preprocessed and normalised inputs to outputs.
        prepared: the data set with its preprocessing.
        assets: files to lie beside the model.
        temperature: divides the logits of a classification.
    """

    def __init__(
        self, model: keras.Model, prepared: Prepared, assets: Sequence[Path] = (), *, temperature: float = 1.0
    ):
        super().__init__()
        self.model, self.temperature = model, temperature
        self.front = keras.Model(list(prepared.inputs.values()), prepared.normalization(prepared.encoded))
        self.assets = [tf.saved_model.Asset(str(path)) for path in assets]
        # TFLite finds the variables that the saved object holds; of others it would read what lies in memory.
        self.weights = [variable.value for variable in [*model.variables, *self.front.variables]]
        self._prepared, self._columns = prepared, not is_array(prepared.dataset.train.x)
        specs = {
            name: tf.TensorSpec([None] if self._columns else [None, *x.shape[1:]], x.dtype, name=name)
            for name, x in prepared.inputs.items()
        }
        self.answers = answers = ANSWERS[prepared.dataset.task](self)
        signature = tf.function(lambda **inputs: answers(self._encode(inputs)), autograph=False)
        self.signature = signature.get_concrete_function(**specs)
        given = [specs if self._columns else specs["inputs"]]
        self.serve = tf.function(self._all, input_signature=given, autograph=False)
        self.__call__ = tf.function(self._main, input_signature=given, autograph=False)

    def _all(self, inputs: Any) -> dict[str, tf.Tensor]:
        return self.signature(**(inputs if self._columns else {"inputs": inputs}))

    def _main(self, inputs: Any) -> tf.Tensor:
        return self._all(inputs)[MAIN_OUTPUT[self._prepared.dataset.task]]

    def _encode(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        names = self._prepared.inputs
        return self.front([inputs[name][:, None] if self._columns else inputs[name] for name in names])

    def classification(self) -> Answer:
        """Returns the function from a model's inputs to probabilities and classes."""
        class_names = tf.constant(self._prepared.dataset.class_names)

        def answer(x: tf.Tensor) -> dict[str, tf.Tensor]:
            logits = tf.cast(self.model(x, training=False), tf.float32)
            probabilities = tf.nn.softmax(logits / self.temperature)
            index = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
            names = tf.gather(class_names, index)
            return {"probabilities": probabilities, "class_index": index, "class_name": names}

        return answer

    def multilabel_classification(self) -> Answer:
        """Returns the function from a model's inputs to a probability of each label."""

        def answer(x: tf.Tensor) -> dict[str, tf.Tensor]:
            probabilities = tf.sigmoid(tf.cast(self.model(x, training=False), tf.float32))
            return {"probabilities": probabilities, **self._each(probabilities)}

        return answer

    def regression(self) -> Answer:
        """Returns the function from a model's inputs to predictions in the targets' own units: numbers, or
        rising quantiles."""

        def answer(x: tf.Tensor) -> dict[str, tf.Tensor]:
            found = predicted(self._prepared, self.model(x, training=False))
            if not self._prepared.dataset.outputs:
                return {"prediction": found[:, 0]}
            return {"prediction": found, **self._each(found)}

        return answer

    def _each(self, found: tf.Tensor) -> dict[str, tf.Tensor]:
        """What is predicted of each target, label or quantile by its name, [batch]."""
        names = named_outputs(self._prepared.dataset).values()
        return {name: found[:, place] for place, name in enumerate(names)}

    def sequence_to_sequence(self) -> Answer:
        """Returns the function from source tokens to texts."""
        words = self._prepared.target_words
        shown = tf.constant([""] + [word if word not in (START, END) else "" for word in words[1:]])
        start, end = words.index(START), words.index(END)

        def text(tokens: tf.Tensor) -> tf.Tensor:
            joined = tf.strings.reduce_join(tf.gather(shown, tokens), axis=1, separator=" ")
            return tf.strings.strip(tf.strings.regex_replace(joined, " +", " "))

        def answer(source: tf.Tensor) -> dict[str, tf.Tensor]:
            return {
                "text": text(decoding.greedy(self.model, source, start, end)),
                "beam_text": text(decoding.beam(self.model, source, start, end, BEAM_WIDTH)),
            }

        return answer


ANSWERS: dict[str, Callable[[Serving], Answer]] = {
    "classification": Serving.classification,
    "multilabel_classification": Serving.multilabel_classification,
    "regression": Serving.regression,
    "quantile_regression": Serving.regression,
    "sequence_to_sequence": Serving.sequence_to_sequence,
}


def expected_outputs(
    model: keras.Model, prepared: Prepared, batch: int, temperature: float = 1.0
) -> dict[str, np.ndarray]:
    """Returns what the Keras model gives for the test split as preprocessed before training, by name."""
    serving, parts = Serving(model, prepared, temperature=temperature), []
    source = prepared.input_shape[0] - prepared.output_length if prepared.output_length else None
    answers = tf.function(serving.answers, reduce_retracing=True, autograph=False)
    with tf.device("CPU"):  # as the SavedModel is checked: another process may hold the accelerator
        for start in range(0, len(prepared.test), batch):
            x = prepared.test.x[start : start + batch]
            parts.append(answers(prepared.normalization(x[:, :source] if source else x)))
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


def validation_logits(model: keras.Model, prepared: Prepared, batch: int) -> np.ndarray:
    """Returns the logits [n, classes] float32 of a Keras model for the validation split."""
    parts, examples = [], prepared.validation
    with tf.device("CPU"):
        for start in range(0, len(examples), batch):
            x = prepared.normalization(examples.x[start : start + batch])
            parts.append(tf.cast(model(x, training=False), tf.float32).numpy())
    return np.concatenate(parts)


def forced_loss(model: keras.Model, prepared: Prepared, batch: int) -> tuple[float, float]:
    """Returns the test loss of a Keras model given the true tokens, as the least and the most that it can be.

    A SavedModel that gives texts does not tell how likely it took them to be.
    """
    task_loss, test = TaskLoss(prepared), prepared.test
    counts = task_loss.example_weights(test.y)
    total = 0.0
    with tf.device("CPU"):
        for start in range(0, len(test), batch):
            part = slice(start, start + batch)
            logits = model(prepared.normalization(test.x[part]), training=False)
            total += float(np.dot(task_loss.loss(tf.constant(test.y[part]), logits).numpy(), counts[part]))
    return (total / float(counts.sum()),) * 2
