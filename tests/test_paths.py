"""Where the suite writes, and that what it writes is whole or not there."""

import errno
import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from suite import paths


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, Path("mlruns")),
        ("", Path("mlruns")),
        ("elsewhere", Path("elsewhere")),
        ("~/runs", Path.home() / "runs"),
    ],
)
def test_home(setting, expected, monkeypatch):
    monkeypatch.delenv("SUITE_HOME", raising=False)
    if setting is not None:
        monkeypatch.setenv("SUITE_HOME", setting)
    assert paths.home() == expected


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path):
    file = tmp_path / "rates.json"
    paths.replace(file, lambda opened: opened.write(b"old"))

    def fail(opened):
        opened.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        paths.replace(file, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["rates.json"]
    assert file.read_bytes() == b"old"


def fill(path: Path, rows: int = 3) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE numbers (n)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(rows)])
    connection.close()


def count(path: Path) -> int:
    connection = sqlite3.connect(path)
    (rows,) = connection.execute("SELECT count(*) FROM numbers").fetchone()
    connection.close()
    return rows


def killed_half_way(path: Path) -> None:
    def make(aside: Path) -> None:
        fill(aside, 1)
        aside.with_name(f"{aside.name}-journal").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    paths.create(path, make)


def test_what_a_killed_process_was_creating_is_made_again(tmp_path):
    path = tmp_path / "deep" / "store.db"
    process = multiprocessing.get_context("fork").Process(target=killed_half_way, args=[path])
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not path.exists()
    assert paths.create(path, fill) == path
    assert count(path) == 3
    assert {each.name for each in path.parent.iterdir()} == {"store.db", "store.db.lock"}


def test_what_was_kept_beside_a_database_that_is_gone_is_not_played_into_a_new_one(tmp_path):
    path = paths.create(tmp_path / "store.db", lambda aside: fill(aside, 1))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO numbers VALUES (1)")
    connection.commit()
    journal = path.with_name("store.db-wal")
    left = journal.read_bytes()  # by a process that was killed
    connection.close()
    journal.write_bytes(left)
    path.unlink()
    paths.create(path, fill)
    assert count(path) == 3


def test_what_is_there_is_not_made_again(tmp_path):
    path = paths.create(tmp_path / "store.db", fill)
    paths.create(path, lambda aside: pytest.fail("it was made again"))
    assert count(path) == 3


def test_what_cannot_be_made_is_not_there(tmp_path):
    def fail(aside: Path) -> None:
        fill(aside)
        raise ValueError("a reason")

    with pytest.raises(ValueError, match="a reason"):
        paths.create(tmp_path / "store.db", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["store.db.lock"]


def test_a_folder_is_removed_whole(tmp_path, monkeypatch):
    folder = tmp_path / "report"

    def fill(path: Path) -> None:
        path.mkdir()
        (path / "page").touch()

    fill(folder)
    with monkeypatch.context() as killed:  # while it is removed
        killed.setattr(paths.shutil, "rmtree", lambda *arguments, **named: None)
        paths.remove(folder)
    assert not folder.exists()
    fill(folder)
    paths.remove(folder)
    assert not list(tmp_path.iterdir())


def test_what_is_not_there_needs_no_removal(tmp_path):
    paths.remove(tmp_path / "nothing")
    (tmp_path / "file").touch()
    paths.remove(tmp_path / "file")
    assert not list(tmp_path.iterdir())
