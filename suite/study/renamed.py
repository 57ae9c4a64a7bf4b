"""Old names of fields: refused, with the new name in the message."""

from collections.abc import Iterable, Mapping
from typing import Any

RENAMED: dict[str, str] = {
    "architecture": "`causal`: True in place of 'decoder', False in place of 'encoder'",
    "position": "`positional_encoding`",
    "seeds": "`replicates`",
}
"""Old name of a field of Config or Study -> the new one, and what its values became."""

MOVED: dict[tuple[str, Any], str] = {("attention", "transformer"): "model='seq2seq_transformer'"}
"""Old field and value -> what says the same today."""


def refuse_renamed(names: Iterable[str]) -> None:
    """Refuses old names of fields.

    Raises:
        ValueError: saying the new name.
    """
    for name in names:
        if name in RENAMED:
            raise ValueError(f"`{name}` is now {RENAMED[name]}. Received: {name}.")


def refuse_moved(settings: Mapping[str, Any]) -> None:
    """Refuses old names of fields, and old values of those that stayed.

    Raises:
        ValueError: saying what to write instead.
    """
    refuse_renamed(settings)
    for (name, value), new in MOVED.items():
        if settings.get(name) == value:
            raise ValueError(f"{name}={value!r} is now {new}. Received: {name}={value!r}.")
