"""One rule for missing texts: Python, Arrow and the exported model's layer agree on every text."""

import pyarrow as pa
import pytest
import tensorflow as tf

from suite.data.cleaning import Cleaned
from suite.data.missing import MARKS, SPACES, is_missing
from suite.data.user.marks import without_marks
from suite.data.user.options import Options

TEXTS = [
    *MARKS, *(f" {mark}\t" for mark in MARKS), *(f"{sign}Oslo{sign}" for sign in SPACES),
    "NAN", "Na", "nil", "-1", "--x", "N/A N/A", "a NA",
    "서울", "\u3000東京\xa0", "", " ", "a  b", ".5", "[a-z]", r"\d", "(null", "É",
]  # fmt: skip


@pytest.mark.parametrize(
    "options", [Options(), Options(missing=""), Options(missing="-9, a  b,(null")], ids=str
)
def test_training_and_the_exported_model_agree(options):
    column = pa.chunked_array([pa.array(TEXTS, pa.large_string())])
    trained = [text or "" for text in without_marks("x", column, options, []).to_pylist()]
    served = Cleaned(options.marks)(tf.constant([[text] for text in TEXTS])).numpy()[:, 0]
    assert [text.decode() for text in served] == trained
    assert [is_missing(text, options.marks) for text in TEXTS] == [text == "" for text in trained]
