"""The nodes of the graph: what happens to a question on its way to an answer."""

from chorei.agent.nodes.actions import ActionNodes
from chorei.agent.nodes.dialogue import DialogueNodes
from chorei.agent.nodes.documents import DocumentNodes
from chorei.agent.nodes.reasoning import ReasoningNodes

__all__ = ["ActionNodes", "DialogueNodes", "DocumentNodes", "ReasoningNodes"]
