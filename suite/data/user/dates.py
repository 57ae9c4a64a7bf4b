"""Texts that are dates or times of day, in the forms that people write, and what a model gets of a date.

Which of day and month comes first is taken from a column that shows it: a first number above 12, say. Where
nothing shows it, the column is refused; nothing is guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dateutil import parser

from suite.data.inputs import PARTS
from suite.data.user.numbers import MOST

CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:[.,]\d+)?))?"
    r"(?: ?(?P<half>[AaPp]\.?[Mm]\.?))?"
)
ZONE = r" ?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
TIME = re.compile(CLOCK)
DAYS = [
    r"(?P<year>\d{4})(?P<mark>[-/.]) ?(?P<month>\d{1,2})(?P=mark) ?(?P<day>\d{1,2})\.?",
    r"(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일]",
    r"(?P<first>\d{1,2})(?P<mark>[-/.]) ?(?P<second_>\d{1,2})(?P=mark) ?(?P<short>\d{4}|\d{2})",
    r"(?P<named>(?:[A-Za-z]{3,9},? )?(?:\d{1,2}(?:st|nd|rd|th)?[- ][A-Za-z]{3,9}\.?,?[- ]"
    r"|[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? )\d{4})",
]
COMPACT = (
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
    rf"T(?P<hour>\d\d)(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?{ZONE}"
)
OF_MONTHS = [
    r"(?P<year>(?:19|20)\d\d)(?:-| ?[年년] ?)(?P<month>0?[1-9]|1[0-2])(?: ?[月월])?",
    r"(?P<month>0?[1-9]|1[0-2])[-/](?P<year>(?:19|20)\d\d)",
    r"(?P<word>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?,?[- ](?P<year>(?:19|20)\d\d)",
]
"""Months without a day, of which the first is meant."""
FORMS = [
    re.compile(form) for form in (*(rf"{day}(?:[T ,]+{CLOCK}{ZONE})?" for day in DAYS), COMPACT, *OF_MONTHS)
]
EIGHT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)")
EIGHT_DIGITS = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"
"""Whole numbers that may be dates."""
ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
MONTH_GROUPS = {"year", "month", "word"}
"""Groups of OF_MONTHS."""
NEVER = re.compile(r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}(?:[T ]00:00(?::00)?)?")
"""Dates that stand for none, as MySQL writes them."""

DAY = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}-?\p{L}{3,4}\.?-?\d{2,4})"
MONTH = r"\p{L}{3,10}\.?,?"
UNREAD = (
    rf"^\(?{DAY}[T :,]*(\p{{L}}{{1,4}} )?[\d:.,]*( ?\p{{L}}{{1,6}})?\)?$",
    rf"^(\p{{L}}{{2,10}}\.?,? )?([012]?\d|3[01])\.? (de )?{MONTH} (de )?(19|20)\d\d( .*)?$",
    rf"^\d{{1,2}}:\d{{2}}(:\d{{2}})?,? {DAY}$",
    r"^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d ",
    r"^\p{Han}{2}\d{1,2}年",
)
"""Forms of dates that are not read (RE2): with other things around them, as `5-Jan-24` or `5Jan2024`, with
months in other languages, behind the time, without signs, as `Thu Feb 15 22:00:00 EST 2024`, of an era."""
DATED = re.compile(r"date|day|time|datum|tag|fecha|日期|日付|날짜|일자|дата", re.IGNORECASE)
"""Names of columns that hold dates."""
FIRST_DAY, LAST_DAY = 20_000, 80_000
"""Days since 1899-12-30: from 1954 to 2119."""

ORDERS = {"day-first": ("second_", "first"), "month-first": ("first", "second_")}
"""Kind of column -> which of two numbers are month and day."""
SHOWING = 10
"""Different dates of which one is in the first 12 days of a month, if their first number is a day."""
LOOKED_AT = 50
"""Different texts that must show whether a column may be dates."""


@dataclass(frozen=True)
class Dates:
    """Dates as a column writes them.

    Attributes:
        values: the column as timestamps; None: it holds no dates.
        note: what is worth saying, or "".
        order: `day-first` or `month-first`, where both are numbers.
    """

    values: pa.ChunkedArray | None
    note: str = ""
    order: str = "day-first"


def read(name: str, texts: pa.ChunkedArray, kind: str | None = None) -> Dates:
    """Reads a column of texts as dates, if it is one.

    Args:
        name: of the column.
        texts: without blanks around them; missing ones are null.
        kind: `date`, `day-first` or `month-first` if the user says so.

    Raises:
        ValueError: most are dates and some are not, or day and month cannot be told apart.
    """
    if kind is None and (plain := _iso(texts)) is not None:
        return Dates(plain)
    encoded = texts.combine_chunks().dictionary_encode()
    different = encoded.dictionary.to_pylist()
    places = np.linspace(0, len(different) - 1, min(len(different), LOOKED_AT)).astype(int)
    if kind is None and sum(_form(different[place]) is not None for place in places) <= MOST * len(places):
        return Dates(None)
    found = [_form(text, eight=kind is not None) for text in different]
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(
        codes[~np.isnan(codes)].astype(int) if codes.dtype.kind == "f" else codes, minlength=len(different)
    )
    forms = [form for form in found if form]
    wrong = np.array([form is None for form in found])
    if wrong.any():
        if kind is None and counts[~wrong].sum() <= MOST * counts.sum():
            return Dates(None)
        _refuse_slip(name, texts, different[int(np.argmax(wrong))], int(counts[wrong].sum()))
    if kind is None and all(_is_season(form) for form in forms):
        return Dates(None)
    order, note = _order(name, texts, different, forms, kind)
    moments = [_moment(form, order) for form in forms]
    for text, moment in zip(different, moments, strict=True):
        if moment is None and not NEVER.fullmatch(text):
            _refuse_slip(name, texts, text, int(counts[different.index(text)]))
    if of_months := [form[0] for form in forms if form.groupdict().keys() <= MONTH_GROUPS]:
        note += f"{'; ' if note else ''}`{name}` has months, as {of_months[0]!r}, whose first day is meant"
    if any(form.groupdict().get("zone") for form in forms):
        note += f"{'; ' if note else ''}`{name}` has times with a zone, which were brought to UTC"
    never = sum(int(count) for text, count in zip(different, counts, strict=True) if NEVER.fullmatch(text))
    if never:
        note += f"{'; ' if note else ''}`{name}` has {never} dates of zeros, which are missing"
    values = pa.array(moments, pa.timestamp("us")).take(encoded.indices)
    return Dates(pa.chunked_array([values]), note, {order: name for name, order in ORDERS.items()}[order])


def _iso(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Timestamps where all texts are dates as ISO 8601 writes them, without a zone."""
    if not pc.all(pc.match_substring_regex(texts, ISO)).as_py():
        return None
    try:
        return texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None


