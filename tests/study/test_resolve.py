"""Resolving: the one step that looks at files, and what the data allow."""

import builtins
import io
from pathlib import Path

import pytest

from suite import Choice, Config, Integer, Level, LogUniform, Study, Uniform
from suite.study.resolve import resolve
from suite.study.study import Study as Declared

QUESTION = "Does it matter?"
SPACE = {"learning_rate": LogUniform(1e-3, 1)}
MODEL = "def build(*, input_shape, num_outputs, width=8): ...\n"


@pytest.fixture
def files(tmp_path) -> tuple[str, str]:
    """A table and a model of one's own."""
    table, model = tmp_path / "homes.csv", tmp_path / "net.py"
    table.write_text("rooms,price\n1,2\n3,4\n")
    model.write_text(MODEL)
    return str(table), str(model)


def test_declarations_open_no_file(files, monkeypatch):
    def refuse(*arguments, **named):
        raise AssertionError("a file was opened")

    Study(
        question=QUESTION, fixed=Config(model="conv"), scientific={"model": ("dense", "rnn")}
    )  # the suite's own
    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    table, model = files
    fixed = Config(dataset=table, target="price")
    study = Study(question=QUESTION, fixed=fixed, scientific={"model": ("dense", model)}, nuisance=SPACE)
    assert study.replace(epochs=3).own_files == (table, model)


def test_a_resolved_study_has_a_key_that_its_files_decide(files):
    table, model = files
    fixed = Config(dataset=table, target="price")
    study = Study(question=QUESTION, fixed=fixed, scientific={"model": ("dense", model)}, nuisance=SPACE)
    with pytest.raises(
        ValueError, match=r"expects a study that was resolved.*Received: one that names .*homes\.csv"
    ):
        study.key  # noqa: B018
    before = resolve(study).key
    assert resolve(study).key == before
    Path(model).write_text(MODEL + "# other\n")
    changed = resolve(study).key
    Path(table).write_text("rooms,price\n1,2\n3,4\n5,6\n")
    assert len({before, changed, resolve(study).key}) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "{folder}/nosuch.csv", "target": "price"}, "a file or folder that exists.*nosuch.csv"),
        ({"dataset": "{table}"}, "`target` expects the column of homes.csv"),
        ({"dataset": "{table}", "target": "pric"}, "Did you mean 'price'"),
        ({"model": "{folder}/nosuch.py"}, "which is no file"),
        (
            {"model": "{model}", "dropout": 0.5},
            "`dropout` is not a hyperparameter of model=.*which takes width",
        ),
        ({"model": "{table}.py"}, "expects a function build"),
    ],
    ids=str,
)
def test_a_file_that_is_not_what_the_study_names_is_refused(files, settings, message):
    table, model = files
    Path(f"{table}.py").write_text("x = 1\n")
    names = {"table": table, "model": model, "folder": str(Path(table).parent)}
    fixed = {
        key: value.format(**names) if isinstance(value, str) else value for key, value in settings.items()
    }
    study = Study(question=QUESTION, fixed=Config(**fixed), nuisance=SPACE)
    with pytest.raises(ValueError, match=message):
        resolve(study)


def test_what_is_tuned_must_be_a_hyperparameter_of_an_own_model(files):
    study = Study(question=QUESTION, fixed=Config(model=files[1]), nuisance={"dropout": Uniform(0.1, 0.5)})
    with pytest.raises(ValueError, match="`dropout` is not a hyperparameter"):
        resolve(study)
    assert resolve(Study(question=QUESTION, fixed=Config(model=files[1]), nuisance={"width": Integer(4, 8)}))


def test_on_another_data_set_an_own_model_is_tuned_in_what_it_takes(files):
    study = Study(question=QUESTION, nuisance={"width": Integer(4, 8), "dropout": Uniform(0, 0.5)})
    assert set(study.replace(dataset="iris", model=files[1]).nuisance) == {"width"}
    with pytest.raises(ValueError, match="which is no file"):
        study.replace(dataset="iris", model=files[1] + ".py")


def space_of(study: Declared, examples: int | None) -> list[dict]:
    return [case.space for case in resolve(study, {"": examples}).cases]


def test_batches_larger_than_the_training_split_are_left_out():
    space = {"batch_size": Choice(32, 64, 128), "dropout": Uniform(0, 0.5)}
    study = Study(question=QUESTION, nuisance=space)
    for examples, batch_sizes in ((None, (32, 64, 128)), (128, (32, 64, 128)), (127, (32, 64))):
        assert space_of(study, examples) == [space | {"batch_size": Choice(*batch_sizes)}]
    assert resolve(study, {"": 128}).notes == ()
    assert resolve(study, {"": 127}).notes == ("batch sizes above the 127 training examples were left out.",)
    narrowed = resolve(study, {"": 50})
    assert narrowed.cases[0].space == {"dropout": Uniform(0, 0.5)}
    assert narrowed.cases[0].config.batch_size == 32
    assert narrowed.key == resolve(study, {"": 127}).key == study.key
    assert resolve(resolve(study), {"": 50}) == narrowed
    few = resolve(study, {"": 20})
    assert (few.cases[0].space, few.cases[0].config.batch_size) == ({"dropout": Uniform(0, 0.5)}, 20)
    assert few.notes == (
        "batch sizes above the 20 training examples were left out: batch_size=20 is what is left.",
    )


def test_a_range_of_batch_sizes_ends_at_the_training_split():
    study = Study(question=QUESTION, nuisance={"batch_size": LogUniform(8, 64), "dropout": Uniform(0, 0.5)})
    assert space_of(study, 64)[0]["batch_size"] == Integer(8, 64, log=True)
    assert space_of(study, 30)[0]["batch_size"] == Integer(8, 30, log=True)
    assert set(space_of(study, 8)[0]) == {"dropout"}
    assert resolve(study, {"": 7}).cases[0].config.batch_size == 7


def test_a_study_of_batch_sizes_alone_stays_a_study_when_one_fits():
    study = resolve(Study(question=QUESTION, nuisance={"batch_size": Choice(32, 64)}, replicates=4), {"": 50})
    (case,) = study.cases
    assert (case.space, case.config.batch_size) == ({}, 32)
    assert (study.trials_of(case), study.trainings, study.shape) == (1, 5, "search")
    assert study.notes == (
        "batch sizes above the 50 training examples were left out: batch_size=32 is what is left, and"
        " nothing else is searched.",
    )
    assert study.extreme_configs() == [case.config]


def test_batch_sizes_are_left_out_where_a_level_has_few_examples():
    study = Study(
        question=QUESTION,
        scientific={"train_size": (40, 400, Level(4000, nuisance={"batch_size": Choice(2000, 5000)}))},
        nuisance={"batch_size": Choice(32, 256)},
    )
    few, many, most = resolve(study).cases
    assert (few.space, few.config.batch_size) == ({}, 32)
    assert many.space == {"batch_size": Choice(32, 256)}
    assert (most.space, most.config.batch_size) == ({}, 2000)


def test_searched_batch_sizes_are_checked_in_place_of_the_default():
    """128 would not fit, and is not among what is searched."""
    study = Study(question=QUESTION, fixed=Config(dataset="iris"), nuisance={"batch_size": Choice(8, 16)})
    assert {config.batch_size for config in study.extreme_configs()} == {8, 16}
