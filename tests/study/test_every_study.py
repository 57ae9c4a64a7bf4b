"""Every study of studies/ runs to its end as its command runs it, with the real tracker, page and export.

It is tiny: of what is asked about the first and the last level, two replicates, one epoch. Compiling some 150
programs takes a quarter of an hour all the same, so that `make test-studies` runs it and not `make test`.
"""

import json
import re
from pathlib import Path

import pytest

from suite.cli import study as study_command
from suite.study import catalog
from suite.study.cases import values_of
from suite.study.demonstration import Demonstration
from suite.study.study import Study

TINY = {"budget": 1, "replicates": 2, "protocol": "single", "epochs": 1}
LESS = {"train_size": 600, "validation_size": 50, "sequence_length": 12, "width": 8}
"""Most of a study that fixes one of these."""


def tiny(study: Study | Demonstration) -> Study | Demonstration:
    """A study with two levels of each hyperparameter that it varies, and what its predictions say of them."""
    if isinstance(study, Demonstration):
        return study.sized("small")
    places = (
        (0, len(next(iter(study.scientific.values()), ())) // 2, -1) if study.shape == "curve" else (0, -1)
    )
    varied = {
        part: {
            name: tuple(levels[place] for place in places) for name, levels in getattr(study, part).items()
        }
        for part in ("scientific", "conditions")
    }
    settings = TINY | {
        field: min(most, own) for field, most in LESS.items() if (own := getattr(study.fixed, field))
    }
    kept = {
        name: set(values_of(levels)) for name, levels in (varied["scientific"] | varied["conditions"]).items()
    }
    said = tuple(
        prediction
        for prediction in study.predictions
        if all(
            place[name] in kept[name] for place in (prediction.at, prediction.other or {}) for name in place
        )
    )
    settings = {name: value for name, value in settings.items() if name not in study.scientific}
    return study.model_copy(update=varied | {"predictions": said}).replace(**settings)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.mark.every_study
@pytest.mark.parametrize("name", catalog.names())
def test_a_study_runs_to_its_end(name, capsys):
    found, declared = catalog.find(name)
    study = tiny(declared)
    study_command.run(found, study, f"make study NAME={name}", workers=1, dry_run=False)
    said = capsys.readouterr().out
    page = Path(re.search(r"^report +(\S+)", said, re.MULTILINE)[1])
    summary = json.loads(page.with_name("summary.json").read_text())
    assert " ".join(summary["answer"].split()) in " ".join(said.split())
    assert len(summary["predictions"]) == len(study.predictions)
