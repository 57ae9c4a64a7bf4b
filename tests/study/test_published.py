"""The files in studies/published: published tables, declared as studies."""

import pytest

from suite.study import catalog

NAMES = catalog.names(catalog.PUBLISHED)


def test_there_are_as_many_tables_as_promised_and_no_study_of_the_course_among_them():
    assert len(NAMES) >= 14
    assert not set(NAMES) & set(catalog.names())


@pytest.mark.parametrize("name", NAMES)
def test_a_published_table_is_a_study_that_says_what_was_published_and_where(name):
    path = catalog.PUBLISHED / f"{name}.py"
    found, study = catalog.find(str(path))
    assert found == name
    assert study.question.strip().endswith("?") and "\n" not in study.question.strip()
    assert study.predictions
    year = name.split("_")[1]
    assert any(year in prediction.source for prediction in study.predictions)
