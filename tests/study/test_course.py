"""The order of the course is that of the concept guide, which names every study."""

import pytest

from suite.study import catalog
from suite.study.course import GUIDE, Chapter, chapters


def test_a_study_belongs_to_the_heading_above_it_and_counts_once(tmp_path):
    guide = tmp_path / "concepts.md"
    guide.write_text(
        "# Concepts\n\n## Dropout (드롭아웃)\n\n`make study NAME=dropout`, `make study NAME=capacity`.\n"
        "### Batch size (배치 크기)\n\n`make study NAME=dropout`, then `make study NAME=batch_size`\n",
        "utf-8",
    )
    assert chapters(guide) == [
        Chapter("Dropout", "드롭아웃", "dropout"),
        Chapter("Dropout", "드롭아웃", "capacity"),
        Chapter("Batch size", "배치 크기", "batch_size"),
    ]


def test_a_study_without_a_heading_and_a_missing_guide_are_refused(tmp_path):
    guide = tmp_path / "concepts.md"
    with pytest.raises(ValueError, match="No such file"):
        chapters(guide)
    guide.write_text("`make study NAME=dropout`\n", "utf-8")
    with pytest.raises(ValueError, match="expects a heading"):
        chapters(guide)


def test_the_guide_names_every_study_and_no_other():
    assert {chapter.study for chapter in chapters()} == set(catalog.names())


@pytest.mark.parametrize("name", catalog.names())
def test_every_study_has_a_small_size_and_a_full_one_where_it_says_so(name):
    declared = catalog.find(name)[1]
    small = declared.sized("small")
    assert small.trainings <= declared.trainings
    assert small.sized("default") == small
    if declared.full:
        assert declared.sized("full") != declared
    else:
        with pytest.raises(ValueError, match="default size is its full one"):
            declared.sized("full")


def test_the_guide_gives_the_korean_term_of_each_concept():
    assert GUIDE.exists()
    assert all(any("가" <= sign <= "힣" for sign in chapter.korean) for chapter in chapters())
