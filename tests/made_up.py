"""Made-up evidence of studies that look like real ones, and of a few hand-written numbers."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite import Choice, Config, LogUniform, Study, Uniform
from suite.analysis.records import Evidence, Measured, Pair, Ranked
from suite.study.prediction import Prediction
from suite.tasks import meanings

EPOCHS, TRIALS, REPLICATES = 10, 20, 10
# level -> best learning rate, loss there, epochs to fall by a factor e: a winner, close calls, a poor one
OPTIMIZERS = {
    "sgd": (0.2, 0.352, 2.2),
    "momentum": (0.03, 0.334, 1.6),
    "adagrad": (0.05, 0.372, 2.0),
    "adam": (0.001, 0.331, 1.2),
    "adamw": (0.0012, 0.326, 1.2),
    "lion": (0.0002, 0.339, 1.3),
}
IMPORTANCE = {"dropout": 0.08, "learning_rate": 0.81, "batch_size": 0.07, "kernel_initializer": 0.04}
FACTS = {
    "command": "make study NAME=optimizers",
    "tensorflow": "2.21.0",
    "git commit": "0123abc",
    "machine": "2 cores, no GPU",
}


def predicted(
    quantity: str,
    at: dict[str, Any] | None = None,
    claim: str = "It is so",
    source: str = "He et al. 2015",
    **expected: Any,
) -> Prediction:
    """A prediction whose words do not matter."""
    return Prediction(claim, quantity, at, source=source, **expected)


def optimizer_study(levels: Sequence[str] = tuple(OPTIMIZERS), **changes: Any) -> Study:
    fixed = Config(train_size=20_000, validation_size=5_000, epochs=EPOCHS)
    return Study(
        question="Which optimizer reaches the lowest loss?",
        fixed=fixed,
        scientific={"optimizer": levels},
        nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
        budget=TRIALS,
        replicates=REPLICATES,
        **changes,
    )


def evidence_of(
    label: str,
    best: float,
    loss: float,
    tau: float,
    bounds: tuple[float, float],
    rng: np.random.Generator,
    levels: dict[str, Any],
) -> Evidence:
    """A level, made up: a valley over the learning rate that diverges to its right, and falling curves."""
    low, high = bounds
    rates = np.exp(rng.uniform(np.log(low), np.log(high), TRIALS))
    away = np.log10(rates / best)
    objective = loss + 0.06 * away**2 + 0.5 * np.maximum(away - 0.3, 0) + rng.normal(0, 0.003, TRIALS)
    diverged = away > 0.75
    trials = pd.DataFrame(
        {
            "number": range(TRIALS),
            "status": np.where(diverged, "diverged", "completed"),
            "objective": np.where(diverged, np.nan, objective),
            "learning_rate": rates,
        }
    )
    epochs = np.arange(1, EPOCHS + 1)
    seed = rng.normal(0, 0.004, (REPLICATES, 1))
    val = (
        loss
        + 0.35 * np.exp(-epochs / tau)
        + 0.0006 * np.maximum(epochs - 6, 0) ** 2
        + seed
        + rng.normal(0, 0.004, (REPLICATES, EPOCHS))
    )
    train = val - 0.004 * epochs + rng.normal(0, 0.002, (REPLICATES, EPOCHS))
    scores = val.min(axis=1) + 0.02 + rng.normal(0, 0.002, REPLICATES)
    return Evidence(
        level=label,
        trials=trials,
        space={"learning_rate": (low, high, "log")},
        best_config={"learning_rate": float(rates[np.nanargmin(trials["objective"])])},
        scores=scores,
        tested={"test_accuracy": 1 - scores / 3},
        curves={"val_loss": val, "train_loss": train},
        steps=157 * epochs,
        steps_per_epoch=157,
        levels=levels,
        kept=tuple(int(row) for row in val.argmin(axis=1)),
    )


def optimizer_evidence(study: Study) -> tuple[Evidence, ...]:
    """Of every level of an optimizer study; one replicate of momentum diverges half-way."""
    rng, found = np.random.default_rng(0), []
    for case in study.cases:
        space = case.space["learning_rate"]
        bounds = (space.low, space.high)
        item = evidence_of(case.label, *OPTIMIZERS[case.label], bounds, rng, {"optimizer": case.label})
        if case.label == "momentum":
            for curve in item.curves.values():
                curve[3, 4:] = np.nan
            item.curves["val_loss"][3, 3], item.curves["train_loss"][3, 3] = 41.0, 39.0
            item.scores[3] = item.tested["test_accuracy"][3] = np.nan
            item = replaced(item, kept=(*item.kept[:3], None, *item.kept[4:]))
        found.append(item)
    return tuple(found)


def search_study() -> Study:
    space = {
        "learning_rate": LogUniform(1e-4, 1e-1),
        "batch_size": Choice(32, 64, 128),
        "dropout": Uniform(0.0, 0.6),
        "kernel_initializer": Choice("glorot_uniform", "he_normal", "orthogonal"),
    }
    question = "Which settings train this model best?"
    return Study(question=question, nuisance=space, sampler="tpe", pruner="median", budget=TRIALS)


def search_evidence(study: Study) -> Evidence:
    rng, space = np.random.default_rng(1), study.nuisance
    item = evidence_of("tuned", *OPTIMIZERS["adam"], (1e-4, 1e-1), rng, {})
    u = rng.uniform(size=(TRIALS, 3))
    trials = item.trials.assign(
        batch_size=[space["batch_size"].quantile(x) for x in u[:, 0]],
        dropout=0.6 * u[:, 1],
        kernel_initializer=[space["kernel_initializer"].quantile(x) for x in u[:, 2]],
    )
    trials.loc[4:6, "status"] = "pruned"
    best = dict(trials.iloc[np.nanargmin(trials["objective"])][list(space)])
    return replaced(
        item, trials=trials, space={**item.space, "dropout": (0.0, 0.6, "linear")}, best_config=best
    )


def measured(*evidence: Evidence, **changes: Any) -> Measured:
    """What a study's trainings gave, of ready evidence."""
    given = {
        "evidence": evidence,
        "trainings": sum(len(item.trials) + len(item.scores) for item in evidence),
        "seconds": 252.0,
        "facts": FACTS,
        "meanings": meanings("classification"),
    }
    return Measured(**given | changes)


