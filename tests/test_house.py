"""The rules of the house: who may import whom, and how large a file may be."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "core": set(),
    "retrieval": {"core"},
    "tools": {"core"},
    "adapters": {"core"},
    "agent": {"core", "retrieval", "tools", "adapters"},
    "interfaces": {"core", "agent", "adapters", "retrieval", "tools"},
    "evaluation": {"core", "retrieval", "tools", "adapters", "agent"},
}
# What the leaf may use besides the standard library.
LEAF = {"pydantic"}
LONGEST = 320


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.update(_origins(node))
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    for path in sources(room):
        rooms = {m.split(".")[1] for m in imports(path) if m.startswith("chorei.")}
        assert rooms - {room} <= ALLOWED[room], f"{path.relative_to(ROOT)} reaches {rooms}"


def test_the_leaf_uses_only_the_standard_library_and_pydantic() -> None:
    for path in sources("core"):
        outside = {m.split(".")[0] for m in imports(path)} - set(sys.stdlib_module_names)
        assert outside <= LEAF | {"chorei", "__future__"}, path


@pytest.mark.parametrize("room", ALLOWED)
def test_no_import_cycle_inside_a_room(room: str) -> None:
    names = {_module(p): p for p in sources(room)}
    graph = {name: _top_imports(path) & names.keys() - {name} for name, path in names.items()}
    visiting: list[str] = []
    done: set[str] = set()

    def visit(name: str) -> None:
        if name in done:
            return
        assert name not in visiting, " -> ".join([*visiting[visiting.index(name) :], name])
        visiting.append(name)
        for other in sorted(graph[name]):
            visit(other)
        visiting.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


@pytest.mark.parametrize("room", ALLOWED)
def test_files_are_short(room: str) -> None:
    for path in sources(room):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST, f"{path.relative_to(ROOT)} has {lines} lines"


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "chorei." + ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top_imports(path: Path) -> set[str]:
    """Imports that run when the module is imported (not those inside functions)."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(_origins(node))
    return found


def _origins(node: ast.ImportFrom) -> set[str]:
    """The modules that a ``from`` import takes names from, submodules by their own name."""
    package = node.module or ""
    folder = ROOT.joinpath(*package.split(".")[1:])
    submodules = {a.name for a in node.names if (folder / f"{a.name}.py").is_file()}
    found = {f"{package}.{name}" for name in submodules}
    return found if len(submodules) == len(node.names) else found | {package}
