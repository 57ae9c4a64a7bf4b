"""Findings come back from their file as they were, tables of figures included."""

import json

import numpy as np
import pandas as pd
import pytest
from made_up import measured, optimizer_evidence, optimizer_study

from suite.analysis import records
from suite.analysis.findings import analyse
from suite.running import findings_file


@pytest.fixture(scope="module")
def findings() -> records.Findings:
    study = optimizer_study()
    return analyse(study, "optimizers", measured(*optimizer_evidence(study)))


def blocks(section: records.Section | records.Details):
    for block in section.blocks:
        yield block
        if isinstance(block, records.Details):
            yield from blocks(block)


def test_everything_comes_back(findings, tmp_path):
    findings_file.write(tmp_path / "findings.json", {"findings": findings, "note": None})
    read = findings_file.read(tmp_path / "findings.json")
    assert read["note"] is None
    back = read["findings"]
    for name in (
        "name",
        "question",
        "shape",
        "answer",
        "best",
        "warnings",
        "headline",
        "trainings",
        "seconds",
    ):
        assert getattr(back, name) == getattr(findings, name)
    assert [section.title for section in back.sections] == [section.title for section in findings.sections]
    assert [measure.quantity for measure in back.measures] == [each.quantity for each in findings.measures]
    figures = [
        (one, other)
        for mine, theirs in zip(findings.sections, back.sections, strict=True)
        for one, other in zip(blocks(mine), blocks(theirs), strict=True)
        if isinstance(one, records.Figure)
    ]
    assert len(figures) > 3
    for one, other in figures:
        assert list(other.data) == list(one.data)
        for name, table in one.data.items():
            pd.testing.assert_frame_equal(other.data[name], table.reset_index(drop=True), check_dtype=False)


def test_numbers_that_are_not_finite_and_arrays_come_back(tmp_path):
    measure = records.Measure(
        "test_loss", {"optimizer": "adam", "width": 3}, np.float64(0.25), -np.inf, np.nan
    )
    findings_file.write(
        tmp_path / "file.json", {"measure": measure, "list": [1, (2, 3)], "array": np.arange(2)}
    )
    read = findings_file.read(tmp_path / "file.json")
    assert read["measure"].at == {"optimizer": "adam", "width": 3}
    assert (read["measure"].point, read["measure"].low) == (0.25, -np.inf)
    assert np.isnan(read["measure"].high)
    assert (read["list"], read["array"]) == ((1, (2, 3)), (0, 1))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"findings": {"record": "Nothing"}}),
        json.dumps({"findings": {"record": "Measure", "quantity": "of another version"}}),
    ],
)
def test_what_is_damaged_is_refused(content, tmp_path):
    (tmp_path / "findings.json").write_text(content)
    with pytest.raises(ValueError, match=r"findings|JSON|Expecting|Measure|record"):
        findings_file.read(tmp_path / "findings.json")
