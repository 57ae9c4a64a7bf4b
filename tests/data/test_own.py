"""A user's own data: what each kind of file becomes, the promises of the splits, and an error for whatever
cannot work."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from suite.data import load
from suite.data import user as own
from suite.data.dataset import Rows
from suite.data.inspect.card import describe
from suite.data.user.files import write_rows
from suite.study.config import Config
from suite.training.load import load as training_data

TABLES = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "parquet": lambda frame, path: frame.to_parquet(path),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def houses(n=100):
    """A table with a column of every kind; row i of 0 ... n - 1."""
    i = np.arange(n)
    town = np.array(["Ulm", "Bonn", "Kiel", None], object)[i % 4]
    return pd.DataFrame({
        "id": i, "area": np.where(i % 10 == 3, np.nan, i % 7 + 0.5), "rooms": i % 5, "town": town,
        "garden": i % 2 == 0, "sold": pd.Timestamp("2024-01-01") + pd.to_timedelta(i, "D"),
        "about": [f"a house with number {k}" for k in i],
        "code": [f"x{k}" for k in i], "country": "DE", "price": i * 1.5 + 10,
    }).assign(sold=lambda frame: frame["sold"].dt.strftime("%Y-%m-%d"))  # fmt: skip


def table(tmp_path, frame=None, suffix="csv", name="houses"):
    path = tmp_path / f"{name}.{suffix}"
    TABLES[suffix](houses() if frame is None else frame, path)
    return path


def numbers(n=100, classes=2):
    """Two numeric inputs, and classes in turn."""
    i = np.arange(n)
    return pd.DataFrame({"a": i / 7, "b": (i * 37 % 101).astype(float), "y": [f"c{k}" for k in i % classes]})


def read(path, **columns):
    return own.read(Path(path), **columns)


# --- names
# ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", True), ("A.PARQUET", True), ("b.npz", True), ("photos/", True),
     ("./iris", True), ("x/y@8x8", True), ("iris", False), ("tfds:a/b", False), ("model.py", False),
     ("notes.txt", False)],
)  # fmt: skip
def test_which_names_are_paths(name, expected):
    assert own.is_own(name) is expected


def test_a_folder_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert own.is_own("photos")
    assert own.is_own("photos@8x8")


def test_importing_is_light():
    program = "import json, sys, suite.data.user; print(json.dumps([*sys.modules]))"
    modules = json.loads(subprocess.check_output([sys.executable, "-c", program], text=True))
    assert not {"numpy", "pandas", "pyarrow", "tensorflow"} & set(modules)


def test_a_version_follows_the_files(tmp_path):
    folder = photos(tmp_path)
    path = table(tmp_path)
    first = [own.version(str(place)) for place in (path, folder, f"{folder}@8x8")]
    assert [own.version(str(place)) for place in (path, folder, f"{folder}@8x8")] == first
    table(tmp_path, houses(99))
    (folder / "cat" / "0.png").rename(folder / "cat" / "x.png")
    assert not set(first) & {own.version(str(place)) for place in (path, folder, f"{folder}@8x8")}


# --- tables
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", TABLES)
def test_every_kind_of_table_becomes_the_same_columns(suffix, tmp_path):
    whole = read(table(tmp_path, suffix=suffix), target="price")
    kinds = {"area": "numeric", "rooms": "numeric", "town": "categorical", "garden": "numeric",
             "sold month": "numeric", "sold day of week": "numeric", "about": "text"}  # fmt: skip
    assert whole.kinds == kinds
    assert list(whole.train.x.columns) == [
        *list(kinds)[:-1],
        "sold",
        "about",
    ]  # the texts of the date beside its parts
    assert whole.dates == {"sold": "day-first"}
    assert (whole.task, whole.target, whole.class_names, whole.log_target) == (
        "regression",
        "price",
        (),
        False,
    )
    assert (len(whole.train), len(whole.test), whole.validation_size) == (80, 20, 20)
    for said in (
        "`id` was dropped: identifier", "`code` was dropped: identifier",
        "`country` was dropped: it has one value only",
        "`sold` is a date and became sold year, sold month, sold day of week",
        "A missing number becomes the mean",
        "`target=price:classification` makes it a classification",
    ):  # fmt: skip
        assert said in " ".join(whole.notes)
    frame, original = pd.concat([whole.train.x, whole.test.x]), houses()
    i = ((np.concatenate([whole.train.y, whole.test.y]) - 10) / 1.5).round().astype(int)
    assert sorted(i) == list(range(100))  # every row once
    assert np.array_equal(frame["area"], original["area"].to_numpy(np.float32)[i], equal_nan=True)
    assert np.array_equal(frame["garden"], (i % 2 == 0).astype(np.float32))
    assert frame["town"].fillna("-").tolist() == original["town"].fillna("-")[i].tolist()
    day = pd.to_datetime(original["sold"])[i]
    assert frame["sold"].tolist() == original["sold"][i].tolist()
    assert np.array_equal(frame["sold month"], day.dt.month)
    assert np.array_equal(frame["sold day of week"], day.dt.day_of_week)
    assert frame["about"].tolist() == original["about"][i].tolist()


def test_a_table_goes_through_the_splits_and_has_a_card(tmp_path):
    path = table(tmp_path)
    facts = describe(load(str(path), target="price"))
    assert facts["sizes"] == "train 60, validation 20, test 20"
    assert "town (categorical, 2" in facts["input"]
    assert facts["source"] == f"houses.csv, {path.stat().st_size / 1000:.4g} kB"
    assert facts["licence"] == "the user's own"
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not any(str(tmp_path) in text for text in facts.values())


def test_the_test_split_is_always_the_same(tmp_path):
    path = table(tmp_path, numbers(classes=3))
    first, again = (load(str(path), target="y", data_seed=seed) for seed in (0, 1))
    assert first.test.x.equals(again.test.x)
    assert not first.validation.x.equals(again.validation.x)
    assert np.bincount(first.test.y).tolist() in ([7, 7, 6], [7, 6, 7], [6, 7, 7])  # in proportion


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_spaces_and_byte_order_marks(delimiter, tmp_path):
    path = tmp_path / "a.csv"
    lines = [
        ["a", "b ", "y"],
        *([f"{i}.5", f" u{i % 2} ", "?" if i == 3 else "yes" if i % 2 else "no"] for i in range(40)),
    ]
    path.write_text("\ufeff" + "\n".join(delimiter.join(line) for line in lines))
    whole = read(path, target="y")
    assert whole.kinds == {"a": "numeric", "b": "categorical"}
    assert set(whole.train.x["b"]) == {"u0", "u1"}
    assert whole.class_names == ("no", "yes")
    assert len(whole.train) + len(whole.test) == 39
    assert "Rows without a target, which were dropped: 1." in " ".join(whole.notes)


def test_quoted_fields_may_hold_line_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,y\n" + "".join(f'"one two, three\nand ""{i}""",{i % 2}\n' for i in range(30)))
    whole = read(path, target="y")
    assert whole.kinds == {"text": "text"}
    assert set(whole.train.x["text"]) | set(whole.test.x["text"]) == {
        f'one two, three\nand "{i}"' for i in range(30)
    }


