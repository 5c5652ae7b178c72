"""Small changes to a program that Monty needs and that cannot change its value.

Run in the worker, not in the parent: parsing a hostile text can exhaust the stack of a process.
"""

import ast
import importlib
import sys
from typing import Final

PURE: Final = frozenset(
    "bisect calendar cmath collections copy dataclasses datetime decimal enum fractions functools "
    "heapq itertools json math mpmath numbers numpy operator pprint random re statistics string "
    "sympy textwrap time typing unicodedata".split()
)
"""Modules that only compute; a program that imports others is not run in CPython at all."""

_REACHING: Final = frozenset(
    "__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec globals input locals "
    "open vars".split()
)

_STARRED: Final = frozenset("math itertools collections decimal datetime functools".split())
_KNOWN: Final = sys.stdlib_module_names | {"numpy", "sympy", "scipy", "pandas"}


def parsed(program: str) -> ast.Module | None:
    """The syntax tree of a program, or None if Python cannot read it."""
    try:
        return ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def modules(tree: ast.Module) -> frozenset[str]:
    """Top-level names of the modules that a program imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return frozenset(found)


def only_computes(tree: ast.Module) -> bool:
    """Whether a program looks like arithmetic and may be tried in CPython in the jail.

    The jail is the boundary, not this: it keeps most hostile programs from trying at all.
    """
    if not modules(tree) <= PURE:
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _REACHING:
            return False
        attribute = node.attr if isinstance(node, ast.Attribute) else ""
        if attribute.startswith("__") and attribute not in ("__init__", "__name__"):
            return False
    return True


def prepared(program: str, tree: ast.Module) -> str:
    """The program with unused imports dropped and ``import *`` spelt out, line by line.

    Models habitually write ``import numpy as np`` and do not use it. Lines keep their numbers,
    so tracebacks point at what the model wrote.
    """
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = program.split("\n")
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or node.lineno != node.end_lineno:
            continue
        line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
        if line.strip() == ast.unparse(node):
            lines[node.lineno - 1] = _import(node, line, used)
    return "\n".join(lines)


def _import(node: ast.Import | ast.ImportFrom, line: str, used: set[str]) -> str:
    if isinstance(node, ast.ImportFrom):
        starred = node.names[0].name == "*" and node.module in _STARRED and not node.level
        return _spelt_out(node.module or "", used) if starred else line
    bound = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    known = all(alias.name.partition(".")[0] in _KNOWN for alias in node.names)
    return "" if known and not bound & used else line


def _spelt_out(module: str, used: set[str]) -> str:
    source = importlib.import_module(module)
    public = getattr(source, "__all__", None) or [n for n in dir(source) if n[0] != "_"]
    names = sorted(used.intersection(public))
    return f"from {module} import {', '.join(names)}" if names else ""
