"""Writes findings as JSON and reads them back whole, tables of figures included."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite import paths
from suite.analysis import records

if TYPE_CHECKING:
    import pandas as pd

RECORD, FRAME = "record", "table"
"""Keys that mark a record by the name of its class, and a table."""


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes plain values, records of the analysis and tables, by name; whole or not at all."""
    paths.replace(path, lambda file: file.write(json.dumps(_plain(content)).encode()))


def read(path: Path, others: tuple[type, ...] = ()) -> dict[str, Any]:
    """Reads what `write` wrote. A list or tuple comes back as a tuple.

    Args:
        path: of the file.
        others: classes of records beside those of `suite.analysis.records` that may be in it.

    Raises:
        OSError: there is no such file.
        ValueError: it is damaged, or was written by another version of the records.
    """
    known = vars(records) | {other.__name__: other for other in others}
    try:
        content = _restored(json.loads(path.read_bytes()), known)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object.")
    return content


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {RECORD: type(value).__name__} | {
            f.name: _plain(getattr(value, f.name)) for f in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "to_dict"):  # a DataFrame, whose package need not be imported for this
        return {FRAME: {str(name): _plain(list(value[name])) for name in value}}
    return value


def _restored(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return tuple(_restored(each, known) for each in value)
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(each, dict) and FRAME in each for each in value.values()):
        return _Tables(value)
    restored = {name: _restored(each, known) for name, each in value.items() if name != RECORD}
    return known[value[RECORD]](**restored) if RECORD in value else restored


class _Tables(Mapping[str, "pd.DataFrame"]):
    """Gives the tables of a figure, each made when it is asked for: an answer is printed without pandas."""

    def __init__(self, columns: Mapping[str, Mapping[str, Any]]):
        self._columns = columns

    def __getitem__(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame(self._columns[name][FRAME])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