def test_lines_of_json_may_lack_keys(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        {"label": i % 2 == 0, "text": f"good words number {i}", **({"stars": i} if i % 4 else {})}
        for i in range(40)
    ]
    path.write_text("\n\n".join(map(json.dumps, lines)))
    whole = read(path, target="label")
    assert whole.kinds == {"text": "text", "stars": "numeric"}
    assert whole.class_names == ("False", "True")
    assert pd.concat([whole.train.x, whole.test.x])["stars"].isna().sum() == 10


def test_a_list_of_objects(tmp_path):
    rows = [{"a": {"b": i / 7}, "y": "no" if i % 2 else "yes"} for i in range(40)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows, indent=1))
    found = read(path, target="y")
    assert found.kinds == {"a.b": "numeric"} and len(found.train) + len(found.test) == 40
    for content, message in (
        (json.dumps([*rows, 3]), "a.json: object 41: no object of the form"),
        ('{"a": 1}', "no list of the form"),
        (json.dumps([*rows, {"a": {"b": "x"}}]), "a text in column 'a.b', object 41, after a number"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=re.escape(message)):
            read(path, target="y")
    path.rename(tmp_path / "a.jsonl").write_text(json.dumps(rows))
    with pytest.raises(ValueError, match=r"a file with a list of objects is called \.json"):
        read(tmp_path / "a.jsonl", target="y")


def test_several_targets_of_arrays(tmp_path):
    x, flags = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40)[:, None] % [2, 3, 5] == 0
    np.savez(tmp_path / "a.npz", x=x, y=x[:, :2] * 2, flags=flags, one=np.eye(2)[LABELS[:40]], z=x[:, 0])
    numbers = read(tmp_path / "a.npz")
    assert (numbers.task, numbers.targets) == ("regression", ("y 1", "y 2"))
    assert np.allclose(numbers.train.y, numbers.train.x[:, :2] * 2)
    assert "Arrays that were not read: flags, one, z." in numbers.notes
    labels = read(tmp_path / "a.npz", target="flags")
    assert (labels.task, labels.targets) == ("multilabel_classification", ("flags 1", "flags 2", "flags 3"))
    assert sorted(map(tuple, np.concatenate([labels.train.y, labels.test.y]))) == sorted(
        map(tuple, flags * 1.0)
    )
    assert any("`target=flags:regression` makes them numbers" in note for note in labels.notes)
    assert read(tmp_path / "a.npz", target="one").class_names == ("0", "1")
    assert read(tmp_path / "a.npz", target="one:multilabel_classification").targets == ("one 1", "one 2")
    assert read(tmp_path / "a.npz", target="z,y").targets == ("z", "y 1", "y 2")


def test_a_folder_with_train_and_test_tables(tmp_path):
    frame = numbers()
    table(tmp_path, frame[:70], name="train")
    table(tmp_path, frame[70:], name="test")
    whole = read(tmp_path, target="y")
    assert (len(whole.train), len(whole.test), whole.validation_size) == (70, 30, 14)
    assert np.array_equal(whole.test.x["b"], frame["b"][70:].to_numpy(np.float32))
    assert whole.splits == "test is the user's own"
    assert whole.source.endswith(" in 2 files")


def test_the_only_column_is_no_identifier(tmp_path):
    names = [f"name{i}" for i in range(60)]
    whole = read(table(tmp_path, pd.DataFrame({"name": names, "y": ["a", "b"] * 30})), target="y")
    assert whole.kinds == {"name": "characters"}


