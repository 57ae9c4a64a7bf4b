"""Files of a user's own models: found, read without being run, and run."""

import ast
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

EXPECTED = "a function build(*, input_shape, num_outputs, ...) that returns a keras.Model"

GIVEN = ("input_shape", "num_outputs")
"""Arguments that every `build` is given."""

Version = tuple[int, int]

KINDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "True or False", str: "a text"}
"""Types of what can be set, in words."""


@dataclass(frozen=True)
class Argument:
    """Holds what the source of a `build` says of one of its arguments.

    Attributes:
        default: as it is written; None: there is none, so that it must be given.
        annotation: as it is written; None: there is none.
    """

    default: str | None
    annotation: str | None = None

    @property
    def value(self) -> Any:
        """The default, where the source tells it."""
        try:
            return ast.literal_eval(self.default or "None")
        except (ValueError, TypeError):
            return None

    @property
    def kind(self) -> type | None:
        """The type of the default, where the source tells it."""
        return None if self.value is None else type(self.value)

    def check(self, name: str, value: object) -> None:
        """Refuses a value of another type than the default. None is taken where the annotation has it.

        Raises:
            ValueError: with what is expected.
        """
        kind = self.kind
        is_none = value is None and any(word in (self.annotation or "") for word in ("None", "Optional"))
        if kind is None or is_none or type(value) is kind or (kind is float and type(value) is int):
            return
        if kind not in KINDS:
            raise ValueError(
                f"`{name}` cannot be set, for its default in `build` is {self.default}: only numbers, texts,"
                f" True, False and None can. Received: {name}={value!r}."
            )
        raise ValueError(
            f"`{name}` must be {KINDS[kind]}, as its default in `build` is {self.default}."
            f" Received: {name}={value!r}.{_hint(name, kind, value)}"
        )


def _hint(name: str, kind: type, value: object) -> str:
    """What helps where a value is not of the kind that is expected."""
    if value is None:
        return f" What to do: annotate it in `build`, as {name}: {kind.__name__} | None."
    if kind is int and isinstance(value, float):
        return " Whole numbers are searched by Integer(low, high)."
    if kind is str:
        return f" A text that reads as something else needs quotes on the command line: {name}=\"'{value}'\"."
    return ""


def is_own(name: str) -> bool:
    """Tells whether the name of a model is the path of a user's own file."""
    return name.endswith(".py")


def defines_build(name: str) -> bool:
    """Tells whether `name` is the path of a file with a function `build`: of a model, not of a study."""
    path = Path(name)
    return is_own(name) and path.is_file() and "\ndef build(" in "\n" + path.read_text(errors="replace")


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


def arguments(name: str) -> Mapping[str, Argument]:
    """Reads the arguments of a file's `build` from its source, by name: nothing is run.

    Raises:
        ValueError: a file that cannot be read, with a syntax error, or without a function `build`.
    """
    path = find(name)
    return _arguments(path, version(path))


@lru_cache(maxsize=64)
def _arguments(name: str, _: Version) -> Mapping[str, Argument]:
    try:
        tree = ast.parse(Path(name).read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.msg}.") from None
    except ValueError as error:  # no text
        raise ValueError(f"{name} expects {EXPECTED}. Received: a file that is no Python: {error}.") from None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    if not found:
        raise ValueError(f"{name} expects {EXPECTED}. Received: a file without one.")
    taken = found[-1].args
    by_keyword = {argument.arg for argument in taken.kwonlyargs}
    if missing := [each for each in GIVEN if each not in by_keyword]:
        raise ValueError(
            f"{name} expects {EXPECTED}. Received: build({ast.unparse(taken)}), in which"
            f" {' and '.join(missing)} are no arguments behind a `*`."
        )
    by_place = [*taken.posonlyargs, *taken.args]
    without = [None] * (len(by_place) - len(taken.defaults))
    pairs = zip([*by_place, *taken.kwonlyargs], [*without, *taken.defaults, *taken.kw_defaults], strict=True)
    return {
        each.arg: Argument(*(ast.unparse(node) if node else None for node in (default, each.annotation)))
        for each, default in pairs
        if each.arg not in GIVEN and each not in taken.posonlyargs
    }


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
