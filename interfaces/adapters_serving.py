"""``chorei adapters load``, ``unload`` and ``parity``: adapters at running servers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces import exits
from chorei.interfaces.adapters_options import (
    REGISTRY,
    MovedBaseOption,
    NameArgument,
    RegistryOption,
    VersionOption,
)
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.registry import Registry
    from chorei.adapters.serving import Parity, PromptParity

_Server = Annotated[
    str, typer.Option("--model", metavar="SERVER", help="The server, as vllm:http://HOST:8000.")
]
_As = Annotated[
    str, typer.Option("--as", metavar="NAME", help="Its name at the server, if another.")
]


def load(
    name: NameArgument,
    model: _Server,
    version: VersionOption = None,
    path: Annotated[
        str,
        typer.Option("--path", metavar="DIR", help="The exported folder as the server sees it."),
    ] = "",
    served_as: _As = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the one of this name there.")
    ] = False,
    base: MovedBaseOption = "",
    registry: RegistryOption = REGISTRY,
) -> None:
    """Load an adapter into a running vLLM or SGLang (llama-server: turn it on)."""
    from chorei.adapters.serving import exported_for, load_at_server

    opened = _open(registry)
    chosen = served_as or name
    folder = path or exported_for(opened, name, model, version=version, base=base)
    load_at_server(model, chosen, folder, replace=replace)
    output().print(printable(f"'{chosen}' is served. Use it as --model {model}#{chosen}"))


def unload(name: NameArgument, model: _Server) -> None:
    """Unload an adapter from a running vLLM or SGLang (llama-server: turn it off)."""
    from chorei.adapters.serving import unload_at_server

    unload_at_server(model, name)
    output().print(printable(f"'{name}' is no longer served by {model}"))


def parity(
    name: NameArgument,
    model: Annotated[
        str,
        typer.Option("--model", metavar="SERVER#ADAPTER", help="The served adapter to check."),
    ],
    version: VersionOption = None,
    prompts: Annotated[
        Path | None,
        typer.Option(
            "--prompts",
            metavar="FILE",
            help="Ask these: records, or a .txt with one question a line.",
            show_default=False,
        ),
    ] = None,
    tokens: Annotated[int, typer.Option("--tokens", min=1, help="Longest answer.")] = 32,
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance",
            min=0.0,
            help="Nats of log-probability that rounding may explain.",
            show_default=False,
        ),
    ] = None,
    base: MovedBaseOption = "",
    registry: RegistryOption = REGISTRY,
    as_json: JsonOption = False,
) -> None:
    """Prove that a served adapter is the one that was trained; exit code 1 if it is not."""
    from chorei.adapters.serving import TOLERANCE, parity_prompts

    asked = parity_prompts(prompts) if prompts else ()
    found = _compared(
        _open(registry),
        name,
        model,
        version=version,
        base=base,
        prompts=asked,
        max_new_tokens=tokens,
        tolerance=TOLERANCE if tolerance is None else tolerance,
    )
    if as_json:
        print_json(found.model_dump(mode="json") | {"problems": found.problems})
    else:
        _print(found)
    if not found.passed:
        raise typer.Exit(exits.ERROR)


def _compared(registry: "Registry", name: str, model: str, **settings: Any) -> "Parity":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from chorei.adapters.serving import parity as compare

    columns = (TextColumn("comparing"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=messages(), transient=True) as bar:
        task = bar.add_task("", total=None)

        def follow(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return compare(registry, name, model, report=follow, **settings)


def _print(found: "Parity") -> None:
    heads = ("prompt", "answer", "adapter")
    output().print(f"{heads[0]:<10}{heads[1]:<32}{heads[2]:<11}question")
    for one in found.prompts:
        line = f"{one.prompt:<10}{_answer(one):<32}{_change(one):<11}{one.question}"
        output().print(printable(line))
    output().print(
        f"{found.count('same')} of {len(found.prompts)} answers are the same,"
        f" {found.count('tie')} part where the two tokens are within {found.tolerance:g} nats,"
        f" {found.count('different')} are different."
    )
    if found.passed:
        verdict = f"{found.model} answers as {found.adapter} version {found.version}."
        output().print(printable(verdict))
    for problem in found.problems:
        messages().print(printable(problem))


def _answer(one: "PromptParity") -> str:
    answered = one.adapted
    if answered.likeness == "same":
        return "same"
    return f"{answered.likeness} at token {answered.token} ({answered.gap:.2f})"


def _change(one: "PromptParity") -> str:
    if one.changed:
        return "changed"
    return "ignored" if one.expected else "unchanged"


def _open(folder: Path) -> "Registry":
    from chorei.adapters.registry import Registry

    return Registry(folder)
