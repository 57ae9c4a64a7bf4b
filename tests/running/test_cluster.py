"""A study on a Ray cluster: the same results as here, whatever becomes of its workers and nodes."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from test_case_run import result

import suite
from suite import Config, Integer, LogUniform, Study
from suite.diagnosis.experiments import cheap_groups
from suite.running import kept_diagnosis
from suite.running.cases import CaseRun
from suite.running.cluster import connection as cluster
from suite.running.cluster import node, ray_workers
from suite.running.cluster.bundles import digest, pack, unpack
from suite.running.cluster.connection import Connection, connected, find, secure
from suite.running.cluster.node import LEFT, Trainer, gathered, sweep
from suite.running.cluster.ray_workers import RayWorkers
from suite.running.cluster.request import Needs, Request, agreed
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Progress
from suite.running.pool.workers import Workers
from suite.study.resolve import resolve
from suite.training import checkpoint

RAY = Path(sys.executable).with_name("ray")

MODEL = """
import os, pathlib, time, keras
from suite.training import checkpoint
def build(*, input_shape, num_outputs, width=8, bottleneck=3):
    end = pathlib.Path(__file__).with_name("end")
    if end.exists():
        end.unlink()
        os.kill(os.getpid(), 9)
    checkpoint.CHECKPOINT_SECONDS = 0 if width == 10 else 60
    held = bytearray(2 << 30) if width == 11 else b""
    if held:
        time.sleep(120)
    inputs = keras.Input(input_shape)
    x = keras.layers.Dense(bottleneck)(keras.layers.Dense(width, "relu")(inputs))
    return keras.Model(inputs, keras.layers.Dense(num_outputs)(x))
"""
"""A user's own model, which once kills the process that builds it where a file says so. A width of 10 has
every evaluation followed by a checkpoint, one of 11 takes 2 GiB and two minutes to build."""


def starting(home: Path, *arguments: str) -> subprocess.Popen:
    """Starts a node of a cluster with a home of its own; returns when it is there."""
    process = subprocess.Popen(
        [RAY, "start", "--num-cpus=1", "--disable-usage-stats", "--block", *arguments],
        env={**os.environ, "SUITE_HOME": str(home), "RAY_worker_niceness": "0"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ray runtime started" in line:
            return process
    raise AssertionError("".join(said))


def kill(process: subprocess.Popen) -> None:
    """Ends all processes of a node at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def two_nodes(homes: Sequence[Path]) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """The address of a cluster of two nodes of one core, and their processes."""
    if not RAY.exists():
        pytest.skip("needs the extra `ray`")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", "of these tests, at least so long")
        started = [starting(homes[0], "--head", f"--port={port}", "--include-dashboard=false")]
        try:
            started.append(starting(homes[1], f"--address=127.0.0.1:{port}"))
            yield f"127.0.0.1:{port}", started
        finally:
            for process in started:
                if process.poll() is None:
                    kill(process)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory) -> Iterator[tuple[str, list[subprocess.Popen], Path]]:
    """A cluster of two nodes, and the folder of their homes."""
    folder = tmp_path_factory.mktemp("nodes")
    with two_nodes([folder / "0", folder / "1"]) as (address, started):
        yield address, started, folder


def own_study() -> Study:
    """A study of a user's own data and model, by relative paths, both in the current folder."""
    rows = np.random.default_rng(0).normal(size=(120, 3)).round(3)
    lines = [f"{a},{b},{c},{'yes' if a + b * c > 0 else 'no'}" for a, b, c in rows]
    Path("own.csv").write_text("\n".join(["a,b,c,label", *lines]))
    Path("own.py").write_text(MODEL)
    declared = Study(
        question="Which?",
        fixed=Config(dataset="own.csv", target="label", model="own.py", width=8, epochs=2, batch_size=16),
        scientific={"optimizer": ("sgd", "adam")},
        nuisance={"learning_rate": LogUniform(1e-3, 0.3), "bottleneck": Integer(2, 4)},
        protocol="single",
        budget=3,
        replicates=2,
    )
    return resolve(declared)


@dataclass(frozen=True)
class There:
    """A study and the workers of a cluster that train it; the folder of the nodes' homes, and the nodes."""

    study: Study
    pool: RayWorkers
    connection: Connection
    homes: Path
    nodes: list[subprocess.Popen]


