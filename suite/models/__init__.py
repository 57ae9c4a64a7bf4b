"""Model builders by name. Each is one file with one `build` of keyword-only arguments in Keras's terms.

To add a model, add its file and a line to MODELS. A model of one's own may stay in a file anywhere: its path, ending in .py, is
its name. Importing this package does not import Keras.
"""

import importlib
import inspect
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path

from suite.names import one_of

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


def check_name(name: str) -> str:
    """Returns `name` if there is such a model.

    Raises:
        ValueError: listing the models.
    """
    if not is_own(name):
        return one_of("model", name, MODELS)
    if not Path(name).is_file():
        raise ValueError(
            f"`model` must be one of {', '.join(MODELS)} or the path of a file. Received: {name!r}, which is no file."
        )
    return name


def is_own(name: str) -> bool:
    """Whether a name is the path of a user's own file."""
    return name.endswith(".py")


@cache
def builder(name: str) -> Callable:
    """The `build` function of a model; imports Keras.

    It takes `input_shape` and `num_outputs`, and of the fields of Config those that it names with a default, all by keyword.

    Raises:
        KeyError: unknown name.
        ValueError: a user's own file without a `build`.
    """
    if not is_own(name):
        return importlib.import_module(MODELS[name]).build
    build = runpy.run_path(name).get("build")
    if not callable(build) or not {"input_shape", "num_outputs"} <= set(inspect.signature(build).parameters):
        raise ValueError(f"{name} expects a function build(*, input_shape, num_outputs, ...). Received: {build!r}.")
    return build
