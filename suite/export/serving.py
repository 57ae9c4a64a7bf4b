"""The program of an exported model: raw inputs in, answers out, for each task. Needs TensorFlow and Keras."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.data.dataset import is_array
from suite.data.preprocessing import END, START, Prepared
from suite.models import decoding
from suite.training.objective import predicted

BEAM_WIDTH = 4


class Serving(tf.Module):
    """What is saved. `signatures` of raw inputs by name; calling it gives the main output.

    Raw inputs are one array `inputs` [batch, ...], or a column each, [batch] numbers or strings.
    """

    def __init__(self, model: keras.Model, prepared: Prepared, names: Path | None):
        super().__init__()
        self.model, inputs = model, list(prepared.inputs.values())
        self.front = keras.Model(inputs, prepared.normalization(prepared.encoded))
        self.asset = tf.saved_model.Asset(str(names)) if names else None
        self._prepared, self._columns = prepared, not is_array(prepared.dataset.train.x)
        specs = {
            name: tf.TensorSpec([None] if self._columns else [None, *x.shape[1:]], x.dtype, name=name)
            for name, x in prepared.inputs.items()
        }
        self.answers = answers = ANSWERS[prepared.dataset.task](self)

        @tf.function(autograph=False)
        def serve(**inputs):
            return answers(self._encode(inputs))

        self.serve, self.signature = serve, serve.get_concrete_function(**specs)

        @tf.function(autograph=False)
        def call(inputs):
            return next(iter(self.signature(**(inputs if self._columns else {"inputs": inputs})).values()))

        self.__call__ = call
        call.get_concrete_function(specs if self._columns else specs["inputs"])

    def _encode(self, inputs):
        return self.front(
            [inputs[name][:, None] if self._columns else inputs[name] for name in self._prepared.inputs]
        )

    def classification(self) -> Callable:
        class_names = tf.constant(self._prepared.dataset.class_names)

        def answer(x):
            probabilities = tf.nn.softmax(tf.cast(self.model(x, training=False), tf.float32))
            index = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
            return {
                "probabilities": probabilities,
                "class_index": index,
                "class_name": tf.gather(class_names, index),
            }

        return answer

    def regression(self) -> Callable:
        return lambda x: {
            "prediction": predicted(self._prepared, tf.cast(self.model(x, training=False), tf.float32))
        }

    def sequence_to_sequence(self) -> Callable:
        words = self._prepared.target_words
        shown = tf.constant([""] + [word if word not in (START, END) else "" for word in words[1:]])
        start, end = words.index(START), words.index(END)

        def text(tokens):
            joined = tf.strings.reduce_join(tf.gather(shown, tokens), axis=1, separator=" ")
            return tf.strings.strip(tf.strings.regex_replace(joined, " +", " "))

        def answer(source):
            return {
                "text": text(decoding.greedy(self.model, source, start, end)),
                "beam_text": text(decoding.beam(self.model, source, start, end, BEAM_WIDTH)),
            }

        return answer


ANSWERS = {
    "classification": Serving.classification,
    "regression": Serving.regression,
    "sequence_to_sequence": Serving.sequence_to_sequence,
}


def expected_outputs(model: keras.Model, prepared: Prepared, batch: int) -> dict[str, np.ndarray]:
    """What the Keras model gives for the test split as it was preprocessed before training, by name: [n, ...]."""
    serving, parts = Serving(model, prepared, None), []
    source = prepared.input_shape[0] - prepared.output_length if prepared.output_length else None
    answers = tf.function(serving.answers, reduce_retracing=True, autograph=False)
    with tf.device(
        "CPU"
    ):  # where the SavedModel is checked, so that another process may hold the accelerator
        for start in range(0, len(prepared.test), batch):
            x = prepared.test.x[start : start + batch]
            parts.append(answers(prepared.normalization(x[:, :source] if source else x)))
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
