"""Tiny data sets of every kind of input and task, the same at every call: `TINY[kind]()`."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from suite.data.dataset import Dataset, Split, Whole, split

SIZE, TEST = 160, 32


def images() -> Dataset:
    """uint8 [6, 5]: is it bright above or below?"""
    rng, y = np.random.default_rng(0), _classes()
    bright = (np.arange(6) < 3)[None, :, None] == (y == 0)[:, None, None]
    x = rng.integers(0, 120, (SIZE, 6, 5)) + 100 * bright
    return _dataset(x.astype(np.uint8), y, "classification", class_names=("above", "below"))


def columns() -> Dataset:
    """Mixed columns with missing values, under names that no signature could have."""
    rng, y = np.random.default_rng(1), _classes()
    x = pd.DataFrame(
        {
            "age (years)": (30 + 20 * y + rng.normal(0, 8, SIZE)).astype(np.float32),
            "class": rng.choice(["first", "second", "größte"], SIZE),
            "Inputs": rng.normal(size=SIZE).astype(np.float32),
            "inputs": np.where(y == 1, "It was good, very good", "It was Bad"),
        }
    )
    kinds = {"age (years)": "numeric", "class": "categorical", "Inputs": "numeric", "inputs": "text"}
    x = x.astype({"class": object, "inputs": object})
    for name in ("age (years)", "class", "inputs"):
        x.loc[rng.choice(SIZE, SIZE // 8, replace=False), name] = None
    return _dataset(x, y, "classification", class_names=("no", "yes"), kinds=kinds)


def regression() -> Dataset:
    """float32 [5]: a price that is a product, so that its logarithm is a sum."""
    x = np.random.default_rng(2).normal(3, 2, (SIZE, 5)).astype(np.float32)
    y = np.exp(6 + x @ [0.3, -0.2, 0.1, 0, 0.1]).astype(np.float32)
    return _dataset(x, y, "regression", target="price (US dollars)", log_target=True)


def texts() -> Dataset:
    """Words, some of which tell the class."""
    rng, y = np.random.default_rng(3), _classes()
    words = np.array(["the", "a", "film", "was", "and", "über", "Good!", "fine", "bad", "DULL,"])
    shares = np.array([[4, 4, 4, 4, 4, 1, 0, 0, 3, 3], [4, 4, 4, 4, 4, 1, 3, 3, 0, 0]]) / 27
    lines = [" ".join(rng.choice(words, rng.integers(1, 9), p=shares[label])) for label in y]
    x = pd.DataFrame({"text": np.array(lines, object)})
    return _dataset(x, y, "classification", class_names=("negative", "positive"), kinds={"text": "text"})


def sequences() -> Dataset:
    """float32 [7, 3] of 2 to 7 time steps, then NaN: does the first channel rise or fall?"""
    rng, y = np.random.default_rng(4), _classes()
    x = rng.normal(5, 1, (SIZE, 7, 3))
    x[:, :, 0] += np.where(y == 1, 1, -1)[:, None] * np.arange(7)
    x[np.arange(7) >= rng.integers(2, 8, SIZE)[:, None]] = np.nan
    return _dataset(x.astype(np.float32), y, "classification", class_names=("falls", "rises"))


def pairs() -> Dataset:
    """Letters to the same letters doubled, as words: ab -> A A B B. In test a single last letter is right as
    well."""
    rng = np.random.default_rng(5)
    words = ["".join(rng.choice(list("abcd"), rng.integers(1, 4))) for _ in range(SIZE)]
    y = np.array([" ".join(letter for letter in word.upper() for _ in "12") for word in words], object)
    y[-TEST:] = [f"{text} | {text[:-2]}" for text in y[-TEST:]]
    x = pd.DataFrame({"word": np.array(words, object)})
    return _dataset(x, y, "sequence_to_sequence", target="letters, twice each", kinds={"word": "characters"})


TINY: dict[str, Callable[[], Dataset]] = {
    "images": images,
    "columns": columns,
    "regression": regression,
    "texts": texts,
    "sequences": sequences,
    "pairs": pairs,
}


def _classes() -> np.ndarray:
    return np.resize([0, 1, 1], SIZE).astype(np.int32)


def _dataset(x, y: np.ndarray, task: str, **facts) -> Dataset:
    """The last examples are test; of the others 32 are validation and 96 train."""
    every = Split(x, y)
    facts |= dict.fromkeys(("source", "licence", "description", "splits", "sha256"), "a fact.")
    train, test = every.take(slice(-TEST)), every.take(slice(-TEST, None))
    whole = Whole(name="tiny", task=task, train=train, test=test, validation_size=32, **facts)
    return split(whole, data_seed=0, train_size=None, validation_size=None)
