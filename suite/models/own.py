"""Files of a user's own models: found, read without being run, and run."""

import ast
import runpy
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

EXPECTED = "a function build(*, input_shape, num_outputs, ...) that returns a keras.Model"

Version = tuple[int, int]


def is_own(name: str) -> bool:
    """Tells whether the name of a model is the path of a user's own file."""
    return name.endswith(".py")


def find(name: str, beside: Path | None = None) -> str:
    """Finds the file of a model.

    Args:
        name: its path, relative to the working directory or to `beside`, or absolute; `~` is the home
            directory.
        beside: folder of the study that names it; None: it is looked for in the working directory only.

    Returns:
        `name` where there is such a file, or else the path of the file in `beside`.

    Raises:
        ValueError: there is none, with the places where it was looked for.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return str(path) if name.startswith("~") else name
    if beside is not None and (beside / path).is_file():
        return str(beside / path)
    folders = [Path.cwd(), *([] if beside is None or path.is_absolute() else [beside.absolute()])]
    looked = "" if path.is_absolute() else f" in {' or '.join(map(str, dict.fromkeys(folders)))}"
    kind = "a folder" if path.is_dir() else "no file"
    raise ValueError(f"`model` expects the path of a file. Received: {name!r}, which is {kind}{looked}.")


def arguments(name: str) -> ast.arguments:
    """Reads the arguments of a file's `build` from its source: nothing is run.

    Raises:
        ValueError: a file that cannot be read, with a syntax error, or without a function `build`.
    """
    path = find(name)
    return _arguments(path, version(path))


@lru_cache(maxsize=64)
def _arguments(name: str, _: Version) -> ast.arguments:
    try:
        tree = ast.parse(Path(name).read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.msg}.") from None
    except ValueError as error:  # no text
        raise ValueError(f"{name} expects {EXPECTED}. Received: a file that is no Python: {error}.") from None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    if not found:
        raise ValueError(f"{name} expects {EXPECTED}. Received: a file without one.")
    by_keyword = {argument.arg for argument in found[-1].args.kwonlyargs}
    if missing := [each for each in ("input_shape", "num_outputs") if each not in by_keyword]:
        raise ValueError(
            f"{name} expects {EXPECTED}. Received: build({ast.unparse(found[-1].args)}), in which"
            f" {' and '.join(missing)} are no arguments behind a `*`."
        )
    return found[-1].args


def builder(name: str) -> Callable:
    """Runs a file and gives its function `build`; a file that changed is run again.

    Raises:
        ValueError: the file cannot be run, with what it said.
    """
    path = find(name)
    return _run(path, version(path))


@lru_cache(maxsize=64)
def _run(name: str, _: Version) -> Callable:
    try:
        return runpy.run_path(name)["build"]
    except (Exception, SystemExit) as error:
        raise ValueError(f"{name} cannot be run: {type(error).__name__}: {error}") from error


def version(name: str) -> Version:
    """Gives what changes when a file does.

    Raises:
        ValueError: there is no such file.
    """
    state = Path(find(name)).stat()
    return state.st_mtime_ns, state.st_size
