"""Pretraining on masked tokens: the masks, what is learned from them, and how the training for the task goes
on from there."""

import itertools

import keras
import numpy as np
import pandas as pd
import pytest

from suite import Config
from suite.data.dataset import Dataset, Split
from suite.models import builder
from suite.running.estimate import gradient_steps
from suite.study.identity import structure
from suite.tracking.record import training_metrics
from suite.training import checkpoint, engine, train, train_many
from suite.training.load import prepared
from suite.training.pretraining import COPIES, mask, masked_tokens, pretraining_of, start_from_pretrained
from suite.training.program import Program
from suite.training.result import Result
from suite.training.streams import Streams, batches

WORDS, LENGTH = 8, 12
CONFIG = Config(
    dataset="imdb", model="transformer", width=16, depth=1, num_heads=2, max_tokens=50,
    sequence_length=LENGTH, batch_size=32, learning_rate=0.1, optimizer="momentum", pretraining_epochs=2,
    epochs=1,
)  # fmt: skip


def circles(count: int, seed: int) -> Split:
    """Texts that go round a circle of words from anywhere, forwards (class 0) or backwards (class 1)."""
    rng = np.random.default_rng(seed)
    start, y = rng.integers(WORDS, size=count), rng.integers(2, size=count).astype(np.int32)
    steps = (start[:, None] + np.where(y, -1, 1)[:, None] * np.arange(LENGTH)) % WORDS
    return Split(pd.DataFrame({"text": [" ".join("abcdefgh"[step] for step in row) for row in steps]}), y)


@pytest.fixture(scope="module")
def language() -> Dataset:
    facts = dict.fromkeys(("name", "source", "licence", "description", "splits", "sha256"), "circles")
    splits = {"train": circles(256, 0), "validation": circles(128, 1), "test": circles(128, 2)}
    return Dataset(
        **facts,
        **splits,
        task="classification",
        class_names=("forwards", "backwards"),
        kinds={"text": "text"},
    )


def texts(*words: int, time: int = 20) -> np.ndarray:
    """[len(words), time] tokens from 2 on, a text of so many words each, and padding."""
    rng = np.random.default_rng(0)
    return np.stack([np.pad(rng.integers(2, 30, count), (0, time - count)) for count in words]).astype(
        np.int32
    )


def test_a_masking_by_hand():
    tokens = texts(20, 17, 10, 4, 1, 0)
    tokens[1, :4] = 1  # unknown words: 13 of the text's 17 are left
    split = mask(tokens, 30, np.random.default_rng(1))
    x, places, y = split.x[:, :20], split.x[:, 20:], split.y
    assert (y != 0).sum(axis=1).tolist() == [
        3,
        2,
        2,
        1,
        1,
        0,
    ]  # 15% of 20, 13, 10, 4, 1, 0, and at least one if there is one
    for row in range(len(tokens)):
        chosen = places[row, y[row] != 0]
        assert len(set(chosen)) == len(chosen)
        assert (tokens[row, chosen] > 1).all()
        np.testing.assert_array_equal(tokens[row, chosen], y[row, y[row] != 0])
        np.testing.assert_array_equal(np.delete(x[row], chosen), np.delete(tokens[row], chosen))
    assert (places[y == 0] == 0).all()


def test_chosen_words_are_masked_replaced_or_left_as_in_bert():
    tokens, size = texts(*[20] * 5000), 30
    split = mask(tokens, size, np.random.default_rng(1))
    seen, original = np.take_along_axis(split.x, split.x[:, 20:], axis=1), split.y
    assert original.shape == (5000, 3)
    assert seen.min() >= 2
    assert seen.max() == size
    expected = {
        "masked": 0.8,
        "left": 0.1 + 0.1 / 28,
        "replaced": 0.1 * 27 / 28,
    }  # a random word may be the same one
    masked, left = seen == size, seen == original
    for name, found in {"masked": masked, "left": left, "replaced": ~masked & ~left}.items():
        bound = 4 * np.sqrt(expected[name] * (1 - expected[name]) / found.size)
        assert found.mean() == pytest.approx(expected[name], abs=bound), name
    share = np.bincount(split.x[:, 20:].ravel(), minlength=20) / 5000
    np.testing.assert_allclose(share, 0.15, atol=4 * np.sqrt(0.15 * 0.85 / 5000))


def test_maskings_of_a_text_differ_and_an_epoch_takes_one_of_each(language):
    ready = prepared(CONFIG, language)
    masked = masked_tokens(ready)
    assert masked.examples == 256
    assert masked.train.x.shape == (256 * COPIES, LENGTH + 2)
    assert masked.input_shape == (LENGTH + 2,)
    first, second = masked.train.x[:256], masked.train.x[256:512]
    assert np.mean((first != second).any(axis=1)) > 0.95
    streams = Streams.of(3)
    order = batches(streams.order, 10, 5, 4, streams.masks)
    epochs = [np.concatenate(list(itertools.islice(order, 2))) for _ in range(60)]
    assert all(sorted(epoch % 10) == list(range(10)) for epoch in epochs)
    assert set(np.concatenate(epochs)) == set(range(40))
    plain = batches(streams.order, 10, 5)
    for epoch in epochs[:5]:
        np.testing.assert_array_equal(np.concatenate(list(itertools.islice(plain, 2))), epoch % 10)


