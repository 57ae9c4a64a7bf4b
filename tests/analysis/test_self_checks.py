"""What qualifies an answer: a special case ahead of what contains it, and a leader that a smaller budget has
not."""

import dataclasses

import numpy as np
import pytest
from made_up import evidence_of

from suite.analysis.caveats import caveats
from suite.analysis.comparison import compare
from suite.analysis.shapes.comparison import in_words


def evidence(level: str, loss: float, trials: list | None = None):
    """A level whose replicates lose about `loss` over three searches; of trials with these objectives."""
    rng = np.random.default_rng(len(level))
    item = evidence_of(level, 1e-2, loss, 1.0, (1e-4, 1.0), rng, {"optimizer": level})
    objectives = np.array(trials if trials is not None else np.linspace(loss, loss + 0.01, 20))
    item.trials["objective"], item.trials["status"] = objectives, "completed"
    return dataclasses.replace(item, searches=np.arange(10) % 3, budget=20)


def verdict(*items):
    return compare(items, metric="test_loss", monitor="val_loss", minimize=True)


@pytest.mark.parametrize(
    ("levels", "flagged"),
    [
        ({"sgd": 0.3, "momentum": 0.4}, ["momentum does worse than sgd"]),
        ({"sgd": 0.4, "momentum": 0.3}, []),  # as it should be
        ({"sgd": 0.3, "momentum": 0.3}, []),  # not told apart
        ({"sgd": 0.3, "adagrad": 0.4}, []),  # neither contains the other
        ({"sgd": 0.3, "momentum": 0.3, "adam": 0.4}, ["adam does worse than momentum and sgd"]),
    ],
)
def test_an_optimizer_that_does_worse_than_its_special_case_is_flagged(levels, flagged):
    items = [evidence(level, loss) for level, loss in levels.items()]
    found = [text for text in caveats(items, verdict(*items)) if "imitate" in text]
    assert len(found) == len(flagged)
    assert all(text.startswith(start) for text, start in zip(found, flagged, strict=True))
    assert all("Choi et al. 2019" in text for text in found)


def test_a_special_case_elsewhere_in_a_grid_says_nothing():
    first, second = evidence("sgd", 0.3), evidence("momentum", 0.4)
    second = dataclasses.replace(second, levels={"optimizer": "momentum", "batch_size": 32})
    first = dataclasses.replace(first, levels={"optimizer": "sgd", "batch_size": 64})
    assert not [text for text in caveats([first, second], verdict(first, second)) if "imitate" in text]


def test_the_answer_names_the_level_that_a_smaller_budget_would_put_first():
    """adam needs luck: one trial of 20 is good. All of sgd's are alike."""
    steady = evidence("sgd", 0.35, [0.35] * 20)
    rare = evidence("adam", 0.30, [0.30] * 3 + [0.90] * 17)
    said = in_words(verdict(steady, rare), 20, "optimizer")
    expected = 0.30 + 0.60 * (17 / 20) ** 5  # none of five draws is one of the three
    assert "With 5 trials in place of 20, sgd would lead" in said
    assert f"0.35, against {expected:.4f} of adam" in said


@pytest.mark.parametrize(
    "trials",
    [
        [0.30] * 20,  # leads with any budget
        [0.30] * 12 + [0.36] * 8,  # leads with five as well
    ],
)
def test_the_answer_says_nothing_of_budgets_that_change_nothing(trials):
    said = in_words(
        verdict(evidence("sgd", 0.35, [0.35] * 20), evidence("adam", 0.30, trials)), 20, "optimizer"
    )
    assert "in place of" not in said
