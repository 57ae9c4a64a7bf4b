"""Training: the only place that takes a gradient step. `train(config)` gives a `Result`."""

from typing import Any

__all__ = ["Result", "train", "train_many"]


def __getattr__(name: str) -> Any:
    """Imports TensorFlow only for who trains: `Result` is read by processes that never do."""
    if name == "Result":
        from suite.training.result import Result

        return Result
    if name in __all__:
        from suite.training import engine

        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
