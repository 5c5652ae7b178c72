"""The nodes that answer from the documents: retrieve, then read."""

from collections.abc import Collection, Sequence

from langgraph.config import get_stream_writer

from chorei.agent import phrases
from chorei.agent.checking import literal
from chorei.agent.composing import cite, compose, decline, nearest
from chorei.agent.engines import Engines
from chorei.agent.nodes.claiming import adapter_declares, is_adapted
from chorei.agent.nodes.drafting import Update, calling, draft, language_in, model_would_help
from chorei.agent.protocols import Quote, Reading
from chorei.agent.reader import gather
from chorei.agent.state import AgentState
from chorei.core import Citation, Hit, ModelError, Retrieved, Settings
from chorei.retrieval import Library


class DocumentNodes:
    """Retrieve and read, bound to one library.

    Args:
        library: Where documents are searched.
        settings: Limits.
        engines: The reader, and the one that stands in for it.
    """

    def __init__(self, library: Library, settings: Settings, engines: Engines) -> None:
        self._library = library
        self._settings = settings
        self._engines = engines
        self._spoken: tuple[int, frozenset[str]] = (-1, frozenset())

    def retrieve(self, state: AgentState) -> Update:
        """Search the documents in the question's words and in others for the same.

        A follow-up is searched with and without the question before it.
        """
        hits = gather(
            lambda query, limit: self._library.search(
                query, limit, folder=state.get("folder"), tag=state.get("tag")
            ),
            tuple(dict.fromkeys((state["resolved"], state["core"]))),
            self._settings.passages,
            languages=self._languages(),
        )
        names = dict.fromkeys(hit.passage.document for hit in hits)
        get_stream_writer()(Retrieved(documents=tuple(names)))
        return {"hits": [hit.model_dump() for hit in hits], "total": self._library.passage_count}

    def read(self, state: AgentState) -> Update:
        """Answer from the passages, or say that they do not answer."""
        language = language_in(state)
        hits = [Hit.model_validate(fields) for fields in state["hits"]]
        reading, failure = self._reading(state, hits)
        trouble = {"degraded": True, "failure": failure} if failure else {}
        citations = self.cited(reading.quotes, in_order=bool(reading.text))
        written = {
            "reasoning": reading.reasoning,
            "usage": reading.usage,
            "model": self._engines.model if reading.usage.calls else "",
        }
        if citations:
            text = reading.text or compose(citations, language)
            return trouble | draft(
                state, text=text, citations=citations, notes=reading.notes, **written
            )
        closest = nearest(hits)
        total = state["total"]
        text = decline(reading, closest, language) if total else phrases.EMPTY_LIBRARY[language]
        text += model_would_help(state, self._engines)
        notes = (*reading.notes, *self._unasked(state))
        return trouble | draft(
            state, text=text, declined=True, closest=closest, notes=notes, **written
        )

    def after_reading(self, state: AgentState) -> str:
        """The node after ``read``: an adapter is asked for what the documents do not hold.

        One that declares what it knows is asked for that alone, and compared where they speak.
        """
        engines = self._engines
        if state["claim"]:
            return "recall"
        alone = state["degraded"] or state.get("without_model", False)
        asked = is_adapted(state, engines) and not adapter_declares(state, engines)
        declined = state["answer"]["declined"]
        return "recall" if declined and asked and not alone and engines.recall else "deliver"

    def _unasked(self, state: AgentState) -> tuple[str, ...]:
        """Why the model's adapter is not asked for what the documents do not hold."""
        if state["claim"] or state["degraded"] or state.get("without_model"):
            return ()
        told = adapter_declares(state, self._engines)
        return (phrases.UNDECLARED[language_in(state)],) if told else ()

    def cited(self, quotes: Sequence[Quote], *, in_order: bool) -> tuple[Citation, ...]:
        """The quotes as numbered citations; only those that stand literally in the documents.

        Args:
            quotes: What is to be cited.
            in_order: Whether a text refers to them by their order; otherwise those of one
                document are put together.
        """
        sources = {
            q.passage.document_id: self._library.document(q.passage.document_id).source
            for q in quotes
        }
        return tuple(literal(cite(quotes, sources, in_order=in_order), self._library.text))

    def _reading(self, state: AgentState, hits: Sequence[Hit]) -> tuple[Reading, str]:
        engines = self._engines
        alone = state["degraded"] or state.get("without_model", False)
        readers = [engines.fallback] if alone else [engines.reader, engines.fallback]
        failure = ""
        for reader in readers:
            try:
                with calling(state):
                    reading = reader.read(
                        state["core"],
                        hits,
                        limit=self._settings.max_quotes,
                        frequency=self._library.frequency,
                        total=state["total"],
                        background=state["background"],
                    )
            except ModelError as error:
                failure = str(error)
            else:
                return reading, failure
        raise AssertionError("the last reader asks no model")

    def _languages(self) -> Collection[str]:
        """The languages of the documents, counted anew only when the documents have changed."""
        revision = self._library.revision
        if self._spoken[0] != revision:
            self._spoken = revision, frozenset(self._library.stats().languages)
        return self._spoken[1]
