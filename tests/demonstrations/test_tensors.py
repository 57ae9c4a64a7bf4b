"""Shapes and parameters of every layer, by hand and by Keras."""

import keras
import numpy as np
import pytest

from suite.analysis.records import Details, Table
from suite.demonstrations import tensors
from suite.demonstrations.shapes import formulas
from suite.demonstrations.shapes.formulas import FORMULAS, formula, worth
from suite.demonstrations.tensors import KINDS, axes_text, demonstrate, follow, parameters, shape_text
from suite.models import builder
from suite.probes.hidden import leaves
from suite.report.figures import png


@pytest.mark.parametrize(
    ("text", "value"),
    [("4 × 128 + 128", 640), ("3 × (28 × 64 + 64 × 64 + 2 × 64)", 18_048), ("2 × 64", 128), ("7", 7)],
)
def test_the_worth_of_a_formula(text, value):
    assert worth(text) == value


LAYERS = {
    "SimpleRNN": (keras.layers.SimpleRNN(5), (2, 4, 3), 3 * 5 + 25 + 5),
    "GRU": (keras.layers.GRU(5), (2, 4, 3), 3 * (15 + 25 + 10)),
    "LSTM": (keras.layers.LSTM(5), (2, 4, 3), 4 * (15 + 25 + 5)),
    "Conv1D": (keras.layers.Conv1D(6, 3), (2, 8, 4), 3 * 4 * 6 + 6),
    "Conv2D": (keras.layers.Conv2D(6, (3, 2)), (2, 8, 8, 4), 3 * 2 * 4 * 6 + 6),
    "Dense": (keras.layers.Dense(6), (2, 8, 4), 30),
    "LayerNormalization": (keras.layers.LayerNormalization(), (2, 4), 8),
    "BatchNormalization": (keras.layers.BatchNormalization(), (2, 4), 16),
    "Flatten": (keras.layers.Flatten(), (2, 4, 4), 0),
}


@pytest.mark.parametrize("name", LAYERS)
def test_formulas(name):
    layer, shape, known = LAYERS[name]
    after = tuple(layer(np.zeros(shape, "float32")).shape)
    assert formula(layer, shape, after)[1] == known == layer.count_params()


def test_every_layer_with_parameters_of_every_builder_has_a_formula():
    text = {"input_shape": (6,), "num_outputs": 3, "vocabulary_size": 9, "width": 8}
    models = [builder(name)(**text) for name in tensors.MODELS]
    models.append(builder("dense")(**text | {"normalization": "batch"}))
    models += [builder("rnn")(**text | {"cell": cell}) for cell in ("simple_rnn", "lstm")]
    models.append(builder("conv")(input_shape=(8, 8), num_outputs=3))
    used = {type(layer).__name__ for model in models for layer in leaves(model) if layer.count_params()}
    assert used <= set(FORMULAS)


def test_an_image_through_a_convolutional_network():
    """Two blocks of convolution and pooling by 2, then the mean over what is left of height and width."""
    rows = follow("conv", KINDS["image"], 5)
    shapes = [row.after for row in rows]
    assert shapes[0] == (5, 28, 28, 1)
    assert (5, 28, 28, 32) in shapes and (5, 14, 14, 32) in shapes and (5, 7, 7, 64) in shapes
    assert shapes[-2:] == [(5, 64), (5, 10)]
    assert parameters(rows) == (9 * 32 + 32) + (9 * 32 * 64 + 64) + (64 * 10 + 10)


def test_shapes_in_words():
    assert shape_text((4,)) == "(4,)" and shape_text((32, 28)) == "(32, 28)"
    assert axes_text((32, 28, 28), ("height", "width")) == "batch 32, height 28, width 28"
    assert axes_text((32, 7, 7, 64)) == "batch 32, height 7, width 7, channels 64"


def test_what_is_found():
    found = demonstrate(batch_size=3)
    at = {(each.quantity.split(".")[1], *each.at.values()): each.point for each in found.measures}
    assert at["parameters", "dense", "image"] == 784 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10
    assert at["parameters", "conv", "image"] < at["parameters", "dense", "image"]
    assert at["growth_with_length", "rnn"] == at["growth_with_length", "transformer"] == 1
    assert at["growth_with_length", "dense"] == pytest.approx(
        (58 * 12 * 128 + 17_930) / (29 * 12 * 128 + 17_930)
    )
    assert at["wrong_formulas",] == 0 and found.warnings == ()
    assert "conv, rnn and transformer have the same parameters" in found.answer
    sections = {section.name: section for section in found.sections}
    assert {"axes", *KINDS} <= set(sections)
    tables = [b.blocks[0] for b in sections["image"].blocks if isinstance(b, Details)]
    assert len(tables) == 4 and all(isinstance(table, Table) for table in tables)
    assert all(table.rows[-1][1] == "batch 3, units 10" for table in tables)
    assert png(found.figure).startswith(b"\x89PNG")


def test_a_formula_that_does_not_hold_is_said(monkeypatch):
    monkeypatch.setitem(formulas.FORMULAS, "GRU", lambda layer, before, after: "1 × 2")
    found = demonstrate(batch_size=2)
    assert found.warnings == ("The parameters of GRU of rnn are not what its formula gives.",)
    assert "do not hold for GRU of rnn" in found.answer
