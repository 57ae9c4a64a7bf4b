"""Readers of the files in which image sets are published. A folder goes in, four arrays come out."""

import gzip
import json
import tarfile
import zlib
from pathlib import Path

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # train_x, train_y, test_x, test_y

DAMAGE = (OSError, ValueError, EOFError, IndexError, zlib.error, tarfile.TarError)  # what damaged files raise


def read_idx(folder: Path) -> Arrays:
    """The four files of MNIST's format, plain or .gz: magic number, big-endian sizes, bytes."""

    def array(stem: str) -> np.ndarray:
        plain = folder / stem
        data = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{stem}.gz").read_bytes())
        axes = data[3]
        return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(np.frombuffer(data, ">i4", axes, offset=4))

    return tuple(array(f"{part}-{kind}-ubyte") for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))


def read_png(folder: Path) -> Arrays:
    """CIFAR-10 as PNG: a row of 1024 RGB pixels an image, 10,000 rows a file, the labels as JSON."""
    from PIL import Image

    def images(stem: str) -> np.ndarray:
        with Image.open(folder / f"{stem}.png") as image:
            return np.asarray(image.convert("RGB")).reshape(-1, 32, 32, 3)

    def labels(part: str) -> np.ndarray:
        return np.array(json.loads((folder / f"{part}_lables.json").read_text()), np.uint8)

    train = np.concatenate([images(f"data_batch_{i}") for i in range(1, 6)])
    return train, labels("train"), images("test_batch"), labels("test")


def read_npy(folder: Path) -> Arrays:
    """What `tfds_source.py` writes."""
    names = ("train_x", "train_y", "test_x", "test_y")
    return tuple(np.load(folder / f"{name}.npy", allow_pickle=False) for name in names)
