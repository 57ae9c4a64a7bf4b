"""What workers import before they are born: the server that they are forked from imports this once, for all
of them.

Nothing here may start TensorFlow's runtime: its threads would be missing after a fork.
"""

import signal

from suite.running.pool.workers import quiet, settle

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the affair of the process that asked for workers
settle()
with quiet():
    import suite.training.engine
    import suite.training.plan  # noqa: F401
