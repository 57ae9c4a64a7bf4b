"""Texts that are numbers: every way of writing them by hand, and what is refused rather than guessed."""

import numpy as np
import pyarrow as pa
import pytest

from suite.data.user.columns import infer
from suite.data.user.numbers import written
from suite.data.user.options import Options
from suite.data.user.typed import typed


def read(*texts, options=Options(), delimiter="", **beside):  # noqa: B008 - frozen
    """The column `x` of a table, its notes and units."""
    columns = {"x": texts, **beside}
    table = pa.table({name: pa.array(values, pa.large_string()) for name, values in columns.items()})
    found = typed(table, options, delimiter=delimiter)
    return found.table.column("x").to_pylist(), found


@pytest.mark.parametrize(
    ("texts", "values", "unit"),
    [
        (("12,50", "3", "-0,5"), [12.5, 3, -0.5], None),
        (("1.234,50", "7"), [1234.5, 7], None),
        (("1,234.50", "7"), [1234.5, 7], None),
        (("1 234,5", "12 345,0"), [1234.5, 12345], None),
        (("1 234,5",), [1234.5], None),
        (("1'234.5", "2’345.5"), [1234.5, 2345.5], None),
        (("1,234,567", "5"), [1234567, 5], None),
        (("12,34,567", "1,00,000"), [1234567, 100000], None),
        (("0,123", "0,456"), [0.123, 0.456], None),
        (("1234,567", "5"), [1234.567, 5], None),
        (("$1,234", "$5"), [1234, 5], "$"),
        (("US$ 5.50", "US$ 6"), [5.5, 6], "US$"),
        (("5,00 €", "1.234,56 €"), [5, 1234.56], "€"),
        (("CHF 1'234.50",), [1234.5], "CHF"),
        (("1,000원", "5원"), [1000, 5], "원"),
        (("45%", "3.5 %"), [45, 3.5], "%"),
        (("12 kg", "3.5 kg"), [12, 3.5], "kg"),
        (("20°C", "-3 °C"), [20, -3], "°C"),
        (("10 m²", "1.5 m²"), [10, 1.5], "m²"),
        (("100 km/h", "80.5 km/h"), [100, 80.5], "km/h"),
        (("-$5", "$-6"), [-5, -6], "$"),
        (("−5", "+3"), [-5, 3], None),
        (("１２３", "４．５"), [123, 4.5], None),
        (("1e3", "2.5E-1"), [1000, 0.25], None),
        ((".5", "5."), [0.5, 5], None),
        (("  7 ", "8"), [7, 8], None),
    ],
)  # fmt: skip
def test_ways_of_writing_numbers(texts, values, unit):
    found, typed_ = read(*texts)
    assert found == pytest.approx(values)
    assert typed_.units.get("x") == unit


@pytest.mark.parametrize(
    ("texts", "share"),
    [(("1", "2", "3+"), "1 of 3"), (("1.5", "x", "2"), "1 of 3"), (("1,5", "2,5", "k.A."), "1 of 3")],
)
def test_slips_are_refused(texts, share):
    with pytest.raises(ValueError, match=rf"numbers but for {share} values.*types=\"x=category\""):
        read(*texts)
    assert read(*texts, options=Options(types="x=category"))[0] == list(texts)


def test_a_number_in_brackets_is_negative_as_in_accounting():
    assert read("(90.72)", "5.5", "(1,234.00)")[0] == [-90.72, 5.5, -1234]
    with pytest.raises(ValueError, match="numbers but for 1 of 3 values"):
        read("(-3)", "4", "5")  # two signs are none


def test_as_many_of_one_unit_as_of_another_are_refused_too():
    texts = [f"{i / 7:.2f} {'kg' if i % 2 else 'g'}" for i in range(30)]
    with pytest.raises(ValueError, match=r"numbers of one unit in a column.*in units of g, kg"):
        read(*texts)
    seats = [f"{i}{'AB'[i % 2]}" for i in range(30)]
    assert read(*seats)[0] == seats  # names


def test_two_units_are_refused_where_they_are_no_categories():
    texts = [f"{i / 7:.2f} kg" for i in range(30)]
    with pytest.raises(
        ValueError, match=r"numbers but for 1 of 31 values, the first of them '500 g' in data row 31"
    ):
        read(*texts, "500 g")
    assert read("1st", "2nd", "3rd")[0] == ["1st", "2nd", "3rd"]


