"""The reasoning graph on LangGraph, and the solver around it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from chorei.agent.completion import Completer
from chorei.agent.protocols import Solution
from chorei.agent.reasoning.asking import Asking
from chorei.agent.reasoning.budgets import Budgets
from chorei.agent.reasoning.loop import Loop
from chorei.agent.reasoning.state import (
    ReasonerInput,
    ReasonerOutput,
    ReasonerState,
    solution_of,
)
from chorei.agent.reasoning.steps import MOST_CALLS
from chorei.core import Approval, Language
from chorei.tools.toolbox import Toolbox

ReasonerGraph: TypeAlias = CompiledStateGraph[ReasonerState, None, ReasonerInput, ReasonerOutput]
Approve: TypeAlias = Callable[[Approval], bool]


def build_reasoner(
    completer: Completer,
    toolbox: Toolbox,
    budgets: Budgets | None = None,
    prompts: Path | None = None,
    checkpointer: BaseCheckpointSaver[str] | None = None,
    *,
    native: bool | None = None,
    assistant: str = "chorei",
    company: str = "",
    facts: str = "",
) -> ReasonerGraph:
    """Compile the graph: think, act, think … until there is an answer or a budget is used up.

    Before a tool that acts on the world the graph is interrupted; the interrupt's value is the
    fields of an :class:`~chorei.core.Approval`, and ``Command(resume={"approved": bool})`` goes on.
    An action whose tool declares facts is not done here: the loop ends with it ``proposed``.
    As each tool ends, a :class:`~chorei.core.ToolUsed` goes to the stream mode ``custom``.

    Args:
        completer: The model.
        toolbox: The tools.
        budgets: What one question may use.
        prompts: Folder with prompts that replace the built-in ones.
        checkpointer: Keeps the state by ``thread_id``; None leaves that to a parent graph.
            Without any, a tool that acts cannot be approved.
        native: Whether tools are called in the model's native form; None tries it if the model
            declares it, and goes on in text if its server refuses.
        assistant: Name of the assistant.
        company: Name of the company; empty if unnamed.
        facts: Facts about the company that are always told.
    """
    limits = budgets or Budgets()
    asking = Asking(folder=prompts, assistant=assistant, company=company, facts=facts)
    loop = Loop(completer, toolbox, limits, asking, native)
    compiled = _wired(loop).compile(checkpointer=checkpointer, name="reasoner")
    return compiled.with_config(recursion_limit=recursion_limit(limits))


def _wired(loop: Loop) -> StateGraph[ReasonerState, None, ReasonerInput, ReasonerOutput]:
    graph = StateGraph(ReasonerState, input_schema=ReasonerInput, output_schema=ReasonerOutput)
    for name, node in (
        ("begin", loop.begin),
        ("think", loop.think),
        ("approve", loop.approve),
        ("act", loop.act),
        ("finish", loop.finish),
        ("propose", loop.propose),
        ("deliver", loop.deliver),
    ):
        graph.add_node(name, node)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "think")
    goes = ["think", "approve", "act", "propose", "finish", "deliver"]
    for name in ("think", "act"):
        graph.add_conditional_edges(name, loop.after_thinking, goes)
    graph.add_edge("approve", "act")
    graph.add_edge("propose", END)
    graph.add_edge("finish", END)
    graph.add_edge("deliver", END)
    return graph


def recursion_limit(budgets: Budgets) -> int:
    """Nodes that the graph may run; above what the budgets allow, so that they decide."""
    return 10 + (budgets.steps + 1) * (1 + 2 * MOST_CALLS)


class Reasoner:
    """Answers step by step with tools; a solver around :func:`build_reasoner`.

    Inside a node of another graph, the wait for an approval interrupts that graph, and its
    checkpointer keeps the state. Outside, ``approve`` decides.

    Args:
        completer: The model.
        toolbox: The tools; they may be given for each question instead.
        budgets: What one question may use.
        prompts: Folder with prompts that replace the built-in ones.
        approve: Decides on actions outside a graph; by default all are refused.
        options: Further arguments of :func:`build_reasoner`.
    """

    def __init__(
        self,
        completer: Completer,
        toolbox: Toolbox,
        budgets: Budgets | None = None,
        prompts: Path | None = None,
        *,
        approve: Approve | None = None,
        **options: Any,
    ) -> None:
        self._approve = approve
        self._build = partial(build_reasoner, completer, toolbox, budgets, prompts, **options)
        self.graph = self._build()

    def solve(self, question: str, *, language: Language, background: str = "") -> Solution:
        """See :meth:`chorei.agent.protocols.Solver.solve`.

        Raises:
            ModelError: The model or its server failed.
        """
        asked = ReasonerInput(question=question, language=language, background=background)
        if _in_graph():
            return self._nested(asked)
        saver = InMemorySaver()
        graph = self._build(checkpointer=saver)
        config: RunnableConfig = {"configurable": {"thread_id": "here"}}
        state = graph.invoke(asked, config)
        while waiting := state.get("__interrupt__"):
            approval = Approval.model_validate(waiting[0].value)
            approved = self._approve is not None and self._approve(approval)
            state = graph.invoke(Command(resume={"approved": approved}), config)
        return solution_of(cast(ReasonerOutput, state))

    def _nested(self, asked: ReasonerInput) -> Solution:
        """Run within the node that is calling; an interrupt passes through to its graph."""
        write = get_stream_writer()
        state: Any = None
        # With two stream modes LangGraph yields pairs, which its types do not say.
        steps = cast(
            Iterator[tuple[str, Any]], self.graph.stream(asked, stream_mode=["custom", "values"])
        )
        for mode, chunk in steps:
            if mode == "custom":
                # A graph called in a node does not reach the stream of the node's graph itself.
                write(chunk)
            else:
                state = chunk
        return solution_of(cast(ReasonerOutput, state))


def _in_graph() -> bool:
    """Whether a node of a LangGraph graph is calling."""
    config = var_child_runnable_config.get() or {}
    return "__pregel_runtime" in config.get("configurable", {})
