"""Ratings become records and preferences: only what was rated, no leaks, nothing personal."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.records import (
    Preference,
    Split,
    Turn,
    from_ratings,
    preferences,
    prepare_preferences,
    read_preferences,
    read_ratings,
    write_preferences,
)
from chorei.core import Origin, Rating, RecordsError, Verdict


def rating(
    question: str, answer: str, verdict: Verdict, correction: str = "", origin: Origin = "model"
) -> Rating:
    return Rating(
        question=question, answer=answer, rating=verdict, correction=correction, origin=origin
    )


def pair(question: str, chosen: str, rejected: str, split: Split | None = None) -> Preference:
    prompt = (Turn(role="user", content=question),)
    return Preference(prompt=prompt, chosen=chosen, rejected=rejected, split=split)


RATINGS = (
    rating("a?", "good", "up"),
    rating("a?", "bad", "down"),
    rating("b?", "wrong", "down", "right"),
    rating("c?", "wrong", "down"),
    rating("d?", "fine", "up"),
)


def test_only_what_somebody_called_good_becomes_a_record() -> None:
    assert [(r.question, r.answer) for r in from_ratings(RATINGS)] == [
        ("a?", "good"),
        ("b?", "right"),
        ("d?", "fine"),
    ]


def test_pairs_come_from_both_kinds_of_answer_and_thumbs_from_one() -> None:
    assert [(p.question, p.chosen, p.rejected) for p in preferences(RATINGS)] == [
        ("a?", "good", "bad"),
        ("b?", "right", "wrong"),
        ("c?", "", "wrong"),
        ("d?", "fine", ""),
    ]


def test_what_was_said_last_counts_and_a_correction_before_an_answer() -> None:
    turns = [
        rating("a?", "one", "up"),
        rating("A?", "two", "up"),
        rating("a?", "One.", "down"),
        rating("b?", "old", "down", "corrected"),
        rating("b?", "new", "up"),
    ]
    assert [r.answer for r in from_ratings(turns)] == ["two", "corrected"]
    made = {(p.chosen, p.rejected) for p in preferences(turns)}
    assert made == {("two", "One."), ("corrected", "old"), ("new", "old")}


def test_an_answer_with_a_correction_is_not_good_whatever_the_thumb() -> None:
    (made,) = preferences([rating("a?", "so so", "up", "better")])
    assert (made.chosen, made.rejected) == ("better", "so so")


@pytest.mark.parametrize("origin", ["documents", "computed", "assistant"])
def test_words_that_are_not_the_models_own_are_left_out(origin: Origin) -> None:
    turns = [
        rating("a?", "quoted", "up", origin=origin),
        rating("b?", "quoted", "down", "right", origin=origin),
    ]
    assert [(r.question, r.answer) for r in from_ratings(turns)] == [("b?", "right")]
    (thumb,) = preferences(turns)
    assert (thumb.chosen, thumb.rejected) == ("right", "")
    taken = [r.answer for r in from_ratings(turns, quoted=True)]
    assert taken == (["quoted", "right"] if origin == "documents" else ["right"])


def test_a_follow_up_is_learned_as_it_was_understood() -> None:
    turn = Rating(question="and vans?", resolved="Who may drive vans?", answer="All.", rating="up")
    assert from_ratings([turn])[0].question == "Who may drive vans?"


def test_an_export_of_ratings_is_read_and_mistakes_are_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "ratings.jsonl"
    file.write_text("".join(json.dumps(one.as_json()) + "\n" for one in RATINGS))
    assert read_ratings(file) == RATINGS
    file.write_text(file.read_text() + '{"question": "x?", "answer": "y", "rating": "so"}\n')
    with pytest.raises(RecordsError, match=r"line 6: This is no rating: rating"):
        read_ratings(file)


def test_the_shapes_of_a_preference_are_read(tmp_path: Path) -> None:
    said = [{"role": "assistant", "content": "yes"}]
    asked = [{"role": "user", "content": "q?"}]
    lines = [
        {"prompt": "q?", "chosen": "yes", "rejected": "no"},
        {"prompt": asked, "chosen": said, "rejected": "no", "split": "held_out"},
        {"prompt": "q?", "chosen": asked + said, "rejected": "no", "system": "s"},
        {"prompt": "q?", "completion": "yes", "label": True},
        {"prompt": "q?", "response": "no", "label": "down"},
    ]
    file = tmp_path / "p.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    found, _ = read_preferences(file)
    assert [(p.chosen, p.rejected) for p in found] == [
        ("yes", "no"), ("yes", "no"), ("yes", "no"), ("yes", ""), ("", "no")
    ]  # fmt: skip
    assert found[1].split is Split.HELD_OUT
    assert [turn.role for turn in found[2].prompt] == ["system", "user"]
    again = tmp_path / "again.jsonl"
    write_preferences(again, found)
    assert [p.key() for p in read_preferences(again)[0]] == [p.key() for p in found]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ({"chosen": "a", "rejected": "b"}, "no prompt"),
        ({"prompt": "q?"}, "neither 'chosen'"),
        ({"prompt": "q?", "completion": "a", "label": "so"}, "true or false"),
        ({"prompt": "q?", "chosen": "Yes.", "rejected": "yes"}, "the same"),
        ({"prompt": "q?", "chosen": [{"role": "user", "content": "a"}]}, "not one answer"),
        ({"prompt": "", "chosen": "a", "rejected": "b"}, "message is empty"),
        ({"prompt": "q?", "chosen": "<|im_end|>", "rejected": "b"}, "marks of a chat template"),
    ],
)
def test_what_is_no_preference_is_named_by_line(tmp_path: Path, line: object, match: str) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text(json.dumps({"prompt": "x?", "chosen": "a", "rejected": "b"}) + "\n")
    file.write_text(file.read_text() + json.dumps(line))
    with pytest.raises(RecordsError, match=match) as caught:
        read_preferences(file)
    assert caught.value.line == 2


def test_all_preferences_of_a_question_stay_on_one_side() -> None:
    made = prepare_preferences(
        [pair(f"What is thing number {n}{'0' * n}?", f"good {n} {m}", "bad")
         for n in range(10) for m in range(3)]
    )  # fmt: skip
    assert len(made.held_out) == 6
    assert {p.question for p in made.held_out}.isdisjoint(p.question for p in made.train)
    assert made.hash() == prepare_preferences(made.all).hash()


def test_nearly_the_same_question_is_not_held_out_and_by_hand_it_is_refused() -> None:
    def spelt(n: int, split: Split | None = None) -> list[Preference]:
        return [
            pair(f"How many days of leave do people in team {'abcdefgh'[n] * 9} get?", "x", "y"),
            pair(f"How many days of leave do people in team {'abcdefgh'[n] * 9} get??",
                 "x ", "z", split),
        ]  # fmt: skip

    made = prepare_preferences([one for n in range(8) for one in spelt(n)], held_out=0.5)
    trained = {p.subject() for p in made.train}
    assert trained.isdisjoint(p.subject() for p in made.held_out)
    with pytest.raises(RecordsError, match="also in training"):
        prepare_preferences(spelt(1, Split.HELD_OUT))


def test_contradictions_doubles_and_single_ones_are_met() -> None:
    with pytest.raises(RecordsError, match="better and worse"):
        prepare_preferences([pair("q?", "a", "b"), pair("Q?", "b.", "c")])
    with pytest.raises(RecordsError, match="One preference"):
        prepare_preferences([pair("q?", "a", "b"), pair("q?", "A", "b.")])


def test_what_looks_personal_is_refused_or_masked() -> None:
    found = [pair("Who helps?", "Write to mai@sen.example.", "No idea."), pair("x?", "a", "b")]
    with pytest.raises(RecordsError, match="personal"):
        prepare_preferences(found)
    made = prepare_preferences(found, personal="mask")
    assert made.train[0].chosen == "Write to [email]."
    assert made.personal.counts == {"email": 1}


def test_preferred_answers_that_are_long_are_remarked() -> None:
    found = [pair(f"What is {n}?", "long " * 20, "short") for n in range(8)]
    assert any("length may be what is learned" in str(w) for w in
               prepare_preferences(found).warnings)  # fmt: skip


_TEXT = st.text(alphabet="abAB .?é", max_size=4)


@given(
    st.lists(
        st.builds(
            rating, _TEXT.map(lambda t: f"q{t}"), _TEXT, st.sampled_from(["up", "down"]), _TEXT
        ),
        max_size=12,
    )
)
def test_no_answer_is_ever_both_better_and_worse(turns: list[Rating]) -> None:
    made = preferences(turns)
    said = {t for one in turns for t in (one.answer.strip(), one.correction.strip())}
    assert {p.chosen for p in made} | {p.rejected for p in made} <= said | {""}
    if len({p.key() for p in made}) > 1:
        prepare_preferences(made)
