"""The engine against Keras's own `fit`, against itself, and against results known beforehand."""

import itertools
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_tasks import TINY

from suite import Config
from suite.study.config import SCHEDULES
from suite.study.identity import structure
from suite.study.optimizers import OPTIMIZERS
from suite.training import build
from suite.training.build import build_model, build_optimizer, model_with_weights
from suite.training.cache import program_for
from suite.training.engine import train, train_many
from suite.training.load import load, prepared
from suite.training.plan import Plan, race_or_infinity
from suite.training.program import TRACES, Program
from suite.training.schedule import learning_rates
from suite.training.streams import Streams, batches, keras_seed

DIGITS = Config(
    dataset="digits", train_size=256, validation_size=128, batch_size=64, epochs=3, width=16, depth=1
)
FAMILIES = {
    "dense": {"normalization": "batch", "dropout": 0.3, "l2": 1e-3},
    "conv": {"width": 4, "normalization": "layer"},
    "rnn": {"cell": "gru", "width": 6, "dropout": 0.2},
    "transformer": {"width": 8, "num_heads": 2, "activation": "gelu", "dropout": 0.1},
}


TASKS = {  # kind of data -> its loss, in Keras's terms, and models
    "regression": (keras.losses.MeanSquaredError(), [{"model": "dense", "width": 8, "l2": 1e-3}]),
    "texts": (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        [
            {"model": "rnn", "cell": "lstm", "width": 6, "dropout": 0.2},
            {
                "model": "transformer",
                "width": 8,
                "num_heads": 2,
                "depth": 1,
                "dropout": 0.1,
                "positional_encoding": "learned",
            },
        ],
    ),
    "sequences": (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        [{"model": "rnn", "cell": "gru", "width": 6}],
    ),
    "pairs": (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
        [{"model": "seq2seq", "attention": "luong", "width": 8, "bidirectional": False, "dropout": 0.1}],
    ),
}


def fit(config: Config, dataset=None, loss=None) -> list[np.ndarray]:
    """Weights after Keras's `fit` from the same initial weights, over the same batches. Step by step: a dozen
    are not worth a graph."""
    dataset = prepared(config, dataset)
    program = program_for(structure(config), dataset, 1, False)
    model = build_model(config, dataset)
    trainable, non_trainable, _ = program.start(config)
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    for variable, value in zip(variables, [*trainable, *non_trainable], strict=True):
        variable.assign(value)
    steps = config.epochs * (len(dataset.train) // config.batch_size)
    order = batches(Streams.of(config.seed).order, len(dataset.train), config.batch_size)
    index = np.concatenate(list(itertools.islice(order, steps)))
    optimizer = build_optimizer(config)
    apply = optimizer.apply

    def summed(gradients, variables):
        """Keras on TensorFlow squares the gradient of an embedding occurrence by occurrence; it ought to add
        them up first."""
        return apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)

    optimizer.apply = summed
    model.compile(
        optimizer, loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True
    )
    x, y = np.asarray(program.normalization(dataset.train.x)), dataset.train.y
    if dataset.dataset.task == "regression":  # `regression` of tiny_tasks, whose logarithm is learned
        y = (np.log(y) - np.log(y).mean()) / np.log(y).std()
    model.fit(x[index], y[index], batch_size=config.batch_size, shuffle=False, verbose=0)
    return [variable.numpy() for variable in variables]


OF_SHAPES = ("sgd", "adamw", "adafactor", "lamb", "muon")
"""Those that see the shape of what they train, and two that do not: the others take each weight by itself."""


@pytest.mark.parametrize(
    ("model", "optimizer"),
    [(model, name) for model in FAMILIES for name in (OPTIMIZERS if model == "dense" else OF_SHAPES)],
)
def test_weights_equal_those_of_fit(model, optimizer):
    config = DIGITS.replace(
        model=model,
        optimizer=optimizer,
        learning_rate=0.01,
        checkpoint="last",
        train_size=128,
        **FAMILIES[model],
    )
    if "epsilon" in OPTIMIZERS[optimizer].hyperparameters:
        config = config.replace(
            epsilon=1e-3
        )  # the default turns rounding errors of near-zero gradients into steps
    assert_equal_weights(config, train(config, weights=True))


