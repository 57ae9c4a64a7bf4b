"""Measures whether a study's verdicts hold when it is run again: the same study with other seeds.

Every repeat trains anew, as a user's study does, but is neither tracked nor reported. Its trainings are kept
where those of any study are, so that what is finished is not trained again.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from suite.analysis.findings import analyse
from suite.analysis.records import Evidence, Measured
from suite.running import estimate, results, tracked, unfinished
from suite.running.cases import CaseRun
from suite.running.collect import evidence_of
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Progress
from suite.running.pool.workers import Workers
from suite.study import catalog
from suite.study.compare import comparison
from suite.study.optimizers import OPTIMIZERS
from suite.study.resolve import resolve
from suite.study.study import Study

APART = 0.03
"""Share of the better one's loss by which two levels differ that a single study should tell apart."""

Share = tuple[int, int]
"""How many, of how many."""

Summary = Mapping[str, Any]
"""`levels` and `pairs` of a study, as in its `summary.json`."""

CLAIMS = {
    "contradicting": "one repeat says that A beats B and another that B beats A",
    "covered": "a 95% interval holds the mean of the other repeats",
    "decided": f"a single repeat decides a pair whose means differ by more than {APART:.0%}",
    "below_special": "an optimizer is beaten by a special case of it",
}
"""What `hold` counts, in words."""

SIZES = {"budget": "6", "replicates": "6"}
"""Of every study that is repeated: three searches of six trials, and two replicates of each winner."""


def studies() -> dict[str, Study]:
    """Gives the studies that are repeated: a table, a curve, and `optimizers` at a smaller size."""
    smaller = {"train_size": "2000", "validation_size": "1000", "epochs": "4"}
    _, optimizers = catalog.changed("optimizers", SIZES | smaller)
    _, table = comparison(
        ["optimizer=sgd,momentum,adam,lion"],
        SIZES | {"dataset": "breast_cancer", "width": "16", "batch_size": "32", "epochs": "10"},
    )
    _, curve = comparison(
        ["dropout=0,0.2,0.5"],
        SIZES | {"dataset": "digits", "width": "64", "batch_size": "64", "epochs": "10"},
    )
    assert isinstance(optimizers, Study)
    return {"optimizers_of_a_table": table, "dropout": curve, "optimizers": optimizers}


def train(study: Study, name: str, pool: Workers) -> tuple[Evidence, ...]:
    """Trains what is missing of a study without conditions, and gives what was measured of each level.

    Args:
        study: what to train. name: what its trainings are kept by. pool: that trains.
    """
    study = resolve(study)
    folder = results.folder_of(study, name)
    with results.alone(folder):
        examples = {name: len(dataset.train) for name, dataset in tracked.load_all(study).items()}
        study = resolve(study, examples)
        unfinished.make(folder / "trainings")
        cases = [CaseRun(study, case, folder / "trainings") for case in study.cases]
        steps = estimate.gradient_steps_by_shape(study, examples)
        Dispatcher(cases, pool, None, None, steps, Progress(study.trainings), lambda progress: None).run()
    return tuple(evidence_of(case) for case in cases)


def measure(name: str, study: Study, seeds: Sequence[int], pool: Workers) -> dict[str, Share]:
    """Repeats a study with each seed; see `hold`.

    Args:
        name: of the study. study: that is repeated. seeds: of the repeats. pool: that trains.
    """
    summaries = []
    for seed in seeds:
        repeat = study.replace(seed=seed)
        evidence = train(repeat, f"validate-{name}", pool)
        measured = Measured(evidence, trainings=study.trainings, seconds=0.0, facts={}, meanings={})
        summaries.append(analyse(repeat, name, measured).summary)
    return hold(summaries)


def hold(summaries: Sequence[Summary]) -> dict[str, Share]:
    """Counts what repeats of one study say of each other.

    Means are over the repeats in which a level did not diverge: one that diverged says nothing of the others.

    Returns:
        For each of CLAIMS: `contradicting`, of pairs of levels times pairs of repeats; `covered`, of levels
        times repeats; `decided`, as they are over all repeats, of pairs times repeats; `below_special`, of
        pairs of an optimizer and a special case of it times repeats, 0 of 0 where there is none.
    """
    scores = {
        level: np.array([_levels(summary)[level]["iqm"] for summary in summaries])
        for level in _levels(summaries[0])
    }
    beats = [
        {(pair["first"], pair["second"]) for pair in summary["pairs"] if pair["verdict"] == "beats"}
        for summary in summaries
    ]
    pairs = list(itertools.combinations(scores, 2))
    contradicting = sum(
        sum((a, b) in each for each in beats) * sum((b, a) in each for each in beats) for a, b in pairs
    )
    covered = [
        found["ci_low"] <= _mean(np.delete(scores[level], at)) <= found["ci_high"]
        for at, summary in enumerate(summaries)
        for level, found in _levels(summary).items()
    ]
    means = {level: _mean(found) for level, found in scores.items()}
    apart = [
        (a, b) for a, b in itertools.permutations(means, 2) if means[b] - means[a] > APART * abs(means[a])
    ]
    special = [
        (a, b) for a, b in itertools.permutations(scores, 2)
        if b in OPTIMIZERS and a in OPTIMIZERS[b].generalizes
    ]  # fmt: skip
    count = len(summaries)
    return {
        "contradicting": (contradicting, len(pairs) * count * (count - 1) // 2),
        "covered": (sum(covered), len(covered)),
        "decided": (sum(pair in each for each in beats for pair in apart), len(apart) * count),
        "below_special": (sum(pair in each for each in beats for pair in special), len(special) * count),
    }


def _mean(scores: np.ndarray) -> float:
    return float(scores[np.isfinite(scores)].mean())


def _levels(summary: Summary) -> dict[str, Mapping[str, Any]]:
    return {each["level"]: each for each in summary["levels"]}
