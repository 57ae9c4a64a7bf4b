"""An experiment suite for TensorFlow/Keras 3: questions about deep learning, answered fairly and fast."""

from suite.study.cases import Level
from suite.study.config import Config
from suite.study.demonstration import Demonstration
from suite.study.prediction import Prediction
from suite.study.space import Choice, Integer, LogUniform, NearOne, Uniform
from suite.study.study import Study

__all__ = [
    "Choice",
    "Config",
    "Demonstration",
    "Integer",
    "Level",
    "LogUniform",
    "NearOne",
    "Prediction",
    "Study",
    "Uniform",
    "load",
    "run",
    "train",
]


def __getattr__(name: str) -> object:
    """Imports what runs studies when it is used; refuses the old name of `Level` with the new one."""
    if name in ("load", "run"):
        from suite import api

        return getattr(api, name)
    if name == "train":
        from suite.training import train

        return train
    if name == "Value":
        raise ImportError("`Value` is now `Level`. Write: from suite import Level.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