@pytest.mark.parametrize(
    ("kind", "settings"), [(kind, s) for kind, (_, models) in TASKS.items() for s in models], ids=str
)
def test_weights_equal_those_of_fit_and_figures_their_definitions_for_every_task(kind, settings):
    dataset = TINY[kind]()
    config = Config(
        dataset="digits",
        batch_size=32,
        epochs=3,
        learning_rate=0.01,
        epsilon=1e-3,
        checkpoint="last",
        **settings,
    )
    result = train(config, dataset=dataset, weights=True, test=True)
    assert_equal_weights(config, result, dataset, TASKS[kind][0])
    data = prepared(config, dataset)
    last = {
        name.replace("val", "test"): curve[-1]
        for name, curve in result.curves.items()
        if name.startswith("val")
    }
    for split, found in ((data.test, result.test), (data.validation, last)):
        model = model_with_weights(config, data, result.weights)
        by_hand = figures(dataset, split.y, np.array(model(data.normalization(split.x), training=False)))
        assert found == pytest.approx({name: by_hand[name] for name in found}, rel=1e-4)
    assert len(result.test) == (4 if kind == "regression" else 2)


def figures(dataset, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """By their definitions; padding of a target, which is 0, does not count."""
    if dataset.task == "regression":
        logs = np.log(dataset.train.y)
        predicted = outputs[:, 0] * logs.std() + logs.mean()
        squares, errors = (np.log(y) - predicted) ** 2, np.abs(y - np.exp(predicted))
        figures = {
            "loss": squares.mean() / logs.var(),
            "mae": errors.mean(),
            "rmse": np.mean(errors**2) ** 0.5,
        }
        figures["r2"] = 1 - squares.mean() / np.log(y).var()
    else:
        counts = np.ones(y.shape, bool) if dataset.task == "classification" else y != 0
        logs = tf.nn.log_softmax(outputs).numpy()
        losses = -np.take_along_axis(logs, y[..., None], axis=-1)[..., 0]
        figures = {"loss": losses[counts].mean(), "accuracy": (outputs.argmax(-1) == y)[counts].mean()}
    return {f"test_{name}": float(value) for name, value in figures.items()}


def assert_equal_weights(config: Config, result, dataset=None, loss=None) -> None:
    variables = build_model(config, prepared(config, dataset))
    paths = [v.path for v in [*variables.trainable_variables, *variables.non_trainable_variables]]
    for path, ours, theirs in zip(paths, result.weights, fit(config, dataset, loss), strict=True):
        no_gradient = (
            "/key/bias" in path
        )  # softmax ignores it: its gradient is rounding error, of which Lion takes the sign
        if ours.dtype == np.float32 and not no_gradient:
            np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4, err_msg=path)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "momentum", "momentum": 0.97},
        {"optimizer": "adam", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4},
        {"optimizer": "adamw", "weight_decay": 0.3},
        {"optimizer": "rmsprop", "rho": 0.7, "momentum": 0.5},
        {"optimizer": "muon", "momentum": 0.5, "beta_1": 0.8, "beta_2": 0.99, "weight_decay": 0.3},
        {"optimizer": "adafactor", "beta_2_decay": -0.5, "clip_threshold": 0.5},
        {"optimizer": "schedule_free_adamw", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4},
        {"optimizer": "sgd", "global_clipnorm": 0.1},
        {"augmentation": "flip", "model": "conv", "width": 4},
        {"dropout": 0.6, "l1": 0.003, "l2": 0.02, "kernel_initializer": "he_normal"},
    ],
    ids=lambda settings: "-".join(settings),
)
def test_hyperparameters_given_as_inputs_act_as_in_fit(settings):
    """The second training reuses the program of the first, which was traced with other values."""
    first = DIGITS.replace(**settings, checkpoint="last", learning_rate=0.003)
    changed = {
        "momentum": 0.6,
        "beta_1": 0.95,
        "beta_2": 0.9,
        "epsilon": 1e-2,
        "weight_decay": 0.01,
        "rho": 0.95,
        "beta_2_decay": -0.9,
        "clip_threshold": 0.1,
        "dropout": 0.2,
    }
    changed |= {"l1": 0.001, "l2": 0.001, "global_clipnorm": settings.get("global_clipnorm")}
    second = first.replace(
        **{name: changed[name] for name in settings if name in changed}, learning_rate=0.02, seed=5
    )
    for config in (first, second):
        result = train(config, weights=True)
        assert result.program["traces"] == 1
        assert_equal_weights(config, result)


