"""The nodes of the reasoning graph: think, approve, act, and sum up when a budget runs out.

ReAct (Yao et al., arXiv 2210.03629): the model says what to do next, a tool does it, the model sees
what came back. Tools are called in the model's native form or in text, through the same nodes.
"""

import time
from dataclasses import dataclass
from typing import Any, Final, cast

from langchain_core.messages import BaseMessage
from langgraph.config import get_stream_writer
from langgraph.types import interrupt

from chorei.agent.completion import Completer, Completion
from chorei.agent.reasoning import acting, wording
from chorei.agent.reasoning.asking import Asking
from chorei.agent.reasoning.budgets import Budgets, Spent, usage_of
from chorei.agent.reasoning.closing import best_effort, finished, gave_up, last_word
from chorei.agent.reasoning.evidence import observed, program_of, remarks_on
from chorei.agent.reasoning.remembering import recent_turns
from chorei.agent.reasoning.state import LISTS, ReasonerState, language_in
from chorei.agent.reasoning.steps import MOST_CALLS, Asked, Entry, Move, as_messages, read_move
from chorei.core import (
    Approval,
    ContextLengthError,
    Generation,
    ModelAuthenticationError,
    ModelError,
    ModelRequestError,
    ModelSettingError,
    Passage,
    ToolUsed,
    Usage,
)
from chorei.tools.toolbox import Toolbox

Update = dict[str, Any]

MOST_UNCLEAR: Final = 2
"""Replies in a row that are no step, before the loop is ended."""
_KEPT: Final = 0.8
"""Share of tokens and seconds that thinking and acting may use; the rest is for summing up."""
_UNABLE: Final = ("context", "model")
_TOO_MANY: Final = "Only the first {most} calls of your reply were made."
_MOST_THOUGHT: Final = 4000


