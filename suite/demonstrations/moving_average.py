"""Shows what an exponentially weighted average is an average of, what its bias is, and what corrects it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.figures import one_at_a_time
from suite.analysis.records import Demonstrated, Figure, Measure, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.statistics import mean_estimate
from suite.analysis.words import listed

LEFT = np.exp(-1)
"""Share of a sum of weights that is left beyond one time constant."""

SAME = 1e-12
"""Two results in 64 bits that differ by less are the same."""

SLIDER = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Betas that the slider goes over."""

STEPS_OF_ADAM = 3
"""Steps that are shown of an optimizer that averages."""


@dataclass(frozen=True)
class Averaged:
    """What was measured of one average.

    Attributes:
        beta: the share of the average that each step keeps.
        time_constant: steps until a new level has come through but for a share of 1 / e.
        noise: variance of the average of white noise over the noise's own, in each of several runs.
        lag: steps by which the average of a ramp is late.
        bias_error: largest difference between the average of a constant 1 and 1 - beta^t.
        correction_error: largest difference between that, corrected, and 1.
    """

    beta: float
    time_constant: float
    noise: np.ndarray
    lag: float
    bias_error: float
    correction_error: float


def demonstrate(
    *,
    betas: str = "0.5,0.9,0.98",
    steps: int = 200,
    noise: float = 0.5,
    runs: int = 20,
    seed: int = 0,
) -> Demonstrated:
    """Averages a noisy signal, a jump, a ramp and a constant, and compares with the closed forms.

    Args:
        betas: shares of the average that each step keeps, in (0, 1), split by commas.
        steps: of the series that is drawn.
        noise: standard deviation of its noise, around a sine of amplitude 1.
        runs: independent series of noise, for the interval of what an average leaves of it.
        seed: of the noise.

    Raises:
        ValueError: a beta outside (0, 1).
    """
    chosen = tuple(float(beta) for beta in betas.split(","))
    if not all(0 < beta < 1 for beta in chosen):
        raise ValueError(f"`betas` must lie between 0 and 1. Received: betas={betas!r}.")
    rng = np.random.default_rng(seed)
    found = [measured(beta, runs, rng) for beta in chosen]
    adam = steps_of_adam()
    time = np.arange(1, steps + 1)
    truth = np.sin(2 * np.pi * time / 100)
    series = truth + rng.normal(0, noise, steps)
    return Demonstrated(
        answer=" ".join(_answer(found, adam)),
        warnings=tuple(_warnings(found)),
        headline=_headline(found),
        sections=(_every(time, truth, series), _bias(chosen), _weights(chosen), _noise(found), _adam(adam)),
        measures=tuple(_measures(found, adam, seed)),
        summary={str(each.beta): {"time_constant": each.time_constant, "lag": each.lag} for each in found},
        figure=_series(chosen, time, truth, series),
    )


def average(x: np.ndarray, beta: float, *, corrected: bool = False) -> np.ndarray:
    """[t, ...] v_t = beta v_(t-1) + (1 - beta) x_t from v_0 = 0; `corrected`: over 1 - beta^t (Kingma and Ba
    2015, arXiv:1412.6980, section 3)."""
    v, out = np.zeros_like(x[0], dtype=float), np.empty(x.shape)
    for t, value in enumerate(x):
        v = beta * v + (1 - beta) * value
        out[t] = v / (1 - beta ** (t + 1)) if corrected else v
    return out


def measured(beta: float, runs: int, rng: np.random.Generator) -> Averaged:
    """Measures an average by what it gives for a constant, a ramp and noise."""
    constant = 1 / (1 - beta)
    length = int(np.ceil(40 * constant))
    jump, t = average(np.ones(length), beta), np.arange(1, length + 1)
    ramp = average(t.astype(float), beta)
    white = average(rng.normal(size=(100 * length, runs)), beta)[length:]
    return Averaged(
        beta=beta,
        time_constant=float(np.interp(1 - LEFT, [0.0, *jump], [0.0, *t])),
        noise=white.var(axis=0),
        lag=float(t[-1] - ramp[-1]),
        bias_error=float(np.abs(jump - (1 - beta**t)).max()),
        correction_error=float(np.abs(average(np.ones(length), beta, corrected=True) - 1).max()),
    )


