"""The command `suite course`."""

from typing import Annotated

import typer
from rich.markup import escape

from suite.cli.options import Cluster, Needs, Workers, command_line, console, request
from suite.cli.study import attempt, conclude
from suite.study import catalog, course
from suite.study.sizes import SIZES


def command(
    size: Annotated[str, typer.Option(help=f"Of every study: {', '.join(SIZES[:2])}.")] = "small",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="STUDY", help="Leave out all others; may be repeated."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
) -> None:
    """Run every study in the order of the concept guide, and make one site of their pages.

    What is finished is not run again: an interrupted course goes on by the same command. Exit code 1: a study
    failed; the site has the others.
    """
    from suite import paths
    from suite.names import one_of
    from suite.report import site

    one_of("size", size, SIZES[:2])
    asked = request(cluster, needs, workers)
    pages, failed = [], []
    chapters = course.chapters()
    if only:
        named = {one_of("only", name, [chapter.study for chapter in chapters]) for name in only}
        chapters = [chapter for chapter in chapters if chapter.study in named]
    for number, chapter in enumerate(chapters, 1):
        name, study = catalog.changed(chapter.study, {"size": size})
        line = command_line("study", "NAME", chapter.study, [f"size={size}"])
        console.print(f"[dim]{number} of {len(chapters)}, {escape(chapter.concept)}[/]", highlight=False)
        outcome = attempt(name, study, line, workers, asked)
        if outcome:
            pages.append(site.Page(chapter, outcome.findings, outcome.page))
        failed += [] if outcome and outcome.whole else [chapter.study]
    conclude("course", site.write(pages, paths.home() / "course"), failed)
