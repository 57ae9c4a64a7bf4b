"""Search spaces: the distributions that a nuisance hyperparameter may have. Plain data, free of Optuna.

Each distribution maps a point of the unit interval to a value (`quantile`), so that a quasi-random sequence covers it evenly.
"""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Distribution(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Range(_Distribution):
    low: float
    high: float

    def __init__(self, low: float, high: float, **data):
        super().__init__(low=low, high=high, **data)

    @model_validator(mode="after")
    def _is_a_range(self):
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(
                f"`{type(self).__name__}` expects finite bounds with low < high. Received: low={self.low:g}, high={self.high:g}."
            )
        return self

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.low:g}, {self.high:g})"


class Uniform(_Range):
    """Every value of [low, high) is equally likely."""

    kind: Literal["uniform"] = "uniform"

    def quantile(self, u: float) -> float:
        return self.low + u * (self.high - self.low)


class LogUniform(_Range):
    """The logarithm is uniform: as many values from 0.001 to 0.01 as from 0.01 to 0.1."""

    kind: Literal["log_uniform"] = "log_uniform"

    @model_validator(mode="after")
    def _is_positive(self):
        if self.low <= 0:
            raise ValueError(f"`LogUniform` expects low > 0. Received: low={self.low:g}.")
        return self

    def quantile(self, u: float) -> float:
        return self.low * (self.high / self.low) ** u


class NearOne(_Range):
    """The distance from one is log-uniform: for momentum and decay rates such as 0.9, 0.99, 0.999 (Choi et al. 2019)."""

    kind: Literal["near_one"] = "near_one"

    @model_validator(mode="after")
    def _is_below_one(self):
        if not 0 <= self.low < self.high < 1:
            raise ValueError(
                f"`NearOne` expects 0 <= low < high < 1. Received: low={self.low:g}, high={self.high:g}."
            )
        return self

    def quantile(self, u: float) -> float:
        return 1 - (1 - self.low) * ((1 - self.high) / (1 - self.low)) ** u


class Choice(_Distribution):
    """One of a few values, each equally likely."""

    kind: Literal["choice"] = "choice"
    options: tuple[str | int | float | bool | None, ...]

    def __init__(self, *options, **data):
        super().__init__(options=data.pop("options", options), **data)

    @model_validator(mode="after")
    def _has_options(self):
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(
                f"`Choice` expects two or more different options. Received: {list(self.options)}."
            )
        return self

    def quantile(self, u: float):
        return self.options[min(int(u * len(self.options)), len(self.options) - 1)]

    def __str__(self) -> str:
        return f"Choice({', '.join(map(str, self.options))})"


Distribution = Annotated[Uniform | LogUniform | NearOne | Choice, Field(discriminator="kind")]
