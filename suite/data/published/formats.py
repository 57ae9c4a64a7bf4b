"""Readers of the files in which data sets are published. A folder goes in, arrays and DataFrames come out."""

import gzip
import hashlib
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from suite.data.dataset import VARIANTS

Examples = Any  # an array, or a DataFrame of raw columns
Arrays = tuple[Examples, np.ndarray, Examples, np.ndarray] | tuple[Examples, np.ndarray]
"""train_x, train_y, test_x, test_y; or x and y of all examples where there is no official test split."""

ADULT = {
    "age": "numeric",
    "workclass": "categorical",
    "fnlwgt": "numeric",
    "education": "categorical",
    "education-num": "numeric",
    "marital-status": "categorical",
    "occupation": "categorical",
    "relationship": "categorical",
    "race": "categorical",
    "sex": "categorical",
    "capital-gain": "numeric",
    "capital-loss": "numeric",
    "hours-per-week": "numeric",
    "native-country": "categorical",
}
DIAMONDS = {
    "carat": "numeric",
    "cut": "categorical",
    "color": "categorical",
    "clarity": "categorical",
    "depth": "numeric",
    "table": "numeric",
    "x": "numeric",
    "y": "numeric",
    "z": "numeric",
}
"""Kinds of the columns of files, in order."""

DAMAGE = (OSError, ValueError, EOFError, LookupError, zlib.error, tarfile.TarError, zipfile.BadZipFile)
"""What damaged files raise."""


def read_idx(folder: Path) -> Arrays:
    """The four files of MNIST's format, plain or .gz: magic number, big-endian sizes, bytes."""

    def array(stem: str) -> np.ndarray:
        plain = folder / stem
        data = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{stem}.gz").read_bytes())
        axes = data[3]
        return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(
            np.frombuffer(data, ">i4", axes, offset=4)
        )

    train, test = (
        (array(f"{part}-images-idx3-ubyte"), array(f"{part}-labels-idx1-ubyte")) for part in ("train", "t10k")
    )
    return *train, *test


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


def read_reviews(folder: Path) -> Arrays:
    """IMDB as reviews.json: objects of text `t` and sentiment `s`; in turn 12,500 of test and of train,
    twice."""
    import pandas as pd

    reviews = json.loads((folder / "reviews.json").read_text(encoding="utf-8"))
    if len(reviews) != 50_000:
        raise ValueError(f"reviews.json holds {len(reviews)} reviews, not 50000")
    # TFDS strips the bytes of a review, so only white space of ASCII.
    x = pd.DataFrame(
        {"text": pd.Series([review["t"].strip(" \t\n\r\v\f") for review in reviews], dtype="str")}
    )
    y = np.array([review["s"] for review in reviews], np.int32)
    test = np.arange(len(y)) // 12_500 % 2 == 0
    return x[~test], y[~test], x[test], y[test]


def read_adult(folder: Path) -> Arrays:
    """adult.data and adult.test of UCI: CSV without a header; `?` is missing; labels of the test part end in
    a full stop."""
    import pandas as pd

    def part(file: str) -> tuple:
        frame = pd.read_csv(
            folder / file, names=[*ADULT, "income"], skipinitialspace=True, comment="|", na_values="?",
            keep_default_na=False,
            dtype=_types(ADULT) | {"income": "str"},
        )  # fmt: skip
        return frame[list(ADULT)], _codes(frame["income"].str.rstrip("."), ("<=50K", ">50K"))

    return *part("adult.data"), *part("adult.test")


def read_diamonds(folder: Path) -> Arrays:
    """diamonds.csv of ggplot2."""
    import pandas as pd

    frame = pd.read_csv(folder / "diamonds.csv", dtype=_types(DIAMONDS) | {"price": np.float32})
    return frame.drop(columns="price"), frame["price"].to_numpy()


def _types(kinds: dict[str, str]) -> dict:
    return {name: np.float32 if kind == "numeric" else "str" for name, kind in kinds.items()}


