"""Which numbers the texts of a column are: what of it is certain is read, what is not is refused."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suite.data.user.arrow import all_match, row
from suite.data.user.numbers import Written

PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"
"""Numbers as programs write them."""
MAYBE_THOUSANDS = r"^[+-]?([1-9]\d{0,2}\.\d{3}|\d{1,3})$"
"""Those of them whose point may part thousands."""
LONGEST = 15
"""Digits that a number can have; longer ones are names of something."""


def plain(values: pa.ChunkedArray, decimal: str | None) -> pa.ChunkedArray | None:
    """Reads numbers as programs write them, where all are; None: they are something else, or it is not
    certain.

    Args:
        values: texts.
        decimal: the decimal sign, if the user says it.
    """
    if not all_match(values, r"^[+-]?\d+$"):
        if decimal == "," or not all_match(values, PLAIN):
            return None
        if decimal is None and all_match(values, MAYBE_THOUSANDS):
            return None
    texts = pc.utf8_ltrim(values, "+")
    for kind in (pa.int64(), pa.float64()):
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def codes(values: pa.ChunkedArray) -> str:
    """Tells why whole numbers are names of something; "" if they are numbers."""
    if not all_match(values, r"^\d+$"):
        return ""
    zeros = pc.index(pc.match_substring_regex(values, r"^0\d"), True).as_py()
    if zeros >= 0:
        return f"it has leading zeros, as in {values[zeros].as_py()!r}"
    if pc.max(pc.utf8_length(values)).as_py() > LONGEST:
        return f"it has more than {LONGEST} digits"
    return ""


def decimal_sign(
    name: str, values: pa.ChunkedArray, numbers: Written, signs: set[str], delimiter: str
) -> str:
    """Finds the decimal sign of a column: its own, else that of the other columns where they agree.

    A lone point is one, unless semicolons part the fields: there the decimal sign is often a comma, and a
    point parts thousands.

    Raises:
        ValueError: neither tells.
    """
    if numbers.decimal is not None:
        return numbers.decimal or "."
    if len(signs) == 1:
        return next(iter(signs))
    place = int(np.argmax(numbers.readings["."] != numbers.readings[","]))
    text = str(numbers.texts[place])
    if "." in text and not signs and delimiter != ";":
        return "."
    raise ValueError(
        f"`decimal` is needed where a sign may part decimals or thousands. Received: column {name!r},"
        f" {text!r}"
        f" in data row {row(values, text)}, which may be {numbers.readings['.'][place]:.15g} or"
        f" {numbers.readings[','][place]:.15g}. What to do: decimal=. or decimal=,"
    )


def in_numbers(
    name: str, values: pa.ChunkedArray, numbers: Written, sign: str
) -> tuple[pa.ChunkedArray, list[str]]:
    """Reads the texts of a column as numbers by a decimal sign, and tells how where that is not plain.

    Raises:
        ValueError: one is no number by that sign.
    """
    by_text = numbers.readings[sign]
    wrong = np.isnan(by_text)
    if wrong.any():
        text = str(numbers.texts[int(np.argmax(wrong))])
        raise ValueError(
            f"`decimal` must be the decimal sign of column {name!r}. Received: decimal={sign!r}, and {text!r}"
            f" in data row {row(values, text)}."
        )
    encoded = values.combine_chunks().dictionary_encode()
    of = dict(zip(numbers.texts, by_text, strict=True))
    whole = (by_text % 1 == 0).all() and (abs(by_text) < 2**53).all()
    different = pa.array([of[text] for text in encoded.dictionary.to_pylist()], pa.float64())
    unit = f" in {numbers.unit}" if numbers.unit else ""
    shown = next((i for i, text in enumerate(numbers.texts) if text != f"{by_text[i]:.15g}"), None)
    notes = []
    if shown is not None:
        example = f"{str(numbers.texts[shown])!r} is {by_text[shown]:.15g}"
        notes.append(f"`{name}` was read as numbers{unit}: {example}")
    kind = pa.int64() if whole else pa.float64()
    return pa.chunked_array([different.cast(kind).take(encoded.indices)]), notes


def refuse_slips(name: str, values: pa.ChunkedArray, numbers: Written, *, said: bool) -> None:
    """Refuses numbers with slips: a single `n.v.` turns a column of numbers into one of texts: that is never
    meant.

    Raises:
        ValueError: most texts are numbers, or all should be, and some are not; names the first that is not,
            and its row.
    """
    if pair := numbers.two_signs:
        told = " and ".join(f"{text!r} in data row {row(values, text)}" for text in pair)
        raise ValueError(
            f"`dataset` expects one decimal sign in a column. Received: column {name!r}, {told}. What to do:"
            f' write all with one; or types="{name}=category".'
        )
    if text := numbers.behind_signs:
        raise ValueError(
            f"`dataset` expects numbers or texts in a column. Received: column {name!r}, {text!r} in data row"
            f" {row(values, text)}, as most others a number among other signs. What to do: leave the signs"
            f' out; or types="{name}=category", types="{name}=drop".'
        )
    exceptions = numbers.most_are_numbers()
    if exceptions is None and numbers.mixed and not said:
        units = sorted(unit or "none" for unit in set(numbers.units))
        raise ValueError(
            f"`dataset` expects numbers of one unit in a column. Received: column {name!r}, in units of"
            f" {', '.join(units)}, the first {str(numbers.texts[0])!r}. What to do: write all in one unit; or"
            f' types="{name}=category", types="{name}=drop".'
        )
    if exceptions is None and said:
        exceptions = numbers.no_numbers
        exceptions = exceptions if exceptions.any() else np.ones(len(exceptions), bool)
    if exceptions is None:
        return
    count, slip = int(numbers.counts[exceptions].sum()), str(numbers.texts[int(np.argmax(exceptions))])
    place = row(values, slip)
    outer = count == 1 and place in (1, len(values))
    whole_row = ", or leave that row out, if it holds units or a total" if outer else ""
    raise ValueError(
        f"`dataset` expects numbers or texts in a column. Received: column {name!r}, which has numbers but"
        f" for {count} of {numbers.counts.sum()} values, the first of them {slip!r} in data row"
        f' {place}. What to do: mend it{whole_row}; or types="{name}=category"; or say in `missing` what'
        " stands for a missing value."
    )
