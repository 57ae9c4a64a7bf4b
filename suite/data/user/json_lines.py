"""Lines of JSON: an object a line, whose nested objects become columns named by their path."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suite.data.user.encodings import encoding

DEEPEST = 8
"""Objects inside each other."""


def objects(
    path: Path, said: str | None = None, *, header: bool = False
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Gives the objects of a file with their line numbers, from 1. `{"a": {"b": 1}}` is `{"a.b": 1}`.

    Args:
        path: of the file.
        said: its encoding, if the user says it.
        header: only the first lines will be asked for.

    Raises:
        ValueError: a line that is no JSON object, or has two values for one path; says which line.
    """
    name, _ = encoding(path, said, header=header)
    with path.open(encoding="utf-8-sig" if name == "utf-8" else name, newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield number, _flat(_parsed(line))
                except (ValueError, RecursionError) as error:
                    reason = "too deep" if isinstance(error, RecursionError) else error
                    raise ValueError(f"line {number}: {reason}") from None


def _parsed(line: str) -> dict[str, Any]:
    def refuse(number: str) -> None:
        raise ValueError(f"{number} is not a number")

    values = json.loads(line, parse_constant=refuse)
    if not isinstance(values, dict):
        raise ValueError("no object of the form {...}")
    return values


def _flat(values: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects by their path."""
    if depth > DEEPEST:
        raise ValueError(f"objects inside each other more than {DEEPEST} deep, at {prefix[:-1]!r}")
    flat: dict[str, Any] = {}
    for name, value in values.items():
        parts = (
            _flat(value, f"{prefix}{name}.", depth + 1)
            if isinstance(value, dict)
            else {f"{prefix}{name}": value}
        )
        if twice := parts.keys() & flat.keys():
            raise ValueError(f"two values for {min(twice)!r}")
        flat |= parts
    return flat
