"""The command `suite list`."""

from rich.table import Table

from suite.cli.options import by_make, console, program
from suite.cli.plan import seconds
from suite.running import estimate
from suite.study import catalog


def command() -> None:
    """Each study: its question, number of trainings and estimated time on this machine."""
    table = Table("study", "question", "trainings", "time", box=None, pad_edge=False)
    for name in catalog.names():
        study = catalog.load(catalog.STUDIES / f"{name}.py")
        table.add_row(
            name, study.question.strip(), str(study.trainings), estimate.in_words(seconds(study, None))
        )
    console.print(table)
    run = "make study NAME=..." if by_make() else f"{program()} study NAME"
    console.print(f"Run one: [bold]{run}[/]", highlight=False)
