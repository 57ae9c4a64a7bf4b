"""Errors for names that users type: what was received, what there is, and the nearest guess."""

import difflib
from collections.abc import Iterable


def one_of(argument: str, received: str, choices: Iterable[str], more: str = "") -> str:
    """Returns `received` if it is one of `choices`. `more`: what else there is, in words, for the message.

    Raises:
        ValueError: naming the argument, the choices and the nearest of them.
    """
    choices = list(choices)
    if received in choices:
        return received
    near = difflib.get_close_matches(received, choices, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"`{argument}` must be one of {', '.join(choices)}{more and f', {more}'}. Received: {received!r}.{hint}"
    )