@pytest.fixture(scope="module")
def there(nodes, tmp_path_factory) -> Iterator[There]:
    """A worker on each node of the cluster."""
    address, processes, homes = nodes
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder := tmp_path_factory.mktemp("driver"))
        patch.setenv("SUITE_HOME", str(folder / "home"))
        study = own_study()
        with connected(Request(address, Needs())) as connection:
            yield There(study, RayWorkers(connection, study), connection, homes, processes)


def cases_of(study: Study, folder: str) -> list[CaseRun]:
    """The cases of a study, whose results go to a folder."""
    Path(folder).mkdir()
    return [CaseRun(study, case, Path(folder)) for case in study.cases]


def train(study: Study, folder: str, pool) -> None:
    """Trains a study as `suite study` does, but for the rest of it."""
    train_cases(cases_of(study, folder), pool)


def train_cases(cases: list[CaseRun], pool) -> None:
    Dispatcher(cases, pool, None, None, {}, Progress(0), lambda progress: None).run()


def facts(folder: str) -> dict[str, object]:
    """What is kept of each training, but for the time it took."""
    kept: dict[str, object] = {}
    for path in sorted(Path(folder).iterdir()):
        if path.suffix == ".npz":
            with np.load(path) as weights:
                kept[path.name] = [weights[name].tobytes() for name in weights.files]
        else:
            record = json.loads(path.read_text())
            del record["seconds"], record["program"]["traces"]
            kept[path.name] = record
    return kept


def here(study: Study) -> dict[str, object]:
    """What this machine's own workers keep of a study, trained once."""
    if not Path("here").exists():
        with Workers(2, threads=1) as pool:
            train(study, "here", pool)
    return facts("here")


def test_two_nodes_train_bit_for_bit_what_this_machine_does(there):
    assert str(there.pool) == "2 (cpus=1, memory=1) on 2 nodes of a Ray cluster"
    train(there.study, "there", there.pool)
    assert facts("there") == here(there.study)
    assert len(facts("there")) == 2 * (3 + 2 * 2)  # a replicate has a file of weights too
    for home in ("0", "1"):
        files = {path.name for path in (there.homes / home).glob("files/*/own.*") if path.suffix != ".lock"}
        assert files == {"own.csv", "own.py"}
    assert not list(Path("home").glob("files"))


def test_what_fails_on_a_node_is_an_error_here(there):
    (case, _) = cases_of(there.study, "fails")
    list(case.advance())
    job = replace(case.todo[0], config=case.todo[0].config.replace(batch_size=5000))
    with pytest.raises(ValueError, match="`batch_size` must be at most the"):
        there.pool.train(0, [job], {}, None).result(timeout=120)


@pytest.mark.fault("a worker of a Ray cluster is killed", tries=1)
def test_a_worker_that_is_killed_breaks_what_it_was_given_and_is_replaced(there, capsys):
    """It dies as it builds the model of a wider network, which it has no program for yet."""
    train(there.study, "before", there.pool)  # so that both nodes have the file
    (case, _) = cases_of(there.study.replace(width=9), "killed")
    list(case.advance())
    jobs = list(case.todo.values())
    for own in there.homes.glob("*/files/*/own.py"):
        own.with_name("end").touch()
    with pytest.raises(BrokenExecutor):
        there.pool.train(0, jobs, {}, None).result(timeout=120)
    for end in there.homes.glob("*/files/*/end"):
        end.unlink()
    assert capsys.readouterr() == ("", "")  # Ray would say it at length
    there.pool.replace(0)
    list(there.pool.finished())
    results = there.pool.train(0, jobs, {}, None).result(timeout=120)
    assert [result.status for result in results] == ["completed"] * 3
    assert sorted(there.pool.finished()) == sorted(job.place for job in jobs)


