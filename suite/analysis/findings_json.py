"""Writes findings as JSON and reads them back: a finished study is printed again from its file.

Light to import: pandas is imported when the table of a figure is asked for, and nothing of the kind of SciPy
ever. NaN and infinity are kept, as Python's JSON writes and reads them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from suite.analysis.records import Checked, Details, Facts, Figure, Findings, Measure, Section, Table, Text

if TYPE_CHECKING:
    import pandas as pd

RECORDS: dict[str, type] = {
    record.__name__: record
    for record in (Checked, Details, Facts, Figure, Findings, Measure, Section, Table, Text)
}
"""Records that are written with their name, so that a block is read as what it was."""


def to_json(findings: Findings) -> str:
    """The findings as text."""
    return json.dumps(_written(findings))


def from_json(text: str) -> Findings:
    """The findings that `to_json` wrote.

    Raises:
        ValueError: the text is no JSON, or that of something else or of an older form.
    """
    try:
        found = _read(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError(f"`text` must be findings as `to_json` writes them. Received: {error}.") from None
    if not isinstance(found, Findings):
        raise ValueError(f"`text` must be findings as `to_json` writes them. Received: {text[:40]!r}.")
    return found


class Tables(Mapping[str, "pd.DataFrame"]):
    """The tables of a figure as they were read: each becomes a DataFrame when it is asked for."""

    def __init__(self, columns: Mapping[str, Mapping[str, list[Any]]]):
        self._columns = columns

    def __getitem__(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame(self._columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _written(value: Any) -> Any:
    """Records as dicts with their name, tuples as lists, NumPy's numbers as Python's."""
    if isinstance(value, Figure):
        record = {field.name: getattr(value, field.name) for field in fields(value)}
        record["data"] = {name: _columns(table) for name, table in value.data.items()}
        return {"__record__": "Figure"} | {name: _written(item) for name, item in record.items()}
    if is_dataclass(value):
        items = {field.name: _written(getattr(value, field.name)) for field in fields(value)}
        return {"__record__": type(value).__name__} | items
    if isinstance(value, Mapping):
        return {str(key): _written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _columns(table: "pd.DataFrame") -> dict[str, list[Any]]:
    return {str(name): column.tolist() for name, column in table.items()}


def _read(value: Any) -> Any:
    """What `_written` made of it, from the inside out."""
    if isinstance(value, list):
        return [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    name = value.get("__record__")
    if name not in RECORDS:
        return {key: _read(item) for key, item in value.items()}
    items = {key: item for key, item in value.items() if key != "__record__"}
    if name == "Figure":
        return Figure(**items | {"data": Tables(items["data"])})
    return RECORDS[name](**{key: _fixed(name, key, _read(item)) for key, item in items.items()})


PLAIN = {("Findings", "summary"), ("Measure", "at")}
"""Fields that hold plain values, in which a list is a list."""


def _fixed(record: str, field: str, value: Any) -> Any:
    """Lists of a record's own as the tuples that they were."""
    if (record, field) in PLAIN:
        return value
    return tuple(_fixed(record, field, item) for item in value) if isinstance(value, list) else value
