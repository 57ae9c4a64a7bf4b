"""Is a network worth it? Simple methods of scikit-learn beside it, on the same examples.

They are fitted on train and validation, of which the network too has seen both, and measured on the same test
split (`suite.data.inspect.baseline`).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from suite.analysis.records import Figure, Measure, Section, Table, Text
from suite.data.dataset import Dataset
from suite.probes.estimates import CONFIDENCE, Levels, Measured, estimate, kinds, measures, stacked, text
from suite.study.config import Config

BATCH = 1000

TITLE = "Beside simple methods"

READING = (
    "Lead is the network's accuracy on the test split minus that of the best simple method, which sees the"
    " whole of every example: texts are not cut to `sequence_length` for it."
)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `methods` [methods] names and `accuracies` [methods] of the simple methods; `kept.accuracy` of the
        network, unless there are no kept weights.

    Raises:
        ValueError: the task is no classification.
    """
    from suite.probes.hidden import model_of
    from suite.training.load import load, prepared

    dataset = load(config)
    if dataset.task != "classification":
        raise ValueError(
            f"the probe `baselines` expects a classification. Received: {config.dataset}, a"
            f" {dataset.task.replace('_', ' ')}."
        )
    accuracies = _baselines(dataset)
    found = {"methods": np.array(list(accuracies)), "accuracies": np.array(list(accuracies.values()))}
    if kept is not None:
        data, model = prepared(config), model_of(config, kept)
        logits = [
            model(data.normalization(data.test.array[start : start + BATCH])).numpy()
            for start in range(0, len(data.test), BATCH)
        ]
        found["kept.accuracy"] = np.array(np.mean(np.concatenate(logits).argmax(axis=1) == data.test.y))
    return found


@lru_cache(maxsize=1)
def _baselines(dataset: Dataset) -> dict[str, float]:
    """Method -> accuracy on the test split."""
    from suite.data.inspect.baseline import baseline

    return {name: metrics["accuracy"] for name, metrics in baseline(dataset).items()}


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    accuracy = {label: stacked(measured[label], "kept.accuracy") for label in levels}
    first = next((each for replicates in measured.values() for each in replicates), None)
    if first is None:
        return Section("baselines", TITLE, (Text(("Nothing trained, so nothing is compared.",)),)), ()
    methods = dict(zip(map(str, first["methods"]), map(float, first["accuracies"]), strict=True))
    name, best = max(methods.items(), key=lambda item: item[1])
    lead = {label: values - best for label, values in accuracy.items()}
    found = (
        Measure("baselines.best", {}, best, best, best),
        *measures("baselines.accuracy", levels, accuracy),
        *measures("baselines.lead", levels, lead),
    )
    rows = [
        (label, text(values, percent=True), text(lead[label], percent=True))
        for label, values in accuracy.items()
    ]
    rows += [(method, f"{value:.2%}", "–") for method, value in methods.items()]
    ahead = [label for label, values in lead.items() if estimate(values).low > 0]
    said = (
        f"{name} tells {best:.2%} of the test examples right;"
        f" {len(ahead) or 'none'} of the {len(levels)} networks {'is' if len(ahead) < 2 else 'are'} better"
        " for sure."
    )
    blocks = (
        _figure(accuracy, name, best),
        Text((said,)),
        Table(("", "test accuracy", "lead"), tuple(rows), kinds=kinds(1, 2)),
        Text((READING,), kind="soft"),
    )
    return Section("baselines", TITLE, blocks), found


def _figure(accuracy: dict[str, np.ndarray], name: str, best: float) -> Figure:
    rows = [(label, *estimate(values)) for label, values in accuracy.items()]
    return Figure(
        "baselines",
        "bars",
        f"Networks, and {name} as the line",
        f"Interquartile mean over the replicates and its {CONFIDENCE:.0%} interval.",
        {"bars": pd.DataFrame(rows, columns=["name", "value", "low", "high"]).dropna()},
        {"x_title": "test accuracy", "rule": best, "format": ".1%"},
    )
