"""Finds the program in what a language model wrote.

Models wrap it in fences and prose, and run on past it with questions of their own. The text is
parsed (never run, never compiled) to find where the program ends; ``ast.parse`` reports too deep
nesting as an error, and the length that is looked at is bounded.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from typing import Final

from chorei.core import Frozen

LONGEST: Final = 100_000
"""Characters of a model's output that are looked at."""

_THINK: Final = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCE: Final = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)
_PYTHON: Final = frozenset({"", "python", "python3", "py", "py3", "code", "tool_code", "repl"})
_LABEL: Final = re.compile(
    r"\A\s*(?:a|answer|program|python|code|solution|chương trình|lời giải|trả lời)\s*:\s*", re.I
)
_PROMPT: Final = re.compile(r"(?:>>>|\.\.\.) ?")
_CODE: Final = re.compile(
    r"(?:def|class)\s+\w+|import\s+\w|from\s+[\w.]+\s+import\b|(?:for|while|if|with|try)\b.*:\s*$"
    r"|[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*(?:[-+*/%]|//|\*\*)?=(?!=)|print\s*\(|@\w"
)
_NEXT: Final = re.compile(
    r"#*\s*(?:q|question|next question|problem|solution using python|câu hỏi|bài toán|câu)"
    r"\s*\d*\s*:",
    re.I,
)
_ESCAPE: Final = re.compile(r"\\([^\n'\"\\])")
_ANSWERS: Final = ("answer", "result", "final_answer", "total", "kết_quả", "ket_qua")
_KNOWN: Final = frozenset(
    "abs bool divmod float int len list math max min pow range round sorted str sum tuple".split()
)


class Extracted(Frozen):
    """A program, and where its value is.

    Attributes:
        program: Python source text; it may still be faulty, which the sandbox then says.
        entry: ``"solution()"`` or another call without arguments, the name of a variable such as
            ``"ans"``, or None for the value of the last expression (or only printed output).
    """

    program: str
    entry: str | None


def extract_program(text: str) -> Extracted | None:
    """The first program in a model's output, cut where it stops being one.

    Never raises, whatever the text.

    Returns:
        The program, or None if the text holds none.
    """
    text = _THINK.sub("", text[:LONGEST].replace("\r\n", "\n").replace("\0", ""))
    blocks = list(_blocks(text))
    found = [extracted for block in blocks if (extracted := _from_code(block)) is not None]
    if found:
        named = (i for i, each in enumerate(found) if each.entry in ("solution()", "ans"))
        return _joined(found, next(named, 0))
    if blocks and any(_CODE.match(line) for line in blocks[0].split("\n")):
        return Extracted(program=blocks[0], entry=_guessed_entry(blocks[0]))
    return _from_prose(text)


def _joined(found: list[Extracted], index: int) -> Extracted:
    """A program with the blocks before it, if it uses names that those define."""
    chosen = found[index]
    before = "\n".join(each.program for each in found[:index])
    given, own = _parsed(before), _parsed(chosen.program)
    if given is None or own is None or not _defined(given) & (_loaded(own) - _defined(own)):
        return chosen
    return Extracted(program=f"{before}\n{chosen.program}", entry=chosen.entry)


def _defined(tree: ast.Module) -> set[str]:
    functions = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return {*functions, *_stored(tree)}


def _loaded(tree: ast.Module) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not _stores(n)}


def _blocks(text: str) -> Iterator[str]:
    """The contents of fences, and the code before a fence that only closes."""
    fences = list(_FENCE.finditer(text))
    if len(fences) % 2 and not fences[0][1]:
        before = text[: fences[0].start()]
        if _starts_as_code(before):
            yield _dedented(before)
            fences = fences[1:]
    for opening, closing in zip(fences[::2], [*fences[1::2], None], strict=False):
        if opening[1].lower() in _PYTHON:
            end = len(text) if closing is None else closing.start()
            yield _dedented(text[opening.end() : end])


def _dedented(block: str) -> str:
    block = textwrap.dedent(block.strip("\n").expandtabs(4) if "\t" in block else block.strip("\n"))
    if not block.startswith(">>>"):
        return block
    return "\n".join(_PROMPT.sub("", line) for line in block.split("\n") if _PROMPT.match(line))


def _starts_as_code(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "")
    return bool(_CODE.match(first.strip()) or first.startswith("#"))


