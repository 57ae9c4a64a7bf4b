"""One compiled program per structure of training: whole epochs, evaluation included, on the device."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.models import is_own
from suite.study.config import OPTIMIZER_FIELDS, Config
from suite.study.identity import structure
from suite.training.arithmetic import arithmetic
from suite.training.build import build_model, build_optimizer, initial_weights
from suite.training.compat import caller, is_seed, starts_as_weights, stateless
from suite.training.feed import Data, Feed
from suite.training.gradient_steps import GradientSteps, State
from suite.training.program_inputs import traced_hyperparameters
from suite.training.split_metrics import Infer, SplitMetrics
from suite.training.stacking import stack
from suite.training.streams import Streams
from suite.training.task_loss import TaskLoss

TRACES: Counter[Config] = Counter()
"""Structure -> times that this process traced a program of it, whatever its lanes and its compiler."""


class Program:
    """Trains `lanes` configurations of one structure at once, in a function that TensorFlow compiles once.

    Attributes:
        structure: of the configurations, see `structure`.
        prepared: what they are trained on.
        lanes: trainings at once. Every tensor of state has a leading axis of so many, unless that is 1.
        xla: whether XLA compiles it.
        traces: times that TensorFlow traced it.
        model: gives the shapes of state; it has no training's weights.
        task_loss: what is minimised and measured.
        normalization: the layer before the model.
        steps: gradient steps between evaluations.
        device: `gpu` or `cpu`.
        needs_python: whether the model cannot even be traced by `fit`; known once `fallback_reason` was
            asked.
    """

    def __init__(self, config: Config, prepared: Prepared, *, lanes: int = 1, xla: bool = False):
        self.structure, self.prepared = structure(config), prepared
        self.lanes, self.xla, self.traces = lanes, xla, 0
        self.model = build_model(self.structure, prepared)
        self.task_loss = TaskLoss(prepared, config.loss, class_weight=config.class_weight)
        self.normalization = prepared.normalization
        self.steps = config.evaluate_every or prepared.examples // config.batch_size
        self.device = "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
        self.needs_python = False
        optimizer = stateless(build_optimizer(self.structure))
        optimizer.build(self.model.trainable_variables)
        self._optimizer_start = [variable.numpy() for variable in optimizer.variables]
        weights = [id(variable) for variable in starts_as_weights(optimizer)]
        self._weights_at = [i for i, v in enumerate(optimizer.variables) if id(v) in weights]
        self._graph = GradientSteps(self.model, optimizer, self.normalization, self.task_loss, lanes)
        self._fallback_reason: str | None = None
        self._segments: dict[tuple, Callable[[list[tf.Tensor]], tuple]] = {}
        self.test_sums = tf.function(self._graph.test_sums, autograph=False)
        self._outputs = tf.function(self._graph.outputs, autograph=False, reduce_retracing=True)

    def start(self, config: Config) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Gives the initial state of one training, from its own streams.

        Args:
            config: of the training.

        Returns:
            Trainable, non-trainable and optimizer variables.
        """
        same: dict[str, Any] = dict.fromkeys(OPTIMIZER_FIELDS)
        if not is_own(config.model):
            same["dropout"] = 0.0  # a mask draws no initial weight
        changed = {"optimizer": "sgd"}
        changed |= {name: getattr(config, name) for name in ("kernel_initializer", "initial_scale", "seed")}
        values = iter(initial_weights(self.structure.replace(**same, **changed), self.prepared))
        trainable = list(islice(values, len(self.model.trainable_variables)))
        rng = np.random.default_rng(Streams.of(config.seed).dropout)
        non_trainable = [
            rng.integers(0, 2**31, tuple(variable.shape)).astype(variable.dtype)
            if is_seed(variable)
            else next(values)
            for variable in self.model.non_trainable_variables
        ]
        return trainable, non_trainable, self.optimizer_start(trainable)

    def optimizer_start(self, trainable: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Gives the optimizer's variables before its first step.

        Args:
            trainable: the weights that it starts from.
        """
        values = list(self._optimizer_start)
        for place, weight in zip(self._weights_at, trainable, strict=False):
            values[place] = weight
        return values

    def inputs(self, config: Config) -> dict[str, np.ndarray]:
        """Gives the hyperparameters that the program takes as inputs, float32 scalars by name.

        Args:
            config: of one training.
        """
        values = traced_hyperparameters(config, build_optimizer(config))
        return {name: np.array(value, np.float32) for name, value in values.items()}

    @property
    def state_bytes(self) -> int:
        """Bytes of the state of one training."""
        variables = [*self.model.trainable_variables, *self.model.non_trainable_variables]
        weights = sum(math.prod(each.shape) * tf.as_dtype(each.dtype).size for each in variables)
        return weights + sum(value.nbytes for value in self._optimizer_start)

    @cached_property
    def split_metrics(self) -> SplitMetrics:
        """Measures by metrics that are no means over examples."""
        return SplitMetrics(self.prepared)

    def infer(self, weights: Sequence[np.ndarray]) -> Infer:
        """Gives a function from raw examples to outputs of the model with these weights.

        Args:
            weights: trainable, then other variables.
        """
        return lambda x: self._outputs(weights, tf.constant(x)).numpy()

    @property
    def facts(self) -> dict[str, str | int | bool]:
        """How it runs, for a Result."""
        return {
            "engine": "compiled",
            "xla": self.xla,
            "lanes": self.lanes,
            "traces": self.traces,
            "device": self.device,
            **arithmetic(),
        }

    def fallback_reason(self, feed: Feed) -> str | None:
        """Says why this model must be trained with `fit`; None if it can be traced.

        This traces it if need be.

        Args:
            feed: of `prepared`.
        """
        if self._segments or self._fallback_reason:
            return self._fallback_reason
        if type(self.model).train_step is not keras.Model.train_step:
            self._fallback_reason = f"{type(self.model).__name__} has a `train_step` of its own"
            return self._fallback_reason
        try:
            self._trace(feed)
        except (TypeError, AttributeError, NotImplementedError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            self._fallback_reason = f"{self.model.name} cannot be traced: {said[-1].strip()}"
            self.needs_python = True
        return self._fallback_reason

    def _trace(self, feed: Feed) -> None:
        """Traces and compiles without taking a step."""
        shape = (self.steps,) if self.lanes == 1 else (self.steps, self.lanes)
        state = stack([self.start(self.structure)] * self.lanes)
        hyperparameters = stack([self.inputs(self.structure)] * self.lanes)
        order, rates = np.zeros((*shape, self.structure.batch_size), np.int32), np.zeros(shape, np.float32)
        for piece in feed.pieces(order, rates, 0, evaluate=False):
            self.run(state, hyperparameters, *piece)

    def run(
        self,
        state: State,
        hyperparameters: dict[str, np.ndarray],
        data: Data,
        order: np.ndarray,
        rates: np.ndarray,
        steps: int,
        evaluate: bool = True,
    ) -> tuple[State, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Takes `steps` gradient steps and evaluates.

        Args:
            state, hyperparameters: as `start` and `inputs` give them, stacked over lanes.
            data, order, rates, steps, evaluate: as in `suite.training.feed.Piece`.

        Returns:
            As `suite.training.gradient_steps.GradientSteps.segment`.
        """
        chunks = data["chunks_y"].shape[1] if evaluate else 0
        arguments = state, hyperparameters, data, order, rates, steps, chunks
        tensors = [each if tf.is_tensor(each) else tf.constant(each) for each in tf.nest.flatten(arguments)]
        shapes = order.shape, data["x"].shape
        if shapes not in self._segments:
            self._segments[shapes] = self._compile(tf.nest.map_structure(lambda _: None, arguments), tensors)
        return self._segments[shapes](tensors)

    def _compile(self, structure: Any, tensors: list[tf.Tensor]) -> Callable[[list[tf.Tensor]], tuple]:
        """Compiles for arguments of these shapes, which are then given as a list of tensors."""

        def segment(*flat: tf.Tensor) -> tuple:
            self.traces += 1
            TRACES[self.structure] += 1
            return self._graph.segment(*tf.nest.pack_sequence_as(structure, flat))

        function = tf.function(segment, jit_compile=self.xla, autograph=False)
        return caller(function.get_concrete_function(*tensors))