def _form(text: str, *, eight: bool = False) -> re.Match | None:
    forms = [*FORMS, EIGHT] if eight else FORMS
    return next((found for form in forms if (found := form.fullmatch(text))), None)


def _is_season(form: re.Match) -> bool:
    """Tells whether a month may be the next year instead, as in the season 2010-11."""
    part = form.groupdict()
    return part.keys() == {"year", "month"} and (int(part["year"]) + 1) % 100 == int(part["month"])


def _order(
    name: str, texts: pa.ChunkedArray, different: list[str], forms: list[re.Match], kind: str | None
) -> tuple[tuple[str, str], str]:
    """Groups of month and day in the form of two numbers and a year; and what to tell."""
    parts = [form.groupdict() for form in forms]
    local = [(int(part["first"]), int(part["second_"]), part["mark"]) for part in parts if part.get("first")]
    local = [(first, second, mark) for first, second, mark in local if first or second]
    if kind in ORDERS:
        return ORDERS[kind], f"`{name}` has dates, {kind} as `types` says"
    if not local:
        return ORDERS["day-first"], f"`{name}` has dates" if kind else ""
    text = next(text for text, part in zip(different, parts, strict=True) if part.get("first"))
    may_be_year = len(local) >= SHOWING and min(local)[0] > 12
    if may_be_year and any(len(part["short"]) == 2 for part in parts if part.get("first")):
        raise ValueError(
            "`dataset` expects dates that show which number is the year. Received: column"
            f" {name!r}, {text!r} in data row {_row(texts, text)}, and no first number of 12 or less. What to"
            f' do: write years with four digits; or, if the day is first, types="{name}=day-first".'
        )
    day_first = any(first > 12 for first, _, _ in local)
    month_first = any(second > 12 for _, second, _ in local)
    if not day_first and not month_first:
        day_first = all(mark == "." for _, _, mark in local)  # nobody writes months first with points
    if day_first == month_first:
        raise ValueError(
            "`dataset` expects dates that show whether the day or the month is first. Received: column"
            f" {name!r}, {text!r} in"
            f' data row {_row(texts, text)}. What to do: types="{name}=day-first" or'
            f' types="{name}=month-first".'
        )
    found = "day-first" if day_first else "month-first"
    return ORDERS[
        found
    ], f"`{name}` has dates that are {found}, as {different[0]!r}; `types` decides otherwise"


