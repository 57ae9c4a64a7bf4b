"""Texts that are numbers: plain, with a decimal comma or parted thousands, with a currency, a percent sign or
a unit.

A column is read as numbers only where all of it is, in one unit, and the decimal sign is certain. Where most
of it is numbers and the rest is not, something is wrong: that is refused, never made a category or an
identifier.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

FEW = 20
"""So many distinct texts are few: they can be categories, although they begin with digits."""
MOST = 0.5
"""A column of which more than this share reads as numbers is a numeric one with slips."""
ENOUGH = 20
"""So many different numbers with a sign before exactly three digits, beside whole numbers below 1000: it
parts thousands."""

CODES = (
    "USD EUR GBP JPY CNY RMB KRW INR CHF AUD CAD NZD SEK NOK DKK PLN CZK HUF RUB TRY BRL MXN ZAR SGD HKD TWD"
    " THB IDR ILS"
)
SIGNS = "[$€£¥₩₹₽₺₫₪₱฿₴₦원円元]"
CURRENCY = rf"(?:[A-Z]{{0,3}}{SIGNS}|(?:{'|'.join(CODES.split())})\b|Rs\.?|kr\.?|zł)"
NUMBER = r"[\d.,' ]*\d[.,]?(?:[eE][+-]?\d+)?"
MEASURES = (
    "% ‰ mg g kg t lb lbs oz mm cm dm m km in ft yd mi ml cl dl l gal ms s sec min h hr hrs d days kb mb gb"
    " tb hz khz mhz ghz w kw mw wh kwh mwh °c °f k m mn mio b bn"
)
"""Units that two of in a column are likely one quantity written in two ways, and no names."""
UNIT = r"[%‰°]|[°µ]?[^\W\d_][^\d,;:]{0,14}[23]?"
WRITTEN = re.compile(
    rf"(?P<sign>[+-]?) ?(?P<before>{CURRENCY})? ?(?P<minus>-?)(?P<body>{NUMBER})"
    rf" ?(?P<after>{CURRENCY}|{UNIT})?"
)
BODIES = {
    sign: re.compile(
        rf"(?:[1-9]\d{{0,2}}(?P<mark>[{other}' ])\d{{3}}(?:(?P=mark)\d{{3}})*"
        rf"|[1-9]\d?(?:[{other}]\d\d)+[{other}]\d{{3}}|\d+)(?:[{sign}]\d*)?"
        rf"(?:[eE][+-]?\d+)?|[{sign}]\d+(?:[eE][+-]?\d+)?"
    )
    for sign, other in ((".", ","), (",", "."))
}
"""Decimal sign -> what a number without sign and unit looks like: thousands parted by the other sign, a blank
or '."""
AROUND = "~≈±≤≥<>='\"*†‡ "
"""Signs that are written around a number, and make it a text."""
BARE = re.compile(r"[+-]?(?:\d{1,3}(?:[,.'_ ]\d{3})+|\d+)(?:[.,]\d+)?%?")
"""A number without them."""
SAME = str.maketrans({
    **dict.fromkeys("\xa0\u2009\u202f\u2007", " "), **dict.fromkeys("−－–﹣", "-"),
    **dict.fromkeys("’＇", "'"), "，": ",", "٬": ",", "．": ".", "٫": ".", "％": "%",
    "￥": "¥", "＄": "$", "￦": "₩",
})  # fmt: skip
"""Signs that mean what one of ASCII means."""