def read_ts(folder: Path) -> Arrays:
    """One problem of the UEA archive as {PROBLEM}_TRAIN.ts and {PROBLEM}_TEST.ts, series of different length:
    channels are separated by `:`, values by `,`; the class comes last."""

    def part(file: Path) -> tuple[list[np.ndarray], np.ndarray]:
        lines = file.read_text(encoding="utf-8").splitlines()
        classes, *_ = (line.split()[2:] for line in lines if line.lower().startswith("@classlabel"))
        rows = [line.split(":") for line in lines[lines.index("@data") + 1 :] if line]
        series = [
            np.array([channel.split(",") for channel in channels], np.float32).T for *channels, _ in rows
        ]
        return series, _codes([row[-1] for row in rows], classes)

    # Of JapaneseVowels, aeon also holds a copy stretched to equal length (_eq).
    found = [
        [path for path in folder.glob(f"*_{name}.ts") if "_eq_" not in path.name]
        for name in ("TRAIN", "TEST")
    ]
    (train, train_y), (test, test_y) = (part(paths[0]) for paths in found)
    length = max(map(len, [*train, *test]))
    return _padded(train, length), train_y, _padded(test, length), test_y


def _padded(series: list[np.ndarray], length: int) -> np.ndarray:
    """[n, length, channels]: NaN after the end of each series."""
    x = np.full((len(series), length, series[0].shape[1]), np.nan, np.float32)
    for row, values in zip(x, series, strict=True):
        row[: len(values)] = values
    return x


def _codes(labels: Iterable[str], classes: Iterable[str]) -> np.ndarray:
    """Places of labels among the classes.

    Raises:
        KeyError: a label that is none of them.
    """
    place = {name: index for index, name in enumerate(classes)}
    return np.array([place[label] for label in labels], np.int32)


def read_cmudict(folder: Path) -> Arrays:
    """cmudict.dict: a line for each pronunciation, `word(2) PH0 ON1 E2 # remark`.

    Kept are words of letters and apostrophes. Stress is left out, and with it pronunciations that differ in
    nothing else. A word is of the test split if its hash says so, so it stays there in every version of the
    dictionary. Train has a row for each pronunciation; test one for each word, its pronunciations joined by
    VARIANTS.
    """
    import pandas as pd

    spoken: dict[str, dict[str, None]] = {}
    for line in (folder / "cmudict.dict").read_text(encoding="utf-8").splitlines():
        word, *phones = line.partition("#")[0].split()
        word = re.sub(r"\(\d+\)$", "", word)
        if re.fullmatch(r"'?[a-z][a-z']*", word):
            spoken.setdefault(word, {})[re.sub(r"\d", "", " ".join(phones))] = None
    held = {word for word in spoken if int(hashlib.sha256(word.encode()).hexdigest(), 16) % 10 == 0}
    train = [(word, phones) for word in spoken if word not in held for phones in spoken[word]]
    test = [(word, VARIANTS.join(spoken[word])) for word in spoken if word in held]

    def part(pairs: list[tuple[str, str]]) -> tuple:
        words, phones = zip(*pairs, strict=True)
        return pd.DataFrame({"word": pd.Series(words, dtype="str")}), np.array(phones, object)

    return *part(train), *part(test)


def read_tfds(folder: Path) -> Arrays:
    """What `tfds_source.py` writes."""

    def examples(part: str) -> Any:
        if (folder / f"{part}_x.npy").exists():
            return np.load(folder / f"{part}_x.npy", allow_pickle=False)
        import pandas as pd

        return pd.read_parquet(folder / f"{part}_x.parquet")

    parts = [part for part in ("train", "test") if (folder / f"{part}_y.npy").exists()]
    return tuple(
        array
        for part in parts
        for array in (examples(part), np.load(folder / f"{part}_y.npy", allow_pickle=False))
    )
