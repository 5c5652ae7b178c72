"""The nodes at both ends of the graph: understand and route; short answers; check and deliver."""

import time

from langgraph.config import get_stream_writer

from chorei.agent import phrases
from chorei.agent.checking import number_evidence
from chorei.agent.composing import about
from chorei.agent.engines import Engines
from chorei.agent.followup import resolve
from chorei.agent.forms import Forms, reminder
from chorei.agent.nodes.claiming import claimed
from chorei.agent.nodes.continuing import continues_calculation, previous_answer
from chorei.agent.nodes.drafting import Update, calling, draft, language_in, model_would_help
from chorei.agent.router import RuleRouter
from chorei.agent.smalltalk import small_talk
from chorei.agent.state import AgentState, answer_fields
from chorei.core import (
    Answer,
    CalculationError,
    ModelError,
    Program,
    Route,
    Routed,
    Settings,
    TextDelta,
    language_of,
)
from chorei.tools import Toolbox, arithmetic


class DialogueNodes:
    """What begins and ends every answer, and the answers that need no search.

    Args:
        settings: Names, limits and the language of answers.
        engines: The router.
        toolbox: The company's tools, of which one may still wait for facts.
    """

    def __init__(self, settings: Settings, engines: Engines, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._told: set[str] = set()
        self._settings = settings
        self._engines = engines

    def understand(self, state: AgentState) -> Update:
        """Resolve a follow-up against the conversation and settle the language."""
        started = time.monotonic()
        question = state["question"].strip()
        previous = previous_answer(state)
        understood = resolve(question, previous["resolved"] if previous else "")
        language = self._settings.language
        if language == "auto":
            language = language_of(question, previous["language"] if previous else "en")
        return {
            "core": understood.core,
            "background": understood.background,
            "resolved": understood.resolved,
            "language": language,
            "started": started,
            "deadline": started + self._settings.deadline_seconds,
            "hits": [],
            "degraded": False,
            "failure": "",
            "claim": {},
        }

    def route(self, state: AgentState) -> Update:
        """Choose the route: for the whole question, or for what a follow-up makes of it.

        What the model's adapter declares to know goes to it without asking a model where.
        """
        language = language_in(state)
        follow_up = bool(state["background"])
        question = state["question"]
        rules = RuleRouter()
        ruled = rules.route(question, language=language, follow_up=follow_up)
        if found := self._without_asking(state, ruled):
            get_stream_writer()(Routed(route=Route.model_validate(found["route"])))
            return found
        router = rules if state.get("without_model") else self._engines.router
        trouble: Update = {}
        try:
            with calling(state):
                route = router.route(question, language=language, follow_up=follow_up)
        except ModelError as error:
            trouble = {"degraded": True, "failure": str(error)}
            route = ruled
        get_stream_writer()(Routed(route=route))
        return trouble | {"route": route.model_dump()}

    def _without_asking(self, state: AgentState, ruled: Route) -> Update:
        """What the conversation or the adapter's declaration decides; empty if they do not."""
        language, claim = language_in(state), claimed(state, self._engines, ruled)
        if claim is not None:
            reason = phrases.REASON_DECLARED[language].format(topic=claim.label)
            route = Route(kind="model", reason=reason)
            return {"route": route.model_dump(), "claim": claim.model_dump(mode="json")}
        if ruled.kind == "documents" and continues_calculation(state, self._engines):
            route = Route(kind="program", reason=phrases.REASON_CALCULATION[language])
            return {"route": route.model_dump()}
        return {}

    def compute(self, state: AgentState) -> Update:
        """Compute exactly, and keep the expression that was computed."""
        language = language_in(state)
        try:
            calculation = arithmetic(state["question"], language=language)
        except CalculationError as error:
            text = phrases.CANNOT_COMPUTE[language].format(reason=error)
            return draft(state, text=text, declined=True)
        if calculation is None:
            return draft(state, text=phrases.NOT_FOUND[language], declined=True)
        return draft(
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
        return draft(state, text=about(topic, self._settings, language_in(state)))

    def refuse(self, state: AgentState) -> Update:
        """Decline what is neither a question of fact nor arithmetic."""
        language = language_in(state)
        has_words = any(c.isalnum() for c in state["question"])
        text = (phrases.NOT_MY_TASK if has_words else phrases.NO_QUESTION)[language]
        text += model_would_help(state, self._engines)
        return draft(state, text=text, declined=True)

    def deliver(self, state: AgentState) -> Update:
        """Check every number, then speak; nothing unchecked is streamed."""
        drafted = Answer.model_validate(state["answer"])
        answer = drafted.model_copy(
            update={
                "numbers": number_evidence(
                    drafted.text,
                    drafted.language,
                    citations=drafted.citations,
                    programs=drafted.programs,
                    calls=drafted.calls,
                    closest=drafted.closest,
                ),
                "degraded": state["degraded"],
                "notes": drafted.notes + self._remarks(state, drafted),
                "seconds": round(time.monotonic() - state["started"], 4),
            }
        )
        write = get_stream_writer()
        for piece in answer.text.splitlines(keepends=True):
            write(TextDelta(text=piece))
        fields = answer_fields(answer)
        return {"answer": fields, "history": [fields], "hits": []}

    def _remarks(self, state: AgentState, drafted: Answer) -> tuple[str, ...]:
        """What the conversation has to say besides the answer."""
        language = drafted.language
        # Each of these is said once; they hold for every answer of this model.
        remarks = [said for said in self._engines.remarks() if said not in self._told]
        self._told.update(remarks)
        if state["failure"]:
            remarks.append(phrases.MODEL_FAILED[language].format(reason=state["failure"]))
        if state.get("abandoned"):
            remarks.append(phrases.ABANDONED[language])
        if drafted.route.kind != "tools":
            forms = Forms.model_validate(state.get("forms") or {})
            remarks.append(reminder(forms, language=language, toolbox=self._toolbox))
        return tuple(filter(None, remarks))
