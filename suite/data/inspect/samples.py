"""A few examples of a data set to look at: rows of words for a terminal, or a sheet of pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from suite import paths
from suite.data.dataset import Dataset, Split, is_array

WIDTH = 100  # characters of a text
SHOWN = 8  # columns of an array
CHANNELS, STEPS = 4, 3  # of a sequence
EACH = 10  # pictures of a class


def is_pictures(dataset: Dataset) -> bool:
    return is_array(dataset.train.x) and dataset.train.x.dtype == np.uint8


def rows(dataset: Dataset, count: int = 5) -> Iterator[dict[str, str]]:
    """The first training examples, in words: column -> value, the target last."""
    part = dataset.train.take(slice(count))
    for index in range(len(part)):
        yield _inputs(part, index) | _targets(dataset, part.y[index])


def _targets(dataset: Dataset, target: np.ndarray | np.generic | str) -> dict[str, str]:
    """The target of an example, in words; of several, each."""
    if dataset.targets:
        return {name: f"{value:.6g}" for name, value in zip(dataset.targets, np.asarray(target), strict=True)}
    if dataset.class_names:
        return {"target": dataset.class_names[int(target)]}
    return {"target": target if isinstance(target, str) else f"{target:.6g}"}


def _inputs(part: Split, index: int) -> dict[str, str]:
    """The inputs of an example, in words."""
    if is_array(part.x):
        return _array(np.asarray(part.x[index : index + 1])[0])
    row = part.x.iloc[index]
    return {name: _value(row[name]) for name in part.x}


def _array(x: np.ndarray) -> dict[str, str]:
    if x.ndim == 1:
        shown = {f"x{place}": f"{value:.4g}" for place, value in enumerate(x[:SHOWN], 1)}
        return shown | ({"...": f"{len(x) - SHOWN} more"} if len(x) > SHOWN else {})
    length = int(np.sum(~np.isnan(x).all(axis=1)))
    steps = "; ".join(
        " ".join(f"{value:.3g}" for value in step[:CHANNELS]) for step in x[: min(length, STEPS)]
    )
    return {"steps": str(length), "the first": f"{steps} ..."}


def _value(value: str | float | None) -> str:
    if not isinstance(value, str):
        return "missing" if value is None or np.isnan(value) else f"{value:.6g}"
    return value if len(value) <= WIDTH else f"{value[:WIDTH]} ..."


def sheet(dataset: Dataset) -> Path:
    """Writes pictures of the training split as mlruns/data/NAME.png, a row for each class (at most 20), and
    returns its path."""
    from PIL import Image

    order = dataset.train.y[:20_000]
    classes = range(min(20, len(dataset.class_names))) if dataset.class_names else [None]
    height, width = dataset.input_shape[:2]
    scale = max(1, 48 // max(height, width))
    page = Image.new("RGB", (EACH * (width * scale + 2), len(classes) * (height * scale + 2)), "white")
    top = max(1, int(np.max(dataset.train.array[:1000])))  # scikit-learn's digits go to 16
    for row, name in enumerate(classes):
        chosen = (
            np.flatnonzero(order == name)[:EACH] if name is not None else np.arange(min(EACH, len(order)))
        )
        for column, pixels in enumerate(dataset.train.array[chosen]):
            values = (np.squeeze(pixels).astype(float) * (255 / top)).astype(np.uint8)
            image = (
                Image.fromarray(values)
                .convert("RGB")
                .resize((width * scale, height * scale), Image.Resampling.NEAREST)
            )
            page.paste(image, (column * (width * scale + 2), row * (height * scale + 2)))
    place = paths.home() / "data" / f"{dataset.name.replace(':', '-').replace('/', '-')}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    paths.replace(place, lambda file: page.save(file, format="PNG"))
    return place
