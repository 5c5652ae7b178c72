"""Follow an answer while it is made: each step is a typed event."""

import tempfile
from pathlib import Path

from chorei.agent import Agent
from chorei.core import Finished, Retrieved, Routed, TextDelta
from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"

with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
    library.add(COMPANY)
    with Agent(library) as agent:
        for event in agent.stream("How many days of annual leave do I get?"):
            match event:
                case Routed(route=route):
                    print(f"route      {route.kind}: {route.reason}")
                case Retrieved(documents=documents):
                    print(f"documents  {', '.join(documents)}\n")
                case TextDelta(text=text):
                    print(text, end="", flush=True)
                case Finished(answer=answer):
                    numbers = ", ".join(f"{n.text} ({n.status})" for n in answer.numbers)
                    print(f"\n\nnumbers    {numbers or 'none'}")
                    print(f"seconds    {answer.seconds:.3f}")