# --- targets
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "task", "class_names"),
    [
        (np.arange(60) % 3, "classification", ("0", "1", "2")),
        (np.arange(60) % 3 * 1.0, "classification", ("0", "1", "2")),  # floats that are whole
        (np.arange(60) % 3 + 0.5, "regression", ()),
        (np.arange(60) % 7, "regression", ()),  # fewer than ten rows a value
        (np.arange(60) % 2 == 0, "classification", ("False", "True")),
        (np.array(["b", "a", "c"])[np.arange(60) % 3], "classification", ("a", "b", "c")),
        (np.array([10, 9])[np.arange(60) % 2], "classification", ("9", "10")),  # in order of numbers
        (np.array([f"t {i}" for i in range(60)]), "sequence_to_sequence", ()),
    ],
    ids=str,
)
def test_the_task_follows_from_the_target(values, task, class_names, tmp_path):
    frame = pd.DataFrame({"text": [f"three words {i}" for i in range(60)], "y": values})
    whole = read(table(tmp_path, frame), target="y")
    assert (whole.task, whole.class_names) == (task, class_names)
    assert whole.train.y.dtype == {"classification": np.int32, "regression": np.float32}.get(task, object)
    row = {text: i for i, text in enumerate(frame["text"])}
    for text, y in zip(whole.test.x["text"], whole.test.y, strict=True):
        value = values[row[text]]
        assert (str(value) == class_names[y] or f"{value:g}" == class_names[y]) if class_names else value == y


def test_the_task_can_be_said(tmp_path):
    path = table(tmp_path, numbers().assign(y=np.arange(100) % 4))
    whole = read(path, target="y:regression")
    assert (whole.task, whole.target, whole.train.y.dtype) == ("regression", "y", np.float32)
    assert read(path, target="y:classification").class_names == ("0", "1", "2", "3")


# --- groups and time
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[5] * 20, [40, 30, 10, 10, 5, 3, 2], [34, 33, 33]], ids=str)
def test_groups_stay_on_one_side_of_every_split(sizes, tmp_path):
    owner = np.repeat([f"owner{i}" for i in range(len(sizes))], sizes)
    path = table(tmp_path, numbers().assign(owner=owner, row=np.arange(100) / 3))
    whole = read(path, target="y", group="owner")
    assert set(whole.kinds) == {"a", "b", "row"}
    train, test = ({owner[round(row * 3)] for row in split.x["row"]} for split in (whole.train, whole.test))
    assert not train & test
    assert len(whole.train) + len(whole.test) == 100
    assert abs(len(whole.test) - 20) <= max(10, min(sizes) - 20)
    by_code = {}
    for code, row in zip(whole.groups, whole.train.x["row"], strict=True):
        by_code.setdefault(code, set()).add(owner[round(row * 3)])
    assert sorted(map(len, by_code.values())) == [1] * len(train)
    data = load(str(path), target="y", group="owner")
    parts = [
        {owner[round(row * 3)] for row in part.x["row"]} for part in (data.train, data.validation, data.test)
    ]
    assert sum(map(len, parts)) == len(set.union(*parts))


@pytest.mark.parametrize("suffix", TABLES)
@pytest.mark.parametrize("kind", ["numbers", "dates"])
def test_time_orders_the_splits(suffix, kind, tmp_path):
    when = np.random.default_rng(0).permutation(100)
    days = [f"2024-{1 + day // 25:02}-{1 + day % 25:02}" for day in when]
    path = table(tmp_path, numbers().assign(when=when if kind == "numbers" else days, row=when / 3), suffix)
    whole = read(path, target="y", time="when")
    assert whole.in_time
    assert set(whole.kinds) == {"a", "b", "row"}
    assert np.array_equal(np.round(whole.train.x["row"] * 3), np.arange(80))
    assert np.array_equal(np.round(whole.test.x["row"] * 3), np.arange(80, 100))
    data = load(str(path), target="y", time="when")
    assert data.train.x["row"].max() < data.validation.x["row"].min()
    assert data.validation.x["row"].max() < data.test.x["row"].min()


def test_one_moment_is_not_divided(tmp_path):
    year = np.repeat([2020, 2021, 2022], [50, 20, 30])
    whole = read(table(tmp_path, numbers().assign(year=year, then=year + 0.5)), target="y", time="year")
    assert set(whole.train.x["then"]) == {2020.5, 2021.5}
    assert set(whole.test.x["then"]) == {2022.5}


# --- arrays
# ---------------------------------------------------------------------------------------------------------


def npz(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


LABELS = np.arange(50) % 2


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (np.arange(100.0).reshape(50, 2), np.float32),
        (np.arange(100).reshape(50, 2).astype(np.uint8), np.float32),
        (np.asfortranarray(np.arange(50 * 24.0).reshape(50, 2, 12)), np.float32),
        (np.arange(50 * 12).reshape(50, 3, 4).astype(np.uint8), np.uint8),
        (np.arange(50 * 48).reshape(50, 4, 4, 3).astype(np.uint8), np.uint8),
        (np.arange(50 * 6.0).reshape(50, 3, 2), np.float32),
    ],
    ids=lambda value: f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else "",
)
def test_arrays(x, dtype, tmp_path):
    whole = read(npz(tmp_path, x=x, y=LABELS))
    assert whole.train.x.dtype == whole.test.x.dtype == dtype
    assert (whole.train.x.shape, whole.test.x.shape) == ((40, *x.shape[1:]), (10, *x.shape[1:]))
    assert np.array_equal(
        np.sort(np.concatenate([whole.train.x, whole.test.x]), axis=None), np.sort(x, axis=None)
    )


