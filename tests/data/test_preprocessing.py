"""Preprocessing by hand: what models are trained on, and that it is fitted on the training split only."""

import keyword

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from suite.data.dataset import Dataset, Split, moments
from suite.data.preprocessing import prepare, raw_inputs, words_apart

FACTS = {"name": "tiny"} | dict.fromkeys(("source", "licence", "description", "splits", "sha256"), "a fact.")


def prepared(
    train,
    test,
    y=(0, 1),
    *,
    task="classification",
    test_y=None,
    sequence_length=None,
    max_tokens=100,
    input_scaling="standardize",
    **facts,
):
    """`train` and `test` as columns or arrays; validation is the test split again."""
    facts |= {"class_names": ("no", "yes")} if task == "classification" else {}
    kinds = facts.get("kinds")
    both = [
        pd.DataFrame(x).astype({k: object for k in kinds if kinds[k] != "numeric"}) if kinds else x
        for x in (train, test)
    ]
    y, test_y = np.array(y), np.array(y if test_y is None else test_y)
    parts = {"train": Split(both[0], y), "validation": Split(both[1], test_y), "test": Split(both[1], test_y)}
    mean, variance = (None, None) if kinds else moments(train)
    dataset = Dataset(task=task, mean=mean, variance=variance, **parts, **facts, **FACTS)
    return prepare(
        dataset, max_tokens=max_tokens, sequence_length=sequence_length, input_scaling=input_scaling
    )


def test_columns_by_hand():
    """Age: mean 3 and standard deviation 2 of what is there. Job: the vocabulary of train, by frequency, then
    by its order; a pilot, whom train does not have, is what it has on average."""
    nan = float("nan")
    found = prepared(
        {"age": [1.0, 5.0, nan, 3.0 - 6**0.5, 3.0 + 6**0.5], "job": ["cook", "nurse", "cook", None, "cook"],
        "size": [2.0] * 5},
        {"age": [3.0, nan, 7.0], "job": ["nurse", "pilot", None], "size": [2.0, nan, 3.0]},
        y=[0, 1, 0, 1, 0], test_y=[0, 1, 0], kinds={"age": "numeric", "job": "categorical",
        "size": "numeric"},
    )  # fmt: skip
    variance = (4 + 4 + 6 + 6) / 4
    # age, whether it is missing, job: unknown, cook, nurse, missing; size has one value, and is divided by 1.
    assert found.test.x.dtype == np.float32 and found.input_shape == (7,)
    np.testing.assert_allclose(
        found.test.x,
        [[0, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0.6, 0.2, 0.2, 0], [4 / variance**0.5, 0, 0, 0, 0, 1, 1]],
        atol=1e-6,
    )
    assert (found.vocabulary_size, found.masked, found.num_outputs, found.output_length) == (
        None,
        False,
        2,
        None,
    )


@pytest.mark.parametrize(
    ("scaling", "array", "columns"),
    [
        ("none", [[1, 7], [5, 7]], [[1, 0], [5, 0], [3, 1]]),
        ("min_max", [[0, 0], [1, 0]], [[0, 0], [1, 0], [0.5, 1]]),
        ("standardize", [[-1, 0], [1, 0]], [[-1, 0], [1, 0], [0, 1]]),
    ],
)
def test_numbers_are_scaled_by_what_training_has(scaling, array, columns):
    """A column of one value is only shifted; a missing number is the mean in any case, and says so."""
    x = np.array([[1, 7], [5, 7]], np.float32)
    found = prepared(x, x, input_scaling=scaling)
    np.testing.assert_allclose(found.normalization(found.train.x), array, atol=1e-6)
    age = {"age": [1.0, 5.0, float("nan")]}
    found = prepared(age, age, y=[0, 1, 0], kinds={"age": "numeric"}, input_scaling=scaling)
    np.testing.assert_allclose(found.test.x, columns, atol=1e-6)


