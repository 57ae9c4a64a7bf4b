"""Prints what a study will do, and about how long it will take."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from suite.running import estimate
from suite.study.demonstration import Demonstration
from suite.study.study import Case, Study


def seconds(study: Study | Demonstration, workers: int | None) -> float:
    """Estimates the wall time of a study; None: with as many workers as suit this machine."""
    if isinstance(study, Demonstration):
        return estimate.START
    from suite.running.pool.workers import default_count

    return estimate.seconds(study, workers or default_count())


def show(console: Console, name: str, study: Study | Demonstration, workers: int | None) -> None:
    """Prints the plan of a study: every search, its space, trainings and estimated time."""
    console.print(f"[bold]{escape(name)}[/]: {escape(study.question.strip())}", highlight=False)
    if isinstance(study, Demonstration):
        settings = ", ".join(f"{name}={value}" for name, value in study.settings.items())
        console.print(f"Demonstration {study.demonstration}: {escape(settings or 'its defaults')}.")
        console.print("No trainings. Nothing was computed.")
        return
    console.print(_searches(study))
    fixed = study.fixed
    facts = {
        "dataset": fixed.dataset, "train_size": fixed.train_size or "all", "model": fixed.model,
        "batch_size": fixed.batch_size, "epochs": fixed.epochs,
    }  # fmt: skip
    shown = " ".join(f"{field}={value}" for field, value in facts.items())
    console.print(f"Fixed: {escape(shown)}; sampler={study.sampler}, pruner={study.prunes or 'none'}")
    console.print(
        f"{study.trainings} trainings, {estimate.in_words(seconds(study, workers))} on this machine."
        " Nothing was trained."
    )


def _searches(study: Study) -> Table:
    table = Table("level", "trials", "replicates", "searched", box=None, pad_edge=False)
    for case in study.cases:
        space = "\n".join(f"{name} ~ {distribution}" for name, distribution in case.space.items())
        table.add_row(escape(case.label), _trials(study, case), str(study.replicates), escape(space))
    return table


def _trials(study: Study, case: Case) -> str:
    """Trials of each search, and how many searches there are."""
    searches, trials = study.searches_of(case), study.trials_of(case)
    return str(trials) if searches == 1 else f"{searches} x {trials}"
