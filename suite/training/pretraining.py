"""Pretrains an encoder on masked tokens: on what, and how the training for the task begins from it.

Devlin et al. 2018, arXiv:1810.04805, section 3.1, with the masks drawn before the training, several for each
text, as there.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from suite.data.dataset import Rows, Split
from suite.data.preprocessing import Prepared
from suite.study.config import Config

CHOSEN_SHARE = 0.15
"""Share of a text's words that are to be predicted, at least one."""

MASKED_SHARE, RANDOM_SHARE = 0.8, 0.1
"""Shares of the chosen words that the model sees as [MASK], and as any word; the others stay."""

COPIES = 10
"""Maskings of each text, of which an epoch takes one at random."""

EVALUATED_TEXTS = 1000
"""Most texts of a split on which masked tokens are measured."""

UNKNOWN = 1
"""Token of the words outside the vocabulary, which are never chosen; 0 is padding."""

HEAD_VARIABLES = 2
"""Variables of a task's output layer, the last ones of its model: kernel and bias."""


def pretraining_of(config: Config) -> Config:
    """Gives the training on masked tokens that a config begins with."""
    return config.replace(
        epochs=config.pretraining_epochs,
        pretraining_epochs=0,
        checkpoint="last",
        evaluate_every=None,
        patience=None,
        monitor="val_loss",
        class_weight=None,
        loss=None,
    )


@lru_cache(maxsize=2)
def masked_tokens(prepared: Prepared) -> Prepared:
    """Puts texts with masked words in place of a task's examples.

    The task is then a sequence to sequence of as many targets as there are places.

    Args:
        prepared: texts as tokens [n, time] with one target each.

    Returns:
        `x` [COPIES * n, time + places] as `mask` gives it, [MASK] being the first token beyond the
        vocabulary.
    """
    assert prepared.vocabulary_size, "`suite.training.load.prepared` refuses others"
    rng, size = np.random.default_rng(0), prepared.vocabulary_size
    copies = [mask(prepared.train.x, size, rng) for _ in range(COPIES)]
    train = Split(*(np.concatenate([getattr(copy, part) for copy in copies]) for part in ("x", "y")))
    return replace(
        prepared,
        dataset=replace(prepared.dataset, task="sequence_to_sequence", class_names=()),
        train=train,
        copies=COPIES,
        validation=mask(prepared.validation.x[:EVALUATED_TEXTS], size, rng),
        vocabulary_size=size + 1,
        num_outputs=size + 1,
        places=train.y.shape[1],
    )


def mask(tokens: np.ndarray | Rows, vocabulary_size: int, rng: np.random.Generator) -> Split:
    """Masks texts once.

    Args:
        tokens: [n, time] int32.
        vocabulary_size: of them, and so the token [MASK].
        rng: draws the words and what becomes of them.

    Returns:
        `x` [n, time + places] int32: the tokens as the model sees them, then the time steps of the chosen
        ones; `y` [n, places] int32: what the chosen ones were. A text that has fewer ends in places 0 with
        targets 0, which do not count.
    """
    tokens = tokens[:]
    words = tokens > UNKNOWN
    count = words.sum(axis=1, keepdims=True)
    most = max(1, round(CHOSEN_SHARE * tokens.shape[1]))
    drawn = np.argsort(np.where(words, rng.random(words.shape), 1.0), axis=1)[:, :most]
    is_chosen = np.arange(most) < np.clip(np.rint(CHOSEN_SHARE * count), 1, count)
    places = np.where(is_chosen, drawn, 0).astype(np.int32)
    original = np.where(is_chosen, np.take_along_axis(tokens, places, axis=1), 0).astype(np.int32)
    fate, other = rng.random(places.shape), rng.integers(UNKNOWN + 1, vocabulary_size, places.shape)
    replaced = np.where(fate < MASKED_SHARE + RANDOM_SHARE, other, original)
    seen = np.where(fate < MASKED_SHARE, vocabulary_size, replaced)
    x, rows = tokens.copy(), np.nonzero(is_chosen)[0]
    x[rows, places[is_chosen]] = seen[is_chosen]
    return Split(np.concatenate([x, places], axis=1), original)


def start_from_pretrained(
    initial: Sequence[np.ndarray], pretrained: Sequence[np.ndarray] | None
) -> list[np.ndarray]:
    """Gives the trainable variables of a task's model before its first step.

    Args:
        initial: as they would be without pretraining: the output layer keeps them.
        pretrained: variables after the pretraining: of the same encoder, but with a row of embeddings more,
            of [MASK]; None if it diverged, as the training then does at once.
    """
    if pretrained is None:
        return [np.full_like(value, np.nan) for value in initial]
    encoder, head = initial[:-HEAD_VARIABLES], initial[-HEAD_VARIABLES:]
    old = pretrained[: len(encoder)]
    return [*(before[: len(new)] for new, before in zip(encoder, old, strict=True)), *head]
