"""What is known of a data set without any model: the loss and accuracy of answering without looking."""

import numpy as np
import pytest

from suite.data.dataset import Dataset, Split

FACTS = dict.fromkeys(("name", "source", "licence", "description", "splits", "sha256"), "a fact")


def dataset(train, validation, test, task="classification"):
    parts = {
        name: Split(np.zeros((len(y), 1), np.float32), np.array(y))
        for name, y in {"train": train, "validation": validation, "test": test}.items()
    }
    names = ("a", "b", "c")[: max(train) + 1] if task == "classification" else ()
    return Dataset(task=task, class_names=names, **parts, **FACTS)


def test_guessing_equal_classes_is_the_logarithm_of_their_number():
    found = dataset([0, 1, 2], [0, 1, 2], [0, 0, 1])
    assert found.guessing == pytest.approx(np.log(3))


def test_guessing_is_the_cross_entropy_of_the_frequencies_of_training():
    found = dataset([0] * 99 + [1], [0] * 9 + [1], [0, 0, 0, 1])
    assert found.guessing == pytest.approx(-(9 * np.log(0.99) + np.log(0.01)) / 10)


def test_other_tasks_have_no_classes():
    assert dataset([1.0, 2.0], [1.0], [2.0], "regression").guessing == 1
    assert dataset(["a"], ["a"], ["a"], "sequence_to_sequence").guessing == np.inf
