"""`suite describe`: shapes with named axes, parameters, and FLOPs worked out by hand."""

import sys

import keras
import pytest
from rich.console import Console

from suite.cli import app as cli
from suite.cli.layers import configs, describe
from suite.models import CLASSICS, builder

LAYERS = keras.layers


def one(inputs: tuple[int, ...], layer) -> int:
    """FLOPs of a model of one layer on float inputs."""
    given = keras.Input(inputs)
    rows = describe(keras.Model(given, layer(given)))
    return sum(row.flops for row in rows)


@pytest.mark.parametrize(
    ("inputs", "layer", "flops"),
    [
        ((5,), LAYERS.Dense(3), 2 * 5 * 3),
        ((7, 5), LAYERS.Dense(3), 7 * 2 * 5 * 3),
        ((9, 5), LAYERS.Conv1D(4, 3), 7 * 2 * 3 * 5 * 4),
        ((8, 6, 2), LAYERS.Conv2D(4, 3, padding="same"), 8 * 6 * 2 * 9 * 2 * 4),
        ((8, 6, 2), LAYERS.Conv2D(4, 3, strides=2), 3 * 2 * 2 * 9 * 2 * 4),
        ((8, 6, 4), LAYERS.Conv2D(4, 3, padding="same", groups=2), 8 * 6 * 2 * 9 * 2 * 4),
        ((7, 5), LAYERS.SimpleRNN(3), 7 * 2 * (5 + 3) * 3),
        ((7, 5), LAYERS.GRU(3, return_sequences=True), 7 * 2 * 3 * (5 + 3) * 3),
        ((7, 5), LAYERS.LSTM(3), 7 * 2 * 4 * (5 + 3) * 3),
        ((7, 5), LAYERS.Bidirectional(LAYERS.LSTM(3)), 2 * 7 * 2 * 4 * (5 + 3) * 3),
        ((8, 6, 2), LAYERS.MaxPooling2D(2), 0),
        ((7, 5), LAYERS.LayerNormalization(), 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LAYERS.Layer) else "",
)
def test_flops_of_a_layer(inputs, layer, flops):
    assert one(inputs, layer) == flops


def test_flops_of_attention():
    queries, memory = keras.Input((7, 6)), keras.Input((5, 4))
    heads = LAYERS.MultiHeadAttention(2, 3)(queries, memory)
    projections = 7 * 6 * 6 + 2 * 5 * 4 * 6 + 7 * 6 * 6
    weights = 2 * (7 * 5 * 3 + 7 * 5 * 3)
    assert describe(keras.Model([queries, memory], heads))[-1].flops == 2 * (projections + weights)
    keys, values = keras.Input((5, 6)), keras.Input((5, 4))
    for layer in (LAYERS.Attention(), LAYERS.AdditiveAttention()):
        rows = describe(keras.Model([queries, values, keys], layer([queries, values, keys])))
        assert rows[-1].flops == 2 * 7 * 5 * 6 + 2 * 7 * 5 * 4


def test_lenet5_by_hand():
    rows = describe(builder("lenet5")(input_shape=(28, 28), num_outputs=10))
    weighted = [(row.kind, row.output, row.parameters, row.flops) for row in rows if row.parameters]
    assert weighted == [
        ("Conv2D", "batch, height 28, width 28, channels 6", 156, 2 * 28 * 28 * 6 * 25),
        ("Conv2D", "batch, height 10, width 10, channels 16", 2416, 2 * 10 * 10 * 16 * 25 * 6),
        ("Dense", "batch, features 120", 48_120, 2 * 400 * 120),
        ("Dense", "batch, features 84", 10_164, 2 * 120 * 84),
        ("Dense", "batch, features 10", 850, 2 * 84 * 10),
    ]
    assert rows[0].output == "batch, height 28, width 28"


def test_axes_of_sequences_and_models_inside_a_model():
    sizes = {"input_shape": (11,), "num_outputs": 6, "vocabulary_size": 9, "output_length": 4}
    model = builder("seq2seq")(**sizes, attention="luong", width=8)
    rows = {row.name.rpartition("_")[0] or row.name: row for row in describe(model)}
    found = {name.rstrip("_0123456789"): row.output for name, row in rows.items()}
    assert found["tokens"] == "batch, time 11"
    assert found["encoder/bidirectional"] == "batch, time 7, features 16"
    assert found["decoder/attention"] == "batch, time 4, features 16"
    assert found["decoder/logits"] == "batch, time 4, features 6"
    assert sum(row.parameters for row in describe(model)) == model.count_params()
    tokens = describe(builder("conv")(input_shape=(12,), num_outputs=3, vocabulary_size=9, width=4, depth=1))
    assert [row.output for row in tokens if row.kind in ("Embedding", "Conv1D")] == [
        "batch, time 12, features 4",
        "batch, time 12, channels 4",
    ]


def test_configs():
    assert configs(None, {"model": "rnn", "width": "8"})["rnn"].width == 8
    assert configs("lenet5", {"dataset": "mnist"})["lenet5"].dataset == "mnist"
    assert list(configs("optimizers", {})) == ["optimizers"]  # eight optimizers, one model
    with pytest.raises(
        ValueError,
        match=rf"`CONFIG` must be one of .*{list(CLASSICS)[-1]}. Received: 'lenet'. Did you mean 'lenet5'",
    ):
        configs("lenet", {})
    with pytest.raises(ValueError, match="widht"):
        configs("dense", {"widht": "8"})


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["lenet5", "dataset=digits"],
            2,
            "at least 12 there. Received: examples of shape (8, 8). Use at most 1 `filters`",
        ),
        (["bert_tiny", "dataset=iris", "depth=1"], 0, "batch, time 4, features 128"),
        (["dense", "conv"], 2, "`CONFIG` expects one name and settings FIELD=VALUE. Received: 'dense conv'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command(arguments, code, message, tmp_path, monkeypatch, capsys):
    """In this process; test_cli starts the command itself."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    monkeypatch.setattr("suite.cli.describe.console", Console(width=200))
    monkeypatch.setattr(sys, "argv", ["suite", "describe", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code or 0) == code
    assert message in capsys.readouterr()[code > 0]


def test_a_sequential_without_an_input_is_described():
    model = keras.Sequential([LAYERS.Dense(3)])
    model.build((None, 5))
    assert [(row.parameters, row.flops) for row in describe(model)] == [(18, 30)]
