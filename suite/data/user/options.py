"""What cannot be inferred about a user's own table and can be said: four options, each a field of Config.

- `encoding`: of a text file, as Python names it (`cp949`, `latin-1`), where it is neither UTF-8 nor
  recognised for certain.
- `decimal`: `,` or `.`, where 1,234 may be one or a thousand.
- `missing`: texts that stand for a missing value, split by commas, in place of `suite.data.missing.MARKS`; an
  empty field always does. `missing=` with nothing after it: only the empty field, so that a class may be
  called NA.
- `types`: COLUMN=KIND, split by commas, where a column is taken for something else: see KINDS.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from suite.data.missing import MARKS, SPACES
from suite.names import one_of

KINDS: dict[str, str] = {
    "number": "a number",
    "category": "a name that counts as a whole, like a postcode",
    "text": "words",
    "characters": "a text read character by character",
    "date": "a date, whose form says what is day and month",
    "day-first": "a date with the day before the month",
    "month-first": "a date with the month before the day",
    "drop": "not an input",
}
"""What a column may be said to be."""


@dataclass(frozen=True)
class Options:
    """What a user says about a table. None: it is inferred.

    Attributes:
        decimal: the decimal sign, a comma or a point.
        encoding: of a text file.
        missing: what stands for a missing value, split by commas.
        types: COLUMN=KIND, split by commas.

    Raises:
        ValueError: a value that none of them can have.
    """

    decimal: str | None = None
    encoding: str | None = None
    missing: str | None = None
    types: str | None = None

    def __post_init__(self) -> None:
        if self.decimal not in (None, ",", "."):
            raise ValueError(f"`decimal` must be , or . (the sign). Received: decimal={self.decimal!r}.")
        if self.encoding is not None:
            _check_encoding(self.encoding)
        _ = self.kinds

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Texts that stand for a missing value; the empty one is among them."""
        if self.missing is None:
            return MARKS
        return tuple(dict.fromkeys(["", *(mark.strip(SPACES) for mark in self.missing.split(","))]))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Column -> a key of KINDS. A column's name may hold commas and equals signs."""
        if self.types is None:
            return MappingProxyType({})
        found = re.compile(rf"\s*(.+?)\s*=\s*({'|'.join(map(re.escape, KINDS))})\s*(?:,|$)")
        kinds: dict[str, str] = {}
        place = 0
        while match := found.match(self.types, place):
            kinds[match[1]] = match[2]
            place = match.end()
        if place < len(self.types) or not kinds:
            column, _, kind = self.types[place:].partition(",")[0].rpartition("=")
            if column:
                one_of("types", kind.strip(), KINDS)
            raise ValueError(f"`types` expects COLUMN=KIND, split by commas. Received: types={self.types!r}.")
        return MappingProxyType(kinds)


def _check_encoding(name: str) -> None:
    try:
        known = codecs.lookup(name)
        "".encode(known.name)  # some codecs turn bytes into bytes
    except (LookupError, ValueError):
        raise ValueError(
            "`encoding` must be one that Python knows, such as utf-8, cp949, cp1252 or shift_jis."
            f" Received: encoding={name!r}."
        ) from None
