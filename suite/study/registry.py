"""What the layers above register, read from their source: names are checked before anything is imported or
trained."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SUITE = Path(__file__).parents[1]


@cache
def registered(package: str, registry: str) -> dict[str, str]:
    """Gives the dict `registry` of `suite.<package>`: name -> module.

    Args:
        package: `probes` or `demonstrations`.
        registry: name of the dict in its `__init__.py`, which is written out there.
    """
    for node in ast.parse((SUITE / package / "__init__.py").read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == registry for target in targets):
            return ast.literal_eval(node.value)  # type: ignore[attr-defined]
    raise LookupError(f"suite/{package}/__init__.py has no {registry}")


@cache
def defaults(module: str, function: str) -> Mapping[str, Any]:
    """Gives the keyword arguments of a function of the suite, with their defaults.

    Args:
        module: its dotted name, such as `suite.demonstrations.gradient_check`.
        function: its name; every default is a literal.
    """
    source = SUITE.parent / f"{module.replace('.', '/')}.py"
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            return {each.arg: default and ast.literal_eval(default) for each, default in pairs}
    raise LookupError(f"{module} has no function {function}")
