"""Which words does a model from sequences to sequences get wrong, where does it look, does beam search help?

Test words are decoded at the kept weights, greedily and by beam search; and of one word it is measured how
much each token of its target looks at each letter.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis.records import Block, Details, Figure, Measure, Section, Table, Text
from suite.probes.estimates import CONFIDENCE, Levels, Measured, estimate, kinds, measures, text
from suite.study.config import Config

WORDS = 400
"""Test words that are decoded."""

BEAM_WIDTH = 4

SHORT, LONG = 6, 9
"""A short word has at most so many letters, a long one at least so many."""

SHOWN_LETTERS = 9
"""Letters of the word whose attention is shown: the first one of the test split that has as many."""

LENGTHS = (4, 5, 6, 7, 8, 9, 10, 11)
"""Lengths of the figure; words beyond its ends count with them."""

QUANTITIES = {
    "word_error": "word error",
    "phone_error": "phone error",
    "beam_word_error": "word error, beam",
    "beam_gain": "less by beam",
    "short_phone_error": f"phone error, ≤ {SHORT} letters",
    "long_phone_error": f"≥ {LONG} letters",
    "long_to_short": "long / short",
    "monotone": "looks onward",
}
COLUMNS = ("word_error", "beam_word_error", "phone_error", "long_to_short", "monotone")
SHARES = tuple(name for name in QUANTITIES if name != "long_to_short")

READING = (
    "A word is wrong if any of its phones is; a phone error is one to insert, delete or replace, over the"
    f" phones of the target. Beam search keeps {BEAM_WIDTH} candidates. Looks onward: the share of a word's"
    " phones whose attention has its centre no further left than that of the phone before."
)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        For each of WORDS test words its `kept.letters`, `kept.phones` of the target, and by `kept.greedy` and
        `kept.beam` the edits that it is off by; of models with attention `kept.attention` [phones, letters]
        of one word, with its `kept.word` and `kept.target` [.] texts. Nothing if there are no kept weights.

    Raises:
        ValueError: the model does not give sequences.
    """
    import tensorflow as tf

    from suite.data.preprocessing import END, START
    from suite.models import decoding
    from suite.probes.hidden import model_of
    from suite.training.load import prepared

    data = prepared(config)
    if not data.target_words:
        raise ValueError(
            "the probe `decoding` expects a task from sequence to sequence, as cmudict has it."
            f" Received: dataset={config.dataset!r}."
        )
    if kept is None:
        return {}
    model, words = model_of(config, kept), np.array(data.target_words)
    source = np.asarray(data.test.array[:WORDS])[:, : data.input_shape[0] - (data.output_length or 0)]
    (column,) = data.dataset.kinds
    spelled = data.dataset.test.frame[column].to_numpy(str)
    found = {"letters": np.array([len(word) for word in spelled[:WORDS]])}
    for name, width in (("greedy", 1), ("beam", BEAM_WIDTH)):
        decode = tf.function(decoding.beam, autograph=False)
        tokens = decode(model, tf.constant(source), *map(data.target_words.index, (START, END)), width)
        off, found["phones"] = edits(data.dataset.test.y[:WORDS], words, tokens.numpy(), END)
        found[name] = off
    shown = int(np.argmax([len(word) == SHOWN_LETTERS for word in spelled]))
    weights = attention(model, np.asarray(data.test.array[shown : shown + 1]), source.shape[1])
    if weights is not None:
        target = [words[token] for token in data.test.y[shown] if token]
        found["attention"] = weights[: len(target) - 1, : len(spelled[shown])]
        found["word"], found["target"] = np.array(list(spelled[shown])), np.array(target[:-1])
    return {f"kept.{name}": values for name, values in found.items()}


def edits(
    targets: Iterable[str], words: np.ndarray, tokens: np.ndarray, end: str
) -> tuple[np.ndarray, np.ndarray]:
    """Gives how many tokens each decoded text is off by, and how many its target has; the nearest variant
    counts."""
    from suite.data.dataset import VARIANTS
    from suite.data.edits import edit_distance

    texts = [[word for word in words[row[row > 0]] if word != end] for row in tokens]
    nearest = [
        min(
            (edit_distance(variant.split(), text), len(variant.split())) for variant in target.split(VARIANTS)
        )
        for target, text in zip(targets, texts, strict=True)
    ]
    return np.array([each[0] for each in nearest]), np.array([each[1] for each in nearest])


