"""Model builders by name. Each is one file with one `build` of keyword-only arguments in Keras's terms.

To add a model, add its file and a line to MODELS. Importing this package does not import Keras.
"""

import importlib
from collections.abc import Callable

MODELS: dict[str, str] = {
    "dense": "suite.models.dense",
    "conv": "suite.models.conv",
    "rnn": "suite.models.rnn",
    "transformer": "suite.models.transformer",
}

ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "linear")

INITIALIZERS = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    "orthogonal", "random_uniform", "random_normal", "truncated_normal", "zeros", "ones",
)  # fmt: skip


def builder(name: str) -> Callable:
    """The `build` function of a model; imports Keras.

    Raises:
        KeyError: unknown name.
    """
    return importlib.import_module(MODELS[name]).build
