"""Private parts of Keras and TensorFlow: each is named here, and fails here where a library changes it."""

import ast
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer

from suite.models.layers import Dropout
from suite.study.config import Config
from suite.training import compat
from suite.training.build import build_model, build_optimizer
from suite.training.compat import STATELESS_METHODS, NonZero, caller, is_seed, named_alike, stateless
from suite.training.load import prepared

SUITE = Path(__file__).parents[2] / "suite"
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Adafactor", "Lamb", "Muon")
X = np.random.default_rng(0).normal(size=(16, 5)).astype("float32")


def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(3)])


def gradients(model: keras.Model, weights: list[tf.Tensor]) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs, _ = model.stateless_call(weights, [], X)
        loss = tf.reduce_mean(outputs**2)
    return [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, weights)]


def applied(optimizer: keras.optimizers.Optimizer, steps: int = 3) -> list[np.ndarray]:
    """Weights after Keras's own `apply`."""
    trained = model()
    optimizer.build(trained.trainable_variables)
    for _ in range(steps):
        optimizer.apply(gradients(trained, [variable.value for variable in trained.trainable_variables]))
    return [variable.numpy() for variable in trained.trainable_variables]


def applied_statelessly(optimizer: keras.optimizers.Optimizer, steps: int = 3) -> list[np.ndarray]:
    """Weights after `stateless_apply` in a graph."""
    trained = model()
    optimizer.build(trained.trainable_variables)
    step = tf.function(
        lambda weights, state: optimizer.stateless_apply(state, gradients(trained, weights), weights),
        autograph=False,
    )
    weights, state = (
        [tf.convert_to_tensor(variable) for variable in variables]
        for variables in (trained.trainable_variables, optimizer.variables)
    )
    for _ in range(steps):
        weights, state = step(weights, state)
    return [weight.numpy() for weight in weights]


@pytest.mark.parametrize("name", STATELESS_METHODS)
def test_the_base_optimizer_has_the_method(name):
    assert callable(vars(BaseOptimizer)[name]), f"compat.stateless stands on BaseOptimizer.{name}"


@pytest.mark.parametrize("name", STATELESS_METHODS)
def test_the_tensorflow_optimizer_replaces_it_so_that_the_copy_is_needed(name):
    assert getattr(keras.optimizers.Adam, name) is not vars(BaseOptimizer)[name], f"{name} needs no copy"


