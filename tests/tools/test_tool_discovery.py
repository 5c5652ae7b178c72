import sys
from importlib.metadata import EntryPoint

import pytest

from chorei.core import ToolError
from chorei.tools import Toolbox, discovery
from chorei.tools.discovery import tools_in

PLUGIN = '''
from langchain_core.tools import StructuredTool
from chorei.tools import Tool, tool

@tool
def decorated(x: int) -> int:
    """Decorated."""
    return x

def plain(x: int) -> int:
    """Plain."""
    return x

def now() -> str:
    """Now."""
    raise AssertionError("a tool must not run while it is looked for")

def factory():
    return [decorated, plain]

def generator() -> "list[Tool]":
    yield Tool.of(plain, name="generated")

langchain = StructuredTool.from_function(plain, name="from_langchain")
several = (now, langchain)
number = 3

def broken():
    raise RuntimeError("password=hunter2")

def leaving():
    raise SystemExit(1)
'''


@pytest.fixture
def offer(tmp_path, monkeypatch):
    (tmp_path / "some_plugin.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "some_plugin", raising=False)

    def offer(*values):
        entries = [EntryPoint(f"e{n}", value, discovery.GROUP) for n, value in enumerate(values)]
        monkeypatch.setattr(discovery, "entry_points", lambda group: entries)

    return offer


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("decorated", ["decorated"]),
        ("plain", ["plain"]),
        ("now", ["now"]),
        ("factory", ["decorated", "plain"]),
        ("generator", ["generated"]),
        ("langchain", ["from_langchain"]),
        ("several", ["now", "from_langchain"]),
    ],
)
def test_what_an_entry_point_may_be(offer, value, names):
    offer(f"some_plugin:{value}")
    box = Toolbox()
    assert box.discover() == ()
    assert list(box.names) == names


def test_a_broken_plugin_stops_nothing_and_is_reported(offer):
    offer(
        "some_plugin:broken",
        "some_plugin:leaving",
        "some_plugin:number",
        "some_plugin:missing",
        "no_such_module:x",
        "some_plugin:plain",
        "some_plugin:factory",
    )
    box = Toolbox()
    problems = box.discover()
    assert list(box.names) == ["plain", "decorated"]
    assert len(problems) == 6
    assert all(isinstance(problem, ToolError) for problem in problems)
    assert "hunter2" not in " ".join(map(str, problems))


def test_nothing_is_loaded_before_it_is_asked_for(offer):
    offer("some_plugin:plain")
    Toolbox()
    assert "some_plugin" not in sys.modules


def test_a_class_of_tools():
    from langchain_core.tools import BaseTool

    class Clock(BaseTool):
        name: str = "clock"
        description: str = "The time."

        def _run(self) -> str:
            return "noon"

    (made,) = tools_in(Clock)
    assert Toolbox([made]).call("clock").result == "noon"


def test_an_installed_package(tmp_path, monkeypatch):
    (tmp_path / "shop_tools.py").write_text(PLUGIN, encoding="utf-8")
    metadata = tmp_path / "shop_tools-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-tools\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[chorei.tools]\ngood = shop_tools:factory\nbad = shop_tools:broken\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    box = Toolbox()
    (problem,) = [each for each in box.discover() if "shop-tools" in str(each)]
    assert "'bad' of shop-tools" in str(problem)
    assert {"decorated", "plain"} <= set(box.names)
