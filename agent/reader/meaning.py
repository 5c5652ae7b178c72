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


def echoes(question: Question, page: Page) -> list[tuple[float, float, float]]:
    """How near the nearest word of each unit comes to each word of the question, on average.

    Args:
        question: The question.
        page: The passage.

    Returns:
        For each unit: itself (with the line that introduces it), it with the headings, both
        weighted by how much a word of the question matters; and itself, unweighted.
    """
    import numpy as np

    words = word_vectors()
    stems: list[str] = []
    weights: list[float] = []
    for term in question.terms:
        called = next((f for f, credit in term.forms.items() if credit >= _MEANT), "")
        for stem in called.split():
            stems.append(stem)
            weights.append(term.weight)
    if not stems or not sum(weights):
        return [(0.0, 0.0, 0.0)] * len(page.units)
    share = np.array(weights, np.float32) / sum(weights)
    own = [list(unit.bag.keys) for unit in page.units]
    frame = list(page.frame.keys | page.heading.keys)
    keys = [key for unit in (*own, frame) for key in unit]
    near = words.vectors[words.at(stems)] @ words.vectors[words.at(keys)].T
    ends = np.cumsum([len(unit) for unit in (*own, frame)])
    parts = np.split(near, ends[:-1], axis=1)
    above = parts[-1].max(axis=1, initial=0.0)
    best = []
    for unit, part in zip(page.units, parts, strict=False):
        exact = np.array([stem in unit.bag.keys for stem in stems], np.float32)
        best.append(np.maximum(part.max(axis=1, initial=0.0), exact))
    found = []
    for unit, alone in zip(page.units, best, strict=True):
        near_it = alone if unit.lead is None else np.maximum(alone, best[unit.lead])
        found.append(
            (
                float(near_it @ share),
                float(np.maximum(near_it, above) @ share),
                float(near_it.mean()),
            )
        )
    return found


def _unit(vectors: "Vectors") -> "Vectors":
    import numpy as np

    length = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    unit: Vectors = vectors / np.maximum(length, 1e-6)
    return unit
