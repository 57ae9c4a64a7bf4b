"""Every demonstration keeps its contract, and every study of one predicts what it measures."""

import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest

from suite.analysis.findings import demonstrated
from suite.demonstrations import DEMONSTRATIONS, model_selection
from suite.demonstrations.gradients import layers
from suite.running import findings_file
from suite.study import catalog
from suite.study.demonstration import Demonstration

SMALL = {
    "clustering": {"dataset": "digits", "train_size": 400, "examples": 200, "replicates": 2, "epochs": 2},
    "gradient_check": {"largest_width": 2},
    "learning_rate_finder": {"dataset": "digits", "train_size": 256, "validation_size": 128, "width": 8}
    | {"test_epochs": 2, "epochs": 1, "replicates": 2},
    "model_selection": {"draws": 20},
    "pipeline": {"epochs": 2, "replicates": 2},
}
STUDIES = {
    name: study for name in catalog.names() if isinstance(study := catalog.find(name)[1], Demonstration)
}


@pytest.mark.parametrize("name", DEMONSTRATIONS)
def test_settings_are_keywords_with_plain_defaults(name):
    parameters = inspect.signature(
        importlib.import_module(DEMONSTRATIONS[name]).demonstrate
    ).parameters.values()
    for parameter in parameters:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert isinstance(parameter.default, bool | int | float | str)


def test_every_demonstration_has_a_study():
    assert {study.demonstration for study in STUDIES.values()} == set(DEMONSTRATIONS)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_predicts_what_is_measured(name, monkeypatch, tmp_path):
    """At a small size: whatever comes of the predictions, each was measured, and the findings can be kept as
    JSON."""
    few = {key: layers.LAYERS[key] for key in ("dense", "activation tanh")}
    monkeypatch.setattr(layers, "LAYERS", few)
    wrong = np.random.default_rng(0).random((64, 10_000)) < 0.2  # in place of 64 trainings
    monkeypatch.setattr(model_selection, "trained", lambda *_: wrong)
    study = STUDIES[name].replace(**SMALL.get(name, {}))
    found = importlib.import_module(DEMONSTRATIONS[study.demonstration]).demonstrate(**study.settings)
    findings = demonstrated(name, study.question, found, predictions=study.predictions, seconds=1.0, facts={})
    assert study.predictions
    for checked in findings.predictions:
        assert checked.verdict != "not measured", checked.seen
    findings_file.write(tmp_path / "findings.json", {"findings": findings})
    again = findings_file.read(tmp_path / "findings.json")["findings"]
    assert again.answer == findings.answer and again.predictions == findings.predictions


def test_demonstrations_are_imported_without_tensorflow():
    """A study of one is declared, listed and printed without it."""
    code = f"import sys; {'; '.join(f'import {path}' for path in DEMONSTRATIONS.values())}"
    code += "; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
