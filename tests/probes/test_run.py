"""Every probe keeps its contract: it measures in a worker and finds without TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest

from suite import Config
from suite.analysis.records import Measure, Section
from suite.probes import PROBES
from suite.probes.run import find, measure_replicate
from suite.training.engine import train

CONFIG = Config(dataset="digits", train_size=256, validation_size=128, width=8, depth=2, epochs=1, seed=4)

ANSWERS = ("bias_variance", "ensemble", "seeds")
"""Probes that compare what the kept weights answer, and ask nothing of the initial ones."""


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "0.npz"
    np.savez(path, *train(CONFIG, weights=True).weights)
    return path


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_measures_both_weights_and_finds(name, weights_file):
    measured = measure_replicate(name, CONFIG, weights_file)
    assert all(isinstance(values, np.ndarray | np.generic) for values in measured.values())
    kinds = {key.split(".")[0] for key in measured if "." in key}
    assert kinds == ({"kept"} if name in ANSWERS else {"initial", "kept"})
    section, measures = find(name, {"only": [measured] * 6}, {"only": {"width": 8}})
    assert isinstance(section, Section) and section.name == name and section.blocks
    assert measures and all(isinstance(each, Measure) for each in measures)
    assert all(each.quantity.startswith(f"{name}.") for each in measures)
    assert all(each.low <= each.point <= each.high for each in measures)
    assert all(each.at == {"width": 8} for each in measures if each.quantity != "ensemble.ambiguity_error")


@pytest.mark.parametrize("name", PROBES)
def test_a_replicate_that_diverged_has_no_kept_numbers(name):
    measured = measure_replicate(name, CONFIG, None)
    assert not any(key.startswith("kept") for key in measured)


def test_an_unknown_probe_lists_the_probes():
    with pytest.raises(
        ValueError, match=r"must be one of activations, .*gradients, .*Received: 'activation'"
    ):
        measure_replicate("activation", CONFIG, None)


def test_findings_are_made_without_tensorflow():
    code = f"import sys; {'; '.join(f'import {path}' for path in PROBES.values())}; import suite.probes.run"
    code += "; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
