"""`suite reproduce`: published tables beside ours."""

import re

import pytest

from suite.cli import app as cli
from suite.study import catalog

SHORT = """
from suite import Demonstration, Prediction
STUDY = Demonstration(
    question="Is an average right?", demonstration="moving_average",
    predictions=(
        Prediction("No noise is left", "moving_average.noise_ratio", {"beta": 0.9}, between=(5, 9),
                   source="None | such"),
        Prediction("About 1", "moving_average.time_constant_ratio", {"beta": 0.9}, between=(0.9, 1.1),
                   source="Theory"),
    ),
)
"""
LONG = """
from suite import Config, Study
STUDY = Study(question="Does dropout help iris?", fixed=Config(dataset="iris", epochs=10_000_000),
              scientific={"dropout": (0.0, 0.5)})
"""


@pytest.fixture
def suite(tmp_path, monkeypatch, capsys):
    """A function that does what `suite` does, where a short and a long table were published."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "short_2001.py").write_text(SHORT)
    (folder / "long_2002.py").write_text(LONG)
    monkeypatch.setattr(catalog, "PUBLISHED", folder)
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["suite", *arguments])
        try:
            cli.main()
        except SystemExit as ended:
            return (ended.code or 0, *capsys.readouterr())

    return run


def test_what_takes_longer_is_left_out_and_listed(suite, tmp_path):
    code, output, _ = suite("reproduce", "--minutes", "0.1")
    assert code == 0
    assert re.findall(r"not run: (\w+)", output) == ["short_2001", "long_2002"]  # shortest first
    written = (tmp_path / "home/reproduced.md").read_text()
    assert "## Not run here" in written
    assert re.search(
        r"\| long_2002 \| Does dropout help iris\? \| about .* h: `.*reproduce.*long_2002`", written
    )
    assert not (tmp_path / "home/studies").exists()


def test_a_published_figure_stands_beside_ours(suite, tmp_path):
    code, output, _ = suite("reproduce", "--minutes", "5", "--workers", "1")
    assert code == 0
    assert "short_2001, about" in output and "agrees" in output and "differs" in output
    assert re.findall(r"not run: (\w+)", output) == ["long_2002"]
    written = (tmp_path / "home/reproduced.md").read_text()
    assert re.search(r"\| About 1 \| .* between 0\.9 and 1\.1 \| .*\d.* \| agrees \|", written)
    assert re.search(r"\| No noise is left \| .* \| differs \|", written)
    assert written.count("| long_2002 |") == 1
    # what is known is shown without being run again, whatever the time
    code, output, _ = suite("reproduce", "--minutes", "0.1", "--workers", "1")
    assert (code, "agrees" in output, "short_2001, about" in output) == (0, True, False)
    assert (tmp_path / "home/reproduced.md").read_text() == written


def test_a_wrong_name_is_one_line(suite, tmp_path):
    code, _, errors = suite("reproduce", "short_2010")
    assert (code, errors.count("\n")) == (2, 1)
    assert "Did you mean 'short_2001'?" in errors
    assert not (tmp_path / "home").exists()
