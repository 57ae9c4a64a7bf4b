"""Checks backpropagation against numerical differentiation, layer by layer, and says what each of them
costs."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.records import Demonstrated, Measure, Table
from suite.analysis.statistics import mean_estimate
from suite.analysis.words import listed
from suite.demonstrations.gradients import sections
from suite.demonstrations.gradients.checks import (
    STEPS,
    WRONG,
    Check,
    Cost,
    check,
    cost,
    errors_by_step,
    network,
    timings,
    wrong_sigmoid,
)

WIDE, MANY = 256, 256
"""Width of the network, and examples, for timing an evaluation against one with its gradient: enough that the
arithmetic takes longer than calling it."""


def demonstrate(
    *, step: float = 1e-5, tolerance: float = 1e-6, largest_width: int = 32, seed: int = 0
) -> Demonstrated:
    """Checks every layer of `suite.demonstrations.gradients.layers`, a control whose gradient is wrong, and
    networks of growing size.

    Args:
        step: how far each number is moved for the central differences.
        tolerance: relative error below which two gradients are the same.
        largest_width: of the networks whose cost is measured: 2, 4, 8 and so on.
        seed: of their weights and examples.
    """
    from suite.demonstrations.gradients.layers import LAYERS

    checks = {name: check(build(), step) for name, build in LAYERS.items()}
    control = check(wrong_sigmoid(), step).error
    costs = [cost(2**n, step, seed) for n in range(1, max(largest_width, 2).bit_length())]
    plain, with_gradient = timings(network(WIDE, seed, examples=MANY))
    ratio = mean_estimate(with_gradient / plain, 0.95, np.random.default_rng(seed))
    errors = errors_by_step(seed)
    return Demonstrated(
        answer=" ".join(_answer(checks, control, costs, tolerance)),
        warnings=tuple(_warnings(checks, control, tolerance)),
        headline=_headline(checks, control, costs, ratio, tolerance),
        sections=(
            sections.layers(checks, tolerance),
            sections.pieces(step),
            sections.costs(costs),
            sections.steps(errors),
        ),
        measures=tuple(_measures(checks, control, costs, ratio, errors)),
        summary={
            "errors": {name: each.error for name, each in checks.items()},
            "evaluations": {str(each.check.size): each.check.evaluations for each in costs},
        },
        figure=sections.errors(checks, control, tolerance),
    )


def _failed(checks: Mapping[str, Check], tolerance: float) -> list[str]:
    return [name for name, each in checks.items() if not each.error < tolerance]


def _answer(
    checks: Mapping[str, Check], control: float, costs: Sequence[Cost], tolerance: float
) -> Iterator[str]:
    failed = _failed(checks, tolerance)
    if failed:
        each = listed([f"{name} (relative error {checks[name].error:.1e})" for name in failed])
        yield (
            f"No: {len(failed)} of {len(checks)} gradients differ from their numerical ones by"
            f" {tolerance:.0e} or more: {each}. The other {len(checks) - len(failed)} agree."
        )
    else:
        worst = max(checks, key=lambda name: checks[name].error)
        yield (
            f"Yes: backpropagation gives the numerical gradient of all {len(checks)} layers and functions"
            f" that the models are made of; the largest relative error is {checks[worst].error:.1e}"
            f" ({worst})."
        )
    found = "is found out" if control >= tolerance else "is not found out"
    yield f"A control whose gradient is {WRONG - 1:.0%} off {found} ({control:.1e})."
    largest = costs[-1].check
    yield (
        f"Differences need two evaluations a parameter, {largest.evaluations:,} for {largest.size:,}"
        f" parameters; backpropagation takes one evaluation and one pass back, whatever their number."
    )


def _warnings(checks: Mapping[str, Check], control: float, tolerance: float) -> Iterator[str]:
    if failed := _failed(checks, tolerance):
        yield f"Gradients that are not to be trusted: {listed(failed)}."
    if control < tolerance:
        yield "The check let a wrong gradient pass, so what it says of the others means nothing."


def _headline(
    checks: Mapping[str, Check], control: float, costs: Sequence[Cost], ratio: Estimate, tolerance: float
) -> Table:
    passed, largest = len(checks) - len(_failed(checks, tolerance)), costs[-1].check
    rows = (
        (f"gradients that agree to within {tolerance:.0e}", f"{passed} of {len(checks)}"),
        ("largest relative error", f"{max(each.error for each in checks.values()):.1e}"),
        (f"a gradient that is {WRONG - 1:.0%} off", f"{control:.1e}"),
        (f"evaluations for {largest.size:,} parameters, by differences", f"{largest.evaluations:,}"),
        ("time of an evaluation with its gradient, in evaluations", ratio.text()),
    )
    return Table(("", "measured"), rows, kinds=("text", "number"))


def _measures(
    checks: Mapping[str, Check],
    control: float,
    costs: Sequence[Cost],
    ratio: Estimate,
    errors: Mapping[str, np.ndarray],
) -> Iterator[Measure]:
    largest = costs[-1].check
    single = {
        "layers": float(len(checks)),
        "largest_error": max(each.error for each in checks.values()),
        "control_error": control,
        "evaluations_per_parameter": largest.evaluations / largest.size,
    }
    for name, number in single.items():
        yield Measure(f"gradient_check.{name}", {}, number, number, number)
    yield Measure("gradient_check.gradient_over_evaluation", {}, *ratio)
    for method, each in errors.items():
        for name, number in (("best_step", STEPS[int(np.argmin(each))]), ("least_error", float(each.min()))):
            yield Measure(f"gradient_check.{name}", {"method": method}, number, number, number)