@dataclass(frozen=True)
class Written:
    """Numbers as a column writes them.

    Attributes:
        texts: [n] the different texts.
        counts: [n] how often each occurs.
        units: [n] currency or unit of each; None: it is no number.
        readings: decimal sign -> [n] values, NaN where a text is no number by that sign.
    """

    texts: np.ndarray
    counts: np.ndarray
    units: np.ndarray
    readings: Mapping[str, np.ndarray]

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """Decimal signs by which every text is a number."""
        return tuple(sign for sign, values in self.readings.items() if not np.isnan(values).any())

    @cached_property
    def unit(self) -> str | None:
        """The one unit of all texts, "" for none; None: there are several, or texts that are no numbers."""
        units = set(self.units)
        return next(iter(units)) if len(units) == 1 else None

    @property
    def all_numbers(self) -> bool:
        """Whether the whole column is numbers in one unit."""
        return bool(self.signs) and self.unit is not None

    @cached_property
    def decimal(self) -> str | None:
        """The decimal sign where the texts tell; "": any, as there is none; None: it is not certain."""
        if len(self.signs) == 1:
            return self.signs[0]
        point, comma = self.readings["."], self.readings[","]
        differ = point != comma
        if not differ.any():
            return ""
        used = "." if "." in self.texts[differ][0] else ","
        other = {".": ",", ",": "."}[used]
        if any(other in text for text in self.texts[differ]):
            return None
        if self.unit and re.fullmatch(CURRENCY, self.unit):  # of which none has three decimals
            return other
        whole = point[~differ]
        # One of thousands is not parted, or has no decimals where all others have three: neither is certain.
        if len(whole) and (abs(whole) < 1000).all() and differ.sum() >= ENOUGH:
            return other
        return None

    @property
    def mixed(self) -> bool:
        """Whether all are numbers of measures or currencies, too many to be categories, in several units."""
        units = set(self.units)
        known = all(
            unit and (unit.lower() in MEASURES.split() or re.fullmatch(CURRENCY, unit))
            for unit in units - {""}
        )
        return len(self.texts) > FEW and not self.no_numbers.any() and known and len(units) > 1

    @property
    def two_signs(self) -> tuple[str, str] | None:
        """The first texts of a column of numbers that have a decimal point and a decimal comma; None: it has
        not both."""
        point, comma = (~np.isnan(self.readings[sign]) for sign in (".", ","))
        places = [np.flatnonzero(one & ~other) for one, other in ((point, comma), (comma, point))]
        if not all(map(len, places)) or self.counts[point | comma].sum() <= MOST * self.counts.sum():
            return None
        return str(self.texts[places[0][0]]), str(self.texts[places[1][0]])

    @property
    def behind_signs(self) -> str:
        """The first of the texts that are numbers but for signs around them, such as `~12` or `="0012"`; "":
        they are few, or not the most."""
        found = [
            bool(no and BARE.fullmatch(_ascii(text).strip(AROUND)))
            for text, no in zip(self.texts, self.no_numbers, strict=True)
        ]
        if len(self.texts) <= FEW or self.counts[found].sum() <= MOST * self.counts.sum():
            return ""
        return str(self.texts[int(np.argmax(found))])

    @property
    def no_numbers(self) -> np.ndarray:
        """[n] which texts are no number by either sign."""
        return np.isnan(self.readings["."]) & np.isnan(self.readings[","])

    def most_are_numbers(self) -> np.ndarray | None:
        """[n] which texts are the exceptions in a column of numbers; None: it is none, or has no exceptions.

        Numbers with a unit count if it is the most frequent one, and there are too many of them to be
        categories.
        """
        numbers = ~self.no_numbers
        plain = numbers & (self.units == "")
        usual = pd.Series(self.counts[numbers]).groupby(self.units[numbers]).sum()
        alike = numbers & (self.units == usual.idxmax()) if len(usual) else plain
        for regular in (plain, alike if len(self.texts) > FEW else plain):
            share = self.counts[regular].sum() / max(self.counts.sum(), 1)
            if MOST < share < 1:
                return ~regular
        return None


def written(texts: np.ndarray, counts: np.ndarray) -> Written:
    """Reads texts as numbers, as far as they are, by either decimal sign.

    Args:
        texts: [n] different texts without blanks around them.
        counts: [n] how often each occurs.
    """
    units = np.full(len(texts), None, object)
    readings = {sign: np.full(len(texts), np.nan) for sign in BODIES}
    for place, text in enumerate(texts):
        plain = _ascii(text)
        closed = plain[:1] == "(" and plain[-1:] == ")"  # a negative number in accounting
        found = WRITTEN.fullmatch(plain[1:-1] if closed else plain)
        if not found or bool(found["sign"]) + bool(found["minus"]) + closed > 1:
            continue
        units[place] = " ".join(part.strip() for part in (found["before"], found["after"]) if part)
        negative = closed or "-" in (found["sign"], found["minus"])
        for sign, values in readings.items():
            if body := BODIES[sign].fullmatch(found["body"].strip()):
                mark = body["mark"] or {".": ",", ",": "."}[sign]
                number = float(body[0].replace(mark, "").replace(sign, "."))
                values[place] = -number if negative else number
    return Written(texts, counts, units, readings)


def _ascii(text: str) -> str:
    """Digits of other scripts, wide signs and blanks as ASCII has them."""
    if text.isascii():
        return text
    text = text.translate(SAME)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
