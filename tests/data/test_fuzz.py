"""Damaged and random files of every kind end in data or in one line that says what is wrong.

SUITE_FUZZ: how many of each kind.
"""

import io
import json
import os
import random
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from suite.data import user
from suite.data.dataset import split
from suite.data.inspect.card import card

EACH = int(os.environ.get("SUITE_FUZZ", "20"))


def table():
    i = np.arange(60)
    return pd.DataFrame({
        "number": i / 7 - 3, "text": [f"a text, number {k} of \"all\"" for k in i],
        "place": np.array(["Köln", "서울", None], object)[i % 3],
        "day": [f"{1 + k % 28}/{1 + k % 12}/2024" for k in i], "price": [f"${k * 100:,.2f}" for k in i],
        "y": np.array(["a", "b"])[i % 2],
    })  # fmt: skip


def csv_bytes():
    return table().to_csv(index=True).encode()


def wide_bytes():
    return table().to_csv(index=False, sep=";", decimal=",").encode("utf-16")


def jsonl_bytes():
    lines = ({"a": {"b": i / 3}, "t": "x" * (i % 5), "y": i % 2 == 0} for i in range(60))
    return "\n".join(map(json.dumps, lines)).encode()


def json_bytes():
    return b"[" + jsonl_bytes().replace(b"\n", b", ") + b"]"


def parquet_bytes():
    file = io.BytesIO()
    table().to_parquet(file)
    return file.getvalue()


def npz_bytes():
    file = io.BytesIO()
    x = np.arange(60 * 12.0).reshape(60, 4, 3)
    np.savez_compressed(file, x=x, y=np.eye(2)[np.arange(60) % 2], z=x[:, 0, :2])
    return file.getvalue()


def image_bytes(kind):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
    Image.fromarray(noise if kind in ("png", "webp", "tiff") else noise[..., :3]).save(file, kind)
    return file.getvalue()


WHOLE = {
    ".csv": csv_bytes, ".tsv": wide_bytes, ".jsonl": jsonl_bytes, ".json": json_bytes,
    ".parquet": parquet_bytes, ".npz": npz_bytes,
    **{f".{kind}": lambda kind=kind: image_bytes(kind) for kind in ("png", "jpeg", "gif", "bmp", "tiff",
    "webp")},
}  # fmt: skip
"""Suffix -> a file that is read."""


NUMBERS = "text=drop,place=drop,day=drop,y=drop"
ASKED = (
    {"target": "y"},
    {"target": "y"},
    {"target": "number,price"},
    {"target": "price", "time": "number", "window": 3, "horizon": 2, "types": NUMBERS},
    {"target": "price", "time": "number", "window": 3, "horizon": 2, "types": NUMBERS[:-7], "group": "y"},
)
"""What is asked of a table: classes, numbers, a forecast of one series and of two."""


def damaged(raw, rng):
    """Bytes changed, cut, repeated, moved or put in; sometimes nothing but random ones."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(200))
    data = bytearray(raw)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        place = rng.randrange(len(data) + 1)
        other = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[place : place + rng.choice([1, 3, 50])]
            case 2:
                data[place:place] = data[other : other + rng.choice([1, 10, 100])]
            case 3:
                data[place:place] = rng.choice(
                    [b"\0", b'"', b"\n", b",", b";", b"\xff\xfe", b"\x80", b"1e999", b"{", b"NaN"]
                )
            case 4 if rng.random() < 0.3:
                del data[place:]
    return bytes(data)


def place(folder, suffix, raw):
    """Where the user has the file: an image among others of two classes."""
    if suffix in (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".npz"):
        (folder / f"a{suffix}").write_bytes(raw)
        return folder / f"a{suffix}"
    if not (folder / "images").exists():
        for name in ("cat", "dog"):
            (folder / "images" / name).mkdir(parents=True)
            for i in range(6):
                Image.new("RGB", (5, 6), (i * 20, 7, 9)).save(folder / "images" / name / f"{i}.png")
    (folder / "images" / "cat" / f"odd{suffix}").write_bytes(raw)
    return folder / "images"


@pytest.mark.parametrize("suffix", WHOLE)
def test_damaged_files_end_in_data_or_in_one_line(suffix, tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    raw, rng, read = WHOLE[suffix](), random.Random(suffix), 0
    asked = ASKED if suffix in (".csv", ".tsv", ".parquet") else ASKED[:1] if "js" in suffix else ({},)
    asked = ({}, {"target": "z"}) if suffix == ".npz" else asked
    for number in range(EACH):
        said = rng.choice(asked) if number >= len(asked) else asked[number]
        path = place(tmp_path, suffix, raw if number < len(asked) else damaged(raw, rng))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of damaged pictures
            refusal = None
            try:
                whole = user.read(path, **said)
                card(split(whole, data_seed=0, train_size=None, validation_size=None))
                read += 1
            except ValueError as error:
                refusal = str(error)
        if refusal is not None:
            assert number >= len(asked), refusal
            assert refusal.startswith("`") and "\n" not in refusal, refusal
    assert read > 0
