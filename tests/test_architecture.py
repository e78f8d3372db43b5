"""Where a line may live: the boundaries of the folders, checked in the sources and in a fresh interpreter."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 320
TENSORS = ("torch", "monai", "lightning_fabric", "safetensors")
TENSOR_ROOMS = ("engine/models/", "engine/training/", "engine/evaluation/")
TENSOR_MODULES = ("engine.models", "engine.training", "engine.evaluation")
#: These begin the work of the tensor rooms, and import them only when the work begins.
DOORS = ("engine/jobs.py", "engine/cli.py", "engine/arguments.py")


def sources(*rooms: str) -> list[str]:
    paths = (path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))
    return [path.relative_to(ROOT).as_posix() for path in paths]


def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"), source)


def imports(source: str, node: ast.AST | None = None) -> Iterator[str]:
    """Every module a source imports, wherever in it."""
    for part in ast.walk(node or tree(source)):
        if isinstance(part, ast.Import):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            assert part.level == 0, f"{source} imports relative to itself; write the whole name"
            assert part.module is not None
            yield part.module
            yield from (f"{part.module}.{alias.name}" for alias in part.names)


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run on import, so not those inside functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


def imports_on_import(source: str) -> set[str]:
    """The modules a source imports as soon as it is imported itself."""
    nodes = outside_functions(tree(source))
    return {name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for name in imports(source, node)}


def among(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


@pytest.mark.parametrize("source", sources("engine"))
def test_the_engine_knows_neither_qt_nor_vtk_nor_the_window(source):
    assert [name for name in imports(source) if among(name, ("PySide6", "vtk", "vtkmodules", "gui", "main"))] == []


@pytest.mark.parametrize("source", sources("gui"))
def test_the_window_never_touches_a_tensor(source):
    assert [name for name in imports(source) if among(name, TENSORS + TENSOR_MODULES)] == []


@pytest.mark.parametrize("source", ["main.py", *sources("engine", "resources")])
def test_torch_stays_in_its_rooms(source):
    if source.startswith(TENSOR_ROOMS):
        return
    assert [name for name in imports(source) if among(name, TENSORS)] == []
    assert [name for name in imports_on_import(source) if among(name, TENSOR_MODULES)] == []
    if source not in DOORS:
        assert [name for name in imports(source) if among(name, TENSOR_MODULES)] == []


@pytest.mark.parametrize("source", sources("engine/models"))
def test_what_runs_for_the_user_does_not_need_training(source):
    assert [name for name in imports(source) if among(name, ("engine.training", "engine.evaluation"))] == []


@pytest.mark.parametrize("source", sources("resources"))
def test_resources_are_files_and_know_nobody(source):
    assert [name for name in imports(source) if among(name, ("engine", "gui", "main"))] == []


@pytest.mark.parametrize("source", ["main.py", *sources("engine", "gui", "resources")])
def test_files_stay_small(source):
    lines = len((ROOT / source).read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, "split it where a newcomer would look for the parts"


def undocumented(source: str) -> Iterator[str]:
    """The public modules, classes, functions and methods that do not say what they give."""
    module = tree(source)
    if not ast.get_docstring(module):
        yield source
    documented = (ast.ClassDef, ast.FunctionDef)
    public = [n for n in module.body if isinstance(n, documented) and not n.name.startswith("_")]
    for node in public:
        methods = node.body if isinstance(node, ast.ClassDef) else []
        for part in (node, *(m for m in methods if isinstance(m, ast.FunctionDef) and not m.name.startswith("_"))):
            if not ast.get_docstring(part):
                yield f"{source}:{part.lineno} {part.name}"


@pytest.mark.parametrize("source", ["main.py", *sources("engine", "resources")])
def test_everything_public_says_what_it_gives(source):
    assert list(undocumented(source)) == []


def loaded_by(statement: str) -> set[str]:
    """The top-level modules a fresh interpreter has after a statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_engine_loads_neither_torch_nor_qt_nor_vtk():
    loaded = loaded_by("import main, engine.jobs, engine.cli, engine.worker")
    assert loaded.isdisjoint({*TENSORS, "PySide6", "vtk", "vtkmodules", "gui"})
    assert "numpy" in loaded


def test_importing_the_window_does_not_load_torch():
    modules = [source.removesuffix(".py").replace("/", ".") for source in sources("gui") if "__" not in source]
    assert loaded_by(f"import {', '.join(modules)}").isdisjoint(TENSORS)
