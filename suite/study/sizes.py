"""The sizes in which a study can be run."""

from collections.abc import Mapping
from typing import Any

SIZES = ("small", "default", "full")


def check_full(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the settings of `size=full`.

    Raises:
        ValueError: there are none.
    """
    if not settings:
        raise ValueError(
            "`size` expects small or default: this study's default size is its full one. Received: size=full."
        )
    return settings