def attention(model: Any, tokens: np.ndarray, source_length: int) -> np.ndarray | None:
    """Gives how much each place of the target looks at each of the source, [target, source]: the mean over
    heads and layers; None of a model without attention to its encoder.

    Args:
        model: from source and shifted target to logits.
        tokens: [1, source + target] as the model takes them.
        source_length: tokens of the source.
    """
    import keras
    import tensorflow as tf

    from suite.probes.hidden import recorded

    looks = keras.layers.Attention, keras.layers.AdditiveAttention, keras.layers.MultiHeadAttention
    with recorded(model) as calls:
        model(tf.constant(tokens))
    target_length, maps = tokens.shape[1] - source_length, []
    for call in calls:
        if not isinstance(call.layer, looks) or call.inputs[1].shape[1] != source_length:
            continue
        if call.inputs[0].shape[1] != target_length:
            continue  # of the encoder to itself
        if isinstance(call.layer, keras.layers.MultiHeadAttention):
            query, value, *masks = call.inputs
            mask = next((each for each in masks if each.dtype == tf.bool), None)
            _, scores = call.layer(query, value, attention_mask=mask, return_attention_scores=True)
            scores = tf.reduce_mean(scores, axis=1)
        else:
            query, value, key, *masks = call.inputs
            given = [None, masks[-1]] if masks else None
            _, scores = call.layer([query, value, key], mask=given, return_attention_scores=True)
        maps.append(scores[0].numpy())
    return np.mean(maps, axis=0) if maps else None


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    kept = {label: [_kept(each) for each in measured[label] if each] for label in levels}
    values = {label: _values(kept[label]) for label in levels}
    found = tuple(
        each
        for name in QUANTITIES
        for each in measures(f"decoding.{name}", levels, {label: values[label][name] for label in levels})
    )
    rows = tuple(
        (label, *(text(values[label][name], percent=name in SHARES) for name in COLUMNS)) for label in levels
    )
    maps = tuple(
        _map(label, replicates[0])
        for label, replicates in kept.items()
        if "attention" in (replicates or [{}])[0]
    )
    blocks: tuple[Block, ...] = (
        _by_length(kept),
        Table(("", *(QUANTITIES[name] for name in COLUMNS)), rows, kinds=kinds(1, len(COLUMNS))),
        Text((READING,), kind="soft"),
        Details("Where the models with attention look", maps, open=True),
    )
    return Section("decoding", "Which words are wrong, and where the models look", blocks), found


def _kept(replicate: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix("kept."): values for name, values in replicate.items()}


def _values(replicates: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Quantity -> [n] of the replicates."""
    rows = []
    for each in replicates:
        wrong, beam = np.mean(each["greedy"] > 0), np.mean(each["beam"] > 0)
        short, long = (
            _phone_error(each, part) for part in (each["letters"] <= SHORT, each["letters"] >= LONG)
        )
        onward = monotone(each["attention"]) if "attention" in each else np.nan
        errors = wrong, _phone_error(each, slice(None)), beam, wrong - beam, short, long
        rows.append((*errors, long / short, onward))
    return dict(zip(QUANTITIES, np.array(rows, float).reshape(-1, len(QUANTITIES)).T, strict=True))


def _phone_error(replicate: Mapping[str, np.ndarray], part: Any) -> float:
    """Edits over the phones of the targets, greedily decoded."""
    total = replicate["phones"][part].sum()
    return float(replicate["greedy"][part].sum() / total) if total else np.nan


def monotone(weights: np.ndarray) -> float:
    """Says which share of the rows of [phones, letters] have their centre no further left than the row
    before; half a letter is no step."""
    centres = weights @ np.arange(weights.shape[1]) / weights.sum(axis=1)
    return float(np.mean(np.diff(centres) > -0.5)) if len(centres) > 1 else np.nan


def _by_length(kept: Mapping[str, Sequence[Mapping[str, np.ndarray]]]) -> Figure:
    rows = []
    for label, replicates in kept.items():
        for length in LENGTHS:
            shares = np.array([
                _phone_error(each, np.clip(each["letters"], LENGTHS[0], LENGTHS[-1]) == length)
                for each in replicates
            ])  # fmt: skip
            point, low, high = estimate(shares)
            rows.append((label, length, point, low, high))
    data = pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"]).dropna()
    return Figure(
        "error_by_length",
        "lines",
        "Phone error against the length of a word: one context vector has to hold the whole word",
        f"Interquartile mean over the replicates and its {CONFIDENCE:.0%} interval, {WORDS} test words,"
        " decoded greedily; words beyond the ends of the axis count with them.",
        {"lines": data},
        {"x_title": "letters of the word", "y_title": "phone error", "series": list(kept), "points": True},
    )


def _map(label: str, replicate: Mapping[str, Any]) -> Figure:
    """The attention of one word."""
    weights = replicate["attention"]
    letters = [f"{place + 1} {letter}" for place, letter in enumerate(replicate["word"])]
    phones = [f"{place + 1} {phone}" for place, phone in enumerate(replicate["target"])]
    data = pd.DataFrame(
        [
            (
                letters[x],
                phones[y],
                weights[y, x],
                f"{weights[y, x]:.2f}"[1:] if weights[y, x] < 0.995 else "1",
            )
            for y in range(len(phones))
            for x in range(len(letters))
        ],
        columns=["x", "y", "value", "text"],
    )
    return Figure(
        f"attention_{label}",
        "heatmap",
        f"{label}: how much each phone looks at each letter of {''.join(replicate['word'])}",
        "Attention weights, a row sums to 1; kept weights of the first replicate, the true phones given.",
        {"cells": data.assign(dark=data["value"] > 0.55)},
        {
            "x_order": letters, "y_order": phones, "x_title": "letter", "y_title": "phone",
            "domain": [0, 1], "scheme": "blues", "value_title": "weight", "row_height": 26,
        },
    )  # fmt: skip
