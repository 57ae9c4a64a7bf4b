"""The rows' models in PyTorch: the same layers, sizes and number of parameters as the Keras models."""

from itertools import pairwise

import torch
from torch import nn

from suite.bench.rows import Row


class Recurrent(nn.Module):
    """A recurrent layer over the rows of an image; the last output goes to the logits.

    PyTorch's LSTM has a second bias of 4 * width that Keras's has not; the sum of the two is what counts.
    """

    def __init__(self, cell: type[nn.Module], width: int):
        super().__init__()
        self.cell, self.logits = cell(28, width, batch_first=True), nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits(self.cell(x)[0][:, -1])


class Transformer(nn.Module):
    """Pre-norm encoder over the rows of an image, as `suite.models.transformer`."""

    positions: torch.Tensor

    def __init__(self, width: int, depth: int):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            width,
            4,
            2 * width,
            dropout=0.0,
            activation="gelu",
            layer_norm_eps=1e-3,
            batch_first=True,
            norm_first=True,
        )
        self.embedding, self.logits = nn.Linear(28, width), nn.Linear(width, 10)
        norm = nn.LayerNorm(width, eps=1e-3)
        self.encoder = nn.TransformerEncoder(layer, depth, norm, enable_nested_tensor=False)
        self.register_buffer("positions", _positions(28, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits(self.encoder(self.embedding(x) + self.positions).mean(1))


def _positions(length: int, width: int) -> torch.Tensor:
    """[length, width] as `suite.models.transformer.sinusoidal_positions`, which imports Keras and with it
    TensorFlow: that and PyTorch do not live in one process (both bring an LLVM)."""
    angles = torch.arange(length)[:, None] * 10_000.0 ** (-torch.arange(width // 2) / (width // 2))
    return torch.cat([angles.sin(), angles.cos()], 1)


def build(row: Row) -> nn.Module:
    """The model of a row, float32 [batch, 28, 28] -> logits [batch, 10]."""
    width, depth = row.settings.get("width", 0), row.settings.get("depth", 0)
    match row.settings["model"]:
        case "dense":
            sizes = [784] + [width] * depth
            hidden = [layer for pair in pairwise(sizes) for layer in (nn.Linear(*pair), nn.ReLU())]
            return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(width, 10))
        case "lenet5":
            return nn.Sequential(
                nn.Unflatten(1, (1, 28)), nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
                nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
                nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
            )  # fmt: skip
        case "rnn":
            return Recurrent({"gru": nn.GRU, "lstm": nn.LSTM}[row.settings["cell"]], width)
        case "transformer":
            return Transformer(width, depth)
    raise ValueError(
        f"`row` expects a model that is written in PyTorch here. Received: model={row.settings['model']!r}."
    )
