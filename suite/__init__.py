"""An experiment suite for TensorFlow/Keras 3: questions about deep learning, answered fairly, fast and tracked."""

from suite.study.config import Config
from suite.study.space import Choice, LogUniform, NearOne, Uniform
from suite.study.study import Level, Study

__all__ = ["Choice", "Config", "Level", "LogUniform", "NearOne", "Study", "Uniform"]


def __getattr__(name: str) -> object:
    """Refuses the old name of `Level` with the new one."""
    if name == "Value":
        raise ImportError("`Value` is now `Level`. Write: from suite import Level.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
