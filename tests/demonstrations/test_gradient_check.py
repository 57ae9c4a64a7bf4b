"""What the gradient check says, when all is right and when a layer is wrong."""

import numpy as np
import pytest
import tensorflow as tf

from suite.analysis.records import Figure, Table
from suite.demonstrations import gradient_check
from suite.demonstrations.gradient_check import demonstrate
from suite.demonstrations.gradients import layers
from suite.demonstrations.gradients.checks import wrong_sigmoid
from suite.report.figures import png

FEW = {name: layers.LAYERS[name] for name in ("dense", "activation relu", "squared error")}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(layers, "LAYERS", dict(FEW))


@pytest.fixture
def found(few):
    return demonstrate(largest_width=4)


def measured(found) -> dict[str, float]:
    return {each.quantity: each.point for each in found.measures if not each.at}


def test_all_is_right(found):
    assert found.answer.startswith("Yes: backpropagation gives the numerical gradient of all 3 layers")
    assert "A control whose gradient is 1% off is found out (9.9e-03)" in found.answer
    assert "two evaluations a parameter, 142 for 71 parameters" in found.answer
    assert found.warnings == ()
    numbers = measured(found)
    assert numbers["gradient_check.layers"] == 3
    assert numbers["gradient_check.largest_error"] < 1e-6 < 1e-3 < numbers["gradient_check.control_error"]
    assert numbers["gradient_check.evaluations_per_parameter"] == 2
    assert numbers["gradient_check.gradient_over_evaluation"] > 1
    assert found.summary["evaluations"] == {"33": 66, "71": 142}


def test_it_shows_itself(found):
    blocks = [block for section in found.sections for block in section.blocks]
    figures = [found.figure, *(block for block in blocks if isinstance(block, Figure))]
    assert {figure.name for figure in figures} == {"gradient_errors", "gradient_cost", "gradient_step"}
    for figure in figures:
        assert png(figure).startswith(b"\x89PNG")
    graph = next(section for section in found.sections if section.name == "graph")
    table = next(block for block in graph.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == [
        "x",
        "w1",
        "b1",
        "w2",
        "b2",
        "t",
        "a",
        "z",
        "h",
        "c",
        "y",
        "e",
        "L",
    ]
    assert dict(zip(table.columns, table.rows[8], strict=True))["local derivatives"] == ("∂h/∂z = 0.1966",)


def test_a_wrong_layer_makes_the_answer_say_so(few, monkeypatch):
    monkeypatch.setitem(layers.LAYERS, "broken sigmoid", wrong_sigmoid)
    found = demonstrate(largest_width=2)
    assert found.answer.startswith("No: 1 of 4 gradients differ from their numerical ones by 1e-06 or more:")
    assert "broken sigmoid (relative error 9.9e-03)" in found.answer
    assert "The other 3 agree" in found.answer
    assert found.warnings == ("Gradients that are not to be trusted: broken sigmoid.",)
    assert measured(found)["gradient_check.largest_error"] > 1e-3
    rows = {row[0]: row[-1] for row in found.sections[0].blocks[-1].rows}
    assert rows["broken sigmoid"] == "NO" and rows["dense"] == "yes"


def test_a_gradient_that_is_not_a_number_is_wrong(few, monkeypatch):
    def root():
        return layers.of_function(tf.sqrt, np.array([0.0, 1.0]))  # infinite slope at 0, and no value below

    monkeypatch.setitem(layers.LAYERS, "root", root)
    assert "No: 1 of 4" in demonstrate(largest_width=2).answer


def test_a_check_that_finds_nothing_wrong_warns(few, monkeypatch):
    monkeypatch.setattr(gradient_check, "wrong_sigmoid", FEW["dense"])
    found = demonstrate(largest_width=2)
    assert "is not found out" in found.answer
    assert any("let a wrong gradient pass" in warning for warning in found.warnings)
