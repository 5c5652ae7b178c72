"""The graph: understand, act or route, then the node of the route, then check and deliver."""

from typing import Final, TypeAlias

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from chorei.agent.engines import Engines
from chorei.agent.nodes import ActionNodes, DialogueNodes, DocumentNodes, ReasoningNodes
from chorei.agent.state import AgentInput, AgentOutput, AgentState
from chorei.core import Settings
from chorei.retrieval import Library
from chorei.tools import Toolbox

AgentGraph: TypeAlias = CompiledStateGraph[AgentState, None, AgentInput, AgentOutput]

_NODE_OF_ROUTE: Final[dict[str, str]] = {
    "documents": "retrieve",
    "arithmetic": "compute",
    "program": "program",
    "tools": "reason",
    "model": "recall",
    "about": "introduce",
    "decline": "refuse",
}


def build_graph(
    library: Library,
    settings: Settings,
    engines: Engines,
    toolbox: Toolbox,
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> AgentGraph:
    """Compile the graph.

    Args:
        library: Where documents are searched.
        settings: Limits and names.
        engines: What the nodes work with.
        toolbox: The company's tools.
        checkpointer: Keeps conversations by ``thread_id``; None leaves that to a parent graph.
    """
    dialogue = DialogueNodes(settings, engines, toolbox)
    documents = DocumentNodes(library, settings, engines)
    reasoning = ReasoningNodes(engines, documents, toolbox)
    actions = ActionNodes(toolbox)
    graph = StateGraph(AgentState, input_schema=AgentInput, output_schema=AgentOutput)
    for name, node in (
        ("understand", dialogue.understand),
        ("collect", actions.collect),
        ("approve", actions.approve),
        ("act", actions.act),
        ("route", dialogue.route),
        ("retrieve", documents.retrieve),
        ("read", documents.read),
        ("compute", dialogue.compute),
        ("program", reasoning.program),
        ("reason", reasoning.reason),
        ("recall", reasoning.recall),
        ("introduce", dialogue.introduce),
        ("refuse", dialogue.refuse),
        ("deliver", dialogue.deliver),
    ):
        graph.add_node(name, node)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "collect")
    graph.add_conditional_edges("collect", _after_collecting, ["route", "approve", "deliver"])
    graph.add_edge("approve", "act")
    graph.add_conditional_edges("route", _after_routing, [*_NODE_OF_ROUTE.values()])
    graph.add_edge("retrieve", "read")
    # What no document holds, an adapter may have learned; where they speak, it is compared.
    graph.add_conditional_edges("read", documents.after_reading, ["recall", "deliver"])
    for last in ("compute", "introduce", "refuse", "act"):
        graph.add_edge(last, "deliver")
    # A model that fails changes the route: the documents answer instead.
    for thinking in ("program", "reason", "recall"):
        graph.add_conditional_edges(
            thinking,
            _after_thinking,
            ["retrieve", "approve", "deliver"],
        )
    graph.add_edge("deliver", END)
    return graph.compile(checkpointer=checkpointer, name="chorei")


def _after_collecting(state: AgentState) -> str:
    if not state["route"]:
        return "route"
    return "approve" if state["approval"] else "deliver"


def _after_routing(state: AgentState) -> str:
    # What an adapter claims to know is looked for in the documents first.
    return "retrieve" if state["claim"] else _NODE_OF_ROUTE[state["route"]["kind"]]


def _after_thinking(state: AgentState) -> str:
    if state["route"]["kind"] == "documents" and not state["claim"]:
        return "retrieve"
    return "approve" if state["approval"] else "deliver"
