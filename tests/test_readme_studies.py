"""The studies and comparisons of the README and of docs/commands.md run as they are written there, in a
folder of their own, with the real tracker, report and export.

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

import pytest
from readme import COMMANDS, cloned, each_of, of, run

IMAGES = "budget=1 replicates=2 train_size=400 validation_size=200 width=8"
BARE = " diagnosis_replicates=0"
REDUCED = {  # what a study or comparison takes beside what the README says
    "optimizers": IMAGES + BARE,
    "dropout": IMAGES + BARE,
    "initializers": "budget=1 replicates=2 train_size=200 validation_size=100 width=8 epochs=1" + BARE,
    "search": "budget=2 replicates=2 epochs=1" + BARE,
    "xor": "replicates=2 epochs=2" + BARE,
    "gradient_check": "",
    "path/to/own.py": IMAGES + " epochs=1",
    "compare": "budget=1 replicates=2 epochs=2" + BARE,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return cloned(tmp_path_factory.mktemp("clone"))


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
    if "WORKERS" not in given:
        rest.append("WORKERS=1")
    return shlex.join([*rest, f"SET={' '.join(filter(None, settings))}"])


@pytest.mark.parametrize("command", each_of("study", "compare"))
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


def test_a_diagnosis_that_is_much_beside_the_study_is_left_out(folder):
    (command,) = (command for command in of("study") if "own.py" in command)
    said = run(small(command), folder)
    assert "more than a third of what the study's trainings did, counted in examples" in " ".join(
        said.split()
    )


def test_the_winner_again(folder):
    (command,) = (command for command in COMMANDS if command.startswith("make export"))
    run(small("make study NAME=optimizers"), folder)
    said = run(small(command), folder)
    assert "agrees with the Keras model" in said
    assert (folder / "model" / "saved_model.pb").exists()


def test_the_tracker_serves_every_study(folder):
    (command,) = (command for command in COMMANDS if command.startswith("make ui"))
    run(small("make study NAME=optimizers"), folder)
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
