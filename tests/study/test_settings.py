"""Arguments of one's own model beyond Config's fields: what is taken, refused, and what they change."""

import json
import pickle
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from suite import Choice, Config, Integer, Level, LogUniform, Study
from suite.models.own import Argument
from suite.running.cases import CaseRun
from suite.running.collect import table_of
from suite.study import catalog
from suite.study.compare import comparison
from suite.study.curves import validation_curve
from suite.study.identity import architecture_key, shape_key, structure, timing_key
from suite.study.resolve import check, resolve
from suite.study.settings import COLUMNS, value_of
from suite.training.result import Result

MODEL = """
def build(*, input_shape, num_outputs, width=32, bottleneck=8, gate="sigmoid", skip=False, rate=0.5,
          norm: str | None = "batch", extra=None, sizes=(8, 4)): ...
"""
DOCUMENTATION = Path(__file__).parents[2] / "docs/models.md"
QUESTION = "Does it matter?"
RATE = {"learning_rate": LogUniform(1e-3, 1)}


@pytest.fixture
def own(tmp_path, monkeypatch) -> str:
    """The file of a model in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(MODEL)
    return "net.py"


def study(**changes) -> Study:
    fields = {"question": QUESTION, "fixed": Config(model="net.py"), "nuisance": RATE}
    return Study(**fields | changes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16", 16), ("-1", -1), ("0.5", 0.5), ("1e-3", 0.001), ("true", True), ("False", False),
        ("None", None), (None, None), ("tanh", "tanh"), ("'16'", "16"), ("16,8", "16,8"), ("[16]", "[16]"),
        ("", ""), ("(" * 999, "(" * 999),
    ],
)  # fmt: skip
def test_what_a_text_means(text, value):
    assert (value_of(text), type(value_of(text))) == (value, type(value))


def test_a_configuration_holds_them_under_their_names():
    config = Config(model="net.py", bottleneck=16, gate="tanh", extra=None)
    assert (config.bottleneck, config.gate) == (16, "tanh")
    assert config.own_arguments == {"bottleneck": 16, "gate": "tanh", "extra": None}
    assert config.replace(bottleneck=4).own_arguments == {"bottleneck": 4, "gate": "tanh", "extra": None}
    assert config != config.replace(bottleneck=4)
    for copy in (Config(**json.loads(json.dumps(config.model_dump()))), pickle.loads(pickle.dumps(config))):
        assert (copy, hash(copy)) == (config, hash(config))


def test_a_configuration_without_them_is_what_it_was():
    assert list(Config(model="net.py").model_dump()) == list(Config.model_fields)


def test_they_are_compiled_in():
    few, many = (Config(model="net.py", bottleneck=size) for size in (8, 16))
    for key in (shape_key, timing_key, architecture_key):
        assert len({key(few), key(many), key(Config(model="net.py"))}) == 3
    assert structure(many.replace(learning_rate=0.5)) == structure(many)
    assert structure(many).bottleneck == 16


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "dense", "bottleneck": 8}, r"^`bottleneck` is not a field. Received: bottleneck=8\.$"),
        ({"optimzer": "sgd"}, r"`optimzer` is not a field. .*Did you mean 'optimizer'\?"),
        ({"model": "net.py", "steps": 3}, "`steps` has another meaning in studies.*rename the argument"),
        ({"model": "net.py", "budget": 3}, "`budget` has another meaning"),
        ({"model": "net.py", "test_loss": 3}, "`test_loss` has another meaning"),
        ({"model": "net.py", "replace": 3}, "`replace` is a name that Config needs.*rename the argument"),
        ({"model": "net.py", "bottleneck": (4, 8)}, r"`bottleneck` must be a finite number.*\(4, 8\)"),
        ({"model": "net.py", "rate": float("nan")}, "`rate` must be a finite number.*rate=nan"),
    ],
    ids=str,
)
def test_what_is_refused_when_declared(settings, message):
    with pytest.raises(ValidationError) as error:
        Config(**settings)
    assert re.search(message, catalog.explain(error.value))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"botleneck": 8},
            r"`botleneck` is neither a field nor an argument of `build` in net.py, which takes width,"
            r" bottleneck, gate, skip, rate, norm, extra, sizes\. Received: botleneck=8\. Did you mean"
            r" 'bottleneck'\?",
        ),
        ({"bugdet": 8}, r"Did you mean 'budget'\?"),
        ({"bottleneck": 8.0}, r"must be a whole number, as its default in `build` is 8\..*Integer\("),
        ({"bottleneck": True}, r"must be a whole number.* Received: bottleneck=True\.$"),
        ({"bottleneck": None}, r"must be a whole number.*annotate it .*bottleneck: int \| None"),
        ({"gate": 16}, r"`gate` must be a text, as its default in `build` is 'sigmoid'.*gate=\"'16'\""),
        ({"skip": 1}, "`skip` must be True or False"),
        ({"rate": "high"}, "`rate` must be a number, as its default in `build` is 0.5"),
        ({"sizes": 8}, r"`sizes` cannot be set, for its default in `build` is \(8, 4\)"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused_when_the_file_is_read(own, settings, message):
    with pytest.raises(ValueError, match=message):
        check(Config(model=own, **settings))


def test_what_the_source_does_not_tell_is_taken(own):
    check(Config(model=own, rate=1, norm=None, extra="anything", gate="16"))
    for default in (None, "WIDTH", "None", "2 * 8"):
        Argument(default).check("size", 4)


def test_an_argument_without_default_must_be_set(own):
    Path(own).write_text("def build(rank, *, input_shape, num_outputs, width, masked, units=3): ...\n")
    check(Config(model=own, rank=3, width=8))
    for given, lacks in (({"rank": 3}, "width"), ({"width": 8}, "rank")):
        with pytest.raises(ValueError, match=rf"`{lacks}` has no default in `build` of net.py and"):
            check(Config(model=own, **given))
    Path(own).write_text("def build(*, input_shape, num_outputs, learning_rate): ...\n")
    with pytest.raises(ValueError, match=r"`learning_rate` is a field that no `build` is given.*rename"):
        check(Config(model=own))


def test_they_are_asked_about_and_tuned(own):
    asked = study(scientific={"bottleneck": (4, 8, 16)}, nuisance=RATE | {"gate": Choice("sigmoid", "tanh")})
    assert asked.shape == "curve"
    assert [case.config.bottleneck for case in resolve(asked).cases] == [4, 8, 16]
    grid = study(scientific={"bottleneck": (4, 8), "optimizer": ("sgd", "adam")})
    assert [case.label for case in resolve(grid).cases] == ["4, sgd", "4, adam", "8, sgd", "8, adam"]
    levels = (Level(4, fixed={"skip": True}), Level(8, nuisance={"width": Integer(4, 8)}))
    first, second = resolve(study(scientific={"bottleneck": levels})).cases
    assert first.config.own_arguments == {"bottleneck": 4, "skip": True}
    assert (second.config.own_arguments, list(second.space)) == (
        {"bottleneck": 8},
        ["learning_rate", "width"],
    )
    models = study(fixed=Config(), scientific={"model": ("dense", Level(own, fixed={"bottleneck": 4}))})
    assert [case.config.own_arguments for case in resolve(models).cases] == [{}, {"bottleneck": 4}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fixed": Config(), "scientific": {"bottleneck": (4, 8)}}, "`scientific` must be one of dataset"),
        ({"fixed": Config(), "nuisance": {"bottleneck": Integer(4, 8)}}, "`nuisance` must be one of dataset"),
        ({"scientific": {"bottleneck": (4, 8), "model": ("net.py", "dense")}}, "`bottleneck` is not a field"),
    ],
    ids=str,
)
def test_a_model_of_the_suite_has_none(changes, message):
    with pytest.raises(ValueError, match=message):
        study(**changes)


def test_every_bound_and_option_is_checked(own):
    for distribution in (LogUniform(4, 64), Choice(4, "many")):
        with pytest.raises(ValueError, match="`bottleneck` must be a whole number"):
            resolve(study(nuisance={"bottleneck": distribution}))


def test_levels_that_are_names_and_set_something_say_whether_they_are_values(own):
    levels = (Level("sigmoid"), Level("tanh", fixed={"bottleneck": 4}))
    with pytest.raises(ValueError, match=r"`gate` is an argument of `build` in net.py, and here a name"):
        resolve(study(scientific={"gate": levels}))
    meant = study(fixed=Config(model=own, gate="sigmoid"), scientific={"gate": levels})
    assert [case.config.gate for case in resolve(meant).cases] == ["sigmoid", "tanh"]
    assert [case.config.own_arguments for case in study(scientific={"way": levels}).cases] == [
        {},
        {"bottleneck": 4},
    ]


def test_a_value_is_part_of_what_a_study_goes_by(own):
    tuned = study(nuisance={"bottleneck": Integer(4, 8)})
    keys = {resolve(tuned.replace(skip=value)).key for value in (True, False)} | {resolve(tuned).key}
    assert len(keys) == 3
    names = [catalog.results_name("x", tuned, tuned.replace(extra=value), ["extra"]) for value in (3, None)]
    assert names == ["x-extra=3", "x-extra=null"]
    with pytest.raises(ValueError, match="bottleneck is what it varies"):
        tuned.replace(bottleneck=3)


def test_another_data_set_that_asks_for_a_model_leaves_them_out(own):
    tuned = study(fixed=Config(model=own, skip=True), nuisance=RATE | {"bottleneck": Integer(4, 8)})
    kept = tuned.replace(dataset="wine")
    assert (kept.fixed.own_arguments, list(kept.nuisance)) == (
        {"skip": True},
        ["learning_rate", "bottleneck"],
    )
    moved = tuned.replace(dataset="cmudict")
    assert (moved.fixed.model, moved.fixed.own_arguments, list(moved.nuisance)) == ("seq2seq", {}, [*RATE])


def test_a_comparison_without_a_file(own):
    settings = {"model": own, "dataset": "iris", "skip": True}
    name, declared = comparison(["bottleneck=4,16,64"], settings)
    assert name.startswith("compare-bottleneck-4-16-64-") and name.endswith("-iris-skip=True")
    assert declared.scientific == {"bottleneck": (4, 16, 64)}
    assert (declared.fixed.skip, declared.shape) == (True, "curve")
    Path("other.py").write_text(MODEL)
    assert comparison(["bottleneck=4,16,64"], settings | {"model": "other.py"})[0] != name
    with pytest.raises(ValueError, match="`WHAT` must be one of dataset"):
        comparison(["bottleneck=4,16"], {"dataset": "iris"})


def test_levels_of_a_validation_curve():
    assert validation_curve("bottleneck", 8) == "bottleneck=2,4,8,16,32"
    assert validation_curve("rate", 0.2) == "rate=0.05,0.1,0.2,0.4,0.8"
    with pytest.raises(ValueError, match="or one with its levels"):
        validation_curve("bottleneck", 0)


def test_no_column_of_the_table_is_an_argument(tmp_path):
    (declared,) = study(fixed=Config()).cases
    case = CaseRun(study(fixed=Config()), declared, tmp_path)
    case.trials[0] = Result(declared.config, "completed", {}, [], None, {}, 0.0, {})
    assert set(table_of("x", [case])) - set(Config.model_fields) == set(COLUMNS)


def test_the_example_of_the_documentation_is_right(tmp_path, monkeypatch):
    model, declared = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(model)
    Path("question.py").write_text(declared)
    found = resolve(catalog.load(Path("question.py")))
    assert [case.config.own_arguments for case in found.cases] == [
        {"skip": True, "bottleneck": size} for size in (4, 8, 16)
    ]
