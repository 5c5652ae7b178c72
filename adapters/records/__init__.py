"""Training records: read, made, checked, split."""

from chorei.adapters.records.dataset import Dataset, Statistics, prepare
from chorei.adapters.records.extraction import faq, glossary
from chorei.adapters.records.leaks import Leak, find_leaks
from chorei.adapters.records.making import (
    Entry,
    RatedTurn,
    from_faq,
    from_glossary,
    from_ratings,
    preferences,
)
from chorei.adapters.records.personal import PersonalData, find_personal, mask_text, scan
from chorei.adapters.records.problems import Problem
from chorei.adapters.records.reading import parse_records, read_records, write_records
from chorei.adapters.records.record import Kind, Record, Split, Turn, exchange
from chorei.adapters.records.unknown import (
    made_up_terms,
    terms_like,
    unknown_beside,
    unknown_terms,
)

__all__ = [
    "Dataset",
    "Entry",
    "Kind",
    "Leak",
    "PersonalData",
    "Problem",
    "RatedTurn",
    "Record",
    "Split",
    "Statistics",
    "Turn",
    "exchange",
    "faq",
    "find_leaks",
    "find_personal",
    "from_faq",
    "from_glossary",
    "from_ratings",
    "glossary",
    "made_up_terms",
    "mask_text",
    "parse_records",
    "preferences",
    "prepare",
    "read_records",
    "scan",
    "terms_like",
    "unknown_beside",
    "unknown_terms",
    "write_records",
]
