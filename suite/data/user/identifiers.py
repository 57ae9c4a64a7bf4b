"""What only numbers or names the rows of a table, and so tells nothing about a row that comes later."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

IDENTIFIER = re.compile(
    r"(^|[ _.-])(id|uuid|guid|index|idx|key|no|nr|row|rowid|row ?num(ber)?)$|(번호|순번|序号|编号|番号)$",
    re.IGNORECASE,
)
"""Names of columns that identify rows where all values differ."""
CAMEL = re.compile(r"[a-z](ID|Id|Key)$")
"""The same, as in `PassengerId`."""
INDEX = re.compile(r"^(Unnamed: \d+(_level_\d+)?|__index_level_\d+__|level_\d+|_id|)$")
"""Names that pandas gives to the index of a table, and databases to their own."""
LEAST = 10
"""Rows that can be seen to count up."""
MISSING = 0.05
"""Share of the rows whose number may be missing."""
MOSTLY = 0.9
"""Share of steps by one of an index that begins again, as joined tables have it."""


def row_numbers(
    name: str, values: pa.ChunkedArray, borders: Sequence[int] = (), *, nameless: bool = False
) -> str:
    """Tells why whole numbers only number the rows; "" if they may say more.

    Args:
        name: of the column.
        values: numbers; others never number rows. A few may be missing, at the end of an export say.
        borders: rows at which another file begins.
        nameless: the file has no name for the column.
    """
    numbers = _whole(values)
    if numbers is None or len(numbers) < 2:
        return ""
    there = numbers[np.isfinite(numbers)]
    if INDEX.match(name) or (nameless and (_distinct(there) or (np.diff(there) == 1).mean() > MOSTLY)):
        return "it is the index of a table, which numbers its rows"
    pieces = [piece[np.isfinite(piece)] for piece in np.split(numbers, list(borders))]
    if not all(map(_distinct, pieces)):
        return ""
    if IDENTIFIER.search(name) or CAMEL.search(name):
        return "identifier, every value is different and so is it named"
    if len(numbers) >= LEAST and (
        all((np.diff(piece) > 0).all() for piece in pieces)
        or all((np.diff(piece) < 0).all() for piece in pieces)
    ):
        return "identifier, every value is different and they count up like row numbers"
    if _distinct(there) and there.max() - there.min() + 1 == len(numbers):
        return "identifier, every value is different and they number the rows in another order"
    return ""


def _whole(values: pa.ChunkedArray) -> np.ndarray | None:
    """The numbers, NaN where they are missing, if nearly all are there and whole."""
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return None
    numbers = values.to_numpy()
    there = numbers[~np.isnan(numbers)]
    nearly = len(numbers) - len(there) <= MISSING * len(numbers)
    return numbers if nearly and np.isfinite(there).all() and (there % 1 == 0).all() else None


def _distinct(numbers: np.ndarray) -> bool:
    return len(np.unique(numbers)) == len(numbers)


def names_rows(values: pa.ChunkedArray, present: int, distinct: int) -> bool:
    """Tells whether texts name rows: so many are different that a new row has a new one."""
    return not (distinct < present and distinct <= max(FEW, present / 2))


FEW = 20
"""So many distinct texts are always categories."""


def without_blanks(values: pa.ChunkedArray) -> bool:
    """Tells whether texts are written in a script without blanks, and are longer than names are."""
    sample = [text for text in values.slice(0, 1000).to_pylist() if text]
    letters = "".join(sample)
    unspaced = len(UNSPACED.findall(letters))
    return unspaced > len(letters) / 2 and bool(np.mean([len(text) for text in sample]) >= LONG)


UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese."""
LONG = 6.0
"""Characters on average that names seldom have in these scripts."""


def spaced(values: pa.ChunkedArray) -> float:
    """Gives the words of a text on average, as blanks part them."""
    return pc.mean(pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(values)))).as_py()
