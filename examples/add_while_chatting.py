"""Documents may be added while people ask: the next question sees them."""

import tempfile
import threading
from pathlib import Path

from chorei.agent import Agent
from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"
QUESTION = "When does the choir rehearse?"

with tempfile.TemporaryDirectory() as folder, Library(folder) as library, Agent(library) as agent:
    library.add(COMPANY / "handbook.md")
    session = agent.sessions.new()
    print(f"» {QUESTION}\n{agent.ask(QUESTION, session=session).text}\n")

    library.add_text("The choir rehearses on Mondays at 18:00 in Fulmar.", name="notices/choir.txt")
    print(f"» {QUESTION}\n{agent.ask(QUESTION, session=session).text}\n")

    adding = threading.Thread(target=library.add, args=(COMPANY,))
    adding.start()
    print(f"» while {COMPANY.name}/ is added: How long is probation?")
    print(agent.ask("How long is probation?", session=session).text)
    adding.join()
    print(f"\n{len(library.documents())} documents, {len(agent.sessions.history(session))} turns")
