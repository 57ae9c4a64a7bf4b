"""The command `suite diagnose`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from suite.cli.options import Set, console, settings
from suite.study.config import Config
from suite.study.prediction import Scalar

if TYPE_CHECKING:
    from pathlib import Path

    from suite.analysis.limits import Limits

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CONFIG]...", help="A model, and settings FIELD=VALUE, as: lenet5 dataset=mnist epochs=5"
    ),
]
OfStudy = Annotated[
    str | None, typer.Option("--study", metavar="NAME", help="The winner of a study that was run.")
]
OfRun = Annotated[str | None, typer.Option("--run", metavar="ID", help="A run in the tracker.")]
Replicates = Annotated[int, typer.Option(min=2, help="Trainings of each experiment.")]


def command(
    config: Words = None,
    study: OfStudy = None,
    run: OfRun = None,
    set_: Set = None,
    replicates: Replicates = 4,
) -> None:
    """Find out by experiments what limits a training, and what to do next."""
    from suite.running.pool.workers import start_tensorflow

    start_tensorflow()
    name, chosen = subject(config, study, run, set_)
    console.print(f"[bold]{escape(name)}[/]: what limits it?", highlight=False)
    _, path = diagnosed(name, chosen, replicates)
    console.print(f"\nkept in {path}", soft_wrap=True, highlight=False, markup=False)


def diagnosed(name: str, chosen: Config, replicates: int) -> "tuple[Limits, Path]":
    """Diagnoses a training, keeps and prints what was found, and gives it with the path where it is kept."""
    from suite.diagnosis.diagnose import diagnose
    from suite.running import kept_diagnosis

    with console.status("") as status:
        limits = diagnose(chosen, replicates=replicates, say=lambda doing: status.update(escape(doing)))
    path = kept_diagnosis.keep(name, chosen, limits)
    show(limits)
    return limits, path


def split(words: Sequence[str] | None) -> dict[str, Scalar]:
    """Gives the settings that words such as `lenet5 dataset=mnist` are."""
    named = [word for word in words or [] if "=" not in word]
    if len(named) > 1:
        raise ValueError(f"`CONFIG` expects one model and FIELD=VALUE. Received: {' '.join(named)!r}.")
    given = settings([word for word in words or [] if "=" in word])
    return {**({"model": named[0]} if named else {}), **given}


def subject(
    words: Sequence[str] | None, study: str | None, run: str | None, set_: list[str] | None
) -> tuple[str, Config]:
    """Finds what is asked about: exactly one of a configuration, a study and a run."""
    from suite.running import subject as subjects

    if sum(map(bool, (words, study, run))) != 1 or (set_ and not study):
        raise ValueError(
            "expects a configuration, --study NAME (with its --set) or --run ID: exactly one of them."
            f" Received: CONFIG={' '.join(words or [])!r}, NAME={study or ''!r}, RUN={run or ''!r}."
        )
    if study:
        return subjects.of_study(study, settings(set_))
    return subjects.of_run(run) if run else subjects.of_config(split(words))


def show(limits: "Limits") -> None:
    """Prints a diagnosis: the verdict, the parts of the loss, the evidence and the next steps."""
    from suite.analysis import limited
    from suite.cli.display import table

    console.print(f"\n[bold]{limits.verdict.capitalize()}.[/]\n", highlight=False)
    if limits.numbers:
        console.print(table(limited.parts(limits), console.width), highlight=False)
        console.print()
    for text in limits.evidence:
        console.print(f"- {escape(text)}", highlight=False)
    console.print()
    console.print(table(limited.next_steps(limits), console.width), highlight=False)
