"""Describes what a config's model is made of: layers, outputs, parameters and floating-point operations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras

from suite.models import CLASSICS, MODELS
from suite.models.own import defines_build
from suite.names import one_of
from suite.study import catalog
from suite.study.config import Config
from suite.study.identity import architecture_key
from suite.study.prediction import Scalar
from suite.study.resolve import check, resolve
from suite.study.study import Study
from suite.training.build import build_model
from suite.training.load import prepared

GATES = {keras.layers.SimpleRNN: 1, keras.layers.GRU: 3, keras.layers.LSTM: 4}
"""Matrix products of one step, by recurrent layer."""


@dataclass(frozen=True)
class Row:
    """Describes one layer.

    Attributes:
        name: of the layer, behind those of the models that it is in.
        kind: its class.
        output: its shape with named axes.
        parameters: number of its weights.
        flops: of the forward pass of one example, see `describe`.
    """

    name: str
    kind: str
    output: str
    parameters: int
    flops: int


def configs(name: str | None, settings: Mapping[str, Scalar]) -> dict[str, Config]:
    """Returns the configs whose models differ, by label.

    Args:
        name: of a study or of a model; None: the defaults.
        settings: what is changed.

    Raises:
        ValueError: no such study or model, or a setting that is refused.
    """
    if name is None:
        return {str(settings.get("model") or "dense"): _checked(settings)}
    if name in MODELS or name in CLASSICS or defines_build(name):
        return {name: _checked({"model": name, **settings})}
    if not name.endswith(".py"):
        one_of("CONFIG", name, [*catalog.names(), *MODELS, *CLASSICS])
    title, study = catalog.find(name)
    if not isinstance(study, Study):
        raise ValueError(f"`CONFIG` expects a study with trainings. Received: {name}, a demonstration.")
    found: dict[str, tuple[str, Config]] = {}
    for case in resolve(study.replace(**settings)).cases:
        found.setdefault(architecture_key(case.config), (case.label, case.config))
    configs = dict(found.values())
    return configs if len(configs) > 1 else dict.fromkeys([title], *configs.values())


def _checked(settings: Mapping[str, Scalar]) -> Config:
    config = Config.model_validate(settings)
    check(config)
    return config


def of_config(config: Config) -> list[Row]:
    """`describe` of the model that a config builds on its data set.

    Raises:
        ValueError: the model does not take such data, a setting is refused, or the data cannot be had.
    """
    config = config.replace(batch_size=1, monitor="val_loss")  # which data refuse, but no model knows of
    return describe(build_model(config, prepared(config)))


def describe(model: keras.Model) -> list[Row]:
    """Each layer of a functional model, those of models inside it in their place.

    FLOPs are of matrix products and convolutions, a multiplication and an addition being 2; biases,
    activations, normalization, pooling and look-ups of embeddings do not count.
    """
    return list(_rows(model, "", model.outputs[0].shape[1]))


def _rows(model: keras.Model, prefix: str, length: int | None) -> Iterator[Row]:
    """`length` stands for time steps that are any number."""
    image = any(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _rows(layer, f"{prefix}{layer.name}/", length)
        elif not (prefix and isinstance(layer, keras.layers.InputLayer)):
            output = keras.tree.flatten(layer.output)[0]
            inputs = [_sizes(tensor, length) for tensor in keras.tree.flatten(layer.input)]
            sizes = _sizes(output, length)
            named = [f"{axis} {size}" for axis, size in zip(_axes(layer, output, image), sizes, strict=True)]
            flops = _flops(layer, inputs, sizes)
            yield Row(
                prefix + layer.name,
                type(layer).__name__,
                ", ".join(["batch", *named]),
                layer.count_params(),
                flops,
            )


def _sizes(tensor: keras.KerasTensor, length: int | None) -> tuple[Any, ...]:
    return tuple(length if size is None else size for size in tensor.shape[1:])


def _axes(layer: keras.Layer, output: keras.KerasTensor, image: bool) -> Sequence[str]:
    """Names of the axes behind the batch."""
    layers = keras.layers
    rank, convolutional = len(output.shape) - 1, (layers.Conv1D, layers.MaxPooling1D, layers.AveragePooling1D)
    if rank == 1:
        return ["features" if "float" in output.dtype else "time"]
    if rank == 2 and image and isinstance(layer, layers.InputLayer):
        return ["height", "width"]
    if rank == 2:
        return ["time", "channels" if isinstance(layer, convolutional) else "features"]
    return ["height", "width", "channels"] if rank == 3 else ["axis"] * rank


def _flops(layer: keras.Layer, inputs: list[tuple[int, ...]], output: tuple[int, ...]) -> int:
    """Of one example. `inputs`, `output`: shapes without the batch."""
    layers = keras.layers
    if isinstance(layer, layers.Dense | layers.Conv1D | layers.Conv2D):
        return 2 * prod(layer.kernel.shape) * prod(output[:-1])
    if isinstance(layer, layers.Bidirectional):
        return _flops(layer.forward_layer, inputs, output) + _flops(layer.backward_layer, inputs, output)
    if type(layer) in GATES:
        time, features = inputs[0]
        return 2 * GATES[type(layer)] * time * layer.units * (features + layer.units)
    if isinstance(layer, layers.MultiHeadAttention):
        (target, width), (source, features) = inputs[:2]
        inner = layer.num_heads * layer.key_dim
        projections = target * inner * 2 * width + source * inner * 2 * features
        return 2 * (projections + 2 * target * source * inner)
    if isinstance(layer, layers.Attention):
        (target, _), (source, values), (_, keys) = inputs[:3]
        return 2 * target * source * (keys + values)
    return 0
