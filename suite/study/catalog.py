"""Finds studies: by name in studies/, or by path for a user's own file."""

import re
import runpy
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from suite.names import one_of
from suite.study.study import Study

STUDIES = Path(__file__).parents[2] / "studies"


def names() -> list[str]:
    """The names of the studies in studies/."""
    return sorted(path.stem for path in STUDIES.glob("*.py"))


def find(name: str) -> tuple[str, Study]:
    """The study of a name, or of a path that ends in .py, with the name that its results go by.

    Raises:
        ValueError: no such study, or a file that does not declare one.
    """
    if name.endswith(".py"):
        path = Path(name)
        if not re.fullmatch(r"[\w .-]+", path.stem):
            raise ValueError(
                f"`NAME` expects a file name of letters, digits, spaces, dots, _ and -. Received: {path.name!r}."
            )
        if not path.is_file():
            raise ValueError(
                f"`NAME` expects a study's name or the path of its file. Received: {name!r}, which is no file."
            )
    else:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise ValueError(
                f"`NAME` expects a study's name ({', '.join(names())}) or a path ending in .py. Received: {name!r}."
            )
        path = STUDIES / f"{one_of('NAME', name, names())}.py"
    return path.stem, load(path)


def changed(name: str, settings: Mapping[str, str | None]) -> tuple[str, Study]:
    """The study of a name with other settings; on another data set its results go by a name of their own. Raises as `find` and
    `Study.replace` do."""
    name, declared = find(name)
    study = declared.replace(**settings)
    if study.fixed.dataset != declared.fixed.dataset:
        name += "-" + re.sub(r"[^\w.@-]", "_", Path(study.fixed.dataset).name)
    return name, study


def load(path: Path) -> Study:
    """The STUDY that a file declares.

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
    if not isinstance(study, Study):
        raise ValueError(f"{path} expects STUDY = Study(...). Received: {type(study).__name__}.")
    return study


def explain(error: ValidationError) -> str:
    """A validation error in one line: argument, expectation, received."""
    return " ".join(_explain(problem) for problem in error.errors(include_url=False))


def _explain(problem) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return message
    argument = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"`{argument}` is not a field. Received: {argument}={problem['input']!r}."
    return f"`{argument}`: {message[0].lower() + message[1:]}. Received: {argument}={problem['input']!r}."