@pytest.mark.parametrize(
    ("model", "xla"),
    [
        ("dense", False),
        ("dense", True),
        ("conv", False),
        ("conv", True),
        ("rnn", False),
        ("transformer", False),
        pytest.param("transformer", True, marks=pytest.mark.long),
    ],
)  # compiling a stacked recurrent network with XLA takes a minute
def test_stacked_trainings_equal_solo_ones(model, xla):
    """The Transformer's are texts: tokens, with padding."""
    base, dataset = DIGITS.replace(model=model, **FAMILIES[model]), None
    if model == "transformer":
        base, dataset = base.replace(batch_size=32, train_size=None, validation_size=None), TINY["texts"]()
    configs = [base.replace(learning_rate=rate, seed=seed) for seed, rate in enumerate((1e-3, 1e-2, 3e-3))]
    solo, stacked = (dict(train_many(configs, dataset=dataset, lanes=lanes, xla=xla)) for lanes in (1, 2))
    for index in range(len(configs)):
        assert stacked[index].program["lanes"] == 2
        for name, curve in solo[index].curves.items():
            np.testing.assert_allclose(stacked[index].curves[name], curve, rtol=2e-3, atol=2e-3, err_msg=name)


def test_a_model_that_tensorflow_cannot_stack_trains_alone(caplog):
    """Its gradient has a loop over lists, of which TensorFlow's vectoriser makes a TypeError."""
    dataset = TINY["pairs"]()
    config = Config(dataset="digits", model="seq2seq", width=4, batch_size=32)
    alone, stacked = Plan(False, 1, {"plain": 5.0}), Plan(False, 2, {})
    assert race_or_infinity(config, prepared(config, dataset), alone, stacked) == (5.0, np.inf)
    assert not [record for record in caplog.records if record.name == "tensorflow"]


@pytest.mark.parametrize(
    ("batch_sizes", "optimizers"), [((64,), ("adamw",)), ((16, 32, 64), ("adamw", "momentum"))]
)
def test_a_search_is_traced_once_a_batch_size_and_optimizer(batch_sizes, optimizers):
    """20 trials of one model shape, one after the other as they come, in one process."""
    rng = np.random.default_rng(0)
    scalars = {"adamw": ("beta_1", "beta_2", "weight_decay"), "momentum": ("momentum", "weight_decay")}
    before, width = TRACES.copy(), 13 + len(batch_sizes)  # a shape that no other test has
    results = []
    for number in range(20):
        optimizer = optimizers[number % len(optimizers)]
        config = DIGITS.replace(
            optimizer=optimizer,
            batch_size=batch_sizes[number % len(batch_sizes)],
            width=width,
            seed=number,
            epochs=1,
            learning_rate=10 ** rng.uniform(-4, -2),
            learning_rate_schedule=SCHEDULES[number % len(SCHEDULES)],
            warmup=0.2 * (number % 2),
            kernel_initializer=("glorot_uniform", "he_normal", "orthogonal")[number % 3],
            dropout=rng.uniform(0.1, 0.5),
            l1=rng.uniform(0, 1e-3),
            l2=rng.uniform(0, 1e-3),
            **{name: rng.uniform(0.01, 0.99) for name in scalars[optimizer]},
        )
        results.append(train(config))
    assert sorted((TRACES - before).values()) == [1] * len(batch_sizes) * len(optimizers)
    assert {result.program["traces"] for result in results} == {1}
    assert len({result.objective for result in results}) == 20


