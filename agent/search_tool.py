"""The search of the company's documents as a tool."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from chorei.agent.answering import current
from chorei.core import Passage, shown
from chorei.retrieval import Library
from chorei.tools import Tool, ToolOutput

NAME: Final = "search_documents"

_LONGEST_PASSAGE: Final = 1_200
_SHORTEST_PASSAGE: Final = 120
_NOTHING: Final = "The documents hold nothing on this."


def search_tool(
    library: Library,
    *,
    k: int = 5,
    output: int = 4_000,
    folder: str | None = None,
    tag: str | None = None,
) -> Tool:
    """The tool ``search_documents``: finds passages by words and by meaning.

    Its text lists the passages with numbers from 1, title, headings and text; its artifact is a
    tuple of the hits in that order. A loop that searches several times numbers them through
    with :func:`listed`. What a question is restricted to restricts the search too.

    Args:
        library: The documents.
        k: Passages of one search, unless the call says otherwise.
        output: Most characters of the text.
        folder: Only documents whose name starts with this folder, whatever the call says.
        tag: Only documents with this tag, whatever the call says.
    """
    restricted = (folder, tag)

    def search_documents(
        query: Annotated[str, Field(min_length=1, max_length=1_000)],
        folder: str | None = None,
        tag: str | None = None,
        k: Annotated[int, Field(ge=1, le=20)] = k,
    ) -> ToolOutput:
        """Search the company's documents, and get the passages that fit best, numbered.

        Use it for every question about the company. Cite a passage by its number, as [1].

        Args:
            query: What to look for: the question, or its important words.
            folder: Only documents whose name starts with this folder.
            tag: Only documents with this tag.
            k: Number of passages.
        """
        asked = current()
        within = restricted[0] or asked.folder or folder
        tagged = restricted[1] or asked.tag or tag
        hits = tuple(library.search(query, k, folder=within, tag=tagged))
        numbers = range(1, len(hits) + 1)
        return ToolOutput(listed([hit.passage for hit in hits], numbers, output), hits)

    return Tool.of(search_documents, name=NAME, output=output, seconds=30.0)


def listed(passages: Sequence[Passage], numbers: Sequence[int], budget: int) -> str:
    """Passages as a numbered list, at most ``budget`` characters.

    Each gets an equal share; one that does not fit is cut at its end and marked with ``…``. What
    then does not fit at all is left out with a note.

    Args:
        passages: The passages, best first.
        numbers: Their numbers.
        budget: Most characters.
    """
    if not passages:
        return _NOTHING
    heads = [f"[{n}] {place(passage)}\n" for n, passage in zip(numbers, passages, strict=True)]
    bodies = [shown(passage.text, passage.columns).strip() for passage in passages]
    fitting = len(passages)
    while fitting > 1 and _share(heads[:fitting], budget) < _SHORTEST_PASSAGE:
        fitting -= 1
    share = min(_share(heads[:fitting], budget), _LONGEST_PASSAGE)
    entries = [
        head + (body if len(body) <= share else body[: share - 1].rstrip() + "…")
        for head, body in zip(heads[:fitting], bodies[:fitting], strict=True)
    ]
    left = len(passages) - fitting
    note = f"\n\n({left} more did not fit.)" if left else ""
    return "\n\n".join(entries) + note


def place(passage: Passage) -> str:
    """Where a passage stands: its document's title and the headings above it."""
    headings = [heading for heading in passage.heading if heading != passage.title]
    return " › ".join([passage.title, *headings])[:200]


def _share(heads: Sequence[str], budget: int) -> int:
    return (budget - sum(map(len, heads)) - 40) // len(heads) - 2
