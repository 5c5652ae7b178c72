"""Training records: read, made, checked, split."""

from chorei.adapters.records.dataset import Dataset, Statistics, prepare
from chorei.adapters.records.extraction import faq, glossary
from chorei.adapters.records.leaks import Leak, find_leaks
from chorei.adapters.records.making import (
    Entry,
    from_faq,
    from_glossary,
)
from chorei.adapters.records.pairing import (
    Preferences,
    PreferenceStatistics,
    prepare_preferences,
)
from chorei.adapters.records.personal import PersonalData, find_personal, mask_text, scan
from chorei.adapters.records.preference import (
    Preference,
    read_preferences,
    write_preferences,
)
from chorei.adapters.records.problems import Problem
from chorei.adapters.records.rated import from_ratings, preferences, read_ratings
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
    "Preference",
    "PreferenceStatistics",
    "Preferences",
    "Problem",
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
    "prepare_preferences",
    "read_preferences",
    "read_ratings",
    "read_records",
    "scan",
    "terms_like",
    "unknown_beside",
    "unknown_terms",
    "write_preferences",
    "write_records",
]