OWN_DRAWS = """
import math

import keras
import tensorflow as tf


def build(*, input_shape, num_outputs):
    kernel = tf.random.normal([math.prod(input_shape), num_outputs])
    dense = keras.layers.Dense(num_outputs)
    model = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), dense])
    dense.kernel.assign(kernel)
    return model
"""


def test_one_seed_gives_the_same_curves_bit_for_bit():
    config = DIGITS.replace(dropout=0.3)
    first, second, other = train(config), train(config), train(config.replace(seed=1))
    for name, curve in first.curves.items():
        np.testing.assert_array_equal(curve, second.curves[name])
    assert not np.array_equal(first.curves["train_loss"], other.curves["train_loss"])


@pytest.mark.parametrize(
    ("kind", "settings"), [(kind, s) for kind, (_, models) in TASKS.items() for s in models], ids=str
)
def test_initial_weights_are_those_of_set_random_seed_whatever_was_drawn_before(kind, settings, monkeypatch):
    """Models of the suite are built without it: it makes TensorFlow prepare every compiled program again."""
    config = Config(dataset="digits", batch_size=16, seed=3, **settings)
    dataset = prepared(config, TINY[kind]())
    everything = partial(keras_seed, tensorflow=True)
    monkeypatch.setattr(build, "keras_seed", lambda seed, tensorflow: everything(seed))
    expected = [variable.numpy() for variable in build_model(config, dataset).variables]
    monkeypatch.undo()
    monkeypatch.setattr(keras.utils, "set_random_seed", None)
    tf.random.set_seed(5)
    keras.random.uniform(())
    for variable, value in zip(build_model(config, dataset).variables, expected, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_a_model_of_ones_own_may_draw_from_tensorflow_itself(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(OWN_DRAWS)
    config = DIGITS.replace(model=str(file))
    first, other, again = (
        [v.numpy() for v in build_model(config.replace(seed=seed), prepared(DIGITS)).variables]
        for seed in (1, 2, 1)
    )
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


def test_streams_are_separate():
    """Dropout changes neither the initial weights nor the order of the data; the initializer changes no
    order."""
    dataset = prepared(DIGITS)
    with_dropout = DIGITS.replace(dropout=0.5)
    plain, dropped = (
        program_for(structure(c), dataset, 1, False).start(c)[0] for c in (DIGITS, with_dropout)
    )
    for a, b in zip(plain, dropped, strict=True):
        np.testing.assert_array_equal(a, b)
    streams = Streams.of(7)
    states = [np.random.SeedSequence(streams.weights), streams.order, streams.dropout]
    assert len({tuple(state.generate_state(4)) for state in states}) == 3


def test_an_epoch_visits_every_example_at_most_once():
    order = batches(Streams.of(0).order, 10, 4)
    epochs = [np.concatenate(list(itertools.islice(order, 2))) for _ in range(50)]
    assert all(len(set(epoch)) == 8 for epoch in epochs)
    assert set(np.concatenate(epochs)) == set(range(10))


def test_curves_are_measured_at_the_same_weights_in_inference_mode():
    config = DIGITS.replace(dropout=0.5, l2=0.01, checkpoint="last", epochs=2)
    result, dataset = train(config, weights=True, test=True), prepared(config)
    program = program_for(structure(config), dataset, 1, False)
    model = build_model(config, dataset)
    for variable, value in zip(
        [*model.trainable_variables, *model.non_trainable_variables], result.weights, strict=True
    ):
        variable.assign(value)
    seen = np.sort(np.random.default_rng(0).permutation(256)[:128])
    splits = {"train": dataset.train.take(seen), "val": dataset.validation, "test": dataset.test}
    for name, split in splits.items():
        logits = model(program.normalization(split.x), training=False)
        losses = keras.losses.sparse_categorical_crossentropy(split.y, logits, from_logits=True)
        accuracy = np.mean(np.argmax(logits, -1) == split.y)
        got = result.test if name == "test" else {key: curve[-1] for key, curve in result.curves.items()}
        assert got[f"{name}_loss"] == pytest.approx(float(np.mean(losses)), rel=1e-5)
        assert got[f"{name}_accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert result.curves["running_loss"][-1] > result.curves["train_loss"][-1]


def test_divergence_is_a_result():
    calm, wild = DIGITS, DIGITS.replace(optimizer="sgd", learning_rate=1e6)
    result = train(wild, test=True, weights=True)
    assert (result.status, result.best, result.test, result.weights) == ("diverged", None, {}, None)
    assert np.isnan(result.objective)
    calm = wild.replace(learning_rate=0.1)
    stacked = dict(train_many([wild, calm, wild, calm], lanes=2))
    assert [stacked[index].status for index in range(4)] == ["diverged", "completed", "diverged", "completed"]
    np.testing.assert_allclose(stacked[1].curves["val_loss"], train(calm).curves["val_loss"], rtol=1e-4)


def test_best_checkpoint_early_stopping_and_pruning():
    config = DIGITS.replace(learning_rate=0.05, epochs=30, patience=3, width=64)
    result = train(config, weights=True, test=True)
    assert result.status == "stopped"
    assert len(result.steps) == result.best + 4 == np.argmin(result.curves["val_loss"]) + 4
    last = train(config.replace(patience=None, epochs=len(result.steps), checkpoint="last"), test=True)
    assert last.best == len(last.steps) - 1
    assert last.test != result.test
    pruned = dict(
        train_many(
            [DIGITS, DIGITS.replace(seed=1)],
            on_evaluation=lambda index, values: index == 0 and len(values) == 2,
        )
    )
    assert (pruned[0].status, len(pruned[0].steps), pruned[1].status, len(pruned[1].steps)) == (
        "pruned",
        2,
        "completed",
        3,
    )


def test_evaluations_at_step_resolution_do_not_change_the_training():
    """12 steps, evaluated after 5, 10 and 12, end where three epochs of 4 steps do."""
    by_epoch, by_steps = train(DIGITS), train(DIGITS.replace(evaluate_every=5))
    assert by_epoch.steps.tolist() == [4, 8, 12]
    assert by_steps.steps.tolist() == [5, 10, 12]
    assert by_steps.curves["val_loss"][-1] == pytest.approx(by_epoch.curves["val_loss"][-1], rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0.1] * 8),
        ({"warmup": 0.5}, [0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.1, 0.1]),
        ({"learning_rate_schedule": "polynomial_decay"}, [0.1 * (1 - step / 8) for step in range(8)]),
        (
            {"learning_rate_schedule": "cosine_decay"},
            [0.05 * (1 + np.cos(np.pi * step / 8)) for step in range(8)],
        ),
        ({"learning_rate_schedule": "exponential_decay"}, [0.1 * 0.01 ** (step / 8) for step in range(8)]),
        ({"learning_rate_schedule": "piecewise_constant_decay"}, [0.1] * 4 + [0.01] * 2 + [0.001] * 2),
        ({"learning_rate_schedule": "range_test"}, [0.1 * 1e-6 ** (1 - step / 7) for step in range(8)]),
        ({"learning_rate_schedule": "inverse_time_decay"}, [0.1 / (1 + 9 * step / 8) for step in range(8)]),
    ],
    ids=str,
)
def test_learning_rates(settings, expected):
    np.testing.assert_allclose(learning_rates(Config(learning_rate=0.1, **settings), 8), expected, rtol=1e-5)


