"""The same study twice: by the suite, and by plain Optuna + `fit` + MLflow. Runs in a process of its own:

python -m suite.bench.study ours | untracked | usual

with SUITE_HOME set, and prints facts as a line of JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, cast

from suite import data
from suite.study.config import Config
from suite.study.space import Choice, LogUniform, Uniform
from suite.study.study import Study

if TYPE_CHECKING:
    from suite.running.outcome import Progress

TRIALS = 48
DEPTH = 2
BATCH_SIZES = (32, 64, 128)
INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")

STUDY = Study(
    question="Which learning rate, batch size, initializer and dropout suit an MLP on Fashion-MNIST?",
    fixed=Config(
        dataset="fashion_mnist", train_size=10_000, validation_size=2_000,
        model="dense", width=128, depth=DEPTH, epochs=5,
    ),
    nuisance={
        "learning_rate": LogUniform(1e-4, 1e-2),
        "batch_size": Choice(*BATCH_SIZES),
        "kernel_initializer": Choice(*INITIALIZERS),
        "dropout": Uniform(0.0, 0.5),
    },
    budget=TRIALS,
    replicates=2,  # the fewest that a study may have
)  # fmt: skip


def ours(tracked: bool) -> dict:
    """Runs the study by `suite.running.conductor`, report, export and two replicates included.

    Returns:
        `trials_done_at`: when the last trial had ended, in seconds since 1970. `workers`: processes that
            trained.
    """
    from suite.running.pool.workers import default_count, warm_up

    warm_up()  # as the command does
    from suite.running import conductor, unfinished
    from suite.tracking import Tracker

    class Untracked(Tracker):
        """A tracker that logs nothing."""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def _add(self, what: str, work: Callable[..., object], *arguments: Any) -> None:
            pass

    if not tracked:
        vars(unfinished)["Tracker"] = Untracked
    done_at: list[float] = []

    def show(progress: "Progress") -> None:
        if progress.done >= TRIALS and not done_at:
            done_at.append(time.time())

    workers = default_count()
    conductor.run(STUDY, "bench", command="make bench", worker_count=workers, show=show)
    return {"trials_done_at": done_at[0], "workers": workers}


def usual() -> dict:
    """Runs the trials by Optuna's random sampler, `fit` and MLflow, both stores in sqlite. One call to MLflow
    an epoch: its own Keras callback takes longer.

    Returns:
        `trials_done_at`, as `ours`.
    """
    import keras
    import mlflow
    import numpy as np
    import optuna

    fixed, home = STUDY.fixed, os.environ["SUITE_HOME"]
    dataset = data.load(fixed.dataset, train_size=fixed.train_size, validation_size=fixed.validation_size)
    (x, y), validation = (
        (cast(np.ndarray, part.x).astype(np.float32) / 255, part.y)
        for part in (dataset.train, dataset.validation)
    )
    mlflow.set_tracking_uri(f"sqlite:///{home}/mlflow.db")
    mlflow.set_experiment("bench")
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True)
        batch_size = trial.suggest_categorical("batch_size", BATCH_SIZES)
        initializer = trial.suggest_categorical("kernel_initializer", INITIALIZERS)
        dropout = trial.suggest_float("dropout", 0.0, 0.5)
        with mlflow.start_run():
            mlflow.log_params(trial.params)
            keras.utils.set_random_seed(trial.number)
            model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
            for _ in range(DEPTH):
                model.add(keras.layers.Dense(fixed.width, "relu", kernel_initializer=initializer))
                model.add(keras.layers.Dropout(dropout))
            model.add(keras.layers.Dense(10))
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
            log = keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: mlflow.log_metrics(logs, step=epoch)
            )
            history = model.fit(
                x,
                y,
                batch_size=batch_size,
                epochs=fixed.epochs,
                validation_data=validation,
                verbose=0,
                callbacks=[log],
            )
        return min(history.history["val_loss"])

    study = optuna.create_study(
        storage=f"sqlite:///{home}/optuna.db", sampler=optuna.samplers.RandomSampler(seed=0)
    )
    study.optimize(objective, n_trials=TRIALS)
    return {"trials_done_at": time.time()}


if __name__ == "__main__":
    who = sys.argv[1]
    print(json.dumps(usual() if who == "usual" else ours(who == "ours")))
