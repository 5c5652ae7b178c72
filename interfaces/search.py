"""``chorei search``: the passages nearest to a query, without an answer."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces.console import messages, output, print_json
from chorei.interfaces.opening import open_library
from chorei.interfaces.options import FolderOption, JsonOption, LibraryOption, TagOption, day

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import Hit


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="What to look for.")],
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="Most passages to show.")] = 10,
    folder: FolderOption = None,
    tag: TagOption = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only documents dated DATE or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only documents dated DATE or earlier.")
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Search the passages of the documents by words and by meaning."""
    wanted = " ".join(query)
    first, last = since and day(since), until and day(until)
    with open_library(library) as opened:
        hits = opened.search(
            wanted, k, folder=folder, tag=tag, since=first or None, until=last or None
        )
    if as_json:
        print_json([_as_json(hit) for hit in hits])
    elif not hits:
        messages().print("Nothing found.")
    else:
        _print_hits(output(), hits, wanted)


def _as_json(hit: "Hit") -> dict[str, Any]:
    passage = hit.passage.model_dump(mode="json")
    ranks = {"lexical_rank": hit.lexical_rank, "vector_rank": hit.vector_rank}
    return {"document": passage.pop("document"), "score": hit.score, **passage, **ranks}


def _print_hits(console: "Console", hits: "list[Hit]", query: str) -> None:
    from rich.text import Text

    from chorei.core import shown
    from chorei.interfaces.excerpt import snippet
    from chorei.interfaces.rendering import place, print_hanging

    width = len(str(len(hits)))
    for number, hit in enumerate(hits, start=1):
        passage = hit.passage
        head = Text(place(passage), style="cyan")
        head.append(f" ({passage.start}–{passage.end})  {hit.score:.3f}", style="dim")
        print_hanging(console, f"{number:>{width}}  ", head)
        text = " ".join(shown(passage.text, passage.columns).split())
        print_hanging(console, " " * (width + 2), snippet(text, query))
