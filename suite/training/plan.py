"""Decides by measuring how to run a shape of work on this machine: by XLA or not, stacked or not."""

import hashlib
import json
import logging
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import tensorflow as tf
from filelock import FileLock
from pydantic import Field, TypeAdapter

from suite import paths
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.study.identity import structure, timed, timing_key
from suite.training.arithmetic import arithmetic
from suite.training.cache import feed_for, lanes_in_memory, program_for
from suite.training.load import prepared as prepare
from suite.training.program import Program
from suite.training.stacking import stack

LANES = 8
"""Trainings stacked where that is measured to be faster."""

COSTS = {"xla": 4.0, "stacked": 12.0}
"""Seconds of work left, at the best speed so far, that make a candidate worth compiling and timing."""

TIMED_SECONDS = 0.1
"""Least length of a timed run, unless a program takes no more steps."""

EVALUATION_SECONDS = 0.5
"""About the most that an evaluation may take to be timed too: one example is a third of a step's."""

TIMED_RUNS = 3
"""Timed runs, of which the shortest counts: other processes may disturb."""

WITH_XLA = 1.1
"""Times as long as without it that a program may take with XLA and is chosen. A shape is timed with one
optimizer; XLA joins what others do to each weight (of two layers of 128 units on images, SGD takes as long
either way, RMSprop a tenth less)."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """Says how to run a shape of work.

    Attributes:
        xla: whether the program is compiled by XLA.
        lanes: trainings that it stacks.
        microseconds: candidate -> measured time per gradient step and training, infinite where it cannot run;
            of `plain` without evaluations, until another candidate was timed.
    """

    xla: bool
    lanes: Annotated[int, Field(ge=1)]
    microseconds: dict[str, float]

    @property
    def name(self) -> str:
        """Of the candidate that it is."""
        return "stacked" if self.lanes > 1 else "xla" if self.xla else "plain"

    def worth_measuring(self, gradient_steps: int) -> str | None:
        """Gives the next candidate that so many steps would repay; None if this plan is good enough."""
        left = self.microseconds.get(self.name, 0.0) * gradient_steps / 1e6
        candidates = (name for name, cost in COSTS.items() if name not in self.microseconds and left > cost)
        return next(candidates, None)


PLAIN = Plan(False, 1, {})
"""How a training runs that is by itself: nothing is measured for it."""

PLAN = TypeAdapter(Plan)
"""Checks what a file says of a plan."""


def plan_for(config: Config, gradient_steps: int) -> Plan:
    """Gives the plan for a config's shape on this machine.

    It comes from the cache below `paths.home()`, or is measured now and cached.

    Args:
        config: any configuration of the shape.
        gradient_steps: how many are to be taken; little work is not worth much measuring.
    """
    folder = paths.home() / "cache" / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_key(config)}.json"
    with FileLock(f"{path}.lock"):
        known = _read(path)
        plan = measure(config, gradient_steps, known)
        if plan != known:
            record = {"plan": asdict(plan), "shape": timed(config).model_dump(), "machine": _machine()}
            paths.replace(path, lambda file: file.write(json.dumps(record, indent=1).encode()))
    return plan


def _read(path: Path) -> Plan | None:
    """Reads a cached plan; None if there is none, or a file that is no plan."""
    try:
        return PLAN.validate_python(json.loads(path.read_bytes())["plan"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def measure(config: Config, gradient_steps: int, plan: Plan | None = None) -> Plan:
    """Times the plain program, then XLA and stacking, as far as the steps to be taken repay it.

    Args:
        config, gradient_steps: as in `plan_for`.
        plan: what is known already.
    """
    prepared = prepare(config)
    if plan is None:
        if program_for(structure(config), prepared, 1, False).fallback_reason(feed_for(prepared)):
            return Plan(False, 1, {})
        plan = Plan(False, 1, {"plain": time_step(config, prepared, lanes=1, xla=False)})
    while candidate := plan.worth_measuring(gradient_steps):
        xla = candidate == "xla" or plan.xla
        lanes = min(LANES, lanes_in_memory(config, prepared)) if candidate == "stacked" else 1
        other = replace(plan, xla=xla, lanes=lanes)
        best, took = plan.microseconds[plan.name], math.inf
        if candidate == other.name:
            best, took = race_or_infinity(config, prepared, plan, other)
        is_better = took < best * (WITH_XLA if candidate == "xla" else 1)
        times = plan.microseconds | {plan.name: best, candidate: took}
        plan = replace(other if is_better else plan, microseconds=times)
        logger.info("plan for %s: %s", config.model, plan)
    return plan


def race(config: Config, prepared: Prepared, *plans: Plan) -> list[float]:
    """Measures the microseconds per gradient step and training of several plans, with its share of the
    evaluation that follows, if that is short; in turn, so that what disturbs one disturbs the others.

    Args:
        config: any of the shape. prepared: what is trained on. plans: that are compared.
    """
    programs = [program_for(structure(config), prepared, plan.lanes, plan.xla) for plan in plans]
    runs = [_runner(program, config, prepared) for program in programs]
    runs[0](1)  # the first run compiles
    step = runs[0](1) / plans[0].lanes
    evaluates = 2 * len(prepared.validation) / config.batch_size * step / 3 < EVALUATION_SECONDS
    counts = [_steps_that_take(TIMED_SECONDS, *pair) for pair in zip(runs, programs, strict=True)]
    each, evaluation = [math.inf for _ in plans], [math.inf for _ in plans]
    for _ in range(TIMED_RUNS):
        for at, run in enumerate(runs):
            each[at] = min(each[at], run(counts[at]) / counts[at])
            evaluation[at] = min(evaluation[at], run(1, evaluate=evaluates) - each[at])
    return [
        (each[at] + max(evaluation[at], 0) / programs[at].steps) / plan.lanes * 1e6
        for at, plan in enumerate(plans)
    ]


def time_step(config: Config, prepared: Prepared, *, lanes: int, xla: bool) -> float:
    """Measures the microseconds per gradient step and training of a program, data order and evaluation apart.

    Args:
        config: any of the shape.
        prepared: what is trained on.
        lanes: trainings at once.
        xla: whether XLA compiles the program.
    """
    program = program_for(structure(config), prepared, lanes, xla)
    run = _runner(program, config, prepared)
    steps = _steps_that_take(TIMED_SECONDS, run, program)
    return min(run(steps) for _ in range(TIMED_RUNS)) / steps / lanes * 1e6


def _steps_that_take(seconds: float, run: Callable[..., float], program: Program) -> int:
    """How many steps take so long, of those from one evaluation to the next. The program has run then."""
    run(1)
    steps = 1
    while (took := run(steps)) < seconds and steps < program.steps:
        steps = min(program.steps, max(2 * steps, int(steps * seconds / max(took, 1e-6))))
    return steps


def _runner(program: Program, config: Config, prepared: Prepared) -> Callable[..., float]:
    """A function that takes a number of steps, evaluates if asked, and returns the seconds that it took."""
    lanes = program.lanes
    state, hyperparameters = stack([(program.start(config), program.inputs(config))] * lanes)
    shape = [program.steps] + ([lanes] if lanes > 1 else [])
    rng = np.random.default_rng(0)
    order = rng.integers(0, len(prepared.train), [*shape, config.batch_size]).astype(np.int32)
    rates, feed = np.full(shape, 1e-4, np.float32), feed_for(prepared)

    def run(steps: int, *, evaluate: bool = False) -> float:
        started = time.perf_counter()
        for piece in feed.pieces(order, rates, steps, evaluate=evaluate):
            program.run(state, hyperparameters, *piece)[1].numpy()
        return time.perf_counter() - started

    return run


def race_or_infinity(config: Config, prepared: Prepared, best: Plan, candidate: Plan) -> tuple[float, float]:
    """Gives the times of two plans as `race` does, or infinity for the second.

    Infinity is for what TensorFlow cannot compile or vectorise, which it need not say at length: its log is
    silent meanwhile.
    """
    level = tf.get_logger().level
    tf.get_logger().setLevel(logging.CRITICAL)
    try:
        first, second = race(config, prepared, best, candidate)
        return first, second
    except (tf.errors.OpError, ValueError, TypeError, NotImplementedError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        logger.info("%s cannot run as %s: %s", config.model, candidate, said)
        return best.microseconds[best.name], math.inf
    finally:
        tf.get_logger().setLevel(level)


def _machine() -> dict[str, str | int]:
    return {"node": platform.node(), "cores": os.cpu_count() or 1, **arithmetic()}


def _key(config: Config) -> str:
    facts = json.dumps([timing_key(config), _machine()], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]
