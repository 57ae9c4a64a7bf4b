"""Declarations: what they refuse, and what they derive."""

import ast
import subprocess
import sys

import pytest
from pydantic import ValidationError

from suite import Choice, Config, Integer, Level, LogUniform, NearOne, Prediction, Study, Uniform
from suite.data import DATASETS
from suite.study import catalog
from suite.study.config import WHOLE_NUMBERS
from suite.study.optimizers import OPTIMIZERS

QUESTION = "Does it matter?"
SPACE = {"learning_rate": LogUniform(1e-3, 1)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": 1.5}, "less than 1"),
        ({"dropout": float("nan")}, "finite"),
        ({"learning_rate": 0}, "greater than 0"),
        ({"batch_size": 2.5}, "integer"),
        (
            {"dataset": "fashion-mnist"},
            "`dataset` must be one of .*Received: 'fashion-mnist'.*Did you mean 'fashion_mnist'",
        ),
        ({"model": "dnse"}, "Did you mean 'dense'"),
        ({"optimizer": "adamm"}, "`optimizer` must be one of sgd, .*Did you mean 'adam"),
        (
            {"optimizer": "adam", "momentum": 0.9},
            "`momentum` is not a hyperparameter of optimizer='adam', which takes beta_1",
        ),
        ({"learning_rte": 0.1}, "learning_rte"),
        (
            {"num_heads": 8},
            "`num_heads` is not a hyperparameter of model='dense', which takes width.*Received: num_heads=8",
        ),
        ({"model": "rnn", "activation": "tanh"}, "`activation` is not a hyperparameter of model='rnn'"),
        ({"activation": "rleu"}, "relu"),
    ],
    ids=str,
)
def test_config_refuses(settings, message):
    with pytest.raises(ValidationError, match=message):
        Config(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"question": " ", "nuisance": {"dropout": Uniform(0, 0.5)}}, "`question`"),
        ({}, "`scientific` or `nuisance`"),
        (
            {"scientific": {"width": (1, 2), "depth": (1, 2), "epochs": (1, 2)}},
            "one hyperparameter, or two. Received: width, depth, epochs",
        ),
        ({"scientific": {"dropout": (0, 0.0)}}, "two or more different values"),
        ({"scientific": {"width": (64,)}}, "two or more different values"),
        ({"scientific": {"width": (64, 64)}}, "two or more different values"),
        ({"scientific": {"widht": (64, 128)}}, "Did you mean 'width'"),
        ({"scientific": {"width": (64, 0)}}, "greater than or equal to 1"),
        ({"nuisance": {"droput": Uniform(0, 0.5)}}, "Did you mean 'dropout'"),
        ({"nuisance": {"dropout": Uniform(0, 1.5)}}, "less than 1"),
        ({"nuisance": {"model": Choice("dense", "cnn")}}, "`model` must be one of"),
        (
            {"nuisance": {"optimizer": Choice("sgd", "adam"), "beta_2": NearOne(0.9, 0.99)}},
            "`beta_2` is not a hyper",
        ),
        (
            {"nuisance": {"width": Uniform(16.2, 16.9)}},
            r"`nuisance` of width: .* Integer\(16, 128\).*Uniform\(16.2",
        ),
        ({"nuisance": {"depth": NearOne(0.5, 0.9)}}, r"`nuisance` of depth: .*Received: NearOne\(0.5, 0.9\)"),
        (
            {"scientific": {"width": (1, 2), "depth": (1, Level(2, fixed={"width": 3}))}},
            "`fixed` names width, which 1, 2 sets",
        ),
        ({"scientific": {"width": (1, 2)}, "probes": ("activatons",)}, "Did you mean 'activations'"),
        ({"scientific": {"width": (1, 2)}, "replicates_vary": ()}, "replicates_vary"),
        ({"scientific": {"width": (1, 2)}, "replicates_vary": ("monitor",)}, "'seed' or 'data_seed'"),
        (
            {"scientific": {"width": (1, 2)}, "nuisance": {"width": Uniform(1, 5)}},
            "names width, which 1 sets",
        ),
        ({"nuisance": {"dropout": Uniform(0, 0.5)}, "budget": 0}, "budget"),
        ({"nuisance": {"dropout": Uniform(0, 0.5)}, "replicates": 1}, "replicates"),
        ({"scientific": {"width": (1, 2)}, "time_limit": 0}, "time_limit"),
        ({"scientific": {"width": (1, 2)}, "memory_limit": float("inf")}, "memory_limit"),
    ],
    ids=str,
)
def test_study_refuses(settings, message):
    with pytest.raises(ValidationError, match=message):
        Study(**{"question": QUESTION, **settings})


