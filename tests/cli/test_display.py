"""What the terminal shows at the end of a study, 80 columns wide."""

import io
from pathlib import Path

import pytest
from made_up import measured, optimizer_evidence, optimizer_study, predicted
from rich.console import Console

from suite.analysis.findings import analyse
from suite.analysis.records import Table
from suite.cli import display
from suite.running.outcome import Outcome


@pytest.fixture(autouse=True)
def _no_server(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def shown(**changes) -> str:
    study = optimizer_study(
        predictions=(predicted("test_loss", {"optimizer": "adam"}, "Adam is fine", between=(0, 1)),)
    )
    findings = analyse(study, "optimizers", measured(*optimizer_evidence(study)))
    outcome = Outcome("optimizers", study, findings, Path("page/index.html"), Path("model"), **changes)
    console = Console(file=io.StringIO(), width=80)
    display.print_outcome(console, outcome)
    return console.file.getvalue()


def test_the_answer_its_table_and_the_places():
    text = shown()
    words = " ".join(text.split())
    assert "adamw reaches the lowest test loss" in words
    assert "prediction: Adam is fine: survives." in words
    assert "(He et al. 2015)" in words
    assert "report page/index.html" in words
    assert "SavedModel model" in words
    assert "compare make ui, then http://127.0.0.1:5000" in words
    assert "failed" not in words
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_server_that_keeps_the_runs_is_named_without_the_login(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://ada:s3cret@runs.example.org/")
    assert "compare make ui, then https://runs.example.org " in " ".join(shown().split())


def test_what_failed_is_said_beside_the_answer():
    words = " ".join(
        shown(tracking="tracking in X failed", failures=("the report failed: disk full",)).split()
    )
    assert "adamw reaches the lowest test loss" in words
    assert "failed: the report failed: disk full" in words
    assert "failed: tracking in X failed" in words
    assert words.endswith("The answer stands. The same command tries again what failed, and trains nothing.")


@pytest.mark.parametrize("width", [30, 50, 80])
def test_a_table_is_folded_and_never_cut(width):
    """Words stay whole where all of them fit."""
    table = Table(
        ("level", "test loss [95% interval]", "best found"),
        (("kernel_initializer=lecun_normal", "0.1 [0.05, 0.15]", ("learning_rate=0.0123", "beta_2=0.99")),),
    )
    console = Console(file=io.StringIO(), width=width)
    console.print(display.table(table, width), highlight=False)
    text = console.file.getvalue()
    assert "…" not in text
    letters = "".join(text.split())
    for word in ("0.05", "beta_2=0.99"):
        assert word in letters or word in text
    if width == 80:
        for word in ("kernel_initializer=lecun_normal", "learning_rate=0.0123", "interval]"):
            assert word in text
