"""Answers a search, where nothing is compared: the best that was found, and which
hyperparameters mattered."""

from collections.abc import Iterator, Mapping

from suite.analysis import measures, search_figures, sections
from suite.analysis.answer import score
from suite.analysis.records import Comparison
from suite.analysis.shapes.records import Answered, Asked
from suite.analysis.words import listed, short
from suite.tasks import format_metric, metric_label

SMALL_SHARE = 0.1
"""Share of the variance between trials below which a hyperparameter hardly mattered in the space that was
searched."""


def answered(asked: Asked) -> Answered:
    """Names the best configuration and what mattered."""
    verdict, importance = asked.comparison, asked.importance
    (found,) = verdict.ranking
    return Answered(
        answer=in_words(verdict, importance),
        figure=search_figures.importances(importance) if importance else None,
        headline=sections.headline(verdict, verdict.ranking, None),
        order=(found.level,),
        measures=tuple(measures.of_search(found, importance)),
        summary={"importance": dict(importance)},
    )


def in_words(comparison: Comparison, importance: Mapping[str, float]) -> str:
    """Answers a search with nothing scientific: the best that was found, and which
    hyperparameters mattered."""
    (first,) = comparison.ranking
    settings = listed([f"{name}={short(value)}" for name, value in first.best_config.items()])
    found = (
        f"The best configuration found, {settings or 'the only one'}, reaches a"
        f" {metric_label(comparison.metric)}"
        f" of {score(first, comparison.metric)} over {first.replicates} fresh seeds"
    )
    beside = [
        f"{metric_label(name)} {format_metric(name, value)}"
        for name, value in first.tested.items()
        if name != comparison.metric
    ]
    return " ".join([f"{found} ({', '.join(beside)})." if beside else f"{found}.", *_mattered(importance)])


def _mattered(importance: Mapping[str, float]) -> Iterator[str]:
    """Which hyperparameters decided the outcome of the trials, and which hardly mattered."""
    shares = sorted(importance.items(), key=lambda item: -item[1])
    mattered = [f"{name} ({share:.0%})" for name, share in shares if share >= SMALL_SHARE]
    little = [name for name, share in shares if share < SMALL_SHARE]
    if mattered:
        hardly = f"; {listed(little)} hardly mattered" if little else ""
        yield (
            "Of the variation between the trials that were finished, most came from"
            f" {listed(mattered)}{hardly}."
        )
