"""`make validate`: whether the suite's verdicts are right, on problems whose answer is known."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from suite import paths
from suite.data.cache import DataUnavailable

MEASURED_FROM, FULL_FROM = 3000, 10_000
"""First seeds of the problems that the quick and the full part measure on: those below were looked at
in making the diagnosis, and none of the full part's were."""

CURVES_FROM = 20
"""First seed of the learning curves of the full part: those below were looked at in making the power law."""


def main(console: Console, *, full: bool, problems: int | None = None) -> Path:
    """Measures, prints and writes `validation/<time>.json` below `suite.paths.home()`.

    What of it is finished is not measured again.

    Args:
        console: to print on. full: 200 problems and 200 comparisons in place of 5 and 40, 20 repeats of three
            studies in place of 3 of one, and 50 learning curves and published ones in place of one.
        problems: most that are diagnosed; None: all of them.

    Returns:
        The file that was written.
    """
    from suite.running.pool.workers import Workers, default_count
    from suite.validation import diagnoses, extrapolation, public_curves, repeats, same

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, highlight=False)

    folder = paths.check_writable() / "validation"
    folder.mkdir(exist_ok=True)
    seeds = range(FULL_FROM, FULL_FROM + 40) if full else [MEASURED_FROM]
    judged, counts = {}, {}
    for cheap, whose in ((False, "by all experiments"), (True, "as at the end of a study")):
        say(f"Diagnoses of problems with a known answer, {whose}:")
        judged[whose] = diagnoses.measure(
            seeds,
            folder,
            lambda each: say(
                f"  {each.truth}: {each.verdict} ({each.outcome})"
                + ("" if each.clear else "; left out, as its loss does not show what was built in")
            ),
            problems,
            cheap,
        )
        clear = [each.outcome for each in judged[whose] if each.clear]
        counts[whose] = {outcome: clear.count(outcome) for outcome in ("right", "opposite", "can't tell")}
        told = ", ".join(f"{outcome} {count}" for outcome, count in counts[whose].items())
        say(f"of {len(clear)} clear problems: {told}")
    comparisons = 200 if full else 40
    wins = same.winners(comparisons, 40 if full else 12)
    say(f"One procedure under two names: a winner in {wins} of {comparisons}.")
    repeated, count = {}, 20 if full else 3
    with Workers(default_count()) as pool:
        for name, study in list(repeats.studies().items())[: None if full else 1]:
            say(f"The study {name}, {count} times with other seeds:")
            shares = repeats.measure(name, study, range(count), pool)
            repeated[name] = shares
            for claim, text in repeats.CLAIMS.items():
                say(f"  {text}: {_share(shares[claim])}")
        say("A power law through a quarter of the examples, and the loss with all of them:")
        foretold = extrapolation.measure(
            range(CURVES_FROM, CURVES_FROM + 10) if full else [0],
            pool,
            lambda each: say(
                f"  {each.dataset}: foretold {each.low:.4g} to {each.high:.4g}, measured {each.measured:.4g}"
            ),
            list(extrapolation.SETS)[: None if full else 1],
        )
    inside = sum(each.inside for each in foretold)
    say(f"inside the {extrapolation.CONFIDENCE:.0%} interval: {_share((inside, len(foretold)))}")
    public = {}
    if full:
        try:
            public = public_curves.measure(public_curves.table(odd=False))
        except DataUnavailable as problem:  # what was measured is written all the same
            say(f"Published learning curves were left out: {problem}")
    for learner, each in public.items():
        say(f"  of published curves of {learner}: {_share((sum(one.inside for one in each), len(each)))}")
    record = {
        "diagnoses": {whose: [vars(each) for each in found] for whose, found in judged.items()},
        "counts": counts,
        "winners": [wins, comparisons],
        "repeats": repeated,
        "extrapolations": [vars(each) for each in foretold],
        "inside": [inside, len(foretold)],
        "public": {learner: [vars(one) for one in each] for learner, each in public.items()},
    }
    path = folder / f"{datetime.now():%Y-%m-%dT%H-%M-%S}.json"
    path.write_text(json.dumps(record, indent=1, default=bool))
    say(f"Written: {path}")
    return path


def _share(counts: Sequence[int]) -> str:
    count, of = counts
    return f"{count} of {of}" + (f" ({count / of:.1%})" if of else "")
