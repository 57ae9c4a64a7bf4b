"""What workers import before they are born: the server that they are forked from imports this once, for all of them.

Nothing here may start TensorFlow's runtime: its threads would be missing after a fork.
"""

import os
import signal

from suite.workers import quiet

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the affair of the process that asked for workers
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "NONE"}
with quiet():
    import suite.training.engine
    import suite.training.plan  # noqa: F401