def test_optimizers_bring_their_own_space():
    study = Study(
        question=QUESTION,
        scientific={
            "optimizer": ("sgd", "adam", Level("momentum", nuisance={"momentum": NearOne(0.5, 0.9)}))
        },
        nuisance={"learning_rate": LogUniform(1e-4, 1), "dropout": Uniform(0, 0.5)},
        budget=3,
        replicates=2,
        protocol="single",
    )
    spaces = {case.label: case.space for case in study.cases}
    assert spaces["sgd"] == {
        "learning_rate": OPTIMIZERS["sgd"].space["learning_rate"],
        "dropout": Uniform(0, 0.5),
    }
    assert set(spaces["adam"]) == {"learning_rate", "dropout", "beta_2"}
    assert spaces["momentum"]["momentum"] == NearOne(0.5, 0.9)
    assert study.trainings == 3 * (3 + 2)


def test_values_that_are_fixed_need_one_trial():
    study = Study(question=QUESTION, scientific={"dropout": (0.0, 0.5)}, budget=20, replicates=4)
    assert study.trainings == 2 * (1 + 4)
    assert [case.config.dropout for case in study.cases] == [0.0, 0.5]


def test_replace_changes_the_study_or_what_it_fixes():
    study = Study(
        question=QUESTION, scientific={"width": (8, 16)}, nuisance={"learning_rate": LogUniform(1e-3, 1)}
    )
    changed = study.replace(budget="5", epochs="3", seed="9")
    assert (changed.budget, changed.fixed.epochs, changed.seed) == (5, 3, 9)
    assert [case.config.epochs for case in changed.cases] == [3, 3]
    for name in ("width", "learning_rate"):
        with pytest.raises(ValueError, match=f"{name} is what it varies"):
            study.replace(**{name: "1"})
    with pytest.raises(ValueError, match="Did you mean 'epochs'"):
        study.replace(epoch="3")


def test_key_tells_trainings_apart_but_not_wordings_and_sizes():
    study = Study(question=QUESTION, scientific={"width": (8, 16)})
    assert study.key == study.replace(budget=50, replicates=9, target_value=0.1).key
    assert study.key == study.replace(time_limit="600", memory_limit="4").key
    seen = Prediction("Wide is good", "test_loss", {"width": 16}, less_than={"width": 8}, source="us")
    assert study.key == study.replace(probes="activations").key
    assert study.key == Study(question="Why?", scientific={"width": (8, 16)}, predictions=(seen,)).key
    others = [study.replace(epochs=3), study.replace(seed=1), study.replace(replicates_vary="seed,data_seed")]
    assert len({study.key, *(other.key for other in others)}) == 4


@pytest.mark.parametrize(
    ("scientific", "shape"),
    [
        ({}, "search"),
        ({"width": (8, 16)}, "comparison"),
        ({"width": (8, 16, 32)}, "curve"),
        ({"dropout": (0.0, Level(0.5, fixed={"width": 8}), 0.7)}, "curve"),
        ({"train_size": (100, 200, None)}, "comparison"),
        ({"bidirectional": (True, False, None)}, "comparison"),
        ({"width": (8, 16, 32), "depth": (1, 2, 3)}, "grid"),
    ],
    ids=str,
)
def test_shapes(scientific, shape):
    fixed = Config(model="rnn" if "bidirectional" in scientific else "dense")
    study = Study(question=QUESTION, fixed=fixed, scientific=scientific, nuisance=SPACE)
    assert study.shape == shape


def test_a_grid_has_a_case_for_each_cell():
    study = Study(
        question=QUESTION,
        scientific={
            "activation": ("relu", Level("selu", fixed={"kernel_initializer": "lecun_normal"})),
            "optimizer": ("sgd", Level("adam", nuisance={"beta_1": NearOne(0.8, 0.99)})),
        },
        nuisance=SPACE,
        budget=3,
        replicates=2,
        protocol="single",
    )
    assert [case.label for case in study.cases] == ["relu, sgd", "relu, adam", "selu, sgd", "selu, adam"]
    last = study.cases[-1]
    assert last.levels == {"activation": "selu", "optimizer": "adam"}
    assert (last.config.activation, last.config.optimizer) == ("selu", "adam")
    assert last.config.kernel_initializer == "lecun_normal"
    assert set(last.space) == {"learning_rate", "beta_1", "beta_2"}
    assert study.cases[0].space == {"learning_rate": OPTIMIZERS["sgd"].space["learning_rate"]}
    assert study.trainings == 4 * (3 + 2)
    assert study.levels == {"activation": ["relu", "selu"], "optimizer": ["sgd", "adam"]}


