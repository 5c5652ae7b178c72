"""A larger model's answers become training records of a smaller one."""

from chorei.adapters.distillation.asking import Pace, gather, is_open
from chorei.adapters.distillation.ledger import Ledger, Reply
from chorei.adapters.distillation.questions import from_headings, read_questions
from chorei.adapters.distillation.records import Distilled, Rejected, distilled
from chorei.adapters.distillation.teacher import chat_teacher

__all__ = [
    "Distilled",
    "Ledger",
    "Pace",
    "Rejected",
    "Reply",
    "chat_teacher",
    "distilled",
    "from_headings",
    "gather",
    "is_open",
    "read_questions",
]
