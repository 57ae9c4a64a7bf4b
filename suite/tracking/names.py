"""Makes the names that the tracker shows: MLflow takes them, and people can read them. Free of MLflow."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from suite.names import safe

LONGEST = 5000
"""Characters of a tag or parameter that every store takes."""

LONGEST_TITLE = 200
"""Characters of the name of an experiment or a run that can still be read."""


def key(*parts: str) -> str:
    """Returns the name of a parameter, metric or tag.

    Args:
        parts: are put together with `/`, by which the UI groups. One that MLflow would refuse is made safe.
    """
    return "/".join(part if _is_taken(part) else safe(part) for part in parts)


def title(text: str) -> str:
    """Returns the name of an experiment or a run, made safe if it is long or holds what cannot be printed."""
    return text if 0 < len(text) <= LONGEST_TITLE and text.isprintable() else safe(text)


def texts(items: Mapping[str, Any]) -> dict[str, str]:
    """Returns values as texts that every store takes; one that is cut says so at its end."""
    return {name: _text(value) for name, value in items.items()}


def value_of(text: str) -> Any:
    """Returns the value whose text a parameter is: the tracker keeps texts."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def quoted(value: Any) -> Any:
    """Returns a text in quotes where it would be read back as another value, all else as it is."""
    return repr(value) if isinstance(value, str) and value_of(value) != value else value


def level_key(*parts: str) -> str:
    """Returns a name that ends in the label of a level; that of a grid, `he_normal, relu`, without comma."""
    *above, label = parts
    return key(*above, label.replace(", ", " "))


def _is_taken(part: str) -> bool:
    """Whether MLflow takes a part of a name: its characters, and a path that is not called otherwise too."""
    return bool(re.fullmatch(r"[\w.-]([\w.\- ]{0,78}[\w.-])?", part) and part.strip("."))


def _text(value: Any) -> str:
    text = str(value).replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode()
    if len(text) <= LONGEST:
        return text
    end = f" ... (cut; {len(text)} characters)"
    return text[: LONGEST - len(end)] + end
