"""How a text file writes a table: encoding, delimiter, lines above the header, and the names of the
columns."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from suite.data.missing import SPACES
from suite.data.user.encodings import encoding
from suite.names import composed

csv.field_size_limit(1 << 31)  # a field may be long; the default is 128 KiB
DELIMITERS = ",;\t|"
START = 1 << 18
"""Bytes of a file that are looked at."""
BELOW = 5
"""Rows that may be the names in truth."""
RECORDS = 200
"""Rows of them that are counted."""


@dataclass(frozen=True)
class Dialect:
    """How a text file writes a table.

    Attributes:
        encoding: as Python names it.
        delimiter: what parts the fields.
        quote: what stands around a field that holds one.
        above: lines up to and with the header.
        names: of the columns, in order; each once.
        empty: those of `names` that stand for nothing: nameless, and without a value in the rows that were
            looked at.
        nameless: those of `names` that the file has no name for.
        notes: what is worth saying, a sentence each.
        below: fields of the first rows under the header.
    """

    encoding: str
    delimiter: str
    quote: str
    above: int
    names: tuple[str, ...]
    empty: tuple[str, ...]
    nameless: tuple[str, ...]
    notes: tuple[str, ...]
    below: tuple[tuple[str, ...], ...] = ()


def dialect(path: Path, said: str | None = None) -> Dialect:
    """Finds out how a CSV or TSV file writes its table, from its start.

    Args:
        path: of the file.
        said: its encoding, if the user says it.

    Raises:
        ValueError: the encoding is not certain, or there is no header.
    """
    stat = path.stat()
    return _dialect(path, stat.st_size, stat.st_mtime_ns, said)


@lru_cache(maxsize=64)
def _dialect(path: Path, _size: int, _changed: int, said: str | None) -> Dialect:
    name, note = encoding(path, said, header=True)
    lines = _lines(path, name)
    notes = [note] if note else []
    said_delimiter, above = _separator_line(lines)
    if above:
        notes.append(f"The first line says what parts the fields: {lines[0].strip()}")
    delimiter = said_delimiter or _delimiter(lines[above:])
    if not said_delimiter and path.suffix.lower() == ".tsv" and "\t" in "".join(lines):
        delimiter = "\t"
    skipped = _above_the_header(lines[above:], delimiter)
    if skipped:
        what = lines[above].strip()[:60]
        notes.append(f"Lines above the header were left out: {skipped}, the first of them {what!r}")
    above += skipped
    quote = _quote(lines[above:], delimiter)
    if quote != '"':
        notes.append("Fields stand in single quotes")
    records = csv.reader(lines[above:], delimiter=delimiter, quotechar=quote)
    header = [_name(field) for field in next(records)]
    physical = records.line_num
    rows = [row for row in islice(records, RECORDS) if row]
    names, empty, nameless, more = _names(header, rows)
    below = tuple(tuple(field.strip(SPACES) for field in row) for row in rows[:BELOW])
    return Dialect(name, delimiter, quote, above + physical, names, empty, nameless, (*notes, *more), below)


def _name(field: str) -> str:
    """A name in one line, of letters that are one sign each however they were typed."""
    return composed(" ".join(field.strip(SPACES).splitlines()))


def _lines(path: Path, name: str) -> list[str]:
    """The first lines, each with its end; the last one only if the file ends there."""
    with path.open(encoding=name, errors="replace", newline="") as file:
        text = file.read(START)
        cut = bool(file.read(1))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
    lines = lines[:-1] if (cut or not lines[-1]) and len(lines) > 1 else lines
    if not any(line.strip(SPACES) for line in lines):
        raise ValueError("it has no first line")
    return [f"{line}\n" for line in lines]


def _separator_line(lines: Sequence[str]) -> tuple[str, int]:
    """What a first line like `sep=;`, which Excel obeys, says; and how many lines that is."""
    first = lines[0].strip("\n\"' ").lower()
    if first.startswith("sep=") and len(first) <= 5:
        return first[4:] or "\t", 1
    return "", 0


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    """Fields of each record; a record may run over several lines. Empty lines count nothing."""
    try:
        return [len(row) for row in islice(csv.reader(lines, delimiter=delimiter), RECORDS) if row]
    except csv.Error:
        return []


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter by which most records have as many fields as most others; of several, one by which the
    first record has them too, then the one with more fields."""
    best, found = (0.0, False, 0), ","
    for delimiter in DELIMITERS:
        widths = _widths([line for line in lines if not line.startswith("#")], delimiter)
        if widths:
            width, count = Counter(widths).most_common(1)[0]
            score = (round(count / len(widths), 1), widths[0] == width, width)
            if width > 1 and score > best:
                best, found = score, delimiter
    return found