def steps_of_adam() -> dict[str, np.ndarray]:
    """Way -> [STEPS_OF_ADAM] size of the first steps of Adam under a constant gradient, in learning rates: of
    Keras's, which corrects the bias of both averages, and by hand without that. Imports TensorFlow."""
    import keras

    from suite.study.config import Config
    from suite.training.build import build_optimizer

    rate, gradient, x = 0.01, 0.3, keras.Variable([0.0])
    adam, places = build_optimizer(Config(optimizer="adam", learning_rate=rate)), [0.0]
    for _ in range(STEPS_OF_ADAM):
        adam.apply([keras.ops.convert_to_tensor([gradient])], [x])
        places.append(float(x.numpy()[0]))
    each = np.full(STEPS_OF_ADAM, gradient)
    plain = average(each, adam.beta_1) / np.sqrt(average(each**2, adam.beta_2))
    return {"corrected": -np.diff(places) / rate, "not corrected": plain}


def _kept(each: Averaged) -> float:
    """What theory says an average leaves of the variance of white noise."""
    return (1 - each.beta) / (1 + each.beta)


def _answer(found: Sequence[Averaged], adam: Mapping[str, np.ndarray]) -> Iterator[str]:
    constants = [f"{each.time_constant:.3g} steps for {each.beta:g}" for each in found]
    rule = [f"{1 / (1 - each.beta):.3g}" for each in found]
    yield (
        f"It averages over about 1 / (1 - beta) steps: measured {listed(constants)}, where the rule says"
        f" {listed(rule)}."
    )
    if list(_warnings(found)):
        yield "Its bias is not that of the closed form: see the warning."
    else:
        yield (
            "It starts at 0 and therefore too low, by the factor 1 - beta^t exactly; over that factor it"
            " is right from the first step on."
        )
    lags = [f"{each.lag:.3g} for {each.beta:g}" for each in found]
    yield f"What is smoother is later: the steps by which it lags behind a ramp are {listed(lags)}."
    first = {way: steps[0] for way, steps in adam.items()}
    yield (
        f"Adam divides one such average by the root of another: its first step is {first['corrected']:.2f}"
        f" learning rates, and would be {first['not corrected']:.2f} without the correction."
    )


def _warnings(found: Sequence[Averaged]) -> Iterator[str]:
    for each in found:
        worst = max(each.bias_error, each.correction_error)
        if not worst < SAME:
            yield f"For beta {each.beta:g} the average differs from its closed form by {worst:.1e}."


def _headline(found: Sequence[Averaged]) -> Table:
    rows = tuple(
        (
            f"{each.beta:g}",
            f"{each.time_constant:.2f}",
            f"{1 / (1 - each.beta):.1f}",
            f"{each.lag:.2f}",
            f"{each.noise.mean():.4f}",
            f"{_kept(each):.4f}",
        )
        for each in found
    )
    columns = (
        "beta",
        "time constant, steps",
        "1 / (1 - beta)",
        "lag, steps",
        "variance left of noise",
        "(1 - beta) / (1 + beta)",
    )
    return Table(columns, rows, kinds=numbers(len(columns) - 1))


def _measures(found: Sequence[Averaged], adam: Mapping[str, np.ndarray], seed: int) -> Iterator[Measure]:
    """At each beta, next to what is measured its ratio to what theory says."""
    for each in found:
        rng = np.random.default_rng(seed)
        single = {
            "time_constant": each.time_constant,
            "time_constant_ratio": each.time_constant * (1 - each.beta),
            "lag_ratio": each.lag * (1 - each.beta) / each.beta,
            "bias_error": each.bias_error,
            "correction_error": each.correction_error,
        }
        estimates = {name: Estimate(*(number,) * 3) for name, number in single.items()}
        estimates["noise_ratio"] = mean_estimate(each.noise / _kept(each), 0.95, rng)
        for name, estimate in estimates.items():
            yield Measure(f"moving_average.{name}", {"beta": each.beta}, *estimate)
    for way, steps in adam.items():
        yield Measure("moving_average.adam_first_step", {"bias": way}, *(float(steps[0]),) * 3)


def _lines(name: str, title: str, caption: str, rows: Sequence[tuple], **options: object) -> Figure:
    """A figure of `rows` (series, x, y) or (series, x, y, panel)."""
    columns = ["series", "x", "y", "panel"][: len(rows[0])]
    return Figure(name, "lines", title, caption, {"lines": pd.DataFrame(rows, columns=columns)}, options)