@pytest.mark.parametrize(
    ("texts", "delimiter"),
    [(("1,234", "5,678"), ","), (("1,234", "300"), ","), (("1.234", "5.678"), ";"), (("1,234", "5678"), ",")],
)
def test_a_sign_before_three_digits_is_not_guessed(texts, delimiter):
    with pytest.raises(
        ValueError, match=r"`decimal` is needed.*'1.234' in data row 1, which may be 1"
    ) as error:
        read(*texts, delimiter=delimiter)
    sign = texts[0][1]
    assert read(*texts, delimiter=delimiter, options=Options(decimal=sign))[0][0] == 1.234
    other = {",": ".", ".": ","}[sign]
    assert read(*texts, delimiter=delimiter, options=Options(decimal=other))[0][0] == 1234
    assert "decimal=. or decimal=," in str(error.value)


@pytest.mark.parametrize(
    ("texts", "beside", "value"),
    [
        (("1,234", "5,678"), {"z": ("0,5", "1")}, 1.234),  # another column tells
        (("1,234", "5,678"), {"z": ("0.5", "1")}, 1234),
        (("1.234", "5.678"), {}, 1.234),
        (("1.234", "5.678"), {"z": ("0,5", "1")}, 1234),
        (("1,234", "5678"), {"z": ("0.5", "1")}, 1234),  # thousands are not always parted
        (("1,234", "5678"), {"z": ("0,5", "1")}, 1.234),
        ((*(f"{i},{i + 100:03}" for i in range(1, 30)), "7"), {}, 1101),  # decimals would end in zeros
    ],
)
def test_what_tells_the_decimal_sign(texts, beside, value):
    beside = {name: (*values, *["1"] * (len(texts) - 2)) for name, values in beside.items()}
    assert read(*texts, **beside)[0][0] == value


def test_a_wrong_decimal_sign_is_refused():
    with pytest.raises(
        ValueError, match=r"decimal sign of column 'x'. Received: decimal=',', and '1.5' in data row 1"
    ):
        read("1.5", "2.25", options=Options(decimal=","))


@pytest.mark.parametrize(
    ("texts", "reason"),
    [(("01234", "56789"), "leading zeros, as in '01234'"), (("1" * 16, "2" * 16), "15 digits")],
)
def test_codes_stay_texts(texts, reason):
    found, typed_ = read(*texts)
    assert found == list(texts) and reason in typed_.notes[0]
    assert read(*texts, options=Options(types="x=number"))[0] == [int(text) for text in texts]


def test_whole_numbers_that_may_be_codes_or_dates_are_told():
    table = pa.table({"plz": ["10115", "20095"], "day": ["20240131", "20231201"], "n": ["5", "7"]})
    notes = typed(table, Options()).notes
    assert [note.partition("`;")[0][:6] for note in notes] == ["`plz` ", "`day` "]
    assert 'types="plz=category"' in notes[0] and 'types="day=date"' in notes[1]


@pytest.mark.parametrize(
    ("texts", "values"),
    [(("true", "FALSE"), [True, False]), (("8:30", "23:59:30"), [30600, 86370]), (("5 pm", "6"), None)],
)
def test_booleans_and_times(texts, values):
    if values is None:
        assert read(*texts)[0] == list(texts)
    else:
        assert read(*texts)[0] == values


def test_missing_texts_are_told_and_counted():
    found, typed_ = read("1.5", " NA ", "-", "", "n/a", "2.5", "NA")
    assert found == [1.5, None, None, None, None, 2.5, None]
    assert typed_.notes == [
        "`x`: 'NA' (2), '-' (1), 'n/a' (1) stand for a missing value; `missing` decides otherwise"
    ]
    found, typed_ = read("NA", "EU", "", options=Options(missing=""))
    assert found == ["NA", "EU", None] and typed_.notes == []
    assert read("-9", "1.5", options=Options(missing="-9"))[0] == [None, 1.5]


def test_a_mark_that_is_a_number_counts_in_columns_of_numbers():
    table = pa.table({"x": [1.0, -999.0], "i": [-999, 2]})
    found = typed(table, Options(missing="-999")).table
    assert found.to_pydict() == {"x": [1.0, None], "i": [None, 2]}


def test_units_are_by_text():
    found = written(np.array(["5 kg", "x", "7"], object), np.array([1, 1, 1]))
    assert found.units.tolist() == ["kg", None, ""] and found.unit is None and not found.all_numbers


def test_a_number_that_may_stand_for_a_missing_one_is_told():
    values = {"x": [*range(20), -999, -999, -999], "z": [*range(20), -1, -1, -1]}
    notes = infer(pa.table(values)).notes
    assert [note[:17] for note in notes] == ["`x` is -999 in 3 "] and "missing=-999" in notes[0]
