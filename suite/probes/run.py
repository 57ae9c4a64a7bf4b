"""Runs probes: `measure_replicate` in a worker, `find` where findings are made.

A probe's module has two functions.

    measure(config, initial, kept) -> arrays by name
        of one replicate, in a worker: its initial and its kept weights, in the order of the model's
        trainable, then its other variables. `kept` is None if it diverged.
    find(measured, levels) -> (Section, measures)
        of all replicates of all cases: case -> what was measured of each replicate, and case ->
        hyperparameter -> level. NumPy only.

Weights are on disk anyway and initial ones follow from the seed, so a probe retrains nothing and may be added
to a study that is finished.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from suite.analysis.records import Measure, Section
from suite.names import one_of
from suite.probes import PROBES
from suite.study.config import Config


def measure_replicate(name: str, config: Config, weights_file: Path | None) -> dict[str, np.ndarray]:
    """Measures one replicate, in a worker.

    Args:
        name: a key of PROBES.
        config: of the replicate, with its seed.
        weights_file: `.npz` of its kept weights, as a worker wrote them; None if there is none.

    Raises:
        ValueError: there is no such probe.
    """
    kept = None
    if weights_file is not None:
        with np.load(weights_file) as file:
            kept = [file[key] for key in file.files]
    from suite.probes.hidden import initial_weights

    measure = importlib.import_module(PROBES[one_of("probes", name, PROBES)]).measure
    return measure(config, initial_weights(config), kept)


def find(
    name: str,
    measured: Mapping[str, Sequence[dict[str, np.ndarray]]],
    levels: Mapping[str, Mapping[str, Any]],
) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what the probe `name` measured, as its module's `find`."""
    return importlib.import_module(PROBES[one_of("probes", name, PROBES)]).find(measured, levels)