def _quote(lines: Sequence[str], delimiter: str) -> str:
    """A single quote where one stands around a field of every row, and no double one anywhere."""
    quoted = re.compile(rf"(?:^|{re.escape(delimiter)}) *'[^']*' *(?={re.escape(delimiter)}|$)")
    rows = [line.rstrip("\n") for line in lines[1:RECORDS] if line.strip()]
    return "'" if rows and '"' not in "".join(lines) and all(map(quoted.search, rows)) else '"'


def _above_the_header(lines: Sequence[str], delimiter: str) -> int:
    """Lines before the header: empty ones, comments, and titles, which have one field where the table has
    several."""
    widths = _widths(lines, delimiter)
    width = Counter(widths).most_common(1)[0][0] if widths else 1
    fields = [next(csv.reader([line], delimiter=delimiter), []) for line in lines[:100]]
    for index, line in enumerate(lines[:100]):
        if not any(field.strip(SPACES) for field in fields[index]):
            continue
        if width > 1 and '"' not in line and _is_title(fields[index], fields[index + 1 :]):
            continue
        if line.startswith("#") and (len(fields[index]) != width or _begins(line, fields[index + 1 :])):
            continue
        return index
    return 0


def _is_title(fields: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a line has one field, or one cell and empty ones beside it, where those below it have names."""
    if len(fields) == 1:
        return True
    names = next((row for row in below if any(field.strip(SPACES) for field in row)), [])
    filled = [field for field in names if field.strip(SPACES)]
    alone = bool(fields[0].strip(SPACES)) and not any(field.strip(SPACES) for field in fields[1:])
    return alone and len(fields) > 2 and len(filled) > 1 and not any(map(_is_number, filled))


def _begins(line: str, below: Sequence[Sequence[str]]) -> bool:
    """Whether the line under a comment is the header: none of its fields is a number."""
    return line.startswith("# ") and bool(below) and not any(_is_number(field) for field in below[0])


def _is_number(field: str) -> bool:
    try:
        float(field.replace(",", "."))
    except ValueError:
        return False
    return True


def _refuse_unnamed(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuses rows of a field more than names, unless the first fields are all different, as names of rows
    are: it may be another that is split in two.

    Raises:
        ValueError: some are alike.
    """
    if len({row[0] for row in rows}) < len(rows):
        raise ValueError(
            f"`dataset` expects a name for each column. Received: {len(header)} names, and {len(rows[0])}"
            f" fields a row, the first of them {' | '.join(rows[0])}. What to do: name the column that has no"
            " name; or, if a decimal comma splits a number in two, put it in quotes or write a point."
        )


def _names(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], list[str]]:
    """Names of the columns, those that are empty, those without a name in the file, and notes."""
    notes, names = [], list(header)
    widths = {len(row) for row in rows}
    if widths == {
        len(header) + 1
    }:  # rows end in a delimiter, or begin with names that have no heading, as R writes them
        ends = all(not row[-1].strip(SPACES) for row in rows)
        names = [*names, ""] if ends else ["", *names]
        if not ends:
            _refuse_unnamed(header, rows)
            notes.append(
                "The header names one column less than there are: the first one is taken to be without a name"
            )
    elif widths == {len(header) - 1} and not header[-1]:  # the header ends in a delimiter, and rows do not
        names.pop()
    nameless, empty = [], []
    for place, name in enumerate(names):
        if name:
            continue
        names[place] = new = _unused(f"column {place + 1}", names)
        nameless.append(new)
        if rows and all(len(row) <= place or not row[place].strip(SPACES) for row in rows):
            empty.append(new)
        else:
            notes.append(f"The column without a name at place {place + 1} is called `{new}`")
    return tuple(names), tuple(empty), tuple(nameless), notes


def _unused(name: str, names: Sequence[str]) -> str:
    while name in names:
        name += "_"
    return name