@pytest.mark.fault("a worker of a Ray cluster is killed within a long training", tries=1)
def test_a_training_goes_on_at_another_worker_from_where_it_was(there, monkeypatch):
    """That it does is seen by its curve: what the checkpoint says of the past is changed beneath it."""
    monkeypatch.setattr(ray_workers, "LOOK", 0.01)
    study = there.study.replace(width=10, epochs=400)
    train_case = cases_of(study, "goes on")[0]
    list(train_case.advance())
    (job,) = list(train_case.todo.values())[:1]
    future, file = there.pool.train(0, [job], {}, None), job.path.with_suffix(checkpoint.SUFFIX)
    while not file.exists():
        assert not future.done()
    assert there.pool.memory(0) > 0.1  # GiB
    there.pool.replace(0)
    with pytest.raises(BrokenExecutor):
        future.result(timeout=120)
    with np.load(file) as saved:
        arrays = dict(saved)
    arrays["curves"] = np.array([[7.0, *curve[1:]] for curve in arrays["curves"]])
    with file.open("wb") as opened:
        np.savez(opened, **arrays)
    (result,) = there.pool.train(0, [job], {}, None).result(timeout=120)
    assert result.curves["val_loss"][0] == 7 and len(result.curves["val_loss"]) == 400
    assert sorted(path.suffix for path in job.path.parent.iterdir()) == [".json"]


def test_experiments_on_a_winner_give_there_what_they_give_here(there):
    config = there.study.cases[0].config.replace(learning_rate=0.1, width=8, bottleneck=3)
    groups = [group for group in cheap_groups(config, 80, {}, True) if group.cost < 3]
    with Workers(1, threads=1) as pool:
        for at, group in enumerate(groups):
            files = [Path(f"{where}/{at}.json").absolute() for where in ("experiments", "experiments here")]
            asked = config, group, range(2)
            given = there.pool.experiment(at % 2, *asked, files[0]).result(timeout=120)
            own = pool.experiment(0, *asked, files[1]).result(timeout=120)
            assert given.experiments
            for one, other in zip(given.experiments, own.experiments, strict=True):
                assert (one.kind, one.change) == (other.kind, other.change)
                np.testing.assert_array_equal(one.val, other.val)
            assert kept_diagnosis.read_trained(files[0]).experiments[0].name == own.experiments[0].name


@pytest.mark.slow
@pytest.mark.fault("a training that fills its worker on a Ray cluster", tries=1)
def test_a_worker_over_the_memory_limit_is_ended(there, monkeypatch):
    monkeypatch.setattr(ray_workers, "LOOK", 0.5)
    (case, _) = cases_of(there.study.replace(width=11, memory_limit=1.8, budget=1), "fills")
    train_cases([case], there.pool)
    (failed,) = case.trials.values()
    assert (failed.status, failed.failure) == ("failed", "over the memory limit of 1.8 GiB")


def test_what_no_node_has_is_refused_and_not_waited_for(there):
    nodes = list(there.connection.nodes().values())
    with pytest.raises(ValueError, match=r"one node .*0 GPUs.*Received: cpus=1, gpus=1, memory=1"):
        agreed(Request("auto", Needs(gpus=1)), nodes)


@pytest.mark.slow
@pytest.mark.fault("a node of a Ray cluster is lost", tries=1)
def test_a_node_that_is_lost_leaves_its_work_to_the_others(there):
    """The last test of the cluster: one node is left, which has room for one worker."""
    kill(there.nodes[1])
    deadline = time.monotonic() + 120
    while len(there.connection.nodes()) == 2 and time.monotonic() < deadline:
        time.sleep(0.5)
    train(there.study, "lost", there.pool)
    assert facts("lost") == here(there.study)


@pytest.mark.parametrize(
    ("needs", "nodes", "count"),
    [
        (Needs(), [{"CPU": 4, "memory": 8 * 2**30}], 4),
        (Needs(memory=3), [{"CPU": 4, "memory": 8 * 2**30}], 2),
        (Needs(cpus=3), [{"CPU": 4, "memory": 8 * 2**30}, {"CPU": 7, "memory": 8 * 2**30}], 3),
        (Needs(), [{"CPU": 4, "GPU": 2, "memory": 8 * 2**30}, {"CPU": 4, "memory": 8 * 2**30}], 2),
        (Needs(gpus=0.1), [{"CPU": 40, "GPU": 1, "memory": 80 * 2**30}], 10),
        (Needs(gpus=0), [{"CPU": 4, "GPU": 2, "memory": 8 * 2**30}], 4),
    ],
)
def test_workers_are_as_many_as_fit(needs, nodes, count):
    assert agreed(Request("auto", needs), nodes)[1] == count
    assert agreed(Request("auto", needs, 1), nodes)[1] == 1
    with pytest.raises(ValueError, match=f"`workers` must be at most {count}"):
        agreed(Request("auto", needs, count + 1), nodes)


