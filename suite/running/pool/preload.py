"""What workers import before they are born: the server that they are forked from imports this once, for all
of them.

Nothing here may start TensorFlow's runtime: its threads would be missing after a fork.
"""

import signal
import sys
from types import TracebackType

from suite.running.pool.workers import quiet, settle


def _unless_unwanted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Says why a worker could not start, but not that what it starts from is gone: its parent ended
    meanwhile."""
    if not issubclass(kind, (FileNotFoundError, ConnectionError, EOFError)):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _unless_unwanted
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the affair of the process that asked for workers
settle()
with quiet():
    import suite.training.engine
    import suite.training.plan  # noqa: F401
