"""Questions taken apart: kinds, terms, synonyms, translations, stems."""

import pytest

from chorei.agent.reader.expansion import gather, queries
from chorei.agent.reader.glossary import glossary
from chorei.agent.reader.kinds import Kind, evident, kind_of
from chorei.agent.reader.question import analyse
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.synonyms import spelled, synonyms
from chorei.core import Hit


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many days off do I get?", "number"),
        ("How much does a ticket cost?", "money"),
        ("What is the price of the grinder?", "money"),
        ("What share of the cost is paid?", "percent"),
        ("How long is the notice period?", "duration"),
        ("By when must it be sent?", "date"),
        ("On which day do we get our salary?", "date"),
        ("How much can the red truck carry?", "number"),
        ("What penalty is there for it?", "choice"),
        ("Who approves it?", "person"),
        ("Whom do I call when I am ill?", "person"),
        ("Where is the office?", "place"),
        ("How do I reset my password?", "howto"),
        ("Can I work from home?", "yesno"),
        ("What is Mural?", "definition"),
        ("Which database do we use?", "choice"),
        ("What is the phone number of the desk?", "phone"),
        ("How often are the filters cleaned?", "frequency"),
        ("How much paid leave do I accrue?", "number"),
        ("How much bonus do I get?", "money"),
        ("How much annual leave do I earn each month?", "number"),
        ("How much tax do we pay?", "money"),
        ("How much money do I earn?", "money"),
        ("Which countries... do you charge VAT in Malta?", "choice"),
        ("Where do I park when the yard is full?", "place"),
        ("How do I log in when I am abroad?", "howto"),
    ],
)
def test_kind_of_english_questions(question: str, kind: str) -> None:
    assert kind_of(question, "en") == kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Có bao nhiêu ngày phép?", "number"),
        ("Giá bao nhiêu tiền?", "money"),
        ("Thử việc bao lâu?", "duration"),
        ("khi nao tra luong", "date"),
        ("Ai duyệt đơn?", "person"),
        ("van phong o dau", "place"),
        ("Làm sao để được hoàn tiền?", "howto"),
        ("Nghỉ có lương bao nhiêu tuần?", "number"),
        ("tien gui xe mot thang bao nhieu", "money"),
        ("Bao lâu một lần phải đổi mật khẩu?", "frequency"),
    ],
)
def test_kind_of_vietnamese_questions(question: str, kind: str) -> None:
    assert kind_of(question, "vi") == kind


def test_evidence_of_a_kind() -> None:
    assert evident("money", "It is $5 a day.")
    assert evident("money", "Giá 300.000 đồng")
    assert evident("money", "A pass is 19 pounds.")
    assert evident("money", "The second trip costs 35.")
    assert evident("money", "CHF 40 a night")
    assert not evident("money", "It is on the fifth floor.")
    assert not evident("money", "It is open until 22.")
    assert not evident("money", "They are paid 12 weeks later.")
    assert evident("number", "It has sixteen seats.")
    assert evident("number", "Carried up to the fourth floor.")
    assert evident("duration", "within 60 days")
    assert evident("duration", "after eighteen months")
    assert not evident("duration", "as long as you like")
    assert evident("date", "on 4 July")
    assert evident("fact", "anything")
    assert evident("frequency", "The tanks are rinsed every week.")
    assert evident("frequency", "Kiểm tra mỗi quý.")
    assert not evident("frequency", "The tanks are made of steel.")


@pytest.mark.parametrize(
    ("kind", "question", "telling", "repeating"),
    [
        ("date", "When does the first day begin?", "It begins at 9:30.", "Your first day matters."),
        ("person", "Who leads sales at Brel?", "Ask for Jo Alder.", "We at Brel sell much."),
        ("duration", "How long after 2 weeks?", "Wait for 20 weeks.", "You have 2 weeks."),
        ("money", "What if I pay $5 more?", "You get $5,000.", "You pay $5 more."),
    ],
)
def test_what_the_question_says_itself_is_no_evidence(
    kind: Kind, question: str, telling: str, repeating: str
) -> None:
    said = analyse(question, lambda _: 1, 100).said
    assert evident(kind, repeating)
    assert evident(kind, telling, said)
    assert not evident(kind, repeating, said)


@pytest.mark.parametrize(
    "family",
    [
        ("reimburse", "reimbursed", "reimbursement", "reimbursing"),
        ("policy", "policies"),
        ("plan", "planned", "planning"),
        ("expire", "expires", "expiration"),
        ("pay", "paid", "pays"),
        ("child", "children"),
        ("cancel", "cancelled", "cancellation"),
        ("five", "5"),
    ],
)
def test_forms_of_a_word_share_a_stem(family: tuple[str, ...]) -> None:
    assert len({stem(word) for word in family}) == 1


def test_different_words_keep_different_stems() -> None:
    assert len({stem(word) for word in ("police", "policy", "pole", "poll")}) == 4


def test_synonyms_go_both_ways() -> None:
    assert (stem("vacation"),) in synonyms((stem("pto"),))
    assert (stem("pto"),) in synonyms((stem("vacation"),))
    assert "money back" in spelled((stem("refund"),))
    assert not synonyms(("zyzzyva",))


