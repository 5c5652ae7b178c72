"""Ask a folder of documents, in English and Vietnamese, and see where the answers stand."""

import tempfile
from pathlib import Path

from chorei.agent import Agent
from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"

with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
    library.add(COMPANY)
    agent = Agent(library)
    for question in (
        "What is the limit for a hotel in London?",
        "Thời gian thử việc kéo dài bao lâu?",
        "Will the company pay for my gym membership?",
    ):
        answer = agent.ask(question)
        print(f"» {question}\n{answer.text}")
        for citation in answer.citations:
            place = " › ".join((citation.document, *citation.heading))
            print(f"  [{citation.number}] {place}, characters {citation.start}–{citation.end}")
        print()
    agent.close()
