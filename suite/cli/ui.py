"""The command `suite ui`."""

import subprocess
from typing import Annotated

import typer
from rich.markup import escape

from suite.cli import interruption
from suite.cli.options import console


def command(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow UI over all studies, on http://127.0.0.1:PORT; of a server that keeps them, list the
    pages."""
    from suite.tracking import ui_address, ui_addresses, ui_command

    server = ui_command(port)
    for name, pages in ui_addresses(port).items():
        console.print(f"{escape(name):<20} {pages.runs}", soft_wrap=True, highlight=False)
        if pages.curves:
            console.print(f"{'':<20} curves of the best: {pages.curves}", soft_wrap=True, highlight=False)
    ends = "" if server is None else "   (Ctrl-C ends it)"
    console.print(f"All: {ui_address(port)}{ends}", highlight=False)
    if server is None:
        return
    interruption.unwind()
    process = subprocess.Popen(server)
    try:
        code = process.wait()
    except interruption.Interrupted as interrupted:
        process.terminate()
        process.wait()
        code = interrupted.code
    raise SystemExit(code)
