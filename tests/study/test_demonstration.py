"""Demonstrations as declarations: names and settings are checked before anything is computed."""

import pytest
from pydantic import ValidationError

from suite import Demonstration, Prediction
from suite.study import demonstration as module
from suite.study import registry
from suite.study.resolve import resolve

QUESTION = "Do the gradients agree?"
ARGUMENTS = {"width": 8, "step": 1e-3, "exact": False, "activation": "tanh", "rows": None}


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """One demonstration, whose function takes ARGUMENTS."""
    monkeypatch.setattr(
        module, "registered", lambda package, registry: {"checks": "suite.demonstrations.checks"}
    )
    monkeypatch.setattr(module, "defaults", lambda module, function: ARGUMENTS)


def checks(**settings) -> Demonstration:
    return Demonstration(question=QUESTION, demonstration="checks", settings=settings)


def test_a_demonstration_is_a_question_without_trainings():
    found = checks(width=16)
    assert (found.shape, found.trainings, found.settings) == ("demonstration", 0, {"width": 16})
    assert resolve(found) is found


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"width": "16"}, {"width": 16}),
        ({"step": "1e-4", "exact": "true"}, {"step": 1e-4, "exact": True}),
        ({"rows": "7"}, {"rows": "7"}),
    ],
)
def test_settings_of_the_command_line_take_the_type_of_the_default(settings, kept):
    assert checks().replace(**settings).settings == kept


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: checks(widht=3), "`settings` must be one of width, step, .*Did you mean 'width'"),
        (lambda: checks(width="many"), "`width` must be a whole number. Received: width='many'"),
        (lambda: checks(exact=7), "`exact` must be true or false. Received: exact=7"),
        (lambda: checks().replace(epochs="3"), "`settings` must be one of width"),
        (lambda: Demonstration(question=QUESTION, demonstration="check"), "Did you mean 'checks'"),
        (
            lambda: Demonstration(
                question=QUESTION,
                demonstration="checks",
                predictions=(Prediction("It holds", "check.error", between=(0, 1), source="theory"),),
            ),
            "expects 'check' among what the study measures.*Received: checks",
        ),
        (lambda: Demonstration(question=" ", demonstration="checks"), "`question`"),
    ],
)
def test_a_demonstration_refuses(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


def test_key_tells_what_is_computed_apart_but_not_wordings():
    assert checks().key == Demonstration(question="Why?", demonstration="checks").key
    assert checks().key != checks(width=16).key


def test_what_a_module_registers_and_takes_is_read_from_its_source(tmp_path, monkeypatch):
    folder = tmp_path / "suite" / "things"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "import nosuch\n\nTHINGS: dict[str, str] = {\n    'one': 'suite.things.one'\n}\n"
    )
    (folder / "one.py").write_text(
        "import nosuch\n\ndef demonstrate(*, width: int = 8, rows=None, low=-1.5): ...\n"
    )
    monkeypatch.setattr(registry, "SUITE", tmp_path / "suite")
    assert registry.registered("things", "THINGS") == {"one": "suite.things.one"}
    assert registry.defaults("suite.things.one", "demonstrate") == {"width": 8, "rows": None, "low": -1.5}
    with pytest.raises(LookupError, match="has no OTHERS"):
        registry.registered("things", "OTHERS")


def test_registered_probes_are_those_that_the_package_has():
    from suite.probes import PROBES

    assert registry.registered("probes", "PROBES") == PROBES
