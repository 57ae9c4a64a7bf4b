"""Feeds arrays to a SavedModel as whoever serves it would: run by its path, with TensorFlow and NumPy only.

Usage: python -I reader.py FOLDER INPUTS.npz OUTPUTS.npz BATCH
"""

import sys
from itertools import pairwise
from typing import Any

import numpy as np


def read_inputs(path: str) -> dict[str, np.ndarray]:
    """Reads arrays by name; texts lie there one after the other, beside the places where they end."""
    with np.load(path) as file:
        arrays = dict(file)
    for name in [key.removesuffix(".ends") for key in arrays if key.endswith(".ends")]:
        ends, text = arrays.pop(f"{name}.ends").tolist(), arrays.pop(f"{name}.text").tobytes()
        arrays[name] = np.array([text[a:b] for a, b in pairwise([0, *ends])], object)
    return arrays


def main(folder: str, inputs: str, outputs: str, batch: int) -> None:
    """Writes what the signature `serving_default` gives: for the first example alone, then in batches."""
    import tensorflow as tf

    arrays = read_inputs(inputs)
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    size = len(next(iter(arrays.values())))
    starts = [0, *range(1, size, batch), size]
    parts = [
        serve(**{name: tf.constant(array[start:end]) for name, array in arrays.items()})
        for start, end in pairwise(starts)
    ]
    joined = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
    written: Any = {name: x.astype("S") if x.dtype == object else x for name, x in joined.items()}
    np.savez(outputs, **written)


if __name__ == "__main__":
    sys.modules["keras"] = None  # type: ignore[assignment]  # whoever serves the model need not have it
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
