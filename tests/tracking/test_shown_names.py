"""Names that come from users reach MLflow in a form that it takes and people can read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_param_name
from tracked import STUDY, children, findings, parent, runs, training

from suite import LogUniform, Study
from suite.tracking import Tracker
from suite.tracking.names import LONGEST, key, readable, texts, title
from suite.tracking.record import training_tags

pytestmark = pytest.mark.usefixtures("no_store")

ODD = [
    "26 매출 100% (최종), v=2",
    "houses.csv",
    "../../x",
    "<script>alert(1)</script>",
    "a:b'c\"d",
    "x" * 900,
    "नमस्ते",
    " ",
]


@given(st.text(min_size=0), st.text())
@example("", "/")
@example("..", ".")
@example("a//b", "/abs/model.py")
def test_mlflow_takes_every_key(one, other):
    _validate_param_name(key(one, other))
    assert len(key(one, other)) <= 250


@pytest.mark.parametrize(
    "part", ["adam", "0.1", "-0.5", "1e-05", "he_normal", "True", "model.py", "매출", "he_normal relu"]
)
def test_what_mlflow_takes_stays_as_it_is(part):
    assert key("space", part) == f"space/{part}"


@given(st.text())
def test_every_text_can_be_stored(text):
    (stored,) = texts({"x": text}).values()
    stored.encode()
    assert "\0" not in stored


def test_a_long_text_says_that_it_was_cut():
    stored = texts({"x": "y" * 6000})["x"]
    assert len(stored) == LONGEST
    assert stored.endswith("y ... (cut; 6000 characters)")


def test_models_of_ones_own_are_called_by_their_files():
    assert readable(["dense", "/home/me/wide.py"]) == {"dense": "dense", "/home/me/wide.py": "wide.py"}
    apart = readable(["/a/model.py", "/b/model.py"])
    assert len(set(apart.values())) == 2
    assert all(name.startswith("model_py-") for name in apart.values())


@pytest.mark.parametrize("name", ODD)
def test_a_study_of_any_name_is_tracked(store, name, report):
    study = STUDY.model_copy(update={"question": f"{name}?" * 900})
    with Tracker(study, name) as tracker:
        tracker.log("trial", "adam", 0, training())
        tracker.log_dataset(name, "ab" * 32, f"/data/{name}", {"train": 3})
        tracker.log_model(
            report, name, inputs={name: ("float32", ())}, output=("float32", ()), metrics={name: 1.0}
        )
        tracker.finish(report, findings(answer=name, diagnoses={name: "good fit"}))
    assert tracker.failure is None
    run = parent(title(name))
    assert run.info.status == "FINISHED"
    assert len(run.outputs.model_outputs) == len(run.inputs.dataset_inputs) == 1
    assert len(children(title(name))) == 1


def test_own_model_files_as_levels_are_readable(store, tmp_path, report):
    (tmp_path / "deep.v2.py").write_text("def build(*, input_shape, num_outputs, width=32):\n    pass\n")
    path = str(tmp_path / "deep.v2.py")
    study = Study(
        question="Which model?",
        fixed=STUDY.fixed,
        scientific={"model": ("dense", path)},
        nuisance={"learning_rate": LogUniform(1e-3, 1e-2)},
    )
    with Tracker(study, "models") as tracker:
        tracker.log("replicate", path, 0, training(config=study.cases[1].config))
        tracker.finish(report, findings(points={path: 0.25, "dense": 0.5}, hyperparameter="model"))
    assert tracker.failure is None
    run = parent("models")
    assert run.data.params["space/deep.v2.py"] == "learning_rate=LogUniform(0.001, 0.01)"
    assert run.data.params["model"] == "dense, deep.v2.py"
    assert run.data.metrics == {"test_loss/deep.v2.py": 0.25, "test_loss/dense": 0.5}
    (child,) = children("models")
    assert child.info.run_name == "deep.v2.py replicate 00"
    assert child.data.params["model"] == path
    assert child.info.run_id in run.data.tags["winner_runs"]


def test_a_grid_has_a_tag_for_each_hyperparameter():
    levels = {"kernel_initializer": "he_normal", "activation": "relu"}
    tags = training_tags("trial", "he_normal, relu", 0, training(), levels)
    assert {name: tags[name] for name in tags if name.startswith("level")} == {
        "level": "he_normal relu",
        "level/kernel_initializer": "he_normal",
        "level/activation": "relu",
    }
    assert {
        name
        for name in training_tags("trial", "adam", 0, training(), {"optimizer": "adam"})
        if "level" in name
    } == {"level"}


def test_another_version_of_a_study_says_in_its_name_what_differs(store):
    wide = STUDY.replace(epochs=4, width=64)
    other = STUDY.replace(epochs=9, width=64, dropout=0.25, train_size=500, validation_size=100, seed=7)
    for study in (STUDY, STUDY.replace(epochs=4), wide, other, STUDY):
        with Tracker(study, "optimizers") as tracker:
            pass
        assert tracker.failure is None
    assert {run.info.run_name for run in runs("tags.role = 'study'")} == {
        "optimizers",
        "optimizers (epochs=4)",
        "optimizers (width=64, epochs=4)",
        f"optimizers ({other.key})",
    }