def _from_prose(text: str) -> Extracted | None:
    """The program in a text without fences."""
    text = _dedented(_LABEL.sub("", text, count=1))
    lines = text.split("\n")
    starts = (i for i, line in enumerate(lines) if _CODE.match(line.lstrip()))
    for _, start in zip(range(20), starts, strict=False):
        block = textwrap.dedent("\n".join(lines[start:]))
        extracted = _from_code(block)
        if extracted is not None:
            return extracted
        if re.match(r"def\s+solution\b", block):
            return Extracted(program=block, entry="solution()")
    for line in reversed([line.strip() for line in lines if line.strip()]):
        return Extracted(program=line, entry=None) if _computes(line) else None
    return None


def _computes(line: str) -> bool:
    """Whether a line is arithmetic on its own, not prose."""
    tree = _parsed(line)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return False
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names <= _KNOWN and any(isinstance(node, ast.BinOp | ast.Call) for node in nodes)


def _from_code(block: str) -> Extracted | None:
    """The longest beginning of a block that is a program, or None if it has no such beginning."""
    lines = block.split("\n")
    tree = _parsed(block)
    size = len(lines)
    for _ in range(100):
        if tree is not None or size <= 0:
            break
        size = _last_start(lines, min(_error_line("\n".join(lines[:size])), size - 1))
        tree = _parsed("\n".join(lines[:size]))
    if tree is None or not tree.body:
        return None
    end = min(size, _end(tree, lines))
    program = "\n".join(lines[:end]).rstrip()
    kept = ast.Module([n for n in tree.body if n.lineno <= end], [])
    entry = _entry(kept)
    rest = next((line for line in lines[end:] if line.strip()), "")
    if size < len(lines) and entry != "solution()" and _CODE.match(rest) and not _NEXT.match(rest):
        # Broken off or faulty code: half a program has a value too, but the wrong one.
        return Extracted(program=block, entry=_guessed_entry(block))
    return Extracted(program=program, entry=entry) if kept.body else None


def _parsed(text: str) -> ast.Module | None:
    # Unknown escapes in strings are valid but warn, and warnings may be errors here.
    try:
        return ast.parse(_ESCAPE.sub("__", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _error_line(text: str) -> int:
    """Index of the line where parsing fails."""
    try:
        ast.parse(_ESCAPE.sub("__", text))
    except SyntaxError as error:
        return max((error.lineno or 1) - 1, 0)
    except (ValueError, RecursionError, MemoryError):
        return 0
    return text.count("\n")


def _last_start(lines: list[str], index: int) -> int:
    """Index of the last unindented line at or before ``index``."""
    while index > 0 and (not lines[index].strip() or lines[index][0].isspace()):
        index -= 1
    return index


def _end(tree: ast.Module, lines: list[str]) -> int:
    """Number of lines before the model runs on: another question, another ``solution``."""
    assigned = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _stores(n)}
    begun = solved = False
    last = 0
    for node in tree.body:
        if begun and any(_NEXT.match(line) for line in lines[last : node.lineno - 1]):
            return last
        name = getattr(node, "name", None)
        if (solved and name == "solution") or _is_remark(node, assigned):
            return last
        begun = begun or not isinstance(node, ast.Import | ast.ImportFrom)
        solved = solved or name == "solution"
        last = node.end_lineno or node.lineno
    return last


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_remark(node: ast.stmt, assigned: set[str]) -> bool:
    """Whether a statement is really prose: ``Question: x`` and a lone word are valid Python."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Name)
        and node.value.id not in assigned
    )


def _entry(tree: ast.Module) -> str | None:
    callable_ = [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _callable(node)
    ]
    if "solution" in callable_:
        return "solution()"
    stored = list(_stored(tree))
    if "ans" in stored:
        return "ans"
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        return None
    for name in _ANSWERS:
        if name in stored:
            return name
    if stored:
        return stored[-1]
    return f"{callable_[-1]}()" if callable_ else None


def _callable(node: ast.FunctionDef) -> bool:
    given = node.args
    required = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    return not required and all(default is not None for default in given.kw_defaults)


def _stored(tree: ast.Module) -> Iterator[str]:
    """Names that the module assigns outside functions and classes, in order."""
    waiting: list[ast.AST] = [*reversed(tree.body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and _stores(node):
            yield node.id
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _guessed_entry(program: str) -> str | None:
    """The entry of a program that does not parse."""
    if re.search(r"^def\s+solution\s*\(\s*\)", program, re.MULTILINE):
        return "solution()"
    return "ans" if re.search(r"^ans\s*=", program, re.MULTILINE) else None
