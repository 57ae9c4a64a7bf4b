"""The `suite` command. Starts fast: what needs TensorFlow, MLflow or Optuna is imported when it is used."""

import logging
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from suite.running import estimate
from suite.study import catalog
from suite.study.resolve import resolve
from suite.study.study import Study
from suite.tasks import format_metric, metric_label

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Questions about deep learning, answered by fair, fast, tracked experiments. `suite list` shows the questions.",
)
console = Console()
Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A study in studies/, or the path of your own file ending in .py."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Change a field of the study or of what it fixes; may be repeated.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes that train. By default what the machine has cores for."),
]


@app.command("list")
def list_() -> None:
    """Each study: its question, number of trainings and estimated time on this machine."""
    table = Table("study", "question", "trainings", "time", box=None, pad_edge=False)
    for name in catalog.names():
        study = catalog.load(catalog.STUDIES / f"{name}.py")
        table.add_row(
            name, study.question.strip(), str(study.trainings), estimate.in_words(_seconds(study, None))
        )
    console.print(table)
    console.print("Run one: [bold]suite study NAME[/], or [bold]make study NAME=...[/]")


@app.command()
def study(
    name: Name,
    set_: Set = None,
    workers: Workers = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and train nothing.")] = False,
) -> None:
    """Run a study, or go on with it: search, replicates, comparison, report, export."""
    command = _command(name, set_)
    name, chosen = catalog.changed(name, _settings(set_))
    chosen = resolve(chosen)
    if dry_run:
        _print_plan(name, chosen, workers)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from suite.running import workers as pool

    pool.warm_up()
    from suite.cli import display
    from suite.running import conductor as runner

    with display.Live(console, name, chosen) as live:
        outcome = runner.run(
            chosen, name, command=command, worker_count=workers or pool.default_count(), show=live
        )
    display.print_outcome(console, outcome)


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000) -> None:
    """Serve the MLflow UI over all studies, on http://127.0.0.1:PORT."""
    from suite.tracking import ui_addresses, ui_command

    command = ui_command(port)
    for name, pages in ui_addresses(port).items():
        console.print(f"{escape(name):<20} {pages.runs}", soft_wrap=True, highlight=False)
        if pages.curves:
            console.print(f"{'':<20} curves of the best: {pages.curves}", soft_wrap=True, highlight=False)
    console.print(f"All: http://127.0.0.1:{port}   (Ctrl-C ends it)", highlight=False)
    raise SystemExit(subprocess.call(command))


@app.command()
def export(
    name: Name,
    set_: Set = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the SavedModel.")] = None,
) -> None:
    """Write the winner of a finished study as a SavedModel that takes raw inputs; checked on the test split."""
    command = _command(name, set_)
    name, chosen = catalog.changed(name, _settings(set_))
    from suite import paths
    from suite.running import conductor as runner
    from suite.running import workers

    record = runner.folder_of(resolve(chosen), name) / "winner.json"
    if not record.exists():
        raise ValueError(
            f"`NAME` expects a study that was run. Received: {name}, which has no winner yet: {command}."
        )
    folder = (out or paths.home() / "exports" / name).absolute()
    with workers.Workers(1) as pool:
        exported = pool.submit(0, workers.export, record.absolute(), folder).result()
    console.print(f"{exported.path}", soft_wrap=True, highlight=False)
    figures = ", ".join(
        f"{metric_label(metric)} {format_metric(metric, x)}"
        for metric, x in exported.evaluation.metrics.items()
    )
    console.print(
        f"agrees with the Keras model on {exported.examples} test examples: {figures}", highlight=False
    )


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(help="A data set; all are listed without one.")] = None,
    target: Annotated[str | None, typer.Option(help="Of your own table: the column to predict.")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose equal values stay in one split.")] = None,
    time: Annotated[str | None, typer.Option(help="Column by which splits go from past to future.")] = None,
    set_: Set = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Fit simple methods of scikit-learn: what to beat.")
    ] = False,
) -> None:
    """Get a data set, or read your own file or folder, and describe it: source, licence, splits, classes, checksum, examples."""
    from suite.data import DATASETS, OWN_FIELDS, load
    from suite.data.inspect.card import card
    from suite.study.config import Config

    if name is None:
        console.print("\n".join(DATASETS))
        return
    checked = Config(**{"dataset": name, "target": target, "group": group, "time": time, **_settings(set_)})
    dataset = load(checked.dataset, **{field: getattr(checked, field) for field in OWN_FIELDS})
    console.print(escape(card(dataset)), highlight=False)
    _print_samples(dataset)
    if baseline:
        from suite.data.inspect import baseline as methods

        console.print("\n[bold]baselines[/], fitted on train and validation, measured on test")
        console.print(
            _table(
                ({"method": method} | {key: f"{value:.4g}" for key, value in measured.items()})
                for method, measured in methods.baseline(dataset).items()
            )
        )


