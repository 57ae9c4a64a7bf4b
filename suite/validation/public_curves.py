"""Measures whether a power law foretells learning curves that others published.

They are those of LCDB (Mohr, Viering, Loog and van Rijn 2022, doi:10.1007/978-3-031-26419-1_1): classifiers
of scikit-learn, with their default settings, on 246 data sets of OpenML.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import paths
from suite.analysis.power_law import FEWEST, fit
from suite.data.published import packages
from suite.validation.extrapolation import CONFIDENCE, FURTHER, Foretold

if TYPE_CHECKING:
    import pandas as pd

PACKAGE = "lcdb==0.1.0 --hash=sha256:450ea69b249866298653f718d66a825e3d19a4024dd4ff140b89f2e04d4777ae"
LOSSES = "lcdb-0.1.0/lcdb/database-logloss.csv"
COLUMNS = ("openmlid", "learner", "size_train", "score_test")

LEARNERS = (
    "sklearn.neural_network.MLPClassifier", "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.RandomForestClassifier", "sklearn.ensemble.GradientBoostingClassifier",
)  # fmt: skip

SMALLEST = 512
"""Examples of the size that is foretold, at least."""

REPLICATES = 4
"""Of a size, at least; LCDB has up to 25."""


def table(*, odd: bool) -> "pd.DataFrame":
    """Gives the cross-entropy on the test split of each training: COLUMNS, of LEARNERS.

    It is kept below `suite.paths.home()`.

    Args:
        odd: the data sets with odd ids, which `suite.analysis.power_law.MISSES` was measured on; else those
            with even ones.

    Raises:
        suite.data.cache.DataUnavailable: the package could not be had.
    """
    import pandas as pd

    kept = paths.home() / "data" / "lcdb.csv"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            packages.pip_source(PACKAGE, Path(folder))
            losses = pd.read_csv(Path(folder, LOSSES), usecols=COLUMNS)
        text = losses[losses.learner.isin(LEARNERS)].to_csv(index=False)
        kept.parent.mkdir(parents=True, exist_ok=True)
        paths.replace(kept, lambda file: file.write(text.encode()))
    every = pd.read_csv(kept)
    return every[every.openmlid % 2 == odd]


def measure(losses: "pd.DataFrame") -> dict[str, list[Foretold]]:
    """Foretells the loss at the largest size of each curve from four sizes, the largest a quarter of it.

    Args:
        losses: as `table` gives it.

    Returns:
        Learner -> what was foretold on each data set that is large enough.
    """
    found: dict[str, list[Foretold]] = {}
    for (learner, openml), curve in losses.groupby(["learner", "openmlid"]):
        finite = curve[np.isfinite(curve.score_test)]
        by_size = {
            int(size): rows.to_numpy()
            for size, rows in finite.groupby("size_train").score_test
            if len(rows) >= REPLICATES
        }
        largest = max(by_size, default=0)
        # sizes of LCDB grow by the root of two: each second one is twice the one before
        small = [size for size in sorted(by_size) if size <= largest / FURTHER][::-2][:FEWEST][::-1]
        if largest < SMALLEST or len(small) < FEWEST:
            continue
        law = fit(small, [by_size[size] for size in small], confidence=CONFIDENCE)
        measured = float(by_size[largest].mean())
        found.setdefault(learner, []).append(Foretold(f"OpenML {openml}", 0, measured, *law.at(largest)))
    return found
