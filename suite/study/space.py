"""Search spaces: the distributions that a nuisance hyperparameter may have. Plain data, free of Optuna.

Each distribution maps a point of the unit interval to a value (`quantile`), so that a quasi-random sequence
covers it evenly.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Distribution(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Range(_Distribution):
    low: float
    high: float

    @model_validator(mode="after")
    def _is_a_range(self) -> "_Range":
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(
                f"`{type(self).__name__}` expects finite bounds with low < high."
                f" Received: low={self.low:g}, high={self.high:g}."
            )
        return self

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.low:g}, {self.high:g})"


class Uniform(_Range):
    """Makes every value of [low, high) equally likely. Of a whole-number field: every whole number from low
    to high."""

    kind: Literal["uniform"] = "uniform"

    def __init__(self, low: float, high: float, **data: Any):
        super().__init__(**data | {"low": low, "high": high})

    def quantile(self, u: float) -> float:
        """Gives the value below which the share `u` lies."""
        return self.low + u * (self.high - self.low)


class LogUniform(_Range):
    """Makes the logarithm uniform: as many values from 0.001 to 0.01 as from 0.01 to 0.1.

    Of a whole-number field: the whole numbers of the range, as `Integer(low, high, log=True)`.
    """

    kind: Literal["log_uniform"] = "log_uniform"

    def __init__(self, low: float, high: float, **data: Any):
        super().__init__(**data | {"low": low, "high": high})

    @model_validator(mode="after")
    def _is_positive(self) -> "LogUniform":
        if self.low <= 0:
            raise ValueError(f"`LogUniform` expects low > 0. Received: low={self.low:g}.")
        return self

    def quantile(self, u: float) -> float:
        """Gives the value below which the share `u` lies."""
        return self.low * (self.high / self.low) ** u


class NearOne(_Range):
    """Makes the distance from one log-uniform: for momentum and decay rates such as 0.9, 0.99, 0.999 (Choi et
    al. 2019)."""

    kind: Literal["near_one"] = "near_one"

    def __init__(self, low: float, high: float, **data: Any):
        super().__init__(**data | {"low": low, "high": high})

    @model_validator(mode="after")
    def _is_below_one(self) -> "NearOne":
        if not 0 <= self.low < self.high < 1:
            raise ValueError(
                f"`NearOne` expects 0 <= low < high < 1. Received: low={self.low:g}, high={self.high:g}."
            )
        return self

    def quantile(self, u: float) -> float:
        """Gives the value below which the share `u` lies."""
        return 1 - (1 - self.low) * ((1 - self.high) / (1 - self.low)) ** u


class Integer(_Distribution):
    """Makes every whole number from `low` to `high`, both included, equally likely.

    Args:
        low: the least number.
        high: the largest number.
        log: whether the numbers are as likely as the reals that round to them are under a log-uniform
            distribution: 8 to 16 then come as often as 16 to 32.
    """

    kind: Literal["integer"] = "integer"
    low: int
    high: int
    log: bool = False

    def __init__(self, low: int, high: int, log: bool = False, **data: Any):
        super().__init__(**data | {"low": low, "high": high, "log": log})

    @model_validator(mode="after")
    def _is_a_range(self) -> "Integer":
        least = 1 if self.log else -math.inf
        if not least <= self.low < self.high:
            bounds = "1 <= low < high for log=True" if self.log else "low < high"
            raise ValueError(f"`Integer` expects {bounds}. Received: low={self.low}, high={self.high}.")
        return self

    def quantile(self, u: float) -> int:
        """Gives the number below or at which the share `u` lies."""
        if self.log:
            low, high = self.low - 0.5, self.high + 0.5
            number = math.floor(low * (high / low) ** u + 0.5)
        else:
            number = self.low + math.floor(u * (self.high - self.low + 1))
        return max(self.low, min(number, self.high))

    def __str__(self) -> str:
        return f"Integer({self.low}, {self.high}{', log=True' if self.log else ''})"


class Choice(_Distribution):
    """Makes each of a few values equally likely."""

    kind: Literal["choice"] = "choice"
    options: tuple[str | int | float | bool | None, ...]

    def __init__(self, *options: Any, **data: Any):
        super().__init__(**{"options": options} | data)

    @model_validator(mode="after")
    def _has_options(self) -> "Choice":
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(
                f"`Choice` expects two or more different options. Received: {list(self.options)}."
            )
        return self

    def quantile(self, u: float) -> str | int | float | bool | None:
        """Gives the option at the share `u` of the list."""
        return self.options[min(int(u * len(self.options)), len(self.options) - 1)]

    def __str__(self) -> str:
        return f"Choice({', '.join(map(str, self.options))})"


Distribution = Annotated[Uniform | LogUniform | NearOne | Integer | Choice, Field(discriminator="kind")]


def whole(distribution: Distribution) -> Distribution:
    """Gives the distribution over whole numbers that is meant where a whole-number field has a range.

    Raises:
        ValueError: no two whole numbers lie in the range, or it is one near 1.
    """
    if isinstance(distribution, Integer | Choice):
        return distribution
    low, high = math.ceil(distribution.low), math.floor(distribution.high)
    if isinstance(distribution, NearOne) or low >= high:
        raise ValueError(
            f"a whole number expects a range such as Integer(16, 128). Received: {distribution}."
        )
    return Integer(low, high, log=isinstance(distribution, LogUniform))


def ends(distribution: Distribution) -> tuple[Any, ...]:
    """Gives the two bounds of a range, or all options of a choice."""
    if isinstance(distribution, Choice):
        return distribution.options
    return distribution.low, distribution.high
