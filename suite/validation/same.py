"""Measures how often the suite finds a winner where there is none: one procedure under two names (A/A).

The trainings are real ones on iris, of each learning rate with many seeds. A run of the procedure draws from
them, independently under each name: searches that try every learning rate once and choose by validation loss,
and replicates of each search's winner, whose test losses are compared.
"""

import numpy as np
import pandas as pd

from suite.analysis.comparison import compare
from suite.analysis.records import Evidence
from suite.study.config import Config
from suite.training import train_many

RATES = (0.001, 0.003, 0.01, 0.03)
CONFIG = Config(dataset="iris", width=16, epochs=20, batch_size=16)
SEARCHES, SEEDS = 3, 4
"""Of each run of the procedure: searches, and replicates of each one's winner."""


def winners(repeats: int, seeds: int) -> int:
    """Counts the comparisons in which one of two equal procedures beats the other.

    Args:
        repeats: number of comparisons. seeds: trainings of each learning rate that are drawn from.
    """
    configs = [CONFIG.replace(learning_rate=rate, seed=seed) for rate in RATES for seed in range(seeds)]
    found = dict(train_many(configs, lanes=8, test=True))
    val, test = (
        np.array([read(found[index]) for index in range(len(configs))]).reshape(len(RATES), seeds)
        for read in (lambda result: result.objective, lambda result: result.test["test_loss"])
    )
    rng = np.random.default_rng(0)
    return sum(_one_wins(val, test, number, rng) for number in range(repeats))


def _one_wins(val: np.ndarray, test: np.ndarray, number: int, rng: np.random.Generator) -> bool:
    evidence = [_run(name, val, test, rng) for name in ("first", "second")]
    (pair,) = compare(evidence, metric="test_loss", monitor="val_loss", minimize=True, seed=number).pairs
    return pair.verdict == "beats"


def _run(name: str, val: np.ndarray, test: np.ndarray, rng: np.random.Generator) -> Evidence:
    """One run of the procedure, as a study would have it."""
    rates, seeds = val.shape
    tried = [val[np.arange(rates), rng.integers(0, seeds, rates)] for _ in range(SEARCHES)]
    chosen = [int(objectives.argmin()) for objectives in tried]
    scores = np.concatenate([test[rate, rng.choice(seeds, SEEDS, replace=False)] for rate in chosen])
    rows = [
        {"number": search * rates + at, "status": "completed", "objective": x, "learning_rate": RATES[at]}
        for search, objectives in enumerate(tried)
        for at, x in enumerate(objectives)
    ]
    return Evidence(
        level=name,
        trials=pd.DataFrame(rows),
        space={"learning_rate": (min(RATES), max(RATES), "log")},
        best_config={"learning_rate": RATES[chosen[0]]},
        scores=scores,
        tested={"test_loss": scores},
        curves={"val_loss": scores[:, None], "train_loss": scores[:, None]},
        steps=np.array([1]),
        steps_per_epoch=1,
        levels={"name": name},
        kept=(0,) * len(scores),
        searches=np.repeat(np.arange(SEARCHES), SEEDS),
        budget=rates,
    )