def test_fewer_workers_than_one_are_refused():
    with pytest.raises(ValueError, match=r"`workers` must be at least 1\. Received: 0"):
        Request("auto", Needs(), 0)
    with pytest.raises(ValueError, match=r"`workers` must be at least 1\. Received: -1"):
        suite.run("xor", workers=-1)


def test_short_results_come_together_long_ones_at_once_and_none_is_lost_by_an_error(monkeypatch):
    def trained(seconds):
        for index, each in enumerate(seconds):
            yield index, replace(result(Config(), 1.0), seconds=each)
        raise ValueError("no such data")

    came = gathered(trained([0.01, 0.01, 5.0, 0.01, 0.01]))
    assert [[index for index, _ in next(came)] for _ in range(2)] == [[0, 1, 2], [3, 4]]
    with pytest.raises(ValueError, match="no such data"):
        next(came)
    monkeypatch.setattr(node, "TOGETHER", -1.0)
    came = gathered(trained([0.01, 0.01]))
    assert [[index for index, _ in next(came)] for _ in range(2)] == [[0], [1]]


def test_a_worker_that_starts_removes_what_killed_ones_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    for owner in (
        f"{LEFT}{ended.pid}", f"{LEFT}{os.getpid()}", f"suite-another-machine-{ended.pid}",
        f"{LEFT}{ended.pid}-1",  # of a machine whose name begins as this one's
    ):  # fmt: skip
        (tmp_path / f"{owner}-x").mkdir()
        (tmp_path / f"{owner}-x" / "model.keras").write_text("half")
        os.utime(tmp_path / f"{owner}-x", (time.time() - 7200,) * 2)
    (tmp_path / f"{LEFT}{ended.pid}-now").mkdir()
    sweep()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        f"{LEFT}{os.getpid()}-x", f"suite-another-machine-{ended.pid}-x", f"{LEFT}{ended.pid}-1-x",
        f"{LEFT}{ended.pid}-now",
    }  # fmt: skip


def test_a_worker_tells_of_checkpoints_once_and_of_what_it_trains_only(tmp_path):
    trainer, asked = Trainer(), frozenset({"a", "b"})
    assert trainer.look(asked) == (0.0, {})
    trainer.trains = {name: tmp_path / f"{name}.json" for name in "ac"}
    for name in ("a.checkpoint", "a.pretraining", "c.checkpoint", ".a.checkpoint.7"):
        (tmp_path / name).write_bytes(name.encode())
    gib, told = trainer.look(asked)
    assert gib > 0.1
    assert {name: content.tobytes() for name, content in told.items()} == {
        "a.checkpoint": b"a.checkpoint", "a.pretraining": b"a.pretraining",
    }  # fmt: skip
    assert trainer.look(asked)[1] == {}
    assert trainer.look(frozenset({"c"}))[1].keys() == {"c.checkpoint"}
    assert trainer.look(frozenset({"b"})) == (0.0, {})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cpu": "1"}, "Did you mean 'cpus'"),
        ({"cpus": "many"}, "Received: cpus=many"),
        ({"cpus": "0"}, "a whole number from 1"),
        ({"gpus": "1.5"}, r"a share in \[0, 1\] or a whole number"),
        ({"memory": "-1"}, "above 0 GiB"),
        ({"memory": "nan"}, "Received: memory=nan"),
    ],
)
def test_needs_that_are_none_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Needs.parse(settings)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("somewhere", "expects auto, or HOST:PORT"),
        ("ray://127.0.0.1:10001", "expects auto, or HOST:PORT"),
        ("127.0.0.1:http", "expects auto, or HOST:PORT"),
        ("127.0.0.1:1", "nobody answers"),
        ("127.0.0.1:99999", "nobody answers"),
        ("no.such.host.invalid:6379", "nobody answers"),
    ],
)
def test_where_no_cluster_is_nobody_waits(address, said, monkeypatch):
    with pytest.raises(ValueError, match=said):
        find(address)
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ValueError, match=f"`RAY_ADDRESS` .*{said[-9:]}"):
        find("auto")


