"""Learning curves that others published: which sizes foretell which, on curves made by hand."""

import numpy as np
import pandas as pd
import pytest

from suite.validation.public_curves import COLUMNS, LEARNERS, measure

SIZES = [16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512]
"""As LCDB has them: each second one is twice the one before."""


def curve(openml, loss, sizes=SIZES, learner=LEARNERS[0], replicates=5) -> pd.DataFrame:
    noise = 1e-3 * np.linspace(-1, 1, replicates)
    rows = [(openml, learner, size, loss(size) + each) for size in sizes for each in noise]
    return pd.DataFrame(rows, columns=COLUMNS)


def law(size):
    return 0.1 + 4 / size


def test_a_power_law_is_foretold_and_a_later_rise_is_not():
    losses = pd.concat([curve(3, law), curve(6, lambda size: law(size) + (size > 300))])
    ((learner, (kept, lost)),) = measure(losses).items()
    assert (learner, kept.dataset, lost.dataset) == (LEARNERS[0], "OpenML 3", "OpenML 6")
    assert kept.inside and kept.measured == pytest.approx(law(512))
    assert not lost.inside and lost.measured == pytest.approx(law(512) + 1)
    assert lost.high == pytest.approx(kept.high)  # of sizes up to 128 alone


def test_short_curves_and_sizes_of_too_few_trainings_are_left_out():
    few, short = curve(3, law, replicates=3), curve(6, law, sizes=SIZES[:-1])
    diverged = curve(8, law)
    diverged.loc[diverged.size_train == 512, "score_test"] = np.inf
    assert measure(pd.concat([few, short, diverged])) == {}
    assert list(measure(pd.concat([few, curve(9, law, learner=LEARNERS[1])]))) == [LEARNERS[1]]