def test_outputs_at_places_are_scores_of_the_embeddings_at_those_time_steps():
    tokens = np.array([[3, 1, 4, 1, 5], [2, 7, 0, 0, 0]], np.int32)
    places = np.array([[4, 0], [1, 0]], np.int32)
    settings = {"num_outputs": 9, "vocabulary_size": 9, "width": 8, "num_heads": 2}
    each = builder("transformer")(input_shape=(5,), output_length=5, **settings)
    some = builder("transformer")(input_shape=(7,), places=2, **settings)
    some.set_weights(each.get_weights()[:-2])
    steps = np.array(keras.Model(each.input, each.get_layer("logits").input)(tokens))
    expected = np.take_along_axis(steps, places[:, :, None], axis=1) @ each.get_weights()[0].T
    np.testing.assert_allclose(some(np.concatenate([tokens, places], axis=1)), expected, rtol=1e-4, atol=1e-5)


def test_masked_words_are_learned_from_their_context(language):
    """Words are equally frequent, so that without the context no loss is below the entropy log(8); with it
    one can be 0."""
    result = train(
        CONFIG.replace(pretraining_epochs=40, learning_rate_schedule="cosine_decay"), dataset=language
    )
    first = result.pretraining
    assert (first.status, first.config.epochs, len(first.steps)) == ("completed", 40, 40)
    assert first.curves["val_loss"][0] > 0.8 * np.log(WORDS)
    assert first.curves["val_loss"][-1] < 0.4 * np.log(WORDS)
    assert first.curves["val_accuracy"][-1] > 0.7  # without the context: 1 / 8
    assert result.seconds > first.seconds > 0
    assert result.steps.tolist() == [8]


