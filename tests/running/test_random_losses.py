"""A node of a Ray cluster, or the database of runs and trials, is killed at a random moment of a study, which
ends as if it had not been.

SUITE_KILLS=200 kills each so often by 20.
"""

import random
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from commands import command, suite, trainings, wait_until
from postgresql import PASSWORD, postgres  # noqa: F401
from test_cluster import kill, two_nodes
from test_kills import FILE, KILLS, STUDY, TRAININGS, uninterrupted  # noqa: F401

from suite.tracking.address import TRACKING, TRIALS

TIMES = max(1, KILLS // 20)


def study_in(folder: Path, whole: Path) -> None:
    """Puts the study of test_kills into a folder, and the plans by which it was run into its home."""
    (folder / FILE).write_text(STUDY)
    shutil.copytree(whole / "mlruns/cache/plans", folder / "mlruns/cache/plans")


@pytest.mark.slow
@pytest.mark.fault("a node of a Ray cluster is killed at a random moment, by signal 9")
@pytest.mark.parametrize("number", range(TIMES))
def test_a_node_that_is_killed_costs_nothing(number, uninterrupted, tmp_path):  # noqa: F811
    (whole, seconds), chance = uninterrupted, random.Random(number)
    study_in(tmp_path, whole)
    homes = [tmp_path / "nodes" / name for name in ("0", "1")]
    for home in homes:
        shutil.copytree(whole / "mlruns/cache/plans", home / "cache/plans")
    with two_nodes(homes) as (address, nodes):
        process = command(tmp_path, "study", FILE, "--cluster", address)
        end = time.monotonic() + chance.uniform(0, seconds)
        wait_until(lambda: time.monotonic() > end, process)
        kill(nodes[1])
        output, errors = process.communicate(timeout=400)
    assert (process.returncode, errors) == (0, ""), output + errors
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))


@pytest.mark.slow
@pytest.mark.fault("a PostgreSQL with runs and trials is killed at a random moment, by signal 9")
@pytest.mark.parametrize("number", range(TIMES))
def test_a_database_that_is_killed_costs_nothing(number, uninterrupted, postgres, tmp_path):  # noqa: F811
    (whole, seconds), chance = uninterrupted, random.Random(number)
    study_in(tmp_path, whole)
    runs, trials = (f"{name}_{number}" for name in ("runs", "trials"))
    postgres.ask(runs, "SELECT 1"), postgres.ask(trials, "SELECT 1")
    stores = {TRACKING: postgres.address(runs), TRIALS: postgres.address(trials)}
    process = command(tmp_path, "study", FILE, environment=stores)
    assert wait_until(lambda: list(tmp_path.glob("mlruns/studies/*/trainings/*.json")), process)
    end = time.monotonic() + chance.uniform(0, seconds / 2)
    wait_until(lambda: time.monotonic() > end, process)
    postgres.kill()
    time.sleep(chance.uniform(0, 5))
    postgres.start()
    output, errors = process.communicate(timeout=400)
    assert process.returncode in (0, 1) and errors == "", output + errors
    if process.returncode:  # it had ended before the database was back
        assert "The answer stands. The same command tries again" in " ".join(output.split()), output
        code, output, errors = suite(tmp_path, "study", FILE, environment=stores)
        assert (code, errors) == (0, ""), output + errors
    assert PASSWORD not in output
    active = "SELECT status, count(*) FROM runs WHERE lifecycle_stage = 'active' GROUP BY status"
    assert postgres.ask(runs, active) == [("FINISHED", TRAININGS + 1)]
    assert postgres.ask(trials, "SELECT count(*) FROM trials WHERE state = 'RUNNING'") == [(0,)]
    assert postgres.ask(trials, "SELECT count(*) FROM trials") == [(2 * 3 * 11,)]
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))
