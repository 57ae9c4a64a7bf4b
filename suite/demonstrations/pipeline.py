"""Shows what happens between a table of flowers and an answer, stage by stage and in real numbers."""

from collections.abc import Iterator

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.records import Demonstrated, Measure, Table
from suite.analysis.statistics import mean_estimate
from suite.demonstrations.stages import sections
from suite.demonstrations.stages.outcome import Outcome, train_all
from suite.demonstrations.stages.trace import Trace, follow, losses_before
from suite.study.config import Config

SAME = 1e-5
"""Two results that differ by less are the same in 32 bits."""


def demonstrate(
    *,
    learning_rate: float = 0.1,
    batch_size: int = 16,
    epochs: int = 40,
    width: int = 8,
    replicates: int = 10,
    seed: int = 0,
) -> Demonstrated:
    """Follows one batch of irises through data, model, logits, loss, gradient and update, and then trains.

    Args:
        learning_rate, batch_size, epochs: of plain gradient descent.
        width: of the hidden layer.
        replicates: trainings with seeds from `seed` on, for the loss curves and the accuracy.
        seed: of initial weights and order of the batch that is followed.
    """
    config = Config(
        dataset="iris",
        model="dense",
        width=width,
        depth=1,
        activation="relu",
        optimizer="sgd",
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        seed=seed,
    )
    trace = follow(config)
    configs = [config.replace(seed=seed + n) for n in range(replicates)]
    outcome = train_all(configs)
    measures = _measures(config, trace, outcome, losses_before(configs, trace))
    return Demonstrated(
        answer=" ".join(_answer(config, trace, measures)),
        warnings=tuple(_warnings(measures)),
        headline=_headline(config, trace, measures),
        sections=(
            sections.data(config, trace),
            sections.model(trace),
            sections.forward(trace),
            sections.backward(trace),
            sections.update(config, trace),
            sections.training(outcome),
            sections.result(trace, outcome),
        ),
        measures=tuple(Measure(f"pipeline.{name}", {}, *each) for name, each in measures.items()),
        summary={name: each.point for name, each in measures.items()},
    )


def _measures(
    config: Config, trace: Trace, outcome: Outcome, first_losses: np.ndarray
) -> dict[str, Estimate]:
    """Name -> estimate; single numbers have no interval."""
    train, _, _ = trace.examples
    single = {
        "iterations_per_epoch": train // config.batch_size,
        "loss_change": sections.loss_after(trace) - trace.losses.mean(),
        "softmax_error": np.abs(trace.probabilities.sum(axis=1) - 1).max(),
        "gradient_error": max(np.abs(a - b).max() for a, b in zip(trace.gradients, trace.tape, strict=True)),
        "step_error": max(np.abs(a - b).max() for a, b in zip(trace.after, trace.trained, strict=True)),
    }
    found = {name: Estimate(*(float(number),) * 3) for name, number in single.items()}
    rng = np.random.default_rng(config.seed)
    repeated = {
        "first_loss": first_losses,
        "final_loss": outcome.train_loss[:, -1],
        "test_accuracy": outcome.accuracy,
    }
    return found | {name: mean_estimate(values, 0.95, rng) for name, values in repeated.items()}


def _answer(config: Config, trace: Trace, measures: dict[str, Estimate]) -> Iterator[str]:
    wrong = list(_warnings(measures))
    before, after = trace.losses.mean(), sections.loss_after(trace)
    steps = int(measures["iterations_per_epoch"].point)
    yield (
        f"A step: {len(trace.y)} flowers become logits, softmax makes probabilities of them and the mean of"
        f" -log(probability of the truth) is the loss, {before:.3f}; its gradient, softmax minus truth"
        f" handed back layer by layer, times the learning rate {config.learning_rate:g} is subtracted from"
        f" the parameters, and the loss of these flowers is {after:.3f}."
    )
    yield (
        f"{steps} such steps are an epoch; after {config.epochs} epochs"
        f" {measures['test_accuracy'].text(percent=True)} of flowers that were never trained on are told"
        f" right."
    )
    if not wrong:
        yield "Gradient and step by hand are those of TensorFlow and of the training, but for rounding."


def _warnings(measures: dict[str, Estimate]) -> Iterator[str]:
    for name, said in (
        ("gradient_error", "The gradient by hand is not TensorFlow's"),
        ("step_error", "The step by hand is not the training's"),
    ):
        if not measures[name].point < SAME:
            yield f"{said}: they differ by up to {measures[name].point:.1e}."


def _headline(config: Config, trace: Trace, measures: dict[str, Estimate]) -> Table:
    batch, row = len(trace.y), sections.shown(trace)[0]
    name, right = trace.names[trace.y[row]], trace.probabilities[row, trace.y[row]]
    rows = (
        ("batch", f"{batch} × 4 numbers"),
        ("logits", f"{batch} × 3 numbers; of a {name}: {', '.join(f'{x:.2f}' for x in trace.logits[row])}"),
        ("softmax", ", ".join(f"{x:.3f}" for x in trace.probabilities[row])),
        ("loss", f"-log({right:.3f}) = {trace.losses[row]:.3f}, mean {trace.losses.mean():.4f}"),
        ("gradient", f"norm {np.sqrt(sum(np.sum(g**2) for g in trace.gradients)):.4f}, of all parameters"),
        ("update", f"loss of this batch {trace.losses.mean():.4f} → {sections.loss_after(trace):.4f}"),
        ("after training", f"test accuracy {measures['test_accuracy'].text(percent=True)}"),
    )
    return Table(("stage", "in numbers"), rows)
