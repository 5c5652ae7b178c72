"""The nodes of the graph: what happens to a question on its way to an answer."""

import time
from collections.abc import Collection
from typing import Any

from langgraph.config import get_stream_writer

from chorei.agent import phrases
from chorei.agent.checking import literal, number_evidence
from chorei.agent.composing import about, cite, compose, decline, nearest
from chorei.agent.followup import resolve
from chorei.agent.protocols import Reader, Router
from chorei.agent.reader import gather
from chorei.agent.smalltalk import small_talk
from chorei.agent.state import AgentState, answer_fields
from chorei.core import (
    Answer,
    CalculationError,
    Hit,
    Language,
    Program,
    Retrieved,
    Route,
    Routed,
    Settings,
    TextDelta,
    language_of,
)
from chorei.retrieval import Library
from chorei.tools import arithmetic

Update = dict[str, Any]


class Nodes:
    """The nodes, bound to one library and one set of engines.

    Args:
        library: Where documents are searched.
        settings: Limits, names and the language of answers.
        router: Chooses the route.
        reader: Finds the sentences that answer.
    """

    def __init__(
        self, library: Library, settings: Settings, router: Router, reader: Reader
    ) -> None:
        self._library = library
        self._settings = settings
        self._router = router
        self._reader = reader
        self._spoken: tuple[int, frozenset[str]] = (-1, frozenset())

    def understand(self, state: AgentState) -> Update:
        """Resolve a follow-up against the conversation and settle the language."""
        question = state["question"].strip()
        history = state.get("history") or []
        previous = next((a for a in reversed(history) if a["route"]["kind"] != "about"), None)
        understood = resolve(question, previous["resolved"] if previous else "")
        language = self._settings.language
        if language == "auto":
            language = language_of(question, previous["language"] if previous else "en")
        return {
            "core": understood.core,
            "background": understood.background,
            "resolved": understood.resolved,
            "language": language,
            "started": time.monotonic(),
            "hits": [],
        }

    def route(self, state: AgentState) -> Update:
        """Choose the route: for the whole question, or for what a follow-up makes of it."""
        language = _language(state)
        follow_up = bool(state["background"])
        question = state["question"]
        route = self._router.route(question, language=language, follow_up=follow_up)
        get_stream_writer()(Routed(route=route))
        return {"route": route.model_dump()}

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
        """Quote the sentences that answer, or say that the documents do not."""
        language = _language(state)
        hits = [Hit.model_validate(fields) for fields in state["hits"]]
        total = state["total"]
        reading = self._reader.read(
            state["core"],
            hits,
            limit=self._settings.max_quotes,
            frequency=self._library.frequency,
            total=total,
            background=state["background"],
        )
        sources = {
            q.passage.document_id: self._library.document(q.passage.document_id).source
            for q in reading.quotes
        }
        citations = literal(cite(reading.quotes, sources), self._library.text)
        if citations:
            text = compose(citations, language)
            return _draft(state, text=text, citations=tuple(citations))
        closest = nearest(hits)
        text = decline(reading, closest, language) if total else phrases.EMPTY_LIBRARY[language]
        return _draft(state, text=text, declined=True, closest=closest)

    def compute(self, state: AgentState) -> Update:
        """Compute exactly, and keep the expression that was computed."""
        language = _language(state)
        try:
            calculation = arithmetic(state["question"], language=language)
        except CalculationError as error:
            text = phrases.CANNOT_COMPUTE[language].format(reason=error)
            return _draft(state, text=text, declined=True)
        if calculation is None:
            return _draft(state, text=phrases.NOT_FOUND[language], declined=True)
        return _draft(
            state,
            text=f"{calculation.expression} = {calculation.shown}",
            programs=(
                Program(
                    language="calculator",
                    source=calculation.expression,
                    result=str(calculation.result),
                ),
            ),
            notes=calculation.notes,
        )

    def introduce(self, state: AgentState) -> Update:
        """Answer small talk about the assistant itself."""
        topic = small_talk(state["question"]) or "identity"
        return _draft(state, text=about(topic, self._settings, _language(state)))

    def refuse(self, state: AgentState) -> Update:
        """Decline what is neither a question of fact nor arithmetic."""
        language = _language(state)
        has_words = any(c.isalnum() for c in state["question"])
        said = phrases.NOT_MY_TASK if has_words else phrases.NO_QUESTION
        return _draft(state, text=said[language], declined=True)

    def deliver(self, state: AgentState) -> Update:
        """Check every number, then speak; nothing unchecked is streamed."""
        draft = Answer.model_validate(state["answer"])
        answer = draft.model_copy(
            update={
                "numbers": number_evidence(
                    draft.text,
                    draft.language,
                    citations=draft.citations,
                    programs=draft.programs,
                    closest=draft.closest,
                ),
                "seconds": round(time.monotonic() - state["started"], 4),
            }
        )
        write = get_stream_writer()
        for piece in answer.text.splitlines(keepends=True):
            write(TextDelta(text=piece))
        fields = answer_fields(answer)
        return {"answer": fields, "history": [fields], "hits": []}

    def _languages(self) -> Collection[str]:
        """The languages of the documents, counted anew only when the documents have changed."""
        revision = self._library.revision
        if self._spoken[0] != revision:
            self._spoken = revision, frozenset(self._library.stats().languages)
        return self._spoken[1]


def _language(state: AgentState) -> Language:
    return "vi" if state["language"] == "vi" else "en"


def _draft(state: AgentState, **fields: Any) -> Update:
    answer = Answer(
        question=state["question"],
        resolved=state["resolved"],
        language=_language(state),
        route=Route.model_validate(state["route"]),
        **fields,
    )
    return {"answer": answer_fields(answer)}
