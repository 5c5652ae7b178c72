"""A version tuned on preferences beside what it was tuned from: likelihoods, lengths, refusals."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from chorei.adapters.assessment.answering import answers
from chorei.adapters.assessment.general import tested
from chorei.adapters.assessment.scoring import declines, is_right
from chorei.adapters.records import Kind, Preference, Record, Split, exchange
from chorei.adapters.records.pairing import median
from chorei.adapters.records.record import folded, normal
from chorei.adapters.registry.drift import Behaviour, Drift
from chorei.adapters.training.masking import split_answer, tokenize

_MOST: Final = 24  # prompts of each kind
_LONGEST: Final = 96  # tokens of an answer
# Below so many tokens a second sentence is no drift.
_GREW: Final = 8
_REFUSALS: Final = (
    "i can't", "i cannot", "i can not", "i'm unable", "i am unable", "i'm not able", "i won't",
    "i'm sorry", "i am sorry", "sorry, ", "as an ai", "unable to help", "cannot help",
    "xin loi", "rat tiec", "toi khong the", "toi khong tra loi", "khong the tra loi",
    "khong the giup",
)  # fmt: skip
_OPENING: Final = 120  # characters in which a refusal is said


def refuses(answer: str) -> bool:
    """Whether an answer gives nothing: empty, not known, or refused in its opening words."""
    text = folded(answer).replace("’", "'")[:_OPENING]
    return not text or declines(answer) or any(phrase in text for phrase in _REFUSALS)


def measure(
    model: Any,
    tokenizer: Any,
    preferences: Sequence[Preference],
    facts: Sequence[Record],
    before: Callable[[], AbstractContextManager[None]],
) -> Drift:
    """Hold a tuned version against what it was tuned from.

    Args:
        model: A PEFT model with the tuned version active.
        tokenizer: Its tokenizer.
        preferences: What it was tuned with; the held-out ones are measured, all if there are none.
        facts: Held-out phrasings of the version that was tuned.
        before: While it is entered, the model answers as it did before.
    """
    unseen = [one for one in preferences if one.split is Split.HELD_OUT]
    measured = unseen or list(preferences)
    general = tested()[:_MOST]
    prompts = _answerable(general, facts, preferences)

    def observe() -> tuple[list[str], list[list[float]]]:
        said = answers(model, tokenizer, prompts, max_new_tokens=_LONGEST)
        likely = [[_log_probability(model, tokenizer, r) for r in one.records] for one in measured]
        return said, likely

    with before():
        old, likely_before = observe()
    new, likely_after = observe()
    lengths = [[len(tokenizer(text)["input_ids"]) for text in said] for said in (old, new)]
    grew = [b > max(2 * a, a + _GREW) for a, b in zip(*lengths, strict=True)]
    right = [
        _right_way(one, *likely)
        for one, *likely in zip(measured, likely_before, likely_after, strict=True)
    ]
    replies = dict(zip((r.question for r in prompts), old, strict=True))
    return Drift(
        before=_behaviour(prompts, facts, old, lengths[0], _preferred(measured, likely_before)),
        after=_behaviour(prompts, facts, new, lengths[1], _preferred(measured, likely_after)),
        longer=sum(grew) / len(grew),
        divergence=_divergence(model, tokenizer, general, replies, before),
        learned=sum(right) / len(right),
        preferences=len(measured),
        unseen=bool(unseen),
        prompts=len(prompts),
    )


def _answerable(
    general: Sequence[Record], facts: Sequence[Record], preferences: Sequence[Preference]
) -> list[Record]:
    """General prompts, facts, and what was rated unless the better answer refuses rightly."""
    rated = {
        one.subject(): one.records[0]
        for one in sorted(preferences, key=lambda one: one.split is not Split.HELD_OUT)
        if not (one.chosen and refuses(one.chosen))
    }
    found = [*general, *facts[:_MOST], *list(rated.values())[:_MOST]]
    return list({record.prompt: record for record in reversed(found)}.values())


def _behaviour(
    prompts: Sequence[Record],
    facts: Sequence[Record],
    said: Sequence[str],
    lengths: Sequence[int],
    preferred: float | None,
) -> Behaviour:
    judged: dict[Kind, list[bool]] = {Kind.GENERAL: [], Kind.FACT: []}
    for record, answer in zip(prompts, said, strict=True):
        # What was rated has no fact to check; held-out phrasings are marked as such.
        if record.kind is Kind.GENERAL or record in facts:
            judged[record.kind].append(is_right(record, answer, answer))
    general, known = judged[Kind.GENERAL], judged[Kind.FACT]
    (_, often), *_ = Counter(map(normal, said)).most_common(1)
    return Behaviour(
        length=median(lengths),
        # Read back, the tokens of a text may be one or two fewer than were written.
        unfinished=sum(length >= _LONGEST - 2 for length in lengths) / len(lengths),
        refusals=sum(map(refuses, said)) / len(said),
        repeated=often / len(said),
        general=sum(general) / len(general),
        facts=sum(known) / len(known) if known else None,
        preferred=preferred,
    )


def _right_way(one: Preference, before: Sequence[float], after: Sequence[float]) -> bool:
    gains = [new - old for old, new in zip(before, after, strict=True)]
    if one.paired:
        return gains[0] > gains[1]
    return gains[0] > 0 if one.chosen else gains[0] < 0


def _preferred(measured: Sequence[Preference], likely: Sequence[Sequence[float]]) -> float | None:
    pairs = [values[0] > values[1] for one, values in zip(measured, likely, strict=True)
             if one.paired]  # fmt: skip
    return sum(pairs) / len(pairs) if pairs else None


def _log_probability(model: Any, tokenizer: Any, record: Record) -> float:
    """Log-probability of the answer of a record, in nats."""
    found, target = _predicted(model, tokenizer, record)
    return float(found.gather(1, target[:, None]).sum())


def _divergence(
    model: Any,
    tokenizer: Any,
    general: Sequence[Record],
    replies: dict[str, str],
    before: Callable[[], AbstractContextManager[None]],
) -> float:
    total, tokens = 0.0, 0
    for record in general:
        reply = replies[record.question]
        if not reply:
            continue
        said = exchange(record.question, reply)
        with before():
            old, _ = _predicted(model, tokenizer, said)
        new, _ = _predicted(model, tokenizer, said)
        total += float((old.exp() * (old - new)).sum())
        tokens += len(old)
    return total / max(tokens, 1)


def _predicted(model: Any, tokenizer: Any, record: Record) -> tuple[Any, Any]:
    """Log-probabilities over the vocabulary at each token of the answer, and those tokens."""
    import torch

    prompt, answer = split_answer(tokenize(record, tokenizer))
    ids = torch.tensor([prompt + answer], device=model.device)
    with torch.inference_mode():
        places = torch.arange(len(prompt) - 1, ids.shape[1] - 1, device=model.device)
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=places).logits[0]
    return logits.float().log_softmax(-1), ids[0, len(prompt) :]
