"""A question without a file: what is compared becomes a study."""

import re

import pytest

from suite.study.compare import comparison
from suite.study.optimizers import OPTIMIZERS


def test_levels_of_one_hyperparameter():
    name, study = comparison(["optimizer=adam,sgd,lion"], {"epochs": "3"})
    assert name == "compare-optimizer-adam-sgd-lion-epochs=3"
    assert study.shape == "comparison"
    assert [case.label for case in study.cases] == ["adam", "sgd", "lion"]
    assert study.fixed.epochs == 3
    assert study.question == "Which `optimizer` does best on fashion_mnist: adam, sgd or lion?"
    for case in study.cases:
        assert case.space == OPTIMIZERS[case.label].space


def test_numbers_are_a_curve():
    _, study = comparison(["dropout=0,0.2,0.5"], {})
    assert study.shape == "curve"
    assert study.levels == {"dropout": [0.0, 0.2, 0.5]}
    assert study.nuisance == {"learning_rate": OPTIMIZERS["adam"].space["learning_rate"]}


def test_two_make_a_grid():
    _, study = comparison(["optimizer=adam,sgd", "activation=relu,tanh"], {})
    assert study.shape == "grid"
    assert [case.label for case in study.cases] == ["adam, relu", "adam, tanh", "sgd, relu", "sgd, tanh"]


def test_the_learning_rate_is_tuned_for_the_optimizer_unless_it_is_set_or_asked():
    _, study = comparison(["dropout=0,0.5"], {"optimizer": "sgd"})
    assert study.nuisance == {"learning_rate": OPTIMIZERS["sgd"].space["learning_rate"]}
    _, study = comparison(["dropout=0,0.5"], {"learning_rate": "0.01"})
    assert (study.nuisance, study.fixed.learning_rate) == ({}, 0.01)
    _, study = comparison(["learning_rate=0.1,0.01,1e-3"], {})
    assert (study.nuisance, study.shape) == ({}, "curve")


def test_on_other_data_the_sizes_are_its_own():
    name, study = comparison(["optimizer=adam,sgd"], {"dataset": "iris"})
    assert name == "compare-optimizer-adam-sgd-iris"
    assert (study.fixed.dataset, study.fixed.train_size) == ("iris", None)
    assert study.question.endswith("on iris: adam or sgd?")


def test_other_levels_have_other_names():
    names = {comparison([what], {})[0] for what in ("dropout=0,0.2", "dropout=0,0.5", "dropout=0,0.2,0.5")}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("what", "settings", "message"),
    [
        ([], {}, "`WHAT` expects one hyperparameter and its levels"),
        (["optimizer"], {}, "optimizer"),
        (["optimizer=adam"], {}, "two or more different"),
        (["optimiser=adam,sgd"], {}, "Did you mean 'optimizer'?"),
        (["optimizer=adam,sdg"], {}, "Did you mean 'sgd'?"),
        (["optimizer=adam,sgd", "optimizer=adam,lion"], {}, "`WHAT` expects one hyperparameter"),
        (["dropout=0,1", "width=8,16", "depth=1,2"], {}, "`WHAT` expects one hyperparameter"),
        (["dropout=0,0.5"], {"dropout": "0.1"}, "expects what is not compared. Received: dropout=0.1"),
        (["seed=0,1"], {}, "seed"),
        (["dropout=0,0.5"], {"optimizer": "adamm"}, "Did you mean 'adam"),
    ],
)
def test_bad_input_is_refused_in_one_line(what, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        comparison(what, settings)
