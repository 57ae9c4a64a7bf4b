"""The layering: imports point down only, and heavy packages stay where they belong."""

import ast
from pathlib import Path

import pytest

SUITE = Path(__file__).parent.parent / "suite"
LAYERS = [  # from the ground up; a module may import from its own layer and those before it
    {"names", "paths", "space", "tasks"},
    {"data", "models", "optimizers"},
    {"config"},
    {"study"},
    {"training", "statistics", "card", "evaluation"},
    {"serving"},
    {"catalog", "estimate", "answer", "comparison", "diagnosis", "workers", "search", "tracking", "export"},
    {"cases", "report", "describe", "preload"},
    {"evidence"},
    {"runner"},
    {"bench", "display"},
    {"cli"},
]
HOME = {"mlflow": {"tracking", "bench"}, "optuna": {"search", "bench"}, "altair": {"report"}, "tensorflow_datasets": {"data"}}
TENSORFLOW = {"training", "describe", "serving", "models", "workers", "preload", "export", "data", "optimizers", "bench"}


def imports(path: Path, *, late: bool) -> set[str]:
    """Dotted names that a file imports; with `late`, inside functions too. What is for type checkers does not count."""
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if late else tree.body
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found = set()
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "suite":
            found |= {f"suite.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


def module(path: Path) -> str:
    return path.relative_to(SUITE).parts[0].removesuffix(".py")


FILES = sorted(path for path in SUITE.rglob("*.py") if path != SUITE / "__init__.py")
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def test_every_module_has_its_layer():
    assert {module(path) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE)))
def test_imports_point_down(path):
    for name in imports(path, late=True):
        parts = name.split(".")
        if parts[0] == "suite" and len(parts) > 1 and parts[1] in LEVEL:
            assert LEVEL[parts[1]] <= LEVEL[module(path)], f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE)))
def test_heavy_packages_stay_where_they_belong(path):
    packages = {name.split(".")[0] for name in imports(path, late=True)}
    for package, homes in HOME.items():
        assert package not in packages or module(path) in homes, f"{path.name} imports {package}"
    assert not packages & {"tensorflow", "keras"} or module(path) in TENSORFLOW


def test_studies_import_only_declarations():
    for path in (SUITE.parent / "studies").glob("*.py"):
        assert imports(path, late=True) <= {
            f"suite.{name}" for name in ("Choice", "Config", "LogUniform", "NearOne", "Study", "Uniform", "Value")
        }