def test_keras_itself_refuses_stateless_apply():
    with pytest.raises(ValueError, match="stateless_apply is not supported with the TensorFlow backend"):
        applied_statelessly(keras.optimizers.SGD())


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"weight_decay": 0.01, "global_clipnorm": 0.1}], ids=["plain", "decay"])
def test_a_stateless_optimizer_does_what_keras_does(name, more):
    optimizer = getattr(keras.optimizers, name)(learning_rate=0.01, **more)
    found = applied_statelessly(stateless(optimizer))
    for ours, theirs in zip(found, applied(optimizer), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_learning_rate_is_one_of_the_variables_of_an_optimizer():
    """`GradientSteps` finds its place by the public property."""
    optimizer = stateless(keras.optimizers.Adam(0.01))
    optimizer.build(model().trainable_variables)
    assert [variable is optimizer.learning_rate for variable in optimizer.variables].count(True) == 1


MOMENTA = [("SGD", {}), ("SGD", {"nesterov": True}), ("RMSprop", {})]


@pytest.mark.parametrize(("name", "settings"), MOMENTA, ids=str)
def test_keras_asks_in_python_whether_a_momentum_is_0(name, settings):
    optimizer = stateless(getattr(keras.optimizers, name)(0.01, momentum=0.9, **settings))

    def traced(momentum: tf.Tensor) -> None:
        optimizer.momentum = momentum
        applied_statelessly(optimizer, steps=1)

    with pytest.raises(TypeError, match=r"symbolic `tf.Tensor` as a Python `bool`"):
        tf.function(traced, autograph=False)(tf.constant(0.9))


@pytest.mark.parametrize(("name", "settings"), MOMENTA, ids=str)
def test_a_momentum_that_is_never_0_is_what_a_number_is(name, settings):
    optimizer = getattr(keras.optimizers, name)(0.01, momentum=0.9, **settings)
    traced = stateless(optimizer)
    traced.momentum = NonZero(tf.constant(0.9))
    for ours, theirs in zip(applied_statelessly(traced), applied(optimizer), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_schedule_free_adamw_of_keras_takes_other_steps_on_tensorflow():
    """Both by hand in test_optimizer_state.py. Where Keras mends it, ours is to be deleted."""
    ours, theirs = (cls(0.1) for cls in (compat.ScheduleFreeAdamW, keras.optimizers.ScheduleFreeAdamW))
    statelessly = applied_statelessly(stateless(theirs))
    for mended, applied_, traced in zip(applied(ours), applied(theirs), statelessly, strict=True):
        np.testing.assert_allclose(mended, traced, rtol=1e-5, atol=1e-6)
        assert not np.allclose(mended, applied_, atol=1e-4)


def test_schedule_free_adamw_has_a_momentum_and_a_velocity_of_each_weight():
    optimizer, trained = compat.ScheduleFreeAdamW(0.1), model()
    optimizer.build(trained.trainable_variables)
    for place, weight in enumerate(trained.trainable_variables):
        assert optimizer._get_variable_index(weight) == place
        np.testing.assert_array_equal(optimizer._momentums[place], weight)
        assert optimizer._velocities[place].shape == weight.shape
    assert compat.starts_as_weights(optimizer) == optimizer._momentums
    assert compat.starts_as_weights(keras.optimizers.Adam()) == []


def test_tensorflow_makes_a_tensor_of_what_has_tf_tensor():
    """`__tf_tensor__` is a protocol that no page of TensorFlow's documentation promises."""
    assert tf.convert_to_tensor(NonZero(tf.constant(0.5)), tf.float16).dtype == tf.float16
    assert float(tf.constant(2.0) * NonZero(tf.constant(0.5))) == 1.0


def traced() -> tf.types.experimental.ConcreteFunction:
    variable = tf.Variable(2.0)
    function = tf.function(lambda x, y: (variable * x, {"sum": x + y}))
    return function.get_concrete_function(tf.constant(1.0), tf.constant(1.0))


def test_a_concrete_function_has_inference_fn_call_preflattened():
    concrete = traced()
    assert callable(concrete.inference_fn.call_preflattened), (
        "compat.caller falls back to the slower public call"
    )
    product, other = caller(concrete)([tf.constant(3.0), tf.constant(4.0)])
    assert (float(product), float(other["sum"])) == (6.0, 7.0)


def test_without_it_the_public_call_gives_the_same():
    class Public:
        """A concrete function of a TensorFlow without `inference_fn`."""

        def __init__(self, concrete):
            self._concrete = concrete

        def __call__(self, *tensors):
            return self._concrete(*tensors)

    product, other = caller(Public(traced()))([tf.constant(3.0), tf.constant(4.0)])
    assert (float(product), float(other["sum"])) == (6.0, 7.0)


def test_states_of_seed_generators_are_known_by_their_name_and_nothing_else_is():
    inputs = keras.Input((4,), name="seed_generator")
    x = keras.layers.BatchNormalization(name="seed_generator_norm")(inputs)
    x = keras.layers.GaussianNoise(0.1)(keras.layers.Dropout(0.5)(Dropout(0.5)(x)))
    built = keras.Model(inputs, x)
    found = [is_seed(variable) for variable in built.non_trainable_variables]
    states = {
        tuple(variable.shape) == (2,) for variable in built.non_trainable_variables if is_seed(variable)
    }
    assert (found.count(True), found.count(False), states) == (3, 2, {True})
    assert keras.random.SeedGenerator(7).state.name == keras.random.SeedGenerator(8, name="own").state.name


def test_keras_counts_names_on_and_named_alike_counts_them_anew():
    def names() -> list[str]:
        layer, optimizer = keras.layers.Dense(1), keras.optimizers.Adam()
        layer.build((None, 2))
        return [variable.path for variable in [*layer.variables, *optimizer.variables]]

    first = names()
    with named_alike():
        alike = names()
        assert set(names()).isdisjoint(alike)
    with named_alike():
        assert names() == alike
    assert alike == ["dense/kernel", "dense/bias", "adam/iteration", "adam/learning_rate"]
    assert set(names()).isdisjoint([*first, *alike])


@pytest.mark.parametrize("name", ["dense", "conv", "rnn", "transformer"])
def test_models_and_optimizers_of_one_structure_have_the_same_names(name):
    """TensorFlow keeps memory for each name, for good."""
    config = Config(dataset="digits", model=name, augmentation="flip", optimizer="lamb")
    data = prepared(config)

    def names(seed: int) -> list[str]:
        of_seed = config.replace(seed=seed)
        model, optimizer = build_model(of_seed, data), build_optimizer(of_seed)
        optimizer.build(model.trainable_variables)
        return [variable.path for variable in [*model.variables, *optimizer.variables]]

    assert names(0) == names(1)


def test_dropout_has_a_seed_generator():
    """`suite.models.layers.Dropout` draws its key from it."""
    assert isinstance(keras.layers.Dropout(0.5).seed_generator, keras.random.SeedGenerator)


FILES = sorted(path for path in SUITE.rglob("*.py") if path != Path(compat.__file__))
NAMES = {"seed_generator_state", "seed_generator", "inference_fn", "call_preflattened"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE)))
def test_no_other_file_uses_a_private_part(path):
    assert private_parts(ast.parse(path.read_text())) == []


EXCEPTIONS = ("os._exit", "executor._processes", "trials[number]._trial_id", "worker._worker_logs_enabled")
"""A documented function of Python; and, in `suite.running`, the processes to end when the command is
interrupted, how Optuna names a trial in its store, and a switch of Ray that is set where it is there."""


def private_parts(tree: ast.Module) -> list[str]:
    """What a module uses of other packages' private parts, as it is written.

    These are attributes that begin with _, but for those of `self`, `cls` and of the module's own methods;
    imports of `keras.src` and of `tensorflow.python`; and the names of NAMES.
    """
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    found = []
    for node in nodes:
        text = ast.unparse(node) if isinstance(node, ast.expr) else ""
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            found += [name for name in names if name.startswith(("keras.src", "tensorflow.python"))]
        elif isinstance(node, ast.Constant) and node.value in NAMES:
            found.append(text)
        elif isinstance(node, ast.Attribute) and not text.startswith(EXCEPTIONS):
            is_private = node.attr.startswith("_") and not node.attr.startswith("__") and node.attr not in own
            if ast.unparse(node.value) not in ("self", "cls") and (is_private or node.attr in NAMES):
                found.append(text)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A:\n    def f(self):\n        return self._x + self.f.b._y", ["self.f.b._y"]),
        ("optimizer._learning_rate", ["optimizer._learning_rate"]),
        ("class A:\n    def _f(self, other):\n        return other._f", []),
        ("from keras.src import losses\nimport tensorflow.python", ["keras.src", "tensorflow.python"]),
        ("'seed_generator' in variable.path", ["'seed_generator'"]),
        ("concrete.inference_fn(x)", ["concrete.inference_fn"]),
        ("x.__class__", []),
        ("from keras import ops", []),
    ],
)
def test_private_parts_are_seen(code, expected):
    assert private_parts(ast.parse(code)) == expected
