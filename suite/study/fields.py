"""Types of the fields of a configuration: bounded numbers, one of a few names, one value or several."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from suite.names import composed, one_of

PositiveInt = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Composed = Annotated[str, AfterValidator(composed)]
"""Names of columns, as they are read."""


def one_of_these(choices: Sequence[str]) -> AfterValidator:
    """A validator of one of a few names."""

    def validate(value: str, info: ValidationInfo) -> str:
        return one_of(str(info.field_name), value, choices)

    return AfterValidator(validate)


def _one_or_several(choose: Callable[[str], float | str], expected: str) -> BeforeValidator:
    """A validator of one value, or a tuple of them, which the command line writes with commas."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        several = (
            value.split(",")
            if isinstance(value, str)
            else value
            if isinstance(value, list | tuple)
            else [value]
        )
        try:
            values = tuple(choose(str(each).strip()) for each in several)
        except ValueError:
            values = ()
        if not values:
            raise ValueError(
                f"`{info.field_name}` must be {expected}. Received: {info.field_name}={value!r}."
            )
        return values[0] if len(values) == 1 else values

    return BeforeValidator(validate)


def _size(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError
    return int(text)


def _padding(text: str) -> str:
    return one_of("padding", text, ("same", "valid"))


def _quantile(text: str) -> float:
    if not 0 < float(text) < 1:
        raise ValueError
    return float(text)


def _rising(given: float | tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    values = given if isinstance(given, tuple) else (given,)
    if len(values) < 2 or any(high <= low for low, high in pairwise(values)):
        received = ",".join(f"{value:g}" for value in values)
        raise ValueError(
            f"`{info.field_name}` must be two or more, each larger than the one before."
            f" Received: {info.field_name}={received}."
        )
    return values


Quantiles = Annotated[
    float | tuple[float, ...],
    _one_or_several(_quantile, "numbers between 0 and 1, split by commas, like 0.1,0.5,0.9"),
    AfterValidator(_rising),
]
Sizes = Annotated[
    int | tuple[int, ...], _one_or_several(_size, "a whole number from 1, or several split by commas")
]
Paddings = Annotated[
    str | tuple[str, ...], _one_or_several(_padding, "same or valid, or several of them split by commas")
]
