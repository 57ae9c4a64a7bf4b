"""Forecasts from a table: windows by hand, no target on both sides of a border, and simple methods."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite.data import load
from suite.data.inspect.baseline import baseline
from suite.data.inspect.naive import Naive
from suite.study.config import Config


def table(folder, rows=60, name="a", **columns):
    """`y` counts from 0 and `z` from 1000, a row a day, in no order."""
    rng = np.random.default_rng(0)
    facts = {"day": pd.date_range("2024-01-01", periods=rows).astype(str), "y": np.arange(rows) + 0.0}
    frame = pd.DataFrame(facts | {"z": 1000.0 + np.arange(rows)} | columns)
    frame.iloc[rng.permutation(rows)].to_csv(folder / f"{name}.csv", index=False)
    return str(folder / f"{name}.csv")


def forecast(path, window=4, horizon=3, **changes):
    asked = {"target": "y", "time": "day", "types": "z=number"} | changes
    return load(path, window=window, horizon=horizon, **asked)


def test_windows_by_hand(tmp_path):
    found = forecast(table(tmp_path))
    first = found.train.take(np.argsort(found.train.y[:, 0])[:1])
    assert first.x.tolist() == [[[0, 1000], [1, 1001], [2, 1002], [3, 1003]]]
    assert first.y.tolist() == [[4, 5, 6]]
    assert found.targets == ("y step 1", "y step 2", "y step 3") and found.task == "regression"
    assert found.channels == ("y", "z")
    assert found.test.y[0].tolist() == [48, 49, 50]  # the last fifth of 60 rows begins at 48
    assert found.test.x[0, -1].tolist() == [47, 1047]  # what is known then
    assert found.test.y[-1].tolist() == [57, 58, 59]


@settings(max_examples=15)
@given(rows=st.integers(80, 120), window=st.integers(1, 8), horizon=st.integers(1, 6), seed=st.integers(0, 3))
def test_no_target_is_on_two_sides_and_the_future_is_not_in_a_window(
    rows, window, horizon, seed, tmp_path_factory
):
    path = table(tmp_path_factory.mktemp("rows"), rows)
    found = forecast(path, window, horizon, data_seed=seed)
    sides = {name: getattr(found, name) for name in ("train", "validation", "test")}
    targets = {name: set(np.ravel(part.y)) for name, part in sides.items()}
    assert max(targets["train"]) < min(targets["validation"])
    assert max(targets["validation"]) < min(targets["test"])
    for part in sides.values():  # `y` is the number of the row
        y = part.y.reshape(len(part), -1)
        assert np.array_equal(part.x[:, :, 0], y[:, :1] - np.arange(window, 0, -1))
        assert np.array_equal(y, y[:, :1] + np.arange(horizon))
    left_out = len(found.train) + len(found.validation) + len(found.test) + 2 * (horizon - 1)
    assert left_out == rows - window - horizon + 1


def test_series_by_hand(tmp_path):
    """Series 1 counts from 0 and has 60 days, series 2 from 1000 and has the last 40 of them, 3 has two."""
    rows = [(DAYS[i], 1, i) for i in range(60)] + [(DAYS[i], 2, 980 + i) for i in range(20, 60)]
    frame = pd.DataFrame([*rows, (DAYS[3], 3, 7), (DAYS[4], 3, 8)], columns=["day", "shop", "y"])
    frame.sample(frac=1, random_state=0).to_csv(tmp_path / "a.csv", index=False)
    found = forecast(str(tmp_path / "a.csv"), 2, 2, group="shop", types=None)
    # 102 rows, of which the last 20 are test: those of days 50 to 59 of both
    assert sorted(found.test.y[:, 0].tolist()) == [*range(50, 59), *range(1030, 1039)]
    assert found.test.x[found.test.y[:, 0] == 1030].tolist() == [[[1028], [1029]]]
    learned = np.concatenate([found.train.y[:, 0], found.validation.y[:, 0]])
    assert set(learned) <= {*range(2, 49), *range(1002, 1029)} and 1002 in learned and learned.max() == 1028
    assert any("`shop` names 3 series, and no example is of two" in note for note in found.notes)
    assert any("1 series are shorter than an example" in note and "'3'" in note for note in found.notes)


@settings(max_examples=15)
@given(
    lengths=st.lists(st.integers(1, 60), min_size=2, max_size=5), every=st.integers(1, 3),
    window=st.integers(1, 4), horizon=st.integers(1, 4),
)  # fmt: skip
def test_no_window_crosses_series_and_the_split_is_by_time_in_each(
    lengths, every, window, horizon, tmp_path_factory
):
    """`y` is 1000 times the series and the day; every other series has a row on some days only."""
    steps = [1 + (place % 2) * (every - 1) for place in range(len(lengths) + 1)]
    rows = [(DAYS[i * steps[k]], f"s{k}", 1000 * k + i * steps[k]) for k, n in enumerate([80, *lengths])
            for i in range(n)]  # fmt: skip
    folder = tmp_path_factory.mktemp("series")
    frame = pd.DataFrame(rows, columns=["day", "series", "y"]).sample(frac=1, random_state=0)
    frame.to_csv(folder / "a.csv", index=False)
    try:
        found = forecast(str(folder / "a.csv"), window, horizon, group="series", types=None)
    except ValueError as error:
        assert str(error).startswith("`window` and `horizon` expect more rows")  # noqa: PT017
        return
    last = {"": -1.0}
    for name in ("train", "validation", "test"):
        part = getattr(found, name)
        y = part.y.reshape(len(part), -1)
        every_row = np.hstack([part.x[:, :, 0], y])
        step = np.array(steps)[(y[:, 0] // 1000).astype(int)]
        assert (np.diff(every_row, axis=1) == step[:, None]).all()
        assert (y % 1000).min() > max(last.values())
        last[name] = (y % 1000).max()


def test_a_smaller_training_split_is_the_older_part_and_validation_stays(tmp_path):
    path = table(tmp_path)
    whole, part = forecast(path), forecast(path, train_size=10)
    assert np.array_equal(whole.validation.y, part.validation.y)
    with pytest.raises(ValueError, match="together at most 40"):
        forecast(path, train_size=35, validation_size=8)  # 42 windows, of which two lie on the border


def test_a_test_file_comes_after_train(tmp_path):
    frame = pd.read_csv(table(tmp_path)).sort_values("day")
    for folder, first in (("good", 40), ("bad", 60)):
        (tmp_path / folder).mkdir()
        frame[:40].to_csv(tmp_path / folder / "train.csv", index=False)
        later = frame[40:].assign(day=frame["day"][40:] if first == 40 else "2020-01-01")
        if first == 60:
            later["day"] = pd.date_range("2020-01-01", periods=20).astype(str)
        later.to_csv(tmp_path / folder / "test.csv", index=False)
    found = forecast(str(tmp_path / "good"))
    assert found.test.y[0].tolist() == [40, 41, 42] and found.train.y.max() < found.validation.y.min()
    with pytest.raises(ValueError, match="expects test to come after train"):
        forecast(str(tmp_path / "bad"))


DAYS = pd.date_range("2024-01-01", periods=200).astype(str)
TWO = {"day": [day for day in DAYS[:30] for _ in "ab"], "shop": [1, 2] * 30}
"""Two rows of each moment."""


@pytest.mark.parametrize(
    ("columns", "changes", "message"),
    [
        ({}, {"time": None}, r"expect `time`, the column of the time, and each other: --set time=date"),
        ({}, {"window": None}, r"Received: time='day', window=None, horizon=3"),
        ({}, {"horizon": 60}, r"at least 10 examples of train .* leave 0 of train"),
        ({}, {"target": "y,z"}, r"`horizon` expects one target"),
        ({}, {"target": "y:classification"}, r"expects a target of numbers.*classification"),
        ({"place": ["a", "b"] * 30}, {}, r"of numbers. Received: 'place'.*types=\"place=drop\" leaves"),
        ({"z": [1.0, None] * 30}, {}, r"no holes. Received: column 'z', missing in 30 of 60.*\"z=drop\""),
        ({"y": ["a", "b"] * 30}, {}, r"columns of numbers. Received: the target 'y', which holds others\.$"),
        ({"y": 1.0}, {}, r"`target` expects numbers that vary"),
        ({"day": ["2024-01-01", "2024-01-02"] * 30}, {}, r"one row for each moment of 'day'.*2024-01-0"),
        ({"place": ["a", "b"] * 30}, {}, r"0 and 1 for each of its values; group=place, if it"),
        (TWO, {}, r"Received: 30 rows of moments .*group=shop, if `shop` names the serie"),
        (TWO | {"shop": [1, 1, 2, 2] * 15}, {"group": "shop"}, r"in a series of 'shop'.*do: make sums"),
        (TWO | {"shop": [1, None] * 30}, {"group": "shop"}, r"series in every row. Received: 30 missing in"),
    ],
)  # fmt: skip
def test_what_cannot_be_forecast_is_refused(columns, changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        forecast(table(tmp_path, **columns), **changes)


def test_an_array_is_no_table_of_times(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.eye(40), y=np.arange(40.0), day=np.arange(40))
    with pytest.raises(ValueError, match="`window` and `horizon` expect a table"):
        load(str(tmp_path / "a.npz"), time="day", window=3, horizon=2)


def test_the_target_may_be_all_that_there_is(tmp_path):
    found = forecast(table(tmp_path), types="z=drop", horizon=1)
    assert found.train.x.shape[1:] == (4, 1) and found.train.y.ndim == 1 and found.targets == ()
    assert np.array_equal(found.train.x[:, -1, 0] + 1, found.train.y)
    assert found.notes[0] == "`z` was dropped: `types` says so."


def test_unequal_steps_are_told(tmp_path):
    days = pd.date_range("2024-01-01", periods=61).delete(30).astype(str)
    found = forecast(table(tmp_path, day=days))
    assert any("not equally far apart: 1 of 59 steps" in note for note in found.notes)


def test_naive_methods_by_hand():
    past = np.array([[1.0, 2, 3, 4, 5], [0, 7, 8, 9, 1]])
    x, y = np.stack([past, past * 0 - 5], axis=2).reshape(2, -1), np.zeros((2, 4))  # a second channel
    assert Naive(0, 2, season=1).fit(x, y).predict(x).tolist() == [[5] * 4, [1] * 4]
    assert Naive(0, 2, season=3).fit(x, y).predict(x).tolist() == [[3, 4, 5, 3], [8, 9, 1, 8]]
    waves = np.resize([3.0, 1, 2], (1, 9))
    chosen = Naive(0, 1).fit(waves, np.array([[3.0, 1, 2, 3]]))
    assert chosen.season_ == 3 and chosen.predict(waves).tolist() == [[3, 1, 2, 3]]
    assert Naive(0, 1).fit(waves, np.array([3.0])).predict(waves).shape == (1,)


def test_what_there_is_to_beat_knows_the_season(tmp_path):
    week = np.sin(np.arange(120) * 2 * np.pi / 7) + np.random.default_rng(0).normal(0, 0.05, 120)
    found = baseline(forecast(table(tmp_path, 120, y=week), window=10, horizon=2))
    seasonal = found["seasonal naive, a season of 7 rows"]
    assert seasonal["mae"] < 0.1 < found["last value"]["mae"] < 2 * found["mean"]["mae"]


def test_a_forecast_is_one_configuration():
    with pytest.raises(ValueError, match="`window` is about your own data"):
        Config(dataset="iris", window=3)
