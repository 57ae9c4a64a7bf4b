"""Image files: upright, on white, of 8 bits; what is broken is named all at once."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from suite.data import user
from suite.data.user import pictures


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))


def picture(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(path, **options)
    return path


def decoded(path):
    form, notes = pictures.shape([path], "photos", None)
    return next(pictures.pixels([path], form))[0], notes


CORNER = np.zeros((4, 6), np.uint8)
CORNER[0, 0] = 200


@pytest.mark.parametrize(
    ("orientation", "corner", "shape"),
    [(1, (0, 0), (4, 6)), (2, (0, 5), (4, 6)), (3, (3, 5), (4, 6)), (4, (3, 0), (4, 6)),
     (5, (0, 0), (6, 4)), (6, (0, 3), (6, 4)), (7, (5, 3), (6, 4)), (8, (5, 0), (6, 4))],
)  # fmt: skip
def test_orientations(orientation, corner, shape, tmp_path):
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    found, notes = decoded(picture(tmp_path / "a.png", CORNER, exif=exif.tobytes()))
    assert found.shape == shape and np.unravel_index(found.argmax(), shape) == corner
    assert bool(notes) is (orientation != 1)


def test_what_is_transparent_is_white(tmp_path):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    found, notes = decoded(picture(tmp_path / "a.png", pixels))
    assert found[0, 0].tolist() == [10, 20, 30] and (found[1] == 255).all()
    assert notes == ["1 images have transparency and were laid on white"]
    grey = Image.fromarray(np.array([[7, 7]], np.uint8)).convert("LA")
    grey.putalpha(Image.fromarray(np.array([[255, 0]], np.uint8)))
    assert decoded(picture(tmp_path / "b.png", grey))[0].tolist() == [[7, 255]]


def test_palettes_and_print_colours_become_rgb(tmp_path):
    red = Image.new("RGB", (3, 2), (255, 0, 0))
    for name, image in {"a.png": red.convert("P"), "b.gif": red, "c.jpg": red.convert("CMYK")}.items():
        found, _ = decoded(picture(tmp_path / name, image))
        assert found.shape == (2, 3, 3) and abs(found.astype(int) - [255, 0, 0]).max() < 8


def folder(tmp_path, change):
    for name in ("cat", "dog"):
        for i in range(6):
            picture(
                tmp_path / "photos" / name / f"{i}.png", np.full((4, 6), 20 * i + (name == "dog"), np.uint8)
            )
    change(tmp_path / "photos")
    return tmp_path / "photos"


def broken(path):
    for name in ("cat/1.png", "dog/2.png"):
        (path / name).write_bytes(b"no picture")
    whole = (path / "dog" / "3.png").read_bytes()
    (path / "dog" / "3.png").write_bytes(whole[: len(whole) // 2])


def bomb(path):
    """A picture of some bytes that says that it has 2.5 billion pixels."""
    file = path / "cat" / "1.png"
    content = bytearray(file.read_bytes())
    content[16:24] = struct.pack(">II", 50_000, 50_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (bomb, r"whole images. Received: cat/1.png: Image size \(2500000000 pixels\) exceeds limit"),
        (broken,
         r"whole images. Received: cat/1.png: cannot identify image file; "
         r"dog/2.png: cannot identify.*; dog/3.png: "),
        (lambda path: [picture(file, np.zeros((4, 6), np.uint8)) for file in path.rglob("*.png")],
         r"examples that differ. Received: photos, 12 examples whose inputs are all the same"),
        (lambda path: [file.rename(file.with_suffix(".heic")) for file in (path / "cat").iterdir()],
         r"Received: .*cat, with none, but for 6 .heic, a kind that is not read: magick mogrify"),
    ],
)  # fmt: skip
def test_what_is_refused(change, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        user.read(folder(tmp_path, change))


def test_what_lies_beside_is_told_or_hidden(tmp_path):
    def change(path):
        for name in (
            "cat/.thumbs/0.png",
            "__MACOSX/cat/0.png",
            ".ipynb_checkpoints/0.png",
            "cat/Thumbs.db",
            "cat/a.avif",
        ):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(b"x")

    found = user.read(folder(tmp_path, change))
    assert found.class_names == ("cat", "dog") and len(found.train) + len(found.test) == 12
    assert (
        "1 files in photos/ are no images and were not read, but for 1 .avif, a kind that is not read"
        in found.notes[0]
    )
    assert "12 images have one colour only, the first of them cat/0.png." in found.notes


def test_the_same_picture_under_another_name_is_counted(tmp_path):
    def change(path):
        for i in range(6):
            (path / "dog" / f"copy{i}.png").write_bytes((path / "dog" / f"{i}.png").read_bytes())
            (path / "cat" / f"copy{i}.png").write_bytes((path / "dog" / f"{i}.png").read_bytes())

    found = user.read(folder(tmp_path, change))
    assert any("test examples" in note and "are in train too" in note for note in found.notes)
    assert any(
        note.startswith("18 examples have the inputs of an example of another class") for note in found.notes
    )
