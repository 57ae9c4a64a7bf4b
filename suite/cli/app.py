"""Wires the `suite` command together. Imports nothing heavy before it can be interrupted in one line."""

import sys

from suite.cli import interruption

TYPE_CHECKING = False  # `typing` itself is slow to import

if TYPE_CHECKING:
    import typer


def main() -> None:
    """Runs the command: errors of input end in one line and exit code 2, other failures in 1."""
    interruption.end_at_once()
    import logging

    import typer
    from pydantic import ValidationError

    from suite.study import catalog

    logging.basicConfig(format="%(message)s")
    logging.getLogger("suite.data").setLevel(logging.INFO)
    try:
        code = app()(sys.argv[1:] or ["--help"], standalone_mode=False)
    except ValidationError as error:
        fail(catalog.explain(error))
    except typer.TyperException as error:
        fail(error.format_message())
    except (ValueError, OSError) as error:
        fail(str(error))
    except RuntimeError as error:
        fail(str(error), code=1)
    raise SystemExit(code)


def app() -> "typer.Typer":
    """Makes the command of its parts, in the order of its help."""
    import typer

    from suite.cli import (
        bench,
        compare,
        course,
        data,
        describe,
        diagnose,
        export,
        gather,
        learning_curve,
        list,
        next,
        reproduce,
        rerun,
        study,
        ui,
        validate,
        validation_curve,
    )  # fmt: skip

    made = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Questions about deep learning, answered by fair, fast, tracked experiments."
        " `suite list` shows the questions.",
    )
    studies = (list, study, gather, compare, course, reproduce, learning_curve, validation_curve)
    of_one = (diagnose, next, rerun)
    for module in (*studies, *of_one, ui, export, data, describe, bench, validate):
        made.command(module.__name__.rpartition(".")[2].replace("_", "-"))(module.command)
    return made


def fail(message: str, code: int = 2) -> None:
    """Ends the command with an error in one line."""
    from rich.console import Console
    from rich.markup import escape

    line = " ".join(message.split("\n")) if code == 2 else message
    Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] {escape(line)}", highlight=False)
    raise SystemExit(code)
