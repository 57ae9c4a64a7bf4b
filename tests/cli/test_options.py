"""What is typed to do a thing again: by make where its Makefile is, by `suite` elsewhere, quoted."""

import shlex
import sys
from pathlib import Path

import pytest

from suite.cli.options import command_line, program, settings, texts

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """A folder without Makefile, and a shell that finds `suite`."""
    monkeypatch.chdir(tmp_path)
    suite = tmp_path / "bin" / "suite"
    suite.parent.mkdir()
    suite.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(suite.parent))
    monkeypatch.setattr(sys, "argv", [str(suite)])
    return tmp_path


def test_by_make(elsewhere):
    (elsewhere / "Makefile").symlink_to(MAKEFILE)
    assert command_line("ui", "", "") == "make ui"
    assert command_line("study", "NAME", "optimizers") == "make study NAME=optimizers"
    assert (
        command_line("study", "NAME", "my own.py", ["epochs=3", "dataset=a.csv"])
        == "make study NAME='my own.py' SET=\"epochs=3 dataset=a.csv\""
    )
    assert command_line("compare", "WHAT", "optimizer=adam,sgd dropout=0,0.5").startswith(
        "make compare WHAT='"
    )


def test_by_suite_where_there_is_no_makefile_or_another_one(elsewhere):
    assert command_line("ui", "", "") == "suite ui"
    assert (
        command_line("study", "NAME", "optimizers", ["epochs=3"]) == "suite study optimizers --set epochs=3"
    )
    (elsewhere / "Makefile").write_text("study:\n\techo another project\n")
    assert command_line("ui", "", "") == "suite ui"


def test_what_make_would_tear_apart_is_left_to_suite(elsewhere):
    (elsewhere / "Makefile").symlink_to(MAKEFILE)
    line = command_line("study", "NAME", "search", ["dataset=my houses.csv", "target=price"])
    assert shlex.split(line) == [
        "suite", "study", "search", "--set", "dataset=my houses.csv", "--set", "target=price",
    ]  # fmt: skip


def test_the_program_as_it_was_started(elsewhere, monkeypatch):
    assert program() == "suite"
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == str(elsewhere / "bin" / "suite")
    monkeypatch.setattr(sys, "argv", [str(elsewhere / "suite" / "__main__.py")])
    assert shlex.split(program()) == [sys.executable, "-m", "suite"]


def test_settings_are_fields_and_values():
    given = settings(["width=1", "target=x=y", "depth=null", "budget=2"])
    assert given == {"width": "1", "target": "x=y", "depth": None, "budget": "2"}
    assert settings(["a=1", "b=x=y", "c=null", "d='1'", "e=true"]) == {
        "a": 1, "b": "x=y", "c": None, "d": "1", "e": True,
    }  # fmt: skip
    assert texts(["cpus=1", "gpus=null"], "--needs") == {"cpus": "1", "gpus": None}
    assert settings(None) == {}
    for wrong in ("a", "=1"):
        with pytest.raises(ValueError, match="expects FIELD=VALUE"):
            settings([wrong])
