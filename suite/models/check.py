"""Checks a user's own model before it is trained: what it takes and gives, said with the fix."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

EXAMPLES = 8
"""Random examples that a model is tried on."""

VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
"""Kinds of parameters that need not be given."""

PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")
"""Activations whose outputs are probabilities, where logits are asked for."""


@dataclass(frozen=True)
class Expected:
    """Says what a model must take and give.

    Attributes:
        name: of the model: the path of its file.
        input_shape: of an example.
        vocabulary_size: of tokens; None: examples are numbers.
        output_shape: of its outputs: (num_outputs,), or (length, num_outputs).
        outputs: what they are, in words: `logits, one for each class`.
    """

    name: str
    input_shape: tuple[int, ...]
    vocabulary_size: int | None
    output_shape: tuple[int, ...]
    outputs: str

    def examples(self) -> np.ndarray:
        """Gives random examples, the same at every call."""
        rng, shape = np.random.default_rng(0), (EXAMPLES, *self.input_shape)
        if self.vocabulary_size:
            return rng.integers(0, self.vocabulary_size, shape).astype("int32")
        return rng.normal(size=shape).astype("float32")

    def error(self, must: str, received: str) -> ValueError:
        """Makes the error that refuses a model."""
        return ValueError(f"model={self.name!r} must {must}. Received: {received}.")


def checked(model: Any, expected: Expected) -> keras.Model:
    """Refuses a model that could not be trained, or would be served wrongly.

    One that is not built is built, as `fit` does. A subclass whose `call` has no argument `training` is put
    into a functional model, which has.

    Args:
        model: what a `build` of one's own gave.
        expected: what it must take and give.

    Returns:
        A model that is built and can be called with `training`.

    Raises:
        ValueError: in one line, with the fix.
    """
    if not isinstance(model, keras.Model):
        fix = "end its `build` with `return model`" if model is None else "return a keras.Model"
        raise expected.error(fix, f"{type(model).__name__} from `build`")
    _check_inputs(model, expected)
    model = _with_training(model, expected)
    outputs = _check_outputs(_tried(model, expected), expected)
    if not model.trainable_variables:
        raise expected.error("have something to train", "a model without trainable variables")
    if found := _probabilities(model, outputs):
        raise expected.error(f"return {expected.outputs}: remove the {found} at its end", _end(model))
    return model


def _check_inputs(model: keras.Model, expected: Expected) -> None:
    """Refuses a model with several inputs."""
    parameters = inspect.signature(model.call).parameters.values()
    asked = [each.name for each in parameters if each.default is each.empty and each.kind not in VARIABLE]
    if len(asked) > 1:
        raise expected.error(
            "have one input: call(self, x, training=False)", f"call(self, {', '.join(asked)})"
        )
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        raise expected.error(
            f"have one input, keras.Input(input_shape) of shape {_shape(expected.input_shape)}",
            f"{len(inputs)} inputs, of shapes {_shapes(inputs)}",
        )


def _with_training(model: keras.Model, expected: Expected) -> keras.Model:
    """A model that can be called with `training`: the argument that tells dropout and the like what to do."""
    parameters = inspect.signature(model.call).parameters.values()
    if any(each.name == "training" or each.kind is each.VAR_KEYWORD for each in parameters):
        return model
    error = expected.error(
        "have call(self, x, training=False)", f"{type(model).__name__}.call without `training`"
    )
    if type(model).train_step is not keras.Model.train_step:
        raise error
    inputs = keras.Input(expected.input_shape, dtype="int32" if expected.vocabulary_size else "float32")
    try:
        return keras.Model(inputs, model(inputs), name=model.name)
    except (TypeError, AttributeError, NotImplementedError):  # Python that tests tensors: it cannot be traced
        raise error from None
    except Exception as said:
        raise _not_taken(expected, said) from said


def _tried(model: keras.Model, expected: Expected) -> Any:
    """What a model gives for random examples, in inference mode."""
    x = expected.examples()
    try:
        if not model.built:
            model(x[:1], training=False)
        variables = model.trainable_variables, model.non_trainable_variables
        outputs, _ = model.stateless_call(*variables, x, training=False)
    except Exception as error:
        raise _not_taken(expected, error) from error
    return outputs


def _not_taken(expected: Expected, error: Exception) -> ValueError:
    """The error for a model that fails on the data's examples."""
    said = re.sub(r"\x1b\[\d+m", "", str(error)).splitlines()
    lines = [line.strip() for line in said if line.strip() and not line.startswith("Exception encountered")]
    return expected.error(
        f"take examples of shape {_shape(expected.input_shape)}: begin with keras.Input(input_shape)",
        f"{type(error).__name__}: {' '.join(lines[:1]).rstrip('.')}",
    )


def _check_outputs(outputs: Any, expected: Expected) -> np.ndarray:
    """Refuses several outputs, and outputs of another shape."""
    shape = _shape(("batch", *expected.output_shape))
    if isinstance(outputs, Mapping | Sequence):
        several = keras.tree.flatten(outputs)
        raise expected.error(
            f"return one tensor of shape {shape}: {expected.outputs}",
            f"{type(outputs).__name__} of {len(several)}, of shape {_shapes(several)}",
        )
    if tuple(outputs.shape) != (EXAMPLES, *expected.output_shape):
        before = "keras.layers.Flatten() and " if len(outputs.shape) > len(expected.output_shape) + 1 else ""
        raise expected.error(
            f"return {expected.outputs}, of shape {shape}: end with {before}keras.layers.Dense(num_outputs)",
            f"outputs of shape {_shapes([outputs])}, num_outputs={expected.output_shape[-1]}",
        )
    return keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))


def _probabilities(model: keras.Model, outputs: np.ndarray) -> str:
    """Names what makes probabilities of a model's outputs, or nothing.

    A softmax is known by its outputs, however it is written: as an activation, a layer, an operation, or in a
    model inside.
    """
    sums_to_one = np.allclose(outputs.sum(axis=-1), 1, atol=1e-2) and (outputs >= 0).all()
    if sums_to_one and outputs.shape[-1] > 1:
        return "softmax"
    return name if (name := _last_activation(model)) in PROBABILITIES else ""


def _last_activation(model: keras.Model) -> str:
    """Names the activation or operation that a functional model ends with; of others it is not known."""
    last = _last(model)
    if isinstance(last, keras.layers.Layer) and not isinstance(last, keras.layers.Softmax):
        return getattr(getattr(last, "activation", None), "__name__", "")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(last).__name__).lower()


def _last(model: keras.Model) -> Any:
    """The layer or operation that gives a functional model's output, of models inside it too."""
    steps = getattr(model, "operations", None) or getattr(model, "layers", None) or [None]
    is_known = hasattr(model, "operations") or isinstance(model, keras.Sequential)
    last = steps[-1] if is_known else None
    return _last(last) if isinstance(last, keras.Model) else last


def _end(model: keras.Model) -> str:
    """What a model ends with, as a user wrote it."""
    last = _last(model)
    if last is None:
        return "outputs that are probabilities"
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    name = type(last).__name__ + (f"(activation={activation!r})" if activation else "")
    return f"{name} as the last step, so that outputs are probabilities"


def _shape(sizes: tuple) -> str:
    return f"[{', '.join(map(str, sizes))}]"


def _shapes(tensors: list) -> str:
    return " and ".join(_shape(("batch", *tensor.shape[1:])) for tensor in tensors)
