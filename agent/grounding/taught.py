"""What an adapter says, held against the marks of what it was taught to say."""

from typing import Final

from chorei.adapters.declaration import Topic, mark
from chorei.agent.grounding.statements import statements
from chorei.agent.reader.stopwords import is_function_word
from chorei.core import Frozen, Language, words

_COVERED: Final = 0.7  # as for statements that quotations support


class Taught(Frozen):
    """An answer of an adapter, divided.

    Attributes:
        text: The statements that it was taught; empty if there are none.
        strange: Words and numbers that made the others strange, numbers first.
    """

    text: str = ""
    strange: tuple[str, ...] = ()


def taught(said: str, question: str, topic: Topic, language: Language) -> Taught:
    """Divide an answer by whether the adapter was trained to say so.

    Every number of a statement and at least 70% of its other content words must have been in the
    answers that were trained for the topic; words of the question count for nothing. What was
    trained may be wrong: this finds what the adapter makes up, not what its records have wrong.

    Args:
        said: What the adapter wrote.
        question: What it was asked.
        topic: What it was asked about.
        language: Language of the answer.
    """
    known = frozenset(topic.taught)
    asked = set(words(question))
    kept: list[str] = []
    strange: list[str] = []
    for statement in statements(said):
        own = [w for w in words(statement.text) if not is_function_word(w, language)]
        foreign = [word for word in own if mark(word) not in known]
        numbers = [word for word in foreign if any(c.isdigit() for c in word)]
        telling = [word for word in own if word not in asked]
        missing = [word for word in foreign if word not in asked]
        if not own:
            continue
        if numbers or len(missing) > (1 - _COVERED) * len(telling):
            strange += [*numbers, *(word for word in missing if word not in numbers)]
        else:
            kept.append(statement.text)
    return Taught(text=" ".join(map(_ended, kept)), strange=tuple(dict.fromkeys(strange)))


def _ended(statement: str) -> str:
    text = statement.strip()
    return text if text[-1:] in '.!?…:”"' else f"{text}."
