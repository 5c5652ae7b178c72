"""The first lines of a chat: whom one talks to, and what could be asked."""

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from chorei.interfaces.console import printable
from chorei.interfaces.rendering import print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.agent import Agent
    from chorei.core import Document, Language
    from chorei.retrieval import Library

_LINES = {
    "en": "Ask in English or Vietnamese; every answer quotes the document it comes from.",
    "vi": "Bạn có thể hỏi bằng tiếng Việt hoặc tiếng Anh; câu trả lời luôn dẫn nguồn.",
}
_ABOUT = {"en": "What are the rules for {heading}?", "vi": "Quy định về {heading} như thế nào?"}
_DOCUMENTS = 12
_TRIES = 10
_QUESTION = range(12, 90)
_TOPIC = range(6, 32)


def print_welcome(console: "Console", agent: "Agent") -> None:
    """Greets in the language of the terminal, the other one below it."""
    from rich.text import Text

    count = len(agent.library.documents())
    head = Text(agent.settings.assistant, style="bold cyan")
    if agent.settings.company:
        head.append(f" · {printable(agent.settings.company)}", style="bold")
    head.append(f" · {'1 document' if count == 1 else f'{count} documents'}", style="dim")
    if agent.model:
        head.append(f" · {printable(agent.model)}", style="dim")
    console.print(head)
    if agent.moved_facts:
        text = f"{len(agent.moved_facts)} company facts found no room in the system message;"
        console.print(Text(f"{text} they are searched instead.", style="yellow"), soft_wrap=False)
    first = terminal_language()
    console.print(Text(_LINES[first]), soft_wrap=False)
    console.print(Text(_LINES["vi" if first == "en" else "en"], style="dim"), soft_wrap=False)
    if count == 0:
        console.print(Text("There are no documents yet: /add PATH"), soft_wrap=False)
    for question in suggested_questions(agent):
        print_hanging(console, "  · ", Text(printable(question), style="italic"))
    console.print()


def terminal_language() -> "Language":
    """Vietnamese if the locale says so, else English (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def suggested_questions(agent: "Agent", limit: int = 3) -> list[str]:
    """Questions that the library answers, in both languages if it holds both.

    Taken from headings that are questions, then made of headings. Each is tried before it is
    shown: a suggestion that is declined would be a poor welcome.
    """
    candidates = dict.fromkeys(islice(_candidates(agent.library), _TRIES))
    answered = (
        question for question in candidates if not agent.ask(question, without_model=True).declined
    )
    return list(islice(answered, limit))


def _candidates(library: "Library") -> Iterator[str]:
    """Questions about the largest documents, the languages by turns."""
    largest = sorted(library.documents(), key=lambda d: -d.passages)[:_DOCUMENTS]
    by_language: dict[str, list[Document]] = {terminal_language(): []}
    for document in largest:
        by_language.setdefault(document.language, []).append(document)
    yield from _by_turns(_of_language(library, found) for found in by_language.values())


def _of_language(library: "Library", documents: "list[Document]") -> Iterator[str]:
    sections = {document.id: _sections(library, document) for document in documents}
    yield from _by_turns(_asked(names) for names in sections.values())
    yield from _by_turns(_made(library, d, sections[d.id]) for d in documents)


def _sections(library: "Library", document: "Document") -> list[str]:
    """The headings of a document, that of the longest section first."""
    lengths: Counter[str] = Counter()
    for passage in library.passages(document.id):
        if passage.heading and passage.heading[-1] != document.title:
            lengths[passage.heading[-1]] += len(passage.text)
    return [heading for heading, _ in lengths.most_common()]


def _asked(headings: list[str]) -> Iterator[str]:
    return (h for h in headings if h.endswith("?") and len(h) in _QUESTION)


def _made(library: "Library", document: "Document", headings: list[str]) -> Iterator[str]:
    written = set(library.text(document.id).split())
    for heading in headings:
        if not heading.endswith("?") and len(heading) in _TOPIC:
            yield _ABOUT[document.language].format(heading=_within_sentence(heading, written))


def _within_sentence(heading: str, written: set[str]) -> str:
    """The heading without its capital, if the document writes its first word so elsewhere."""
    lowered = heading[:1].lower() + heading[1:]
    return lowered if lowered.split()[0] in written else heading


def _by_turns(sources: Iterable[Iterator[str]]) -> Iterator[str]:
    waiting = deque(sources)
    while waiting:
        source = waiting.popleft()
        for item in islice(source, 1):
            yield item
            waiting.append(source)
