"""What trained classifiers say of the test split: shared by the probes that compare their answers.

The test split is the same for every replicate, whatever its seeds.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from suite.analysis.estimate import Estimate
from suite.probes.estimates import CONFIDENCE
from suite.study.config import Config

CHUNK = 1000
"""Examples that are evaluated at once."""


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `labels` [n] classes of the test split; `kept.probabilities` [n, classes] float32 that the kept
        weights give; nothing of `kept` if there are none.

    Raises:
        ValueError: the data set is no classification.
    """
    from suite.probes.hidden import model_of
    from suite.training.load import prepared

    data = prepared(config)
    if data.dataset.task != "classification":
        raise ValueError(f"expects a classification. Received: {config.dataset}, a {data.dataset.task}.")
    found = {"labels": np.asarray(data.test.y)}
    if kept is None:
        return found
    model, x = model_of(config, kept), data.test.x
    starts = range(0, len(found["labels"]), CHUNK)
    logits = [model(data.normalization(x[start : start + CHUNK]), training=False) for start in starts]
    return found | {"kept.probabilities": softmax(np.concatenate([each.numpy() for each in logits]))}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Gives the probabilities of logits [..., classes], float32."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def answers(replicates: Sequence[Mapping[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Gives [n] labels and [r, n, classes] probabilities of the replicates that kept weights."""
    known = [each["kept.probabilities"] for each in replicates if "kept.probabilities" in each]
    labels = replicates[0]["labels"] if replicates else np.zeros(0, int)
    return labels, np.array(known, np.float32) if known else np.zeros((0, len(labels), 0), np.float32)


def jackknifed(
    statistic: Callable[[np.ndarray], float], replicates: np.ndarray, *, positive: bool = False
) -> Estimate:
    """Estimates a number of several replicates together, such as a variance, with its interval.

    The point is the number of all of them; the interval is Student's, by the spread of the numbers without
    one replicate each (the jackknife: Efron and Stein 1981, doi:10.1214/aos/1176345462).

    Args:
        statistic: gives the number of [r, ...] replicates, of r - 1 too.
        replicates: [r, ...], three or more.
        positive: whether the number is more than 0, and its logarithm is what Student's interval suits.
    """
    if positive:
        logarithms = jackknifed(lambda each: float(np.log(statistic(each))), replicates)
        return Estimate(*(float(np.exp(bound)) for bound in logarithms))
    r = len(replicates)
    point = float(statistic(replicates))
    without = np.array([statistic(np.delete(replicates, at, axis=0)) for at in range(r)])
    error = float(np.sqrt((r - 1) / r * np.sum((without - without.mean()) ** 2)))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, r - 1)) * error
    return Estimate(point, point - reach, point + reach)


def numeric(settings: Mapping[str, object]) -> float | None:
    """The level of the one hyperparameter that is asked about, where it is a number."""
    (value, *others) = [*settings.values()] or [None]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if not others and is_number else None  # type: ignore[arg-type]
