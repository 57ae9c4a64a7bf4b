"""Lane: one training under way, whatever engine takes its steps: its data order, learning rates, curves, and its end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from suite.study.config import Config
from suite.training.result import Result
from suite.training.schedule import learning_rates
from suite.training.streams import Streams, batches

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

OnEvaluation = Callable[[int, list[float]], bool]
"""(index of the training, monitored values so far) -> whether to prune it."""


@dataclass
class Lane:
    """A training under way.

    Attributes:
        index: of the training among those asked for. per_evaluation: gradient steps between evaluations.
        kept: weights of the kept evaluation.
    """

    index: int
    config: Config
    batches: Iterator[np.ndarray]
    learning_rates: np.ndarray
    per_evaluation: int
    curves: dict[str, list[float]]
    running: bool = True
    status: str = "completed"
    steps: list[int] = field(default_factory=list)
    best: int | None = None
    kept: list[np.ndarray] | None = None
    seconds: float = 0.0

    @classmethod
    def begin(cls, index: int, config: Config, prepared: "Prepared", curves: Iterable[str]) -> "Lane":
        """A training that has not taken a step. `curves`: their names."""
        per_epoch, streams = prepared.examples // config.batch_size, Streams.of(config.seed)
        stream = batches(streams.order, prepared.examples, config.batch_size, prepared.copies, streams.masks)
        rates = learning_rates(config, config.epochs * per_epoch)
        return cls(
            index, config, stream, rates, config.evaluate_every or per_epoch, {name: [] for name in curves}
        )

    @property
    def done(self) -> int:
        """Gradient steps until the last evaluation."""
        return self.steps[-1] if self.steps else 0

    @property
    def next_steps(self) -> int:
        """Steps until the next evaluation; the last stretch may be shorter."""
        return min(self.per_evaluation, len(self.learning_rates) - self.done) if self.running else 0

    def order(self) -> np.ndarray:
        """[per_evaluation, batch] indices of the next examples, padded by repetition; an ended lane repeats the first."""
        if not self.running:
            return np.zeros((self.per_evaluation, self.config.batch_size), np.int32)
        return _pad(np.stack(list(islice(self.batches, self.next_steps))), self.per_evaluation)

    def rates(self) -> np.ndarray:
        """[per_evaluation] learning rates of the next steps, padded by repetition."""
        if not self.running:
            return np.zeros(self.per_evaluation, np.float32)
        return _pad(self.learning_rates[self.done : self.done + self.next_steps], self.per_evaluation)

    def record(self, numbers: dict[str, float], fine: bool, steps: int, seconds: float) -> bool:
        """Takes in an evaluation; returns whether its weights are to be kept."""
        self.seconds += seconds
        if not fine:
            self.status, self.best = "diverged", None
            return False
        for name, value in numbers.items():
            self.curves[name].append(value)
        self.steps.append(self.done + steps)
        last = len(self.steps) - 1
        self.best = self._best_so_far() if self.config.checkpoint == "best" else last
        return self.best == last

    def ended(self, on_evaluation: OnEvaluation) -> bool:
        """Whether this training is over, and why."""
        if self.status == "diverged" or self.done >= len(self.learning_rates):
            self.running = False
        elif self.config.patience and len(self.steps) - 1 - self._best_so_far() >= self.config.patience:
            self.status, self.running = "stopped", False
        elif on_evaluation(self.index, self.curves[self.config.monitor]):
            self.status, self.running = "pruned", False
        return not self.running

    def result(
        self, program: dict, test: Callable[[list[np.ndarray]], dict[str, float]] | None, weights: bool
    ) -> Result:
        """What came of it. `program`: how it ran; `test`: measures weights on the test split; `weights`: keep them."""
        kept = self.kept if self.best is not None else None
        return Result(
            config=self.config,
            status=self.status,
            curves={name: np.array(values) for name, values in self.curves.items()},
            steps=np.array(self.steps, int),
            best=self.best,
            test=test(kept) if test and kept else {},
            seconds=self.seconds,
            program=program,
            weights=kept if weights else None,
        )

    def _best_so_far(self) -> int:
        values = np.array(self.curves[self.config.monitor])
        return int(values.argmin() if self.config.minimize else values.argmax())


def _pad(values: np.ndarray, length: int) -> np.ndarray:
    return (
        np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)])
        if len(values) < length
        else values
    )