def _print_samples(dataset) -> None:
    from suite.data.inspect import samples

    if samples.is_pictures(dataset):
        console.print(f"pictures  {samples.sheet(dataset)}", soft_wrap=True, highlight=False)
    else:
        console.print("\n[bold]examples[/] of the training split")
        console.print(_table(samples.rows(dataset)))


def _table(rows: Iterable[dict[str, str]]) -> Table:
    """Rows under the columns of all of them."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*map(escape, columns), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(row.get(column, "")) for column in columns))
    return table


@app.command()
def describe(
    config: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONFIG]...",
            help="A study or a model, and settings FIELD=VALUE, as: model=rnn dataset=imdb",
        ),
    ] = None,
) -> None:
    """Layers of a model on its data: output shapes, parameters, FLOPs."""
    names = [word for word in config or [] if "=" not in word]
    if len(names) > 1:
        raise ValueError(
            f"`CONFIG` expects one name and settings FIELD=VALUE. Received: {' '.join(names)!r}."
        )
    settings = _settings([word for word in config or [] if "=" in word])
    from suite.cli import describe as description

    for label, chosen in description.configs(names[0] if names else None, settings).items():
        _print_layers(f"{label} on {chosen.dataset}", description.of_config(chosen))


def _print_layers(title: str, rows: list) -> None:
    table = Table(
        "layer", "kind", "output", box=None, pad_edge=False, title=escape(title), title_justify="left"
    )
    table.add_column("parameters", justify="right")
    table.add_column("FLOPs an example", justify="right")
    for row in rows:
        table.add_row(escape(row.name), row.kind, row.output, f"{row.parameters:,}", f"{row.flops:,}")
    parameters, flops = sum(row.parameters for row in rows), sum(row.flops for row in rows)
    table.add_row("[bold]total[/]", "", "", f"[bold]{parameters:,}[/]", f"[bold]{flops:,}[/]")
    console.print(table)
    console.print(
        "FLOPs: forward, matrix products and convolutions, a multiplication and an addition being 2.",
        highlight=False,
    )


@app.command()
def bench(
    full: Annotated[bool, typer.Option("--full", help="Every row; takes much longer.")] = False,
) -> None:
    """Measure the engine against `model.fit`, and a whole study against Optuna + fit + MLflow."""
    from suite import bench

    bench.main(console, full=full)


def main() -> None:
    """Entry point: errors of input end in one line and exit code 2, an interruption in 130."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("suite.data").setLevel(logging.INFO)
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except ValidationError as error:
        _fail(catalog.explain(error))
    except typer.TyperException as error:
        _fail(error.format_message())
    except (ValueError, OSError) as error:
        _fail(str(error))
    except RuntimeError as error:
        _fail(str(error), code=1)
    raise SystemExit(code)


def _fail(message: str, code: int = 2) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] {escape(message)}", highlight=False)
    raise SystemExit(code)


def _settings(pairs: list[str] | None) -> dict[str, str | None]:
    """`FIELD=VALUE` texts as a dict; pydantic turns the values into what the fields hold."""
    for pair in pairs or []:
        if "=" not in pair or pair.startswith("="):
            raise ValueError(f"`--set` expects FIELD=VALUE. Received: {pair!r}.")
    split = (pair.split("=", 1) for pair in pairs or [])
    return {field: None if value == "null" else value for field, value in split}


def _command(name: str, set_: list[str] | None) -> str:
    """What runs a study from the command line."""
    return f"make study NAME={name}" + (f' SET="{" ".join(set_)}"' if set_ else "")


def _seconds(chosen: Study, workers: int | None) -> float:
    from suite.running.workers import default_count

    return estimate.seconds(chosen, workers or default_count())


def _print_plan(name: str, chosen: Study, workers: int | None) -> None:
    """The plan of a study: every sub-search, its space, trainings and estimated time."""
    console.print(f"[bold]{name}[/]: {escape(chosen.question.strip())}")
    table = Table("value", "trials", "replicates", "searched", box=None, pad_edge=False)
    for case in chosen.cases:
        space = "\n".join(f"{name} ~ {distribution}" for name, distribution in case.space.items())
        table.add_row(case.label, str(chosen.trials_of(case)), str(chosen.replicates), space)
    console.print(table)
    fixed = chosen.fixed
    console.print(
        f"Fixed: dataset={fixed.dataset} train_size={fixed.train_size or 'all'} model={fixed.model} batch_size={fixed.batch_size}"
        f" epochs={fixed.epochs}; sampler={chosen.sampler}, pruner={chosen.pruner or 'none'}"
    )
    console.print(
        f"{chosen.trainings} trainings, {estimate.in_words(_seconds(chosen, workers))} on this machine. Nothing was trained."
    )


if __name__ == "__main__":
    main()
