"""The layering: imports point down only, and heavy packages stay where they belong."""

import ast
from pathlib import Path

import pytest

SUITE = Path(__file__).parent.parent / "suite"
LAYERS = [  # from the ground up; a module may import from its own layer and those before it
    {"names", "paths", "tasks"},
    {"data"},
    {"models"},
    {"study"},
    {"training"},
    {"analysis"},
    {"probes", "demonstrations", "diagnosis"},
    {"export", "tracking", "report"},
    {"running"},
    {"bench", "validation"},
    {"cli", "api"},
    {"__main__"},
]
HOME = {
    "mlflow": {"tracking", "bench"},
    "optuna": {"running", "bench"},
    "ray": {"running"},
    "altair": {"report"},
    "tensorflow_datasets": {"data"},
}
TENSORFLOW = {
    "training",
    "models",
    "data",
    "export",
    "probes",
    "demonstrations",
    "running",
    "cli",
    "bench",
}

DECLARATIONS = (
    "Choice", "Config", "Demonstration", "Integer", "Level", "LogUniform", "NearOne", "Prediction", "Study",
    "Uniform",
)  # fmt: skip


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, inside functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "suite":
            found |= {f"suite.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


def modules(path: Path) -> set[str]:
    """Modules of ours that a file imports: `from suite.data import cache` is `suite.data.cache`, if there is
    such a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            files = {
                name for name in inner if (SUITE.parent / name.replace(".", "/")).with_suffix(".py").exists()
            }
            found |= files | ({node.module} if len(files) < len(inner) else set())
    return found


def module(path: Path) -> str:
    return path.relative_to(SUITE).parts[0].removesuffix(".py")


FILES = sorted(path for path in SUITE.rglob("*.py") if path != SUITE / "__init__.py")
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def test_every_module_has_its_layer():
    assert {module(path) for path in FILES} <= set(LEVEL)


def test_no_module_imports_itself_by_way_of_others():
    """Depth-first search for a circle among modules, `from package import name` counted as the module it
    comes from."""
    dotted = {".".join(["suite", *path.relative_to(SUITE).with_suffix("").parts]): path for path in FILES}
    dotted = {name.removesuffix(".__init__"): path for name, path in dotted.items()}
    graph = {name: modules(path) & set(dotted) - {name} for name, path in dotted.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE)))
def test_imports_point_down(path):
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "suite" and len(parts) > 1 and parts[1] in LEVEL:
            assert LEVEL[parts[1]] <= LEVEL[module(path)], f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE)))
def test_heavy_packages_stay_where_they_belong(path):
    packages = {name.split(".")[0] for name in imports(path)}
    for package, homes in HOME.items():
        assert package not in packages or module(path) in homes, f"{path.name} imports {package}"
    assert not packages & {"tensorflow", "keras"} or module(path) in TENSORFLOW


def test_studies_import_only_declarations():
    import suite

    for path in (SUITE.parent / "studies").rglob("*.py"):
        assert imports(path) <= {f"suite.{name}" for name in suite.__all__ if name[0].isupper()}
