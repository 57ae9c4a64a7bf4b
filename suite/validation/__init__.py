"""`make validate`: whether the suite's verdicts are right, on problems whose answer is known."""

import json
from datetime import datetime
from pathlib import Path

from rich.console import Console

from suite import paths

MEASURED_FROM = 3000
"""First seed of the problems that are measured on: those below were looked at in making the diagnosis."""


def main(console: Console, *, full: bool, problems: int | None = None) -> Path:
    """Measures, prints and writes `validation/<time>.json` below `suite.paths.home()`.

    Args:
        console: to print on. full: 60 problems and 200 comparisons in place of 5 and 40; takes half an hour.
        problems: most that are diagnosed; None: all of them.

    Returns:
        The file that was written.
    """
    from suite.validation import diagnoses, same

    folder = paths.check_writable() / "validation"
    folder.mkdir(exist_ok=True)
    seeds = range(MEASURED_FROM, MEASURED_FROM + (12 if full else 1))
    console.print("Diagnoses of problems with a known answer:")
    judged = diagnoses.measure(
        seeds,
        lambda each: console.print(
            f"  {each.truth}: {each.verdict} ({each.outcome})"
            + ("" if each.clear else "; left out, as its loss does not show what was built in"),
            highlight=False,
        ),
        problems,
    )
    clear = [each.outcome for each in judged if each.clear]
    counts = {outcome: clear.count(outcome) for outcome in ("right", "opposite", "can't tell")}
    told = ", ".join(f"{outcome} {count}" for outcome, count in counts.items())
    console.print(f"of {len(clear)} clear problems: {told}", highlight=False)
    repeats = 200 if full else 40
    wins = same.winners(repeats, 40 if full else 12)
    console.print(f"One procedure under two names: a winner in {wins} of {repeats}.", highlight=False)
    record = {"diagnoses": [vars(each) for each in judged], "counts": counts, "winners": [wins, repeats]}
    path = folder / f"{datetime.now():%Y-%m-%dT%H-%M-%S}.json"
    path.write_text(json.dumps(record, indent=1, default=bool))
    console.print(f"Written: {path}", soft_wrap=True, highlight=False)
    return path
