"""The clock of the machine is set back while a study runs, for all of its processes (libfaketime)."""

import glob
import shutil

import pandas as pd
import pytest
from commands import FILE, SMALL, ask, check_stores, command, results, suite, trainings, wait_until

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")

ENDED_BEFORE_IT_BEGAN = "SELECT count(*) FROM runs WHERE end_time < start_time"


@pytest.mark.slow
@pytest.mark.skipif(not LIBRARIES, reason="needs libfaketime (Debian: faketime)")
@pytest.mark.fault("the clock is set back by a day")
def test_a_clock_that_is_set_back_changes_no_result(whole, tmp_path):
    (tmp_path / FILE).write_text(SMALL)
    shutil.copytree(whole / "mlruns/cache/plans", tmp_path / "mlruns/cache/plans")  # it rounds alike
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    set_by = {
        "LD_PRELOAD": LIBRARIES[0],
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    study = command(tmp_path, "study", FILE, "--workers", "1", environment=set_by)
    assert wait_until(lambda: len(results(tmp_path)) >= 4, study)
    clock.write_text("-1d\n")
    output, errors = study.communicate(timeout=300)
    assert (study.returncode, errors) == (0, ""), output
    check_stores(tmp_path)
    assert ask(tmp_path / "mlruns/mlflow.db", ENDED_BEFORE_IT_BEGAN) == [(0,)]
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))
    code, again, _ = suite(tmp_path, "study", FILE)
    assert code == 0 and "training:" not in again
    answer = output[output.index("test loss") :].splitlines()[0]
    assert answer in again
