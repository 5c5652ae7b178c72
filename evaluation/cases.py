"""Questions with known answers, and the libraries they are asked of."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from chorei.core import ChoreiError, Frozen, Language, plain
from chorei.retrieval import Library

Split = Literal["dev", "test"]

SETS: Final = ("handbooks", "paraphrases", "company", "abstention-en", "abstention-vi")
TRAINING: Final = ("authored", "companies")
"""Written to train on: over the handbooks, and over a dozen made-up companies."""
ROOT: Final = Path(__file__).resolve().parents[1]
SHARED: Final = ROOT.parent / "shared" / "data"
_QUESTIONS: Final = Path(__file__).parent / "questions"
_SPACE: Final = re.compile(r"\s+")


class Case(Frozen):
    """A question and how its answer is judged.

    Attributes:
        id: Unique in its set.
        question: As a person asks it.
        language: The language of the question.
        answerable: Whether the documents state the answer.
        documents: Endings of the names of documents that hold it; any if empty.
        answers: One of these must stand in a quotation, whatever its case and white space.
        split: ``dev`` for tuning, ``test`` for reporting only.
        after: Id of the question before it in the same conversation.
        note: A remark.
    """

    id: str
    question: str
    language: Language
    library: str = ""
    answerable: bool
    documents: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    split: Split = "dev"
    after: str = ""
    note: str = ""

    def fits(self, document: str) -> bool:
        """Whether a document is one that holds the answer."""
        return not self.documents or document.endswith(self.documents)

    def stated_in(self, text: str) -> bool:
        """Whether a text states the answer."""
        squeezed = {_squeezed(text), _squeezed(plain(text))}
        return any(_squeezed(answer) in found for answer in self.answers for found in squeezed)


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text).lower()


def cases(name: str) -> list[Case]:
    """The questions of a set.

    Args:
        name: One of :data:`SETS` or :data:`TRAINING`.

    Raises:
        ChoreiError: The shared data are not there.
    """
    if name.startswith("abstention"):
        return [case for case, _ in _abstention(name)]
    file = _QUESTIONS / f"{name}.jsonl"
    return [Case.model_validate_json(line) for line in file.read_text("utf-8").splitlines()]


def library(name: str, directory: Path) -> Library:
    """A library with the documents of a set, filled on its first use.

    Args:
        name: One of :data:`SETS` or :data:`TRAINING`.
        directory: Where libraries are kept.

    Raises:
        ChoreiError: The documents are not there.
    """
    over_handbooks = name in ("handbooks", "paraphrases", "authored")
    opened = Library(directory / ("handbooks" if over_handbooks else name))
    if name == "company":
        opened.add(ROOT / "examples" / "company", sync=True)
    elif name == "companies":
        opened.add(_QUESTIONS / "companies", sync=True)
    elif over_handbooks:
        opened.add(_shared("handbooks"), sync=True)
    else:
        present = {document.name for document in opened.documents()}
        paragraphs = dict(text for _, text in _abstention(name))
        for identity, text in paragraphs.items():
            if f"{identity}.txt" not in present:
                opened.add_text(text, name=f"{identity}.txt")
    return opened


def _abstention(name: str) -> Iterator[tuple[Case, tuple[str, str]]]:
    """Each case with its paragraph; half of the paragraphs are for tuning."""
    language: Language = "vi" if name.endswith("vi") else "en"
    file = _shared("abstention") / f"abstention_{language}.jsonl"
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    contexts = sorted({record["context_id"] for record in records})
    random.Random(5).shuffle(contexts)
    dev = set(contexts[::2])
    for record in records:
        context = record["context_id"]
        case = Case(
            id=record["id"],
            question=record["question"],
            language=language,
            library=name,
            answerable=record["answerable"],
            documents=(f"{context}.txt",),
            answers=tuple(record["answers"]),
            split="dev" if context in dev else "test",
        )
        yield case, (context, record["context"])


def _shared(folder: str) -> Path:
    path = SHARED / folder
    if not path.is_dir():
        raise ChoreiError(
            f"The shared data are not at {path}.", hint="Put them there, or use --set company."
        )
    return path