def test_a_batch_may_hold_all_examples():
    result = train(DIGITS.replace(batch_size=256, epochs=3))
    assert result.steps.tolist() == [1, 2, 3]
    again = train(DIGITS.replace(batch_size=256, epochs=3, seed=0))
    np.testing.assert_array_equal(result.curves["train_loss"], again.curves["train_loss"])


def test_initial_kernels_are_scaled_and_nothing_else():
    data = prepared(DIGITS)
    plain, larger = (
        Program(DIGITS, data).start(DIGITS.replace(initial_scale=scale))[0] for scale in (1.0, 3.0)
    )
    for one, other in zip(plain, larger, strict=True):
        np.testing.assert_allclose(other, 3 * one if one.ndim == 2 else one)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_trains_close_to_float32(policy):
    config = DIGITS.replace(learning_rate=0.01, epochs=10)
    mixed, full = train(config.replace(dtype_policy=policy), weights=True), train(config)
    assert mixed.objective == pytest.approx(full.objective, rel=0.1)
    assert all(weight.dtype == np.float32 for weight in mixed.weights)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match="`batch_size` must be at most the 256 training examples"):
        train(DIGITS.replace(batch_size=512))


def test_configurations_of_two_structures_are_refused():
    with pytest.raises(ValueError, match="2 structures"):
        next(train_many([DIGITS, DIGITS.replace(width=17)]))