def test_auto_starts_a_cluster_where_the_last_one_ended(tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert find("auto") is None
    (tmp_path / "ray").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / "ray/ray_current_cluster").write_text(f"{address}\n")
        assert find("auto") == address
    assert find("auto") is None


def test_a_cluster_has_a_token_unless_somebody_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "TOKEN_FILE", tmp_path / "auth_token")
    for name in ("RAY_AUTH_MODE", *cluster.TOKEN_VARIABLES):
        monkeypatch.setenv(name, "")  # so that what is set here is taken back
        monkeypatch.delenv(name)
    with pytest.raises(ValueError, match="expects the token of the cluster"):
        secure(joins=True)
    secure(joins=False)
    assert os.environ["RAY_ENABLE_AUTO_CONNECT"] == "0"
    assert os.environ["RAY_AUTH_MODE"] == "token" and len(os.environ["RAY_AUTH_TOKEN"]) == 64
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    (tmp_path / "auth_token").write_text("known")
    secure(joins=True)
    assert "RAY_AUTH_TOKEN" not in os.environ
    (tmp_path / "auth_token").unlink()
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    secure(joins=True)


def test_ray_is_named_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(cluster, "find", lambda address: None)
    monkeypatch.setattr(cluster, "secure", lambda joins: None)
    with pytest.raises(ValueError, match=r"pip install 'keras-experiment-suite\[ray\]'"):
        connected(Request("auto", Needs())).__enter__()


def test_what_was_packed_is_unpacked_and_damage_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    (tmp_path / "home/data/mnist").mkdir(parents=True)
    (tmp_path / "home/data/mnist/x.npy").write_bytes(b"abc")
    (tmp_path / "pictures/cat").mkdir(parents=True)
    (tmp_path / "pictures/cat/1.png").write_bytes(b"1")
    Path("net.py").write_text("def build(): ...")
    packed = {each.name: each for each in pack(["mnist", "iris", "pictures@4x4"], ["dense", "net.py"])}
    assert {name: each.own for name, each in packed.items()} == {
        "mnist": False, "pictures@4x4": True, "net.py": True,
    }  # fmt: skip
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "other"))
    for each in packed.values():
        unpack(each, each.content)
    assert (tmp_path / "other/data/mnist/x.npy").read_bytes() == b"abc"
    place = tmp_path / "other" / packed["pictures@4x4"].place
    assert place.name == "pictures@4x4"  # which is how a configuration asks for the size
    assert (place.with_name("pictures") / "cat/1.png").read_bytes() == b"1"
    assert (tmp_path / "other" / packed["net.py"].place).read_text() == "def build(): ..."
    damaged = {name: content + 1 for name, content in packed["mnist"].content.items()}
    with pytest.raises(OSError, match="mnist was damaged on its way"):
        unpack(packed["mnist"], damaged)


def test_names_and_contents_are_both_in_the_digest():
    def bytes_of(**files: bytes) -> dict[str, np.ndarray]:
        return {name: np.frombuffer(content, np.uint8) for name, content in files.items()}

    assert digest(bytes_of(a=b"1", b=b"2")) == digest(bytes_of(b=b"2", a=b"1"))
    different = [bytes_of(a=b"1", b=b"2"), bytes_of(a=b"2", b=b"1"), bytes_of(a=b"1"), bytes_of(a=b"1b\0002")]
    assert len({digest(files) for files in different}) == 4


def test_the_file_for_ray_up_is_one():
    if not RAY.exists():
        pytest.skip("needs the extra `ray`")
    import jsonschema
    import yaml

    schema = next(Path(find_spec("ray").origin).parent.glob("autoscaler/ray-schema.json"))
    declared = yaml.safe_load((Path(__file__).parents[2] / "deploy/ray-cluster.yaml").read_text())
    jsonschema.validate(declared, json.loads(schema.read_text()))
    for commands in (declared["head_start_ray_commands"], declared["worker_start_ray_commands"]):
        assert "RAY_AUTH_MODE=token" in commands[-1]
    assert "--autoscaling-config=" in declared["head_start_ray_commands"][-1]  # else it starts no worker
