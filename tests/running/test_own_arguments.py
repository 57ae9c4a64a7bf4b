"""Arguments of one's own model are searched by the real command, from the study to its export and back."""

import json
from pathlib import Path

import pandas as pd
import pytest
import tensorflow as tf
from commands import ask, check_stores, name_in, suite

from suite import Config
from suite.study import catalog
from suite.study.resolve import resolve
from suite.tracking import tracked_run

MODEL = """
import keras
def build(*, input_shape, num_outputs, bottleneck=8, gate="sigmoid", tag: str | None = "1"):
    inputs = keras.Input(input_shape)
    x = keras.layers.Dense(bottleneck, gate)(keras.layers.Dense(7, "relu")(inputs))
    return keras.Model(inputs, keras.layers.Dense(num_outputs)(x))
"""

STUDY = '''"""How should the network be built?"""
from suite import Choice, Config, Integer, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", model="net.py", tag="16", epochs=2, batch_size=16),
    nuisance={"bottleneck": Integer(2, 4, log=True), "gate": Choice("sigmoid", "tanh")},
    sampler="tpe",
    budget=4,
    replicates=2,
)
'''

SPACE = {"bottleneck", "gate"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    """A folder in which the study was run."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "net.py").write_text(MODEL)
    (folder / "own.py").write_text(STUDY)
    code, output, errors = suite(folder, "study", "own.py", "--workers", "1", environment={"COLUMNS": "200"})
    assert code == 0, output + errors
    return folder


def home(folder: Path, kind: str) -> Path:
    return folder / "mlruns" / kind / name_in(folder, "own.py")


def winner(folder: Path) -> Config:
    (record,) = folder.glob("mlruns/studies/*/winner.json")
    return Config(**json.loads(record.read_text())["config"])


def test_every_training_has_them_in_the_table(ran):
    table = pd.read_csv(home(ran, "reports") / "trainings.csv")
    trials = table[table["role"] == "trial"]
    assert len(trials) == 4
    assert set(trials["bottleneck"]) <= {2, 3, 4} and trials["bottleneck"].nunique() > 1
    assert set(trials["gate"]) == {"sigmoid", "tanh"}
    assert set(table["tag"]) == {16}
    best, again = winner(ran), table[table["role"] == "replicate"]
    assert set(again["bottleneck"]) == {best.bottleneck} and set(again["gate"]) == {best.gate}
    assert best.tag == "16"


def test_the_page_says_what_was_held_still_and_searched_and_what_is_best(ran):
    page, best = (home(ran, "reports") / "index.html").read_text(), winner(ran)
    assert "<dt>tag</dt><dd>16</dd>" in page
    for said in ("bottleneck: Integer(2, 4, log=True)", "gate: Choice(sigmoid, tanh)"):
        assert f"<code>{said}</code>" in page
    assert f"bottleneck={best.bottleneck}" in page and f"gate={best.gate}" in page
    (level,) = json.loads((home(ran, "reports") / "summary.json").read_text())["levels"]
    assert level["best_config"] == {name: getattr(best, name) for name in SPACE}


def test_the_export_is_of_the_model_that_was_built_with_them(ran):
    best, export = winner(ran), home(ran, "exports")
    card = (export / "model_card.md").read_text()
    for name in (*SPACE, "tag"):
        assert f"| {name} | {getattr(best, name)} |" in card
    shapes = [tuple(shape) for _, shape in tf.train.list_variables(str(export / "variables/variables"))]
    assert {(7, best.bottleneck), (best.bottleneck, 3)} <= set(shapes)


def test_optuna_and_mlflow_have_them(ran, monkeypatch):
    check_stores(ran)
    counts = ask(
        ran / "mlruns/optuna.db", "SELECT param_name, COUNT(*) FROM trial_params GROUP BY param_name"
    )
    assert dict(counts) == dict.fromkeys(SPACE, 4)
    monkeypatch.setenv("SUITE_HOME", str(ran / "mlruns"))
    (run_id,) = ask(
        ran / "mlruns/mlflow.db", "SELECT run_uuid FROM tags WHERE key = 'role' AND value = 'study'"
    )[0]
    run = tracked_run(run_id)
    assert run.config == winner(ran).replace(seed=run.config.seed)  # a replicate of the winner


def test_the_study_is_finished_and_another_value_is_another_study(ran, monkeypatch):
    monkeypatch.chdir(ran)
    _, known = catalog.find("own.py")
    code, output, _ = suite(ran, "study", "own.py")
    assert code == 0 and "training:" not in output
    keys = {resolve(study).key for study in (known, known.replace(tag=None), known.replace(tag="17"))}
    assert len(keys) == 3
    (folder,) = ran.glob("mlruns/studies/[!.]*")
    assert folder.name.rsplit("-", 1)[1] == resolve(known).key


@pytest.mark.parametrize(
    ("setting", "message"),
    [("botleneck=3", "Did you mean 'bottleneck'?"), ("tag=16", "`tag` must be a text")],
)
def test_a_wrong_one_is_refused_in_one_line_before_training(ran, setting, message):
    before = set(ran.glob("mlruns/studies/*"))
    code, output, errors = suite(ran, "study", "own.py", "--set", setting)
    assert (code, output.count("training:")) == (2, 0)
    assert message in errors.replace("\n", " ") and "Traceback" not in errors
    assert set(ran.glob("mlruns/studies/*")) == before
