"""One compiled program per structure of training: whole epochs, evaluation included, on the device."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice

import keras
import numpy as np
import tensorflow as tf

from suite import models
from suite.data.preprocessing import Prepared
from suite.models import is_own
from suite.models.augmentation import augment
from suite.study import optimizers
from suite.study.config import MODEL_FIELDS, PROGRAM_INPUTS, Config
from suite.training.feed import Feed
from suite.training.functional import stateless, traced_values, with_values
from suite.training.objective import Objective
from suite.training.streams import Streams, keras_seed

DIVERGENCE_BOUND = 1e4
"""A batch loss above this (or not finite) ends a training as diverged."""

TRACES: Counter[Config] = Counter()
"""Structure -> times that this process traced a program of it, whatever its lanes and its compiler."""

_UNKNOWN = object()

_OPTIMIZER_FIELDS = ("momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay")
_NO_SCALARS = dict.fromkeys(_OPTIMIZER_FIELDS)


def build_model(config: Config, prepared: Prepared) -> keras.Model:
    """The Keras model of a config, from preprocessed and normalised inputs to outputs (logits, or a standardised target),
    with initial weights from `config.seed`.

    Raises:
        ValueError: examples or a hyperparameter that the builder refuses.
    """
    build, takes = models.builder(config.model), models.hyperparameters(config.model)
    chosen = {name: getattr(config, name) for name in MODEL_FIELDS if name in takes}
    settings = {name: value for name, value in chosen.items() if value is not None} | _data_arguments(
        config, prepared
    )
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.dtype_policy)
    try:
        with keras_seed(Streams.of(config.seed).weights):
            model = build(input_shape=prepared.input_shape, num_outputs=prepared.num_outputs, **settings)
            return augment(model, config.augmentation)
    finally:
        keras.config.set_dtype_policy(before)


def _data_arguments(config: Config, prepared: Prepared) -> dict[str, int | bool]:
    """What a builder is told of the data beyond their shape.

    Raises:
        ValueError: the builder does not take examples of this kind.
    """
    asked = models.data_arguments(config.model)
    given = {name: getattr(prepared, name) for name in models.DATA_ARGUMENTS}
    for name, words in models.DATA_ARGUMENTS.items():
        if given[name] and name not in asked:
            able = ", ".join(name_ for name_ in models.MODELS if name in models.data_arguments(name_))
            raise ValueError(
                f"model={config.model!r} does not take {words}, as {config.dataset} has them. Use one of {able}."
                f" Received: examples of shape {prepared.input_shape}."
            )
    return {name: value for name, value in given.items() if name in asked}


def model_with_weights(config: Config, prepared: Prepared, weights: Sequence[np.ndarray]) -> keras.Model:
    """The model of a config with the weights of its `Result`: trainable variables, then the others."""
    model = build_model(config, prepared)
    for variable, value in zip(
        [*model.trainable_variables, *model.non_trainable_variables], weights, strict=True
    ):
        variable.assign(value)
    return model


def build_optimizer(config: Config) -> keras.optimizers.Optimizer:
    """The Keras optimizer of a config."""
    scalars = {name: getattr(config, name) for name in _OPTIMIZER_FIELDS}
    return optimizers.build(
        config.optimizer,
        learning_rate=config.learning_rate,
        global_clipnorm=config.global_clipnorm,
        **scalars,
    )


@lru_cache(maxsize=256)
def initial_weights(structure: Config, prepared: Prepared) -> tuple[np.ndarray, ...]:
    """Trainable, then non-trainable variables of a new model, dropout's seeds apart. Replicate k of every optimizer starts
    from the same ones, so they are kept."""
    model = build_model(structure, prepared)
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    return tuple(v.numpy() for v in variables if "seed_generator" not in v.path)


def structure_of(config: Config) -> Config:
    """`config` with everything that its compiled program takes as input set to one value: equal structures share a program."""
    optimizer = build_optimizer(config)
    same = {name: Config.model_fields[name].default for name in PROGRAM_INPUTS}
    for name in optimizers.OPTIMIZERS[config.optimizer].hyperparameters:
        value = getattr(optimizer, name, None)
        same[name] = None if value is None else 0.0 if (name == "momentum" and value == 0) else 0.5
    if is_own(config.model):  # its layers are Keras's, which take these as Python constants
        same |= {name: getattr(config, name) for name in ("dropout", "l1", "l2")}
    else:
        same |= {"dropout": 0.5 if config.dropout else 0.0, "l2": 0.5 if config.l1 or config.l2 else 0.0}
    return config.replace(**same)


class Program:
    """Trains `lanes` configurations of one structure at once.

    Every tensor of state has a leading axis of `lanes`, unless that is 1. `traces` counts how often TensorFlow traced it.
    """

    def __init__(self, config: Config, prepared: Prepared, *, lanes: int = 1, xla: bool = False):
        self.structure, self.prepared, self.lanes, self.xla, self.traces = (
            structure_of(config),
            prepared,
            lanes,
            xla,
            0,
        )
        self.model, self.objective = build_model(self.structure, prepared), Objective(prepared)
        self.optimizer = stateless(build_optimizer(self.structure))
        self.optimizer.build(self.model.trainable_variables)
        self.normalization = prepared.normalization
        self.steps = config.evaluate_every or prepared.examples // config.batch_size
        self._optimizer_start = [v.numpy() for v in self.optimizer.variables]
        self._learning_rate_at = next(
            i for i, v in enumerate(self.optimizer.variables) if v is self.optimizer._learning_rate
        )
        self.device = "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
        self.needs_python = False
        self._fallback_reason = _UNKNOWN
        self._segments: dict[tuple, Callable[[list[tf.Tensor]], tuple]] = {}
        self.sums = tf.function(self._sums, autograph=False)

    def start(self, config: Config) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Initial state of one training: trainable, non-trainable and optimizer variables, for its own streams."""
        same = dict(_NO_SCALARS) | (
            {} if is_own(config.model) else {"dropout": 0.0}
        )  # a mask draws no initial weight
        changed = {"optimizer": "sgd", "kernel_initializer": config.kernel_initializer, "seed": config.seed}
        own = self.structure.replace(**same, **changed)
        values = iter(initial_weights(own, self.prepared))
        trainable = list(islice(values, len(self.model.trainable_variables)))
        rng = np.random.default_rng(Streams.of(config.seed).dropout)
        rest = [
            rng.integers(0, 2**31, tuple(variable.shape)).astype(variable.dtype)
            if "seed_generator" in variable.path
            else next(values)
            for variable in self.model.non_trainable_variables
        ]
        return trainable, rest, list(self._optimizer_start)

    def inputs(self, config: Config) -> dict[str, np.ndarray]:
        """The hyperparameters of one training that the program takes as inputs."""
        return {k: np.array(v, np.float32) for k, v in traced_values(config, build_optimizer(config)).items()}

    @property
    def facts(self) -> dict[str, str | int | bool]:
        """How it runs, for a Result."""
        return {
            "engine": "compiled",
            "xla": self.xla,
            "lanes": self.lanes,
            "traces": self.traces,
            "device": self.device,
        }

    def fallback_reason(self, feed: Feed) -> str | None:
        """Why this model must be trained with `fit`; None if the program can be traced, which this does if need be."""
        if self._fallback_reason is _UNKNOWN:
            self._fallback_reason = None
            if type(self.model).train_step is not keras.Model.train_step:
                self._fallback_reason = f"{type(self.model).__name__} has a `train_step` of its own"
            else:
                try:
                    self._probe(feed)
                except (TypeError, AttributeError, NotImplementedError) as error:
                    self._fallback_reason = (
                        f"{self.model.name} cannot be traced: {str(error).strip().splitlines()[-1].strip()}"
                    )
                    self.needs_python = True
        return self._fallback_reason

    def _probe(self, feed: Feed) -> None:
        """Traces and compiles without taking a step."""
        shape = (self.steps,) if self.lanes == 1 else (self.steps, self.lanes)
        stack = (lambda value: value) if self.lanes == 1 else (lambda value: np.stack([value] * self.lanes))
        state, values = tf.nest.map_structure(
            stack, (self.start(self.structure), self.inputs(self.structure))
        )
        order, rates = np.zeros((*shape, self.structure.batch_size), np.int32), np.zeros(shape, np.float32)
        for piece in feed.pieces(order, rates, 0, evaluate=False):
            self.run(state, values, *piece)

    def run(
        self, state, values, data, order: np.ndarray, rates: np.ndarray, steps: int, evaluate: bool = True
    ):
        """Takes `steps` gradient steps and evaluates.

        Args:
            state, values: as `start` and `inputs` give them, stacked over lanes.
            data: tensors by name, as a `Feed` gives them.
            order: [length, lanes, batch] int32 places in `data` (no lane axis when lanes is 1).
            rates: [length, lanes] float32 learning rates.
            steps: at most length. evaluate: False skips the evaluation.

        Returns:
            state, and per lane: mean batch loss, whether it stayed finite and below DIVERGENCE_BOUND, and
            [lanes, 4] the first four of the task's curves.
        """
        chunks = data["chunks_y"].shape[1] if evaluate else 0
        arguments = state, values, data, order, rates, steps, chunks
        tensors = [each if tf.is_tensor(each) else tf.constant(each) for each in tf.nest.flatten(arguments)]
        shapes = order.shape, data["x"].shape
        if shapes not in self._segments:
            self._segments[shapes] = self._compile(tf.nest.map_structure(lambda _: None, arguments), tensors)
        return self._segments[shapes](tensors)

    def _compile(self, structure, tensors: list[tf.Tensor]) -> Callable[[list[tf.Tensor]], tuple]:
        """`_trace_segment` for flat arguments of these shapes, without the millisecond that a `tf.function` takes a call to find
        out that it knows them: as long as five steps of a small model."""
        function = tf.function(
            lambda *flat: self._trace_segment(*tf.nest.pack_sequence_as(structure, flat)),
            jit_compile=self.xla,
            autograph=False,
        )
        concrete = function.get_concrete_function(*tensors)
        return lambda flat: concrete.inference_fn.call_preflattened([*flat, *concrete.captured_inputs])

    def _sums(self, weights, x, y, weight):
        """[3]: weighted sums of `Objective.test_scores` of one model over a chunk of examples."""
        count = len(self.model.trainable_variables)
        logits, _ = self.model.stateless_call(
            weights[:count], weights[count:], self.normalization(x), training=False
        )
        return tf.linalg.matvec(self.objective.test_scores(y, logits), weight)

    def _trace_segment(self, state, values, data, order, rates, steps, chunks):
        self.traces += 1
        TRACES[self.structure] += 1
        shape = [] if self.lanes == 1 else [self.lanes]

        def body(step, state, total, alive):
            index = order[step]
            batch = (state, values, tf.gather(data["x"], index), tf.gather(data["y"], index), rates[step])
            state, loss = self._over_lanes(self._step, batch)
            return step + 1, state, total + loss, alive & (loss < DIVERGENCE_BOUND)

        def goes_on(step, state, total, alive):
            return (step < steps) & tf.reduce_any(alive)

        begin = (tf.constant(0), state, tf.zeros(shape), tf.ones(shape, tf.bool))
        step, state, total, alive = tf.while_loop(goes_on, body, begin)
        metrics = self._evaluate(state, data, chunks)
        return (
            state,
            total / tf.cast(tf.maximum(step, 1), tf.float32),
            alive & tf.reduce_all(tf.math.is_finite(metrics), -1),
            metrics,
        )

    def _over_lanes(self, function, arguments):
        return function(arguments) if self.lanes == 1 else tf.vectorized_map(function, arguments)

    def _step(self, arguments):
        """One gradient step of one lane."""
        (trainable, rest, slots), values, x, y, rate = arguments
        slots = [rate if i == self._learning_rate_at else slot for i, slot in enumerate(slots)]
        with with_values(self.model, self.optimizer, values):
            with tf.GradientTape() as tape:
                tape.watch(trainable)
                logits, rest, penalties = self.model.stateless_call(
                    trainable, rest, self.normalization(x), training=True, return_losses=True
                )
                loss = self.objective.mean_loss(y, logits) + sum(penalties)
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, trainable)]
            trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
        return (trainable, rest, slots), loss

    def _evaluate(self, state, data, chunks):
        """[lanes, 4] loss and metric of the training and the validation examples, in inference mode."""
        x, y, weight = data["chunks_x"], data["chunks_y"], data["chunks_weight"]
        flat = [2 * y.shape[2]]

        def body(chunk, sums):
            examples = self.normalization(tf.reshape(x[:, chunk], flat + x.shape[3:]))

            def lane(variables):
                logits, _ = self.model.stateless_call(*variables, examples, training=False)
                return self.objective.scores(tf.reshape(y[:, chunk], flat + y.shape[3:]), logits)

            each = tf.reshape(self._over_lanes(lane, state[:2]), [-1, 2, 2, y.shape[2]])
            return chunk + 1, sums + tf.einsum("lmse,se->lms", each, weight[:, chunk])

        _, sums = tf.while_loop(
            lambda chunk, _: chunk < chunks, body, (tf.constant(0), tf.zeros([self.lanes, 2, 2]))
        )
        metrics = tf.reshape(sums / tf.reduce_sum(weight, [1, 2]), [self.lanes, 4])
        return metrics[0] if self.lanes == 1 else metrics
