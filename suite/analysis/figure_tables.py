"""Makes the tables behind the figures: evidence in, tidy tables out. A row is a mark of its figure."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.evaluation import Evaluation
from suite.analysis.failures import how_lost
from suite.analysis.records import Comparison, Evidence, Ranked
from suite.analysis.statistics import computed_draws
from suite.analysis.words import joined


def drawn_range(values: Sequence[float], *, minimize: bool) -> tuple[float, float]:
    """The part of the axis to draw: up to Tukey's outer fence (quartile + 3 interquartile ranges) on the
    worse side.

    One run that diverged would otherwise press all others into one line. Infinite and missing values are
    ignored.

    Source: Tukey, Exploratory Data Analysis (1977), chapter 2.
    """
    finite = np.asarray(values, float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return 0.0, 1.0
    low, first, third, high = np.quantile(finite, (0, 0.25, 0.75, 1))
    fence = 3 * (third - first)
    low, high = (low, min(high, third + fence)) if minimize else (max(low, first - fence), high)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - margin), float(high + margin)


def curves(evidence: Sequence[Evidence], monitor: str) -> pd.DataFrame:
    """Training curves of the monitored metric: the median and the quartiles over the replicates.

    Evaluations that fewer than half of a level's replicates reached are left out: their median is another
    group's.

    Returns:
        Columns level, split (`validation` or `training`), epoch, low, median, high, replicates.
    """
    frames = []
    for item in evidence:
        for split, prefix in (("validation", "val_"), ("training", "train_")):
            runs = np.asarray(item.curves[prefix + monitor.removeprefix("val_")], float)
            runs = np.where(np.isfinite(runs), runs, np.nan)
            going = np.isfinite(runs).sum(axis=0)
            kept = (going > 0) & (2 * going >= len(runs))
            epoch = np.asarray(item.steps)[kept] / item.steps_per_epoch
            low, median, high = (
                np.nanquantile(runs[:, kept], (0.25, 0.5, 0.75), axis=0) if kept.any() else np.empty((3, 0))
            )
            frames.append(
                pd.DataFrame(
                    {
                        "level": item.level,
                        "split": split,
                        "epoch": epoch,
                        "low": low,
                        "median": median,
                        "high": high,
                        "replicates": going[kept],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def sensitivity(evidence: Sequence[Evidence], hyperparameter: str, *, minimize: bool) -> pd.DataFrame:
    """Every trial's objective against one searched hyperparameter, for the levels that search it.

    Returns:
        Columns level, x (1 - hyperparameter where it was searched by its distance from one), objective, shown
        (the objective, or the worse edge of the drawn range) and mark: `best`, `trial`, `pruned`, `off the
        scale`, `diverged` or `failed`; the best last, which draws it on top.
    """
    searched = [item for item in evidence if hyperparameter in item.trials]
    low, high = drawn_range([x for item in searched for x in item.trials["objective"]], minimize=minimize)
    inset = 0.02 * (high - low)  # keeps the marks at the edge inside the panel
    low, high = low + inset, high - inset
    frames = []
    for item in searched:
        trials = item.trials
        objective = trials["objective"].to_numpy(float)
        near_one = item.space.get(hyperparameter, (0, 0, ""))[2] == "near_one"
        finite = np.isfinite(objective) & (trials["status"] != "diverged").to_numpy()
        worse = objective > high if minimize else objective < low
        pruned = (trials["status"] == "pruned").to_numpy()
        failed = (trials["status"] == "failed").to_numpy()
        marks = {"failed": failed, "diverged": ~finite, "off the scale": worse, "pruned": pruned}
        mark = np.select([*marks.values()], [*marks], "trial").astype(object)
        finished = np.where(finite & ~pruned, objective if minimize else -objective, np.inf)
        if np.isfinite(finished).any():
            mark[np.argmin(finished)] = "best"
        x = trials[hyperparameter]
        frames.append(
            pd.DataFrame(
                {
                    "level": item.level,
                    "x": 1 - x if near_one else x,
                    "objective": np.where(finite, objective, np.nan),
                    "shown": np.clip(np.where(finite, objective, high if minimize else low), low, high),
                    "mark": mark,
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values("mark", key=lambda mark: mark == "best", kind="stable", ignore_index=True)


def score_range(evidence: Sequence[Evidence], comparison: Comparison) -> tuple[float, float]:
    """The part of the axis that shows the scores and their interquartile means."""
    means = [x for item in comparison.ranking for x in (item.iqm, item.ci_low, item.ci_high)]
    return drawn_range([*scores(evidence)["score"], *means], minimize=comparison.minimize)


def ranking(comparison: Comparison, limits: tuple[float, float]) -> pd.DataFrame:
    """Where each level stands.

    Returns:
        Columns rank, level, iqm, ci_low, ci_high, replicates, diverged, failed and note: why it is beyond
            `limits`, or empty.
    """
    names = ("level", "iqm", "ci_low", "ci_high", "replicates", "diverged", "failed")
    rows = [
        {"rank": rank} | {name: getattr(item, name) for name in names} | {"note": _note(item, limits)}
        for rank, item in enumerate(comparison.ranking, 1)
    ]
    return pd.DataFrame(rows)


def _note(item: Ranked, limits: tuple[float, float]) -> str:
    if limits[0] <= item.iqm <= limits[1]:
        return ""
    return f"off the scale: {item.iqm:.3g}" if np.isfinite(item.iqm) else how_lost(item)


def scores(evidence: Sequence[Evidence]) -> pd.DataFrame:
    """The replicates that did not diverge, one row each: columns level, replicate (from 1), score."""
    rows = [
        {"level": item.level, "replicate": number, "score": float(score)}
        for item in evidence
        for number, score in enumerate(item.scores, 1)
        if np.isfinite(score)
    ]
    return pd.DataFrame(rows, columns=["level", "replicate", "score"])


def arrivals(comparison: Comparison) -> pd.DataFrame:
    """How many replicates first reached the target at which epoch: columns level, epochs, replicates."""
    rows = []
    for item in comparison.ranking:
        epochs, counts = np.unique(
            item.epochs_to_target[np.isfinite(item.epochs_to_target)], return_counts=True
        )
        rows += [
            {"level": item.level, "epochs": e, "replicates": n} for e, n in zip(epochs, counts, strict=True)
        ]
    return pd.DataFrame(rows, columns=["level", "epochs", "replicates"])


def reached(comparison: Comparison) -> pd.DataFrame:
    """Columns level, reached, replicates, median: epochs to target; never counts as infinite, which is NaN
    here."""
    rows = []
    for item in comparison.ranking:
        epochs = np.asarray(item.epochs_to_target, float)
        middle = np.median(np.where(np.isfinite(epochs), epochs, np.inf)) if epochs.size else np.inf
        rows.append(
            {
                "level": item.level,
                "reached": int(np.isfinite(epochs).sum()),
                "replicates": int(epochs.size),
                "median": float(middle) if np.isfinite(middle) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def expected_best(comparison: Comparison) -> pd.DataFrame:
    """The best objective to expect after n trials, wherever it was computed: columns level, trials, expected,
    low, high; finite rows only."""
    frames = [
        pd.DataFrame(
            {
                "level": item.level,
                "trials": (trials := computed_draws(len(item.expected_best))),
                "expected": item.expected_best[trials - 1],
                "low": item.expected_best_low[trials - 1],
                "high": item.expected_best_high[trials - 1],
            }
        )
        for item in comparison.ranking
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[np.isfinite(table[["expected", "low", "high"]]).all(axis=1)].reset_index(drop=True)


def improvement(comparison: Comparison) -> pd.DataFrame:
    """How often a replicate of `row` is better than one of `column`, both ways; columns and probability,
    verdict."""
    rows = []
    for pair in comparison.pairs:
        if pair.verdict == "did not train":
            continue
        rows.append(
            {
                "row": pair.first,
                "column": pair.second,
                "probability": pair.probability,
                "verdict": pair.verdict,
            }
        )
        rows.append(
            {
                "row": pair.second,
                "column": pair.first,
                "probability": 1 - pair.probability,
                "verdict": pair.verdict,
            }
        )
    return pd.DataFrame(rows, columns=["row", "column", "probability", "verdict"])


def confusion(evaluation: Evaluation) -> pd.DataFrame:
    """Columns true, predicted, examples, and share: of the examples of the true class."""
    names = [row["class"] for row in evaluation.per_class]
    rows = [
        {"true": true, "predicted": predicted, "examples": count, "share": count / max(sum(counts), 1)}
        for true, counts in zip(names, evaluation.confusion, strict=True)
        for predicted, count in zip(names, counts, strict=True)
    ]
    return pd.DataFrame(rows)


def importances(importance: Mapping[str, float]) -> pd.DataFrame:
    """Columns hyperparameter, importance; the most important first."""
    table = pd.DataFrame({"hyperparameter": list(importance), "importance": list(importance.values())})
    return table.sort_values("importance", ascending=False, ignore_index=True)


def absent(data: pd.DataFrame, column: str, limits: tuple[float, float], order: Sequence[str]) -> str:
    """The end of a caption that names the levels of which nothing lies in the drawn range."""
    drawn = set(data["level"][data[column].between(*limits)])
    missing = [level for level in order if level not in drawn]
    return f"; without a result or off the scale: {joined(missing)}" if missing else ""
