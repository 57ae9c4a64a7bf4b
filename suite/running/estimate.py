"""Estimates how long a study takes: from what this machine measured, else from reference speeds."""

import itertools
import json
import math
from collections.abc import Iterable, Mapping

from suite import paths
from suite.data import DATASETS
from suite.study.config import PROGRAM_INPUTS, Config
from suite.study.identity import timing_key
from suite.study.space import Choice
from suite.study.study import Case, Study
from suite.training.halving import share
from suite.training.result import Result

REFERENCE = {
    "dense": 3e-6,
    "conv": 130e-6,
    "rnn": 60e-6,
    "transformer": 300e-6,
    "seq2seq": 1e-3,
    "seq2seq_transformer": 1e-3,
    "lenet5": 50e-6,
    "2c2d": 500e-6,
    "3c3d": 500e-6,
    "alexnet": 800e-6,
}
"""Seconds per training example and epoch on one core of a 2-core server, at the builders' default sizes: on
28x28 images, or on words and their phones; of 3c3d and alexnet on CIFAR-10."""

TIMES = {
    ("cifar10", "dense"): 10, ("cifar10", "conv"): 4, ("imdb", "dense"): 50, ("imdb", "rnn"): 25,
    ("imdb", "transformer"): 25,
}  # fmt: skip
"""Data set and model -> how many times as long an example takes; of a text, one of WORDS words."""

WORDS = 400
STEPS = {"adding": 28}
"""Words of a text, and time steps of a data set, that those times are of."""

EXAMPLES = {
    "published.images": 50_000, "published.texts": 20_000, "published.tables": 30_000,
    "published.sequences": 225, "cmudict": 115_000, "builtin.embedded": 300, "builtin.generated": 2_000,
    "builtin.quadratic": 1_000,
}  # fmt: skip
"""Data set, or kind of data set -> training examples, about; a set of one's own has as many as a table."""

START = 20.0
"""Seconds to start the workers, compile, compare, report and export."""


def seconds(study: Study, workers: int) -> float:
    """Estimated wall time of a study on this machine, by so many processes that train."""
    rates, work = _read(), 0.0
    for case in study.cases:
        config, dataset = case.config, case.config.dataset
        examples = EXAMPLES.get(dataset) or EXAMPLES[DATASETS.get(dataset, "published.tables")]
        reference = REFERENCE.get(config.model, REFERENCE["conv"]) * TIMES.get((dataset, config.model), 1)
        if config.model == "dense":
            reference *= max(_kernels(config) / _kernels(Config()), 1.0)
        usual = STEPS.get(dataset, WORDS)
        reference *= (config.sequence_length or usual) / usual
        rate = rates.get(timing_key(config), reference * config.batch_size)
        work += _trainings(study, case) * gradient_steps(config, config.train_size or examples) * rate
    return START + work / workers


def _kernels(config: Config) -> int:
    """Weights in the kernels of a dense network's hidden layers on 28x28 images: of more than by default, a
    step takes longer in proportion."""
    width, depth = config.width or 128, 2 if config.depth is None else config.depth
    return (28 * 28 + (depth - 1) * width) * width if depth else 0


def _trainings(study: Study, case: Case) -> float:
    """Trainings of a case; trials that successive halving ends early count for their part."""
    trials = study.trials_of(case)
    part = share(trials, case.config.epochs) if study.prunes == "successive_halving" else 1.0
    return study.searches_of(case) * trials * part + study.replicates


def gradient_steps(config: Config, examples: int) -> int:
    """Gradient steps of one training on `examples` examples, and of its pretraining."""
    return (config.epochs + config.pretraining_epochs) * (examples // config.batch_size)


def gradient_steps_by_shape(study: Study, examples: Mapping[str, int]) -> dict[str, int]:
    """Counts the gradient steps of a study by shape of work: how much measuring that shape is worth.

    Args:
        study: that is run.
        examples: condition -> training examples of what the study fixes under it.
    """
    total: dict[str, int] = {}
    for case in study.cases:
        fixed = {name: d.quantile(0.5) for name, d in case.space.items() if name in PROGRAM_INPUTS}
        searched = {
            name: d.options
            for name, d in case.space.items()
            if isinstance(d, Choice) and name not in PROGRAM_INPUTS
        }
        chosen = [
            dict(zip(searched, options, strict=True)) for options in itertools.product(*searched.values())
        ]
        for settings in chosen:
            config = case.config.replace(**fixed, **settings)
            steps = _trainings(study, case) * gradient_steps(
                config, config.train_size or examples[case.condition]
            )
            total[timing_key(config)] = total.get(timing_key(config), 0) + int(steps) // len(chosen)
    return total


FEWEST_STEPS = 100
"""Gradient steps of a shape from which on its rate is kept."""


def remember(results: Iterable[Result]) -> None:
    """Keeps the measured seconds per gradient step of each shape, evaluation included.

    Of fewer than FEWEST_STEPS the start of the trainings would be most of it.
    """
    spent: dict[str, list[float]] = {}
    for result in results:
        if len(result.steps):
            total = spent.setdefault(timing_key(result.config), [0.0, 0.0])
            total[0] += result.seconds
            total[1] += result.steps[-1] + (result.pretraining.steps[-1] if result.pretraining else 0)
    rates = _read() | {key: took / steps for key, (took, steps) in spent.items() if steps >= FEWEST_STEPS}
    folder = paths.home() / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    paths.replace(folder / "rates.json", lambda file: file.write(json.dumps(rates).encode()))


def in_words(duration: float) -> str:
    """About how long, in words: `about 40 s`, `about 3 min`, `about 2.5 h`."""
    if duration < 90:
        return f"about {math.ceil(duration / 10) * 10} s"
    return f"about {round(duration / 60)} min" if duration < 5400 else f"about {duration / 3600:.1f} h"


def _read() -> dict[str, float]:
    """The measured rates; none where the file is missing or damaged."""
    try:
        rates = json.loads((paths.home() / "cache" / "rates.json").read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(rates, dict):
        return {}
    return {key: rate for key, rate in rates.items() if isinstance(rate, float) and rate > 0}