def test_own_models_are_called_by_their_files_as_far_as_it_takes():
    models = ("dense", "/a/one/net.py", "/a/two/net.py")
    study = Study(question=QUESTION, scientific={"model": models}, nuisance=SPACE)
    assert [case.label for case in study.cases] == ["dense", "one/net", "two/net"]
    assert [case.levels["model"] for case in study.cases] == list(models)
    study = Study(question=QUESTION, scientific={"model": ("dense", "/a/net.py")}, nuisance=SPACE)
    assert [case.label for case in study.cases] == ["dense", "net"]


def test_ways_that_set_something_else_each_have_a_name_of_their_own():
    ways = (Level("nothing"), Level("L2", nuisance={"l2": LogUniform(1e-5, 1e-2)}),
            Level("more data", fixed={"train_size": 2_000}))  # fmt: skip
    study = Study(question=QUESTION, fixed=Config(train_size=500), scientific={"remedy": ways})
    assert (study.shape, [case.label for case in study.cases]) == (
        "comparison",
        ["nothing", "L2", "more data"],
    )
    assert [case.config.train_size for case in study.cases] == [500, 500, 2_000]
    assert [[*case.space] for case in study.cases] == [[], ["l2"], []]
    for levels in (("nothing", "more data"), (Level("nothing"), Level("more")), (Level(8), Level(16))):
        with pytest.raises(ValidationError, match="`scientific` must be one of"):
            Study(question=QUESTION, scientific={"remedy": levels})


def test_sizes_that_are_asked_about_are_the_other_data_sets_own_where_nothing_is_asked():
    study = Study(question=QUESTION, fixed=Config(train_size=5_000), scientific={"train_size": (50, 100)})
    moved = study.replace(dataset="iris")
    assert (moved.fixed.train_size, moved.levels) == (None, {"train_size": [50, 100]})


def test_replicates_may_vary_the_split():
    study = Study(question=QUESTION, nuisance=SPACE, replicates_vary=("seed", "data_seed"))
    assert study.replicates_vary == ("seed", "data_seed")
    assert Study(question=QUESTION, nuisance=SPACE).replicates_vary == ("seed",)


@pytest.mark.parametrize("name", catalog.names())
def test_every_study_is_valid_and_asks_one_question(name):
    found, study = catalog.find(name)
    assert found == name
    assert study.question.strip().endswith("?")
    assert "\n" not in study.question.strip()
    text = (catalog.STUDIES / f"{name}.py").read_text()
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword))
    predicted = sum(node.end_lineno - node.lineno for node in calls if node.arg == "predictions")
    assert len(text.splitlines()) - predicted <= 35


