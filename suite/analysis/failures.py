"""Says what became of trainings that failed, as their worker was lost, and of those that diverged."""

from collections.abc import Iterator, Sequence

from suite.analysis.records import Evidence, Ranked
from suite.analysis.words import coordinates, joined

TO_DO = {
    "memory limit": "Raise `memory_limit`, or make the model or its batches smaller",
    "time limit": "Raise `time_limit`, or make the training shorter",
    "died": "Fewer WORKERS leave more memory for each; a start with another `memory_limit` tries again",
}
"""What a reason contains -> what to do."""


def failures(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Says how many trainings failed, why, of which levels, and what to do: a line for each reason."""
    for reason in dict.fromkeys(reason for item in evidence for reason in item.failures):
        of_it = [item for item in evidence if reason in item.failures]
        levels = list(dict.fromkeys(coordinates(item.levels) for item in of_it))
        count = sum(item.failures[reason] for item in of_it)
        of = f" ({joined(levels)})" if len(evidence) > 1 else ""
        to_do = next(text for part, text in TO_DO.items() if part in reason)
        yield f"{count} training{'s' * (count > 1)} failed{of}: {reason}. {to_do}."


def how_lost(*places: Ranked) -> str:
    """Says what became of levels without a result: of their replicates, else of their trials."""
    diverged = any(place.diverged if place.replicates else place.diverged_trials for place in places)
    failed = any(place.failed if place.replicates else place.failed_trials for place in places)
    return "diverged or failed" if diverged and failed else "failed" if failed else "diverged"
