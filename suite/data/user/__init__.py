"""A user's own data: the path of a file or folder in place of a data set's name. Light until something is
read.

- .csv, .tsv, .parquet: a table; .jsonl, .ndjson: an object a line; .json: a list of objects. `target` names
  the column to predict.
- a folder with train.csv and test.csv (or another of these kinds): the same, with a test split of its own.
- .npz: arrays `x` and `y`, or the one that `target` names; or x_train, y_train, x_test and y_test as Keras
  has them.
- a folder of images with a sub-folder for each class, or with train/ and test/ that are such folders.
  FOLDER@64x48 makes every image 64 high and 48 wide.

`options` says what can be said about a table that cannot be inferred.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from suite.data.user.header import check
from suite.data.user.options import Options
from suite.data.user.recognition import FORMATS, folder_and_size, is_own, train_part, version

if TYPE_CHECKING:
    from suite.data.dataset import Whole

__all__ = ["check", "is_own", "read", "version"]


def read(
    path: Path,
    *,
    target: str | None = None,
    group: str | None = None,
    time: str | None = None,
    window: int | None = None,
    horizon: int | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: str | None = None,
    types: str | None = None,
) -> Whole:
    """Reads a user's own data in a training and a test split.

    Args:
        path: as in the module's docstring.
        target: what to predict; `COLUMN:TASK` says the task instead of having it inferred.
        group: column whose equal values stay in one split.
        time: column by which train comes before test.
        window, horizon: of a forecast, see `suite.data.user.forecasts`.
        decimal, encoding, missing, types: see `suite.data.user.options`.

    Raises:
        ValueError: the data cannot be learned from; says where and why.
    """
    said = {"decimal": decimal, "encoding": encoding, "missing": missing, "types": types}
    check(str(path), target=target, group=group, time=time, window=window, horizon=horizon, **said)
    part = train_part(folder_and_size(path)[0])
    module = importlib.import_module(
        f"suite.data.user.{'images' if part.is_dir() else FORMATS[part.suffix.lower()]}"
    )
    steps = {"steps": (window, horizon)} if window and horizon else {}
    return module.read(path, target=target, group=group, time=time, options=Options(**said), **steps)
