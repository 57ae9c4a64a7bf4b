"""Demonstration: a question that computing answers, rather than comparing trainings. Free of TensorFlow."""

from functools import cached_property
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from suite.names import one_of
from suite.study.identity import study_key
from suite.study.prediction import Prediction, Scalar
from suite.study.registry import defaults, registered
from suite.study.sizes import SIZES, check_full


class Demonstration(BaseModel):
    """States a question, and names the computation that answers it.

    Attributes:
        question: one sentence, answerable.
        demonstration: name of a file in `suite/demonstrations`.
        settings: of its function `demonstrate`, where they are not the defaults.
        predictions: what theory or a publication says will be seen.
        small: settings of `size=small`, for one that takes long.
        full: settings of `size=full`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    demonstration: str
    settings: dict[str, Scalar] = {}
    predictions: tuple[Prediction, ...] = ()
    small: dict[str, Scalar] = {}
    full: dict[str, Scalar] = {}

    @field_validator("question")
    @classmethod
    def _is_a_sentence(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("`question` must be a sentence. Received: an empty one.")
        return question

    @field_validator("demonstration")
    @classmethod
    def _is_registered(cls, name: str) -> str:
        return one_of("demonstration", name, registered("demonstrations", "DEMONSTRATIONS"))

    @field_validator("settings")
    @classmethod
    def _are_arguments(cls, settings: dict[str, Scalar], info: ValidationInfo) -> dict[str, Scalar]:
        if "demonstration" not in info.data:
            return settings  # its name was refused
        module = registered("demonstrations", "DEMONSTRATIONS")[info.data["demonstration"]]
        known = defaults(module, "demonstrate")
        return {name: _like(known[one_of("settings", name, known)], name, x) for name, x in settings.items()}

    @model_validator(mode="after")
    def _predicts_what_it_measures(self) -> "Demonstration":
        for prediction in self.predictions:
            prediction.check_quantity((self.demonstration,), ())
        return self

    @property
    def shape(self) -> Literal["demonstration"]:
        """The shape of the question."""
        return "demonstration"

    @property
    def trainings(self) -> int:
        """Number of trainings: none."""
        return 0

    @cached_property
    def key(self) -> str:
        """Identifies what is computed, whatever the words of the question."""
        return study_key(self.model_dump(mode="json", exclude={"small"}))

    def replace(self, **changes: Any) -> "Demonstration":
        """Gives a validated copy with other settings.

        Raises:
            ValueError: a name that is no setting, or a value of another type than its default.
        """
        fields = {name: getattr(self, name) for name in Demonstration.model_fields}
        return Demonstration(**fields | {"settings": self.settings | changes})

    def sized(self, size: str) -> "Demonstration":
        """Gives the demonstration in another size: `small`, `default` or `full`.

        Raises:
            ValueError: another size, or `full` of one whose default is the whole.
        """
        one_of("size", size, SIZES)
        if size == "default":
            return self
        return self.replace(**(self.small if size == "small" else check_full(self.full)))


def _like(default: Any, name: str, value: Scalar) -> Scalar:
    """`value`, perhaps a text of the command line, in the type of a setting's default."""
    if default is None:
        return value
    try:
        is_flag = isinstance(value, bool) and not isinstance(default, bool)  # to pydantic True is 1
        return TypeAdapter(type(default)).validate_python(str(value) if is_flag else value)
    except ValidationError:
        expected = {int: "a whole number", float: "a number", bool: "true or false"}.get(
            type(default), "a text"
        )
        raise ValueError(f"`{name}` must be {expected}. Received: {name}={value!r}.") from None
