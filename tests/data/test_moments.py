"""Dates read as texts inside a model, against how they are read in a file."""

import random
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tensorflow as tf

from suite.data import load
from suite.data.inputs import PARTS, input_names
from suite.data.moments import DateParts
from suite.data.preprocessing import prepare, raw_inputs
from suite.data.user import dates

FORMATS = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y. %m. %d.", "%Y년 %m월 %d일", "%Y年%m月%d日", "%Y%m%d", "%d.%m.%Y", "%d/%m/%y",
    "%m-%d-%Y", "%b %d, %Y", "%d-%b-%Y", "%A, %d %B %Y", "%B %dth %Y", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %I:%M %p", "%Y-%m-%d, %H:%M", "%b %d, %Y %I:%M:%S%p",
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M +09:00", "%Y-%m-%d %H:%M:%S-0330", "%Y-%m-%d %H:%M UTC",
    "%Y%m%dT%H%M", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ",
    "%Y-%m", "%Y년 %m월", "%m/%Y", "%m-%Y", "%b %Y", "%B-%Y",
]  # fmt: skip


def parts_of(texts: list[str], order: str) -> np.ndarray:
    return DateParts(order)(tf.constant(texts)[:, None]).numpy()


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_means_what_it_means_in_a_file(form):
    rng = random.Random(form)
    moments = [datetime(1970, 1, 1) + timedelta(seconds=rng.randrange(-(2**31), 2**31)) for _ in range(200)]
    texts = [moment.strftime(form) for moment in moments]
    order = "month-first" if form.startswith("%m") else "day-first"
    read = dates.read("when", pa.chunked_array([texts]).cast(pa.large_string()), order)
    found = read.values.to_pylist()  # noqa: PD011 - of `Dates`, not of pandas
    expected = [[at.year, at.month, at.weekday(), at.hour] for at in found]
    np.testing.assert_array_equal(parts_of(texts, order), expected)
    assert PARTS == ("year", "month", "day of week", "hour")


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-02-29", "day-first", [2024, 2, 3, 0]),  # a Thursday
        ("03/04/2024", "day-first", [2024, 4, 2, 0]),
        ("03/04/2024", "month-first", [2024, 3, 0, 0]),
        ("1.2.68", "day-first", [2068, 2, 2, 0]),
        ("1.2.69", "day-first", [1969, 2, 5, 0]),
        ("2024-12-31 23:30 -01:00", "day-first", [2025, 1, 2, 0]),
        ("2024-01-01 00:10+0100", "day-first", [2023, 12, 6, 23]),
        ("Mon, 5th Feb 2024 12:05 am", "day-first", [2024, 2, 0, 0]),
        ("1899-12-31", "day-first", [1899, 12, 6, 0]),
        ("2024-03", "day-first", [2024, 3, 4, 0]),  # its first day
        ("Sept. 2024", "month-first", [2024, 9, 6, 0]),
    ],
)
def test_moments_by_hand(text, order, expected):
    assert parts_of([text], order).tolist() == [expected]


def test_what_is_no_date_is_missing():
    texts = [
        "",
        "never",
        "2023-02-29",
        "0000-00-00",
        "2024-13-01",
        "31/04/2024",
        "12",
        "5 Xyz 2024",
        "2024-01-01 12",
    ]
    assert np.isnan(parts_of(texts, "day-first")).all()


def test_a_model_reads_the_texts_of_the_file_and_gets_what_was_made_of_them(tmp_path):
    """In the order that the column shows, where one is missing, and where the file has timestamps instead."""
    rng = np.random.default_rng(0)
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 700 * 24, 200), "h")
    frame = pd.DataFrame({"then": days.strftime("%d/%m/%Y %H:%M"), "seen": days, "y": rng.normal(size=200)})
    frame.loc[3, "then"] = "n/a"
    frame.to_parquet(tmp_path / "visits.parquet")
    dataset = load(str(tmp_path / "visits.parquet"), target="y")
    assert dataset.dates == {"then": "day-first", "seen": "day-first"}
    assert input_names(dataset) == {"then": "then", "seen": "seen"}
    found = prepare(dataset, max_tokens=10, sequence_length=None)
    assert {name: x.dtype for name, x in found.inputs.items()} == {"then": "string", "seen": "string"}
    raw = raw_inputs(dataset, dataset.train.x)
    assert raw["seen"][0].decode() == str(dataset.train.x["seen"][0])
    numbers = dataset.train.x[list(dataset.kinds)].to_numpy()
    standard = (numbers - np.nanmean(numbers, 0)) / np.nanstd(numbers, 0)
    flags = np.isnan(numbers)
    columns = [
        c
        for i in range(8)
        for c in ([standard[:, i], flags[:, i]] if flags[:, i].any() else [standard[:, i]])
    ]
    np.testing.assert_allclose(found.train.x, np.nan_to_num(np.stack(columns, 1)), atol=1e-4)
