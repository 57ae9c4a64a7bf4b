"""Trainings that are interrupted go on from their checkpoints, and end with the same bits."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from suite import Config
from suite.study.identity import structure
from suite.training import checkpoint
from suite.training.cache import program_for
from suite.training.checkpoint import Checkpoints
from suite.training.engine import train_many
from suite.training.halving import Halving
from suite.training.lane import Lane
from suite.training.load import prepared
from suite.training.program import Program

BASE = Config(
    dataset="digits", train_size=256, validation_size=100, width=8, depth=1, batch_size=64, epochs=6,
    optimizer="adam", normalization="batch", dropout=0.3, learning_rate_schedule="cosine_decay",
)  # fmt: skip
CONFIGS = [BASE.replace(seed=seed, learning_rate=rate) for seed, rate in enumerate((1e-3, 1e-2, 0.1))]
STEPS = 4  # of an epoch
WAYS = {
    "alone": (CONFIGS[:1], 1),
    "one after the other": (CONFIGS, 1),
    "stacked": (CONFIGS[:2], 2),
    "early stopping": ([each.replace(patience=1, learning_rate=0.3) for each in CONFIGS[:2]], 2),
    "the last is kept": ([CONFIGS[0].replace(checkpoint="last", evaluate_every=3)], 1),
}


class Interrupted(Exception):
    pass


@pytest.fixture
def always(monkeypatch):
    """Has every evaluation followed by a checkpoint."""
    monkeypatch.setattr(checkpoint, "CHECKPOINT_SECONDS", 0)


@pytest.fixture
def taken(monkeypatch):
    """A list of the gradient steps of each call of a program, whatever its lanes."""
    steps, run = [], Program.run

    def counting(self, state, hyperparameters, data, order, rates, count, evaluate=True):
        steps.append(count)
        return run(self, state, hyperparameters, data, order, rates, count, evaluate)

    monkeypatch.setattr(Program, "run", counting)
    return steps


def interrupt_at(evaluation: int):
    """Interrupts when it is asked so often whether to prune."""
    asked = iter(range(1, evaluation + 1))

    def ask(index: int, values: list[float]) -> bool:
        if next(asked) == evaluation:
            raise Interrupted
        return False

    return ask


def until_interrupted(configs, evaluation, **how) -> dict:
    """The results that came before an interruption."""
    results = {}
    with pytest.raises(Interrupted):
        results.update(train_many(configs, on_evaluation=interrupt_at(evaluation), **how))
    return results


def assert_same(one, other):
    assert (one.config, one.status, one.best, one.test) == (
        other.config,
        other.status,
        other.best,
        other.test,
    )
    assert one.steps.tolist() == other.steps.tolist()
    assert one.curves.keys() == other.curves.keys()
    for name, curve in one.curves.items():
        np.testing.assert_array_equal(curve, other.curves[name], err_msg=name)
    for weight, same in zip(one.weights or (), other.weights or (), strict=True):
        np.testing.assert_array_equal(weight, same)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("evaluation", [3, 5])
def test_an_interrupted_training_ends_with_the_same_bits(way, evaluation, tmp_path, always, taken):
    configs, lanes = WAYS[way]
    how = {"lanes": lanes, "test": True, "weights": True}
    whole = dict(train_many(configs, **how))
    files = [tmp_path / f"{place}{checkpoint.SUFFIX}" for place in range(len(configs))]
    before = until_interrupted(configs, evaluation, checkpoints=files, **how)
    left = [index for index in reversed(range(len(configs))) if index not in before]
    assert any(files[index].exists() for index in left)
    taken.clear()
    again = train_many([configs[i] for i in left], checkpoints=[files[i] for i in left], **how)
    for place, result in again:
        assert_same(result, whole[left[place]])
    assert sum(taken) < (max if lanes > 1 else sum)(whole[index].steps[-1] for index in left)
    for index, result in before.items():
        assert_same(result, whole[index])


@pytest.mark.parametrize(("evaluation", "lanes"), [(4, 1), (9, 1), (7, 2), (12, 2)])
def test_an_interrupted_bracket_ends_as_it_would_have(evaluation, lanes, tmp_path, always, taken):
    """Some trainings are past a rung when others come to it, for what ended there was not written."""
    rates = np.geomspace(1e-4, 1.0, 5).tolist()
    configs = [BASE.replace(epochs=10, seed=seed, learning_rate=rate) for seed, rate in enumerate(rates)]
    halving = Halving(True, 5, tuple(range(5)), {})
    whole = dict(train_many(configs, halving=halving, lanes=lanes))
    anew = sum(taken)
    assert sorted(len(result.steps) for result in whole.values()) == [1, 3, 3, 10, 10]
    files = [tmp_path / f"{place}{checkpoint.SUFFIX}" for place in range(5)]
    until_interrupted(configs, evaluation, checkpoints=files, halving=halving, lanes=lanes)
    taken.clear()
    for index, result in train_many(configs, checkpoints=files, halving=halving, lanes=lanes):
        assert_same(result, whole[index])
    assert anew - sum(taken) >= STEPS * ((evaluation - 1) // lanes)


PROCESS = """
import os, signal, sys
from pathlib import Path
from suite import Config
from suite.training import checkpoint, train_many

