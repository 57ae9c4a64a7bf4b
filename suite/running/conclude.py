"""Turns what was trained into an answer: collect -> analyse -> export and diagnose -> write.

The answer is kept before the export and the report are tried: neither can take it away.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import replace

import pandas as pd

from suite import report
from suite.analysis.findings import with_export, with_limits
from suite.analysis.profile import analyse_all
from suite.analysis.records import Findings
from suite.data.dataset import Dataset
from suite.export import saved_model
from suite.export.records import Exported, Origin
from suite.running import estimate, results, tracked
from suite.running.cases import CaseRun
from suite.running.collect import collect, table_of
from suite.running.diagnosing import Diagnosis
from suite.running.outcome import Outcome
from suite.running.pool import work
from suite.running.results import Kept
from suite.running.session import Declared, Session, last_line
from suite.study.study import Study
from suite.training.result import Result


def conclude(
    session: Session[Study], cases: Sequence[CaseRun], datasets: Mapping[str, Dataset], seconds: float
) -> tuple[Outcome, Kept]:
    """Answers, keeps the answer, and then exports the winner and writes the report.

    Args:
        session: that trained.
        cases: with all of their results.
        datasets: condition -> what they were trained on.
        seconds: wall time of all trainings.

    Returns:
        The outcome, and what was kept of it. What failed is among the session's failures.
    """
    session.say("comparing")
    measured = {
        condition: collect(
            session, [each for each in cases if each.case.condition == condition], dataset, seconds
        )
        for condition, dataset in datasets.items()
    }
    findings = analyse_all(session.study, session.name, measured)

    diagnosis: Diagnosis | None = None

    def export(findings: Findings) -> tuple[Findings, str | None]:
        nonlocal diagnosis
        won, exporting = _winner(cases, findings), None
        if won:
            exporting = _begin_export(session, won, findings)
            trained = _all(cases)
            diagnosis = session.attempt("the diagnosis", lambda: Diagnosis(session, *won, trained))
        exported, why_not = _end_export(session, won, exporting)
        evaluation = exported.evaluation if exported else None
        place = why_not or str(results.export_of(session.name).absolute())
        return with_export(findings, evaluation, place, next(iter(datasets.values())).meanings), why_not

    def diagnose(findings: Findings) -> Findings:
        limits = session.attempt("the diagnosis", diagnosis.limits) if diagnosis else None
        return findings if limits is None else with_limits(findings, limits)

    session.attempt("keeping the speed of this machine", lambda: estimate.remember(_all(cases)))
    return publish(session, findings, export, diagnose, lambda: table_of(session.name, cases))


def publish(
    session: Session[Declared],
    findings: Findings,
    export: Callable[[Findings], tuple[Findings, str | None]],
    diagnose: Callable[[Findings], Findings],
    trainings: Callable[[], pd.DataFrame | None],
) -> tuple[Outcome, Kept]:
    """Keeps findings, and puts export and report in their places.

    Args:
        session: that made the findings.
        findings: all that is said.
        export: exports what is to be exported; gives the findings with what was found, and why there is no
            export, if there is none.
        diagnose: adds what limits the winner.
        trainings: gives one row a training.

    Returns:
        The outcome, and what was kept of it.
    """
    name, identity = session.name, results.identity(session.study)
    kept = Kept(identity, findings, "none: the export was not finished")
    session.attempt("keeping the answer", lambda: results.keep(session.folder, kept))
    results.withdraw(name)
    session.say("exporting")
    findings, why_not = export(findings)
    session.say("reporting")
    drawn = session.attempt("the report", lambda: report.draw(findings))
    findings = diagnose(findings)
    page = None
    if drawn is not None:
        place = results.report_of(name)
        page = session.attempt("the report", lambda: report.write(findings, trainings(), place, drawn))
    kept = replace(kept, findings=findings, saved_model=why_not)
    if not session.failures:
        session.attempt("keeping the answer", lambda: results.seal(session.folder, name, kept))
    if page is not None:
        session.tracker.finish(page.parent, findings)
    where = page or "none: it could not be written", why_not or results.export_of(name)
    return Outcome(name, session.study, findings, *where), kept


Won = tuple[CaseRun, int]
"""The case that is ranked first, and the number of its best replicate."""


def _winner(cases: Sequence[CaseRun], findings: Findings) -> Won | None:
    """What won; None where no training of a winner reached its end."""
    case = next((case for case in cases if case.case.label == findings.best), None)
    number = case.best_replicate if case else None
    return None if case is None or number is None else (case, number)


def _begin_export(session: Session[Study], won: Won, findings: Findings) -> Future[Exported]:
    """Keeps the replicate that won as the winner, and has a worker export it."""
    case, number = won
    result, weights = case.replicates[number], case.path("replicate", number).with_suffix(".npz")
    origin = Origin(
        session.name, findings.question, findings.answer, result.config, result.test, findings.warnings
    )
    try:
        record = saved_model.save_winner(session.folder, origin, weights).absolute()
        return session.pool.submit(0, work.export, record, results.export_of(session.name).absolute())
    except (OSError, BrokenExecutor, ValueError) as error:
        refused: Future[Exported] = Future()
        refused.set_exception(error)
        return refused


def _end_export(
    session: Session[Study], won: Won | None, exporting: Future[Exported] | None
) -> tuple[Exported | None, str | None]:
    """Waits for the export; says why there is none, if there is none.

    A full disk or a worker that died is a failure, which the next start tries again. A model that cannot be
    exported is a fact.
    """
    if won is None or exporting is None:
        return None, "none: no training of a winner reached its end"
    try:
        exported = exporting.result()
    except (OSError, BrokenExecutor) as error:
        session.failed("the export", error)
        return None, f"none: {last_line(error)}"
    except (ValueError, RuntimeError) as error:
        return None, f"none: {last_line(error)}"
    case, number = won
    place, metrics = (session.tracker, session.name, session.folder), case.replicates[number].test
    session.attempt("logging the model", lambda: tracked.log_model(*place, exported, metrics))
    return exported, None


def _all(cases: Sequence[CaseRun]) -> list[Result]:
    return [result for case in cases for result in (*case.trials.values(), *case.replicates.values())]
