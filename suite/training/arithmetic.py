"""Says what the last bits of a training depend on next to its program: it is recorded with every result."""

import os
import platform
from contextlib import suppress
from functools import cache


@cache
def arithmetic() -> dict[str, str | int]:
    """Returns the versions that compute, the processor and GPUs, TensorFlow's threads and its oneDNN setting.

    `threads` are those that one operation may use; 0: as many as there are cores.
    """
    import keras
    import numpy as np
    import tensorflow as tf

    gpus = [
        tf.config.experimental.get_device_details(gpu).get("device_name", "gpu")
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "processor": processor(),
        "gpus": ", ".join(gpus),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", ""),
    }


def processor() -> str:
    """Returns the processor's name where the system tells it, else its architecture."""
    with suppress(OSError), open("/proc/cpuinfo") as lines:
        named = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        return next(named, platform.processor() or platform.machine())
    return platform.processor() or platform.machine()
