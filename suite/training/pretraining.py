"""Pretraining of an encoder on masked tokens: what it is trained on, and how the training for the task begins from it.

Devlin et al. 2018, arXiv:1810.04805, section 3.1, with the masks drawn before the training, several for each text, as there.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from suite.data.dataset import Split
from suite.data.preprocessing import Prepared
from suite.study.config import Config

CHOSEN = 0.15
"""Share of a text's words that are to be predicted, at least one."""

MASKED, RANDOM = 0.8, 0.1
"""Shares of the chosen words that the model sees as [MASK], and as any word; the others stay."""

COPIES = 10
"""Maskings of each text, of which an epoch takes one at random."""

EVALUATED = 1000
"""Most texts of a split on which masked tokens are measured."""

UNKNOWN = 1
"""Token of the words outside the vocabulary, which are never chosen; 0 is padding."""

HEAD = 2
"""Variables of a task's output layer, the last ones of its model: kernel and bias."""


def pretraining_of(config: Config) -> Config:
    """The training on masked tokens that a config begins with."""
    return config.replace(
        epochs=config.pretraining_epochs, pretraining_epochs=0, checkpoint="last",
        evaluate_every=None, patience=None, monitor="val_loss",
    )  # fmt: skip


@lru_cache(maxsize=2)
def masked_tokens(prepared: Prepared) -> Prepared:
    """Texts with masked words in place of a task's examples: a sequence to sequence of as many targets as there are places.

    `x` [COPIES * n, time + places] is as `mask` gives it, [MASK] being the first token beyond the vocabulary.
    """
    rng, size = np.random.default_rng(0), prepared.vocabulary_size
    copies = [mask(prepared.train.x, size, rng) for _ in range(COPIES)]
    train = Split(*(np.concatenate([getattr(copy, part) for copy in copies]) for part in ("x", "y")))
    return replace(
        prepared, dataset=replace(prepared.dataset, task="sequence_to_sequence", class_names=()), train=train, copies=COPIES,
        validation=mask(prepared.validation.x[:EVALUATED], size, rng), vocabulary_size=size + 1, num_outputs=size + 1,
        places=train.y.shape[1],
    )  # fmt: skip


def mask(tokens: np.ndarray, vocabulary_size: int, rng: np.random.Generator) -> Split:
    """One masking of texts.

    Args:
        tokens: [n, time] int32. vocabulary_size: of them, and so the token [MASK].

    Returns:
        `x` [n, time + places] int32: the tokens as the model sees them, then the time steps of the chosen ones; `y` [n, places]
        int32: what the chosen ones were. A text that has fewer ends in places 0 with targets 0, which do not count.
    """
    words = tokens > UNKNOWN
    count = words.sum(axis=1, keepdims=True)
    most = max(1, round(CHOSEN * tokens.shape[1]))
    drawn = np.argsort(np.where(words, rng.random(words.shape), 1.0), axis=1)[:, :most]
    counts = np.arange(most) < np.clip(np.rint(CHOSEN * count), 1, count)
    places = np.where(counts, drawn, 0).astype(np.int32)
    original = np.where(counts, np.take_along_axis(tokens, places, axis=1), 0).astype(np.int32)
    fate, other = rng.random(places.shape), rng.integers(UNKNOWN + 1, vocabulary_size, places.shape)
    seen = np.where(fate < MASKED, vocabulary_size, np.where(fate < MASKED + RANDOM, other, original))
    x, rows = tokens.copy(), np.nonzero(counts)[0]
    x[rows, places[counts]] = seen[counts]
    return Split(np.concatenate([x, places], axis=1), original)


def from_pretrained(
    initial: Sequence[np.ndarray], pretrained: Sequence[np.ndarray] | None
) -> list[np.ndarray]:
    """Trainable variables of a task's model before its first step.

    Args:
        initial: as they would be without pretraining: the head keeps them.
        pretrained: variables after the pretraining: of the same encoder, but with a row of embeddings more, of [MASK]; None if
            it diverged, as the training then does at once.
    """
    if pretrained is None:
        return [np.full_like(value, np.nan) for value in initial]
    encoder = [
        old[: len(new)] for new, old in zip(initial[:-HEAD], pretrained[: len(initial) - HEAD], strict=True)
    ]
    return [*encoder, *initial[-HEAD:]]
