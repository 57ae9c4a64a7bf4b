"""Model builders by name. Each is one file with one `build` of keyword-only arguments in Keras's terms.

To add a model, add its file and a line to MODELS, or its settings to CLASSICS. A model of one's own may stay
in a file anywhere: its path, ending in .py, is its name. Importing this package does not import Keras.
"""

import ast
import importlib
import runpy
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from suite.models.classics import CLASSICS
from suite.names import one_of

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
"""Arguments of a builder that the data decide, next to `input_shape` and `num_outputs`. It names those that
it can handle:

- vocabulary_size: examples are int32 tokens below it, 0 is padding; None: they are numbers.
- masked: time steps of zeros throughout are padding.
- output_length: logits [batch, output_length, num_outputs]; None: [batch, num_outputs].
- places: examples end in so many numbers of time steps, whose tokens are asked for: logits [batch, places,
vocabulary_size].
"""

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
        return one_of("model", name, [*MODELS, *CLASSICS])
    if not Path(name).is_file():
        raise ValueError(
            f"`model` must be one of {', '.join([*MODELS, *CLASSICS])} or the path of a file."
            f" Received: {name!r}, which is no file."
        )
    return name


def is_own(name: str) -> bool:
    """Whether a name is the path of a user's own file."""
    return name.endswith(".py")


def hyperparameters(name: str) -> tuple[str, ...]:
    """Hyperparameters of a model: the arguments of its builder with a default, apart from what the data
    decide.

    Raises:
        ValueError: a file with a syntax error, or without a function `build`.
    """
    return tuple(argument for argument in _arguments(name) if argument not in DATA_ARGUMENTS)


def data_arguments(name: str) -> tuple[str, ...]:
    """Those of DATA_ARGUMENTS that a model's builder can handle. Raises as `hyperparameters` does."""
    return tuple(argument for argument in _arguments(name) if argument in DATA_ARGUMENTS)


@cache
def _arguments(name: str) -> tuple[str, ...]:
    """Keyword arguments of a model's builder that have a default, read from its source: nothing is
    imported."""
    name = CLASSICS.get(name, {}).get("model", name)
    path = Path(name) if is_own(name) else Path(__file__).parent / f"{MODELS[name].rpartition('.')[2]}.py"
    try:
        tree = ast.parse(path.read_text())
    except SyntaxError as error:
        raise ValueError(f"{path}, line {error.lineno}: {error.msg}.") from None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    arguments = found[-1].args if found else None
    if not arguments or not {"input_shape", "num_outputs"} <= {
        argument.arg for argument in arguments.kwonlyargs
    }:
        raise ValueError(
            f"{path} expects a function build(*, input_shape, num_outputs, ...). Received: a file without one."
        )
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return tuple(argument.arg for argument, default in pairs if default is not None)


@cache
def builder(name: str) -> Callable:
    """The `build` function of a model; imports Keras.

    It takes `input_shape` and `num_outputs`, of DATA_ARGUMENTS those that it names, and of the fields of
    Config those that it names with a default, all by keyword.

    Raises:
        KeyError: unknown name.
    """
    if name in CLASSICS:
        settings = dict(CLASSICS[name])
        return partial(builder(settings.pop("model")), **settings)
    return runpy.run_path(name)["build"] if is_own(name) else importlib.import_module(MODELS[name]).build