def test_arrays_of_other_names_and_an_own_test_split(tmp_path):
    whole = read(npz(tmp_path, pixels=np.arange(50.0)[:, None], label=LABELS[:, None],
                     who=np.repeat(range(10), 5)), target="label", group="who")  # fmt: skip
    assert (whole.task, whole.target, len(set(whole.groups))) == ("classification", "label", 8)
    whole = read(
        npz(
            tmp_path,
            x_train=np.arange(40.0),
            y_train=LABELS[:40],
            x_test=np.arange(40.0, 50),
            y_test=LABELS[40:],
        )
    )
    assert np.array_equal(whole.test.x[:, 0], np.arange(40, 50))
    assert np.array_equal(whole.test.y, LABELS[40:])


def test_texts_and_padded_sequences(tmp_path):
    texts = np.array([f"three words {i}" for i in range(50)])
    assert read(npz(tmp_path, x=texts, y=LABELS)).kinds == {"text": "text"}
    x = np.zeros((50, 3, 2))
    x[4:9, 2] = np.nan
    whole = read(npz(tmp_path, x=x, y=LABELS))
    assert np.isnan(whole.train.x).sum() + np.isnan(whole.test.x).sum() == 10


# --- images
# ---------------------------------------------------------------------------------------------------------


def picture(path, value, size=(6, 4), mode="RGB"):
    """An image `size[0]` wide, of one grey value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).convert(mode).save(path)


def photos(tmp_path, parts=("",), each=10, mode="L"):
    for part in parts:
        for k, name in enumerate(("cat", "dog", "eel")):
            for i in range(each):
                picture(tmp_path / "photos" / part / name / f"{i}.png", 100 * k + i, mode=mode)
    return tmp_path / "photos"


@pytest.mark.parametrize(("mode", "shape"), [("L", (4, 6)), ("RGB", (4, 6, 3)), ("RGBA", (4, 6, 3))])
def test_a_folder_of_images(mode, shape, tmp_path):
    folder = photos(tmp_path, mode=mode)
    (folder / "cat" / "notes.txt").write_text("no image")
    (folder / ".DS_Store").write_text("hidden")
    whole = read(folder)
    assert (whole.task, whole.class_names) == ("classification", ("cat", "dog", "eel"))
    assert (whole.train.x.shape, whole.train.x.dtype, len(whole.test)) == ((24, *shape), np.uint8, 6)
    assert np.bincount(whole.test.y).tolist() == [2, 2, 2]
    pixels = np.concatenate([whole.train.x, whole.test.x]).reshape(30, -1)
    assert (pixels == pixels[:, :1]).all()
    assert np.array_equal(pixels[:, 0] // 100, np.concatenate([whole.train.y, whole.test.y]))
    assert sorted(pixels[:, 0].tolist()) == sorted(100 * k + i for k in range(3) for i in range(10))
    assert "1 files in photos/ are no images" in " ".join(whole.notes)
    sums = (
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder)}\n"
        for file in sorted(folder.rglob("*.png"))
    )
    assert whole.sha256 == hashlib.sha256("".join(sums).encode()).hexdigest()


def test_a_folder_of_images_with_train_and_test(tmp_path):
    folder = photos(tmp_path, parts=("train", "test"))
    picture(folder / "val" / "cat" / "0.png", 0)
    whole = read(folder)
    assert (len(whole.train), len(whole.test), whole.validation_size) == (30, 30, 6)
    assert "not read: val." in " ".join(whole.notes)


def test_images_can_be_resized(tmp_path):
    folder = photos(tmp_path)
    picture(folder / "cat" / "wide.png", 7, size=(90, 5), mode="L")
    whole = read(f"{folder}@8x5")
    assert whole.train.x.shape == (24 + 1, 8, 5)
    assert "Each was made 8 high and 5 wide." in " ".join(whole.notes)


def test_the_copy_in_the_cache_follows_the_files(tmp_path, home):
    folder = photos(tmp_path)
    first = read(folder)
    assert len([path for path in (home / "data" / "own").iterdir() if path.is_dir()]) == 1
    assert np.array_equal(read(folder).train.x, first.train.x)
    picture(folder / "cat" / "0.png", 77)
    changed = read(folder)
    assert 77 in changed.train.x or 77 in changed.test.x
    assert changed.sha256 != first.sha256


# --- larger than memory
# -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "npz"])
def test_what_is_larger_than_memory_streams_to_the_same_splits(suffix, tmp_path, monkeypatch, home):
    frame = numbers(3000, classes=3)
    if suffix == "npz":
        path, target = npz(tmp_path, x=frame[["a", "b"]].to_numpy(), y=frame["y"].to_numpy(str)), None
    else:
        path, target = table(tmp_path, frame, suffix), "y"
    resident = read(path, target=target)
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    for _ in range(2):  # made, then found in the cache
        streamed = read(path, target=target)
        assert isinstance(streamed.train.x, Rows)
        for part in ("train", "test"):
            small, large = getattr(resident, part), getattr(streamed, part)
            assert np.array_equal(np.asarray(small.x, np.float32), large.x[:])
            assert np.array_equal(small.y, large.y)
        assert (streamed.class_names, streamed.sha256) == (resident.class_names, resident.sha256)
        assert "streamed from disk" in " ".join(streamed.notes)
    assert len([path for path in (home / "data" / "own").iterdir() if path.is_dir()]) == 1


def test_images_larger_than_memory_stream(tmp_path, monkeypatch):
    folder = photos(tmp_path)
    resident = read(folder)
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "100")
    streamed = read(folder)
    assert isinstance(streamed.train.x, Rows)
    assert np.array_equal(streamed.train.x[:], resident.train.x)


def test_a_large_table_may_have_an_own_test_split_a_time_and_whole_numbers_first(tmp_path, monkeypatch):
    frame = numbers(2000).assign(when=np.arange(2000)[::-1], late=np.where(np.arange(2000) < 1800, 1.0, 0.5))
    frame["late"] = frame["late"].map("{:g}".format)  # 1 for a long time, then 0.5
    table(tmp_path, frame[:1500], name="train")
    table(tmp_path, frame[1500:], name="test")
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    whole = read(tmp_path, target="y", time="when")
    assert (len(whole.train), len(whole.test), whole.in_time) == (1500, 500, True)
    assert np.array_equal(whole.train.x[:][:, 0], frame["a"][:1500].to_numpy(np.float32)[::-1])
    assert set(whole.test.x[:][:, 2]) == {np.float32(1), np.float32(0.5)}


PEAK = """
import sys
from pathlib import Path
from suite.data import user as own
def peak(): # getrusage would count what the parent process had
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
warm, large = map(Path, sys.argv[1:])
own.read(warm, target="y")
before = peak()
whole = own.read(large, target="y")
print(peak() - before, len(whole.train) + len(whole.test), whole.train.x.shape[1])
"""


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
def test_memory_stays_below_the_size_of_the_file(suffix, tmp_path):
    columns, block, times = 20, 2_000, {"csv": 120, "parquet": 400, "npz": 300}[suffix]
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{name}.{suffix}" for name in ("warm", "large")]
    for path, repeats in zip(paths, (1, times), strict=True):
        frame = pd.DataFrame(
            rng.normal(size=(block, columns)), columns=[f"x{i}" for i in range(columns)]
        ).assign(y=rng.normal(size=block))
        if suffix == "csv":
            lines = frame.to_csv(index=False).split("\n", 1)
            path.write_text(lines[0] + "\n" + lines[1] * repeats)
        else:
            x = rng.normal(size=(block * repeats, columns))
            y = rng.normal(size=block * repeats)
            if suffix == "npz":
                np.savez(path, x=x, y=y)
            else:
                pd.DataFrame(x, columns=frame.columns[:-1]).assign(y=y).to_parquet(path)
    environment = {**os.environ, "SUITE_RESIDENT_BYTES": "10000", "OMP_NUM_THREADS": "2"}
    output = subprocess.check_output([sys.executable, "-c", PEAK, *paths], env=environment, text=True)
    growth, rows, features = map(int, output.split())
    assert (rows, features) == (block * times, columns)
    assert growth < paths[1].stat().st_size


def test_rows_written_in_pieces_are_an_array(tmp_path):
    pieces = [np.arange(6).reshape(2, 3), np.arange(6, 15).reshape(3, 3)]
    assert write_rows(tmp_path / "x.npy", (3,), np.dtype(np.float32), pieces) == 5
    assert np.array_equal(np.load(tmp_path / "x.npy"), np.arange(15, dtype=np.float32).reshape(5, 3))


# --- errors
# ---------------------------------------------------------------------------------------------------------


def csv(tmp_path, content, name="a.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(n=20, **cells):
    """Lines of a CSV with columns a, b and y; a cell is replaced by `row{i}`: its whole line."""
    return "a,b,y\n" + "".join(
        cells.get(f"row{i}", f"{i}.5,{i % 3}.5,{'no' if i % 2 else 'yes'}") + "\n" for i in range(n)
    )


def damaged_parquet(tmp_path):
    path = table(tmp_path, numbers(), suffix="parquet")
    data = bytearray(path.read_bytes())
    data[4:400] = b"\xff" * 396
    return csv(tmp_path, bytes(data), "a.parquet")


BAD_CHECKS = {
    "no such file": (
        lambda d: d / "no.csv",
        {"target": "y"},
        r"`dataset` expects a file or folder that exists. Received: '.*no.csv'",
    ),
    "another kind of file": (
        lambda d: csv(d, "x", "a.xlsx"),
        {"target": "y"},
        r"expects a file ending in .csv, .tsv, .parquet",
    ),
    "empty": (lambda d: csv(d, ""), {"target": "y"}, r"a.csv, which is empty"),
    "no target": (
        table,
        {},
        r"`target` expects the column of houses.csv to predict, one of id, area, .* price. Received: none.",
    ),
    "unknown target": (
        table,
        {"target": "prise"},
        r"`target` must be one of id, area, .* Received: 'prise'. Did you mean 'price'\?",
    ),
    "unknown group": (
        table,
        {"target": "price", "group": "twon"},
        r"`group` must be one of .* Did you mean 'town'",
    ),
    "unknown time": (
        table,
        {"target": "price", "time": "date"},
        r"`time` must be one of .* Received: 'date'",
    ),
    "one column twice": (
        table,
        {"target": "price", "time": "price"},
        r"expect different columns. Received: target='price', time=",
    ),
    "group and time": (
        table,
        {"target": "price", "time": "sold", "group": "town"},
        r"`group` and `time` exclude each other",
    ),
    "two columns of one name": (
        lambda d: csv(d, "a,b,a\n1,2,3\n"),
        {"target": "b"},
        r"different names. Received: a.csv, which has 'a' twice",
    ),
    "half a parquet": (
        lambda d: csv(d, table(d, suffix="parquet").read_bytes()[:2000], "a.parquet"),
        {"target": "price"},
        r"a readable .parquet file. Received: .*a.parquet: ",
    ),
    "half an npz": (
        lambda d: csv(d, npz(d, x=np.zeros(50), y=LABELS).read_bytes()[:300], "b.npz"),
        {},
        r"a readable .npz file",
    ),
    "no y": (
        lambda d: npz(d, x=np.zeros(50), z=LABELS),
        {},
        r"the array of a.npz to predict, one of x, z. Received",
    ),
    "broken json": (
        lambda d: csv(d, '{"a": 1}\n{"a":\n', "a.jsonl"),
        {"target": "a"},
        r"a.jsonl: line 2: Expecting value",
    ),
    "json that is no object": (
        lambda d: csv(d, "[1, 2]\n", "a.jsonl"),
        {"target": "a"},
        r"line 1: no object of the form",
    ),
    "target of a folder": (
        photos,
        {"target": "y"},
        r"`target` expects a table; in a folder of images the sub-folders are the classes",
    ),
}


@pytest.mark.parametrize("case", BAD_CHECKS)
def test_what_a_header_can_tell_is_told_when_a_config_is_made(case, tmp_path):
    make, columns, message = BAD_CHECKS[case]
    path = make(tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        own.check(str(path), **columns)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=message):
        own.read(path, **columns)


def jsonl(d, *last):
    return csv(
        d,
        "".join(json.dumps({"a": i / 2, "y": i % 2}) + "\n" for i in range(150)) + "\n".join(last),
        "a.jsonl",
    )


def with_y(d, values, n=40):
    return table(d, numbers(n).assign(y=values))


def truncated_photos(d):
    folder = photos(d)
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    for suffix in ("png", "jpg"):
        Image.fromarray(noise).save(d / f"whole.{suffix}")
        picture(folder / "cat" / "0.png", 0)
    (folder / "dog" / "3.png").write_bytes((d / "whole.png").read_bytes()[:2000])
    return Path(f"{folder}@4x4")


def photos_with(d, name, write):
    folder = photos(d)
    write(folder / "dog" / name)
    return folder


def photos_train_only(d):
    folder = photos(d, parts=("train", "test"))
    picture(folder / "train" / "fox" / "0.png", 0)
    return folder


BAD_DATA = {
    "a constant target": (
        lambda d: with_y(d, 3.5),
        r"`target` expects numbers that vary. Received: column 'y', which is .*3.5.* in all rows",
    ),
    "one class": (
        lambda d: with_y(d, "yes"),
        r"`target` expects two classes or more. Received: column 'y', which is 'yes'",
    ),
    "a class with too few": (
        lambda d: with_y(d, ["a"] * 37 + ["b"] * 3),
        r"at least 5 examples of each class.* Received: 'b' in column 'y', which has 3\.",
    ),
    "too few rows": (lambda d: table(d, numbers(9)), r"at least 10 rows.* Received: 9\."),
    "no rows": (lambda d: csv(d, "a,b,y\n"), r"at least 10 rows.* Received: 0\."),
    "a target that is mostly missing": (
        lambda d: with_y(d, [None] * 20 + ["a", "b"] * 10),
        r"in at least 80% of the rows. Received: column 'y', missing in 20 of 40",
    ),
    "an infinite target": (
        lambda d: with_y(d, [np.inf, *np.arange(39) / 7]),
        r"finite numbers.* target 'y', inf in data row 1 ",
    ),
    "infinite numbers": (
        lambda d: csv(d, rows(row7="inf,1.5,yes")),
        r"column 'a', inf in data row 8 \(1 such values\)",
    ),
    "numbers beyond float32": (
        lambda d: csv(d, rows(row7="1e39,1.5,yes")),
        r"column 'a', 1e\+39 in data row 8",
    ),
    "a slip among numbers": (
        lambda d: csv(d, rows(row7="seven,1.5,yes")),
        r"column 'a', which has numbers but for 1 of 20 values, the first of them 'seven' in data row 8",
    ),
    "a slip in the target": (
        lambda d: with_y(d, ["x", *map(str, np.arange(39) / 7)]),
        r"column 'y', which has numbers but for 1 of 40 values, the first of them 'x'",
    ),
    "texts to predict from columns": (
        lambda d: with_y(d, [f"t{i}" for i in range(40)]),
        r"`target` expects classes or numbers, .* 40 different texts in 40 rows, beside 2",
    ),
    "dates to predict": (
        lambda d: with_y(d, [f"2024-01-{1 + i % 28:02}" for i in range(40)]),
        r"column 'y', which holds dates",
    ),
    "no column left": (
        lambda d: table(d, pd.DataFrame({"id": range(40), "y": ["a", "b"] * 20})),
        r"a column to learn from. Received: `id` was dropped",
    ),
    "a short row": (
        lambda d: csv(d, rows(row7="1.5,2.5")),
        r"rows of equal length in a.csv. Received: Row #9: Expected 3 columns, got 2: 1.5,2.5",
    ),
    "a long row": (lambda d: csv(d, rows(row7="1,2,3,4")), r"Row #9: Expected 3 columns, got 4"),
    "truncated": (
        lambda d: csv(d, rows()[:-8]),
        r"rows of equal length in a.csv. Received: Row #21: Expected 3 columns",
    ),
    "a quote left open": (
        lambda d: csv(d, rows(row7='1.5,2.5,"yes')),
        r"quotes in pairs .* Received: a.csv, one opened in data row 8 is not closed",
    ),
    "latin-1": (
        lambda d: csv(d, rows(row7="1.5,2.5,né").encode("latin1")),
        r"expects UTF-8. Received: a.csv, line 9, byte \d+: 0xe9",
    ),
    "columns of one name in an export": (
        lambda d: table(d, numbers().rename(columns={"a": "m 2", "b": "m_2"})),
        r"'m 2' and 'm_2'",
    ),
    "damage inside a parquet": (damaged_parquet, r"expects a whole Parquet file. Received: a.parquet: "),
    "lists in a parquet": (
        lambda d: table(d, numbers().assign(a=[[1]] * 100), "parquet"),
        r"column 'a' of list",
    ),
    "a broken line of json": (lambda d: jsonl(d, '{"a": 1, "y"'), r"a.jsonl. Received: line 151: "),
    "nan in json": (lambda d: jsonl(d, '{"a": NaN, "y": 1}'), r"line 151: NaN is not a number"),
    "a list in json": (
        lambda d: jsonl(d, '{"a": [1], "y": 1}'),
        r"a list or object in column 'a', line 151, after a number",
    ),
    "mixed json": (
        lambda d: jsonl(d, '{"a": "x", "y": 1}'),
        r"a text in column 'a', line 151, after a number",
    ),
    "latin-1 in json": (lambda d: csv(d, b'{"text": "\xe9", "y": 1}\n' * 20, "a.jsonl"), r"line 1"),
    "nan in an npz": (
        lambda d: npz(d, x=np.where(np.arange(50) == 4, np.nan, 1.0), y=LABELS),
        r"array 'x', .*nan.* in data row 5",
    ),
    "nan inside a sequence": (
        lambda d: npz(d, x=np.where(np.arange(300) == 26, np.nan, 1.0).reshape(50, 3, 2), y=LABELS),
        r"NaN only as padding.* data row 5\.",
    ),
    "a pickle": (
        lambda d: npz(d, x=np.array([{}] * 50), y=LABELS),
        r"object arrays are pickles, which can run code. Received: 'x' of a.npz",
    ),
    "a pickled target": (
        lambda d: npz(d, x=np.zeros(50), y=np.array(["a", None] * 25, object)),
        r"pickles.* Received: 'y' of a.npz",
    ),
    "arrays of different length": (
        lambda d: npz(d, x=np.zeros((50, 2)), y=LABELS[:40]),
        r"shapes \(40,\) and \(50, 2\)",
    ),
    "one-hot targets of one example a class": (
        lambda d: npz(d, x=np.zeros((50, 2)), y=np.eye(50)),
        r"at least 5 examples of each class.* Received: '0' in column 'y', which has 1, like 49 more classes",
    ),
    "one of several targets is constant": (
        lambda d: npz(d, x=np.eye(50), y=np.c_[np.arange(50.0), np.ones(50)]),
        r"numbers that vary. Received: column 'y 2', which is 1.0 in all rows",
    ),
    "several targets in train": (
        lambda d: npz(d, x_train=np.eye(50), y_train=np.eye(50) / 3, x_test=np.eye(50), y_test=LABELS),
        r"as many targets in test as in train. Received: 50 and 1",
    ),
    "several targets of texts": (
        lambda d: npz(d, x=np.eye(50), y=np.array([["a", "b"]] * 50)),
        r"columns of numbers, .* Received: column 'y 1', 'a' in it",
    ),
    "all inputs the same": (
        lambda d: npz(d, x=np.ones((50, 3)), y=LABELS),
        r"examples that differ. Received: a.npz, 50 examples whose inputs are all the same",
    ),
    "all pictures the same": (
        lambda d: npz(d, x=np.stack([np.arange(64, dtype=np.uint8).reshape(8, 8)] * 50), y=LABELS),
        r"examples that differ. Received: a.npz, 50 examples",
    ),
    "channels first": (
        lambda d: npz(d, x=np.zeros((50, 3, 8, 8), np.uint8), y=LABELS),
        r"which has the channels first. What to do: x = np.transpose\(x, \(0, 2, 3, 1\)\)",
    ),
    "images as floats": (
        lambda d: npz(d, x=np.zeros((50, 4, 4, 3)), y=LABELS),
        r"images as uint8 \(0 to 255\).* Received: 'x', float64, shape \(50, 4, 4, 3\)",
    ),
    "images of two sizes": (
        lambda d: photos_with(d, "3.png", lambda path: picture(path, 0, (9, 8))),
        r"Received: 29 of 4x6 and 1 of 8x9, like dog/3.png. What to do: dataset=photos@4x6",
    ),
    "half an image": (truncated_photos, r"whole images. Received: dog/3.png: "),
    "no image": (
        lambda d: photos_with(d, "3.png", lambda path: path.write_bytes(b"text")),
        r"whole images. Received: dog/3.png: cannot identify image file\.",
    ),
    "an empty image": (
        lambda d: photos_with(d, "3.png", lambda path: path.write_bytes(b"")),
        r"whole images. Received: dog/3.png: ",
    ),
    "16 bits": (
        lambda d: photos_with(d, "3.png", lambda path: Image.new("I;16", (6, 4)).save(path)),
        r"8 bits. Received: dog/3.png, of mode I;16",
    ),
    "an empty class": (
        lambda d: photos_with(d, "../fox/.hidden", lambda path: path.parent.mkdir()),
        r"in each sub-folder. Received: .*fox, with none",
    ),
    "one folder": (lambda d: photos(d) / "cat", r"two classes or more. Received: .*cat, with 0 \(none\)"),
    "a class in train only": (photos_train_only, r"the same classes in train/ and test/. Received: 'fox'"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_what_cannot_be_learned_is_refused(case, tmp_path):
    make, message = BAD_DATA[case]
    path = make(tmp_path)
    target = None if path.suffix == ".npz" or own.folder_and_size(path)[0].is_dir() else "y"
    with pytest.raises(ValueError, match=message) as caught:
        own.read(path, target=target)
    assert "\n" not in str(caught.value)


def test_errors_of_groups_and_times(tmp_path):
    frame = numbers().assign(g=["a", "b"] * 50, t="soon", m=[None, *range(99)], one=2020)
    path = table(tmp_path, frame)
    for columns, message in [
        ({"group": "g"}, r"`group` expects 3 groups or more, one a split. Received: 2 in column 'g'"),
        ({"group": "m"}, r"`group` expects a group in every row. Received: 1 missing in 'm'"),
        (
            {"time": "t"},
            r"`time` expects numbers or dates like 2026-05-31. Received: column 't', which holds 'soon'",
        ),
        ({"time": "m"}, r"`time` expects a time in every row. Received: 1 missing in column 'm'"),
        ({"time": "one"}, r"`time` expects more than one moment. Received: column 'one', 2020"),
    ]:
        with pytest.raises(ValueError, match=message):
            read(path, target="y", **columns)
    late = table(tmp_path, numbers(20).assign(y=["a"] * 14 + ["b"] * 6, t=range(20)))
    with pytest.raises(
        ValueError, match=r"every class on both sides of the split .* Received: 'a', which is not in test"
    ):
        read(late, target="y", time="t")


def test_a_test_table_without_the_target(tmp_path):
    table(tmp_path, numbers(), name="train")
    table(tmp_path, numbers().drop(columns="y"), name="test")
    with pytest.raises(
        ValueError, match=r"the columns of train.csv in test.csv too. Received: none named 'y'"
    ):
        read(tmp_path, target="y")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"b": "blue"},
            r"larger than memory allows. Received: houses.csv with column 'b' of string. "
            r"What to do: .*SUITE_RESIDENT_BYTES=",
        ),
        ({"b": [None, *(row % 7 for row in range(99))]}, r"column 'b' with no value in data row 1\."),
        ({"b": [*range(99), np.inf]}, r"finite numbers .* inf in data row 100 "),
    ],
)
def test_what_cannot_stream_is_refused(change, message, tmp_path, monkeypatch, home):
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    with pytest.raises(ValueError, match=message):
        read(table(tmp_path, numbers().assign(**change)), target="y")
    assert not [path for path in (home / "data" / "own").glob("*") if path.is_dir()]


def test_a_late_slip_in_a_large_table(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    content = rows(200_000, row199990="seven,1.5,yes")
    with pytest.raises(
        ValueError, match=r"a whole table of numbers. Received: a.csv: .*Row #199992: .*invalid value 'seven'"
    ):
        read(csv(tmp_path, content), target="y")


def test_a_truncated_member_of_an_npz(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(npz(tmp_path, x=np.zeros((50, 9)), y=LABELS)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", members["x.npy"][:-100])
        archive.writestr("y.npy", members["y.npy"])
    with pytest.raises(ValueError, match=r"whole arrays. Received: 'x' of a.npz"):
        read(path)


# --- in commands
# ------------------------------------------------------------------------------------------------------


def suite(*arguments, home):
    environment = {**os.environ, "SUITE_HOME": str(home), "COLUMNS": "400"}
    program = Path(sys.executable).with_name("suite")
    return subprocess.run(
        [program, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_card_of_a_table(tmp_path, home):
    path = table(tmp_path, houses(100).assign(owner=np.arange(100) // 5))
    done = suite("data", path, "--target", "price", "--group", "owner", home=home)
    assert done.returncode == 0
    assert "`sold` is a date and became sold year, sold month, sold day of week." in done.stdout
    assert "town (categorical, " in done.stdout
    assert "test is a fixed fifth of whole groups of `owner`" in done.stdout


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        (None, ["--target", "y"], "`dataset` expects a file or folder that exists."),
        (rows(), [], "`target` expects the column of a.csv to predict, one of a, b, y. Received: none."),
        (rows(), ["--target", "x"], "`target` must be one of a, b, y. Received: 'x'."),
        (rows()[:-8], ["--target", "y"], "rows of equal length in a.csv. Received: Row #21"),
    ],
)
def test_bad_data_ends_in_one_line_and_exit_code_2(content, columns, message, tmp_path, home):
    path = tmp_path / "a.csv" if content is None else csv(tmp_path, content)
    done = suite("data", path, *columns, home=home)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_a_study_of_a_column_that_is_not_there_ends_when_it_is_read(tmp_path, home):
    study, path = tmp_path / "own.py", csv(tmp_path, rows())
    fixed = f"Config(dataset={str(path)!r}, target='yy')"
    study.write_text(
        "from suite import Config, Study\n"
        f"STUDY = Study(question='?', fixed={fixed}, scientific={{'dropout': (0.0, 0.5)}})\n"
    )
    done = suite("study", study, home=home)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "`target` must be one of a, b, y. Received: 'yy'. Did you mean 'y'?" in done.stderr


def test_a_config_loads_its_data(tmp_path):
    config = Config(dataset=str(table(tmp_path)), target="price", time="sold", batch_size=8)
    data = training_data(config)
    assert (data.task, len(data.train), len(data.validation), len(data.test)) == ("regression", 60, 20, 20)
    with pytest.raises(ValueError, match=r"the first of them 'seven' in data row 8"):
        training_data(
            Config(dataset=str(csv(tmp_path, rows(row7="seven,1.5,yes"))), target="y", batch_size=8)
        )
