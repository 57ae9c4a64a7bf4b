"""The lead of a network over simple methods, against its own test accuracy."""

import numpy as np
import pytest

from suite import Config
from suite.probes.baselines import find, measure
from suite.training.engine import train

CONFIG = Config(dataset="digits", width=16, depth=1, epochs=3, batch_size=32)


def test_the_lead_is_the_networks_accuracy_minus_the_best_methods():
    result = train(CONFIG, test=True, weights=True)
    measured = measure(CONFIG, (), result.weights)
    assert measured["kept.accuracy"] == pytest.approx(result.test["test_accuracy"], abs=1e-6)
    methods = dict(zip(measured["methods"], measured["accuracies"], strict=True))
    assert methods["logistic regression"] > 0.9 > methods["majority"]
    section, measures = find({"a": [measured] * 2, "b": [measured]}, {"a": {"width": 8}, "b": {"width": 9}})
    numbers = {(each.quantity, *each.at.values()): each.point for each in measures}
    assert numbers["baselines.best",] == max(methods.values())
    lead = result.test["test_accuracy"] - max(methods.values())
    assert numbers["baselines.lead", 8] == pytest.approx(lead)
    assert section.blocks[0].data["bars"]["value"].tolist() == pytest.approx(
        [float(measured["kept.accuracy"])] * 2
    )


def test_a_regression_is_refused():
    with pytest.raises(ValueError, match=r"expects a classification. Received: diabetes, a regression"):
        measure(Config(dataset="diabetes", width=4, batch_size=8), (), [np.zeros(1)])
