"""The nodes that work an answer out with a language model: a program, tools, or what it knows."""

from typing import TYPE_CHECKING

from langgraph.config import get_stream_writer

from chorei.agent import phrases
from chorei.agent.composing import compose, quotes_of
from chorei.agent.engines import Engines
from chorei.agent.forms import Forms, propose
from chorei.agent.nodes.continuing import calculated_before
from chorei.agent.nodes.documents import DocumentNodes
from chorei.agent.nodes.drafting import Update, calling, draft, language_in, summarised
from chorei.agent.protocols import Solution, Solver
from chorei.agent.state import AgentState, answer_fields
from chorei.core import Answer, Hit, ModelError, Route, Routed, SandboxError, ToolError
from chorei.tools import Toolbox

if TYPE_CHECKING:
    from chorei.agent.claims import Claim


class ReasoningNodes:
    """Program, tools and recall; each falls back to the documents when the model fails.

    Args:
        engines: What reasons.
        documents: Turns what was found on the way into citations.
        toolbox: The company's tools.
    """

    def __init__(self, engines: Engines, documents: DocumentNodes, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._engines = engines
        self._documents = documents

    def program(self, state: AgentState) -> Update:
        """Let the model write a program, and run it."""
        return self._solved(state, self._engines.program)

    def reason(self, state: AgentState) -> Update:
        """Let the model use tools step by step."""
        return self._solved(state, self._engines.tools)

    def recall(self, state: AgentState) -> Update:
        """Let the model say what it knows, or its adapter what it declares to know."""
        if state["claim"]:
            from chorei.agent.claims import Claim

            return self._declared(state, Claim.model_validate(state["claim"]))
        if state["route"]["kind"] == "documents":
            route = Route(kind="model", reason=phrases.REASON_ADAPTER[language_in(state)])
            get_stream_writer()(Routed(route=route))
            state = {**state, "route": route.model_dump()}
            return {"route": state["route"]} | self._solved(state, self._engines.recall)
        return self._solved(state, self._engines.recall)

    def _declared(self, state: AgentState, claim: "Claim") -> Update:
        """The adapter's answer where the documents are silent, else theirs, compared with it."""
        engines, language = self._engines, language_in(state)
        drafted = Answer.model_validate(state["answer"])
        hits = [Hit.model_validate(fields) for fields in state["hits"]]
        if state["degraded"] or engines.adapter is None:
            return self._documented(drafted, phrases.REASON_WITHOUT_MODEL[language])
        declared = engines.declared and engines.declared.declaration(state.get("adapter") or "")
        quotes = quotes_of(drafted.citations, hits)
        try:
            with calling(state):
                found = engines.adapter.answer(
                    claim,
                    hits,
                    quotes,
                    language=language,
                    system=declared.system if declared else "",
                )
        except ModelError as error:
            trouble: Update = {"degraded": True, "failure": str(error)}
            return trouble | self._documented(drafted, phrases.REASON_WITHOUT_MODEL[language])
        made = drafted.model_copy(
            update={
                "notes": (*drafted.notes, *found.notes),
                "usage": drafted.usage + found.usage,
                "reasoning": found.reasoning or drafted.reasoning,
                "model": engines.model,
            }
        )
        if found.text:
            below = "" if drafted.declined else f"\n\n{drafted.text}"
            shown = {"text": f"{found.text}{below}", "declined": False, "closest": ()}
            return {"answer": answer_fields(made.model_copy(update=shown))}
        if not found.documented:
            return {"answer": answer_fields(made)}
        if citations := self._documents.cited(found.quotes, in_order=False):
            shown = {"text": compose(citations, language), "declined": False, "closest": ()}
            made = made.model_copy(update=shown | {"citations": citations})
        return self._documented(made, phrases.REASON_DOCUMENTED[language].format(topic=claim.label))

    def _documented(self, drafted: Answer, reason: str) -> Update:
        """The documents' answer on a route of its own."""
        route = Route(kind="documents", reason=reason)
        get_stream_writer()(Routed(route=route))
        answer = answer_fields(drafted.model_copy(update={"route": route}))
        return {"route": route.model_dump(), "answer": answer}

    def _solved(self, state: AgentState, solver: Solver | None) -> Update:
        if solver is None or state.get("without_model"):
            return self._to_documents(state, {})
        try:
            with calling(state):
                solution = solver.solve(
                    state["question"],
                    language=language_in(state),
                    background=(
                        calculated_before(state)
                        if solver is self._engines.program
                        else state["background"]
                    ),
                )
        except (ModelError, SandboxError) as error:
            return self._to_documents(state, {"degraded": True, "failure": str(error)})
        kept = summarised(state, solution)
        return kept | self._drafted(state, solution) | self._proposed(state, solution)

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

    def _proposed(self, state: AgentState, solution: Solution) -> Update:
        """What the form of an action makes of it that the model wants done."""
        call = solution.proposed
        if call is None:
            return {}
        said = [answer["question"] for answer in state.get("history") or []]
        language = language_in(state)
        try:
            turn = propose(
                Forms.model_validate(state.get("forms") or {}),
                call.tool,
                call.arguments,
                [*said, state["question"]],
                language=language,
                toolbox=self._toolbox,
            )
        except ToolError as error:
            return self._drafted(state, solution.model_copy(update={"text": str(error)}))
        kept: Update = {"forms": turn.forms.model_dump(mode="json")}
        if turn.approval is not None:
            return kept | {"approval": turn.approval.model_dump(mode="json")}
        asked = solution.model_copy(update={"text": turn.say, "solved": True})
        return kept | self._drafted(state, asked)

    def _to_documents(self, state: AgentState, trouble: Update) -> Update:
        """Send the question to the documents instead; the graph goes on there."""
        route = Route(kind="documents", reason=phrases.REASON_WITHOUT_MODEL[language_in(state)])
        get_stream_writer()(Routed(route=route))
        return trouble | {"route": route.model_dump()}
