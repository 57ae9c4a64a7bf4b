"""Has the workers measure the weights of all replicates by a study's probes."""

from collections.abc import Mapping, Sequence
from itertools import count

from suite.analysis.records import Measure, Section
from suite.probes.run import find
from suite.running.cases import CaseRun
from suite.running.pool import work
from suite.running.session import Session
from suite.study.study import Study


def probed(
    session: Session[Study], cases: Sequence[CaseRun]
) -> Mapping[str, tuple[Section, tuple[Measure, ...]]]:
    """Returns what each probe of a study found; one that fails is among the session's failures."""
    found = {}
    for name in session.study.probes:
        session.say(f"probing {name}")
        of_probe = session.attempt(f"the probe {name}", lambda name=name: _probed(session, cases, name))  # type: ignore[misc]
        if of_probe is not None:
            found[name] = of_probe
    return found


def _probed(
    session: Session[Study], cases: Sequence[CaseRun], name: str
) -> tuple[Section, tuple[Measure, ...]]:
    turn = count()
    futures = {
        case.case.label: [
            session.pool.submit(next(turn) % session.pool.count, work.measure, name, result.config, weights)
            for result, weights in case.weighed
        ]
        for case in cases
    }
    measured = {label: [future.result() for future in each] for label, each in futures.items()}
    return find(name, measured, {case.case.label: case.case.levels for case in cases})
