"""How an export takes its place, killed at any moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from suite import paths
from suite.export.folder import MARKS, beside, refuse_foreign

AGAIN_AND_AGAIN = """
import sys
from itertools import count
from pathlib import Path
from suite.export.folder import MARKS, beside
from suite.paths import put

folder = Path(sys.argv[1])
for number in count():
    with beside(folder) as aside:
        (aside / "new").mkdir()
        for name in (*MARKS, *map(str, range(20))):
            (aside / "new" / name).write_text(str(number))
        put(aside / "new", folder)
    print(number, flush=True)
"""


def export_of(number: int, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in MARKS:
        (folder / name).write_text(str(number))
    return folder


@pytest.mark.parametrize("by", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_kill_leaves_one_export_whole_and_the_next_one_no_litter(tmp_path, by):
    """Killed some time after the first, eighth, ... is done: at moments that differ from run to run."""
    folder, root = tmp_path / "exports" / "model", Path(__file__).parents[2]
    for done in range(4):
        command = [sys.executable, "-c", AGAIN_AND_AGAIN, str(folder)]
        process = subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        with process:
            for _ in range(1 + 7 * done):
                process.stdout.readline()
            process.send_signal(getattr(signal, by))
        contents = {path.read_text() for path in folder.iterdir()}
        assert len(contents) == 1 and len(list(folder.iterdir())) == len(MARKS) + 20
        with beside(folder):
            assert len(os.listdir(folder.parent)) == 3  # with its lock
        assert os.listdir(folder.parent) == ["model"]


@pytest.mark.parametrize("ended_by", [KeyboardInterrupt, OSError])
def test_what_is_interrupted_leaves_nothing(tmp_path, ended_by):
    def interrupted():
        with beside(tmp_path / "model") as aside:
            export_of(1, aside / "new")
            raise ended_by

    with pytest.raises(ended_by):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_what_another_process_is_making_is_left_alone(tmp_path):
    with beside(tmp_path / "one") as first:
        with beside(tmp_path / "other") as second:
            assert first.exists() and second.exists() and first != second
        assert first.exists() and not second.exists()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("at_once", [True, False])
def test_the_new_takes_the_place_of_the_old(tmp_path, monkeypatch, at_once):
    """In one step where the system can, else in two; nothing of the old is left."""
    old, new = export_of(1, tmp_path / "model"), export_of(2, tmp_path / "aside" / "new")
    if not at_once:
        monkeypatch.setattr(paths, "_exchanged", lambda *_: False)
    elif not sys.platform.startswith("linux"):
        pytest.skip("only Linux can")
    renamed = []
    monkeypatch.setattr(
        Path, "rename", lambda *each, rename=Path.rename: renamed.append(each) or rename(*each)
    )
    paths.put(new, old)
    assert {(old / mark).read_text() for mark in MARKS} == {"2"}
    assert len([each for each in renamed if old in each]) == (0 if at_once else 2)
    paths.put(export_of(3, tmp_path / "aside" / "first"), tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / MARKS[0]).read_text() == "3"
    assert sorted(os.listdir(tmp_path)) == ["aside", "elsewhere", "model"]
    assert os.listdir(tmp_path / "aside") == []


def test_only_a_new_folder_an_empty_one_and_an_export_may_be_written(tmp_path):
    (tmp_path / "empty").mkdir()
    for fine in ("new", "empty", export_of(1, tmp_path / "model").name):
        refuse_foreign(tmp_path / fine)
    (tmp_path / "model" / MARKS[0]).unlink()
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for foreign in ("model", "file", "link"):
        with pytest.raises(
            ValueError, match=f"must be new, empty or an earlier export.*Received: .*{foreign}"
        ):
            refuse_foreign(tmp_path / foreign)
