"""Replies of a teacher that are good enough become records; the others are named."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from chorei.adapters.assessment.scoring import declines, holds
from chorei.adapters.distillation.ledger import Reply
from chorei.adapters.records import Kind, Record, Turn, find_personal
from chorei.adapters.records.shapes import LONGEST
from chorei.core import Frozen, fold

# How models excuse themselves, besides what an evaluation takes for not knowing.
_EXCUSES: Final = re.compile(
    r"\bas an ai\b|\bi(?:'m| am) (?:sorry|unable)\b|\bi (?:can(?:'t|not)|could not|couldn't)\b"
    r"|\bi (?:don't|do not) have (?:any |enough )?(?:information|access)\b"
    r"|\bxin loi\b|\btoi khong the\b|\btoi khong co (?:du )?(?:thong tin|quyen)\b"
)
_MARKS: Final = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")


class Rejected(Frozen):
    """A reply that becomes no record, and why."""

    question: str
    reason: str


class Distilled(Frozen):
    """What became of the replies.

    Attributes:
        records: The new records.
        rejected: The other questions.
        input_tokens: Tokens that the teacher read.
        output_tokens: Tokens that it wrote.
    """

    records: tuple[Record, ...]
    rejected: tuple[Rejected, ...]
    input_tokens: int
    output_tokens: int


def distilled(
    asked: Sequence[Record],
    replies: Mapping[str, Reply],
    *,
    teacher: str,
    personal: bool = False,
    keep: Callable[[Record], str] | None = None,
) -> Distilled:
    """Records from replies; topic, facts, kind and split are those of what was asked.

    Args:
        asked: What was asked, as records whose answers are not used.
        replies: The replies by question; a question without one is passed over.
        teacher: Name of the teacher, kept with each record.
        personal: Keep answers that hold what looks personal.
        keep: A further check of each new record; returns why it is refused, or "".
    """
    records, rejected = [], []
    used: dict[str, Reply] = {}
    for record in asked:
        reply = replies.get(record.question)
        if reply is None:
            continue
        used[record.question] = reply
        reason = refusal(record, reply, personal=personal)
        turn = Turn(role="assistant", content=reply.answer or "-")
        made = record.model_copy(
            update={
                "messages": (*record.prompt, turn),
                "source": f"distilled from {teacher}",
                "teacher": teacher,
            }
        )
        reason = reason or (keep(made) if keep else "")
        if reason:
            rejected.append(Rejected(question=record.question, reason=reason))
        else:
            records.append(made)
    return Distilled(
        records=tuple(records),
        rejected=tuple(rejected),
        input_tokens=sum(reply.input_tokens for reply in used.values()),
        output_tokens=sum(reply.output_tokens for reply in used.values()),
    )


def refusal(record: Record, reply: Reply, *, personal: bool = False) -> str:
    """Why a reply must not be learned; "" if nothing speaks against it.

    Args:
        record: What was asked.
        reply: What was answered.
        personal: Whether personal data may be in it.
    """
    answer = reply.answer.strip()
    if reply.refusal:
        return reply.refusal
    if not answer:
        return "it is empty"
    if reply.finish == "length":
        return "it was cut off"
    if len(answer) > LONGEST or any(mark in answer for mark in _MARKS):
        return "it holds marks of a chat template or is too long"
    silent = declines(answer) or _EXCUSES.search(fold(answer).replace("’", "'"))
    if silent and record.kind is not Kind.UNKNOWN:
        return "the teacher does not know"
    if record.kind is Kind.UNKNOWN and not silent:
        return "the term is unknown, and the teacher explains it"
    if record.facts and not holds(answer, record.facts):
        return f"it lacks {', '.join(record.facts)}"
    if not personal and find_personal(answer):
        return "it holds what looks like personal data"
    return ""