def test_a_text_beside_other_columns_is_the_words_that_it_has():
    found = prepared(
        {"size": [1.0, 3.0], "note": ["Good, good!", "bad"]}, {"size": [1.0], "note": ["bad new"]},
        test_y=[0], kinds={"size": "numeric", "note": "text"},
    )  # fmt: skip
    # size, then: unknown, good, bad
    np.testing.assert_allclose(found.train.x, [[-1, 0, 1, 0], [1, 0, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(found.test.x, [[-1, 1, 0, 1]], atol=1e-6)


def test_texts_are_tokens_by_frequency_cut_and_padded():
    train = {"review": ["It was GOOD, it was!", "was it bad"]}
    found = prepared(train, {"review": ["so bad: it was bad and bad", None]}, kinds={"review": "text"})
    words = {"": 0, "[UNK]": 1, "was": 2, "it": 3, "good": 4, "bad": 5}
    assert found.vocabulary_size == len(words)
    assert found.train.x.tolist() == [[3, 2, 4, 3, 2], [2, 3, 5, 0, 0]]
    assert found.test.x.tolist() == [[1, 5, 3, 2, 5], [0, 0, 0, 0, 0]]
    assert found.train.x.dtype == np.int32
    short = prepared(train, train, kinds={"review": "text"}, sequence_length=2, max_tokens=4)
    assert short.train.x.tolist() == [[3, 2], [2, 3]] and short.vocabulary_size == 4


def test_pairs_are_source_and_shifted_target_and_variants_count_in_tests_only():
    found = prepared(
        {"word": ["ab", "Ba", "a"]}, {"word": ["bab", "?"]}, y=["A B", "B", "A B"], test_y=["B A B | B", "A"
        " | B"],
        task="sequence_to_sequence", kinds={"word": "characters"}, target="letters",
    )  # fmt: skip
    assert found.target_words[:2] == ("", "[UNK]") and set(found.target_words[2:]) == {
        "[START]",
        "[END]",
        "A",
        "B",
    }
    start, end, a, b = map(found.target_words.index, ("[START]", "[END]", "A", "B"))
    source = {"a": 2, "b": 3}  # a occurs more often
    assert found.train.x.tolist() == [
        [source["a"], source["b"], start, a, b],
        [source["b"], source["a"], start, b, end],
        [source["a"], 0, start, a, b],
    ]
    assert found.train.y.tolist() == [[a, b, end], [b, end, 0], [a, b, end]]
    # What is longer than any of train is cut; of the variants the first is what a loss is measured against.
    assert found.test.x.tolist() == [[3, 2, start, b, a], [1, 0, start, a, end]]
    assert found.test.y.tolist() == [[b, a, b], [a, end, 0]]
    assert (found.output_length, found.num_outputs, found.vocabulary_size) == (3, 6, 4)


def test_sequences_are_normalised_by_channel_and_their_padding_is_zero():
    nan = [np.nan, np.nan]
    train = np.array(
        [[[1, 10], [3, 30]], [[5, 20], nan]], "float32"
    )  # means 3 and 20, variances 8 / 3 and 200 / 3
    found = prepared(train, np.array([[[3, 40], nan]], "float32"), test_y=[1])
    assert found.masked
    np.testing.assert_allclose(found.test.x, [[[0, 20 / (200 / 3) ** 0.5], [0, 0]]], rtol=1e-5)
    np.testing.assert_array_equal(found.normalization(found.test.x), found.test.x)  # not twice
    whole = prepared(
        np.array([[[1, 10]], [[3, 30]]], "float32"), np.array([[[3, 40]]], "float32"), test_y=[1]
    )
    assert not whole.masked
    np.testing.assert_allclose(whole.normalization(whole.test.x), [[[1, 2]]], rtol=1e-5)


@pytest.mark.parametrize(
    ("log_target", "mean", "scale"), [(False, 5050, 4950), (True, np.log(1000), np.log(10))]
)
def test_the_target_of_a_regression_is_standardised_on_train(log_target, mean, scale):
    y = np.array([100, 10_000], "float32")
    found = prepared(
        np.eye(2, dtype="float32"),
        np.eye(2, dtype="float32"),
        y=y,
        test_y=y * 9,
        task="regression",
        log_target=log_target,
    )
    assert (found.target_mean, found.target_scale) == pytest.approx((mean, scale))
    assert found.test.y.tolist() == [900, 90_000] and found.num_outputs == 1


def test_raw_inputs_are_what_the_layers_take():
    columns = {"a b": [1.0, float("nan")], "2nd": ["é", None]}
    found = prepared(columns, columns, kinds={"a b": "numeric", "2nd": "categorical"})
    raw = raw_inputs(found.dataset, found.dataset.test.x)
    np.testing.assert_array_equal(raw["a_b"], np.array([1, np.nan], "float32"))
    assert raw["column_2nd"].tolist() == ["é".encode(), b""]
    model = keras.Model(list(found.inputs.values()), found.encoded)
    by_hand = model([keras.ops.convert_to_tensor(raw[name][:, None]) for name in found.inputs])
    np.testing.assert_array_equal(by_hand, found.test.x)


def test_every_column_has_an_input_of_its_own():
    names = ("a b", "a_b", "a-b", "inputs", "class", "1", "self", "where", "Where")
    columns = {name: np.arange(i, i + 3.0) ** 2 for i, name in enumerate(names)}
    found = prepared(columns, columns, y=[0, 1, 1], kinds=dict.fromkeys(names, "numeric"))
    raw = raw_inputs(found.dataset, found.dataset.test.x)
    assert len({name.lower() for name in raw}) == len(names) and list(found.inputs) == list(raw)
    assert all(name.isidentifier() and not keyword.iskeyword(name) and name != "self" for name in raw)
    assert sorted(x[0] for x in raw.values()) == [i**2 for i in range(len(names))]


def test_of_many_categories_the_rarer_ones_have_codes_and_an_unknown_one_is_their_average(monkeypatch):
    """With two that have a feature each: cook, nurse; smith and baker have codes of 64."""
    monkeypatch.setattr("suite.data.preprocessing.CATEGORIES", 2)
    jobs = ["cook", "cook", "cook", "nurse", "nurse", "smith", "baker", "baker"]
    jobs += ["nurse", "nurse"]
    found = prepared(
        {"size": [1.0] * 10, "job": jobs}, {"size": [1.0], "job": ["pilot"]},
        y=[0, 1] * 5, test_y=[0], kinds={"size": "numeric", "job": "categorical"},
    )  # fmt: skip
    nurse, cook, baker, smith = (
        found.train.x[jobs.index(job), 1:] for job in ("nurse", "cook", "baker", "smith")
    )
    assert nurse.tolist() == [1, 0] + 64 * [0] and cook.tolist() == [0, 1] + 64 * [0]
    for code in (baker, smith):
        assert code[:2].tolist() == [0, 0] and set(np.abs(code[2:])) == {0.125}
    assert abs(baker @ smith) < 0.5
    np.testing.assert_allclose(
        found.test.x[0, 1:], 0.4 * nurse + 0.3 * cook + 0.2 * baker + 0.1 * smith, atol=1e-6
    )


def test_tags_and_punctuation_part_words_in_every_script():
    texts = [
        'Great.Bad<br />end<a href="x.y">&amp;DON\'T (\u041c\u041e\u0421\u041a\u0412\u0410)',
        "a<b and 3>2, well-known\U0001f600it\u3002\u5317\u4eac",
        "",
    ]
    found = [text.decode().split() for text in words_apart(tf.constant(texts)).numpy()]
    assert found == [
        ["great", "bad", "end", "dont", "\u043c\u043e\u0441\u043a\u0432\u0430"],
        ["a", "b", "and", "3", "2", "well", "known", "\U0001f600", "it", "\u5317\u4eac"],
        [],
    ]
    column = {"text": ["one.two,three", "one two"]}
    read = prepared(column, column, kinds={"text": "text"})
    assert read.train.x.shape[1] == 3  # words as they are read, not as blanks part them
    assert read.train.x[0, :2].tolist() == read.train.x[1, :2].tolist()
