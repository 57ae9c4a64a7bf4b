"""The rule by which a text stands for a missing value. Training and the exported model share it.

Spaces around a text never count. What is left is missing if it is one of the marks of its data set. NumPy is
not needed.
"""

from collections.abc import Sequence

SPACES = "".join(
    [
        "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680",
        *map(chr, range(0x2000, 0x200B)),
        "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff",
    ]
)
"""What is cut from both ends of a text: every kind of blank in Unicode, those without width, and a stray byte
order mark."""

MARKS: tuple[str, ...] = (
    "", "?", "-", "--", "–", "—", ".", "N/A", "n/a", "NA", "na", "N.A.", "n.a.", "NaN", "nan", "NaT", "<NA>",
    "NULL", "Null", "null", "(null)", "None", "none", r"\N", "#N/A", "#NA", "#N/A N/A", "#DIV/0!", "#VALUE!",
    "#REF!", "#NAME?", "#NUM!", "#NULL!",
)  # fmt: skip
"""What stands for a missing value in a user's own data unless `missing` says otherwise: pandas's marks,
dashes, and the errors of spreadsheets."""


def is_missing(text: str, marks: Sequence[str]) -> bool:
    """Tells whether a text stands for a missing value."""
    return text.strip(SPACES) in marks


def pattern(marks: Sequence[str]) -> str:
    """Gives the rule as a regular expression (RE2) that a missing text matches wholly, spaces and all."""
    quoted = "|".join("".join(f"\\x{{{ord(sign):x}}}" for sign in mark) for mark in marks)
    return f"{EDGE}*({quoted}){EDGE}*"


EDGE = "[" + "".join(f"\\x{{{ord(sign):x}}}" for sign in SPACES) + "]"
"""One of SPACES, as RE2 writes it."""