def test_everyday_words_for_the_same_thing_are_synonyms() -> None:
    for one, other in (
        ("toddler", "child"),
        ("luggage", "baggage"),
        ("put on hold", "pause"),
        ("footwear", "shoes"),
        ("surname", "last name"),
        ("gratuity", "tip"),
        ("instalment", "in parts"),
    ):
        assert tuple(map(stem, other.split())) in synonyms(tuple(map(stem, one.split())))


def test_the_longest_vietnamese_term_wins() -> None:
    ((start, end, english),) = glossary().terms("nghỉ phép năm".split())
    assert (start, end) == (0, 3)
    assert "annual leave" in english


def test_terms_without_diacritics_are_known_too() -> None:
    assert glossary().terms("nghi phep".split())
    assert glossary().terms("mat khau".split())


def weights(question: str, **counts: int) -> dict[str, float]:
    asked = analyse(question, lambda word: counts.get(word, 0), 100)
    return {term.text: term.weight for term in asked.terms}


def test_a_word_without_its_diacritics_is_no_other_word() -> None:
    asked = analyse("phi gui xe cho nhan vien", lambda _: 1, 50)
    assert not any("dog" in term.forms for term in asked.terms)
    asked = analyse("Có được mang chó đến không?", lambda _: 1, 50)
    assert any("dog" in term.forms for term in asked.terms)


def test_everyday_vietnamese_is_understood_in_english() -> None:
    asked = analyse("Tôi có thể báo lỗi và giữ hóa đơn từ mức nào trở lên?", lambda _: 1, 50)
    forms = {form for term in asked.terms for form in term.forms}
    assert {stem("report"), stem("keep"), stem("level"), "over"} <= forms
    assert "thể" not in {term.text for term in asked.terms}


def test_rare_words_and_names_weigh_most() -> None:
    found = weights("Does the office in Berlin have a kitchen?", office=60, berlin=2, kitchen=2)
    assert found["berlin"] > found["kitchen"] > found["office"]


def test_function_words_are_no_terms() -> None:
    assert set(weights("How do I get the key to the office?")) == {"key", "office"}
    assert set(weights("I wasn't in when they'd tried. I’d like the key?")) == {"tried", "key"}
    assert {term.kind for term in analyse("What if I'd lost it?", lambda _: 1, 9).terms} == {"word"}


def test_to_leave_is_not_leave() -> None:
    asked = analyse("When may I leave?", lambda _: 1, 10)
    assert "leaving" in {term.text for term in asked.terms}
    asked = analyse("How much leave is left?", lambda _: 1, 10)
    assert "leave" in {term.text for term in asked.terms}


def test_names_of_several_words_stay_together() -> None:
    assert "san francisco" in weights("Where is the San Francisco office?")
    assert "đà nẵng" in weights("Văn phòng Đà Nẵng ở đâu?")


def test_a_counterpart_takes_the_place_of_what_was_asked_before() -> None:
    earlier = "How many days of leave do part-time employees get?"
    asked = analyse("for full-time employees", lambda _: 1, 50, earlier)
    assert {term.text for term in asked.terms} == {"full time", "employees", "days", "leave"}
    assert "part-time" not in asked.background
    asked = analyse("in Paris", lambda _: 1, 50, "What does a hotel in London cost?")
    assert "london" in {term.text for term in asked.terms}


def test_a_name_with_a_number_is_not_named_by_its_other_words() -> None:
    (name, _) = analyse("What does the Otter Three cost?", lambda _: 1, 50).terms
    assert name.kind == "name"
    assert name.forms["otter"] < 0.35
    assert name.forms["otter iii"] == 1
    (name, _) = analyse("Where is the San Francisco office?", lambda _: 1, 50).terms
    assert name.forms["francisco"] > 0.5
    (name,) = analyse("And the Otter Three?", lambda _: 1, 50).terms
    assert name.kind == "name"


def test_queries_say_it_in_other_words() -> None:
    asked, *others = queries("How much PTO do I get?")
    assert asked == "How much PTO do I get?"
    assert "vacation" in others[0]
    assert any("nghỉ phép" in other for other in others)
    assert "leave" in queries("Tôi có bao nhiêu ngày nghỉ phép?")[1]
    assert queries("???") == ("???",)


def made_hit(identity: str, *, lexical_rank: int | None = 1) -> Hit:
    return Hit.model_validate(
        {
            "passage": {
                "id": identity,
                "document_id": "d",
                "document": "d.md",
                "title": "d",
                "text": "x",
                "start": 0,
                "end": 1,
            },
            "score": 1.0,
            "lexical_rank": lexical_rank,
        }
    )


def test_gather_interleaves_and_keeps_each_passage_once() -> None:
    searched: list[str] = []

    def search(query: str, k: int) -> list[Hit]:
        searched.append(query)
        if len(searched) == 1:
            return [made_hit("a"), made_hit("b")][:k]
        return [made_hit("c"), made_hit("a"), made_hit("v", lexical_rank=None)][:k]

    found = gather(search, ["How much PTO do I get?"], 5, languages=["en"])
    assert [hit.passage.id for hit in found] == ["a", "c", "b"]
    assert len(searched) == 2  # no Vietnamese query where there are no Vietnamese documents
