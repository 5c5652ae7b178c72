"""The facade: ask a question, get an answer with its evidence."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig

from chorei.agent.graph import AgentGraph, build_graph
from chorei.agent.nodes import Nodes
from chorei.agent.protocols import Reader, Router
from chorei.agent.reader import ExtractiveReader
from chorei.agent.router import RuleRouter
from chorei.agent.sessions import Sessions
from chorei.agent.state import AgentInput
from chorei.core import Answer, Event, Finished, Settings
from chorei.retrieval import Library


class Agent:
    """Answers questions from a library of documents, with evidence.

    Safe to share between threads; several agents and libraries may live in one process.

    Args:
        library: A library, or the folder of one; by default the one in the settings.
        settings: Settings; by default :meth:`Settings.load`.
        reader: Another engine to read passages; by default the built-in reader.
        router: Another engine to choose the route; by default the built-in rules.

    Attributes:
        graph: The compiled LangGraph graph (input ``question``, output ``answer``), ready to
            be a node of another graph; it keeps no conversation of its own.
        sessions: The conversations of this library.
    """

    def __init__(
        self,
        library: Library | Path | str | None = None,
        *,
        settings: Settings | None = None,
        reader: Reader | None = None,
        router: Router | None = None,
    ) -> None:
        self.settings = settings or Settings.load()
        self._owns_library = not isinstance(library, Library)
        self.library = (
            library
            if isinstance(library, Library)
            else Library(library or self.settings.library, settings=self.settings)
        )
        self._nodes = Nodes(
            self.library, self.settings, router or RuleRouter(), reader or ExtractiveReader()
        )
        self.graph: AgentGraph = build_graph(self._nodes)
        self.sessions = Sessions(self.library.directory / "sessions.sqlite")
        self._lasting: AgentGraph | None = None
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def ask(
        self,
        question: str,
        *,
        session: str | None = None,
        folder: str | None = None,
        tag: str | None = None,
    ) -> Answer:
        """Answer one question.

        Args:
            question: The question, in English or Vietnamese.
            session: Id of a conversation to continue or begin; None remembers nothing.
            folder: Only documents whose name starts with this folder.
            tag: Only documents with this tag.

        Raises:
            ChoreiError: The library cannot be read, or the session file is broken.
        """
        answer = None
        for event in self.stream(question, session=session, folder=folder, tag=tag):
            if isinstance(event, Finished):
                answer = event.answer
        assert answer is not None  # the last event is always Finished
        return answer

    async def aask(
        self,
        question: str,
        *,
        session: str | None = None,
        folder: str | None = None,
        tag: str | None = None,
    ) -> Answer:
        """As :meth:`ask`, without blocking the event loop."""
        return await asyncio.to_thread(self.ask, question, session=session, folder=folder, tag=tag)

    def stream(
        self,
        question: str,
        *,
        session: str | None = None,
        folder: str | None = None,
        tag: str | None = None,
    ) -> Iterator[Event]:
        """Answer one question, event by event; the last is :class:`~chorei.core.Finished`.

        Closing the iterator stops the answer; an unfinished answer is not remembered.
        """
        inputs = AgentInput(question=question, folder=folder, tag=tag)
        with self._turn(session):
            graph, config = self._graph_for(session)
            state = None
            # With two stream modes LangGraph yields pairs, which its types do not say.
            steps = cast(
                Iterator[tuple[str, Any]],
                graph.stream(
                    inputs,
                    config,
                    stream_mode=["custom", "values"],
                    durability="exit" if session else None,
                ),
            )
            for mode, chunk in steps:
                if mode == "custom":
                    yield chunk
                else:
                    state = chunk
        assert state is not None  # "values" always yields the final state
        answer = Answer.model_validate(state["answer"])
        yield Finished(answer=answer.model_copy(update={"session": session}))

    async def astream(
        self,
        question: str,
        *,
        session: str | None = None,
        folder: str | None = None,
        tag: str | None = None,
    ) -> AsyncIterator[Event]:
        """As :meth:`stream`, without blocking the event loop."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()
        stopped = threading.Event()

        def work() -> None:
            def put(item: Event | BaseException | None) -> None:
                loop.call_soon_threadsafe(queue.put_nowait, item)

            try:
                for event in self.stream(question, session=session, folder=folder, tag=tag):
                    put(event)
                    if stopped.is_set():
                        return
            except BaseException as error:  # handed over to the caller's task, whatever it is
                put(error)
            finally:
                put(None)

        worker = loop.run_in_executor(None, work)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()
            await worker

    def close(self) -> None:
        """Close the conversations, and the library unless it was handed in."""
        self.sessions.close()
        if self._owns_library:
            self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _graph_for(self, session: str | None) -> tuple[AgentGraph, RunnableConfig | None]:
        if session is None:
            return self.graph, None
        with self._guard:
            if self._lasting is None:
                self._lasting = build_graph(self._nodes, self.sessions.saver)
        return self._lasting, {"configurable": {"thread_id": session}}

    def _turn(self, session: str | None) -> contextlib.AbstractContextManager[object]:
        """One question at a time in a conversation; different conversations run side by side."""
        if session is None:
            return contextlib.nullcontext()
        with self._guard:
            return self._turns.setdefault(session, threading.Lock())
