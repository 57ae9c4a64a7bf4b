"""What makes a test better than it is, on tables whose answer is known."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from suite.data.dataset import Split
from suite.data.user.identifiers import row_numbers
from suite.data.user.labels import several, slips
from suite.data.user.leakage import contradicting, digests, repeated, telling

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=100).astype(np.float32)


def test_repeats_are_counted_by_content():
    x = pd.DataFrame({"a": [1.0, 2, 3, 1, 5], "b": ["x", None, "z", "x", None]})
    found = digests(x)
    assert found[0] == found[3] and len(set(found)) == 4
    assert repeated(found[:3], found[3:])[0].startswith("1 of 2 test examples (50%) are in train too")
    assert repeated(found[:1], found[3:4])[0].startswith("All 1 test examples (100%)")
    assert repeated(found[:3], found[4:]) == []


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_digests_of_arrays(dtype):
    x = RNG.integers(0, 256, (20, 5, 7)).astype(dtype)
    y = np.concatenate([x, x[:1], x[:1] + dtype(1), x[:1, ::-1]])
    assert len(set(digests(y))) == 22


def test_contradictions_are_counted():
    found = digests(pd.DataFrame({"a": [1, 1, 2, 2, 3]}))
    y = np.array([0, 1, 0, 0, 1])
    assert contradicting(found, y, ("no", "yes"))[0].startswith("2 examples have the inputs of")
    assert contradicting(found, np.array([0, 0, 1, 1, 0]), ("no", "yes")) == []
    assert contradicting(found, y, ()) == []


CLASSES = np.arange(100) % 2
NUMBERS = RNG.uniform(1, 9, 100)


@pytest.mark.parametrize(
    ("column", "y", "names", "how"),
    [
        (np.where(CLASSES, "Y", "N"), CLASSES, ("no", "yes"), "each of its 2 values has one class"),
        (np.array(["p", "q", "r", "s"])[np.arange(100) % 4], CLASSES, ("no", "yes"),
         "each of its 4 values has one class"),
        (CLASSES * 9 + NOISE, CLASSES, ("no", "yes"), "its values part the classes"),
        (NOISE, CLASSES, ("no", "yes"), None),
        (np.where(np.arange(100) == 7, "odd", np.where(CLASSES, "Y", "N")), CLASSES, ("no", "yes"),
         "each of its 3 values"),
        (np.where(np.arange(100) < 2, "Y", np.where(CLASSES, "Y", "N")), CLASSES, ("no", "yes"), None),
        (NUMBERS * 3 + 2, NUMBERS, (), "they lie on a straight line"),
        (np.log(NUMBERS), NUMBERS, (), "both have the same order"),
        (1 / NUMBERS, NUMBERS, (), "they have the opposite order"),
        (np.round(NUMBERS, 1), NUMBERS, (), "both have the same order"),
        (NUMBERS, np.floor(2 * NUMBERS), (), "both have the same order"),
        (-np.round(NUMBERS**2), NUMBERS, (), "they have the opposite order"),
        (np.round(NUMBERS / 4), NUMBERS, (), None),  # four values: a category
        (np.where(np.arange(100) == 7, 3, np.round(NUMBERS, 1)), NUMBERS, (), None),
        (NUMBERS + NOISE, NUMBERS, (), None),
    ],
)  # fmt: skip
def test_a_column_that_tells_the_target(column, y, names, how):
    x = pd.DataFrame({"noise": NOISE[::-1].copy(), "x": column})
    y = y.astype(np.int32 if names else np.float32)
    notes = telling(Split(x, y), names, {})
    assert [note.partition(":")[0] for note in notes] == (["`x` alone tells the target"] if how else [])
    assert how is None or how in notes[0]


@pytest.mark.parametrize(
    ("name", "values", "dropped"),
    [
        ("Unnamed: 0", [3, 3, 1], True), ("__index_level_0__", [5, 9, 2], True), ("id", [7, 3, 9], True),
        ("userId", [7, 3, 9], True), ("번호", [7, 3, 9], True), ("paid", [7, 3, 9], False),
        ("id", [7, 7, 9], False), ("n", list(range(0, 40, 2)), True), ("n", [*range(0, 40, 2), 5], False),
        ("n", [1, 2, 3], True), ("n", [4, 2, 3], True), ("n", [4, 2, 9], False),
        ("n", [1.5, 2.5, 3.5], False), ("n", [*range(30), None], True), ("n", [*range(9), None], False),
        ("n", [None, 3, None], False), ("n", [*range(30), math.inf], False),
         ("n", list(range(20, 0, -1)), True), ("year", [2020] * 20, False),
    ],
)  # fmt: skip
def test_row_numbers(name, values, dropped):
    assert bool(row_numbers(name, pa.chunked_array([values]))) is dropped


def test_row_numbers_begin_again_in_another_file():
    values = pa.chunked_array([[*range(0, 60, 3), *range(0, 45, 3)]])
    assert row_numbers("n", values, borders=[20])
    assert not row_numbers("n", values)


def test_names_that_are_likely_one():
    counts = {"Yes": 5, "yes": 2, "no": 4, "New York": 1, "new  york": 1}
    assert [note.partition(" differ")[0] for note in slips(counts)] == [
        "'Yes' (5), 'yes' (2)",
        "'New York' (1), 'new  york' (1)",
    ]
    assert list(slips({"a": 1, "b": 2})) == []


def test_names_that_are_lists_of_others():
    assert several(["x", "y", "x, y", "z"]).startswith("1 of the names are lists of others, as 'x, y'")
    assert several(["x", "y", "z,w"]) == several(["a", "b"]) == ""
