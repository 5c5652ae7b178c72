"""Put the agent into a LangGraph application of your own, as one of its nodes."""

import tempfile
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from chorei.agent import Agent
from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"


class Ticket(TypedDict, total=False):
    question: str  # shared with the agent's graph
    answer: dict[str, Any]  # shared with the agent's graph
    reply: str


def reply(state: Ticket) -> Ticket:
    return {"reply": f"Dear colleague,\n\n{state['answer']['text']}\n\nYour help desk"}


def hand_over(state: Ticket) -> Ticket:
    return {"reply": f"A person from the People team will answer: {state['question']}"}


with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
    library.add(COMPANY)
    with Agent(library) as agent:
        desk = StateGraph(Ticket)
        desk.add_node("documents", agent.graph)
        desk.add_node(reply)
        desk.add_node(hand_over)
        desk.add_edge(START, "documents")
        desk.add_conditional_edges(
            "documents", lambda state: "hand_over" if state["answer"]["declined"] else "reply"
        )
        desk.add_edge("reply", END)
        desk.add_edge("hand_over", END)
        app = desk.compile()
        for question in ("On which day are salaries paid?", "May I bring my dog to the office?"):
            print(app.invoke({"question": question})["reply"], end="\n\n")
