"""Every probe keeps its contract: it measures in a worker and finds without TensorFlow."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from tiny_tasks import TINY

from suite import Config
from suite import data as datasets
from suite.analysis.records import Measure, Section
from suite.probes import PROBES
from suite.probes.run import find, measure_replicate
from suite.training.engine import train

CONFIG = Config(dataset="digits", train_size=256, validation_size=128, width=8, depth=2, epochs=1, seed=4)
OTHERS = {
    "decision_boundary": CONFIG.replace(dataset="xor"),
    "filters": CONFIG.replace(model="conv", kernel_size=2),
    "decoding": Config(dataset="cmudict", model="seq2seq", width=8, epochs=1, batch_size=16),
}
"""Probes that ask for data, a model or a task of their own."""

PLAIN = ("decision_boundary", "inputs")
"""Probes that look at one of both weights, or at none, and so name neither."""

KEPT = ("baselines", "decoding")
"""Probes that look at the kept weights only."""

ANSWERS = ("bias_variance", "ensemble", "seeds")
"""Probes that compare what the kept weights answer, and ask nothing of the initial ones."""


@pytest.fixture(scope="module")
def weights_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")

    @cache
    def write(config):
        path = folder / f"{config.dataset}-{config.model}.npz"
        np.savez(path, *train(config, weights=True).weights)
        return path

    return write


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch):
    """cmudict's place is taken by letters that are to be doubled: it would have to be downloaded."""
    load, pairs = datasets.load, TINY["pairs"]()
    monkeypatch.setattr(
        datasets, "load", lambda name, **split: pairs if name == "cmudict" else load(name, **split)
    )


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_measures_weights_and_finds(name, weights_of):
    config = OTHERS.get(name, CONFIG)
    measured = measure_replicate(name, config, weights_of(config))
    assert all(isinstance(values, np.ndarray | np.generic) for values in measured.values())
    kinds = {key.split(".")[0] for key in measured if "." in key}
    named = set() if name in PLAIN else {"kept"} if name in (*KEPT, *ANSWERS) else {"initial", "kept"}
    assert kinds == named
    section, measures = find(name, {"only": [measured] * 6}, {"only": {"width": 8}})
    assert isinstance(section, Section) and section.name == name and section.blocks
    assert measures and all(isinstance(each, Measure) for each in measures)
    assert all(each.quantity.startswith(f"{name}.") for each in measures)
    assert all(each.low <= each.point <= each.high for each in measures)
    whole = ("baselines.best", "ensemble.ambiguity_error")
    assert all(each.at == {"width": 8} for each in measures if each.quantity not in whole)


@pytest.mark.parametrize("name", PROBES)
def test_a_replicate_that_diverged_has_no_kept_numbers(name):
    measured = measure_replicate(name, OTHERS.get(name, CONFIG), None)
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


@pytest.mark.parametrize("name", PROBES)
def test_where_nothing_trained_a_probe_still_finds_a_section(name):
    section, measures = find(name, {"only": []}, {"only": {"width": 8}})
    assert section.name == name and not measures
