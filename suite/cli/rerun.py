"""The command `suite rerun`."""

from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import console

if TYPE_CHECKING:
    from suite.running.rerun import Rerun


def command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run in the tracker; its page shows it.")],
) -> None:
    """Repeat one training that the tracker has, and say whether it gave the same numbers.

    Of the run of a study a replicate of its winner is repeated. Exit code 0: every number is the same to the
    last bit, or objective and test loss are within tolerance. 1: they are not. 2: the input is at fault.
    """
    from suite.running.rerun import rerun

    with console.status("training"):
        found = rerun(run)
    for line in lines(found):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    if found.verdict == "different":
        raise SystemExit(1)


def lines(found: "Rerun") -> list[str]:
    """Returns what a rerun found, a sentence each."""
    from suite.running.rerun import TOLERANCE

    said = [f"{found.run.name} ({found.run.run_id}): {found.verdict}."]
    if found.status[0] != found.status[1]:
        said.append(f"It was {found.status[0]}, and is {found.status[1]} now.")
    same, total = len(found.numbers) - len(found.unequal), len(found.numbers)
    said.append(f"{same} of {total} numbers are the same to the last bit.")
    point, distance = found.farthest
    if distance:
        recorded, again = found.numbers[point]
        said.append(
            f"{point[0]} was {recorded:.9g} and is {again:.9g} now, {distance:.1e} of the larger apart;"
            f" {TOLERANCE:.0%} is tolerated."
        )
    for name, (before, here) in found.differs.items():
        said.append(f"differs: {name} was {before or 'not set'}, and is {here or 'not set'} here.")
    if found.unequal and not found.differs:
        said.append("Versions, processor, threads, program and data are the same as recorded.")
    return said