def _series(betas: Sequence[float], time: np.ndarray, truth: np.ndarray, series: np.ndarray) -> Figure:
    rows = [
        (name, t, y, f"beta = {beta:g}")
        for beta in betas
        for name, values in (
            ("observed", series),
            ("truth", truth),
            ("average", average(series, beta, corrected=True)),
        )
        for t, y in zip(time, values, strict=True)
    ]
    return _lines(
        "averages",
        "The larger beta, the smoother the average, and the later",
        "A sine with noise, and its exponentially weighted averages, with their bias corrected.",
        rows,
        x_title="step",
        y_title="value",
        series=["average", "truth", "observed"],
        faint=["observed"],
        panels=[f"beta = {beta:g}" for beta in betas],
    )


def _every(time: np.ndarray, truth: np.ndarray, series: np.ndarray) -> Section:
    """The same under a slider, for more betas."""
    drawn = one_at_a_time(_series(SLIDER, time, truth, series), "beta")
    return Section("every_beta", "From no average to a long one", (drawn,))


def _bias(betas: Sequence[float]) -> Section:
    """The first steps of the average of a constant."""
    beta = max(betas)
    t = np.arange(1, int(4 / (1 - beta)) + 1)
    ones = np.ones(len(t))
    ways = {
        "not corrected": average(ones, beta),
        "1 - beta^t": 1 - beta**t,
        "corrected": average(ones, beta, corrected=True),
    }
    first = [f"{average(ones, each)[0]:.2g} for {each:g}" for each in betas]
    said = (
        "The average starts at 0, which is no observation. Of a constant 1 the first one is 1 - beta:"
        f" {listed(first)}. The weights that it has given by step t add up to 1 - beta^t; divided by that,"
        f" they add up to 1."
    )
    figure = _lines(
        "average_bias",
        "Without correction the start weighs in until a few time constants have passed",
        f"The average of a constant 1 with beta = {beta:g}; the closed form lies under the average.",
        [(name, step, y) for name, values in ways.items() for step, y in zip(t, values, strict=True)],
        x_title="step",
        y_title="average",
        series=list(ways),
    )
    return Section("bias", "The bias of the start, and its correction", (Text((said,)), figure))


def _weights(betas: Sequence[float]) -> Section:
    """What each observation of the past counts."""
    rows = [(f"beta = {beta:g}", age, (1 - beta) * beta**age) for beta in betas for age in range(51)]
    figure = _lines(
        "average_weights",
        "What an observation counts, by its age: it never ends, and is small after some 1 / (1 - beta) steps",
        "Weights (1 - beta) × beta^age.",
        rows,
        x_title="age, steps",
        y_title="weight",
    )
    sums = [f"{1 - beta ** (1 / (1 - beta)):.1%} for {beta:g}" for beta in betas]
    said = (
        f"The 1 / (1 - beta) newest observations have together {listed(sums)} of the weight; the larger"
        f" beta, the nearer to 1 - 1 / e = 63.2%."
    )
    return Section("weights", "What it is an average of", (Text((said,)), figure))


def _noise(found: Sequence[Averaged]) -> Section:
    rows = tuple(
        (f"{each.beta:g}", f"{each.noise.mean():.4f}", f"{_kept(each):.4f}", f"{1 / _kept(each):.3g}")
        for each in found
    )
    columns = ("beta", "variance left, measured", "(1 - beta) / (1 + beta)", "as the mean of so many values")
    said = (
        "Of independent noise, it leaves as much variance as the plain mean of (1 + beta) / (1 - beta)"
        " values does."
    )
    return Section(
        "noise", "What it leaves of noise", (Text((said,)), Table(columns, rows, kinds=numbers(3)))
    )


def _adam(adam: Mapping[str, np.ndarray]) -> Section:
    rows = tuple((way, *(f"{step:.3f}" for step in steps)) for way, steps in adam.items())
    columns = ("bias of both averages", *(f"step {n + 1}" for n in range(STEPS_OF_ADAM)))
    said = (
        "Adam steps by the learning rate times an average of the gradient (beta 0.9) over the root of an"
        " average of its square (beta 0.999). Under a constant gradient that ratio is 1, once the start is"
        " corrected for; without, the second average is too low for much longer than the first, and the"
        " first steps are too long. In learning rates:"
    )
    table = Table(columns, rows, kinds=numbers(STEPS_OF_ADAM))
    return Section("adam", "Where it matters: the first steps of Adam", (Text((said,)), table))
