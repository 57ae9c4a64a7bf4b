"""JSON: an object a line, or a list of them, whose nested objects become columns named by their path."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suite.data.user.encodings import encoding
from suite.names import composed

DEEPEST = 8
"""Objects inside each other."""
LIST = ".json"
"""Suffix of a file with a list of objects."""


def objects(
    path: Path, said: str | None = None, *, header: bool = False
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Gives the objects of a file with their line numbers, from 1; of the list in a .json file with their
    places. `{"a": {"b": 1}}` is `{"a.b": 1}`.

    Args:
        path: of the file.
        said: its encoding, if the user says it.
        header: only the first lines will be asked for.

    Raises:
        ValueError: a line or place that is no JSON object, has two values for one path, or a value where
            another has an object; says which.
    """
    kinds = _Kinds(place(path))
    name, _ = encoding(path, said, header=header and path.suffix.lower() != LIST)
    with path.open(encoding="utf-8-sig" if name == "utf-8" else name, newline="\n") as file:
        whole = path.suffix.lower() == LIST
        for number, text in enumerate(_items(file.read()) if whole else file, start=1):
            if whole or text.strip():
                try:
                    found = _object(text if whole else _parsed(text))
                    flat = _flat(found)
                    kinds.see(number, found)
                    yield number, flat
                except (ValueError, RecursionError) as error:
                    reason = "too deep" if isinstance(error, RecursionError) else str(error)
                    if not whole and number == 1 and text[:1] == "[" and "list" not in reason:
                        reason += "; a file with a list of objects is called .json"
                    raise ValueError(f"{place(path)} {number}: {reason}") from None


class _Kinds:
    """Remembers which paths have values and which have objects: no path has both.

    Args:
        place: what is counted, `line` or `object`.
    """

    def __init__(self, place: str):
        self._place = place
        self._seen: dict[str, tuple[str, int]] = {}

    def see(self, number: int, values: dict[str, Any], prefix: str = "") -> None:
        """Takes in an object. Raises ValueError where an earlier one was otherwise."""
        for key, value in values.items():
            name = f"{prefix}{composed(key)}"
            if value is None:
                continue
            kind = "an object" if isinstance(value, dict) else "a value"
            first, where = self._seen.setdefault(name, (kind, number))
            if first != kind:
                raise ValueError(
                    f"{name!r} is {kind}, and in {self._place} {where} {first}; it must be one of the two"
                )
            if isinstance(value, dict):
                self.see(number, value, f"{name}.")


def place(path: Path) -> str:
    """What the numbers of `objects` count."""
    return "object" if path.suffix.lower() == LIST else "line"


def _items(text: str) -> list[Any]:
    """The values of a list."""
    try:
        items = _parsed(text)
    except RecursionError:
        raise ValueError("too deep") from None
    except json.JSONDecodeError as error:
        lines = error.msg == "Extra data" and text.lstrip().startswith("{")
        raise ValueError(
            f"{error}{'; a file with an object a line is called .jsonl' if lines else ''}"
        ) from None
    if not isinstance(items, list):
        raise ValueError("no list of the form [{...}, {...}]")
    return items


def _parsed(text: str) -> Any:
    def refuse(number: str) -> None:
        raise ValueError(f"{number} is not a number; null stands for a missing one")

    return json.loads(text, parse_constant=refuse, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless it has a key twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"two values for {next(name for name in names if names.count(name) > 1)!r}")
    return found


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        more = "; a file with a list of objects is called .json" if isinstance(value, list) else ""
        raise ValueError(f"no object of the form {{...}}{more}")
    return value


def _flat(values: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects by their path."""
    if depth > DEEPEST:
        raise ValueError(f"objects inside each other more than {DEEPEST} deep, at {prefix[:-1]!r}")
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = composed(key)
        parts = (
            _flat(value, f"{prefix}{name}.", depth + 1)
            if isinstance(value, dict)
            else {f"{prefix}{name}": value}
        )
        if twice := parts.keys() & flat.keys():
            raise ValueError(f"two values for {min(twice)!r}")
        flat |= parts
    return flat
