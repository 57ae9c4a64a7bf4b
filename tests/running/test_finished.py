"""What is finished is taken from disk if it is whole; and replicates vary as the study says."""

import dataclasses
import json

import numpy as np
import pytest

from suite import Config, LogUniform, Study
from suite.running.cases import CaseRun, finished
from suite.running.pool import work
from suite.running.pool.work import Job
from suite.tasks import TASKS
from suite.training.result import Result

STUDY = Study(
    question="Which?",
    fixed=Config(dataset="iris", epochs=2),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=4,
    protocol="single",
    replicates=3,
)


def result(job: Job, status: str = "completed") -> Result:
    """The learning rate is the loss."""
    curve = np.array([9.0, job.config.learning_rate])
    best = None if status == "diverged" else 1
    curves = dict.fromkeys(TASKS["classification"].curves, curve)
    weights = [np.ones(2)] if job.role == "replicate" and best else None
    return Result(job.config, status, curves, np.arange(1, 3), best, {}, 1.0, {}, weights)


def run(case: CaseRun, status: str = "completed") -> list[Job]:
    """Runs a case to its end; returns the jobs that were trained."""
    trained = []
    while case.phase != "done":
        list(case.advance())
        for job in list(case.todo.values()):
            work.write(job.path, result(job, status))
            case.take(job, Result.load(job.path))
            trained.append(job)
        case.todo.clear()
    return trained


@pytest.fixture
def case(tmp_path) -> CaseRun:
    return CaseRun(STUDY, STUDY.cases[0], tmp_path)


def again(case: CaseRun) -> list[Job]:
    """What a later session trains."""
    return run(CaseRun(case.study, case.case, case.folder))


def test_trials_then_the_replicates_of_the_winner(case):
    jobs = run(case)
    assert [(job.role, job.number) for job in jobs if job.role == "trial"] == [("trial", n) for n in range(4)]
    best = min(case.trials.values(), key=lambda each: each.objective).config.learning_rate
    replicates = [job for job in jobs if job.role == "replicate"]
    assert [job.config.learning_rate for job in replicates] == [best] * 3
    assert len({job.config.seed for job in jobs}) == 7
    assert case.trainings == 7


def test_what_is_finished_is_not_trained_again(case):
    run(case)
    assert again(case) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"3", b'{"config": {}}'])
def test_a_damaged_result_is_trained_again(case, content):
    jobs = run(case)
    jobs[1].path.write_bytes(content)
    assert [job.path for job in again(case)] == [jobs[1].path]


@pytest.mark.parametrize("left", [None, 0, 10, 0.9])
def test_lost_or_torn_weights_are_trained_again(case, left):
    jobs = run(case)
    weights = jobs[-1].path.with_suffix(".npz")
    whole = weights.read_bytes()
    weights.unlink()
    if left is not None:
        weights.write_bytes(whole[: left if isinstance(left, int) else int(left * len(whole))])
    assert [job.path for job in again(case)] == [jobs[-1].path]
    assert weights.read_bytes() == whole


def test_weights_without_a_result_are_replaced(case):
    jobs = run(case)
    jobs[-1].path.unlink()
    jobs[-1].path.with_suffix(".npz").write_bytes(b"of another winner")
    assert [job.path for job in again(case)] == [jobs[-1].path]
    np.load(jobs[-1].path.with_suffix(".npz"))


def test_while_weights_are_written_there_is_no_result(case, monkeypatch):
    job = run(case)[-1]
    other = dataclasses.replace(job, config=job.config.replace(seed=1))

    def fail(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(work.paths, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        work.write(job.path, result(other))
    assert finished(job) is None


def test_a_result_of_another_configuration_is_trained_again(case):
    job = run(case)[0]
    record = json.loads(job.path.read_text())
    record["config"]["epochs"] = 3
    job.path.write_text(json.dumps(record))
    assert [each.path for each in again(case)] == [job.path]


def test_a_replicate_that_diverged_has_no_weights_and_is_not_trained_again(case):
    run(case)
    job = Job("sgd", "replicate", 0, case.replicates[0].config, case.path("replicate", 0))
    work.write(job.path, result(job, "diverged"))
    assert not job.path.with_suffix(".npz").exists()
    assert again(case) == []


def test_where_every_trial_diverges_nothing_is_replicated(case):
    jobs = run(case, "diverged")
    assert {job.role for job in jobs} == {"trial"}
    assert (case.winner, case.best_replicate, case.trainings) == (None, None, 4)


@pytest.mark.parametrize(
    ("vary", "seeds", "data_seeds"),
    [(("seed",), 3, 1), (("data_seed",), 1, 3), (("seed", "data_seed"), 3, 3)],
)
def test_replicates_vary_in_what_the_study_says(vary, seeds, data_seeds, tmp_path):
    study = Study(**{name: getattr(STUDY, name) for name in Study.model_fields} | {"replicates_vary": vary})
    jobs = run(CaseRun(study, study.cases[0], tmp_path))
    trials, replicates = ([job for job in jobs if job.role == role] for role in ("trial", "replicate"))
    assert len({job.config.seed for job in replicates}) == seeds
    assert len({job.config.data_seed for job in replicates}) == data_seeds
    assert {job.config.data_seed for job in trials} == {0}
    assert not {job.config.seed for job in trials} & {job.config.seed for job in replicates}
