"""A library as a LangChain retriever."""

import datetime as dt
from functools import partial
from typing import Annotated, Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import ConfigDict, Field, SkipValidation

from chorei.core import DocumentNotFoundError, Hit
from chorei.retrieval.library import Library


class LibraryRetriever(BaseRetriever):
    """Finds passages of a library; made by ``Library.as_retriever``.

    ``invoke(query)`` and ``ainvoke(query)`` return LangChain documents, best first. Each has the
    passage as its text and ``document``, ``document_id``, ``title``, ``heading`` (a list),
    ``page``, ``row``, ``start``, ``end``, ``score`` and ``source`` (an absolute path, or
    ``text:NAME``) as its metadata. Every argument but ``library`` may also be given to one
    call: ``invoke(query, k=3, tag="hr")``.

    Args:
        library: Where to search.
        k: Most documents to return.
        folder: Only documents whose name lies below this one.
        tag: Only documents with this tag.
        since: Only documents of this date or later.
        until: Only documents of this date or earlier.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Annotated[Library, SkipValidation] = Field(exclude=True, repr=False)
    k: Annotated[int, Field(gt=0)] = 10
    folder: str | None = None
    tag: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
        k: int | None = None,
        **filters: Any,
    ) -> list[Document]:
        chosen = {name: getattr(self, name) for name in ("folder", "tag", "since", "until")}
        hits = self.library.search(query, self.k if k is None else k, **chosen | filters)
        sources = {hit.passage.document_id: self._source(hit) for hit in hits}
        return [_document(hit, sources[hit.passage.document_id]) for hit in hits]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **filters: Any
    ) -> list[Document]:
        find = partial(self._get_relevant_documents, query, run_manager=run_manager.get_sync())
        return await run_in_executor(None, partial(find, **filters))

    def _source(self, hit: Hit) -> str:
        try:
            return self.library.document(hit.passage.document_id).source
        except DocumentNotFoundError:  # removed since it was found
            return hit.passage.document


def _document(hit: Hit, source: str) -> Document:
    passage = hit.passage
    return Document(
        page_content=passage.text,
        id=passage.id,
        metadata={
            "document": passage.document,
            "document_id": passage.document_id,
            "title": passage.title,
            "heading": list(passage.heading),
            "page": passage.page,
            "row": passage.row,
            "start": passage.start,
            "end": passage.end,
            "score": hit.score,
            "source": source,
        },
    )
