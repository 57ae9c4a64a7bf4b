"""Names that come from users reach MLflow in a form that it takes and people can read."""

import posixpath
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tracked import STUDY, children, client, findings, parent, runs, training

from suite import Demonstration, LogUniform, Study
from suite.study.resolve import resolve
from suite.tracking import Tracker
from suite.tracking.names import LONGEST, key, texts, title
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
    name = key(one, other)
    assert re.fullmatch(r"[\w.\- /]{1,250}", name)  # as MLflow's messages say
    assert posixpath.normpath(name) == name
    assert not name.startswith(("/", ".."))


def test_mlflow_takes_odd_keys(store):
    """The rules of the test above are MLflow's."""
    with Tracker(STUDY, "optimizers"):
        pass
    names = [
        key("space", name)
        for name in [*ODD, "..", ".", "", "/abs/model.py", "a//b", "a/../b", "-", "é\u0301"]
    ]
    for name in names:
        client().log_param(parent().info.run_id, name, 1)
        client().log_metric(parent().info.run_id, name, 1.0)
        client().set_tag(parent().info.run_id, name, 1)
    assert (
        set(names) <= parent().data.params.keys() & parent().data.metrics.keys() & parent().data.tags.keys()
    )


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


@pytest.mark.parametrize("name", ODD)
def test_a_study_of_any_name_is_tracked(store, name, report):
    study = STUDY.model_copy(update={"question": f"{name}?" * 900})
    with Tracker(study, name) as tracker:
        tracker.log("trial", "adam", 0, training())
        tracker.log_dataset(name, "ab" * 32, f"/data/{name}", {"train": 3})
        tracker.log_model(
            report, name, inputs={name: ("float32", ())}, output=("float32", ()), metrics={name: 1.0}
        )
        tracker.finish(
            report,
            findings(answer=name, best=None, summary={"diagnoses": {name: {"verdict": "underfitting"}}}),
        )
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
    points = [({"model": path}, 0.25), ({"model": "dense"}, 0.5)]
    with Tracker(resolve(study), "models") as tracker:
        tracker.log("replicate", "deep.v2", 0, training(config=study.cases[1].config))
        tracker.finish(report, findings(points, best="deep.v2"))
    assert tracker.failure is None
    run = parent("models")
    assert run.data.params["space/deep.v2"] == "learning_rate=LogUniform(0.001, 0.01)"
    assert run.data.params["model"] == "dense, deep.v2"
    assert run.data.metrics == {"test_loss/deep.v2": 0.25, "test_loss/dense": 0.5}
    (child,) = children("models")
    assert child.info.run_name == "deep.v2 replicate 00"
    assert child.data.tags["level"] == "deep.v2"
    assert child.data.params["model"] == path
    assert child.info.run_id in run.data.tags["winner_runs"]


def test_a_grid_has_a_tag_for_each_hyperparameter_and_a_number_for_each_cell(store, report):
    study = Study(
        question="Which initializer for which activation?",
        fixed=STUDY.fixed,
        scientific={"kernel_initializer": ("he_normal", "zeros"), "activation": ("relu", "tanh")},
        nuisance={"learning_rate": LogUniform(1e-3, 1e-2)},
    )
    points = [(case.levels, number / 10) for number, case in enumerate(study.cases)]
    with Tracker(study, "grid") as tracker:
        tracker.log("replicate", "he_normal, tanh", 0, training(config=study.cases[1].config))
        tracker.finish(report, findings(points, shape="grid", best="he_normal, tanh"))
    assert tracker.failure is None
    (child,) = children("grid")
    assert {name: text for name, text in child.data.tags.items() if name.startswith("level")} == {
        "level": "he_normal, tanh",
        "level/kernel_initializer": "he_normal",
        "level/activation": "tanh",
    }
    run = parent("grid")
    assert run.data.params["kernel_initializer"] == "he_normal, zeros"
    assert run.data.params["activation"] == "relu, tanh"
    assert "space/he_normal tanh" in run.data.params
    assert run.data.metrics == {
        "test_loss/he_normal relu": 0.0,
        "test_loss/he_normal tanh": 0.1,
        "test_loss/zeros relu": 0.2,
        "test_loss/zeros tanh": 0.3,
    }
    assert child.info.run_id in run.data.tags["winner_runs"]


def test_one_hyperparameter_is_one_tag():
    tags = training_tags("trial", "adam", 0, training(), {"optimizer": "adam"})
    assert [name for name in tags if name.startswith("level")] == ["level"]


def test_a_demonstration_is_tracked(store, report):
    study = Demonstration(question="Are gradients right?", demonstration="gradient_check")
    points = [({"layer": "Dense"}, 1e-7), ({"layer": "LSTM"}, 1e-6)]
    with Tracker(study, "gradient_check") as tracker:
        tracker.finish(report, findings(points, quantity="relative_error", shape="demonstration", best=None))
    assert tracker.failure is None
    run = parent("gradient_check")
    assert run.data.metrics == {"relative_error/Dense": 1e-7, "relative_error/LSTM": 1e-6}
    assert run.data.params["demonstration"] == "gradient_check"
    assert run.data.tags["shape"] == "demonstration"


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
        f"optimizers ({other.key[:6]})",
    }
