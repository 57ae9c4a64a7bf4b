"""Safe names: readable, apart, and taken by whatever they go to."""

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suite.names import LONGEST, safe, shortened


@pytest.mark.parametrize("name", ["optimizers", "adam", "my-study_2", "매출", "données", "x" * LONGEST])
def test_a_safe_name_stays_as_it_is(name):
    assert safe(name) == name


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("houses.csv", "houses_csv-"),
        ("26 매출 100% (최종), v=2.csv", "26_매출_100_최종_v_2_csv-"),
        ("../../etc/passwd", "etc_passwd-"),
        ("<script>alert(1)</script>", "script_alert_1_script-"),
        ("가" * 100, "가가가"),
    ],
)
def test_what_is_not_safe_is_replaced_and_hashed(text, start):
    name = safe(text)
    assert name.startswith(start)
    assert re.fullmatch(r".*-[0-9a-f]{6}", name)


def test_files_of_one_name_in_two_folders_stay_apart():
    first, second = safe("homes", "/data/a/homes.csv"), safe("homes", "/data/b/homes.csv")
    assert first != second
    assert first.startswith("homes-") and second.startswith("homes-")


@given(st.text())
@example("")
@example("..")
@example("\udcff.csv")
def test_any_text_makes_a_name_for_files_urls_and_mlflow(text):
    name = safe(text)
    assert re.fullmatch(r"[\w-]+", name)
    assert 0 < len(name.encode()) <= LONGEST
    assert quote(quote(name, safe=""), safe="").count("%2F") == 0
    assert safe(name) == name


def test_a_name_of_parts_is_cut_with_a_hash_of_the_whole():
    assert shortened("optimizers-epochs=3") == "optimizers-epochs=3"
    one, other = (shortened("search-" + "값" * 40 + last) for last in "ab")
    assert one != other
    assert all(len(name.encode()) <= LONGEST for name in (one, other))


@given(st.text(), st.text())
@example("a b", "a_b")
@example("a.b", "a/b")
@example("e\u0301", "\xe9")
def test_two_texts_have_two_names(one, other):
    assert one == other or safe(one) != safe(other)
