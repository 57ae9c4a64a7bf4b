"""Names: errors for those that users type wrongly, and safe ones made of any text."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable


def one_of(argument: str, received: str, choices: Iterable[str], more: str = "") -> str:
    """Returns `received` if it is one of `choices`.

    Args:
        argument: what is named.
        received: the name.
        choices: what there is.
        more: what else there is, in words, for the message.

    Raises:
        ValueError: naming the argument, the choices and the nearest of them.
    """
    choices = list(choices)
    if received in choices:
        return received
    known = ", ".join([*choices, more] if more else choices)
    raise ValueError(
        f"`{argument}` must be one of {known}. Received: {received!r}.{did_you_mean(received, choices)}"
    )


def did_you_mean(received: str, choices: Iterable[str]) -> str:
    """Returns the end of a message that names the nearest of `choices`; nothing where none is near."""
    near = difflib.get_close_matches(str(received), list(choices), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def composed(name: str) -> str:
    """Returns a name in letters that are one sign each: two that look alike are equal, whoever typed them.

    Files of one system write `é` as one sign, those of another as two (Unicode Standard Annex 15).
    """
    return unicodedata.normalize("NFC", name)


LONGEST = 80
"""Bytes of a safe name: with what is put before and behind it, a file's name stays below the 255 that disks
take."""


def safe(text: str, origin: str = "") -> str:
    """Makes a name of any text: readable, and good as a name in MLflow, of a file and in a URL.

    Letters and digits of every script, `_` and `-` stay. Whatever else was there is replaced by `_`, and a
    short hash keeps such a name apart from others that would look like it. A safe name stays as it is.

    Args:
        text: what to name.
        origin: where it comes from, such as the absolute path of a file: two of one name are kept apart.

    Returns:
        At most LONGEST bytes, not empty.
    """
    words = re.sub(r"[^\w-]+", "_", composed(text))
    if words == text and 0 < len(text.encode()) <= LONGEST and not origin:
        return text
    return _marked(words.strip("_"), f"{text}\0{origin}")


def shortened(name: str) -> str:
    """Cuts a name of safe parts that is longer than LONGEST bytes; a short hash keeps it apart from others
    cut alike."""
    return name if len(name.encode()) <= LONGEST else _marked(name, name)


def _marked(words: str, whole: str) -> str:
    """As many of `words` as there is room for, and a hash of `whole`."""
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    start = words.encode()[: LONGEST - len(digest) - 1].decode("utf-8", "ignore").rstrip("_")
    return f"{start}-{digest}" if start else digest