def test_declarations_import_without_tensorflow():
    code = """
import sys, suite, suite.cli.app, suite.study.catalog
study = suite.study.catalog.find("optimizers")[1]
heavy = {"tensorflow", "keras", "mlflow", "optuna", "pandas", "altair", "sklearn", "scipy"} & set(sys.modules)
print(study.trainings, sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["560", "[]"]


@pytest.mark.parametrize(
    "settings",
    [
        {"scientific": {"seed": (1, 2)}},
        {"scientific": {"monitor": ("val_loss", "val_accuracy")}},
        {"scientific": {"dataset": ("digits", "iris")}},
        {"scientific": {"width": (8, 16)}, "nuisance": {"data_seed": Choice(0, 1)}},
        {"scientific": {"width": (8, Level(16, fixed={"monitor": "val_accuracy"}))}},
        {"scientific": {"width": (8, 16)}, "fixed": Config(seed=3)},
    ],
    ids=str,
)
def test_what_no_study_varies(settings):
    with pytest.raises(ValidationError, match=r"a study does not vary `|sets no seed"):
        Study(question=QUESTION, **settings)


def test_a_range_of_a_whole_number_field_draws_whole_numbers():
    study = Study(
        question=QUESTION,
        nuisance={
            "width": Uniform(16, 128),
            "depth": Integer(1, 3),
            "batch_size": LogUniform(7.5, 64.5),
            "dropout": Uniform(0, 0.5),
        },
    )
    assert study.cases[0].space == {
        "width": Integer(16, 128),
        "depth": Integer(1, 3),
        "batch_size": Integer(8, 64, log=True),
        "dropout": Uniform(0, 0.5),
    }
    assert study.nuisance["width"] == Uniform(16, 128)  # the declaration stays as it was written


@pytest.mark.parametrize(
    "name", ["width", "batch_size", "epochs", "max_tokens", "filters", "num_heads", "patience"]
)
def test_fields_of_whole_numbers(name):
    assert name in WHOLE_NUMBERS


@pytest.mark.parametrize("name", ["dropout", "learning_rate", "bidirectional", "model", "padding", "epsilon"])
def test_fields_of_other_values(name):
    assert name not in WHOLE_NUMBERS


def test_the_budget_belongs_to_the_key_where_trials_depend_on_each_other():
    study = Study(question=QUESTION, nuisance={"dropout": Uniform(0, 0.5)}, sampler="tpe")
    assert study.key != study.replace(budget=50).key


def test_another_data_set_brings_its_own_sizes_and_what_suits_it():
    fixed = Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, epochs=8)
    space = {
        "learning_rate": LogUniform(1e-4, 1e-1),
        "batch_size": Choice(32, 64),
        "dropout": Uniform(0, 0.5),
    }
    study = Study(question=QUESTION, fixed=fixed, nuisance=space)
    moved = study.replace(dataset="digits")
    assert moved.fixed == Config(dataset="digits", epochs=8)
    assert moved.nuisance == study.nuisance
    pairs = study.replace(dataset="cmudict", train_size="5000")
    assert (pairs.fixed.model, pairs.fixed.train_size, pairs.fixed.epochs) == ("seq2seq", 5000, 3)
    assert (pairs.budget, pairs.replicates) == (10, 5)  # each training is long
    assert study.replace(dataset="cmudict", budget=30).budget == 30
    quadratic = study.replace(dataset="quadratic_deep")
    assert quadratic.fixed.model == "quadratic"
    assert set(quadratic.nuisance) == {"learning_rate", "batch_size"}  # no dropout without hidden units
    assert study.replace(dataset="fashion_mnist", epochs="3").fixed == fixed.replace(epochs=3)
    varied = Study(question=QUESTION, fixed=fixed, scientific={"epochs": (2, 4)}).replace(dataset="iris")
    assert [case.config.epochs for case in varied.cases] == [2, 4]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("name", ["search", "optimizers", "batch_size"])
def test_studies_can_be_asked_of_every_data_set(name, dataset):
    assert catalog.changed(name, {"dataset": dataset})[1].fixed.dataset == dataset


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Config(architecture="decoder"),
            "`architecture` is now `causal`: True in place of 'decoder'",
        ),
        (lambda: Config(position="learned"), "`position` is now `positional_encoding`"),
        (
            lambda: Config(attention="transformer"),
            "attention='transformer' is now model='seq2seq_transformer'",
        ),
        (lambda: Study(question=QUESTION, nuisance=SPACE, seeds=3), "`seeds` is now `replicates`"),
        (
            lambda: Study(question=QUESTION, scientific={"architecture": ("encoder", "decoder")}),
            "`architecture` is now `causal`",
        ),
        (
            lambda: Study(question=QUESTION, nuisance={"position": Choice("learned", "none")}),
            "positional_encoding",
        ),
        (
            lambda: Study(
                question=QUESTION, scientific={"width": (8, Level(16, fixed={"position": "none"}))}
            ),
            "`position` is now `positional_encoding`",
        ),
        (lambda: Study(question=QUESTION, nuisance=SPACE).replace(seeds="3"), "`seeds` is now `replicates`"),
        (lambda: Study(question=QUESTION, nuisance=SPACE).replace(architecture="encoder"), "`causal`"),
        (
            lambda: Study(question=QUESTION, nuisance=SPACE).replace(attention="transformer"),
            "model='seq2seq_transformer'",
        ),
    ],
)
def test_old_names_are_refused_with_the_new_ones(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_old_name_of_a_level_is_refused_with_the_new_one():
    with pytest.raises(ImportError, match="`Value` is now `Level`"):
        from suite import Value  # noqa: F401


@pytest.mark.parametrize(
    ("changes", "searches"),
    [
        ({}, 3),
        ({"replicates": 2}, 2),  # a search without a replicate would say nothing
        ({"protocol": "ideal"}, 10),
        ({"protocol": "single"}, 1),
        ({"nuisance": {}}, 1),  # nothing is tuned: there is no search to repeat
        ({"scientific": {}}, 1),  # nothing is compared
        ({"pruner": "median"}, 1),
    ],
)
def test_how_often_a_case_is_searched(changes, searches):
    declared = {"scientific": {"dropout": (0.0, 0.5)}, "nuisance": {"learning_rate": LogUniform(1e-4, 1e-2)}}
    study = Study(question=QUESTION, **(declared | changes))
    assert {study.searches_of(case) for case in study.cases} == {searches}
    trials = study.budget if study.cases[0].space else 1
    assert study.trainings == len(study.cases) * (searches * trials + study.replicates)


@pytest.mark.parametrize(
    ("changes", "prunes"),
    [
        ({}, "successive_halving"),
        ({"pruner": None}, None),
        ({"protocol": "single"}, None),
        ({"scientific": {}}, None),
        ({"nuisance": {}}, None),
        ({"fixed": Config(learning_rate_schedule="cosine_decay")}, None),  # early losses mislead
        ({"scientific": {"warmup": (0.0, 0.1)}}, None),
        ({"scientific": {}, "pruner": "median"}, "median"),
    ],
)
def test_what_ends_trials_early(changes, prunes):
    declared = {"scientific": {"dropout": (0.0, 0.5)}, "nuisance": {"learning_rate": LogUniform(1e-4, 1e-2)}}
    study = Study(question=QUESTION, **(declared | changes))
    assert study.prunes == prunes
    assert (study.key == study.replace(budget=7).key) == (
        prunes is None
    )  # a bracket is as large as the budget


def test_trainings_of_another_protocol_are_others():
    study = Study(question=QUESTION, nuisance={"learning_rate": LogUniform(1e-4, 1e-2)})
    assert (
        study.key
        != study.replace(protocol="single").key
        == study.replace(protocol="single", replicates=4).key
    )


def conditioned(**changes) -> Study:
    data = {"dataset": ("digits", Level("wine", fixed={"batch_size": 16}))}
    declared = {
        "scientific": {"optimizer": ("sgd", "adam")},
        "nuisance": {"learning_rate": LogUniform(1e-4, 1)},
    }
    fixed = Config(dataset="digits", train_size=300, validation_size=100, epochs=7)
    return Study(question=QUESTION, fixed=fixed, **declared | {"conditions": data} | changes)


def test_a_condition_is_the_same_question_with_other_settings():
    study = conditioned()
    assert study.shape == "profile"
    assert [case.label for case in study.cases] == ["sgd, digits", "adam, digits", "sgd, wine", "adam, wine"]
    assert [case.level for case in study.cases] == ["sgd", "adam", "sgd", "adam"]
    assert study.cases[3].levels == {"optimizer": "adam", "dataset": "wine"}
    configs = {case.label: case.config for case in study.cases}
    assert (configs["adam, digits"].train_size, configs["adam, digits"].batch_size) == (300, 128)
    assert (configs["adam, wine"].train_size, configs["adam, wine"].batch_size) == (None, 16)
    assert study.trainings == 2 * conditioned(conditions={}).trainings
    assert study.key != conditioned(conditions={"dataset": ("digits", "iris")}).key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conditions": {"dataset": ("digits",)}}, "two or more different values of dataset"),
        ({"conditions": {"dataset": ("iris", "wine"), "epochs": (1, 2)}}, "`conditions` expects one"),
        ({"conditions": {"optimizer": ("sgd", "adam")}}, "neither asked about nor tuned"),
        ({"conditions": {"data": ("iris", "wine")}}, "`conditions`"),
        ({"probes": ("activations",)}, "without probes"),
        ({"conditions": {"dataset": ("iris", "nothing")}}, "nothing"),
    ],
)
def test_conditions_that_cannot_be(changes, message):
    with pytest.raises(ValueError, match=message):
        conditioned(**changes)


def test_what_a_condition_sets_is_not_set_for_all():
    with pytest.raises(ValueError, match="dataset is what it varies"):
        conditioned().replace(dataset="iris")
