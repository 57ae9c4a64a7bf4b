"""Every command of the README and of docs/commands.md but their studies (`test_readme_studies.py`) runs, as
it is written there."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from readme import COMMANDS, FENCES, OTHERS, ROOT, cloned, each_of, of, run

CURVES = "budget=1 replicates=2 epochs=2 diagnosis_replicates=0"
"""What a curve's CONFIG takes beside what the README says."""

ELSEWHERE = {"make test", "make lint"}
"""What `.ci/run` calls itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return cloned(tmp_path_factory.mktemp("clone"))


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
    for command in COMMANDS + OTHERS:
        assert command in ELSEWHERE or command.split()[1] in known


@pytest.mark.parametrize("command", each_of("course"))
def test_a_course(command, folder):
    said = run(command, folder)
    site = Path(folder, re.search(r"^course +(\S+)", said, re.MULTILINE)[1]).read_text()
    for study in dict(word.split("=") for word in shlex.split(command) if "=" in word)["ONLY"].split():
        assert study in site


@pytest.mark.parametrize("command", each_of("learning-curve", "validation-curve"))
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


@pytest.mark.parametrize("command", each_of("validate"))
def test_the_verdicts_are_measured(command, folder):
    said = run(f"{command} PROBLEMS=1", folder)
    measured = json.loads(Path(folder, re.search(r"^Written: (\S+)", said, re.MULTILINE)[1]).read_text())
    assert [len(each) for each in measured["diagnoses"].values()] == [1, 1]
    wins, repeats = measured["winners"]
    assert wins <= repeats / 10
    assert [each["opposite"] for each in measured["counts"].values()] == [0, 0]
    (repeats,) = measured["repeats"].values()
    assert repeats["contradicting"] == [0, 6 * 3]  # pairs of four levels, pairs of three repeats
    assert repeats["covered"][1] == 4 * 3
    (foretold,) = measured["extrapolations"]
    assert foretold["low"] < foretold["point"] < foretold["high"]
    assert measured["inside"] in ([0, 1], [1, 1])


@pytest.mark.parametrize("command", each_of("list", "data", "describe"))
def test_what_is_shown(command, folder):
    shown = run(command, folder)
    expected = {"list": "optimizers", "data": "", "describe": "61,706"}[command.split()[1]]
    assert expected in shown and len(shown.splitlines()) > 3
    if "TARGET=price" in command:
        assert "area" in shown and "rooms" in shown
    if "BASELINE" in command:
        assert "logistic regression" in shown


@pytest.mark.parametrize("command", each_of("bench"))
def test_the_bench_of_one_row(command, folder):
    said = run(f"{command} ROWS='Dense 784-32-10, long'", folder)
    measured = json.loads(Path(folder, re.search(r"^Written: (\S+)", said, re.MULTILINE)[1]).read_text())
    (row,) = measured["rows"]
    assert row["row"]["name"] in said and row["fit_to_ours"] > 0


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
