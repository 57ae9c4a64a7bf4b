"""Resolves a declaration: the one step that looks at files. It checks what a user's own files hold, says
whether they changed, and leaves out what the data do not allow."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from suite.data import OWN_FIELDS
from suite.data import is_own as is_own_data
from suite.data import user as own
from suite.models import hyperparameters, is_own
from suite.study.cases import Case, is_of_ways
from suite.study.config import Config
from suite.study.demonstration import Demonstration
from suite.study.space import Choice, Distribution, Integer
from suite.study.study import Resolved, Study

Declared = TypeVar("Declared", Study, Demonstration)


def resolve(study: Declared, examples: Mapping[str, int] | None = None) -> Declared:
    """Checks a study against the files that it names.

    Args:
        study: as declared, or resolved before.
        examples: condition -> training examples of what the study fixes under it, once the data are loaded;
            None: not known yet.

    Returns:
        The study with digests of its own files, which its `key` needs, and with the batch sizes that the data
        allow. Its key is the same whatever was left out.

    Raises:
        ValueError: a file that is not there or does not have what the study names.
    """
    return study if isinstance(study, Demonstration) else _resolve(study, examples)


def _resolve(study: Study, examples: Mapping[str, int] | None) -> Study:
    for config in study.extreme_configs():
        check(config)
    _check_ways(study)
    narrowed = [_narrowed(case, _limit(study, case, examples)) for case in study.cases]
    notes = dict.fromkeys([*study.notes, *(note for _, note in narrowed if note)])
    digests = {path: _digest(path) for path in study.own_files}
    found = Resolved(digests, tuple(case for case, _ in narrowed), tuple(notes))
    return study.model_copy(update={"found": found})


def _check_ways(study: Study) -> None:
    """Refuses ways whose name is that of an argument, which they would not set."""
    for name, levels in study.scientific.items():
        if is_of_ways(name, levels, study.fixed):
            for model in {case.config.model for case in study.cases}:
                if name in hyperparameters(model):
                    raise ValueError(
                        f"`{name}` is an argument of `build` in {model}, and here a name for levels that are"
                        f" names too and set something else. What to do: say which is meant: set {name} in"
                        f" `fixed` too and the levels are its values, or give them another name."
                    )


def check(config: Config) -> None:
    """Checks the files that a configuration names; one without own files is as it should be.

    Raises:
        ValueError: a file that is not there, or one that does not have what the configuration names.
    """
    if is_own_data(config.dataset):
        own.check(config.dataset, **{name: getattr(config, name) for name in OWN_FIELDS})
    if is_own(config.model):
        config.check_model()


def _digest(path: str) -> str:
    """What changes when a user's own file does."""
    if is_own(path):
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return own.version(path)


def _limit(study: Study, case: Case, examples: Mapping[str, int] | None) -> int | None:
    """Training examples of a case, if they are known."""
    known = examples[case.condition] if examples else None
    if known is not None and case.config.train_size == study.parts[case.condition].fixed.train_size:
        return known
    return case.config.train_size or known


def _narrowed(case: Case, limit: int | None) -> tuple[Case, str]:
    """A case with the searched batch sizes that `limit` examples allow, and what was left out."""
    searched = case.space.get("batch_size")
    if searched is None or limit is None:
        return case, ""
    fitting = _fitting(searched, limit)
    space = {name: d for name, d in case.space.items() if name != "batch_size"}
    if isinstance(fitting, int):
        config = case.config.replace(batch_size=fitting)
    else:
        config, space = case.config, space | {"batch_size": fitting}
    note = "" if fitting == searched else f"batch sizes above the {limit} training examples were left out."
    if note and isinstance(fitting, int):
        alone = ", and nothing else is searched" if not space else ""
        note = f"{note[:-1]}: batch_size={fitting} is what is left{alone}."
    return case.model_copy(update={"config": config, "space": space}), note


def _fitting(searched: Distribution, limit: int) -> Distribution | int:
    """The batch sizes up to `limit`: a distribution, or the only one; `limit` itself if all are larger."""
    if isinstance(searched, Choice):
        options = [size for size in searched.options if isinstance(size, int) and size <= limit]
    elif isinstance(searched, Integer):
        options = list(range(searched.low, min(searched.high, limit) + 1))
    if len(options) <= 1:
        return options[0] if options else limit
    if isinstance(searched, Choice):
        return Choice(*options)
    return searched.model_copy(update={"high": options[-1]})
