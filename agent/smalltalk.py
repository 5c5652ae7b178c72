"""Small talk about the assistant itself, in English and Vietnamese."""

import re
from typing import Final, Literal

from chorei.core import fold

Topic = Literal["greeting", "identity", "abilities", "thanks", "farewell"]

# Each pattern must fit the whole question, folded and without punctuation: "Who are you
# supposed to call?" is no small talk.
_ADDRESS = r"(?: (?:there|chorei|all|everyone|ban|em|anh|chi|ad|bot|moi nguoi|ca nha|a|nhe|nha))*"
_PHRASES: Final[dict[Topic, tuple[str, ...]]] = {
    "greeting": (
        rf"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)){_ADDRESS}",
        rf"(?:xin chao|chao|alo){_ADDRESS}",
    ),
    "thanks": (
        r"(?:ok |okay |great )?(?:many )?(?:thanks|thank you|thx|cheers)"
        rf"(?: (?:very much|so much|a lot|again))?{_ADDRESS}",
        rf"(?:ok |tot |da )?cam on(?: (?:nhieu|rat nhieu))?{_ADDRESS}",
    ),
    "farewell": (
        rf"(?:bye|bye bye|goodbye|good bye|see you(?: later)?|tam biet|hen gap lai){_ADDRESS}",
    ),
    "identity": (
        r"(?:who|what) are you",
        r"who (?:made|built|created) you",
        r"what (?:is|s) your name",
        r"are you (?:a |an )?(?:human|robot|bot|ai|chatbot|real person)",
        r"introduce yourself|tell me about yourself",
        r"(?:what|who) is chorei",
        r"(?:ban|em|anh|chi|may) (?:la ai|ten (?:la )?gi|la gi)|ten (?:cua )?ban la gi",
        r"ai (?:tao|lam) ra ban",
        r"ban (?:co )?(?:phai )?(?:la )?(?:nguoi|robot|may|ai)(?: that)?"
        r"(?: hay (?:la )?(?:nguoi|robot|may|ai))?(?: (?:khong|a|ha))?",
        r"(?:hay )?(?:tu )?gioi thieu (?:ve )?ban(?: than)?",
    ),
    "abilities": (
        r"what (?:can|do) you do(?: for me)?",
        r"how (?:do|can) (?:i|you) (?:use you|help(?: me)?)",
        r"what (?:can|should|may) i ask(?: you)?",
        r"what (?:do you know|are you able to do|are you for)",
        r"help|help me|can you help me|giup|giup toi|huong dan",
        r"ban (?:co the )?(?:lam|giup)(?: toi)? (?:duoc )?(?:nhung )?(?:viec )?gi(?: duoc)?",
        r"ban (?:biet|tra loi duoc) (?:nhung )?gi",
        r"toi (?:co the|nen) hoi (?:ban )?(?:nhung )?gi",
    ),
}
_PATTERNS: Final = {topic: re.compile("|".join(said)) for topic, said in _PHRASES.items()}


def spoken(text: str) -> str:
    """The words of a text, folded, one space between them."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def small_talk(question: str) -> Topic | None:
    """Which small talk about the assistant the question is, if it is nothing else."""
    said = spoken(question)
    return next((topic for topic, p in _PATTERNS.items() if p.fullmatch(said)), None)
