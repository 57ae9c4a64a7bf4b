"""Prediction: what theory or a publication says will be seen, stated before the run and checked by it."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from suite.names import one_of
from suite.tasks import TASKS

Scalar = str | int | float | bool | None
"""What a level may be."""

EXPECTATIONS = ("between", "less_than", "greater_than")

QUANTITIES = (
    *dict.fromkeys(
        f"test_{metric}" for task in TASKS.values() for metric in ("loss", *task.tested, *task.by_split)
    ),
    *dict.fromkeys(f"train_{task.metric}" for task in TASKS.values()),
    "val_loss", "train_loss", "generalization_gap", "epochs_to_target", "steps_to_target",
    "diverged_trials",
)  # fmt: skip
"""What is measured of every level. A search has `importance` of each hyperparameter too."""

OF_SHAPE = {"curve": "curve", "grid": "grid", "search": "best"}
"""Shape of a question -> the part of its answer that has quantities of its own, such as `curve.best`."""


class Prediction(BaseModel):
    """States what will be measured, and says who says so.

    Args:
        claim: the prediction in words.
        quantity: what is measured: one of QUANTITIES, or `activations.second_moment_ratio` of a probe and the
            like.
        at: what it is measured of: hyperparameter -> level; empty for the whole study.
        between: bounds that the quantity is expected in. Exactly one of this and the next two is given.
        less_than: another place, hyperparameter -> level, at which the same quantity is expected to be
            larger.
        greater_than: another place, at which it is expected to be smaller.
        source: who says so: a publication with its section or table, or the theory.

    Raises:
        pydantic.ValidationError: no source, no or two expectations, bounds out of order, or one place
            compared with itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    quantity: str
    at: dict[str, Scalar] = {}
    between: tuple[float, float] | None = None
    less_than: dict[str, Scalar] | None = None
    greater_than: dict[str, Scalar] | None = None
    source: str = ""

    def __init__(self, claim: str, quantity: str, at: Mapping[str, Scalar] | None = None, **data: Any):
        super().__init__(claim=claim, quantity=quantity, at=at or {}, **data)

    @model_validator(mode="after")
    def _can_be_checked(self) -> "Prediction":
        for name in ("claim", "quantity", "source"):
            if not getattr(self, name).strip():
                what = "who says so, a publication or a theory" if name == "source" else "a text"
                raise ValueError(
                    f"`{name}` of a prediction expects {what}. Received: none, for {self.claim!r}."
                )
        given = [name for name in EXPECTATIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a prediction expects exactly one of {', '.join(EXPECTATIONS)}."
                f" Received: {' and '.join(given) or 'none'}, for {self.claim!r}."
            )
        if self.between is not None and not self.between[0] < self.between[1]:
            raise ValueError(f"`between` expects (low, high) with low < high. Received: {self.between}.")
        if self.other is not None and not (self.at and self.other and self.at != self.other):
            raise ValueError(
                f"`{given[0]}` expects another place than `at`, and both to name levels."
                f" Received: at={self.at}, {given[0]}={self.other}."
            )
        return self

    @property
    def other(self) -> dict[str, Scalar] | None:
        """The place that `at` is compared with, if it is compared with one."""
        return self.less_than if self.less_than is not None else self.greater_than

    def check_place(self, levels: Mapping[str, Collection[Scalar]]) -> None:
        """Refuses places that a study does not have.

        Args:
            levels: hyperparameter that is asked about -> its levels. A place names a level of each, or none.

        Raises:
            ValueError: naming what there is.
        """
        for place in (self.at, self.other or {}):
            for name, level in place.items():
                one_of("at", name, levels, more="" if levels else "nothing, for the study asks about nothing")
                if level not in levels[name]:
                    known = ", ".join(map(repr, levels[name]))
                    raise ValueError(
                        f"a prediction expects a level of {name}, one of {known}. Received: {name}={level!r}."
                    )
            if place and len(place) < len(levels):
                raise ValueError(
                    f"a prediction expects a level of each of {', '.join(levels)}, or of none."
                    f" Received: {place}."
                )

    def check_quantity(self, parts: Collection[str], plain: Collection[str]) -> None:
        """Refuses quantities that a study does not measure.

        Args:
            parts: what measures `part.quantity`: the study's probes, or a part of its answer.
            plain: names of other quantities.

        Raises:
            ValueError: naming what there is.
        """
        part, dot, _ = self.quantity.partition(".")
        if not dot:
            one_of("quantity", self.quantity, plain)
        elif part not in parts:
            raise ValueError(
                f"a prediction of {self.quantity!r} expects {part!r} among what the study measures, such as"
                f" its `probes`. Received: {', '.join(parts) or 'none'}."
            )
