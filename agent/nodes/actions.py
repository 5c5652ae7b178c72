"""The nodes for the company's own actions: collect what they need, ask for approval, act."""

from langgraph.config import get_stream_writer
from langgraph.types import interrupt

from chorei.agent import phrases
from chorei.agent.forms import Forms, converse, report
from chorei.agent.nodes.drafting import Update, draft, language_in
from chorei.agent.state import AgentState
from chorei.core import Approval, Route, Routed, ToolCall, ToolUsed
from chorei.tools import Toolbox


class ActionNodes:
    """Forms and the actions at their end; no model is asked.

    Args:
        toolbox: The company's tools.
    """

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    def collect(self, state: AgentState) -> Update:
        """See whether an action is asked for or under way, and ask for what it lacks.

        Leaves ``approval`` when an action is ready, ``answer`` when something is to be said,
        and neither when the question is about something else.
        """
        language = language_in(state)
        forms = Forms.model_validate(state.get("forms") or {})
        turn = converse(forms, state["question"], language=language, toolbox=self._toolbox)
        kept: Update = {"forms": turn.forms.model_dump(mode="json"), "approval": None}
        if not turn.handled:
            return kept | {"route": {}}
        route = Route(kind="tools", reason=phrases.REASON_ACTION[language])
        get_stream_writer()(Routed(route=route))
        kept["route"] = route.model_dump()
        if turn.approval is not None:
            return kept | {"approval": turn.approval.model_dump(mode="json")}
        return kept | draft({**state, "route": kept["route"]}, text=turn.say)

    def approve(self, state: AgentState) -> Update:
        """Wait for a person's yes or no.

        LangGraph runs this node again when the decision has come, so it does nothing else.
        """
        decided = interrupt(state["approval"])
        return {"approved": decided["approved"]}

    def act(self, state: AgentState) -> Update:
        """Do what was approved, or say that it was not done."""
        language = language_in(state)
        approval = Approval.model_validate(state["approval"])
        if state["approved"]:
            call = self._toolbox.call(
                approval.tool, approval.arguments, approved=True, language=language
            )
        else:
            call = ToolCall(tool=approval.tool, arguments=approval.arguments, outcome="refused")
        get_stream_writer()(ToolUsed(call=call))
        return {"approval": None} | draft(
            state,
            text=report(call, language),
            declined=call.outcome == "failed",
            calls=(call,),
        )
