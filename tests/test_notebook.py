"""The notebook of the documentation runs as it stands, in a kernel of its own."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parents[1] / "docs" / "tour.ipynb"


@pytest.mark.long
def test_the_tour_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    notebook = nbformat.read(TOUR, as_version=4)
    NotebookClient(notebook, timeout=300).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("text/html" in output.get("data", {}) for output in shown)  # the results and the tables
    assert any("vegaEmbed" in output.get("data", {}).get("text/html", "") for output in shown)  # a figure
    assert not any(output["output_type"] == "error" for output in shown)
    assert (tmp_path / "reports" / "tour" / "index.html").exists()
