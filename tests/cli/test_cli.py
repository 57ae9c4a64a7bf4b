"""The command line: help, lists, plans, and errors of input that end in one line and exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from suite import Config
from suite.cli import app as cli
from suite.running.pool import work
from suite.training.load import load

SUITE = Path(sys.executable).with_name("suite")


def suite(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess:
    variables = {**os.environ, "SUITE_HOME": str(home), "COLUMNS": "200", **environment}
    return subprocess.run(
        [SUITE, *arguments], env=variables, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def inside(tmp_path, monkeypatch, capsys):
    """A function that does in this process what `suite` does in one of its own, which takes longer."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> subprocess.CompletedProcess:
        monkeypatch.setattr(sys, "argv", ["suite", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, *capsys.readouterr())

    return run


def test_the_command_is_installed(tmp_path):
    assert "Usage" in suite("--help", home=tmp_path).stdout
    done = suite("study", "optimisers", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ") and done.stderr.endswith("Did you mean 'optimizers'?\n")


@pytest.mark.parametrize(
    "arguments", [(), ("study",), ("export",), ("ui",), ("data",), ("bench",), ("describe",), ("list",)]
)
def test_every_command_has_help(arguments, inside):
    done = inside(*arguments, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_list_shows_each_study_with_its_cost(tmp_path):
    done = suite("list", home=tmp_path)
    assert done.returncode == 0
    assert "optimizers" in done.stdout
    assert "560" in done.stdout  # 8 x (3 x 20 + 10)
    assert "about" in done.stdout


def test_a_dry_run_prints_the_plan_and_trains_nothing(tmp_path):
    done = suite("study", "optimizers", "--dry-run", "--set", "budget=7", home=tmp_path / "home")
    assert done.returncode == 0
    assert "248 trainings" in done.stdout  # 8 x (3 x 7 + 10)
    assert "beta_2 ~ NearOne(0.9, 0.9999)" in done.stdout
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["study", "optimisers"], "Received: 'optimisers'. Did you mean 'optimizers'?"),
        (["study", "../x"], "or a path ending in .py. Received: '../x'."),
        (["study", "search", "--set", "model=dens"], "ends in .py. Received: 'dens'. Did you mean 'dense'?"),
        (["study", "search", "--set", "dataset=cifar"], "`dataset` must be one of"),
        (["study", "search", "--set", "optimizer=adamm"], "Did you mean 'adam"),
        (["study", "optimizers", "--set", "epoch=3"], "Did you mean 'epochs'?"),
        (
            ["study", "optimizers", "--set", "dropout=1.5"],
            "`dropout`: input should be less than 1. Received: dropout='1.5'.",
        ),
        (
            ["study", "optimizers", "--set", "budget=0"],
            "`budget`: input should be greater than or equal to 1. Received: budget='0'.",
        ),
        (["study", "optimizers", "--set", "epochs"], "`--set` expects FIELD=VALUE. Received: 'epochs'."),
        (
            ["study", "optimizers", "--workers", "0"],
            "'--workers': Input should be greater than or equal to 1",
        ),
        (["study", "search", "--set", "batch_size=64"], "batch_size is what it varies"),
        (["export", "optimizers"], "has no winner yet"),
        (["data", "nope"], "`dataset` must be one of"),
        (["study", "xor", "--cluster", "auto", "--shard", "1/2"], "Received: --shard too."),
        (["study", "xor", "--cluster", "auto", "--dry-run"], "Received: --dry-run too."),
        (["study", "moving_average", "--cluster", "auto"], "Received: a demonstration"),
        (["study", "xor", "--cluster", "auto", "--needs", "cpu=1"], "Did you mean 'cpus'?"),
        (["study", "xor", "--needs", "cpus=1"], "`needs` is of the workers of a cluster"),
        (["compare", "optimizer=adam,sgd", "--cluster", "auto", "--dry-run"], "Received: --dry-run too."),
        (["compare", "optimizer=adam,sgd", "--needs", "cpus=1"], "Received: no cluster."),
        (["course", "--only", "xor", "--needs", "cpu=1"], "Did you mean 'cpus'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_ends_in_one_line_and_exit_code_2(arguments, message, inside, tmp_path):
    done = inside(*arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 9999}, "`batch_size` must be at most the"),
        ({"train_size": 99999}, "Received: train_size=99999"),
        ({"model": "conv", "depth": 9}, "Use depth=3 or less"),
        ({"model": "transformer", "width": 30}, "multiple of num_heads=4. Received: width=30"),
    ],
    ids=str,
)
def test_what_only_the_data_can_tell_is_told_before_training(settings, message):
    """By what a study begins with: it loads the data, and a worker builds each of its models."""
    config = Config(dataset="digits", **settings)
    with pytest.raises(ValueError, match=message):
        load(config.replace(batch_size=1)), work.preflight([config])


def test_what_only_the_data_can_tell_ends_a_study(tmp_path):
    study = tmp_path / "own.py"
    study.write_text(
        "from suite import Config, Study\n"
        "STUDY = Study(question='?', fixed=Config(dataset='digits'), replicates=2,\n"
        "    scientific={'dropout': (0.0, 0.5)})\n"
    )
    done = suite("study", str(study), "--set", "model=conv", "--set", "depth=9", home=tmp_path / "home")
    assert done.returncode == 2
    assert "Use depth=3 or less" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("home/studies/*/trainings/*.json"))


def test_a_study_file_with_a_syntax_error(tmp_path, inside):
    path = tmp_path / "own.py"
    path.write_text("STUDY = Study(\n")
    done = inside("study", str(path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "own.py, line 1" in done.stderr


def test_a_learning_rate_range_upside_down(tmp_path, inside):
    path = tmp_path / "own.py"
    path.write_text("from suite import LogUniform\nLogUniform(1.0, 1e-4)\n")
    done = inside("study", str(path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "low < high. Received: low=1, high=0.0001" in done.stderr


def test_a_read_only_home(tmp_path):
    home = tmp_path / "mlruns"
    home.mkdir(mode=0o555)
    done = suite("study", "optimizers", home=home)
    assert done.returncode == 2
    assert "must be a folder that can be written" in done.stderr
    assert "Traceback" not in done.stderr
