"""The inputs of a model that reads a table: what they are called, and how much of a column they tell apart.
Free of TensorFlow."""

import keyword
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.data.dataset import Facts

CATEGORIES = 100
"""Most categories of a column that have a feature each; the rarer ones have codes of CODE features."""

CODE = 64
"""Features that the rarer categories of a column share."""

KNOWN_CATEGORIES = 10_000
"""Most categories of a column that are told apart; the rarer ones are unknown."""

WORDS_BESIDE = 1000
"""Words, or characters, of a text column that stands beside others: each is present or not."""

PARTS = ("year", "month", "day of week", "hour")
"""What a model is given of a date, each as the column `DATE PART`; Monday is 0."""


def file_columns(facts: "Facts") -> dict[str, str]:
    """Gives the columns of the user's file that a model reads, in order, with their kinds.

    Those are the columns of `kinds`, but for a date, which is one column of the file, `date`, and several
    there.
    """
    found = {}
    for name, kind in facts.kinds.items():
        column = facts.origins.get(name, name)
        found[column] = "date" if column in facts.dates else kind
    return found


def input_names(facts: "Facts") -> dict[str, str]:
    """Gives the input of each column of the user's file that a model reads, in order."""
    return identifiers(file_columns(facts))


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Gives columns names as inputs or outputs of a SavedModel: letters, digits and _, as an argument in
    Python, each once.

    To TensorFlow, capitals are no difference. A name of which nothing is left becomes `column_` and its
    place.

    Args:
        names: of columns, in order.
        taken: what none of them may be called, in small letters.
    """
    found: dict[str, str] = {}
    for place, name in enumerate(names, start=1):
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not plain.strip("_"):
            plain = f"column_{place}"
        if not re.match(r"[A-Za-z]", plain) or keyword.iskeyword(plain) or plain == "self":
            plain = f"column_{plain}"
        while plain.lower() in {*taken, *map(str.lower, found.values())}:
            plain += "_"
        found[name] = plain
    return found
