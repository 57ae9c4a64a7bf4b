"""Texts that are dates: every form by hand; day and month are told apart by the column, or not at all."""

from datetime import datetime

import pyarrow as pa
import pytest

from suite.data.user import dates

DAY, MONTH = datetime(2024, 1, 31), datetime(2024, 1, 1)


def read(*texts, kind=None):
    return dates.read("x", pa.chunked_array([pa.array(texts, pa.large_string())]), kind)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", DAY), ("2024/1/31", DAY), ("2024.01.31", DAY), ("2024. 1. 31.", DAY),
        ("2024年1月31日", DAY), ("2024년 1월 31일", DAY),
        ("31/01/2024", DAY), ("31.1.2024", DAY), ("31-1-24", DAY),
        ("1/31/2024", DAY), ("31 Jan 2024", DAY), ("31-Jan-2024", DAY), ("Jan 31, 2024", DAY),
        ("January 31st, 2024", DAY), ("Wed, 31 Jan 2024", DAY),
        ("31/12/68", datetime(2068, 12, 31)), ("31/12/69", datetime(1969, 12, 31)),
        ("2024-01-31 08:30", datetime(2024, 1, 31, 8, 30)),
        ("2024-01-31T08:30:15", datetime(2024, 1, 31, 8, 30, 15)),
        ("2024-01-31T08:30:15Z", datetime(2024, 1, 31, 8, 30, 15)),
        ("2024-01-31T08:30:00+09:00", datetime(2024, 1, 30, 23, 30)),
        ("31/1/2024 8:30 PM", datetime(2024, 1, 31, 20, 30)),
        ("1/31/2024 12:05 am", datetime(2024, 1, 31, 0, 5)),
        ("2024-01", MONTH), ("2024년 1월", MONTH), ("01/2024", MONTH),
        ("Jan 2024", MONTH), ("January-2024", MONTH),
    ],
)  # fmt: skip
def test_forms(text, moment):
    assert read(text).values.to_pylist() == [moment]


@pytest.mark.parametrize(
    ("texts", "kind", "month"),
    [
        (("05/01/2024", "31/12/2024"), None, 1), (("05/01/2024", "12/31/2024"), None, 5),
        (("05.01.2024", "06.02.2024"), None, 1), (("05/01/2024", "06/02/2024"), "month-first", 5),
        (("05/01/2024", "06/02/2024"), "day-first", 1), (("20240131", "20240201"), "date", 1),
    ],
)  # fmt: skip
def test_the_column_tells_day_and_month(texts, kind, month):
    assert read(*texts, kind=kind).values[0].as_py().month == month


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("05/01/2024", "06/02/2024"),
         r"whether the day or the month is first.*'05/01/2024' in data row 1.*types=\"x=day-first\""),
        (("13/01/2024", "01/13/2024"), r"whether the day or the month is first"),
        (("2024-01-31", "2024-02-30"),
         r"dates but for 1 of 2 values, the first of them '2024-02-30' in data row 2"),
        (("2024-01-31", "2024-02-03", "soon"),
         r"dates but for 1 of 3 values, the first of them 'soon' in data row 3"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused(texts, message):
    with pytest.raises(ValueError, match=message):
        read(*texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("a", "b"),
        ("12/05", "13/06"),
        ("1.2.3", "4.5.6"),
        ("2024-01-31", "x", "y"),
        ("2010-11", "2011-12"),
        ("Mario 2024", "Luigi 2023"),
        ("2024-13", "2023-14"),
    ],
    ids=str,
)
def test_what_is_no_date(texts):
    assert read(*texts).values is None


def test_dates_of_zeros_are_missing():
    found = read("2024-01-31", "0000-00-00", "0000-00-00 00:00:00")
    assert found.values.to_pylist() == [DAY, None, None]
    assert found.note == "`x` has 2 dates of zeros, which are missing"


def test_missing_dates_stay_missing():
    assert read("31/01/2024", None).values.to_pylist() == [DAY, None]


def test_months_are_told_and_have_no_day_of_the_week():
    found = read("2023-12", "2024-01")
    assert found.note == "`x` has months, as '2023-12', whose first day is meant"
    assert {name: part.to_pylist() for name, part in dates.parts("x", found.values).items()} == {
        "x year": [2023, 2024],
        "x month": [12, 1],
    }
    assert "x day of week" in dates.parts("x", read("2023-12-01", "2024-01-02").values)
