"""A grid over a number is drawn as curves, one for each level of the other."""

import numpy as np
from made_up import item, replaced

from suite.analysis import grid
from suite.analysis.comparison import compare
from suite.analysis.records import Figure
from suite.analysis.shapes import SHAPES, Asked
from suite.report.figures import png

CENTERS = {1: 0.5, 4: 0.4, 16: 0.6, 64: 0.3}


def answered(widths):
    def cell(width, noise):
        scores = CENTERS[width] + noise + 0.002 * np.linspace(-1, 1, 6)
        curves = {name: np.repeat(scores[:, None], 2, axis=1) for name in ("val_loss", "train_loss")}
        made = item(f"{width}, {noise}", [CENTERS[width]], scores, curves)
        return replaced(made, levels={"width": width, "label_noise": noise}, kept=(1,) * 6)

    evidence = tuple(cell(width, noise) for width in widths for noise in (0.0, 0.2))
    settings = {"metric": "test_loss", "monitor": "val_loss", "minimize": True}
    comparison = compare(evidence, **settings, conditions=grid.conditions(evidence))
    return SHAPES["grid"](Asked(("width", "label_noise"), 1, evidence, comparison))


def test_four_numbers_make_a_curve_and_the_cells_follow():
    found = answered(CENTERS)
    assert found.figure.name == "grid_curves"
    lines = found.figure.data["lines"]
    assert set(lines["panel"]) == {"test loss", "training loss"}
    assert set(lines["series"]) == {"label_noise = 0.0", "label_noise = 0.2"}
    one = lines[(lines["panel"] == "test loss") & (lines["series"] == "label_noise = 0.2")]
    assert np.allclose(one["y"], np.array([*CENTERS.values()]) + 0.2, atol=1e-6)
    assert one["x"].tolist() == [*CENTERS] and found.figure.options["x_scale"] == "log"
    (section,) = found.sections
    assert [block.name for block in section.blocks if isinstance(block, Figure)] == ["grid"]
    assert png(found.figure).startswith(b"\x89PNG")


def test_fewer_stay_a_heat_map():
    assert answered([1, 4, 16]).figure.name == "grid"
