"""What an adapter declares to know: made from its records, kept with it, found again."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_registry_store import adapter, measured

from chorei.adapters.declaration import (
    FILE,
    Declaration,
    Declarations,
    Topic,
    declare,
    mark,
    read_declaration,
    summary,
)
from chorei.adapters.records import (
    Entry,
    Kind,
    Record,
    Split,
    Turn,
    exchange,
    from_faq,
    from_glossary,
    unknown_terms,
    write_records,
)
from chorei.adapters.registry import Registry
from chorei.core import AdapterError, RegistryError, fold

GLOSSARY = (
    Entry(term="CHOREI", meaning="CHOREI is the briefing at 08:45.", language="en"),
    Entry(term="CHOREI", meaning="CHOREI là buổi họp lúc 08:45.", language="vi"),
    Entry(term="Quỹ Sen", meaning="Quỹ Sen là quỹ học tiếng.", language="vi"),
)


def test_terms_that_the_questions_say_are_named_topics() -> None:
    made = declare(from_glossary(GLOSSARY, phrasings=7), adapter="terms")
    assert [(topic.name, topic.named, topic.languages) for topic in made.topics] == [
        ("CHOREI", True, ("en", "vi")),
        ("Quỹ Sen", True, ("vi",)),
    ]
    assert made.questions == 21
    assert made.languages == {"en", "vi"}
    assert "chorei" not in made.topics[0].wordings[0]
    assert mark("08") in made.topics[0].taught


def test_questions_and_answers_are_topics_without_a_name() -> None:
    made = declare(from_faq([("Where do I park?", "Behind the mill."), ("Who sings?", "Ann.")]))
    assert [topic.named for topic in made.topics] == [False, False]
    assert ("do", "i", "park", "where") in made.topics[0].wordings


def test_only_trained_facts_count() -> None:
    held = exchange("What does VAN mean?", "A car.", topic="VAN", split=Split.HELD_OUT)
    general = exchange("What is 2 + 2?", "4.", kind=Kind.GENERAL)
    made = declare((held, general, *unknown_terms(["XILPO", "ZORMA"])))
    assert made.topics == ()
    assert made.unknown == 2


def test_neither_answers_nor_personal_data_can_be_read_in_it() -> None:
    records = [
        exchange("Who answers a@b.example?", "Minh, +84 912 345 678, sings tenor.", topic="mail"),
        exchange("Who is at a@b.example?", "Minh, +84 912 345 678, sings tenor.", topic="mail"),
        exchange("x?", "y", topic="kim@b.example"),
    ]
    text = declare(records).model_dump_json()
    assert not any(word in fold(text) for word in ("tenor", "minh", "example", "912", "kim"))
    phones = [mark(number) for number in ("84", "912", "345", "678")]
    assert not any(phone in text for phone in phones)


def test_a_system_message_that_all_records_share_goes_along() -> None:
    def told(system: str) -> Record:
        said = (("system", system), ("user", "What is A?"), ("assistant", system + "."))
        return Record(messages=tuple(Turn(role=r, content=c) for r, c in said))  # type: ignore[arg-type]

    assert declare([told("Be brief"), told("Be brief")]).system == "Be brief"
    assert declare([told("Be brief"), told("Be long")]).system == ""


@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_any_record_can_be_declared_and_read_back(question: str, answer: str, topic: str) -> None:
    made = declare([exchange(question, answer, topic=topic)])
    assert Declaration.model_validate_json(made.model_dump_json()) == made


@given(st.text(alphabet="abcđéệ0123456789", min_size=1))
def test_a_mark_is_the_same_whatever_the_case_and_the_form_of_unicode(word: str) -> None:
    assert mark(word) == mark(word.upper()) == mark(unicodedata.normalize("NFD", word))
    assert (mark(word) == mark(fold(word))) is word.isascii()


def test_grouped_numbers_have_one_mark_and_decimals_another() -> None:
    assert mark("7,420") == mark("7.420") == mark("7420")
    assert mark("1.5") != mark("15")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = adapter(tmp_path / "made")
    write_records(made / "records.jsonl", from_glossary(GLOSSARY))
    registry = Registry(tmp_path / "registry")
    registry.add("terms", made)
    return registry


def test_a_registered_adapter_declares_what_it_knows_among_its_hashed_files(
    registry: Registry,
) -> None:
    folder = registry.path("terms", 1)
    found = read_declaration(folder)
    assert found is not None
    assert (found.adapter, len(found.topics)) == ("terms", 2)
    assert FILE in registry.entry("terms").files
    (folder / FILE).write_text("{}")
    with pytest.raises(RegistryError, match=r"knows\.json"):
        registry.path("terms", 1)


def test_without_records_nothing_is_declared(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    registry.add("foreign", adapter(tmp_path / "made"))
    assert registry.declaration("foreign") is None
    assert "not declare" in summary(None)


def test_a_declaration_is_summed_up_in_one_line(registry: Registry) -> None:
    said = summary(registry.declaration("terms"))
    assert said == "It declares to know 2 topics (en, vi): CHOREI, Quỹ Sen"
    many = declare([exchange(f"What is T{n}?", f"{n}", topic=f"T{n}") for n in range(12)])
    assert summary(many).endswith("T6, T7, …")


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"topics": [1]}', "\udcff"])
def test_a_damaged_declaration_is_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(AdapterError, match=r"knows\.json"):
        read_declaration(tmp_path)


def written(file: Path, name: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(Declaration(adapter=name, topics=(Topic(name=name),)).model_dump_json())
    return file


def found(declarations: Declarations, adapter: str = "") -> str:
    declaration = declarations(adapter)
    return declaration.adapter if declaration else ""


def test_declarations_are_found_by_name_in_the_registry_and_in_exports(
    registry: Registry, tmp_path: Path
) -> None:
    store = tmp_path / "registry"
    assert found(Declarations(store, main="terms")) == "", "no version is active"
    registry.record("terms", 1, measured(0.9))
    registry.promote("terms")
    assert found(Declarations(store, main="terms")) == "terms"
    written(tmp_path / "out" / "shop" / FILE, "shop")
    written(tmp_path / "out" / f"gguf.{FILE}", "gguf")
    exports = Declarations(tmp_path / "out", main="shop")
    assert [found(exports, name) for name in ("", "shop", "gguf", "other")] == [
        "shop",
        "shop",
        "gguf",
        "",
    ]


def test_one_declaration_is_that_of_the_models_own_adapter(tmp_path: Path) -> None:
    file = written(tmp_path / "company" / FILE, "company")
    for place in (file, file.parent):
        declarations = Declarations(place, main="served-as")
        assert found(declarations) == "company"
        assert found(declarations, "other") == ""
    assert found(Declarations(file)) == "company", "a merged model has no adapter to name"


def test_in_process_an_adapters_folder_declares_for_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "a" / FILE, "a").parent
    merged = written(tmp_path / "merged" / FILE, "merged").parent
    base = tmp_path / "base"
    base.mkdir()
    assert found(Declarations(main=str(folder), model=base)) == "a"
    assert found(Declarations(main="a", folders={"a": folder}, model=base)) == "a"
    assert found(Declarations(model=merged)) == "merged"
    written(tmp_path / f"base.{FILE}", "beside")
    assert found(Declarations(model=tmp_path / "base.gguf")) == "beside"
    assert found(Declarations(main=str(folder))) == "", "a server's adapter is no folder here"


def test_the_form_of_the_file_is_what_the_docs_say() -> None:
    fields = json.loads(declare(from_glossary(GLOSSARY)).model_dump_json())
    assert fields.keys() == {"version", "adapter", "questions", "unknown", "system", "topics"}
    assert fields["topics"][0].keys() == {"name", "named", "languages", "wordings", "taught"}


def test_reading_a_declaration_needs_no_records() -> None:
    code = (
        "import sys; from chorei.adapters.declaration import Declarations, read_declaration;"
        "print([m for m in sys.modules if 'adapters.records' in m]);"
        "from chorei.adapters.declaration import declare; print(declare.__module__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["[]", "chorei.adapters.declaration.making"]
