"""``chorei adapters``: from the company's records to an adapter that is proven and served."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces.adapters_distil import distil
from chorei.interfaces.adapters_options import (
    REGISTRY,
    MovedBaseOption,
    NameArgument,
    RegistryOption,
    VersionOption,
)
from chorei.interfaces.adapters_records import records
from chorei.interfaces.adapters_serving import load, parity, unload
from chorei.interfaces.adapters_training import advise, evaluate, train
from chorei.interfaces.adapters_tuning import preferences, tune
from chorei.interfaces.console import messages, output, print_fields, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.registry import Registry

adapters = typer.Typer(
    help="Adapters: from the company's records to a model that knows them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

adapters.command()(advise)
adapters.command()(records)
adapters.command()(distil)
adapters.command()(train)
adapters.command()(preferences)
adapters.command()(tune)
adapters.command()(evaluate)


@adapters.command("list")
def list_adapters(registry: RegistryOption = REGISTRY, as_json: JsonOption = False) -> None:
    """List the adapters and which version of each is active."""
    found = _open(registry).entries()
    if as_json:
        print_json([entry.model_dump(mode="json") | {"active": on} for entry, on in found])
        return
    if not found:
        messages().print("No adapters. Train one with: chorei adapters train RECORDS --name NAME")
        return
    from chorei.adapters.registry.card import method_of

    rows = []
    for entry, on in found:
        facts = entry.evaluation.adapter.facts if entry.evaluation else None
        rows.append(
            (
                entry.name,
                str(entry.version),
                "active" if on else "",
                method_of(entry),
                printable(entry.base),
                "not evaluated" if facts is None else f"{facts:.1%} of held-out phrasings",
            )
        )
    print_fields(output(), rows)


@adapters.command()
def show(
    name: NameArgument,
    version: VersionOption = None,
    registry: RegistryOption = REGISTRY,
    as_json: JsonOption = False,
) -> None:
    """Show the card of an adapter, what it declares to know, and how it became active."""
    opened = _open(registry)
    entry = opened.entry(name, version or opened.active_version(name))
    if as_json:
        print_json(entry.model_dump(mode="json"))
        return
    from chorei.adapters.declaration import summary
    from chorei.adapters.registry.card import card

    output().print(printable(card(entry)))
    output().print(printable(summary(opened.declaration(name, entry.version))))
    for change in opened.history(name):
        forced = f" (forced: {change.forced})" if change.forced else ""
        output().print(printable(f"{change.at.isoformat()} version {change.version}{forced}"))


@adapters.command()
def diff(
    name: NameArgument,
    one: Annotated[int, typer.Argument(metavar="N", help="A version.")],
    other: Annotated[int, typer.Argument(metavar="M", help="Another one.")],
    registry: RegistryOption = REGISTRY,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two versions."""
    found = _open(registry).diff(name, one, other)
    if as_json:
        print_json(found)
    else:
        print_fields(output(), [(key, str(a), str(b)) for key, (a, b) in found.items()])


@adapters.command()
def promote(
    name: NameArgument,
    version: VersionOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overrule the gate; this is recorded.")
    ] = False,
    registry: RegistryOption = REGISTRY,
) -> None:
    """Make a version active, unless it is worse than the one that is."""
    change = _open(registry).promote(name, version, force=force)
    output().print(f"{name} version {change.version} is active")
    if change.forced:
        messages().print(printable(f"The gate was overruled: {change.forced}"))


@adapters.command()
def rollback(name: NameArgument, registry: RegistryOption = REGISTRY) -> None:
    """Make the version active again that was so before."""
    change = _open(registry).rollback(name)
    output().print(f"{name} version {change.version} is active")


@adapters.command()
def delete(
    name: NameArgument,
    version: Annotated[int, typer.Argument(metavar="N", help="The version.")],
    registry: RegistryOption = REGISTRY,
) -> None:
    """Delete a version that is not active."""
    _open(registry).delete(name, version)
    output().print(f"deleted {name} version {version}")


@adapters.command()
def export(
    name: NameArgument,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder or file to make.")],
    target: Annotated[
        str, typer.Option("--for", help="tgi, vllm, sglang, llamacpp or local.")
    ] = "tgi",
    version: VersionOption = None,
    base: MovedBaseOption = "",
    merge: Annotated[bool, typer.Option("--merge", help="Merge it into the base.")] = False,
    bits: Annotated[
        int, typer.Option("--bits", help="Bits of a weight when served: 16, 8 or 4.")
    ] = 16,
    registry: RegistryOption = REGISTRY,
) -> None:
    """Export an adapter for a server, and print the command that starts it."""
    from typing import cast, get_args

    from chorei.adapters.export import Target
    from chorei.adapters.export import export as write

    if target not in get_args(Target):
        raise typer.BadParameter(f"'{target}' is none of {', '.join(get_args(Target))}.")
    made = write(
        _open(registry),
        name,
        path,
        target=cast(Target, target),
        version=version,
        base=base,
        merge=merge,
        bits=bits,
    )
    if made.reason:
        messages().print(printable(f"Merged into the base, because {made.reason}."))
    output().print(printable(made.command))


adapters.command()(load)
adapters.command()(unload)
adapters.command()(parity)


def _open(folder: Path) -> "Registry":
    from chorei.adapters.registry import Registry

    return Registry(folder)
