"""What a worker leaves of trainings that it did not finish, and takes up again."""

import pytest

from suite import Config
from suite.running import unfinished
from suite.running.pool import work
from suite.running.pool.work import Job
from suite.running.pruning import MedianRule
from suite.training import checkpoint
from suite.training.program import Program
from suite.training.result import Result

CONFIG = Config(dataset="iris", width=4, depth=1, epochs=4, batch_size=16)


class Interrupts(MedianRule):
    def __call__(self, values) -> bool:
        if len(values) == 3:
            raise KeyError("interrupted")
        return False


def test_a_training_that_was_interrupted_goes_on_and_leaves_only_its_result(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(checkpoint, "CHECKPOINT_SECONDS", 0)
    whole, cut = (Job("", "trial", 0, CONFIG, tmp_path / f"{name}.json", alone=True) for name in "ab")
    work.run([whole], {})
    taken, run = [], Program.run
    monkeypatch.setattr(Program, "run", lambda *given: taken.append(given[6]) or run(*given))
    with pytest.raises(RuntimeError, match="interrupted"):
        work.run([cut], {}, Interrupts(True, ()))
    assert [path.name for path in tmp_path.glob("b*")] == ["b.checkpoint"]
    work.run([cut], {})
    assert sum(taken) == Result.load(whole.path).steps[-1] * 5 // 4  # the third epoch was taken twice
    results = Result.load(whole.path), Result.load(cut.path)
    assert results[0].monitored == results[1].monitored
    assert not list(tmp_path.glob("*.checkpoint"))


def test_a_start_removes_what_was_left_beside_results_only(tmp_path):
    for name in ("a.json", "a.checkpoint", "a.pretraining", "b.checkpoint", ".c.json.1"):
        (tmp_path / name).touch()
    unfinished.make(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.checkpoint"]