def _moment(form: re.Match, order: tuple[str, str]) -> datetime | None:
    """The moment, in UTC where there is a zone; None: there is no such day."""
    part = form.groupdict()
    try:
        if part.get("named"):
            day = parser.parse(part["named"])
        elif part.get("first"):
            year = int(part["short"])
            year += 0 if len(part["short"]) == 4 else 2000 if year < 69 else 1900  # as POSIX has it
            day = datetime(year, int(part[order[0]]), int(part[order[1]]))
        elif part.get("word"):
            day = parser.parse(f"1 {part['word']} {part['year']}")
        else:
            day = datetime(int(part["year"]), int(part["month"]), int(part.get("day", 1)))
    except (ValueError, OverflowError):
        return None
    return day + timedelta(seconds=_seconds(part)) - _offset(part.get("zone"))


def _seconds(part: dict[str, str | None]) -> float:
    """Seconds since midnight of the groups of CLOCK."""
    if part.get("hour") is None:
        return 0.0
    hour = int(part["hour"] or 0)
    if half := part.get("half"):
        hour = hour % 12 + 12 * (half[0] in "Pp")
    return hour * 3600 + int(part["minute"] or 0) * 60 + float((part["second"] or "0").replace(",", "."))


def _offset(zone: str | None) -> timedelta:
    if not zone or zone in ("Z", "UTC", "GMT"):
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].strip(":") or 0))


def may_be_serial(name: str, numbers: pa.ChunkedArray) -> bool:
    """Tells whether numbers may be dates as spreadsheets count days: by the name of the column, and of our
    time."""
    ends = pc.min_max(numbers).as_py()
    return bool(DATED.search(name)) and ends["min"] >= FIRST_DAY and ends["max"] < LAST_DAY


def serial(numbers: pa.ChunkedArray) -> str:
    """Gives the first number, and the date that it is in a spreadsheet."""
    first = numbers.drop_null()[0].as_py()
    return f"{first:.15g} is {datetime(1899, 12, 30) + timedelta(days=first):%Y-%m-%d}"


def times(name: str, texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Reads times of day such as 8:30 or 08:30:15 as seconds since midnight; None: the texts are none.

    Raises:
        ValueError: most are times and some are not.
    """
    found = pc.match_substring_regex(texts, rf"^{CLOCK}$")
    share = pc.mean(found).as_py() or 0.0
    if share <= MOST:
        return None
    if share < 1:
        wrong = pc.filter(texts, pc.invert(found)).drop_null()
        _refuse_slip(name, texts, wrong[0].as_py(), len(wrong), "times of day")
    encoded = texts.combine_chunks().dictionary_encode()
    seconds = [_seconds(found.groupdict()) if (found := TIME.fullmatch(text)) else None
               for text in encoded.dictionary.to_pylist()]  # fmt: skip
    return pa.chunked_array([pa.array(seconds, pa.float64()).take(encoded.indices)])


def parts(name: str, values: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """Makes inputs of a date: year, month, day of the week (0 is Monday) unless all are the first of a month,
    and hour where there are hours."""
    functions: dict[str, Callable] = dict(
        zip(PARTS, (pc.year, pc.month, pc.day_of_week, pc.hour), strict=True)
    )
    if not pc.any(pc.not_equal(pc.hour(values), 0)).as_py():
        del functions["hour"]
    if not pc.any(pc.not_equal(pc.day(values), 1)).as_py():
        del functions["day of week"]
    return {f"{name} {part}": function(values) for part, function in functions.items()}


def as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Writes timestamps of a file that has no texts for them, to the second."""
    return pc.strftime(values.cast(pa.timestamp("s", values.type.tz), safe=False), "%Y-%m-%d %H:%M:%S")


def _row(texts: pa.ChunkedArray, text: str) -> int:
    return pc.index(texts, pa.scalar(text, texts.type)).as_py() + 1


def refuse_unread(name: str, texts: pa.ChunkedArray) -> None:
    """Refuses dates that a column writes in a form that is not read, such as `15. März 2024`.

    Raises:
        ValueError: most texts are such dates.
    """
    some = texts.drop_null().slice(0, LOOKED_AT)
    found = [pc.match_substring_regex(some, form) for form in UNREAD]
    if not len(some) or max(pc.mean(each).as_py() for each in found) <= MOST:
        return
    text = some[0].as_py()
    raise ValueError(
        f"`dataset` expects dates like 2024-01-31. Received: column {name!r}, {text!r} in data row"
        f" {_row(texts, text)}, which looks like a date of another form. What to do: write it so; or"
        f' types="{name}=drop"; or, if it is none, types="{name}=category" or types="{name}=text".'
    )


def _refuse_slip(name: str, texts: pa.ChunkedArray, text: str, count: int, what: str = "dates") -> None:
    raise ValueError(
        f"`dataset` expects {what} or texts in a column. Received: column {name!r}, which has {what} but for"
        f" {count} of"
        f" {len(texts) - texts.null_count} values, the first of them {text!r} in data row"
        f" {_row(texts, text)}."
        f' What to do: mend it, or types="{name}=category".'
    )
