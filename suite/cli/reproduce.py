"""The command `suite reproduce`."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from suite.cli.options import Cluster, Needs, Workers, command_line, console, request
from suite.cli.plan import seconds
from suite.cli.study import attempt, conclude
from suite.study import catalog
from suite.study.demonstration import Demonstration
from suite.study.study import Study

if TYPE_CHECKING:
    from suite.report import reproduced


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Run these and no others, however long they take."),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, help="Run those that take about so long at most, each.")
    ] = 10,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
) -> None:
    """Try published tables again, shortest first, and put theirs beside ours.

    What is finished is not run again: an interrupted command goes on from there. Exit code 1: a study failed;
    the table has the others.
    """
    from suite import paths
    from suite.names import one_of
    from suite.report import reproduced
    from suite.running import conductor
    from suite.running.estimate import in_words

    known = catalog.names(catalog.PUBLISHED)
    named = {one_of("NAME", name, known) for name in names or ()}
    paths.check_writable()
    asked = request(cluster, needs, workers)
    declared = {name: _declared(name) for name in known}
    times = {name: seconds(study, workers) for name, study in declared.items()}
    tables, failed = [], []
    for name in sorted(known, key=times.__getitem__):
        study = declared[name]
        outcome = conductor.finished(study, name)
        if name in named if named else times[name] <= 60 * minutes:
            line = command_line("reproduce", "NAME", name)
            console.print(f"[dim]{name}, {in_words(times[name])}[/]", highlight=False)
            outcome = attempt(name, study, line, workers, asked)
            failed += [] if outcome and outcome.whole else [name]
        left = f"{in_words(times[name])}: `{command_line('reproduce', 'NAME', name)}`"
        findings = outcome.findings if outcome else None
        tables.append(reproduced.Table(name, study.question.strip(), left, findings))
    _show(tables)
    written = paths.home() / "reproduced.md"
    text = reproduced.markdown(tables)
    paths.replace(written, lambda file: file.write(text.encode()))
    conclude("tables", written, failed)


def _declared(name: str) -> Study | Demonstration:
    """A published table, without the experiments on its winner: nobody asks what limits that."""
    study = catalog.load(catalog.PUBLISHED / f"{name}.py")
    return study.replace(diagnosis_replicates=0) if isinstance(study, Study) else study


def _show(tables: "list[reproduced.Table]") -> None:
    """Prints one table of what was run, and lists what was not."""
    from suite.report import reproduced

    shown = Table("table", *reproduced.COLUMNS, box=None, pad_edge=False)
    for table in tables:
        for row in reproduced.rows(table):
            shown.add_row(*map(escape, (table.name, *row)))
    if shown.rows:
        console.print(shown, highlight=False)
    for table in tables:
        if table.findings is None:
            console.print(f"not run: {table.name}, {escape(table.left)}", soft_wrap=True, highlight=False)
