"""Successive halving: who goes on, by hand; and in the engine, stacked or not, cut or not."""

import numpy as np
import pytest

from suite import Config
from suite.training.engine import train_many
from suite.training.halving import Halving, share

CONFIGS = [
    Config(dataset="digits", train_size=256, validation_size=100, width=8, depth=1, epochs=10, batch_size=64,
           optimizer="sgd", learning_rate=rate, seed=seed)
    for seed, rate in enumerate(np.geomspace(1e-3, 1.0, 10).tolist())
]  # fmt: skip


def halving(finished=(), numbers=range(10), *, size: int = 10, minimize: bool = True) -> Halving:
    return Halving(minimize, size, tuple(numbers), dict(finished))


@pytest.mark.parametrize(
    ("size", "evaluations", "rungs"),
    [
        (20, 10, {1: 14, 3: 8, 6: 4}),
        (10, 30, {3: 7, 9: 4, 18: 2}),
        (3, 10, {1: 3, 3: 2, 6: 2}),  # two are always trained to their end
        (20, 5, {1: 8, 3: 4}),  # after half an evaluation there is nothing to see
        (20, 4, {}),  # too few
    ],
)
def test_rungs(size, evaluations, rungs):
    assert halving(size=size).rungs(evaluations) == rungs


def test_the_best_until_a_rung_go_on():
    trials = {
        0: ("", [3.0, 1.0]),
        1: ("", [2.0, 2.0]),
        2: ("", [2.0, 4.0]),  # as good as 1 at its best: the number decides
        3: ("diverged", [0.5]),  # did not come as far
        4: ("pruned", [0.1]),  # nor did this one
        5: ("stopped", [1.5]),  # was over before
        6: ("completed", [9.0, 9.0, 0.0]),  # what came after the rung does not count
    }
    assert halving().best(2, 3, trials) == {0, 5, 1}
    assert halving(minimize=False).best(2, 3, trials) == {6, 2, 0}


def test_only_the_best_are_trained_to_their_end():
    whole = dict(train_many(CONFIGS, lanes=4))
    halved = dict(train_many(CONFIGS, lanes=4, halving=halving()))
    lengths = sorted(len(result.steps) for result in halved.values())
    assert lengths == [1, 1, 1, 3, 3, 3, 6, 6, 10, 10]
    for index, result in halved.items():
        assert result.status == ("completed" if len(result.steps) == 10 else "pruned")
        np.testing.assert_allclose(
            result.curves["val_loss"], whole[index].curves["val_loss"][: len(result.steps)], rtol=1e-5
        )
    at_first = {index: result.curves["val_loss"][0] for index, result in whole.items()}
    ended = {index for index, result in halved.items() if len(result.steps) == 1}
    assert ended == set(sorted(at_first, key=at_first.get)[-3:])


@pytest.mark.parametrize("kept", [1, 4, 8])
def test_what_was_cut_ends_as_it_would_have(kept):
    """The first `kept` results are known; the others are trained by another process, one at a time."""
    whole = dict(train_many(CONFIGS, halving=halving()))
    known = dict(list(whole.items())[:kept])
    numbers = [number for number in range(10) if number not in known]
    finished = {number: (result.status, tuple(result.monitored)) for number, result in known.items()}
    rest = dict(train_many([CONFIGS[number] for number in numbers], halving=halving(finished, numbers)))
    for index, result in rest.items():
        assert result.status == whole[numbers[index]].status
        assert result.monitored == whole[numbers[index]].monitored


@pytest.mark.parametrize(
    ("size", "evaluations", "expected"),
    [(20, 10, (20 * 1 + 14 * 2 + 8 * 3 + 4 * 4) / 200), (20, 4, 1.0), (1, 10, 1.0), (2, 10, 1.0)],
)
def test_what_a_bracket_takes(size, evaluations, expected):
    assert share(size, evaluations) == pytest.approx(expected)
