"""A study, trainings and findings, for tests of what is tracked; and what MLflow's client reads back."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from suite import Config, LogUniform, Study
from suite.analysis.records import Findings, Measure
from suite.tasks import TASKS
from suite.tracking import tracking_uri
from suite.training.result import Result

STUDY = Study(
    question="Does Adam beat SGD on digits?",
    fixed=Config(dataset="digits", epochs=3),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=2,
    replicates=2,
)


def training(seed=0, status="completed", losses=(0.9, 0.5, 0.25), test=None, config=None) -> Result:
    """A result whose curves are all `losses`, an evaluation after every 10 gradient steps."""
    losses = np.asarray(losses, float)
    finite = np.flatnonzero(np.isfinite(losses))
    return Result(
        config=(config or STUDY.fixed.replace(optimizer="adam", learning_rate=0.01)).replace(seed=seed),
        status=status,
        curves={name: losses for name in TASKS["classification"].curves},
        steps=10 * np.arange(1, len(losses) + 1),
        best=int(finite[-1]) if len(finite) else None,
        test=test or {},
        seconds=3.0,
        program={"engine": "compiled", "xla": True, "lanes": 4},
    )


ADAM_WINS = (({"optimizer": "adam"}, 0.25), ({"optimizer": "sgd"}, 0.5))


def findings(
    points=ADAM_WINS, *, answer="Adam beats SGD.", best="adam", quantity="test_loss", **more
) -> Findings:
    """What was found of a study.

    Args:
        points: what was measured of, and the number; its interval is 0.01 to both sides.
        answer, best, more: as in Findings. quantity: what was measured.
    """
    said = {
        "shape": "comparison",
        "warnings": (),
        "predictions": (),
        "sections": (),
        "summary": {},
        "facts": {},
    }
    return Findings(
        name="optimizers",
        question=STUDY.question,
        answer=answer,
        best=best,
        figure=None,
        headline=None,
        measures=tuple(Measure(quantity, at, x, x - 0.01, x + 0.01) for at, x in points),
        trainings=4,
        seconds=12.0,
        **said | more,
    )


def client() -> MlflowClient:
    return MlflowClient(tracking_uri())


def runs(query="", name="optimizers") -> list[Run]:
    found = client().get_experiment_by_name(name)
    found = client().search_runs([found.experiment_id], query)
    return sorted(found, key=lambda run: (run.info.run_name, run.data.tags.get("seed")))


def children(name="optimizers") -> list[Run]:
    return runs("tags.role != 'study'", name)


def parent(name="optimizers") -> Run:
    (run,) = runs("tags.role = 'study'", name)
    return run


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A real `mlflow server` that can be killed, stopped and started again at its address.

    Args:
        folder: for what it keeps.
        arguments: of `mlflow`, for a port.
    """

    def __init__(self, folder: Path, arguments: Callable[[int], list[str]] | None = None):
        self.folder, self.port = folder, free_port()
        self.arguments = arguments(self.port) if arguments else self._plain()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *self.arguments],
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "0"},
        )  # fmt: skip
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=5).close()
                return
            except OSError:
                time.sleep(1)
        pytest.fail("the server did not answer within 2 minutes")

    def _plain(self) -> list[str]:
        return [
            *("server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{self.folder}/server.db"),
            *("--artifacts-destination", (self.folder / "kept").as_uri()),
        ]

    def send(self, number: int) -> None:
        os.killpg(self.process.pid, number)
        if number == signal.SIGKILL:
            self.process.wait(30)
