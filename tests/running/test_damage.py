"""One study that meets, with the real command: losses that are not finite, a second start beside it, and a
home of which many files are damaged afterwards."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import can_be_interrupted, check_stores, command, results, suite, trainings, wait_until

FILE = "damaged.py"
STUDY = '''"""Is tanh better than relu on iris, if most learning rates are far too large?"""
from suite import Config, Study, LogUniform
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", depth=1, width=8, epochs=2, batch_size=16),
    scientific={"activation": ("relu", "tanh")},
    nuisance={"learning_rate": LogUniform(1e-3, 1e9)},
    budget=6,
    replicates=3,
    diagnosis_replicates=0,
)
'''
TRAININGS = 2 * (3 * 6 + 3)
GARBAGE = (b"", b"{", b"[]", b"null", b'{"plan": 3}', b"\0" * 100, b"\xff not JSON")


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> tuple[Path, int, str]:
    """The folder of a study; exit code and errors of the same command, started while it ran."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / FILE).write_text(STUDY)
    first = command(folder, "study", FILE)
    assert wait_until(lambda: can_be_interrupted(first) and len(results(folder)) > 0, first)
    code, _, errors = suite(folder, "study", FILE)
    output, said = first.communicate(timeout=300)
    assert (first.returncode, said) == (0, ""), output
    return folder, code, errors


@pytest.mark.slow
@pytest.mark.fault("the same study started twice")
def test_a_second_start_is_refused_and_harms_nothing(second):
    folder, code, errors = second
    assert code == 2 and errors.startswith("error: ") and errors.count("\n") == 1
    assert len(results(folder)) == TRAININGS
    check_stores(folder)


@pytest.mark.slow
@pytest.mark.fault("losses that are NaN or infinite")
def test_a_loss_that_is_not_finite_never_wins(second):
    table = trainings(second[0], FILE)
    lost = table["status"] == "diverged"
    assert table["objective"][lost].isna().all() and np.isfinite(table["objective"][~lost]).all()
    trials = table["role"] == "trial"
    assert lost[trials].sum() >= 6 and not lost[~trials].any()


@pytest.mark.slow
@pytest.mark.fault("damaged results, weights, plans, findings and other files of a home")
def test_a_home_of_damaged_files_is_mended_by_the_next_start(second):
    folder, _, _ = second
    home, before = folder / "mlruns", trainings(folder, FILE)
    damaged = sorted(home.glob("studies/*/trainings/*"))[::3]
    damaged += [path for path in home.glob("studies/*/*") if path.is_file()]
    damaged += [path for path in home.glob("cache/**/*.json")]
    kinds = {path.suffix for path in damaged}
    assert {".json", ".npz", ""} <= kinds and len(damaged) > 20
    for number, path in enumerate(damaged):
        whole = path.read_bytes()
        path.write_bytes([whole[: len(whole) // 2], *GARBAGE][number % (1 + len(GARBAGE))])
    code, output, errors = suite(folder, "study", FILE)
    assert (code, errors) == (0, ""), output
    pd.testing.assert_frame_equal(trainings(folder, FILE), before)
    check_stores(folder)
