"""Ends the command on Ctrl-C and on SIGTERM: in one line, with exit code 130 or 143, at any moment.

At first at once: there is nothing to tidy up, for whatever is written is whole or not there. While a study
runs, by an exception, so that its run in the tracker is closed; a second signal does not wait for that, and
nor does this process for longer than UNWINDS: the exception may have come between a lock and its release.

Imports next to nothing: what comes before `end_at_once` is interrupted with a traceback of Python's own.
"""

import os
import signal
import sys

TYPE_CHECKING = False  # `typing` itself is slow to import

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)

UNWINDS = 20
"""Seconds after a signal in which a study may close what it has open."""

SAYS = "Interrupted. Finished trainings are kept; the same command goes on from there."


class Interrupted(KeyboardInterrupt):
    """A signal asked this process to end.

    Args:
        number: of the signal.

    Attributes:
        code: exit code that says so.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number, self.code = number, 128 + number


def end_at_once() -> None:
    """Lets a signal end this process at once."""
    for number in SIGNALS:
        signal.signal(number, _end)


def unwind() -> None:
    """Lets a signal raise Interrupted, and a second one end this process at once."""
    sys.unraisablehook = _raised_in_vain
    for number in SIGNALS:
        signal.signal(number, _raise)


def _end(number: int, frame: "FrameType | None") -> None:
    """Writes one line past all buffers, which may be in use, and ends without another step of Python."""
    shown = sys.stdout is not None and sys.stdout.isatty()  # then a progress bar may have hidden the cursor
    os.write(1, ("\r\x1b[?25h" if shown else "").encode() + f"{SAYS}\n".encode())
    _end_children()
    os._exit(128 + number)


def _raise(number: int, frame: "FrameType | None") -> None:
    end_at_once()
    signal.signal(signal.SIGALRM, lambda alarm, frame: _end(number, frame))
    signal.alarm(UNWINDS)
    _end_children()
    raise Interrupted(number)


def _end_children() -> None:
    """Ends the processes that this one started, such as the one that imports TensorFlow, where the system
    names them: they would go on for seconds, and hold the terminal's pipe."""
    try:
        with open("/proc/thread-self/children") as file:
            children = [int(child) for child in file.read().split()]
    except OSError:
        return
    for child in children:
        try:
            os.kill(child, signal.SIGTERM)
        except OSError:  # it has ended
            continue


def _raised_in_vain(unraisable: "Any") -> None:
    """Raises once more what Python could only print, as in a finaliser."""
    if isinstance(unraisable.exc_value, Interrupted):
        unwind()
        os.kill(os.getpid(), unraisable.exc_value.number)
    else:
        sys.__unraisablehook__(unraisable)
