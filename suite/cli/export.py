"""The command `suite export`."""

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import Name, Set, command_line, console, settings
from suite.study import catalog
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.tasks import format_metric, metric_label


def command(
    name: Name,
    set_: Set = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the SavedModel.")] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Divide the logits by a temperature fitted on validation.")
    ] = False,
) -> None:
    """Write the winner of a finished study as a SavedModel that takes raw inputs.

    It is read back and checked on the test split.
    """
    line = command_line("study", "NAME", name, set_)
    name, chosen = catalog.changed(name, settings(set_))
    if isinstance(chosen, Demonstration):
        raise ValueError(f"`NAME` expects a study with trainings. Received: {name}, a demonstration.")
    from suite.running import results
    from suite.running.pool import work, workers

    record = results.folder_of(resolve(chosen), name) / "winner.json"
    if not record.exists():
        raise ValueError(
            f"`NAME` expects a study that was run. Received: {name}, which has no winner yet: {line}."
        )
    folder = (out or results.export_of(name)).absolute()
    with workers.Workers(1) as pool:
        exported = pool.submit(0, work.export, record.absolute(), folder, calibrate).result()
    console.print(f"{exported.path}", soft_wrap=True, highlight=False, markup=False)
    figures = ", ".join(
        f"{metric_label(metric)} {format_metric(metric, x)}"
        for metric, x in exported.evaluation.metrics.items()
    )
    if exported.uncalibrated is not None and exported.evaluation.calibration is not None:
        before, after = exported.uncalibrated.expected_error, exported.evaluation.calibration.expected_error
        figures += f"; temperature {exported.temperature:.3g}, calibration error {before:.2%} -> {after:.2%}"
    console.print(
        f"agrees with the Keras model on {exported.examples} test examples: {figures}", highlight=False
    )
