"""Runs a demonstration: it computes in a worker; its answer is kept, reported and tracked as a study's is."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from suite.analysis.findings import demonstrated
from suite.running import tracked
from suite.running.collect import facts_of
from suite.running.conclude import publish
from suite.running.outcome import Outcome, Progress
from suite.running.pool import work
from suite.running.pool.workers import Workers
from suite.running.session import Session
from suite.study.demonstration import Demonstration
from suite.tracking import Tracker, check_store


def run(
    study: Demonstration,
    name: str,
    folder: Path,
    command: str,
    worker_count: int,
    show: Callable[[Progress], None],
) -> Outcome:
    """Computes, answers and writes: see `suite.running.conductor.run`. It takes one worker, and all cores."""
    check_store()
    started, progress = time.perf_counter(), Progress(0)
    show(progress)
    with Workers(1) as pool:
        found = pool.submit(0, work.demonstrate, study.demonstration, study.settings).result()
        folder.mkdir(parents=True, exist_ok=True)
        with Tracker(study, name) as tracker:
            session = Session(study, name, folder, command, pool, pool, tracker, progress, show)
            findings = demonstrated(
                name,
                study.question,
                found,
                predictions=study.predictions,
                seconds=time.perf_counter() - started,
                facts=facts_of(session),
            )
            no_model = "none: a demonstration trains no model"
            outcome, kept = publish(
                session, findings, lambda findings: (findings, no_model), lambda same: same, lambda: None
            )
            session.say("tracking")
    failure = tracked.close(folder, kept, tracker.failure)
    return replace(outcome, tracking=failure, failures=tuple(session.failures))
