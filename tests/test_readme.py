"""Every command of the README runs, as it is written there, in a folder of its own, with the real tracker,
report and export.

A command is made small by further settings, which stand in REDUCED; one that nothing here makes small fails
the test.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FENCES = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for language, block in FENCES
    if not language
    for line in block.splitlines()
    if line.startswith("make ")
]
IMAGES = "budget=1 replicates=2 train_size=400 validation_size=200 width=8"
REDUCED = {  # what a study or comparison takes beside what the README says
    "optimizers": IMAGES,
    "dropout": IMAGES + " epochs=1",
    "initializers": "budget=1 replicates=2 train_size=200 validation_size=100 width=8 epochs=1",
    "search": "budget=2 replicates=2 epochs=1",
    "xor": "replicates=2 epochs=2",
    "gradient_check": "",
    "path/to/own.py": IMAGES + " epochs=1",
    "compare": "budget=1 replicates=2 epochs=2",
}
CURVES = "budget=1 replicates=2 epochs=2"
"""What a curve's CONFIG takes beside what the README says."""

ELSEWHERE = {"make test", "make lint"}
"""What `.ci/run` calls itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What a user has who cloned the project, with two files of their own."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "suite", "studies", "README.md", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    rng = np.random.default_rng(0)
    area, rooms = rng.uniform(30, 200, 300), rng.integers(1, 7, 300)
    price = 3000 * area + 20_000 * rooms + rng.normal(0, 10_000, 300)
    rows = [f"{a:.1f},{r},{p:.0f}" for a, r, p in zip(area, rooms, price, strict=True)]
    (folder / "houses.csv").write_text("\n".join(["area,rooms,price", *rows]))
    declared = next(block for language, block in FENCES if language == "python" and "STUDY = " in block)
    (folder / "path" / "to").mkdir(parents=True)
    (folder / "path" / "to" / "own.py").write_text(declared)
    return folder


def run(command: str, folder: Path) -> str:
    environment = {name: text for name, text in os.environ.items() if name not in ("SUITE_HOME", "MAKEFLAGS")}
    done = subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    assert "absl::InitializeLog" not in done.stderr, "TensorFlow writes of itself"
    return done.stdout


def small(command: str) -> str:
    """The command with what makes it small; its own settings win."""
    words = shlex.split(command)
    given = dict(word.split("=", 1) for word in words if "=" in word)
    if "DRY_RUN" in given:
        return command
    more = REDUCED["compare" if words[1] == "compare" else given["NAME"]]
    own = {pair.split("=")[0] for pair in given.get("SET", "").split()}
    settings = [given.get("SET", ""), *(pair for pair in more.split() if pair.split("=")[0] not in own)]
    rest = [word for word in words if not word.startswith("SET=")]
    return shlex.join([*rest, f"SET={' '.join(filter(None, settings))}"])


def studies() -> list[str]:
    return [command for command in dict.fromkeys(COMMANDS) if command.split()[1] in ("study", "compare")]


def test_no_command_is_left_out():
    known = {
        "study",
        "compare",
        "course",
        "learning-curve",
        "validation-curve",
        "diagnose",
        "next",
        "validate",
    }
    known |= {"list", "data", "describe", "export", "ui", "bench"}
    for command in COMMANDS:
        assert command in ELSEWHERE or command.split()[1] in known


@pytest.mark.parametrize("command", studies())
def test_a_study(command, folder):
    said = run(small(command), folder)
    if "DRY_RUN" in command:
        assert "Nothing was trained." in said
        return
    report = Path(folder, re.search(r"^report +(\S+)", said, re.MULTILINE)[1])
    summary = json.loads(report.with_name("summary.json").read_text())
    assert report.exists() and summary["answer"]
    assert " ".join(summary["answer"].split()) in " ".join(said.split())
    if summary["shape"] != "demonstration":
        model = Path(folder, re.search(r"^SavedModel +(\S+)", said, re.MULTILINE)[1])
        assert (model / "saved_model.pb").exists()
    again = run(small(command), folder)
    assert " ".join(summary["answer"].split()) in " ".join(again.split())


def test_the_winner_again(folder):
    (command,) = (command for command in COMMANDS if command.startswith("make export"))
    run(small("make study NAME=optimizers"), folder)
    said = run(small(command), folder)
    assert "agrees with the Keras model" in said
    assert (folder / "model" / "saved_model.pb").exists()


def of(*targets: str) -> list[str]:
    return [command for command in COMMANDS if command.split()[1] in targets]


@pytest.mark.parametrize("command", of("course"))
def test_a_course(command, folder):
    said = run(command, folder)
    site = Path(folder, re.search(r"^course +(\S+)", said, re.MULTILINE)[1]).read_text()
    for study in dict(word.split("=") for word in shlex.split(command) if "=" in word)["ONLY"].split():
        assert study in site


@pytest.mark.parametrize("command", of("learning-curve", "validation-curve"))
def test_a_curve(command, folder):
    said = run(command.removesuffix('"') + f' {CURVES}"', folder)
    report = Path(folder, re.search(r"^report +(\S+)", said, re.MULTILINE)[1])
    summary = json.loads(report.with_name("summary.json").read_text())
    assert summary["shape"] == "curve" and " ".join(summary["answer"].split()) in " ".join(said.split())


def test_a_diagnosis_and_the_next_step(folder):
    diagnose, follow = of("diagnose", "next")
    said = run(diagnose, folder)
    assert "avoidable bias" in said and "kept in mlruns" in said
    said = run(follow, folder)
    assert re.search(r"The prediction (held|did not hold)|No step", said)


@pytest.mark.parametrize("command", of("validate"))
def test_the_verdicts_are_measured(command, folder):
    said = run(f"{command} PROBLEMS=2", folder)
    measured = json.loads(Path(folder, re.search(r"^Written: (\S+)", said, re.MULTILINE)[1]).read_text())
    assert len(measured["diagnoses"]) == 2
    wins, repeats = measured["winners"]
    assert wins <= repeats / 10
    assert measured["counts"]["opposite"] <= 1
    (repeats,) = measured["repeats"].values()
    assert repeats["contradicting"] == [0, 6 * 3]  # pairs of four levels, pairs of three repeats
    assert repeats["covered"][1] == 4 * 3
    (foretold,) = measured["extrapolations"]
    assert foretold["low"] < foretold["point"] < foretold["high"]
    assert measured["inside"] in ([0, 1], [1, 1])


@pytest.mark.parametrize("command", of("list", "data", "describe"))
def test_what_is_shown(command, folder):
    shown = run(command, folder)
    expected = {"list": "optimizers", "data": "", "describe": "61,706"}[command.split()[1]]
    assert expected in shown and len(shown.splitlines()) > 3
    if "TARGET=price" in command:
        assert "area" in shown and "rooms" in shown
    if "BASELINE" in command:
        assert "logistic regression" in shown


def test_the_bench_of_one_row(folder):
    (command,) = (command for command in COMMANDS if command.startswith("make bench"))
    said = run(f"{command} ROWS=LeNet-5", folder)
    measured = json.loads(Path(folder, re.search(r"^Written: (\S+)", said, re.MULTILINE)[1]).read_text())
    (row,) = measured["rows"]
    assert row["row"]["name"] in said and row["fit_to_ours"] > 0


def test_the_tracker_serves_every_study(folder):
    (command,) = (command for command in COMMANDS if command.startswith("make ui"))
    run(small("make study NAME=gradient_check"), folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = shlex.split(re.sub(r"PORT=\d+", f"PORT={port}", command))
    server = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        for _ in range(240):
            try:
                with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.5)
        else:
            pytest.fail("the server did not answer")
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def test_the_python_of_the_readme(folder):
    (code,) = (
        block for language, block in FENCES if language == "python" and "from suite import load" in block
    )
    python = ROOT / ".venv" / "bin" / "python"
    done = subprocess.run([python, "-c", code], cwd=folder, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr


def test_ci_calls_the_readmes_test_command():
    assert "make test" in COMMANDS
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("make test")
