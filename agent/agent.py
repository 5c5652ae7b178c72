"""The facade: ask a question, get an answer with its evidence."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, Durability

from chorei.agent.background import in_thread
from chorei.agent.building import build_engines
from chorei.agent.feedback import Feedback, Said
from chorei.agent.graph import AgentGraph, build_graph
from chorei.agent.protocols import Reader, Router
from chorei.agent.running import last, run
from chorei.agent.sessions import Sessions
from chorei.agent.state import AgentInput
from chorei.agent.waiting import waiting_answer
from chorei.core import (
    Answer,
    Approval,
    Event,
    Finished,
    Generation,
    Rating,
    SessionError,
    Settings,
    TextDelta,
    Verdict,
)
from chorei.retrieval import Library
from chorei.tools import Toolbox


class AskOptions(TypedDict, total=False):
    """What may be said with a question.

    Keys:
        session: Id of a conversation to continue or begin; None remembers nothing.
        folder: Only documents whose name starts with this folder.
        tag: Only documents with this tag.
        generation: Settings of generation for this answer.
        adapter: Name of the adapter of the model to use.
        without_model: Whether the built-in engines answer alone.
    """

    session: str | None
    folder: str | None
    tag: str | None
    generation: Generation | None
    adapter: str
    without_model: bool


class Agent:
    """Answers questions from documents, with tools and with a model; always with evidence.

    Safe to share between threads; several agents and libraries may live in one process.

    Args:
        library: A library, or the folder of one; by default the one in the settings.
        settings: Settings; by default :meth:`Settings.load`.
        model: A LangChain chat model, or the name of one (``tgi:http://host:8080#adapter``, see
            :func:`chorei.adapters.chat_model`); by default the one in the settings, if any.
            Without a model the built-in engines answer.
        tools: The company's own tools: functions, :class:`~chorei.tools.Tool`, LangChain tools
            or a :class:`~chorei.tools.Toolbox`.
        reader: Another engine to read passages.
        router: Another engine to choose the route.

    Attributes:
        graph: The compiled LangGraph graph (input ``question``, output ``answer``), ready to
            be a node of another graph; it keeps no conversation of its own.
        sessions: The conversations of this library.
        feedback: What people said about its answers.
        toolbox: The tools.

    Raises:
        ModelError: The model's name cannot be read, or the model cannot be loaded.
        ToolError: A tool cannot be used.
    """

    def __init__(
        self,
        library: Library | Path | str | None = None,
        *,
        settings: Settings | None = None,
        model: BaseChatModel | str | None = None,
        tools: Toolbox | Iterable[Any] = (),
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
        self.toolbox = tools if isinstance(tools, Toolbox) else Toolbox(tools)
        self._engines = build_engines(
            self.library, self.settings, model or self.settings.model, self.toolbox, reader, router
        )
        self.graph: AgentGraph = self._compile(None)
        self.sessions = Sessions(self.library.directory / "sessions.sqlite")
        self.feedback = Feedback(self.sessions)
        self._lasting: AgentGraph | None = None
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def model(self) -> str:
        """The model's name for people; empty without a model."""
        return self._engines.model

    @property
    def moved_facts(self) -> tuple[str, ...]:
        """Facts of the setting ``facts`` that are searched, not told with every question.

        The model's system message had no room for them, so they are kept in the library as the
        document ``company-facts``. None without a model, which has no system message.
        """
        return self._engines.moved

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Answer one question.

        If ``approval`` of the answer is set, an action waits for :meth:`decide`.

        Args:
            question: The question, in English or Vietnamese.
            options: See :class:`AskOptions`.

        Raises:
            ChoreiError: The library cannot be read, or the session file is broken. A model of
                chorei's own that fails is no error: the built-in engines answer, flagged
                ``degraded``. Other chat models raise what they raise.
        """
        return last(self.stream(question, **options))

    async def aask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """As :meth:`ask`, without blocking the event loop."""
        return await asyncio.to_thread(lambda: self.ask(question, **options))

    def stream(self, question: str, **options: Unpack[AskOptions]) -> Iterator[Event]:
        """Answer one question, event by event; the last is :class:`~chorei.core.Finished`.

        Closing the iterator stops the answer; an unfinished answer is not remembered.
        """
        session = options.get("session")
        generation = options.get("generation") or Generation()
        inputs = AgentInput(
            question=question,
            folder=options.get("folder"),
            tag=options.get("tag"),
            adapter=options.get("adapter", ""),
            without_model=options.get("without_model", False),
            abandoned=session is not None and self.pending(session) is not None,
            generation=generation.model_dump(mode="json", exclude_none=True),
        )
        return self._events(inputs, session)

    def astream(self, question: str, **options: Unpack[AskOptions]) -> AsyncIterator[Event]:
        """As :meth:`stream`, without blocking the event loop."""
        return in_thread(lambda: self.stream(question, **options))

    def pending(self, session: str) -> Approval | None:
        """The action that waits for a decision in a conversation, if any."""
        if not self._acts:
            return None
        graph, config = self._graph_for(session)
        waiting = graph.get_state(config).interrupts
        return Approval.model_validate(waiting[0].value) if waiting else None

    def decide(self, session: str, approved: bool) -> Answer:
        """Say yes or no to the action that waits, and get the answer.

        Args:
            session: The conversation in which it waits.
            approved: Whether the action is to be done.

        Raises:
            SessionError: Nothing waits in this conversation.
        """
        return last(self.stream_decision(session, approved))

    async def adecide(self, session: str, approved: bool) -> Answer:
        """As :meth:`decide`, without blocking the event loop."""
        return await asyncio.to_thread(self.decide, session, approved)

    def stream_decision(self, session: str, approved: bool) -> Iterator[Event]:
        """As :meth:`decide`, event by event."""
        if self.pending(session) is None:
            raise SessionError(f"No action waits for a decision in the session '{session}'.")
        return self._events(self._decision(approved), session)

    def rate(self, session: str, rating: Verdict, **said: Unpack[Said]) -> Rating:
        """Say that an answer was good or bad, so that it can be learned from.

        Args:
            session: The conversation.
            rating: ``up`` or ``down``.
            said: See :class:`Said`; without ``turn`` the latest answer is meant.

        Raises:
            SessionNotFoundError: No conversation has this id.
            FeedbackError: There is no such answer, or the rating is none.
        """
        return self.feedback.rate(session, rating, **said)

    async def arate(self, session: str, rating: Verdict, **said: Unpack[Said]) -> Rating:
        """As :meth:`rate`, without blocking the event loop."""
        return await asyncio.to_thread(lambda: self.rate(session, rating, **said))

    def configure(self, session: str, generation: Generation) -> None:
        """Settings of generation for all further answers of a conversation.

        They count before those of the agent and after those of a single question.
        """
        graph, config = self._graph_for(session)
        kept = generation.model_dump(mode="json", exclude_none=True)
        graph.update_state(config, {"session_generation": kept}, as_node="deliver")

    def close(self) -> None:
        """Close the conversations, and the library unless it was handed in."""
        self.sessions.close()
        self._engines.close()
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

    def _events(self, given: AgentInput | Command[Any], session: str | None) -> Iterator[Event]:
        with self._turn(session):
            graph, config = self._graph_for(session)
            # What has acted must be known before anything else happens, or a crash would make
            # the action wait for its approval once more.
            durability: Durability = "sync" if self._acts else "exit"
            state = yield from run(graph, given, config, durability)
            while session is None and state.get("__interrupt__"):
                # Nobody can be asked later in a conversation that is not kept.
                state = yield from run(graph, self._decision(False), config, durability)
        waiting = state.get("__interrupt__")
        if waiting:
            answer = waiting_answer(state, Approval.model_validate(waiting[0].value))
            yield TextDelta(text=answer.text)
        else:
            answer = Answer.model_validate(state["answer"])
        yield Finished(answer=answer.model_copy(update={"session": session}))

    def _decision(self, approved: bool) -> Command[Any]:
        started = time.monotonic()
        clock = {"started": started, "deadline": started + self.settings.deadline_seconds}
        return Command(resume={"approved": approved}, update=clock)

    def _graph_for(self, session: str | None) -> tuple[AgentGraph, RunnableConfig]:
        if session is None:
            if not self._acts:
                return self.graph, {}
            # An action can only wait where its state is kept, if only for this question.
            thread: RunnableConfig = {"configurable": {"thread_id": secrets.token_hex(4)}}
            return self._compile(InMemorySaver()), thread
        with self._guard:
            if self._lasting is None:
                self._lasting = self._compile(self.sessions.saver)
        return self._lasting, {"configurable": {"thread_id": session}}

    @property
    def _acts(self) -> bool:
        return any(tool.acts for tool in self.toolbox)

    def _compile(self, checkpointer: BaseCheckpointSaver[str] | None) -> AgentGraph:
        return build_graph(self.library, self.settings, self._engines, self.toolbox, checkpointer)

    def _turn(self, session: str | None) -> contextlib.AbstractContextManager[object]:
        """One question at a time in a conversation; different conversations run side by side."""
        if session is None:
            return contextlib.nullcontext()
        with self._guard:
            return self._turns.setdefault(session, threading.Lock())
