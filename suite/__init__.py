"""An experiment suite for TensorFlow/Keras 3: questions about deep learning, answered fairly and fast.

What it exports is imported when it is first used: a command may be interrupted from its first moment on.
"""

TYPE_CHECKING = False  # `typing` itself is slow to import

if TYPE_CHECKING:
    from suite.api import load, run
    from suite.study.cases import Level
    from suite.study.config import Config
    from suite.study.demonstration import Demonstration
    from suite.study.prediction import Prediction
    from suite.study.space import Choice, Integer, LogUniform, NearOne, Uniform
    from suite.study.study import Study
    from suite.training import train

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

_MODULES = {
    "suite.api": ("load", "run"),
    "suite.study.cases": ("Level",),
    "suite.study.config": ("Config",),
    "suite.study.demonstration": ("Demonstration",),
    "suite.study.prediction": ("Prediction",),
    "suite.study.space": ("Choice", "Integer", "LogUniform", "NearOne", "Uniform"),
    "suite.study.study": ("Study",),
    "suite.training": ("train",),
}


def __getattr__(name: str) -> object:
    """Imports what is exported; refuses the old name of `Level` with the new one."""
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    if name == "Value":
        raise ImportError("`Value` is now `Level`. Write: from suite import Level.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
