"""A study that is cut into shards: each training is in one of them, and gathered they are the study."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import FILE, SMALL, SUITE, results, suite, trainings
from test_case_run import STUDY as TUNED
from test_case_run import result

from suite import Config, LogUniform, Study
from suite.running.cases import CaseRun
from suite.running.pool.work import STACK
from suite.running.shards import Shard, check, gather, parts
from suite.study.demonstration import Demonstration
from suite.training.result import Result

UNTUNED = Study(
    question="Which?", fixed=Config(epochs=2), scientific={"width": (8, 16, 32)}, replicates=4, budget=1
)
SCRIPT = Path(__file__).parents[2] / "deploy/slurm.sh"
TRAININGS = 2 * (3 * 4 + 3)


def train(cases, losses=lambda config: 1.0) -> list[tuple[str, str, int]]:
    """Trains all that `cases` give, writes it, and returns their places."""
    done = []
    for case in cases:
        while case.phase != "done":
            list(case.advance())
            for job in list(case.todo.values()):
                trained = result(job.config, losses(job.config))
                trained.save(job.path)
                case.take(job, trained)
                done.append(job.place)
            case.todo.clear()
    return done


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_every_trial_is_in_one_shard(tmp_path, count):
    places = []
    for number in range(1, count + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        mine = parts(TUNED, folder, Shard(number, count))
        expected = sum(case.trainings for case in mine)
        places += (done := train(mine))
        # alone a shard knows no winner, but the only shard has all trials
        assert len(done) == expected if count > 1 else len(done) == 40
    if count > 1:
        assert sorted(places) == [(case.label, "trial", n) for case in TUNED.cases for n in range(12)]


@pytest.mark.parametrize("count", [2, 5, 40])
def test_trials_that_compete_are_in_one_shard(tmp_path, count):
    study = TUNED.replace(budget=45)  # 2 cases of 3 searches of 3 brackets: 20, 20 and 5 trials
    brackets, sizes = [], []
    for number in range(1, count + 1):
        mine = parts(study, tmp_path, Shard(number, count))
        sizes.append(sum(case.trainings for case in mine))
        for case in mine:
            list(case.advance())
            while case.todo:
                together = case.together([next(iter(case.todo.values()))])
                rule = case.rule_for(together)
                assert (rule.size, rule.finished) == (len(together), {})
                brackets.append((case.case.label, *case.bracket(together[0])[1:], rule.size))
                for job in together:
                    del case.todo[job.number]
    labels = [case.label for case in TUNED.cases]
    assert sorted(brackets) == [
        (label, search, start, min(20, 45 - start))
        for label in labels
        for search in range(3)
        for start in (0, 20, 40)
    ]
    assert max(sizes) - min(sizes) <= 20  # 18 brackets: of 40 shards 22 have nothing


def test_trials_that_do_not_compete_are_dealt_evenly(tmp_path):
    study = TUNED.replace(budget=45, pruner=None)
    sizes = [
        sum(case.trainings for case in parts(study, tmp_path, Shard(number, 9))) for number in range(1, 10)
    ]
    assert sum(sizes) == 2 * 3 * 45 and max(sizes) - min(sizes) <= STACK


def test_replicates_need_no_search_where_nothing_is_tuned(tmp_path):
    places = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        places += train(parts(UNTUNED, folder, Shard(number, 2)))
    assert len(places) == len(set(places)) == UNTUNED.trainings == 15


def test_replicates_are_shared_out_once_all_trials_were_gathered(tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    loss = lambda config: config.learning_rate  # noqa: E731
    everything = train([CaseRun(TUNED, case, whole) for case in TUNED.cases], loss)
    for path in whole.glob("*-replicate-*"):
        path.unlink()
    places = []
    for number in (1, 2, 3):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        mine = parts(TUNED, folder, Shard(number, 3))
        places += train(mine, loss)
        assert all(r.config.learning_rate == case.trials[case.winners[n % 3]].config.learning_rate
                   for case in mine for n, r in case.replicates.items())  # fmt: skip
    assert sorted(places) == sorted(place for place in everything if place[1] == "replicate")


def test_a_shard_that_was_stopped_goes_on(tmp_path):
    mine = parts(TUNED, tmp_path, Shard(2, 2))
    first = train(mine[:1])
    again = parts(TUNED, tmp_path, Shard(2, 2))
    rest = train(again)
    assert not set(first) & set(rest) and rest
    assert sum(case.trainings for case in again) == len(first) + len(rest)


@pytest.mark.parametrize(
    "text", ["", "3", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/2/3", "1 /2", "../1", "1/9999999"]
)
def test_what_is_no_shard(text):
    with pytest.raises(ValueError, match="`--shard` expects NUMBER/COUNT"):
        Shard.parse(text)


def test_studies_that_cannot_be_cut_are_refused_with_the_reason():
    assert check(TUNED) is TUNED
    with pytest.raises(ValueError, match="sampler=tpe, which learns from the trials before"):
        check(TUNED.replace(sampler="tpe"))
    searched = Study(question="?", nuisance={"learning_rate": LogUniform(1e-3, 0.1)}, pruner="median")
    with pytest.raises(ValueError, match="pruner=median, which compares each"):
        check(searched)
    with pytest.raises(ValueError, match="a demonstration, which trains nothing"):
        check(Demonstration(question="?", demonstration="gradient_check"))


def test_gathering_says_which_studies_are_there_instead(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "here"))
    with pytest.raises(ValueError, match="`--from` expects a folder"):
        gather(TUNED, "mine", [tmp_path / "nowhere"])
    (tmp_path / "a/studies/other-0123456789/trainings").mkdir(parents=True)
    with pytest.raises(ValueError, match=f"whose key is {TUNED.key}.*other-0123456789"):
        gather(TUNED, "mine", [tmp_path])


def test_what_failed_here_gives_way_to_what_another_machine_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "here"))
    here, there = (tmp_path / home / f"studies/mine-{TUNED.key}/trainings" for home in ("here", "there"))
    for folder, failed in ((here, (0, 1)), (there, (1, 2))):
        folder.mkdir(parents=True)
        case = CaseRun(TUNED, TUNED.cases[0], folder)
        for job in case.declared()[:3]:
            trained = result(job.config, 1.0)
            lost = Result(job.config, "failed", {}, np.arange(0), None, {}, 1.0, {}, failure="it died")
            (lost if job.number in failed else trained).save(job.path)
    gather(TUNED, "mine", [tmp_path / "there"])
    assert [Result.load(path).status for path in sorted(here.glob("*.json"))] == [
        "completed", "failed", "completed",
    ]  # fmt: skip


def slurm_task(folder: Path, number: int, count: int) -> tuple[int, str, str]:
    """Exit code, output and errors of the script in deploy/, as SLURM starts it for a task of an array."""
    task = {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_COUNT": str(count)}
    environment = {**os.environ, **task, "PATH": f"{SUITE.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", SCRIPT, FILE], cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    return done.returncode, done.stdout, done.stderr


def test_two_shards_in_two_homes_are_the_study(whole, tmp_path):
    (tmp_path / FILE).write_text(SMALL)
    homes = [tmp_path / "shards/1", tmp_path / "shards/2"]
    for number, home in enumerate(homes, 1):
        shutil.copytree(whole / "mlruns/cache/plans", home / "cache/plans")  # it rounds as the other did
        code, output, errors = slurm_task(tmp_path, number, 2)
        assert (code, errors) == (0, "") and f"shard {number}/2: 12 trainings are in" in output
        assert {path.name for path in home.iterdir()} == {"cache", "studies"}  # neither tracked nor concluded
    torn = sorted(homes[0].glob("studies/*/trainings/*.json"))[0]
    torn.write_bytes(torn.read_bytes()[:50])
    shutil.copytree(whole / "mlruns/cache/plans", tmp_path / "mlruns/cache/plans")
    code, output, errors = suite(tmp_path, "gather", FILE, "--from", "shards")
    assert (code, errors) == (0, ""), output
    assert "23 trainings copied from 2 folders; 0 were here." in output
    assert f"damaged: {torn.relative_to(tmp_path)} is left out." in output
    assert len(results(tmp_path)) == TRAININGS
    assert (trainings(whole, FILE)["status"] == "pruned").sum() == 2 * 3 * 2  # of each bracket of four
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))
