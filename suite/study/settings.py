"""Says what the name and the value of a setting may be that is no field of Config."""

import ast
import math

from suite.study.prediction import Scalar

SETTABLE = (
    "budget", "replicates", "protocol", "sampler", "pruner", "target_value", "seed", "probes",
    "replicates_vary", "time_limit", "memory_limit", "diagnosis_replicates",
)  # fmt: skip
"""Fields of Study that may be changed from the command line, next to those of what it fixes."""

COLUMNS = (
    "study", "role", "level", "number", "search", "status", "objective", "evaluations", "steps", "seconds",
)  # fmt: skip
"""What the table of all trainings says beside their settings and what was tested."""


def value_of(text: str | None) -> Scalar:
    """Gives the value that a text of the command line means: a number, True, False or None where it reads as
    one, what stands in quotes as a text, any other text as it is."""
    if text is None or text.lower() in ("true", "false"):
        return text and text.lower() == "true"
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, Scalar) else text


def check_own(name: str, value: object) -> None:
    """Checks an argument of a user's own model, as far as that needs no look at its file.

    Raises:
        ValueError: a name that stands for something else, or a value that no file of results could hold.
    """
    if name in (*SETTABLE, *COLUMNS, "size") or name.startswith("test_"):
        raise ValueError(
            f"`{name}` has another meaning in studies and their results, so that no argument of `build` can"
            f" be set by it. What to do: rename the argument. Received: {name}={value!r}."
        )
    if not isinstance(value, Scalar) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(
            f"`{name}` must be a finite number, a text, True, False or None. Received: {name}={value!r}."
        )
