"""Every layer that the builders use, as a function whose gradient can be checked: `LAYERS[name]()` gives a
Piece.

To add a layer, add a line to LAYERS. All are in float64, small, and at random parameters and inputs. Imports
TensorFlow.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from suite.demonstrations.gradients.differentiation import Piece, of_layer
from suite.models import ACTIVATIONS
from suite.models.layers import Dropout, Penalty, PositionEmbedding
from suite.models.quadratic import RootOfQuadratic
from suite.models.transformer import sinusoidal_positions

layers = keras.layers
F64 = {"dtype": "float64"}
TOKENS = np.array([[1, 4, 2, 0], [3, 3, 0, 0]], np.int32)
MASK = np.array([[True, True, True, False], [True, True, False, False]])
CLASSES = np.array([0, 2, 1], np.int32)


def x(*shape: int, seed: int = 1) -> np.ndarray:
    """Standard normal numbers."""
    return np.random.default_rng(seed).normal(size=shape)


def of_function(function: Callable[..., tf.Tensor], *arguments: np.ndarray) -> Piece:
    """A function without parameters: the sum of what it gives, each number with a weight of its own."""
    weights = x(*np.shape(function(*map(tf.constant, arguments))), seed=2)

    def scalar(values: Sequence[tf.Tensor]) -> tf.Tensor:
        return tf.reduce_sum(function(*values) * weights)

    return Piece(scalar, arguments)


def recurrent(cell: type[keras.layers.Layer], **settings: object) -> Callable[[], Piece]:
    """A recurrent layer of 3 units over 4 steps of 2 features, the ends of which are padding."""
    return lambda: of_layer(cell(3, return_sequences=True, **F64, **settings), x(2, 4, 2), mask=MASK)


def activation(name: str) -> Callable[[], Piece]:
    """An activation on 2 examples of 6 numbers."""
    return lambda: of_layer(layers.Activation(name, **F64), x(2, 6))


def attention(layer: keras.layers.Layer) -> Piece:
    """Attention of 3 queries to 4 keys with values, some of which are padding."""
    return of_layer(layer, x(2, 3, 5), x(2, 4, 5, seed=3), x(2, 4, 5, seed=4), mask=[None, MASK])


def multi_head(*, causal: bool = False) -> Piece:
    """Attention of 4 steps to themselves by 2 heads of 3 features."""
    settings = {"use_causal_mask": True} if causal else {"attention_mask": MASK[:, None]}
    inputs = keras.Input((4, 6), **F64)
    layer = layers.MultiHeadAttention(2, 3, **F64)
    outputs = layer(inputs, inputs, **(settings | {"attention_mask": None} if causal else {}))
    return of_layer(keras.Model(inputs, outputs), x(2, 4, 6))


def reverse_embedding() -> Piece:
    """Logits of every token from a vector, by the weights that embed tokens."""
    layer = layers.ReversibleEmbedding(5, 3, **F64)
    layer(TOKENS)
    return of_layer(layer, x(2, 4, 3), reverse=True)


def cross_entropy(logits: tf.Tensor) -> tf.Tensor:
    """The loss of a classification."""
    return keras.losses.sparse_categorical_crossentropy(CLASSES, logits, from_logits=True)


LAYERS: dict[str, Callable[[], Piece]] = {
    "dense": lambda: of_layer(layers.Dense(3, **F64), x(2, 4)),
    "convolution of sequences": lambda: of_layer(layers.Conv1D(3, 3, padding="same", **F64), x(2, 5, 2)),
    "convolution of images": lambda: of_layer(layers.Conv2D(3, 3, padding="valid", **F64), x(2, 4, 5, 2)),
    "max pooling of sequences": lambda: of_layer(layers.MaxPooling1D(2, 2, **F64), x(2, 5, 3)),
    "max pooling of images": lambda: of_layer(layers.MaxPooling2D(3, 2, "same", **F64), x(2, 5, 4, 2)),
    "average pooling of sequences": lambda: of_layer(layers.AveragePooling1D(2, 2, **F64), x(2, 5, 3)),
    "average pooling of images": lambda: of_layer(
        layers.AveragePooling2D(3, 2, "same", **F64), x(2, 5, 4, 2)
    ),
    "global average of sequences": lambda: of_layer(
        layers.GlobalAveragePooling1D(**F64), x(2, 4, 3), mask=MASK
    ),
    "global average of images": lambda: of_layer(layers.GlobalAveragePooling2D(**F64), x(2, 3, 4, 2)),
    "flatten": lambda: of_layer(layers.Flatten(**F64), x(2, 3, 2)),
    "reshape": lambda: of_layer(layers.Reshape((3, 2), **F64), x(2, 6)),
    "concatenate": lambda: of_layer(layers.Concatenate(**F64), x(2, 3), x(2, 2, seed=3)),
    "rescaling": lambda: of_layer(layers.Rescaling(3.0, **F64), x(2, 3)),
    "batch normalization": lambda: of_layer(layers.BatchNormalization(**F64), x(5, 4), training=True),
    "layer normalization": lambda: of_layer(layers.LayerNormalization(**F64), x(5, 4)),
    "simple recurrence": recurrent(layers.SimpleRNN),
    "GRU": recurrent(layers.GRU),
    "LSTM": recurrent(layers.LSTM),
    "bidirectional GRU": lambda: of_layer(
        layers.Bidirectional(layers.GRU(2, return_state=True, **F64), **F64), x(2, 4, 2), mask=MASK
    ),
    "embedding": lambda: of_layer(layers.Embedding(5, 3, **F64), tokens=TOKENS),
    "embedding of a Transformer": lambda: of_layer(layers.ReversibleEmbedding(5, 3, **F64), tokens=TOKENS),
    "embedding in reverse": reverse_embedding,
    "multi-head attention": multi_head,
    "causal multi-head attention": lambda: multi_head(causal=True),
    "attention by products (Luong)": lambda: attention(layers.Attention(**F64)),
    "additive attention (Bahdanau)": lambda: attention(layers.AdditiveAttention(**F64)),
    "dropout, off": lambda: of_layer(Dropout(0.5, seed=0, **F64), x(2, 6), training=False),
    "dropout, one mask": lambda: of_layer(Dropout(0.5, seed=0, **F64), x(2, 6), training=True),
    "learned positions": lambda: of_layer(PositionEmbedding(**F64), x(2, 4, 3)),
    "sinusoidal positions": lambda: of_function(lambda y: y + sinusoidal_positions(4, 3), x(2, 4, 3)),
    "quadratic": lambda: of_layer(RootOfQuadratic(**F64), x(2, 100)),
    **{f"activation {name}": activation(name) for name in ACTIVATIONS},
    "L1 and L2 penalty": lambda: of_function(Penalty(0.3, 0.2), x(3, 2)),
    "softmax and cross-entropy": lambda: of_function(cross_entropy, x(3, 4)),
    "squared error": lambda: of_function(lambda y: tf.square(y - x(5, seed=6)), x(5)),
}
"""What is checked -> its Piece, made when it is asked for."""
