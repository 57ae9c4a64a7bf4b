"""What a study found is kept whole, found again, and never stands beside what another version of it found."""

import dataclasses
from pathlib import Path

import pytest

from suite import Config, LogUniform, Study, paths
from suite.analysis.records import Findings
from suite.running import results
from suite.running.results import Kept

STUDY = Study(
    question="Which?", fixed=Config(dataset="iris"), nuisance={"learning_rate": LogUniform(1e-4, 1.0)}
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def kept(identity: str = "abc", **changes) -> Kept:
    nothing: dict = dict.fromkeys(field.name for field in dataclasses.fields(Findings))
    return Kept(identity, Findings(**nothing | {"answer": "It is so."}), **changes)


def put(folder: Path, mark: str) -> None:
    """What stands for a report or an export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / mark).touch()


@pytest.fixture
def sealed() -> tuple[Path, Kept]:
    """A study whose report and export are in their places; and its folder."""
    folder, found = results.folder_of(STUDY, "which"), kept()
    folder.mkdir(parents=True)
    put(results.report_of("which"), "index.html")
    put(results.export_of("which"), "saved_model.pb")
    results.seal(folder, "which", found)
    return folder, found


def test_what_was_kept_is_read_again(sealed):
    folder, found = sealed
    assert results.read(folder) == found
    assert results.is_sealed("which", found)


def test_what_is_torn_was_not_kept(sealed):
    folder, _ = sealed
    file = folder / results.FINDINGS
    whole = file.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert results.read(folder) is None
    file.write_text('{"identity": "abc"}')
    assert results.read(folder) is None


@pytest.mark.parametrize("lost", ["reports/which/index.html", "exports/which/saved_model.pb"])
def test_a_lost_report_or_export_is_missed(lost, sealed, home):
    (home / lost).unlink()
    assert not results.is_sealed("which", sealed[1])


def test_a_study_without_export_misses_none(sealed, home):
    folder, _ = sealed
    found = kept(saved_model="none: every replicate diverged")
    results.seal(folder, "which", found)
    paths.remove(results.export_of("which"))
    assert results.is_sealed("which", found)


def test_another_version_of_a_study_takes_the_places_over(sealed):
    _, found = sealed
    results.withdraw("which")
    assert not results.report_of("which").exists()
    assert not results.export_of("which").exists()
    assert not results.is_sealed("which", found)
    put(results.report_of("which"), "index.html")
    put(results.export_of("which"), "saved_model.pb")
    assert not results.is_sealed("which", found)


def test_only_reports_and_exports_are_withdrawn():
    put(results.report_of("which"), "notes.txt")
    put(results.export_of("which"), "model.keras")
    results.withdraw("which")
    assert (results.report_of("which") / "notes.txt").exists()
    assert (results.export_of("which") / "model.keras").exists()


def test_where_a_study_was_tracked_is_remembered(monkeypatch, home):
    here = kept(tracked=results.tracked_in())
    assert not results.is_tracked(here)  # its database is gone
    (home / "mlflow.db").touch()
    assert results.is_tracked(here)
    assert not results.is_tracked(kept())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert not results.is_tracked(here)
    assert results.is_tracked(kept(tracked="http://127.0.0.1:1"))


def test_findings_are_of_a_declaration_and_of_the_code(monkeypatch):
    found = results.identity(STUDY)
    assert results.identity(STUDY.replace(budget=20)) == found
    for other in (
        STUDY.replace(budget=21),
        STUDY.replace(replicates=11),
        STUDY.replace(epochs=11),
        STUDY.model_copy(update={"question": "Which one?"}),
    ):
        assert results.identity(other) != found
    monkeypatch.setattr(results, "code_key", lambda: "another version")
    assert results.identity(STUDY) != found


def test_a_study_is_held_by_one_process(home):
    folder = results.folder_of(STUDY, "which")
    with (
        results.alone(folder),
        pytest.raises(ValueError, match="running in another process"),
        results.alone(folder),
    ):
        pass
    with results.alone(folder):
        assert not folder.exists()  # nothing was kept in it
    assert {path.name for path in home.iterdir()} == {"studies"}
