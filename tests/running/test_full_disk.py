"""A study on a disk that is really full: one line, nothing lost, and the same command goes on."""

import subprocess
import sys

import pytest
from commands import check_stores, results, suite, trainings

FILE = "small.py"
STUDY = '''"""Is SGD with momentum better than without, on iris?"""
from suite import Config, Study, LogUniform
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", depth=1, width=8, epochs=60, evaluate_every=1, batch_size=16),
    scientific={"optimizer": ("sgd", "momentum")},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=4,
    replicates=3,
    diagnosis_replicates=0,
)
'''
SMALL, LARGE = "1500k", "64m"


@pytest.fixture
def disk(tmp_path):
    """A disk of SMALL bytes, of the system's memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(made, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.fault("a full disk")
def test_a_full_disk_ends_in_one_line_and_the_study_goes_on_once_there_is_space(disk):
    (disk / FILE).write_text(STUDY)
    code, output, errors = suite(disk, "study", FILE)
    assert code == 2, output
    assert errors.startswith("error: the disk is full.") and errors.count("\n") == 1
    kept = len(results(disk))
    assert f"{kept} of 30 trainings are kept" in errors
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(disk)], check=True)
    code, output, errors = suite(disk, "study", FILE)
    assert (code, errors) == (0, ""), output
    assert len(trainings(disk, FILE)) == 30
    check_stores(disk)
