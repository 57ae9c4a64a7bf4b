"""train(config) -> Result. Lanes are filled from a queue of configurations of one structure: when a training ends, in time or
not, the next one takes its lane."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import numpy as np
import tensorflow as tf

from suite import data as datasets
from suite.config import Config
from suite.data.dataset import Dataset
from suite.training.program import DeviceData, Program, chunked, structure_of
from suite.training.result import CURVES, Result
from suite.training.schedule import learning_rates
from suite.training.streams import Streams, batches

OnEvaluation = Callable[[int, list[float]], bool]
"""(index of the training, monitored values so far) -> whether to prune it."""


def train(config: Config, *, test: bool = False, weights: bool = False) -> Result:
    """Trains one configuration.

    Args:
        config: what to train.
        test: whether to evaluate the kept weights on the test split.
        weights: whether the result carries the kept weights.

    Raises:
        ValueError: the data set cannot be split as asked, the batch is larger than it, or the model refuses its shape.
    """
    ((_, result),) = train_many([config], test=test, weights=weights)
    return result


def train_many(
    configs: Sequence[Config],
    *,
    lanes: int = 1,
    xla: bool = False,
    test: bool = False,
    weights: bool = False,
    on_evaluation: OnEvaluation = lambda index, values: False,
) -> Iterator[tuple[int, Result]]:
    """Trains configurations of one structure in one compiled program, up to `lanes` at once.

    Yields:
        (index in `configs`, Result) as each ends.

    Raises:
        ValueError: as `train`, or configurations that differ in more than a program takes as input.
    """
    structures = {structure_of(config) for config in configs}
    if len(structures) > 1:
        raise ValueError(f"`configs` expects one structure. Received: {len(structures)} structures.")
    dataset = load(configs[0])
    lanes = min(lanes, len(configs)) if _in_step(configs, dataset) else 1
    program = program_for(structures.pop(), dataset, lanes, xla)
    waiting = iter(enumerate(configs))
    running = [_Lane.begin(program, *job) for job in islice(waiting, lanes)]
    state, values = _stack([lane.state for lane in running]), _stack([lane.values for lane in running])
    data = device_data(dataset)

    while any(lane.running for lane in running):
        started = time.perf_counter()
        steps = max(lane.next_steps for lane in running)
        order, rates = (
            _stack([lane.order(program.steps) for lane in running], 1),
            _stack([lane.rates(program.steps) for lane in running], 1),
        )
        state, losses, alive, metrics = program.run(state, values, data, order, rates, steps)
        numbers = np.column_stack([np.atleast_2d(metrics), np.atleast_1d(losses)]).astype(float)
        seconds = (time.perf_counter() - started) / sum(lane.running for lane in running)
        for place, (lane, fine, row) in enumerate(zip(running, np.atleast_1d(alive), numbers, strict=True)):
            if not lane.running:
                continue
            if lane.record(dict(zip(CURVES, row, strict=True)), bool(fine), steps, seconds) and (test or weights):
                lane.keep(state, place if lanes > 1 else ...)
            if lane.ended(on_evaluation):
                yield lane.index, lane.result(program, dataset, test, weights)
                if job := next(waiting, None):
                    running[place] = _Lane.begin(program, *job)
                    state = _put(state, running[place].state, place, lanes)
                    values = _put(values, running[place].values, place, lanes)


@dataclass
class _Lane:
    """A training under way."""

    index: int
    config: Config
    state: tuple
    values: dict[str, np.ndarray]
    batches: Iterator[np.ndarray]
    learning_rates: np.ndarray
    per_evaluation: int
    running: bool = True
    status: str = "completed"
    curves: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in CURVES})
    steps: list[int] = field(default_factory=list)
    best: int | None = None
    kept: list[np.ndarray] | None = None
    seconds: float = 0.0

    @classmethod
    def begin(cls, program: Program, index: int, config: Config) -> "_Lane":
        examples = len(program.dataset.train.y)
        total = config.epochs * (examples // config.batch_size)
        stream = batches(Streams.of(config.seed).order, examples, config.batch_size)
        return cls(
            index,
            config,
            program.start(config),
            program.inputs(config),
            stream,
            learning_rates(config, total),
            program.steps,
        )

    @property
    def done(self) -> int:
        return self.steps[-1] if self.steps else 0

    @property
    def next_steps(self) -> int:
        """Steps until the next evaluation; the last stretch may be shorter."""
        return min(self.per_evaluation, len(self.learning_rates) - self.done) if self.running else 0

    def order(self, length: int) -> np.ndarray:
        """[length, batch] indices of the next examples; an ended lane repeats whatever is cheap."""
        if not self.running:
            return np.zeros((length, self.config.batch_size), np.int32)
        return _pad(np.stack(list(islice(self.batches, self.next_steps))), length)

    def rates(self, length: int) -> np.ndarray:
        """[length] learning rates of the next steps."""
        if not self.running:
            return np.zeros(length, np.float32)
        return _pad(self.learning_rates[self.done : self.done + self.next_steps], length)

    def record(self, numbers: dict[str, float], fine: bool, steps: int, seconds: float) -> bool:
        """Takes in an evaluation; returns whether its weights are to be kept."""
        self.seconds += seconds
        if not fine:
            self.status, self.best = "diverged", None
            return False
        for name, value in numbers.items():
            self.curves[name].append(value)
        self.steps.append(self.done + steps)
        values = np.array(self.curves[self.config.monitor])
        best = int(values.argmin() if self.config.minimize else values.argmax())
        self.best = best if self.config.checkpoint == "best" else len(values) - 1
        return self.best == len(values) - 1

    def keep(self, state, place) -> None:
        self.kept = [np.array(variable[place]) for variable in [*state[0], *state[1]]]

    def ended(self, on_evaluation: OnEvaluation) -> bool:
        """Whether this training is over, and why."""
        count = len(self.steps)
        if self.status == "diverged" or self.done >= len(self.learning_rates):
            self.running = False
        elif self.config.patience and count - 1 - self._best_so_far() >= self.config.patience:
            self.status, self.running = "stopped", False
        elif on_evaluation(self.index, self.curves[self.config.monitor]):
            self.status, self.running = "pruned", False
        return not self.running

    def _best_so_far(self) -> int:
        values = np.array(self.curves[self.config.monitor])
        return int(values.argmin() if self.config.minimize else values.argmax())

    def result(self, program: Program, dataset: Dataset, test: bool, weights: bool) -> Result:
        curves = {name: np.array(values) for name, values in self.curves.items()}
        kept = self.kept if self.best is not None else None
        facts = {
            "engine": "compiled",
            "xla": program.xla,
            "lanes": program.lanes,
            "traces": program.traces,
            "device": _device(),
        }
        return Result(
            config=self.config, status=self.status, curves=curves, steps=np.array(self.steps, int), best=self.best,
            test=_test(program, dataset, kept) if test and kept else {}, seconds=self.seconds, program=facts,
            weights=kept if weights else None,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _load(name: str, data_seed: int, train_size: int | None, validation_size: int | None) -> Dataset:
    return datasets.load(name, data_seed=data_seed, train_size=train_size, validation_size=validation_size)


def load(config: Config) -> Dataset:
    """The data set of a config, split; the last ones are kept.

    Raises:
        ValueError: the split is impossible, or a batch is larger than the training split.
    """
    dataset = _load(config.dataset, config.data_seed, config.train_size, config.validation_size)
    examples = len(dataset.train.y)
    if config.batch_size > examples:
        raise ValueError(
            f"`batch_size` must be at most the {examples} training examples of {config.dataset}."
            f" Received: batch_size={config.batch_size}."
        )
    return dataset


_on_device: dict[int, tuple[Dataset, DeviceData]] = {}
_programs: dict[tuple, Program] = {}


def device_data(dataset: Dataset) -> DeviceData:
    """`dataset` on the device; only the last one stays there."""
    if id(dataset) not in _on_device:
        _on_device.clear()
        _on_device[id(dataset)] = dataset, DeviceData.of(dataset)
    return _on_device[id(dataset)][1]


def program_for(structure: Config, dataset: Dataset, lanes: int, xla: bool) -> Program:
    """The program of a structure, compiled at most once in this process."""
    key = structure, lanes, xla, id(dataset)
    if key not in _programs:
        _programs[key] = Program(structure, dataset, lanes=lanes, xla=xla)
    return _programs[key]


def _test(program: Program, dataset: Dataset, weights: list[np.ndarray]) -> dict[str, float]:
    """Loss and accuracy of `weights` on the test split."""
    x, y, weight = chunked(dataset.test.x, dataset.test.y, len(dataset.test.y))
    sums = sum(program.sums(weights, *chunk).numpy() for chunk in zip(x, y, weight, strict=True))
    loss, accuracy = (sums / len(dataset.test.y)).tolist()
    return {"test_loss": loss, "test_accuracy": accuracy}


def _in_step(configs: Sequence[Config], dataset: Dataset) -> bool:
    """Whether evaluations divide every training evenly, so that lanes can share them."""
    per_epoch = len(dataset.train.y) // configs[0].batch_size
    return all(config.epochs * per_epoch % (config.evaluate_every or per_epoch) == 0 for config in configs)


def _stack(trees, axis: int = 0):
    """Arrays of all lanes stacked along a new axis; a single lane has none."""
    return tf.nest.map_structure(lambda *leaves: leaves[0] if len(leaves) == 1 else np.stack(leaves, axis), *trees)


def _put(tree, leaf_tree, place: int, lanes: int):
    """`tree` with one lane replaced."""
    if lanes == 1:
        return leaf_tree
    return tf.nest.map_structure(lambda all_, one: tf.tensor_scatter_nd_update(all_, [[place]], [one]), tree, leaf_tree)


def _pad(values: np.ndarray, length: int) -> np.ndarray:
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)]) if len(values) < length else values


def _device() -> str:
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
