"""The graph: understand, route, then documents or arithmetic or a word of its own, then check."""

from typing import TypeAlias

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from chorei.agent.nodes import Nodes
from chorei.agent.state import AgentInput, AgentOutput, AgentState

AgentGraph: TypeAlias = CompiledStateGraph[AgentState, None, AgentInput, AgentOutput]


def build_graph(nodes: Nodes, checkpointer: BaseCheckpointSaver[str] | None = None) -> AgentGraph:
    """Compile the graph.

    Args:
        nodes: What happens at each node.
        checkpointer: Keeps conversations by ``thread_id``; None leaves that to a parent graph.
    """
    graph = StateGraph(AgentState, input_schema=AgentInput, output_schema=AgentOutput)
    for name, node in (
        ("understand", nodes.understand),
        ("route", nodes.route),
        ("retrieve", nodes.retrieve),
        ("read", nodes.read),
        ("compute", nodes.compute),
        ("introduce", nodes.introduce),
        ("refuse", nodes.refuse),
        ("deliver", nodes.deliver),
    ):
        graph.add_node(name, node)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "route")
    graph.add_conditional_edges(
        "route",
        lambda state: state["route"]["kind"],
        {
            "documents": "retrieve",
            "arithmetic": "compute",
            "about": "introduce",
            "decline": "refuse",
        },
    )
    graph.add_edge("retrieve", "read")
    for last in ("read", "compute", "introduce", "refuse"):
        graph.add_edge(last, "deliver")
    graph.add_edge("deliver", END)
    return graph.compile(checkpointer=checkpointer, name="chorei")