@dataclass(frozen=True)
class Loop:
    """The nodes, bound to a model and its tools.

    Attributes:
        completer: The model.
        toolbox: The tools.
        budgets: What one question may use.
        asking: The prompts.
        native: Whether tools are called in the model's native form; None to try.
    """

    completer: Completer
    toolbox: Toolbox
    budgets: Budgets
    asking: Asking
    native: bool | None = None

    def begin(self, state: ReasonerState) -> Update:
        """Start anew, also in a thread that has answered before.

        Raises:
            ContextLengthError: The tools do not fit into the model's context.
        """
        native = can_call(self.completer) if self.native is None else self.native
        native = native and len(self.toolbox) > 0
        recent = recent_turns(
            state,
            self.toolbox,
            self.completer,
            self.asking,
            native=native,
            most=self.budgets.tokens,
        )
        return {name: [] for name in LISTS} | {
            "native": native,
            "history": recent.text,
            "summary": recent.made.model_dump() if recent.made else None,
            "notes": list(recent.notes),
            "spent": Spent().model_dump(),
            "usage": recent.usage.model_dump(),
            "answer": "",
            "ended": "",
        }

    def think(self, state: ReasonerState) -> Update:
        """Ask the model for its next step, unless a budget is used up."""
        spent = Spent.model_validate(state["spent"])
        if ended := spent.over(self.budgets, _KEPT):
            return {"ended": ended}
        native = state["native"]
        started = time.monotonic()
        try:
            completion, messages = self._ask(state, native)
        except ContextLengthError:
            return {"ended": "context"}
        except (ModelRequestError, ModelSettingError, NotImplementedError) as error:
            # The server has no native calls after all: go on in text, in the same loop.
            if not native or isinstance(error, ModelAuthenticationError) or self.native:
                raise
            return {"native": False}
        except ModelError:
            if not state["acted"]:
                raise
            # What was done must be told, whatever becomes of the model.
            return {"ended": "model"}
        seconds = time.monotonic() - started
        spent = spent.plus(usage_of(completion, messages), seconds)
        spent = spent.model_copy(update={"steps": spent.steps + 1})
        move = read_move(completion, self.toolbox.names, native=native, step=spent.steps)
        usage = Usage.model_validate(state["usage"]) + completion.usage
        update = self._moved(state, move, spent)
        thought = "\n".join(filter(None, (completion.thinking.strip(), move.thought)))
        thoughts = [*state["thoughts"], thought[:_MOST_THOUGHT]] if thought else state["thoughts"]
        return update | {"usage": usage.model_dump(), "thoughts": thoughts}

    def approve(self, state: ReasonerState) -> Update:
        """Wait for a person's decision on the next call; nothing else happens in this node.

        LangGraph runs a node again from its start when it is resumed, so the call itself is made
        in the node after this one.
        """
        first, *rest = state["pending"]
        approval = acting.approval_for(first, self.toolbox, language_in(state))
        if isinstance(approval, Approval):
            decision = interrupt(approval.model_dump(mode="json"))
            return {"pending": [{**first, "approved": is_approved(decision)}, *rest]}
        return {"pending": [{**first, "problem": approval}, *rest]}

    def act(self, state: ReasonerState) -> Update:
        """Make the next call."""
        first, *rest = state["pending"]
        spent = Spent.model_validate(state["spent"])
        again = acting.earlier(first, state["calls"], state["keys"], self.toolbox)
        if again is not None:
            counts = not acting.asked_twice(first, state["entries"], self.toolbox)
            spent = spent.model_copy(update={"repeats": spent.repeats + counts})
            entry = Entry(kind="observation", text=again, id=first["id"], tool=first["tool"])
            ended = "repeated" if spent.repeats > 1 and not rest else ""
            return self._answered(state, rest, entry, spent) | {"ended": ended}
        started = time.monotonic()
        used = acting.make(first, self.toolbox)
        passages = [Passage.model_validate(fields) for fields in state["passages"]]
        text, cut = observed(used.call, used.artifact, passages, self.budgets.output_chars)
        call = used.call.model_copy(update={"result": text})
        get_stream_writer()(ToolUsed(call=call))
        program = program_of(call, used.artifact, language_in(state))
        notes = remarks_on(call, program, state, self.budgets.output_chars if cut else None)
        entry = Entry(kind="observation", text=text, id=first["id"], tool=first["tool"])
        elapsed = spent.seconds + time.monotonic() - started
        update = self._answered(state, rest, entry, spent.model_copy(update={"seconds": elapsed}))
        return update | {
            "calls": [*state["calls"], call.model_dump(mode="json")],
            "keys": [*state["keys"], acting.key_of(first, self.toolbox)],
            "acted": [*state["acted"], *([text] if acting.has_acted(call, self.toolbox) else [])],
            "programs": [*state["programs"], *([program.model_dump()] if program else [])],
            "passages": [passage.model_dump(mode="json") for passage in passages],
            "notes": list(dict.fromkeys([*state["notes"], *notes])),
        }

    def finish(self, state: ReasonerState) -> Update:
        """Ask once for the best answer that what was found supports; else say that there is none.

        No time or tokens left: the model is not asked.
        """
        spent = Spent.model_validate(state["spent"])
        left = spent.over(self.budgets) in ("", "steps") and state["ended"] not in _UNABLE
        answer, usage = "", Usage.model_validate(state["usage"])
        if left and state["calls"]:
            messages = self.asking.to_finish(
                state["question"], state["entries"], language_in(state)
            )
            try:
                completion = self.completer.complete(messages, generation=Generation(temperature=0))
            except ModelError:
                completion = Completion(text="")
            usage += completion.usage
            answer = last_word(completion.text, self.toolbox.names)
        solution = (
            best_effort(state, answer, self.budgets) if answer else gave_up(state, self.budgets)
        )
        return {"solution": solution.model_copy(update={"usage": usage}).model_dump(mode="json")}

    def propose(self, state: ReasonerState) -> Update:
        """Hand over an action that needs facts from the user; the loop ends here."""
        call = acting.proposal(state["pending"][0], self.toolbox)
        text = wording.PROPOSED[language_in(state)]
        proposed = finished({**state, "answer": text}).model_copy(
            update={"solved": False, "proposed": call}
        )
        return {"solution": proposed.model_dump(mode="json")}

    def deliver(self, state: ReasonerState) -> Update:
        """The answer with everything it rests on."""
        return {"solution": finished(state).model_dump(mode="json")}

    def after_thinking(self, state: ReasonerState) -> str:
        """The node after ``think`` or ``act``."""
        if state["answer"]:
            return "deliver"
        if state["ended"]:
            return "finish"
        if not state["pending"]:
            return "think"
        first = state["pending"][0]
        if acting.proposal(first, self.toolbox) is not None:
            return "propose"
        known = acting.earlier(first, state["calls"], state["keys"], self.toolbox) is not None
        return "approve" if acting.wants_approval(first, self.toolbox) and not known else "act"

    def _ask(self, state: ReasonerState, native: bool) -> tuple[Completion, list[BaseMessage]]:
        messages = [
            *self.asking.to_begin(
                state, self.toolbox, native=native, history=state.get("history", "")
            ),
            *as_messages(state["entries"], native=native),
        ]
        if native:
            tools = self.toolbox.as_langchain()
            return self.completer.complete(messages, tools=tools), messages
        # Without the stop the model goes on and makes up what the tool says.
        stop = Generation(stop=("\nObservation:",))
        return self.completer.complete(messages, generation=stop), messages

    def _moved(self, state: ReasonerState, move: Move, spent: Spent) -> Update:
        if move.answer:
            return {"answer": move.answer, "spent": spent.model_dump()}
        if not move.calls:
            unclear = spent.unclear + 1
            remarks = [
                Entry(kind="step", text=move.thought or "…"),
                Entry(kind="remark", text=move.problem),
            ]
            return {
                "entries": [*state["entries"], *remarks],
                "spent": spent.model_copy(update={"unclear": unclear}).model_dump(),
                "ended": "unclear" if unclear > MOST_UNCLEAR else "",
            }
        pending = [cast(Asked, dict(call)) for call in move.calls[:MOST_CALLS]]
        problem = move.problem
        if len(move.calls) > MOST_CALLS:
            problem = _TOO_MANY.format(most=MOST_CALLS)
        step = Entry(kind="step", text=move.thought, calls=pending)
        if problem:
            # The remark must follow the results, which native calls want right after the step.
            pending[-1] = {**pending[-1], "remark": problem}
        return {
            "entries": [*state["entries"], step],
            "pending": pending,
            "spent": spent.model_copy(update={"unclear": 0}).model_dump(),
        }

    def _answered(
        self, state: ReasonerState, rest: list[Asked], entry: Entry, spent: Spent
    ) -> Update:
        entries = [*state["entries"], entry]
        if remark := state["pending"][0].get("remark"):
            entries.append(Entry(kind="remark", text=remark))
        return {"entries": entries, "pending": rest, "spent": spent.model_dump()}


def can_call(completer: Completer) -> bool:
    """Whether a model declares native calls of tools: its class defines ``bind_tools``."""
    from langchain_core.language_models import BaseChatModel

    return type(completer.chat).bind_tools is not BaseChatModel.bind_tools


def is_approved(decision: Any) -> bool:
    """The decision in what a graph is resumed with; anything unclear is a no."""
    if isinstance(decision, dict):
        return decision.get("approved") is True
    return decision is True
