"""Every study of studies/ runs to its end by the real `suite` command, with tracker, page and export.

It is tiny. Compiling some 150 programs takes a quarter of an hour all the same, so that `make test-long`
runs it and not `make test`.
"""

import json
import re
from pathlib import Path

import pytest
from commands import check_stores, suite
from tiny_studies import tiny

from suite.study import catalog

FILE = """
from suite.study import catalog
from tiny_studies import tiny

STUDY = tiny(catalog.find("{name}")[1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the plans and data of one study are at hand for the next."""
    return tmp_path_factory.mktemp("studies")


@pytest.mark.long
@pytest.mark.parametrize("name", catalog.names())
def test_a_study_runs_to_its_end(name, folder):
    (folder / f"{name}.py").write_text(FILE.format(name=name))
    tests = {"PYTHONPATH": str(Path(__file__).parents[1])}
    code, said, errors = suite(folder, "study", f"{name}.py", "--workers", "1", environment=tests)
    assert code == 0 and "Traceback" not in errors, errors
    page = Path(folder, re.search(r"^report +(\S+)", said, re.MULTILINE)[1])
    assert page.exists()
    summary = json.loads(page.with_name("summary.json").read_text())
    assert " ".join(summary["answer"].split()) in " ".join(said.split())
    declared = tiny(catalog.find(name)[1])
    assert len(summary["predictions"]) == len(declared.predictions)
    if summary["shape"] != "demonstration":
        model = Path(folder, re.search(r"^SavedModel +(\S+)", said, re.MULTILINE)[1])
        assert (model / "saved_model.pb").exists()
    check_stores(folder)
