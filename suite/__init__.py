"""An experiment suite for TensorFlow/Keras 3: questions about deep learning, answered fairly, fast and tracked."""

from suite.config import Config
from suite.space import Choice, LogUniform, NearOne, Uniform
from suite.study import Study, Value

__all__ = ["Choice", "Config", "LogUniform", "NearOne", "Study", "Uniform", "Value"]
