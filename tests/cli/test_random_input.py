"""Whatever is typed and whatever a file of results holds ends in an answer or in one line that says why not.

SUITE_FUZZ: how many inputs of each kind.
"""

import dataclasses
import json
import os
import random
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from suite import Config, Study
from suite.analysis.records import Findings, Section
from suite.cli import app as cli
from suite.running import cases, results
from suite.running.pool.work import Job
from suite.study import catalog
from suite.study.study import SETTABLE
from suite.training import plan
from suite.training.result import Result

often = settings(
    max_examples=int(os.environ.get("SUITE_FUZZ", "20")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    database=None,
)

FIELDS = st.sampled_from(sorted({*Config.model_fields, *SETTABLE}))
ODD = (
    "0 -1 1e999 nan inf 007 1_000 ٣ 0x10 1/3 adam sgd relu null true no lenet5 dense iris mnist houses.csv "
    "../.. /dev/null .py a.py tfds:x x@2x3 he_normal l2 last cosine val_loss log small full"
)
VALUES = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(ODD.split()),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12),
)
PAIRS = st.lists(st.builds("{}={}".format, FIELDS | VALUES, VALUES), max_size=3)
SETS = PAIRS.map(lambda pairs: [f"--set={pair}" for pair in pairs])
LEVELS = st.builds("{}={}".format, FIELDS, st.lists(VALUES, max_size=4).map(",".join))
NAMES = st.sampled_from([*catalog.names(), "own.py", "../studies/xor"]) | VALUES
MORE = st.lists(
    st.one_of(
        VALUES.map("--workers={}".format),
        st.builds("--shard={}/{}".format, VALUES, VALUES),
    ),
    max_size=1,
)
COMMANDS = st.one_of(
    st.tuples(st.just(["study", "--dry-run"]), MORE, SETS, NAMES.map(lambda name: ["--", name])),
    st.tuples(st.just(["compare", "--dry-run"]), SETS, st.lists(LEVELS, min_size=1, max_size=2)),
    st.tuples(st.just(["validation-curve", "--dry-run", "--"]), st.lists(FIELDS | VALUES, max_size=1), PAIRS),
    st.tuples(st.just(["learning-curve", "--dry-run", "--"]), PAIRS),
    st.tuples(st.just(["export", "xor"]), SETS),
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=3)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@often
@given(parts=COMMANDS)
def test_a_command_ends_in_an_answer_or_in_one_line(tmp_path_factory, capsys, parts):
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE_HOME", str(folder / "home"))
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["suite", *(word for part in parts for word in part)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    said = capsys.readouterr()
    assert ended.value.code in (None, 0, 2), said
    if ended.value.code == 2:
        assert said.err.startswith("error: ") and said.err.count("\n") == 1, said.err
    assert not (folder / "home" / "studies").exists()


@often
@given(values=st.dictionaries(FIELDS, ANYTHING, max_size=4))
def test_a_declaration_is_taken_or_refused_in_one_line(values):
    fixed = {name: value for name, value in values.items() if name in Config.model_fields}
    others = {name: value for name, value in values.items() if name not in fixed}
    try:
        study = Study(question="?", fixed=Config(**fixed), nuisance={}, scientific={"seed": (1, 2)}, **others)
    except ValidationError as error:
        study = catalog.explain(error)
    except ValueError as error:
        study = str(error)
    assert isinstance(study, Study) or study


def damaged(content: bytes, seed: int) -> bytes:
    """A JSON file of which a value is another one or is gone, or of which bytes are others or gone."""
    rng = random.Random(seed)
    if rng.random() < 0.5:
        place = rng.randrange(len(content))
        rest = content[place + rng.choice([0, 1, 99, 9999]) :]
        return content[:place] + rng.randbytes(rng.choice([0, 1, 9])) + rest
    whole = inside = json.loads(content)
    key = None
    while key is None or (isinstance(inside[key], dict | list) and inside[key] and rng.random() < 0.8):
        inside = whole if key is None else inside[key]
        key = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    inside[key] = rng.choice([None, True, -1, 7, 0.5, 1e999, "", "x", [], [None], {}, {"x": 1}, [[1]]])
    if rng.random() < 0.2:
        del inside[key]
    return json.dumps(whole).encode()


@often
@given(seed=st.integers(0, 2**32))
def test_a_damaged_result_is_none_or_can_be_used(tmp_path_factory, seed):
    path = tmp_path_factory.getbasetemp() / "result.json"
    config = Config(dataset="iris")
    curves = {name: np.array([0.5, 0.25, np.nan]) for name in ("train_loss", "val_loss", "val_accuracy")}
    test, program = {"test_loss": 0.25}, {"engine": "loop"}
    Result(config, "completed", curves, np.arange(3), 1, test, 1.0, program).save(path)
    path.write_bytes(damaged(path.read_bytes(), seed))
    found = cases.finished(Job("adam", "trial", 0, config, path))
    if found is not None:
        assert isinstance(found.objective, float)
        assert len(found.steps) == len(found.monitored)
        assert found.seconds >= 0 and all(isinstance(value, float) for value in found.test.values())


@often
@given(seed=st.integers(0, 2**32))
def test_a_damaged_plan_is_none_or_a_plan(tmp_path_factory, seed):
    path = tmp_path_factory.getbasetemp() / "plan.json"
    whole = b'{"plan": {"xla": true, "lanes": 8, "microseconds": {"plain": 3.5, "xla": 1.5}}}'
    path.write_bytes(damaged(whole, seed))
    found = plan._read(path)
    assert found is None or (found.lanes >= 1 and found.worth_measuring(10) in (None, "xla", "stacked"))


@often
@given(seed=st.integers(0, 2**32))
def test_damaged_findings_are_none_or_findings(tmp_path_factory, seed):
    folder = tmp_path_factory.getbasetemp() / "findings"
    folder.mkdir(exist_ok=True)
    nothing = {item.name: None for item in dataclasses.fields(Findings)}
    said = {"answer": "It is so.", "sections": (Section("which", "Which", ()),)}
    results.keep(folder, results.Kept("0", Findings(**nothing | said)))
    path = folder / results.FINDINGS
    path.write_bytes(damaged(path.read_bytes(), seed))
    found = results.read(folder)
    assert found is None or isinstance(found.findings, Findings)
