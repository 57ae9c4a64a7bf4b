"""What a user can say about a table, and what cannot be said."""

import pytest

from suite.data.missing import MARKS
from suite.data.user.options import Options
from suite.study.config import Config


def test_kinds_of_columns_whatever_they_are_called():
    said = Options(types="zip=category, when=day-first,a,b=c=drop")
    assert dict(said.kinds) == {"zip": "category", "when": "day-first", "a,b=c": "drop"}
    assert dict(Options().kinds) == {}


@pytest.mark.parametrize(("said", "marks"), [(None, MARKS), ("", ("",)), ("NA, -", ("", "NA", "-"))])
def test_marks(said, marks):
    assert Options(missing=said).marks == marks


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, r"`decimal` must be , or . \(the sign\). Received: decimal=';'"),
        (
            {"encoding": "klingon"},
            r"`encoding` must be one that Python knows, .* Received: encoding='klingon'",
        ),
        ({"encoding": "hex"}, r"`encoding` must be one that Python knows"),
        ({"types": "a=code"}, r"`types` must be one of number, category, text, .* Received: 'code'"),
        ({"types": "a"}, r"`types` expects COLUMN=KIND, split by commas. Received: types='a'"),
    ],
)
def test_what_cannot_be_said(options, message):
    with pytest.raises(ValueError, match=message):
        Options(**options)


@pytest.mark.parametrize("field", ["decimal", "encoding", "missing", "types"])
def test_published_sets_need_none(field):
    value = {"decimal": ",", "encoding": "utf-8", "missing": "NA", "types": "a=date"}[field]
    with pytest.raises(ValueError, match=rf"`{field}` is about your own data"):
        Config(dataset="iris", **{field: value})
