"""The array job of deploy/ by a real SLURM, whose controller and node run here and end with the test."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from commands import FILE, SMALL, SUITE, results, trainings
from readme import ROOT, fences

CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MailProg=/bin/true
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/slurmd
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=32768
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """Runs a command of SLURM in a folder and gives what it prints; there are 8 cores, whatever there are."""
    if not all(map(shutil.which, ("slurmctld", "slurmd"))):
        pytest.skip("needs SLURM (Debian's slurm-wlm)")
    folder = tmp_path_factory.mktemp("slurm")
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        ports = {"controller": one.getsockname()[1], "node": other.getsockname()[1]}
    host, conf = socket.gethostname().split(".")[0], folder / "slurm.conf"
    conf.write_text(CONF.format(folder=folder, host=host, user=getpass.getuser(), **ports))
    path = f"{SUITE.parent}:{os.environ['PATH']}"
    environment = {**os.environ, "SLURM_CONF": str(conf), "PATH": path}
    environment.pop("SUITE_HOME", None)

    def run(command: str, where: Path = folder) -> str:
        done = subprocess.run(
            command, shell=True, cwd=where, env=environment, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    daemons = []
    for daemon in (["slurmctld", "-D"], ["slurmd", "-D", "-N", "node"]):
        (folder / daemon[0]).mkdir()
        with open(folder / f"{daemon[0]}.log", "w") as log:
            daemons.append(subprocess.Popen(daemon, env=environment, stdout=log, stderr=log))
    try:
        deadline = time.monotonic() + 60
        while "idle" not in (said := run("sinfo --noheader --format=%t || true")):
            assert time.monotonic() < deadline, said
            time.sleep(0.5)
        yield run
    finally:
        try:
            run(f"scancel --user={getpass.getuser()} || true")
        finally:
            for daemon in daemons:
                daemon.terminate()
                daemon.wait(30)


def ended(slurm: Callable[..., str], job: str) -> None:
    """Waits until nothing is left of a job."""
    deadline = time.monotonic() + 200
    while (
        left := slurm(f"squeue --noheader --jobs={job} 2>&1 || true").strip()
    ) and "Invalid job" not in left:
        assert time.monotonic() < deadline, left
        time.sleep(0.5)


def prepared(folder: Path, whole: Path, shards: int) -> None:
    """Puts the study into a folder, with homes that round as that of `whole` does."""
    (folder / FILE).write_text(SMALL)
    for home in (folder / "mlruns", *(folder / f"shards/{number}" for number in range(1, shards + 1))):
        shutil.copytree(whole / "mlruns/cache/plans", home / "cache/plans")


@pytest.mark.slow
@pytest.mark.fault("a task of a SLURM array that is killed")
def test_the_commands_of_the_docs(slurm, whole, tmp_path):
    """An array of two tasks, one of which is killed and submitted again by itself; then what gathers them."""
    prepared(tmp_path, whole, 2)
    text = (ROOT / "docs/scale.md").read_text()
    section = text[text.index("## SLURM") : text.index("## Other batch systems")].replace("optimizers", FILE)
    (submit, gather), (again,) = (block.strip().splitlines() for _, block in fences(section)[:2])
    shard = tmp_path / "shards/1"

    job = slurm(f"{submit.replace(' deploy', f' --array=1-2 {ROOT}/deploy')}; echo $trials", tmp_path).strip()
    deadline = time.monotonic() + 100
    while not list(shard.glob("studies/*/trainings/*.json")):
        assert time.monotonic() < deadline, (tmp_path / "shard-1.log").read_text()
        time.sleep(0.01)
    slurm(f"scancel --signal=KILL --full {job}_1 || true")  # it may have ended just now
    ended(slurm, job)
    assert "shard 2/2: 12 trainings are in" in (tmp_path / "shard-2.log").read_text()

    again = again.replace("--array=7", "--array=1").replace("SHARDS=24", "SHARDS=2")
    said = slurm(again.replace(" deploy", f" --parsable {ROOT}/deploy"), tmp_path)
    gather = gather.replace("$trials", said.strip()).replace("sbatch", "sbatch --parsable")
    ended(slurm, slurm(gather, tmp_path).strip())
    assert "shard 1/2: 12 trainings are in" in (tmp_path / "shard-1.log").read_text()
    assert len(results(tmp_path)) == len(results(whole))
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))
