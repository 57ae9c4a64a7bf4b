"""Model builders by name. Each is one file with one `build` of keyword-only arguments in Keras's terms.

To add a model, add its file and a line to MODELS, or its settings to CLASSICS. A model of one's own may stay
in a file anywhere: its path, ending in .py, is its name. Importing this package does not import Keras.
"""

import importlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from suite.models import own
from suite.models.classics import CLASSICS
from suite.models.own import find, is_own
from suite.names import one_of

__all__ = [
    "arguments",
    "builder",
    "check_name",
    "data_arguments",
    "find",
    "hyperparameters",
    "is_own",
    "version",
]

MODELS: dict[str, str] = {
    "dense": "suite.models.dense",
    "conv": "suite.models.conv",
    "rnn": "suite.models.rnn",
    "transformer": "suite.models.transformer",
    "seq2seq": "suite.models.seq2seq",
    "seq2seq_transformer": "suite.models.seq2seq_transformer",
    "quadratic": "suite.models.quadratic",
}

DATA_ARGUMENTS = {
    "vocabulary_size": "tokens",
    "masked": "sequences with padding",
    "output_length": "targets that are sequences",
    "places": "masked tokens",
}
"""Arguments of a builder that the data decide, next to `input_shape` and `num_outputs`: what it can handle,
if it names them.

- vocabulary_size: examples are int32 tokens below it, 0 is padding; None: they are numbers.
- masked: time steps of zeros throughout are padding.
- output_length: logits [batch, output_length, num_outputs]; None: [batch, num_outputs].
- places: examples end in so many numbers of time steps, whose tokens are asked for: logits
  [batch, places, vocabulary_size].
"""

ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "linear")

INITIALIZERS = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    "orthogonal", "random_uniform", "random_normal", "truncated_normal", "zeros", "ones",
)  # fmt: skip


def check_name(name: str) -> str:
    """Returns `name` if there is such a model.

    Raises:
        ValueError: listing the models, or saying where a file was looked for.
    """
    if is_own(name):
        return find(name)
    return one_of("model", name, [*MODELS, *CLASSICS], "or the path of a file that ends in .py")


def hyperparameters(name: str) -> tuple[str, ...]:
    """Gives the hyperparameters of a model: the arguments of its builder but for those that the data decide.

    Raises:
        ValueError: a file with a syntax error, or without a function `build`.
    """
    return tuple(argument for argument in arguments(name) if argument not in DATA_ARGUMENTS)


def data_arguments(name: str) -> tuple[str, ...]:
    """Gives those of DATA_ARGUMENTS that a model's builder can handle. Raises as `hyperparameters` does."""
    return tuple(argument for argument in arguments(name) if argument in DATA_ARGUMENTS)


def arguments(name: str) -> Mapping[str, own.Argument]:
    """Gives the arguments of a model's builder. Nothing is imported. Raises as `hyperparameters` does."""
    return own.arguments(name) if is_own(name) else _arguments(CLASSICS.get(name, {}).get("model", name))


@cache
def _arguments(name: str) -> Mapping[str, own.Argument]:
    return own.arguments(str(Path(__file__).parent / f"{MODELS[name].rpartition('.')[2]}.py"))


def builder(name: str) -> Callable:
    """Gives the `build` function of a model; imports Keras.

    It takes `input_shape` and `num_outputs`, and those of `arguments`, all by keyword.

    Raises:
        KeyError: unknown name.
        ValueError: a file that cannot be run.
    """
    if name in CLASSICS:
        settings = dict(CLASSICS[name])
        return partial(builder(settings.pop("model")), **settings)
    return own.builder(name) if is_own(name) else importlib.import_module(MODELS[name]).build


def version(name: str) -> own.Version | None:
    """Gives what changes when the file of a model of one's own does; None for the suite's."""
    return own.version(name) if is_own(name) else None
