"""Known frames, written in random combinations of what tables come in, are read back or refused by name.

SUITE_EXAMPLES: how many combinations.
"""

import csv
import io
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suite.data import user

NAMES = {
    "Latin": ("length (cm)", "weight", "Ort", "été, hiver", "class"),
    "Hangul": ("길이", "무게", "지역", "등급 (최종)", "비고"),
    "Cyrillic": ("длина", "вес", "город", "класс", "цвет"),
    "Han": ("长度", "重量", "城市", "等级", "颜色"),
}
PLACES = {
    "Latin": ("north", "south", "east side"),
    "Hangul": ("서울", "부산", "대구시"),
    "Cyrillic": ("Москва", "Казань", "Омск"),
    "Han": ("北京", "上海", "广州市"),
}
MARKS = ("", "NA", "n/a", "-", "None", "?", "NaN", "#N/A", " NA ")
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp949",
    "gb18030",
    "cp1251",
    "cp1252",
    "euc_kr",
)
REFUSALS = ("encoding=", "`decimal` is needed", "columns that differ in letters or digits")


def frame(seed, script, decimals):
    """60 rows: a number that is a key, whole numbers, places and classes; some missing."""
    rng, names = np.random.default_rng(seed), NAMES[script]
    key = rng.permutation(np.linspace(-900, 8_000, 60)).round(decimals)
    found = pd.DataFrame({
        names[0]: key, names[1]: rng.integers(0, 5000, 60), names[2]: rng.choice(PLACES[script], 60),
        names[3]: np.array(PLACES[script])[np.arange(60) % 3],
    })  # fmt: skip
    gaps = rng.random((60, 2)) < 0.1
    found[[names[1], names[2]]] = found[[names[1], names[2]]].astype(object).mask(gaps, None)
    return found


def written(frame, order, delimiter, decimal, mark, decimals, quoting):
    """The frame as text; the key with all its decimals, other numbers whole."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=quoting)
    writer.writerow([frame.columns[place] for place in order])
    for row in frame.itertuples(index=False):
        key = f"{row[0]:.{decimals}f}".replace(".", decimal)
        cells = [key, *(mark if cell is None else str(cell) for cell in row[1:])]
        writer.writerow([cells[place] for place in order])
    return out.getvalue()


@settings(
    max_examples=int(os.environ.get("SUITE_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 2**32 - 1), script=st.sampled_from(sorted(NAMES)),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"), decimal=st.sampled_from(".,"), decimals=st.integers(1, 4),
    mark=st.sampled_from(MARKS), order=st.permutations(range(4)), ends=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)  # fmt: skip
def test_a_frame_comes_back_or_is_refused_by_name(
    seed, script, encoding, delimiter, decimal, decimals, mark, order, ends, quoting
):
    known = frame(seed, script, decimals)
    text = written(known, order, delimiter, decimal, mark, decimals, quoting).replace("\n", ends)
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        raw, encoding = text.encode(), "utf-8"
    key, whole, place, target = known.columns
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(raw)
        refusal = None
        try:
            read = user.read(path, target=target)
        except ValueError as error:
            refusal = str(error)
    if refusal is not None:
        assert "\n" not in refusal and any(each in refusal for each in REFUSALS)
        assert "encoding=" not in refusal or not encoding.startswith("utf")
        assert "decimal" not in refusal or decimals == 3  # a sign before three digits
        return
    assert read.kinds == {known.columns[i]: "categorical" if i == 2 else "numeric" for i in order if i != 3}
    found = pd.concat([part.x.assign(y=part.y) for part in (read.train, read.test)])
    found = found.sort_values(key).reset_index(drop=True)
    expected = known.sort_values(key).reset_index(drop=True)
    assert len(found) == 60
    assert np.array_equal(found[key], expected[key].to_numpy(np.float32))
    numbers = expected[whole].astype(float).to_numpy(np.float32)
    assert np.array_equal(found[whole].to_numpy(np.float32), numbers, equal_nan=True)
    assert found[place].fillna("").tolist() == expected[place].fillna("").tolist()
    assert [read.class_names[y] for y in found["y"]] == expected[target].tolist()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_that_is_said_is_never_refused(encoding, tmp_path):
    known = frame(0, "Latin", 2).rename(columns={"été, hiver": "y"})
    path = tmp_path / "a.csv"
    path.write_bytes(written(known, range(4), ",", ".", "NA", 2, csv.QUOTE_MINIMAL).encode(encoding))
    assert len(user.read(path, target="y", encoding=encoding).kinds) == 3
