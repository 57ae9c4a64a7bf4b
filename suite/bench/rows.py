"""What is measured step by step: one row a model and batch size, with the floor that its issue sets and where
its time goes."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

from suite.study.config import Config

STEPS = 60
"""Gradient steps of an epoch: what the floors were set with. `fit` pays some tens of milliseconds an epoch,
so that longer ones suit it better; a row shows by how much."""

LENET5 = Path(__file__).with_name("lenet5.py")
"""A model that is not the suite's own: it comes as a user's would."""


class Settings(TypedDict):
    """Fields of Config; a model of a user's own has its sizes in itself."""

    model: str
    width: NotRequired[int]
    depth: NotRequired[int]
    cell: NotRequired[Literal["gru", "lstm"]]
    activation: NotRequired[str]


@dataclass(frozen=True)
class Row:
    """A model at a batch size.

    Attributes:
        settings: fields of Config. multiply_accumulates: of the forward pass of one example, kernels and
            attention only;
            of_inputs: those of them that work on the inputs themselves, by which no gradient is taken.
        steps: gradient steps of an epoch, all over different images.
        floor: least ratio of `fit` to ours; stacked_floor: of `fit` to ours per trial, where stacked trials
            are measured.
        beats_torch: whether ours must not be slower than PyTorch. part: whether the short run has it.
        profile: where the time of ours goes.
    """

    name: str
    batch_size: int
    settings: Settings
    multiply_accumulates: int
    of_inputs: int
    steps: int = STEPS
    floor: float | None = None
    stacked_floor: float | None = None
    beats_torch: bool = False
    part: bool = False
    profile: str = ""

    @property
    def config(self) -> Config:
        """Adam with Keras's defaults."""
        settings: Settings = self.settings | (
            {"model": str(LENET5)} if self.settings["model"] == "lenet5" else {}
        )
        examples = self.steps * self.batch_size
        return Config(
            train_size=examples,
            validation_size=2_000,
            batch_size=self.batch_size,
            optimizer="adam",
            **settings,
        )

    @property
    def flop(self) -> int:
        """Floating-point operations of a step, counted as 6 a multiply-accumulate of the forward pass: 2 for
        that pass, 2 for the gradient by weights and 2 for that by a layer's inputs. Optimizer, activations
        and norms are left out."""
        return (6 * self.multiply_accumulates - 2 * self.of_inputs) * self.batch_size


@dataclass(frozen=True)
class Timing:
    """Medians of one row: engine -> microseconds a gradient step (and a training, where several are stacked).

    Attributes:
        rounds: engine -> every measurement. facts: engine -> how it ran.
        foreign: share of the machine's cores that other processes took meanwhile.
    """

    row: Row
    microseconds: dict[str, float]
    rounds: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, dict] = field(default_factory=dict)
    foreign: float = 0.0

    def ratio(self, slower: str, faster: str = "ours") -> float | None:
        """How many times as long `slower` takes; None where one of the two was not measured."""
        if slower not in self.microseconds or faster not in self.microseconds:
            return None
        return self.microseconds[slower] / self.microseconds[faster]

    def share(self, engine: str, peak: float) -> float:
        """Share of `peak` (GFLOP/s) that an engine reaches."""
        return self.row.flop / self.microseconds[engine] / 1e3 / peak

    def shortfalls(self) -> list[str]:
        """The floors that are missed, in words."""
        wanted = [
            ("fit", "ours", self.row.floor, "fit"),
            ("fit", "stacked", self.row.stacked_floor, "fit, stacked"),
        ]
        if self.row.beats_torch:
            wanted.append(("torch", "ours", 1.0, "PyTorch"))
        missed = []
        for slower, faster, floor, name in wanted:
            ratio = self.ratio(slower, faster)
            if floor is not None and ratio is not None and ratio < floor:
                missed.append(f"{ratio:.2f}x of {name}, floor {floor:g}x")
        return missed


def _dense(*sizes: int) -> int:
    """Multiply-accumulates of fully connected layers of these sizes."""
    return sum(before * after for before, after in pairwise(sizes))


