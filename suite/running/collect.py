"""Brings together what a study's trainings gave: arrays for the analysis, and one tidy table."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Evidence, Measured
from suite.analysis.statistics import padded
from suite.data import is_own
from suite.data.dataset import Dataset
from suite.running.cases import CaseRun
from suite.running.probing import probed
from suite.running.session import Session
from suite.study.demonstration import Demonstration
from suite.study.space import Choice, Integer, LogUniform, NearOne, Uniform
from suite.study.study import Study
from suite.tasks import TASKS
from suite.tracking.environment import environment
from suite.training.load import SPLIT_FIELDS, load
from suite.training.result import Result


def collect(session: Session[Study], cases: Sequence[CaseRun], dataset: Dataset, seconds: float) -> Measured:
    """Returns all that the analysis works on.

    Args:
        session: that trained.
        cases: with all of their results, under one condition.
        dataset: what they were trained on.
        seconds: wall time of all trainings.
    """
    study = session.study
    reasons = {
        str(reason)
        for case in cases
        for result in case.replicates.values()
        if (reason := result.program.get("reason"))
    }
    weighted = any(case.case.config.class_weight for case in cases)  # what is measured is not minimised
    slow = (f"trained with Keras's `fit`, which is slower: {reason}." for reason in sorted(reasons))
    return Measured(
        evidence=tuple(evidence_of(case) for case in cases),
        trainings=sum(len(case.trials) + len(case.replicates) for case in cases),
        seconds=seconds,
        facts=facts_of(session),
        meanings=dataset.meanings,
        guessing=math.inf if weighted else dataset.guessing,
        baselines=session.attempt("measuring baselines", lambda: _to_beat(study, dataset)) or {},
        decided=dataset.notes,
        importance=None if study.scientific else cases[0].searches[0].importance(cases[0].trials),
        notes=(*study.notes, *slow, *_replaced(len(session.progress.lost))),
        probes=probed(session, cases),
    )


def _replaced(workers: int) -> Iterator[str]:
    """Says how many workers this session lost."""
    if workers:
        times = "once" if workers == 1 else f"{workers} times"
        yield f"A worker died or was over a limit {times}: it was replaced, and its trainings tried again."


def _to_beat(study: Study, dataset: Dataset) -> Mapping[str, Mapping[str, float]]:
    """What there is to beat: on a user's own data what simple methods reach, else what guessing reaches.

    Nothing where the levels differ in their data."""
    if set(SPLIT_FIELDS) & set(study.scientific) or "dataset" in study.scientific:
        return {}
    from suite.data.inspect.baseline import to_beat  # scikit-learn takes a second

    return to_beat(dataset, guesses_only=not is_own(study.fixed.dataset))


def facts_of(session: Session[Study] | Session[Demonstration]) -> dict[str, str]:
    """Returns how something was made: versions, machine, command."""
    facts = {fact: str(value) for fact, value in environment().items()}
    return facts | {"workers": str(session.trainers), "command": session.command}


def evidence_of(case: CaseRun) -> Evidence:
    """Returns what was measured of one case, as arrays."""
    trials = [
        {"number": n, "status": r.status, "objective": r.objective, **case.searched(r)}
        for n, r in sorted(case.trials.items())
    ]
    replicates = [result for _, result in sorted(case.replicates.items())]
    best = case.trials[case.winner] if case.winner is not None else None
    config = best.config if best else case.case.config
    metric, task = config.monitor.replace("val", "test"), TASKS[load(config).task]
    numbers = sorted(case.replicates)
    return Evidence(
        level=case.case.level,
        trials=pd.DataFrame(trials),
        space={name: _bounds(d) for name, d in case.case.space.items() if not isinstance(d, Choice)},
        best_config=case.searched(best) if best else {},
        scores=np.array([_tested(case.replicates[n], metric) for n in numbers]),
        tested={
            f"test_{name}": np.array([_tested(case.replicates[n], f"test_{name}") for n in numbers])
            for name in (*task.tested, *task.by_split_of(config.monitor))
        },
        curves={
            name: padded([result.curves.get(name, np.zeros(0)) for result in replicates])
            for name in task.curves_of(config.monitor)
        },
        steps=max((result.steps for result in replicates), key=len, default=np.zeros(0, int)),
        steps_per_epoch=len(load(config).train) // config.batch_size,
        levels=case.case.levels,
        kept=tuple(result.best if result.status != "diverged" else None for result in replicates),
        searches=np.array([case.search_of(number) for number in numbers], int),
        budget=case.study.trials_of(case.case),
        failed=tuple(result.status == "failed" for result in replicates),
        failures=Counter(r.failure for r in (*case.trials.values(), *replicates) if r.failure),
    )


def _tested(result: Result, metric: str) -> float:
    return result.test.get(metric, math.nan)


def _bounds(distribution: Uniform | LogUniform | NearOne | Integer) -> tuple[float, float, str]:
    scale = {"log_uniform": "log", "near_one": "near_one"}.get(distribution.kind, "linear")
    if isinstance(distribution, Integer) and distribution.log:
        scale = "log"
    return distribution.low, distribution.high, scale


def table_of(name: str, cases: Sequence[CaseRun]) -> pd.DataFrame:
    """Returns a row a training: what it was, every hyperparameter, and what came of it."""
    rows = []
    for case in cases:
        for role, results in (("trial", case.trials), ("replicate", case.replicates)):
            for number, result in sorted(results.items()):
                place = {"study": name, "role": role, "level": case.case.label, "number": number}
                place |= {"search": case.search_of(number)}
                came = {"status": result.status, "objective": result.objective}
                spent = {
                    "evaluations": len(result.steps),
                    "steps": max(result.steps, default=0),
                    "seconds": result.seconds,
                }
                rows.append(place | result.config.model_dump() | came | result.test | spent)
    return pd.DataFrame(rows)
