"""The command `suite data`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from suite.cli.options import Set, console, settings

if TYPE_CHECKING:
    from suite.data.dataset import Dataset


def command(
    name: Annotated[str | None, typer.Argument(help="A data set; all are listed without one.")] = None,
    target: Annotated[str | None, typer.Option(help="Of your own table: the column to predict.")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose equal values stay in one split.")] = None,
    time: Annotated[str | None, typer.Option(help="Column by which splits go from past to future.")] = None,
    set_: Set = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Fit simple methods of scikit-learn: what to beat.")
    ] = False,
) -> None:
    """Get a data set, or read your own file or folder, and describe it.

    It shows source, licence, splits, classes, checksum and examples.
    """
    from suite.data import DATASETS, OWN_FIELDS, load
    from suite.data.inspect.card import card
    from suite.study.config import Config

    if name is None:
        console.print("\n".join(DATASETS))
        return
    given = {"dataset": name, "target": target, "group": group, "time": time, **settings(set_)}
    checked = Config.model_validate(given)
    dataset = load(
        checked.dataset, **{field: getattr(checked, field) for field in ("quantiles", *OWN_FIELDS)}
    )
    console.print(escape(card(dataset)), highlight=False)
    _print_samples(dataset)
    if baseline:
        _print_baselines(dataset)


def _print_samples(dataset: "Dataset") -> None:
    from suite.data.inspect import samples

    if samples.is_pictures(dataset):
        console.print(f"pictures  {samples.sheet(dataset)}", soft_wrap=True, highlight=False)
    else:
        console.print("\n[bold]examples[/] of the training split")
        console.print(_table(samples.rows(dataset)))


def _print_baselines(dataset: "Dataset") -> None:
    from suite.data.inspect.baseline import baseline

    console.print("\n[bold]baselines[/], fitted on train and validation, measured on test")
    rows = (
        {"method": method} | {key: f"{value:.4g}" for key, value in measured.items()}
        for method, measured in baseline(dataset).items()
    )
    console.print(_table(rows))


def _table(rows: Iterable[Mapping[str, str]]) -> Table:
    """Rows under the columns of all of them."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*map(escape, columns), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(row.get(column, "")) for column in columns))
    return table
