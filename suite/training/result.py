"""Result: what one training gives back.

Arrays and plain values, free of TensorFlow, written as JSON.
"""

import json
import math
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field

from suite import paths
from suite.study.config import Config


@dataclass(frozen=True, slots=True)
class Result:
    """Holds what one training gave.

    Attributes:
        config: what was trained.
        status: `completed`, `stopped` (early stopping), `pruned`, `diverged` (loss not finite or above the
            bound) or `failed` (its worker was lost: there are no curves).
        curves: metric -> [n] values, one per evaluation; `suite.tasks` names them. `train_*` and `val_*` are
            at the same weights, in inference mode, without penalties, on as many training as validation
            examples; `running_loss` is the mean of what was minimised (penalties and dropout included) since
            the evaluation before.
        steps: [n] gradient steps made when each evaluation was.
        best: index of the kept evaluation, or None if none was finite.
        test: `test_loss` and what else the task measures, of the kept weights; empty unless asked for.
        seconds: wall time of this training, pretraining included; its share where several were stacked.
        program: how it ran: `engine`, `xla`, `lanes`, `traces` (times its program was traced so far),
            `device`; and what its last bits depend on, see `suite.training.arithmetic`. Where it failed,
            the limits that it had, and which of them it `exceeded`.
        weights: the kept values of the model's trainable, then of its other variables; None unless asked for.
        pretraining: what the training on masked tokens before it gave: `loss` and `accuracy` of its curves
            are per masked token; None if there was none.
        failure: why it failed, in words; empty where it did not.
    """

    config: Config
    status: str
    curves: dict[str, np.ndarray]
    steps: np.ndarray
    best: int | None
    test: dict[str, float]
    seconds: float
    program: dict[str, str | int | float | bool]
    weights: list[np.ndarray] | None = field(default=None, compare=False)
    pretraining: "Result | None" = None
    failure: str = ""

    @property
    def objective(self) -> float:
        """The monitored metric at the kept evaluation: what a search optimises. NaN if it diverged, or
        failed."""
        if self.best is None or self.status == "diverged":
            return math.nan
        return float(self.curves[self.config.monitor][self.best])

    @property
    def monitored(self) -> list[float]:
        """The monitored metric at each evaluation; none where there was no evaluation."""
        return [float(value) for value in self.curves.get(self.config.monitor, ())]

    def save(self, path: Path) -> None:
        """Writes everything but the weights as JSON, aside and then renamed; NaN and infinity as null."""
        paths.replace(path, lambda file: file.write(json.dumps(self._record()).encode()))

    def _record(self) -> dict:
        record = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "weights"}
        record |= {"config": self.config.model_dump(), "steps": self.steps.tolist()}
        record["curves"] = {
            k: [float(x) if np.isfinite(x) else None for x in v] for k, v in self.curves.items()
        }
        record["test"] = {k: v if math.isfinite(v) else None for k, v in self.test.items()}
        return record | {"pretraining": self.pretraining and self.pretraining._record()}

    @classmethod
    def load(cls, path: Path) -> "Result":
        """Reads what `save` wrote; null becomes NaN.

        Raises:
            OSError: there is no such file.
            ValueError: it is damaged.
        """
        return cls._of(Record.model_validate_json(path.read_bytes()))

    @classmethod
    def _of(cls, record: "Record") -> "Result":
        curves = {name: np.asarray(values, float) for name, values in record.curves.items()}
        evaluations = len(record.steps)
        if not all(len(values) == evaluations for values in curves.values()):
            raise ValueError("`curves` must have a value for each of `steps`.")
        config = Config(**record.config)
        if record.best is not None and (record.best >= evaluations or config.monitor not in curves):
            raise ValueError("`best` must be one of the evaluations of the monitored metric.")
        return cls(
            config=config,
            status=record.status,
            curves=curves,
            steps=np.asarray(record.steps, int),
            best=record.best,
            test={name: math.nan if value is None else value for name, value in record.test.items()},
            seconds=record.seconds,
            program=record.program,
            pretraining=cls._of(record.pretraining) if record.pretraining else None,
            failure=record.failure,
        )


class Record(BaseModel):
    """What a file holds of a result."""

    config: dict[str, Any]
    status: str
    curves: dict[str, list[float | None]]
    steps: list[int]
    best: Annotated[int, Field(ge=0)] | None
    test: dict[str, float | None]
    seconds: Annotated[float, Field(ge=0)]
    program: dict[str, str | int | float | bool]
    pretraining: "Record | None" = None
    failure: str = ""