def test_the_training_begins_from_the_encoder_of_the_pretraining(language, monkeypatch):
    seen = []
    original = engine.compiled

    def spy(program, configs, start, *others):
        if not program.prepared.places:
            seen.append((program, start(0)))
        return original(program, configs, start, *others)

    monkeypatch.setattr(engine, "compiled", spy)
    train(CONFIG, dataset=language)
    ((program, (trainable, _, _)),) = seen
    alone = dict(
        train_many([pretraining_of(CONFIG)], dataset=masked_tokens(prepared(CONFIG, language)), weights=True)
    )[0]
    initial, embeddings, *others = program.start(CONFIG)[0], *alone.weights
    np.testing.assert_array_equal(trainable[0], embeddings[:-1])  # [MASK] is in none of the task's texts
    for found, expected in zip(trainable[1:], [*others, *initial[-2:]], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert [variable.path for variable in program.model.trainable_variables[-2:]] == [
        "logits/kernel",
        "logits/bias",
    ]
    assert sum(np.array_equal(found, before) for found, before in zip(trainable, initial, strict=True)) == 2


def test_one_seed_gives_the_same_bit_for_bit_and_is_pretrained_once(language):
    first = train(CONFIG, dataset=language, test=True)
    longer = train(CONFIG.replace(epochs=2), dataset=language)
    assert longer.pretraining.seconds == first.pretraining.seconds  # which no second pretraining would take
    engine._pretrainings.clear()
    second, other = (
        train(CONFIG, dataset=language, test=True),
        train(CONFIG.replace(seed=1), dataset=language),
    )
    assert second.pretraining.seconds != first.pretraining.seconds
    assert second.test == first.test
    for one, same in ((first, second), (first.pretraining, second.pretraining)):
        for name, curve in one.curves.items():
            np.testing.assert_array_equal(curve, same.curves[name])
    assert not np.array_equal(first.pretraining.curves["val_loss"], other.pretraining.curves["val_loss"])


def test_stacked_trainings_and_those_by_fit_equal_solo_compiled_ones(language, monkeypatch):
    settings = [
        {},
        {"pretraining_epochs": 0},
        {"pretraining_epochs": 3, "seed": 1},
        {"seed": 2, "learning_rate": 0.03},
    ]
    configs = [CONFIG.replace(**each) for each in settings]

    def trained(chosen, **how):
        engine._pretrainings.clear()
        return dict(train_many(chosen, dataset=language, test=True, **how))

    solo, stacked = trained(configs), trained(configs, lanes=2)
    monkeypatch.setattr(Program, "fallback_reason", lambda self, feed: "it is told to")
    fallen = trained(configs[3:])
    assert [solo[index].pretraining is None for index in range(4)] == [False, True, False, False]
    assert [stacked[2].pretraining.program["lanes"], fallen[0].pretraining.program["engine"]] == [2, "fit"]
    for one, other in [*((solo[index], stacked[index]) for index in range(4)), (solo[3], fallen[0])]:
        pairs = [(one, other), (one.pretraining, other.pretraining)][: 2 if one.pretraining else 1]
        for name, (a, b) in itertools.product(("train_loss", "val_loss", "running_loss"), pairs):
            np.testing.assert_allclose(b.curves[name], a.curves[name], rtol=1e-3, err_msg=name)
        assert other.test["test_loss"] == pytest.approx(one.test["test_loss"], rel=1e-3)


def test_trainings_with_and_without_pretraining_share_a_program():
    assert structure(CONFIG) == structure(CONFIG.replace(pretraining_epochs=0))
    assert gradient_steps(CONFIG, 256) == 3 * 8


def test_a_pretraining_that_diverges_is_a_result(language):
    result = train(CONFIG.replace(learning_rate=1e8), dataset=language, test=True, weights=True)
    assert (result.pretraining.status, result.status, result.best, result.test) == (
        "diverged",
        "diverged",
        None,
        {},
    )
    assert np.isnan(result.objective)


def test_a_pretraining_is_saved_and_logged_with_its_training(language, tmp_path):
    result = train(CONFIG, dataset=language)
    result.save(tmp_path / "result.json")
    read = Result.load(tmp_path / "result.json")
    assert read.pretraining.config == pretraining_of(CONFIG)
    np.testing.assert_array_equal(
        read.pretraining.curves["val_accuracy"], result.pretraining.curves["val_accuracy"]
    )
    points = list(training_metrics(result, 1000.0))
    losses = [(value, step) for name, value, _, step in points if name == "pretraining/val_loss"]
    assert losses == [*zip(result.pretraining.curves["val_loss"], (1, 2), strict=True)]
    times = {name: time for name, _, time, _ in points}
    assert times["val_loss"] == 1000
    assert times["pretraining/val_loss"] == pytest.approx(1000 - result.seconds + result.pretraining.seconds)


def test_begun_by_hand():
    initial = [np.zeros((2, 1)), np.zeros(1), np.full((1, 3), 5.0), np.full(3, 6.0)]
    pretrained = [
        np.array([[1.0], [2.0], [3.0]]),
        np.array([4.0]),
        np.array(7),
    ]  # the last one is a seed of dropout
    found = start_from_pretrained(initial, pretrained)
    assert [value.tolist() for value in found] == [[[1.0], [2.0]], [4.0], [[5.0] * 3], [6.0] * 3]
    assert all(np.isnan(value).all() for value in start_from_pretrained(initial, None))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model": "dense"},
            r"`pretraining_epochs` expects model='transformer' .*"
            r"Received: pretraining_epochs=2, model='dense'",
        ),
        (
            {"model": "transformer", "causal": True},
            "causal=False.*Received: .*causal=True",
        ),
        ({"model": "bert_tiny", "pretraining_epochs": -1}, "greater than or equal to 0"),
    ],
    ids=str,
)
def test_what_a_config_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        Config(**{"dataset": "imdb", "pretraining_epochs": 2, **settings})


@pytest.mark.parametrize("dataset", ["digits", "iris"])
def test_data_that_are_no_texts_are_refused(dataset):
    with pytest.raises(
        ValueError, match=f"`pretraining_epochs` expects examples that are texts .*dataset='{dataset}'"
    ):
        prepared(Config(dataset=dataset, model="bert_tiny", batch_size=16, pretraining_epochs=2))


def test_an_interruption_leaves_what_was_pretrained(language, tmp_path, monkeypatch):
    """Of the pretraining only what follows its last checkpoint is repeated: its last epoch."""
    monkeypatch.setattr(checkpoint, "CHECKPOINT_SECONDS", 0)
    config, files = CONFIG.replace(pretraining_epochs=3, epochs=2), [tmp_path / f"0{checkpoint.SUFFIX}"]
    ((_, whole),) = train_many([config], dataset=language, weights=True)

    def interrupt(index: int, values: list[float]) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "_pretrainings", {})
    with pytest.raises(KeyboardInterrupt):
        dict(train_many([config], dataset=language, weights=True, on_evaluation=interrupt, checkpoints=files))
    monkeypatch.setattr(engine, "_pretrainings", {})
    taken, run = [], Program.run
    monkeypatch.setattr(Program, "run", lambda *given: taken.append(given[6]) or run(*given))
    ((_, result),) = train_many([config], dataset=language, weights=True, checkpoints=files)
    assert sum(taken) == (1 + 2) * 256 // 32
    for name, curve in whole.curves.items():
        np.testing.assert_array_equal(result.curves[name], curve)
    assert result.pretraining.curves["val_loss"].tolist() == whole.pretraining.curves["val_loss"].tolist()
    for weight, same in zip(result.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(weight, same)