@pytest.mark.parametrize("augmentation", ["flip", "shift", "flip_and_shift", "noise", "mixup"])
def test_augmentation_acts_in_training_only(augmentation):
    config = DIGITS.replace(augmentation=augmentation, epochs=2)
    dataset = prepared(config)
    model = build_model(config, dataset)
    x = dataset.train.x[:32].astype("float32")
    inner = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    np.testing.assert_allclose(model(x, training=False), inner(x), rtol=1e-5)
    assert not np.allclose(model(x, training=True), inner(x), rtol=1e-3)
    result = train(config)
    assert result.program["engine"] == "compiled"
    assert (
        result.curves["running_loss"][-1]
        != train(config.replace(augmentation="none")).curves["running_loss"][-1]
    )


def test_augmentation_of_a_table_is_refused():
    with pytest.raises(ValueError, match="`augmentation` expects images"):
        train(Config(dataset="iris", batch_size=16, augmentation="flip"))


def test_a_part_of_the_training_set_trains_as_a_set_of_those_examples():
    """With inputs as they are: else the part would be scaled by itself. As many steps, in as many pieces."""
    config = Config(
        dataset="iris", input_scaling="none", width=8, depth=1, epochs=4, batch_size=8, train_size=64
    )
    whole = load(config)
    part = np.random.default_rng(0).permutation(len(whole.train))[:24]
    per_epoch = len(whole.train) // 8
    ((_, of_part),) = train_many([config], parts=[part])
    alone = config.replace(epochs=round(4 * per_epoch / 3), evaluate_every=per_epoch)
    of_set = train(alone, dataset=replace(whole, train=whole.train.take(part)))
    count = len(of_part.steps)
    assert of_part.steps.tolist() == [per_epoch * (at + 1) for at in range(4)]
    for name in ("val_loss", "running_loss"):
        assert of_part.curves[name] == pytest.approx(of_set.curves[name][:count], rel=1e-5)


def test_parts_are_stacked_with_whole_trainings():
    config = Config(dataset="iris", width=8, depth=1, epochs=2, batch_size=8)
    part = np.arange(40)
    alone = [dict(train_many([config], parts=[each]))[0] for each in (part, None)]
    stacked = dict(train_many([config, config], lanes=2, parts=[part, None]))
    for place, each in enumerate(alone):
        assert stacked[place].curves["val_loss"] == pytest.approx(each.curves["val_loss"], rel=1e-4)
    assert not np.allclose(alone[0].curves["val_loss"], alone[1].curves["val_loss"])
