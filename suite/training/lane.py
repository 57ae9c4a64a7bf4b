"""Lane: one training under way, whatever engine takes its steps.

It knows its data order, learning rates and curves, and when it ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from suite.study.config import Config
from suite.tasks import Task
from suite.training.result import Result
from suite.training.schedule import learning_rates
from suite.training.streams import Streams, batches

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

OnEvaluation = Callable[[int, list[float]], bool]
"""(index of the training, monitored values so far) -> whether to prune it."""


@dataclass
class Lane:
    """Follows one training from evaluation to evaluation.

    Attributes:
        index: of the training among those asked for.
        config: what is trained.
        batches: gives [batch] int32 indices of training examples without end.
        learning_rates: [steps] of the whole training.
        per_evaluation: gradient steps between evaluations.
        curves: metric -> values so far, one an evaluation.
        running: whether steps are still to be taken.
        status: as in `Result`.
        steps: gradient steps made when each evaluation was.
        best: index of the kept evaluation; None before the first, and after divergence.
        kept: weights of the kept evaluation.
        seconds: wall time so far.
        place: in the program that takes its steps, on which last bits depend; None: any.
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
    place: int | None = None

    @classmethod
    def begin(
        cls, index: int, config: Config, prepared: "Prepared", task: Task, part: np.ndarray | None = None
    ) -> "Lane":
        """Gives a training that has not taken a step.

        Args:
            index: of the training among those asked for.
            config: what to train.
            prepared: what it is trained on.
            task: of the data, which names the curves.
            part: indices of the training examples that it sees; None: all.
        """
        per_epoch, streams = prepared.examples // config.batch_size, Streams.of(config.seed)
        return cls(
            index=index,
            config=config,
            batches=batches(
                streams.order,
                prepared.examples,
                config.batch_size,
                prepared.copies,
                streams.masks,
                reshuffle=config.reshuffle,
                part=part,
            ),
            learning_rates=learning_rates(config, config.epochs * per_epoch),
            per_evaluation=config.evaluate_every or per_epoch,
            curves={name: [] for name in task.curves_of(config.monitor)},
        )

    def resume(
        self,
        steps: list[int],
        curves: list[list[float]],
        seconds: float,
        place: int,
        kept: list[np.ndarray],
    ) -> None:
        """Brings a training that has not taken a step to where an earlier one was, after an evaluation.

        Args:
            steps: gradient steps made when each evaluation was.
            curves: values of each curve at each of them.
            seconds: that they took.
            place: in the program that took them.
            kept: weights of the kept evaluation; empty: they are not kept.
        """
        self.steps, self.seconds, self.place, self.kept = steps, seconds, place, kept or None
        self.curves = dict(zip(self.curves, curves, strict=True))
        self.best = self._kept_evaluation()
        for _ in islice(self.batches, self.done):
            pass

    @property
    def done(self) -> int:
        """Gradient steps until the last evaluation."""
        return self.steps[-1] if self.steps else 0

    @property
    def next_steps(self) -> int:
        """Steps until the next evaluation; the last stretch may be shorter."""
        return min(self.per_evaluation, len(self.learning_rates) - self.done) if self.running else 0

    @property
    def evaluations(self) -> int:
        """Evaluations of the whole training, should nothing end it."""
        return -(-len(self.learning_rates) // self.per_evaluation)

    @property
    def monitored(self) -> list[float]:
        """Monitored values so far."""
        return self.curves[self.config.monitor]

    def order(self) -> np.ndarray:
        """Gives the [per_evaluation, batch] indices of the next examples, padded by repetition.

        An ended lane repeats the first example.
        """
        if not self.running:
            return np.zeros((self.per_evaluation, self.config.batch_size), np.int32)
        return _pad(np.stack(list(islice(self.batches, self.next_steps))), self.per_evaluation)

    def rates(self) -> np.ndarray:
        """Gives the [per_evaluation] learning rates of the next steps, padded by repetition."""
        if not self.running:
            return np.zeros(self.per_evaluation, np.float32)
        return _pad(self.learning_rates[self.done : self.done + self.next_steps], self.per_evaluation)

    def record(self, metrics: dict[str, float], finite: bool, steps: int, seconds: float) -> bool:
        """Takes in an evaluation.

        Args:
            metrics: a value of each curve.
            finite: whether they and every loss were finite, and no loss too large; if not, the training
                diverged.
            steps: taken since the evaluation before.
            seconds: that they took.

        Returns:
            Whether the weights of this evaluation are to be kept.
        """
        self.seconds += seconds
        if not finite:
            self.status, self.best = "diverged", None
            return False
        for name, value in metrics.items():
            self.curves[name].append(value)
        self.steps.append(self.done + steps)
        self.best = self._kept_evaluation()
        return self.best == len(self.steps) - 1

    def ended(self, on_evaluation: OnEvaluation) -> bool:
        """Decides whether this training is over, and why.

        Args:
            on_evaluation: tells whether to prune it; asked only where nothing else ends it.
        """
        if self.status == "diverged" or self.done >= len(self.learning_rates):
            self.running = False
        elif self.config.patience and len(self.steps) - 1 - self._best_so_far() >= self.config.patience:
            self.status, self.running = "stopped", False
        elif on_evaluation(self.index, self.monitored):
            self.status, self.running = "pruned", False
        return not self.running

    def result(
        self, program: dict, test: Callable[[list[np.ndarray]], dict[str, float]] | None, weights: bool
    ) -> Result:
        """Gives what came of the training.

        Args:
            program: how it ran.
            test: measures weights on the test split; None: they are not tested.
            weights: whether the result carries the kept weights.
        """
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

    def _kept_evaluation(self) -> int:
        return self._best_so_far() if self.config.checkpoint == "best" else len(self.steps) - 1

    def _best_so_far(self) -> int:
        values = np.array(self.monitored)
        return int(values.argmin() if self.config.minimize else values.argmax())


def _pad(values: np.ndarray, length: int) -> np.ndarray:
    """`values` with the last one repeated until there are `length`."""
    if len(values) >= length:
        return values
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)])