_PIXELS = 28 * 28
_LENET = _PIXELS * 25 * 6 + 10 * 10 * 25 * 6 * 16 + _dense(400, 120, 84, 10)
_GRU, _LSTM = (28 * gates * 64 * (28 + 64) + _dense(64, 10) for gates in (3, 4))
_BLOCK = 28 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 28 * 28 * 64
_TRANSFORMER = _PIXELS * 64 + 2 * _BLOCK + _dense(64, 10)

SMALL: Settings = {"model": "dense", "width": 32, "depth": 1}
MLP: Settings = {"model": "dense", "width": 128, "depth": 2}
GRU: Settings = {"model": "rnn", "cell": "gru", "width": 64, "depth": 1}
LSTM: Settings = {"model": "rnn", "cell": "lstm", "width": 64, "depth": 1}
TRANSFORMER: Settings = {"model": "transformer", "width": 64, "depth": 2, "activation": "gelu"}
ROWS = (
    Row(
        "Dense 784-32-10",
        32,
        SMALL,
        _dense(784, 32, 10),
        _PIXELS * 32,
        floor=14,
        stacked_floor=25,
        part=True,
        profile=(
            "Two fifths of a step are five products (the largest, the gradient of the 784 x 32 weights, over "
            "32 examples only), a third some forty elementwise kernels (gather and normalise the images, "
            "Adam), the rest their dispatch."
        ),
    ),
    Row(
        "Dense 784-32-10, long",
        32,
        SMALL,
        _dense(784, 32, 10),
        _PIXELS * 32,
        steps=1_560,
        profile="1,560 steps an epoch. As in epochs of 60 steps: the program is the same.",
    ),
    Row(
        "Dense 784-128-128-10",
        32,
        MLP,
        _dense(784, 128, 128, 10),
        _PIXELS * 128,
        profile=(
            "Half of a step are products, over 32 examples only; a seventh is Adam, which reads and writes "
            "118,282 weights and two moments of each; the rest are some sixty small kernels and their "
            "dispatch."
        ),
    ),
    Row(
        "Dense 784-128-128-10",
        128,
        MLP,
        _dense(784, 128, 128, 10),
        _PIXELS * 128,
        floor=6,
        stacked_floor=9,
        part=True,
        profile=(
            "Two thirds of a step are products (a second core does little for the largest, the 128 x 784 "
            "images by their weights: stacked trainings have a core each); a tenth is Adam."
        ),
    ),
    Row(
        "LeNet-5",
        128,
        {"model": "lenet5"},
        _LENET,
        _PIXELS * 25 * 6,
        floor=1.7,
        beats_torch=True,
        profile=(
            "Seven tenths are oneDNN's convolutions with 1, 6 and 16 channels, three quarters of that for "
            "their gradients; a sixth is average pooling and its gradient. XLA's own convolutions take seven "
            "times as long on a CPU."
        ),
    ),
    Row(
        "GRU 64",
        64,
        GRU,
        _GRU,
        _PIXELS * 3 * 64,
        floor=3,
        beats_torch=True,
        profile=(
            "28 time steps forward and 28 back, one after the other: half of the time are 143 products of 64 "
            "rows each, most of the rest some 1,100 elementwise kernels (adding up the weights' gradients is "
            "the largest)."
        ),
    ),
    Row(
        "LSTM 64",
        64,
        LSTM,
        _LSTM,
        _PIXELS * 4 * 64,
        floor=2.4,
        beats_torch=True,
        part=True,
        profile=(
            "28 time steps forward and 28 back, one after the other: three fifths of the time are 143 "
            "products of 64 rows each, the rest some 1,300 elementwise kernels and their dispatch. A second "
            "core gives little."
        ),
    ),
    Row(
        "Transformer 2x64",
        64,
        TRANSFORMER,
        _TRANSFORMER,
        _PIXELS * 64,
        floor=1.9,
        beats_torch=True,
        profile=(
            "Three fifths of a step are 53 products of heads and layers 16 to 128 wide; two fifths are "
            "elementwise kernels (softmax, layer normalisation, GELU, residuals)."
        ),
    ),
)
