"""How nearly a sentence means what a question asks: sums of the vectors of their words."""

from typing import TYPE_CHECKING, Final

from chorei.agent.reader.question import Question
from chorei.agent.reader.relatedness import word_vectors
from chorei.agent.reader.units import Page

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_MEANT: Final = 0.8  # what a term may be called at least so surely lends it its meaning


def sense_of(question: Question) -> "Vectors":
    """What a question asks about, as a unit vector; zero if none of its words is known.

    English words stand for the Vietnamese ones they translate.

    Args:
        question: The question.

    Returns:
        Shape ``(dimensions,)``.
    """
    words = word_vectors()
    shares: dict[str, float] = {}
    for term in question.terms:
        called = [form for form, credit in term.forms.items() if credit >= _MEANT]
        own = [form for form in called[:1] if question.language == "en"] or called
        known = dict.fromkeys(stem for form in own for stem in form.split() if stem in words.rows)
        for stem in known:
            share = (0.5 if term.optional else 1.0) / len(own)
            shares[stem] = max(shares.get(stem, 0.0), share)
    rows = words.at(shares)
    return _unit(list(shares.values()) @ words.weighted(rows))


def senses(asked: "Vectors", page: Page) -> list[tuple[float, float, float]]:
    """How nearly each unit of a passage means what is asked: cosines, 0 for what is unknown.

    Args:
        asked: What is asked, from :func:`sense_of`.
        page: The passage.

    Returns:
        For each unit: itself, what frames it, and both together.
    """
    import numpy as np

    words = word_vectors()
    keys = [unit.bag.joined.split() for unit in page.units]
    frame = [key for bag in page.topics for key in bag.joined.split()]
    rows = words.at([key for unit in (*keys, frame) for key in unit])
    running = np.cumsum(words.weighted(rows), axis=0)
    running = np.vstack((np.zeros((1, running.shape[1]), running.dtype), running))
    ends = np.cumsum([0, *map(len, keys), len(frame)])
    sums = running[ends[1:]] - running[ends[:-1]]
    own, above = sums[:-1], sums[-1:]
    alone, framing, both = _unit(own) @ asked, _unit(above) @ asked, _unit(own + above) @ asked
    return [(a, float(framing[0]), b) for a, b in zip(alone.tolist(), both.tolist(), strict=True)]


def _unit(vectors: "Vectors") -> "Vectors":
    import numpy as np

    length = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    unit: Vectors = vectors / np.maximum(length, 1e-6)
    return unit
