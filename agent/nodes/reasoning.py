"""The nodes that work an answer out with a language model: a program, tools, or what it knows."""

from langgraph.config import get_stream_writer

from chorei.agent import phrases
from chorei.agent.engines import Engines
from chorei.agent.nodes.documents import DocumentNodes
from chorei.agent.nodes.drafting import Update, calling, draft, language_in
from chorei.agent.protocols import Solution, Solver
from chorei.agent.state import AgentState
from chorei.core import ModelError, Route, Routed


class ReasoningNodes:
    """Program, tools and recall; each falls back to the documents when the model fails.

    Args:
        engines: What reasons.
        documents: Turns what was found on the way into citations.
    """

    def __init__(self, engines: Engines, documents: DocumentNodes) -> None:
        self._engines = engines
        self._documents = documents

    def program(self, state: AgentState) -> Update:
        """Let the model write a program, and run it."""
        return self._solved(state, self._engines.program)

    def reason(self, state: AgentState) -> Update:
        """Let the model use tools step by step."""
        return self._solved(state, self._engines.tools)

    def recall(self, state: AgentState) -> Update:
        """Let the model say what it knows."""
        return self._solved(state, self._engines.recall)

    def _solved(self, state: AgentState, solver: Solver | None) -> Update:
        if solver is None or state.get("without_model"):
            return self._to_documents(state, {})
        try:
            with calling(state):
                solution = solver.solve(
                    state["question"],
                    language=language_in(state),
                    background=state["background"],
                )
        except ModelError as error:
            return self._to_documents(state, {"degraded": True, "failure": str(error)})
        return self._drafted(state, solution)

    def _drafted(self, state: AgentState, solution: Solution) -> Update:
        return draft(
            state,
            text=solution.text,
            declined=not solution.solved,
            citations=self._documents.cited(solution.quotes, in_order=True),
            programs=solution.programs,
            calls=solution.calls,
            reasoning=solution.reasoning,
            notes=solution.notes,
            usage=solution.usage,
            model=self._engines.model,
        )

    def _to_documents(self, state: AgentState, trouble: Update) -> Update:
        """Send the question to the documents instead; the graph goes on there."""
        route = Route(kind="documents", reason=phrases.REASON_WITHOUT_MODEL[language_in(state)])
        get_stream_writer()(Routed(route=route))
        return trouble | {"route": route.model_dump()}
