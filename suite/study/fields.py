"""Types of the fields of a configuration: bounded numbers, one of a few names, one value or several."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from suite.names import one_of

PositiveInt = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]


def one_of_these(choices: Sequence[str]) -> AfterValidator:
    """A validator of one of a few names."""

    def validate(value: str, info: ValidationInfo) -> str:
        return one_of(str(info.field_name), value, choices)

    return AfterValidator(validate)


def _one_or_several(choose: Callable[[str], int | str], expected: str) -> BeforeValidator:
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


Sizes = Annotated[
    int | tuple[int, ...], _one_or_several(_size, "a whole number from 1, or several split by commas")
]
Paddings = Annotated[
    str | tuple[str, ...], _one_or_several(_padding, "same or valid, or several of them split by commas")
]
