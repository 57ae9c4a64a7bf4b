"""Finished trials are recorded in Optuna's database, in order and once; whatever happens to it costs no
answer."""

import sqlite3
from contextlib import closing

import numpy as np
import optuna
import pytest
from optuna.storages import RDBStorage

from suite import Choice, Config, Integer, LogUniform, NearOne, Study, paths
from suite.running import archive
from suite.running.archive import Archive
from suite.running.search import Search
from suite.tasks import TASKS
from suite.training.result import Result

STUDY = Study(
    question="Which?",
    fixed=Config(optimizer="momentum", epochs=2),
    nuisance={
        "learning_rate": LogUniform(1e-4, 1.0),
        "momentum": NearOne(0.5, 0.99),
        "width": Integer(8, 64, log=True),
        "kernel_initializer": Choice("he_normal", "glorot_uniform"),
    },
    budget=6,
)
CASE = STUDY.cases[0]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))


def finished(number: int, values: dict) -> Result:
    """Trial 2 diverged, trial 3 was pruned."""
    status = {2: "diverged", 3: "pruned"}.get(number, "completed")
    curve = np.array([1.0, 0.1 * number])
    curves = dict.fromkeys(TASKS["classification"].curves, curve)
    best = None if status == "diverged" else 1
    return Result(STUDY.fixed.replace(**values), status, curves, np.arange(1, 3), best, {}, 1.0, {})


RESULTS = {number: finished(number, values) for number, values in Search(STUDY, CASE).propose({})}


def record(*batches: range) -> Archive:
    with Archive(STUDY) as kept:
        for batch in batches:
            kept.record(CASE, {number: RESULTS[number] for number in batch})
    return kept


def recorded() -> list[optuna.trial.FrozenTrial]:
    storage = f"sqlite:///{paths.home()}/optuna.db"
    (name,) = optuna.get_all_study_names(storage)
    assert name == f"{STUDY.key}/tuned"
    return optuna.load_study(study_name=name, storage=storage).trials


def test_trials_are_recorded_with_all_that_was_searched():
    assert record(range(6)).failure is None
    trials = recorded()
    assert [trial.number for trial in trials] == list(range(6))
    assert [trial.state.name for trial in trials] == [
        "COMPLETE", "COMPLETE", "PRUNED", "PRUNED", "COMPLETE", "COMPLETE",
    ]  # fmt: skip
    for trial, result in zip(trials, RESULTS.values(), strict=True):
        assert trial.user_attrs["status"] == result.status
        assert 1 - trial.params["momentum"] == result.config.momentum
        for name in ("learning_rate", "width", "kernel_initializer"):
            assert trial.params[name] == getattr(result.config, name)
    assert trials[4].value == RESULTS[4].objective


def test_each_is_recorded_once_whenever_it_was_finished():
    record(range(2), range(2), range(4))
    record(range(3))
    record(range(6))
    assert [trial.user_attrs["status"] for trial in recorded()] == [each.status for each in RESULTS.values()]


def test_a_trial_waits_for_those_before_it():
    with Archive(STUDY) as kept:
        kept.record(CASE, {number: RESULTS[number] for number in (0, 1, 3, 4)})
    assert len(recorded()) == 2


def test_an_interrupted_study_does_not_wait():
    kept = Archive(STUDY)
    kept._interrupted.set()  # as leaving it by an exception does, before its thread begins
    kept.record(CASE, RESULTS)
    kept.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not (paths.home() / "optuna.db").exists()


def test_a_database_that_refuses_is_a_failure_in_one_line():
    record(range(1))
    with sqlite3.connect(paths.home() / "optuna.db") as connection:
        connection.execute("DROP TABLE trials")
    connection.close()
    failure = record(range(3)).failure
    assert "could not be recorded" in failure and "\n" not in failure


@pytest.mark.fault("a database of trials that is garbage")
def test_what_is_no_database_ends_a_study_before_it_trains():
    archive.check()  # there is none yet
    (paths.home() / "optuna.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(ValueError, match=r"optuna.db` must be a database.*Move it away"):
        archive.check()


def test_what_is_recorded_waits_for_no_reader():
    record(range(1))
    with closing(sqlite3.connect(paths.home() / "optuna.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM trials").fetchone()
        assert record(range(3)).failure is None
    assert len(recorded()) == 3


def test_each_trial_is_read_once(monkeypatch):
    """What is recorded piece by piece does not read those before again: that would be quadratic."""
    read, original = [], RDBStorage._get_trials
    monkeypatch.setattr(RDBStorage, "_get_trials", lambda *a, **k: read.append(original(*a, **k)) or read[-1])
    with Archive(STUDY) as kept:
        for number in range(6):
            kept.record(CASE, {each: RESULTS[each] for each in range(number + 1)})
    assert sum(map(len, read)) <= 6
    assert len(recorded()) == 6


def test_a_database_that_was_just_begun_is_one():
    (paths.home() / "optuna.db").touch()
    archive.check()
    assert record(range(6)).failure is None
    assert len(recorded()) == 6
