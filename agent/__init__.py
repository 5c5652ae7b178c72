"""The agent: a LangGraph graph that sends each question to where its answer is."""

from chorei.agent.agent import Agent, AskOptions
from chorei.agent.feedback import Feedback, Said
from chorei.agent.forms import decision
from chorei.agent.graph import AgentGraph, build_graph
from chorei.agent.protocols import Quote, Reader, Reading, Router
from chorei.agent.reader import ExtractiveReader
from chorei.agent.router import RuleRouter
from chorei.agent.sessions import SessionInfo, Sessions

__all__ = [
    "Agent",
    "AgentGraph",
    "AskOptions",
    "ExtractiveReader",
    "Feedback",
    "Quote",
    "Reader",
    "Reading",
    "Router",
    "RuleRouter",
    "Said",
    "SessionInfo",
    "Sessions",
    "build_graph",
    "decision",
]
