"""Several questions at once in an asyncio program, and one answer streamed."""

import asyncio
import tempfile
from pathlib import Path

from chorei.agent import Agent
from chorei.core import TextDelta
from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"
QUESTIONS = (
    "On which days do you roast?",
    "Mất máy tính xách tay thì báo ai?",
    "What is 12% of 4,350?",
)


async def main(agent: Agent) -> None:
    answers = await asyncio.gather(*(agent.aask(question) for question in QUESTIONS))
    for answer in answers:
        print(f"» {answer.question} ({answer.route.kind})\n{answer.text}\n")

    print("» When is the winter party?")
    async for event in agent.astream("When is the winter party?"):
        if isinstance(event, TextDelta):
            print(event.text, end="", flush=True)
    print()


with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
    library.add(COMPANY)
    with Agent(library) as agent:
        asyncio.run(main(agent))
