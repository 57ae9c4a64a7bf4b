"""Small pieces of English that answers, warnings and tables are put together from."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def joined(labels: Sequence[str]) -> str:
    """Labels side by side; those that hold commas, as of the cells of a grid, are parted by semicolons."""
    return ("; " if any(", " in label for label in labels) else ", ").join(labels)


def short(value: Any) -> str:
    """A setting as text: three digits of a number that is not whole, more where they would make it so."""
    if not isinstance(value, float | np.floating):
        return str(value)
    most = 17 if abs(float(value)) < 100 else 4
    texts = (f"{value:.{digits}g}" for digits in range(3, most))
    return next((text for text in texts if not float(text).is_integer()), f"{value:.3g}")


def coordinates(at: Mapping[str, Any]) -> str:
    """Where something was measured, such as `depth=1, width=8`; empty for the whole study."""
    return ", ".join(f"{name}={short(level)}" for name, level in at.items())


def kinds_of(scientific: str, labels: Sequence[str]) -> str:
    """What levels are called: `optimizers`, but `values of dropout`."""
    name = scientific.replace("_", " ")
    if any(is_bare(label) for label in labels):
        return f"values of {scientific}"
    return name[:-1] + "ies" if name.endswith("y") else name + ("es" if name.endswith("s") else "s")


def is_bare(label: str) -> bool:
    """Whether a label says nothing by itself: a number or a flag."""
    return is_number(label) or label.lower() in ("true", "false", "none")


def named(scientific: str, label: str) -> str:
    """A level within a sentence: `adam`, but `depth=2`."""
    return f"{scientific}={label}" if is_bare(label) else label


def is_number(text: str) -> bool:
    """Whether a label is that of a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def number(value: float, widths: Sequence[float]) -> str:
    """Two digits of the median interval's width: more would be noise, fewer would hide a difference."""
    if not math.isfinite(value):
        return "–"
    positive = [width for width in widths if math.isfinite(width) and width > 0]
    places = 1 - math.floor(math.log10(np.median(positive))) if positive else 3
    return f"{value:.{min(max(places, 0), 6)}f}"


def infinity(x: float) -> str:
    """The sign of infinity: the end of an interval where too many diverged."""
    return "∞" if x > 0 else "-∞"


def duration(seconds: float) -> str:
    """Such as `252 ms`, `1.5 s`, `4 min 12 s` or `2 h 5 min`."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s" if minutes else f"{seconds:.3g} s"
    )
