"""The rule for missing texts as a Keras layer: the exported model reads raw texts as training did. Needs
TensorFlow."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from suite.data.missing import EDGE, pattern


class Cleaned(keras.layers.Layer):
    """Cuts blanks around texts, and makes empty those that stand for a missing value.

    Args:
        marks: what stands for a missing value.
    """

    def __init__(self, marks: Sequence[str]) -> None:
        super().__init__(trainable=False, dtype="string")
        self.marks = tuple(marks)

    def call(self, texts: tf.Tensor) -> tf.Tensor:
        """Cleans [batch, 1] texts."""
        trimmed = tf.strings.regex_replace(texts, f"^{EDGE}+|{EDGE}+$", "")
        return tf.where(tf.strings.regex_full_match(trimmed, pattern(self.marks)), "", trimmed)

    def compute_output_spec(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        """Gives texts of the same shape."""
        return keras.KerasTensor(texts.shape, dtype="string")
