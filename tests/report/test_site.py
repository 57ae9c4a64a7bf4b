"""The site of a course: an index in its order, and a copy of every page."""

import re

import pytest
from made_up import measured, optimizer_evidence, optimizer_study, predicted, replaced

from suite.analysis.findings import analyse
from suite.report import page, site
from suite.study.course import Chapter


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page that was written, and one that was not."""
    faster = predicted("test_loss", {"optimizer": "adam"}, less_than={"optimizer": "sgd"})
    study = optimizer_study(("sgd", "adam"), predictions=(faster,))
    findings = analyse(study, "optimizers", measured(*optimizer_evidence(study)))
    index = page.write(findings, None, tmp_path_factory.mktemp("report"))
    lost = replaced(findings, question="Is <b>this</b> escaped?")
    return [
        site.Page(Chapter("Optimizer", "옵티마이저", "optimizers"), findings, index),
        site.Page(Chapter("Dropout", "드롭아웃", "dropout"), lost, "none: the disk was full"),
    ]


def test_the_index_lists_each_study_in_order_with_its_answer_and_verdicts(pages, tmp_path):
    text = site.write(pages, tmp_path / "course").read_text()
    assert text.index("옵티마이저") < text.index("드롭아웃")
    assert text.count(pages[0].findings.answer.split(".")[0]) == 2
    verdict = pages[0].findings.predictions[0].verdict
    assert f">2 {verdict}<" in text and text.count(f">1 {verdict}<") == 2
    assert "Is &lt;b&gt;this" in text


def test_all_that_the_index_names_is_in_the_site(pages, tmp_path):
    folder = site.write(pages, tmp_path / "course").parent
    named = re.findall(r'(?:href|src)="([^"]+)"', (folder / "index.html").read_text())
    assert named == ["optimizers/index.html", named[1]] and named[1].startswith("optimizers/figures/")
    assert all((folder / path).is_file() for path in named)


def test_a_second_site_takes_the_place_of_the_first(pages, tmp_path):
    site.write(pages, tmp_path / "course")
    site.write(pages[1:], tmp_path / "course")
    assert [path.name for path in tmp_path.iterdir()] == ["course"]
    assert sorted(path.name for path in (tmp_path / "course").iterdir()) == ["claims.md", "index.html"]


def test_claims_are_listed_by_verdict_with_source_and_study(pages):
    (checked,) = pages[0].findings.predictions
    text = site.claims(pages)
    assert text.count("\n## ") == 1 and f"## {checked.verdict.capitalize()}: 2" in text
    assert (
        f"| {checked.claim} | {checked.source} | `optimizers` | {checked.expected} | {checked.seen} |" in text
    )
