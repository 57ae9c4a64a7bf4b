"""Finds studies: by name in studies/, or by path for a user's own file; and says what their results go by."""

import re
import runpy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from suite.data import OWN_FIELDS
from suite.data import is_own as is_own_data
from suite.models import find as find_model
from suite.models import is_own
from suite.names import one_of, safe, shortened
from suite.study.cases import Level
from suite.study.demonstration import Demonstration
from suite.study.identity import LIMITS
from suite.study.study import Scalar, Study

STUDIES = Path(__file__).parents[2] / "studies"

PUBLISHED = STUDIES / "published"
"""Where the studies are that try published tables again."""

Declaration = Study | Demonstration

WORDS = 5
"""Words of its question that a study without a file is called by."""


def names(folder: Path = STUDIES) -> list[str]:
    """Lists the studies in studies/, or in another folder."""
    return sorted(path.stem for path in folder.glob("*.py"))


def find(name: str) -> tuple[str, Declaration]:
    """Finds a study.

    Args:
        name: of a study in studies/, or a path that ends in .py.

    Returns:
        What its results go by, and what the file declares. Of a file elsewhere the name has a mark of its
        own, so that two files of one name stay apart.

    Raises:
        ValueError: no such study, or a file that does not declare one.
    """
    if name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise ValueError(
                "`NAME` expects a study's name or the path of its file."
                f" Received: {name!r}, which is no file."
            )
    else:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise ValueError(
                f"`NAME` expects a study's name ({', '.join(names())}) or a path ending in .py."
                f" Received: {name!r}."
            )
        path = STUDIES / f"{one_of('NAME', name, names())}.py"
    place = path.resolve()
    origin = "" if place.parent in (STUDIES.resolve(), PUBLISHED.resolve()) else str(place)
    return safe(path.stem, origin), load(path)


def changed(name: str, settings: Mapping[str, Scalar]) -> tuple[str, Declaration]:
    """Finds a study and changes settings of it.

    Args:
        name: as for `find`.
        settings: field -> value, which may be a text; None: the default. `size` is another size of the
            whole study.

    Returns:
        What the results go by, see `results_name`, and the study.

    Raises:
        ValueError: as `find` and `replace` do.
    """
    name, declared = find(name)
    settings = dict(settings)
    if (size := settings.pop("size", None)) is not None:
        declared = declared.sized(str(size))
        name = f"{name}-size={size}" if size != "default" else name
    study = declared.replace(**settings)
    return results_name(name, declared, study, settings), study


def named(study: Declaration, name: str | None = None) -> tuple[str, Declaration]:
    """Gives a study that is in no file a name.

    Args:
        study: any study.
        name: what the results are to go by; None: the first words of the question, and a mark of all of it.

    Returns:
        What the results go by, and the study.
    """
    words = re.findall(r"\w+", study.question.lower())[:WORDS]
    return safe(name) if name else safe("-".join(words), study.question), study


def results_name(name: str, declared: Declaration, study: Declaration, settings: Iterable[str]) -> str:
    """Says what results of other settings go by: they have a name of their own.

    Args:
        name: what those of the study as it was declared go by.
        declared: that study.
        study: the one with other settings.
        settings: fields that may differ; limits change no result, and no name.

    Returns:
        `search-adult` on another data set, `search-houses-3fa2b1` on a user's own, `optimizers-epochs=3`.
    """
    parts = [name]
    if isinstance(study, Study) and isinstance(declared, Study):
        moved, settings = _moved(declared, study, settings)
        parts += [moved] if moved else []
        declared = declared.replace(dataset=study.fixed.dataset, **_said(study)) if moved else declared
    for field in sorted({*settings} - {*LIMITS}):
        if (value := _setting(study, field)) != _setting(declared, field):
            parts.append(f"{field}={_safe_value(field, value)}")
    return shortened("-".join(parts))


def _moved(declared: Study, study: Study, settings: Iterable[str]) -> tuple[str, list[str]]:
    """The name of another data set, and the settings that it does not say; no name for the same data set."""
    if study.fixed.dataset == declared.fixed.dataset:
        return "", list(settings)
    name = _data_name(study) if is_own_data(study.fixed.dataset) else safe(study.fixed.dataset)
    return name, [field for field in settings if field not in ("dataset", *OWN_FIELDS)]


def _said(study: Study) -> dict[str, Any]:
    """What a study says of a user's own data."""
    return {field: getattr(study.fixed, field) for field in OWN_FIELDS}


def _data_name(study: Study) -> str:
    """A user's own data by the name of the file; the mark is of its place, and of the column that is
    predicted and the like."""
    path = Path(study.fixed.dataset)
    said = {field: value for field, value in _said(study).items() if value is not None}
    return safe(path.stem, f"{path.resolve()} {said}")


def _setting(study: Declaration, field: str) -> Any:
    if isinstance(study, Demonstration):
        return study.settings.get(field)
    if field in Study.model_fields:
        return getattr(study, field)
    return getattr(study.fixed, field, ...)  # an argument of a model of one's own may be left at its default


def _safe_value(field: str, value: Any) -> str:
    """A setting as the command line has it, made safe; a user's own model by the name of its file."""
    if field == "model" and is_own(value):
        return safe(Path(value).stem, str(Path(value).resolve()))
    if isinstance(value, tuple | list):
        return safe(",".join(map(str, value)))
    return "null" if value is None else safe(str(value))


def load(path: Path) -> Declaration:
    """Reads the STUDY that a file declares.

    Raises:
        ValueError: with the file, the line and the reason.
    """
    try:
        study = runpy.run_path(str(path)).get("STUDY")
    except SyntaxError as error:
        raise ValueError(f"{path}, line {error.lineno}: {error.msg}.") from None
    except ValidationError as error:
        raise ValueError(f"{path}: {explain(error)}") from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from None
    if not isinstance(study, Declaration):
        raise ValueError(f"{path} expects STUDY = Study(...). Received: {type(study).__name__}.")
    return _with_files_beside(study, path.parent) if isinstance(study, Study) else study


def _with_files_beside(study: Study, folder: Path) -> Study:
    """The study with the paths of those own files that are not in the working directory but beside it."""

    def found(value: Any) -> Any:
        if not isinstance(value, str) or Path(value).expanduser().exists():
            return value
        if is_own(value):
            return find_model(value, beside=folder)
        is_beside = is_own_data(value) and (folder / value).exists()
        return str(folder / value) if is_beside else value

    def found_in(level: Scalar | Level) -> Scalar | Level:
        if not isinstance(level, Level):
            return found(level)
        places = {name: found(value) for name, value in level.fixed.items()}
        return level.model_copy(update={"value": found(level.value), "fixed": places})

    fixed = study.fixed.replace(dataset=found(study.fixed.dataset), model=found(study.fixed.model))
    scientific = {name: tuple(map(found_in, levels)) for name, levels in study.scientific.items()}
    if (fixed, scientific) == (study.fixed, study.scientific):
        return study
    data = {name: getattr(study, name) for name in Study.model_fields}
    return Study(**data | {"fixed": fixed, "scientific": scientific})


def explain(error: ValidationError) -> str:
    """Says a validation error in one line: argument, expectation, received."""
    return " ".join(_explain(problem) for problem in error.errors(include_url=False))


def _explain(problem: Mapping[str, Any]) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return message
    argument = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"`{argument}` is not a field. Received: {argument}={problem['input']!r}."
    if problem["type"] == "missing":
        return f"`{argument}` expects a value. Received: none."
    return f"`{argument}`: {message[0].lower() + message[1:]}. Received: {argument}={problem['input']!r}."
