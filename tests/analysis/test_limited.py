"""What limits a training, put into words, tables and plain values: from losses whose answer is known."""

import json

import numpy as np
import pytest

from suite.analysis import limited
from suite.analysis.limits import Experiment, decide
from suite.analysis.records import Table, Text

SEEDS = np.array([-0.001, 0.0, 0.0, 0.001])
FLAT = {name: np.full((4, 8), loss) for name, loss in (("train_loss", 0.48), ("val_loss", 0.5))}


def tried(kind, val, change=None, examples=800):
    return Experiment(kind, kind, change or {}, 0.48 + SEEDS, val + SEEDS, examples, 4.0)


@pytest.fixture(scope="module")
def bias():
    """A larger model, of two layers of 64 filters, lowers a loss of 0.5 to 0.3; nothing else does."""
    found = [
        tried("as it is", 0.5),
        tried("optimisation", 0.5, {"epochs": 40}),
        tried("capacity", 0.3, {"filters": (64, 64)}),
        *(tried("data", 0.5, {"train_size": size}, size) for size in (100, 200, 400)),
    ]
    return decide(FLAT, found, guessing=1.0)


def test_the_words_have_the_verdict_the_parts_and_the_next_step(bias):
    words = limited.in_words("conv", bias)
    assert words.startswith("bias (conv). Its validation loss, 0.5000 [")
    assert "and variance 0.0" in words and "avoidable bias 0.200" in words
    assert "Next: more capacity (filters=64,64), predicted to lower the loss by 0.2000 [" in words


def test_what_was_not_tried_is_said_with_what_to_do():
    words = limited.in_words("conv", "experiments on it would take about 3 h.")
    assert words.startswith("not made for conv: experiments on it would take about 3 h. `make diagnose`")
    (text,) = limited.section("conv", "it takes long.").blocks
    assert isinstance(text, Text) and text.paragraphs[0].startswith("not made for conv: it takes long.")
    assert limited.summary("conv", "it takes long.")["verdict"] == "not made"


def test_the_tables_have_every_part_and_every_step(bias):
    assert [row[0] for row in limited.parts(bias).rows] == [*limited.SHOWN.values()]
    steps = {row[0]: row for row in limited.next_steps(bias).rows}
    assert steps["more capacity"][1] == "filters=64,64"
    assert (steps["more capacity"][4], steps["more epochs"][4]) == ("yes", "not sure, or too little")
    tables = [block for block in limited.section("conv", bias).blocks if isinstance(block, Table)]
    assert tables == [limited.parts(bias), limited.next_steps(bias)]


def test_the_summary_is_plain(bias):
    summary = limited.summary("conv", bias)
    assert json.loads(json.dumps(summary))["next"][0]["change"] == {"filters": [64, 64]}
    assert summary["parts"]["avoidable_bias"][0] == pytest.approx(0.2)
