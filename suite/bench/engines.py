"""The engines that are compared: each gives a function that trains for an epoch. Runs in a process of its
own."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from suite.bench.rows import ROWS, Row
from suite.running.pool.workers import cores, settle
from suite.study.config import Config

if TYPE_CHECKING:
    import keras

Epochs = Callable[[int], None]
"""Trains so many epochs more, and returns when they are done."""

_ready: dict[str, Epochs] = {}


def initialize(engine: str, threads: int) -> None:
    """Sets up an engine's process; those of ours as `suite.running.pool.workers` does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "NONE"}
    os.dup2(
        os.open(os.devnull, os.O_WRONLY), 2
    )  # TensorFlow writes there before its log level holds; errors come as values
    if engine in ("ours", "stacked"):
        settle()
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def prepare(engine: str, number: int, like: dict | None = None) -> dict:
    """Makes `engine` ready for row `number`, warmed up.

    Args:
        like: what another process of ours returned, to run as it does.

    Returns:
        How it runs, its `parameters` and `trainings` (at once) among it.
    """
    row = ROWS[number]
    _ready[engine], facts = _program(row, like["trainings"], like["xla"]) if like else ENGINES[engine](row)
    _ready[engine](1)
    return facts


def seconds(engine: str, epochs: int) -> float:
    """Wall time of `epochs` more epochs of what was prepared."""
    started = time.perf_counter()
    _ready[engine](epochs)
    return time.perf_counter() - started


def matmul_peak(seconds: float) -> float:
    """GFLOP/s of TensorFlow's best float32 product of two 2048 x 2048 matrices within some seconds."""
    import tensorflow as tf

    size = 2048
    a = tf.random.normal((size, size))
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        started = time.perf_counter()
        tf.linalg.matmul(a, a).numpy()
        times.append(time.perf_counter() - started)
    return 2 * size**3 / min(times) / 1e9


def fit(row: Row) -> tuple[Epochs, dict]:
    """Plain `model.fit` with defaults, as Keras's tutorials have it: accuracy is counted, images are float32
    arrays."""
    import keras

    model, x, y = _keras_model(row), *float_images(row)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

    def run(epochs: int) -> None:
        model.fit(x, y, batch_size=row.batch_size, epochs=epochs, verbose=0)

    return run, {"parameters": model.count_params(), "trainings": 1}


def torch(row: Row) -> tuple[Epochs, dict]:
    """PyTorch eager with its usual loop, over tensors in memory."""
    import torch

    from suite.bench.torch_models import build

    torch.set_num_threads(cores())
    model = build(row)
    x, y = (torch.from_numpy(part) for part in float_images(row))
    y, loss = y.long(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for index in torch.randperm(len(x)).split(row.batch_size):
                optimizer.zero_grad()
                loss(model(x[index]), y[index]).backward()
                optimizer.step()

    return run, {"parameters": sum(p.numel() for p in model.parameters()), "trainings": 1}


def ours(row: Row) -> tuple[Epochs, dict]:
    """The engine's own program, one training at a time: plain or XLA, whichever is measured to be faster."""
    times = _compilers(row.config)
    run, facts = _program(row, 1, xla=times["xla"] < times["plain"])
    return run, facts | {"tried": times}


def stacked(row: Row) -> tuple[Epochs, dict]:
    """Many trainings, as a study has them under way: in each of its processes, stacked in one program or one
    after the other, whichever is measured to be faster there."""
    from suite.training.load import prepared
    from suite.training.plan import LANES, time_step

    times = _compilers(row.config)
    xla = times["xla"] < times["plain"]
    together = time_step(row.config, prepared(row.config), lanes=LANES, xla=xla)
    run, facts = _program(row, LANES if together < min(times.values()) else 1, xla)
    return run, facts | {"tried": times | {"stacked": round(together, 1)}}


@cache
def _compilers(config: Config) -> dict[str, float]:
    """Microseconds a step, plain and by XLA."""
    from suite.training.load import prepared
    from suite.training.plan import time_step

    times = {
        name: time_step(config, prepared(config), lanes=1, xla=name == "xla") for name in ("plain", "xla")
    }
    return {name: round(time, 1) for name, time in times.items()}


def _program(row: Row, lanes: int, xla: bool) -> tuple[Epochs, dict]:
    """Whole epochs of a program, data order included, evaluation apart."""
    import tensorflow as tf

    from suite.study.identity import structure
    from suite.training.cache import feed_for, program_for
    from suite.training.load import prepared
    from suite.training.streams import Streams, batches

    config = row.config
    dataset = prepared(config)
    program, feed = program_for(structure(config), dataset, lanes, xla), feed_for(dataset)
    trainings = [config.replace(seed=seed) for seed in range(lanes)]
    streams = [
        batches(Streams.of(each.seed).order, len(dataset.train), config.batch_size) for each in trainings
    ]

    def stack(trees: Sequence[Any], axis: int = 0) -> Any:
        return tf.nest.map_structure(
            lambda *leaves: leaves[0] if lanes == 1 else np.stack(leaves, axis), *trees
        )

    state, values = (
        stack([program.start(each) for each in trainings]),
        stack([program.inputs(each) for each in trainings]),
    )
    rates = stack([np.full(program.steps, config.learning_rate, np.float32)] * lanes, 1)

    def run(epochs: int) -> None:
        nonlocal state
        for _ in range(epochs):
            order = stack([np.stack(list(islice(stream, program.steps))) for stream in streams], 1)
            for piece in feed.pieces(order, rates, program.steps, evaluate=False):
                state, losses, *_ = program.run(state, values, *piece)
                losses.numpy()

    threads = tf.config.threading.get_intra_op_parallelism_threads()
    return run, {
        "parameters": program.model.count_params(),
        "trainings": lanes,
        "xla": xla,
        "threads": threads,
    }


ENGINES = {"fit": fit, "torch": torch, "ours": ours, "stacked": stacked}


def _keras_model(row: Row) -> "keras.Model":
    from suite.training.build import build_model
    from suite.training.load import prepared

    return build_model(row.config, prepared(row.config))


def float_images(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """Normalised float32 images [n, 28, 28] and int32 classes [n] in memory. Free of TensorFlow, which
    PyTorch does not share a process with."""
    from suite.training.load import load

    dataset = load(row.config)
    x = cast(np.ndarray, dataset.train.x) - cast(np.ndarray, dataset.mean)
    x = x / np.sqrt(cast(np.ndarray, dataset.variance))
    return x.astype(np.float32), dataset.train.y.copy()