checkpoint.CHECKPOINT_SECONDS = 0

def kill(index, values):
    if len(values) == 4:
        os.kill(os.getpid(), signal.SIGKILL)

configs = [Config.model_validate_json(line) for line in sys.argv[1].splitlines()]
dict(train_many(configs, lanes=2, weights=True, on_evaluation=kill, checkpoints=[*map(Path, sys.argv[2:])]))
"""


@pytest.mark.fault("signal 9 within a training that wrote how far it is")
def test_a_training_whose_process_was_killed_goes_on_within(tmp_path, taken):
    configs = CONFIGS[:2]
    files = [tmp_path / f"{place}{checkpoint.SUFFIX}" for place in range(2)]
    lines = "\n".join(config.model_dump_json() for config in configs)
    ended = subprocess.run([sys.executable, "-c", PROCESS, lines, *files], check=False)
    assert ended.returncode == -signal.SIGKILL
    how = {"lanes": 2, "weights": True}
    resumed = dict(train_many(configs, checkpoints=files, **how))
    assert sum(taken) == 3 * STEPS
    for index, result in train_many(configs, **how):
        assert_same(resumed[index], result)
    assert sum(taken) == (3 + 6) * STEPS


def resumes(file, config=CONFIGS[0], lanes: int = 1, *, keeps: bool = False) -> bool:
    examples = prepared(config)
    program = program_for(structure(config), examples, lanes, False)
    lane = Lane.begin(0, config, examples, program.task_loss.task)
    state = Checkpoints([file], program, keeps).resume(lane)
    assert (state is not None) == file.exists()  # it is removed
    assert (lane.done, lane.best is None) == ((2 * STEPS, False) if state else (0, True))
    return state is not None


def torn(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    last = content.index(b"PK\x01\x02") - 1  # the last byte before the directory is one of an array
    return content[:last] + bytes([content[last] ^ 1]) + content[last + 1 :]


def test_a_checkpoint_that_is_damaged_or_of_another_training_is_ignored(tmp_path, always, monkeypatch):
    file = tmp_path / f"0{checkpoint.SUFFIX}"
    until_interrupted(CONFIGS[:1], 3, checkpoints=[file])
    content = file.read_bytes()
    assert resumes(file)
    others = {"config": CONFIGS[0].replace(learning_rate=0.5)}, {"lanes": 2}, {"keeps": True}
    for other in others:
        file.write_bytes(content)
        assert not resumes(file, **other)
    for damaged in (torn(content), flipped(content), b"", b"garbage"):
        file.write_bytes(damaged)
        assert not resumes(file)
    file.write_bytes(content)
    monkeypatch.setattr(checkpoint, "code_key", lambda: "another version")
    assert not resumes(file)


def test_a_short_training_writes_none_and_a_disk_that_is_full_ends_none(tmp_path, monkeypatch):
    dict(train_many(CONFIGS[:1], checkpoints=[tmp_path / "0.checkpoint"]))
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(checkpoint, "CHECKPOINT_SECONDS", 0)
    ((_, result),) = train_many(CONFIGS[:1], checkpoints=[tmp_path / "no folder/0.checkpoint"])
    assert result.status == "completed"
