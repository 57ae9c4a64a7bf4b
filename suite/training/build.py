"""Builds the Keras model and the optimizer of a configuration, and the model's initial weights."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import keras
import numpy as np

from suite import models
from suite.data.preprocessing import Prepared
from suite.models.augmentation import augment
from suite.models.check import Expected, checked
from suite.study.config import MODEL_FIELDS, Config
from suite.study.optimizers import OPTIMIZERS
from suite.training.compat import MENDED, is_seed, named_alike
from suite.training.streams import Streams, keras_seed


def build_model(config: Config, prepared: Prepared) -> keras.Model:
    """Builds the Keras model of a config, from preprocessed and normalised inputs to outputs.

    Args:
        config: whose `seed` decides the initial weights.
        prepared: decides the shapes of inputs and outputs.

    Returns:
        A model whose outputs are logits, or standardised targets [batch, num_outputs].

    Raises:
        ValueError: examples or a hyperparameter that the builder refuses, or a model of one's own that cannot
            be trained on them.
    """
    build, takes = models.builder(config.model), models.hyperparameters(config.model)
    chosen = {name: getattr(config, name) for name in MODEL_FIELDS if name in takes}
    settings: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    settings |= config.own_arguments | _data_arguments(config, prepared)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.dtype_policy)
    try:
        seed, is_own = Streams.of(config.seed).weights, models.is_own(config.model)
        with named_alike(), keras_seed(seed, tensorflow=is_own):
            model = build(input_shape=prepared.input_shape, num_outputs=prepared.num_outputs, **settings)
            if is_own:
                model = checked(model, expected(config, prepared))
            _scale_kernels(model, config.initial_scale)
            return augment(model, config.augmentation, prepared.input_shape)
    finally:
        keras.config.set_dtype_policy(before)


def _scale_kernels(model: keras.Model, factor: float) -> None:
    """Multiplies the initial kernels, those of the output layer too."""
    for variable in model.trainable_variables if factor != 1 else ():
        if variable.name.endswith("kernel"):
            variable.assign(factor * variable)


def expected(config: Config, prepared: Prepared) -> Expected:
    """Says what a model must take and give for a data set."""
    task, length = prepared.dataset.task, prepared.places or prepared.output_length
    outputs = {
        "classification": "logits, one for each class",
        "multilabel_classification": "logits, one for each label",
        "regression": "the standardised targets, one number for each"
        if prepared.dataset.targets
        else "the standardised target, one number",
        "quantile_regression": "quantiles of the standardised target, one number for each",
        "sequence_to_sequence": "logits, one for each token of the vocabulary at each place",
    }
    return Expected(
        name=config.model,
        input_shape=prepared.input_shape,
        vocabulary_size=prepared.vocabulary_size,
        output_shape=(length, prepared.num_outputs) if length else (prepared.num_outputs,),
        outputs=outputs[task],
    )


def _data_arguments(config: Config, prepared: Prepared) -> dict[str, int | bool | None]:
    """Gives what a builder is told of the data beyond their shape.

    Raises:
        ValueError: the builder does not take examples of this kind.
    """
    asked = models.data_arguments(config.model)
    given = {name: getattr(prepared, name) for name in models.DATA_ARGUMENTS}
    for name, words in models.DATA_ARGUMENTS.items():
        if given[name] and name not in asked:
            able = ", ".join(other for other in models.MODELS if name in models.data_arguments(other))
            raise ValueError(
                f"model={config.model!r} does not take {words}, as {config.dataset} has them."
                f" Use one of {able}. Received: examples of shape {prepared.input_shape}."
            )
    return {name: value for name, value in given.items() if name in asked}


def model_with_weights(config: Config, prepared: Prepared, weights: Sequence[np.ndarray]) -> keras.Model:
    """Builds the model of a config with the weights of its `Result`.

    Args:
        config: of the training.
        prepared: what it was trained on.
        weights: trainable variables, then the others.
    """
    model = build_model(config, prepared)
    assign(model, weights)
    return model


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """Gives a model's variables in the order in which the suite keeps weights: trainable, then the others."""
    return [*model.trainable_variables, *model.non_trainable_variables]


def assign(model: keras.Model, weights: Sequence[np.ndarray]) -> None:
    """Sets a model's variables, given in the order of `variables_of`."""
    for variable, value in zip(variables_of(model), weights, strict=True):
        variable.assign(value)


def build_optimizer(config: Config) -> keras.optimizers.Optimizer:
    """Builds the Keras optimizer of a config."""
    spec = OPTIMIZERS[config.optimizer]
    settings = dict(spec.arguments)
    for name, default in spec.hyperparameters.items():
        value = default if getattr(config, name) is None else getattr(config, name)
        settings |= dict.fromkeys(spec.names(name), value)
    cls = MENDED.get(spec.keras_class) or getattr(keras.optimizers, spec.keras_class)
    with named_alike():
        return cls(config.learning_rate, global_clipnorm=config.global_clipnorm, **settings)


def initial_weights(structure: Config, prepared: Prepared) -> tuple[np.ndarray, ...]:
    """Gives the variables of a new model as `variables_of` has them, states of seed generators apart.

    Replicate k of every optimizer starts from the same ones, so they are kept.
    """
    return _initial_weights(structure, prepared, models.version(structure.model))


@lru_cache(maxsize=256)
def _initial_weights(
    structure: Config, prepared: Prepared, _: models.own.Version | None
) -> tuple[np.ndarray, ...]:
    variables = variables_of(build_model(structure, prepared))
    return tuple(variable.numpy() for variable in variables if not is_seed(variable))
