"""Terms that do not exist: new, shaped like the company's, in its languages."""

from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.records import (
    Kind,
    exchange,
    from_glossary,
    made_up_terms,
    terms_like,
    unknown_beside,
)

NAMES = ("CHOREI", "SENBAN", "PUFLO", "KIVARA", "TORMEL", "BRASKO", "LOTRIM", "VENQUA", "DASHER")


def differs(one: str, other: str) -> bool:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other)) >= 2


def test_they_are_shaped_like_the_given_ones_and_near_none() -> None:
    made = terms_like(NAMES, 60, avoid=["CHOBAN"])
    assert len(set(made)) == 60
    assert not {*made} & {*NAMES, "CHOBAN"}
    assert all(5 <= len(word) <= 6 and word.isupper() for word in made)
    assert all(differs(word, name) for word in made for name in NAMES)
    # Their letters follow each other as in the names: mostly in pairs that occur there.
    pairs = {name[i : i + 2] for name in NAMES for i in range(len(name) - 1)}
    kept = [word[i : i + 2] in pairs for word in made for i in range(len(word) - 1)]
    assert sum(kept) / len(kept) > 0.75


@given(st.lists(st.text(max_size=12), max_size=12), st.integers(0, 30), st.integers(0, 3))
def test_whatever_is_given_there_are_enough_and_none_is_taken(
    terms: list[str], count: int, seed: int
) -> None:
    made = terms_like(terms, count, seed=seed)
    assert len({word.casefold() for word in made}) == count
    assert not {word.casefold() for word in made} & {term.casefold() for term in terms}
    assert made == terms_like(terms, count, seed=seed)


def test_few_or_unusual_names_are_not_imitated() -> None:
    assert terms_like(["annual leave", "ISO-9001"], 5) == made_up_terms(5)


def test_they_are_asked_in_the_languages_of_the_records() -> None:
    entries = [(name, f"{name} là kho cà phê của công ty.") for name in NAMES]
    made = unknown_beside(from_glossary(entries), 20)
    assert len({record.topic for record in made}) == 20
    assert {record.language for record in made} == {"vi"}
    assert all(r.kind is Kind.UNKNOWN and r.topic in r.answer for r in made)
    both = unknown_beside(
        [exchange("What is tea?", "Free."), exchange("Trà là gì?", "Đồ uống.")], 9
    )
    assert sorted(record.language for record in both) == ["en"] * 5 + ["vi"] * 4
