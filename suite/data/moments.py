"""Reads dates as texts inside a model, as `suite.data.user.dates` reads them in a file. Needs TensorFlow.

Every form that is read there is read here, and means the same; a test compares the two.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

from suite.data.inputs import PARTS

CLOCK = (
    r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:[.,]\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?"
    r" ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
MOMENT = rf"(.*?)(?:[T ,]+{CLOCK})?"
"""A day, then hour, minute, second, half of the day and zone, if they are there (RE2)."""

COMPACT = {r"^((?:19|20)\d{6})T(\d{2})([0-5]\d)": r"\1T\2:\3", r"^(\d{8}T\d{2}:\d{2})([0-5]\d)": r"\1:\2"}
"""What puts the colons into a moment such as 20240815T103300, one after the other."""

OF_MONTHS = {
    r"^(\d{4}) ?[-年년] ?(\d{1,2}) ?[月월]?$": r"\1-\2-01",
    r"^(\d{1,2})[-/](\d{4})$": r"\2-\1-01",
    r"^([A-Za-z]{3,9})\.?,?[- ](\d{4})$": r"1 \1 \2",
}
"""What puts the first day into a month such as 2015-01."""

ZONE = r"([+-])(\d{2}):?(\d{2})?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY, _TH = "(?:[A-Za-z]{3,9},? )?", "(?:st|nd|rd|th)?"

FORMS: dict[str, tuple[str, str, str]] = {
    r"(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})\.?": ("year", "month", "day"),
    r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]": ("year", "month", "day"),
    r"((?:19|20)\d\d)(\d\d)(\d\d)": ("year", "month", "day"),
    r"(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?(\d{4}|\d{2})": ("first", "second", "year"),
    rf"{_WEEKDAY}(\d{{1,2}}){_TH}[- ]([A-Za-z]{{3,9}})\.?,?[- ](\d{{4}})": ("day", "name", "year"),
    rf"{_WEEKDAY}([A-Za-z]{{3,9}})\.? (\d{{1,2}}){_TH},? (\d{{4}})": ("name", "day", "year"),
}
"""Form of a day -> what its groups are; of `first` and `second` the column says which is the month."""

ORDERS = {
    "day-first": {"first": "day", "second": "month"},
    "month-first": {"first": "month", "second": "day"},
}


class DateParts(keras.layers.Layer):
    """Makes numbers of dates: PARTS, in their order. NaN: the text is no date.

    Args:
        order: of day and month where both are numbers, a key of ORDERS.
    """

    def __init__(self, order: str) -> None:
        super().__init__(trainable=False, dtype="float32")
        self.order = order

    def call(self, texts: tf.Tensor) -> tf.Tensor:
        """Reads [batch, 1] texts without blanks around them; gives [batch, parts] float32."""
        texts = texts[:, 0]
        for form, whole in {**COMPACT, **OF_MONTHS}.items():
            texts = tf.strings.regex_replace(texts, form, whole)
        date, hour, minute, second, half, zone = _groups(texts, MOMENT, 6)
        year, month, day = self._day(date)
        days = _days(year, month, day)
        valid = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
        valid &= tf.reduce_all(tf.stack(_civil(days)) == tf.stack([year, month, day]), axis=0)
        seconds = _seconds(_number(hour), _number(minute), _number(second), half) - _offset(zone)
        days += seconds // 86400
        year, month, _ = _civil(days)
        parts = {"year": year, "month": month, "day of week": (days + 3) % 7, "hour": seconds % 86400 // 3600}
        found = tf.cast(tf.stack([parts[name] for name in PARTS], axis=1), tf.float32)
        return tf.where(valid[:, None], found, float("nan"))

    def compute_output_spec(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        """Gives a number for each of PARTS."""
        return keras.KerasTensor((texts.shape[0], len(PARTS)), dtype="float32")

    def _day(self, date: tf.Tensor) -> list[tf.Tensor]:
        """Returns year, month and day, zeros if it has no form of FORMS; no text has two."""
        found = {name: tf.zeros(tf.shape(date), tf.int64) for name in ("year", "month", "day")}
        for form, names in FORMS.items():
            for name, text in zip(names, _groups(date, form, 3), strict=True):
                name = ORDERS[self.order].get(name, name)
                found["month" if name == "name" else name] += READ.get(name, _number)(text)
        return list(found.values())


def _groups(texts: tf.Tensor, pattern: str, count: int) -> list[tf.Tensor]:
    """Returns the groups of a pattern, each [batch]; empty where a text is not of it."""
    matched = tf.strings.regex_full_match(texts, pattern)
    return [
        tf.where(matched, tf.strings.regex_replace(texts, f"^(?:{pattern})$", rf"\{group}"), "")
        for group in range(1, count + 1)
    ]


def _number(text: tf.Tensor) -> tf.Tensor:
    """Returns whole numbers; an empty text is 0."""
    return tf.strings.to_number(tf.where(text == "", "0", text), tf.int64)


def _year(text: tf.Tensor) -> tf.Tensor:
    """Returns years; those of two digits as POSIX has them."""
    year = _number(text)
    century = tf.where(year < 69, tf.constant(2000, tf.int64), tf.constant(1900, tf.int64))
    return tf.where(tf.strings.length(text) == 2, year + century, year)


def _named(text: tf.Tensor) -> tf.Tensor:
    """Returns the months of English names, 0 of others."""
    start = tf.strings.lower(tf.strings.substr(text, 0, 3))
    number = tf.range(1, len(MONTHS) + 1, dtype=tf.int64)
    return tf.reduce_sum(
        tf.where(start[:, None] == tf.constant(MONTHS), number, tf.zeros_like(number)), axis=1
    )


READ: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {"year": _year, "name": _named}
"""What is no plain number -> how it is read."""


def _seconds(hour: tf.Tensor, minute: tf.Tensor, second: tf.Tensor, half: tf.Tensor) -> tf.Tensor:
    """Returns seconds since midnight; `half` is a or p, or empty on a clock of 24 hours."""
    half = tf.strings.lower(half)
    noon = tf.where(half == "p", tf.constant(12, tf.int64), tf.constant(0, tf.int64))
    return tf.where(half == "", hour, hour % 12 + noon) * 3600 + minute * 60 + second


def _offset(zone: tf.Tensor) -> tf.Tensor:
    """Returns the seconds by which a zone is before UTC."""
    sign, hour, minute = _groups(zone, ZONE, 3)
    seconds = _number(hour) * 3600 + _number(minute) * 60
    return tf.where(sign == "-", -seconds, seconds)


def _days(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Returns days since 1970-01-01 (days_from_civil of Hinnant, Low-Level Date Algorithms)."""
    year = tf.where(month <= 2, year - 1, year)
    era, of_era = year // 400, year % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _civil(days: tf.Tensor) -> list[tf.Tensor]:
    """Returns year, month and day of days since 1970-01-01 (the same, civil_from_days)."""
    days = days + 719468
    era, of_era = days // 146097, days % 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    place = (5 * of_year + 2) // 153
    month = (place + 2) % 12 + 1
    year += era * 400
    return [tf.where(month <= 2, year + 1, year), month, of_year - (153 * place + 2) // 5 + 1]