def training_table(*evidence: Evidence) -> pd.DataFrame:
    return pd.concat(
        [item.trials.assign(study="optimizers", role="trial", level=item.level) for item in evidence]
    )


def replaced(record: Any, **changes: Any) -> Any:

    return dataclasses.replace(record, **changes)


def item(
    level: str = "a",
    objective: Sequence[float] = (),
    scores: Sequence[float] = (0.5,),
    curves: dict[str, Any] | None = None,
    status: Sequence[str] | None = None,
    **columns: Any,
) -> Evidence:
    """Evidence of a few hand-written numbers; one evaluation every 10 steps, 20 steps an epoch."""
    objective = list(objective)
    status = status or ["diverged" if math.isnan(x) else "completed" for x in objective]
    trials = pd.DataFrame(
        {"number": range(len(objective)), "status": status, "objective": objective, **columns}
    )
    arrays = {name: np.array(runs, float) for name, runs in (curves or {}).items()}
    length = max((runs.shape[1] for runs in arrays.values()), default=0)
    return Evidence(
        level=level,
        trials=trials,
        space={},
        best_config={},
        scores=np.array(scores),
        curves=arrays,
        tested={"test_accuracy": np.array(scores)},
        steps=10 * np.arange(1, length + 1),
        steps_per_epoch=20,
    )


def place(level: str = "a", **changes: Any) -> Ranked:
    """A place in a ranking, of a few hand-written numbers."""
    blank = Ranked(
        level=level,
        replicates=4,
        diverged=0,
        iqm=0.5,
        ci_low=0.4,
        ci_high=0.6,
        tested={"test_accuracy": 0.9},
        expected_best=np.array([0.5, 0.4]),
        expected_best_low=np.array([0.4, 0.3]),
        expected_best_high=np.array([0.6, 0.5]),
        epochs_to_target=np.array([]),
        diverged_trials=0.0,
        best_config={},
    )
    return replaced(blank, **changes)


def pair(first: str, second: str, verdict: str, **changes: Any) -> Pair:
    """A pair of a few hand-written numbers."""
    return replaced(Pair(first, second, 0.1, 0, 0.2, 0.75, 0.6, 0.9, 0.04, 0.1, verdict, verdict), **changes)
