"""What a study's trainings amount to: arrays for the comparison and the diagnosis, and one tidy table."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Evidence
from suite.running.cases import CaseRun
from suite.study.space import Choice, LogUniform, NearOne
from suite.study.study import Study
from suite.tasks import TASKS
from suite.training.load import load
from suite.training.result import Result


def evidence_of(case: CaseRun) -> Evidence:
    """What was measured for one value, as arrays."""
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
        level=case.case.label,
        trials=pd.DataFrame(trials),
        space={name: _bounds(d) for name, d in case.case.space.items() if not isinstance(d, Choice)},
        best_config=case.searched(best) if best else {},
        scores=np.array([_tested(case.replicates[n], metric) for n in numbers]),
        tested={
            f"test_{name}": np.array([_tested(case.replicates[n], f"test_{name}") for n in numbers])
            for name in task.tested
        },
        curves={name: padded([result.curves[name] for result in replicates]) for name in task.curves},
        steps=max((result.steps for result in replicates), key=len, default=np.zeros(0, int)),
        steps_per_epoch=len(load(config).train) // config.batch_size,
        levels=case.case.levels,
        kept=tuple(result.best if result.status != "diverged" else None for result in replicates),
    )


def _tested(result: Result, metric: str) -> float:
    return result.test.get(metric, math.nan)


def _bounds(distribution) -> tuple[float, float, str]:
    scale = {LogUniform: "log", NearOne: "near_one"}.get(type(distribution), "linear")
    return distribution.low, distribution.high, scale


def padded(curves: Sequence[np.ndarray]) -> np.ndarray:
    """[n, t] curves, NaN after their ends."""
    length = max(map(len, curves), default=0)
    padded = [np.pad(curve, (0, length - len(curve)), constant_values=np.nan) for curve in curves]
    return np.array(padded).reshape(len(curves), length)


def table_of(study: Study, name: str, cases: Sequence[CaseRun]) -> pd.DataFrame:
    """One row a training: what it was, every hyperparameter, and what came of it."""
    rows = []
    for case in cases:
        for role, results in (("trial", case.trials), ("replicate", case.replicates)):
            for number, result in sorted(results.items()):
                place = {"study": name, "role": role, "level": case.case.label, "number": number}
                came = {"status": result.status, "objective": result.objective}
                spent = {
                    "evaluations": len(result.steps),
                    "steps": max(result.steps, default=0),
                    "seconds": result.seconds,
                }
                rows.append(place | result.config.model_dump() | came | result.test | spent)
    return pd.DataFrame(rows)
