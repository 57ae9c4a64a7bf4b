"""Holds what several commands share: their options, the console, and how settings are read."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from suite.running.cluster.request import Request
    from suite.study.prediction import Scalar

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
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="auto|HOST:PORT", help="Train on a Ray cluster; auto: this machine's own."
    ),
]
Needs = Annotated[
    list[str] | None,
    typer.Option(
        "--needs", metavar="NEED=AMOUNT", help="Of each worker there: cpus=1, gpus=0.5, memory=2 (GiB)."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and train nothing.")]


def settings(pairs: list[str] | None) -> dict[str, "Scalar"]:
    """Returns the settings that `FIELD=VALUE` texts are. Of a field the value is a text, which pydantic turns
    into what the field holds; of a name that is no field it is what the text reads as.

    Raises:
        ValueError: a text is none of that form.
    """
    from suite.study.config import Config
    from suite.study.settings import SETTABLE, value_of

    fields = {*Config.model_fields, *SETTABLE}
    return {name: text if name in fields else value_of(text) for name, text in texts(pairs).items()}


def request(cluster: str | None, needs: list[str] | None, workers: int | None) -> "Request | None":
    """Returns what these options ask of a cluster: see `suite.running.cluster.request.Request.parse`."""
    from suite.running.cluster.request import Request

    return Request.parse(cluster, texts(needs, "--needs"), workers)


def texts(pairs: list[str] | None, option: str = "--set") -> dict[str, str | None]:
    """Returns `NAME=VALUE` texts as a dict.

    Args:
        pairs: the texts.
        option: that they were given to.

    Raises:
        ValueError: a text is none of that form.
    """
    for pair in pairs or []:
        if "=" not in pair or pair.startswith("="):
            raise ValueError(f"`{option}` expects FIELD=VALUE. Received: {pair!r}.")
    split = (pair.split("=", 1) for pair in pairs or [])
    return {field: None if value == "null" else value for field, value in split}


def command_line(target: str, name: str, value: str, pairs: list[str] | None = None) -> str:
    """Returns what does a thing from the command line here: by `make` where there is a Makefile of the suite.

    Args:
        target: of make, and command of `suite`.
        name: of make's variable.
        value: of it, and argument of the command.
        pairs: FIELD=VALUE settings.
    """
    if by_make() and all(pair == shlex.quote(pair) for pair in pairs or []):
        words = f"make {target}" + (f" {name}={shlex.quote(value)}" if value else "")
        return words + (f' SET="{" ".join(pairs)}"' if pairs else "")
    options = [f"--set {shlex.quote(pair)}" for pair in pairs or []]
    return " ".join([program(), target, *([shlex.quote(value)] if value else []), *options])


def by_make() -> bool:
    """Says whether the suite's Makefile is in the current folder."""
    try:
        return "$(SUITE) study" in Path("Makefile").read_text(errors="replace")
    except OSError:
        return False


def program() -> str:
    """Returns what starts the `suite` command in this shell, without a path where none is needed."""
    started = Path(sys.argv[0])
    if started.name != "suite":
        return f"{shlex.quote(sys.executable)} -m suite"
    found = shutil.which("suite")
    return "suite" if found and Path(found).resolve() == started.resolve() else shlex.quote(sys.argv[0])
