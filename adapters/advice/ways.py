"""Which way fits: system message, documents, LoRA, full fine-tuning, continued training."""

from typing import Final

from chorei.adapters.advice.memory import (
    full_bytes,
    inference_bytes,
    lora_bytes,
    measured_flops,
    training_seconds,
)
from chorei.adapters.advice.shape import Shape
from chorei.adapters.records import Dataset
from chorei.core import Frozen

_CHARACTERS_PER_TOKEN: Final = 3
_FITS_MESSAGE: Final = 1500
_EPOCHS: Final = 8
_BATCH: Final = 8


class Way(Frozen):
    """One way to give the model this knowledge.

    Attributes:
        name: ``system message``, ``documents``, ``lora``, ``full fine-tuning`` or
            ``continued training``.
        fits: ``yes``, ``perhaps`` or ``no``.
        reason: Why, with this company's figures.
    """

    name: str
    fits: str
    reason: str


class Advice(Frozen):
    """What to know before training.

    Attributes:
        shape: The base model.
        rank: Rank that was reckoned with.
        lora_share: Trained share of the parameters.
        inference: Bytes to answer, by precision.
        lora: Bytes to train an adapter.
        full: Bytes to train everything.
        seconds: Estimated training time here; None without records.
        ways: Every way, judged.
        rules: The rules of thumb, and what measured runs say.
    """

    shape: Shape
    rank: int
    lora_share: float
    inference: dict[str, int]
    lora: int
    full: int
    seconds: float | None
    ways: tuple[Way, ...]
    rules: tuple[str, ...]


def advise(
    shape: Shape,
    dataset: Dataset | None = None,
    *,
    documents: int = 0,
    rank: int = 16,
    flops: float | None = None,
) -> Advice:
    """Reckon and recommend.

    Args:
        shape: The base model.
        dataset: The records, if there are any yet.
        documents: How many documents the library holds.
        rank: Rank of the low-rank updates.
        flops: Operations per second of this machine; measured if None.
    """
    tokens = _tokens(dataset) if dataset else 0
    count = len(dataset.train) if dataset else 0
    each = max(64, tokens // max(count, 1))
    speed = measured_flops() if flops is None and tokens else (flops or 1.0)
    return Advice(
        shape=shape,
        rank=rank,
        lora_share=shape.lora_parameters(rank) / shape.parameters,
        inference=inference_bytes(shape),
        lora=lora_bytes(shape, rank, batch=_BATCH, tokens=each).total,
        full=full_bytes(shape, batch=_BATCH, tokens=each).total,
        seconds=training_seconds(shape, tokens * _EPOCHS, speed) if tokens else None,
        ways=_ways(dataset, documents),
        rules=_rules(shape, rank, count),
    )


def _ways(dataset: Dataset | None, documents: int) -> tuple[Way, ...]:
    found = dataset.statistics() if dataset else None
    train = found.train if found else 0
    topics = found.topics if found else 0
    answers = {r.answer for r in dataset.train} if dataset else set()
    message = sum(len(answer) for answer in answers) // _CHARACTERS_PER_TOKEN
    return (
        Way(
            name="system message",
            fits="yes" if 0 < message <= _FITS_MESSAGE else "no",
            reason=f"The {len(answers)} different answers take about {message} tokens of every"
            f" prompt; up to {_FITS_MESSAGE} is fair."
            if answers
            else "There are no records to put there.",
        ),
        Way(
            name="documents",
            fits="yes" if documents else "perhaps",
            reason=f"{documents} documents are in the library: what changes, and what must be"
            " quoted, belongs there; nothing is trained and every answer cites its source."
            if documents
            else "No documents are in the library. What changes or must be quoted belongs there.",
        ),
        Way(name="lora", fits=_lora_fits(train), reason=_lora_reason(train, topics)),
        Way(
            name="full fine-tuning",
            fits="no" if train < 10_000 else "perhaps",
            reason=f"{train} records cannot determine all parameters; the model would forget more"
            " than it learns, and each version is a whole model to serve.",
        ),
        Way(
            name="continued training",
            fits="no",
            reason="That is for millions of words in a language or field the base has not seen,"
            " not for facts of one company.",
        ),
    )


def _lora_fits(train: int) -> str:
    return "yes" if train >= 200 else "perhaps" if train >= 30 else "no"


def _lora_reason(train: int, topics: int) -> str:
    if not train:
        return "There are no records yet; `chorei adapters records` makes them from a glossary."
    each = train / max(topics, 1)
    return (
        f"{train} training records over {topics} topics, {each:.1f} phrasings each;"
        " vocabulary, tone and fixed facts that are asked for often, without searching."
        + ("" if train >= 200 else " Under 200, expect gaps.")
    )


def _rules(shape: Shape, rank: int, count: int) -> tuple[str, ...]:
    tuned = shape.lora_parameters(rank)
    return (
        "Rule of thumb: 0.1 to 1% of the parameters are trained. Here:"
        f" {tuned / shape.parameters:.2%} ({tuned:,} of {shape.parameters:,}); small models come"
        " out above it.",
        f"Rule of thumb: 100 to 1,000 samples per tuned parameter, that would be"
        f" {100 * tuned:,} or more. Measured: 30 records taught a 135M model 5 terms in two"
        " languages with 4.9 million tuned parameters. It is a rule for models trained from"
        " nothing; what counts here is phrasings per fact, three or more.",
        "Rule of thumb: 1 to 10 million records for a model of 1B. That is for teaching a"
        f" language or a trade, not {count or 'a few hundred'} records of facts.",
    )


def _tokens(dataset: Dataset) -> int:
    characters = sum(len(m.content) for r in dataset.train for m in r.messages)
    # The template's own tokens come on top of each record.
    return characters // _CHARACTERS_PER_TOKEN + 25 * len(dataset.train)
