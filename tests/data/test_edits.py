"""Edits between token sequences, and error rates from them: by hand, by their definition, and by what a"
" distance is."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.data.edits import edit_distance, error_rates

WORDS = st.text("ab", max_size=6)


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [
        ("kitten", "sitting", 3),  # Levenshtein's k -> s, e -> i, and a g
        ("", "", 0),
        ("", "ab", 2),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "bc", 1),
        ("abc", "bca", 2),  # not 3: a shift is a deletion and an insertion
        ("ab", "ba", 2),  # a swap is no single edit
    ],
)
def test_edit_distances_by_hand(first, second, edits):
    assert edit_distance(first, second) == edit_distance(second, first) == edits


@given(WORDS, WORDS)
def test_edit_distance_is_its_definition(first, second):
    @cache
    def definition(i, j):
        if min(i, j) == 0:
            return i + j
        same = definition(i - 1, j - 1) + (first[i - 1] != second[j - 1])
        return min(definition(i - 1, j) + 1, definition(i, j - 1) + 1, same)

    assert edit_distance(first, second) == definition(len(first), len(second))


@given(WORDS, WORDS, WORDS)
def test_edit_distance_is_a_metric(a, b, c):
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


def test_error_rates_by_hand():
    y = ["K AE T", "T AH M EY T OW | T AH M AA T OW", "R EH D | R IY D", "A B | A B C D"]
    predicted = ["K AE T S", "T AH M AA T OW", "R AY D", "A B C"]
    # Edits 1, 0, 1 and 1 over 3, 6, 3 and 2 tokens: the last is as near to both variants, and the shorter
    # counts.
    assert error_rates(y, predicted) == (3 / 4, 3 / 14)


def test_the_nearest_variant_counts():
    predicted = ["K AE T", "R IY D", "X"]
    right = ["K AE T", "R EH D | R IY D", "EH K S | A B"]
    # The third is nearer to "A B", by 2 edits of 2 phones: 2 edits on 3 + 3 + 2 phones.
    assert error_rates(right, predicted) == (1 / 3, 2 / 8)


def test_tokens_are_words_and_an_empty_prediction_misses_them_all():
    assert error_rates(["AA B", "C"], ["AAB", ""]) == (1, 3 / 3)
    assert error_rates(["A"], ["B C D"]) == (1, 3)  # more edits than tokens
