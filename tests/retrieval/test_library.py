import datetime as dt
import threading
import unicodedata
from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from chorei.core import (
    AmbiguousDocumentError,
    DocumentNotFoundError,
    EmbedderMismatchError,
    LibraryError,
    MalformedDocumentError,
    Settings,
    UnsafePathError,
    UnsupportedTypeError,
)
from chorei.retrieval import Library, Progress, search

LEAVE = """# Leave

## Annual leave

Full-time employees get 25 days of paid annual leave per year.

## Sick leave

Sick leave needs a note from the doctor after three days.
"""
PHEP = "# Nghỉ phép\n\nNhân viên chính thức được nghỉ 12 ngày phép năm, lương 1.234,56 đồng.\n"


@pytest.fixture
def library(tmp_path: Path):
    with Library(tmp_path / "library") as library:
        yield library


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    (folder / "hr").mkdir(parents=True)
    (folder / "hr" / "leave.md").write_text(LEAVE)
    (folder / "hr" / "phep.md").write_text(PHEP)
    (folder / "travel.txt").write_text("Book your trains two weeks ahead.")
    return folder


def names(library: Library) -> list[str]:
    return [document.name for document in library.documents()]


def test_search_finds_the_passage_and_its_place(library, handbook):
    library.add(handbook)
    best = library.search("How many days of annual leave?")[0]
    assert best.passage.document == "handbook/hr/leave.md"
    assert best.passage.heading == ("Leave", "Annual leave")
    assert best.lexical_rank == 1
    assert best.vector_rank is not None
    passage = best.passage
    assert library.text(passage.document_id)[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("query", ["nghỉ phép năm", "nghi phep nam", "ngày phép", "1.234,56"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_is_found_however_it_is_typed(library, handbook, query, form):
    library.add(handbook)
    best = library.search(unicodedata.normalize(form, query))[0]
    assert best.passage.document == "handbook/hr/phep.md"
    assert best.passage.language == "vi"


def test_names_lookups_and_errors(library, handbook):
    library.add(handbook)
    (handbook / "it").mkdir()
    (handbook / "it" / "leave.md").write_text("Log out when you leave your desk.")
    library.add(handbook / "it" / "leave.md")
    assert names(library)[-1] == "leave.md"
    one = library.document("hr/leave.md")
    assert one == library.document(one.id) == library.document(str(handbook / "hr" / "leave.md"))
    library.add_text("More.", name="a/b.md")
    library.add_text("More.", name="c/b.md")
    with pytest.raises(AmbiguousDocumentError, match=r"a/b\.md, c/b\.md"):
        library.document("b.md")
    with pytest.raises(DocumentNotFoundError, match=r"handbook/travel\.txt"):
        library.document("handbok/travel.txt")
    with pytest.raises(DocumentNotFoundError):
        library.text("no such document at all")


def test_a_name_that_is_taken_gets_more_of_the_path(library, tmp_path):
    for place in ("x", "y"):
        folder = tmp_path / place / "handbook"
        folder.mkdir(parents=True)
        (folder / "leave.md").write_text(f"Leave in {place}.")
        library.add(folder)
    assert names(library) == ["handbook/leave.md", "y/handbook/leave.md"]
    library.add_text("Given.", name="handbook/leave.md")
    assert "text:handbook/leave.md" in names(library)


def test_ids_and_names_stay_when_a_document_changes(library, handbook):
    library.add(handbook)
    before = library.document("travel.txt")
    (handbook / "travel.txt").write_text("Book your flights three weeks ahead.")
    report = library.add(handbook / "travel.txt")
    after = library.document("travel.txt")
    assert [d.id for d in report.replaced] == [before.id]
    assert (after.id, after.name) == (before.id, before.name)
    assert after.sha256 != before.sha256
    assert "trains" not in library.text("travel.txt")
    assert all("trains" not in hit.passage.text for hit in library.search("book trains"))


def test_texts_and_bytes(library):
    one = library.add_text(LEAVE, name="leave.md", title="All leave", tags=["b", "a", "b"])
    assert (one.source, one.title, one.tags) == ("text:leave.md", "All leave", ("a", "b"))
    date = dt.date(2026, 5, 1)
    two = library.add_bytes(b"Item,Price\nWidget,12\n", name="prices.csv", date=date)
    assert (two.media, two.date) == ("csv", date)
    assert library.search("widget price")[0].passage.columns == ("Item", "Price")
    three = library.add_text("Plain words.", name="note.pdf")
    assert three.media == "txt"
    assert library.add_text("Plain words.", name="note.pdf") == three
    dated = library.add_text("Plain words.", name="note.pdf", date=date)
    assert dated.date == date
    again = library.add_text("Other words.", name="note.pdf")
    assert again.id == three.id
    assert library.text("note.pdf") == "Other words."
    with pytest.raises(UnsupportedTypeError):
        library.add_bytes(b"x", name="tool.exe")
    with pytest.raises(MalformedDocumentError):
        library.add_text("broken \ud800 surrogate", name="broken.txt")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/x.md",
        "/etc/passwd.md",
        "a/../x.md",
        "..\\x.md",
        "C:\\x.md",
        "",
        " ",
        "a\0.md",
        "a\n.md",
        "./x.md",
        "a//b.md",
        "\ud800.md",
    ],
)
def test_unsafe_names_are_refused(library, name):
    with pytest.raises(UnsafePathError):
        library.add_bytes(b"text", name=name)
    with pytest.raises(UnsafePathError):
        library.add_text("text", name=name)
    assert library.documents() == []


def test_remove(library, handbook):
    library.add(handbook)
    with pytest.raises(DocumentNotFoundError):
        library.remove("travel.txt", "no-such.md")
    assert len(names(library)) == 3
    removed = library.remove("travel.txt", "handbook/travel.txt")
    assert [d.name for d in removed] == ["handbook/travel.txt"]
    assert all(h.passage.document != "handbook/travel.txt" for h in library.search("trains"))
    assert library.verify().ok


def test_filters(library, handbook):
    library.add(handbook, tags=["hr"])
    library.add_text("Annual leave in 2020 was 20 days.", name="old.md", date=dt.date(2020, 1, 1))

    def found(**where):
        return {hit.passage.document for hit in library.search("annual leave days", **where)}

    assert found(folder="handbook/hr") == {"handbook/hr/leave.md", "handbook/hr/phep.md"}
    assert "old.md" not in found(tag="hr")
    assert found(until=dt.date(2021, 1, 1)) == {"old.md"}
    assert "old.md" not in found(since=dt.date(2021, 1, 1))
    assert [d.name for d in library.documents(folder="handbook/hr", tag="hr")] == [
        "handbook/hr/leave.md",
        "handbook/hr/phep.md",
    ]


@pytest.mark.parametrize(
    "query", ["", "  ", "???", '"', "a OR (b", "NEAR(", "*", "\0", "\ud800", "—"]
)
def test_any_query_is_harmless(library, handbook, query):
    library.add(handbook)
    library.search(query)
    library.frequency(query)


def test_an_empty_library_finds_nothing(library):
    assert library.search("anything") == []
    assert library.search("anything", 0) == []
    assert library.stats().embedder == ""
    assert library.verify().ok


def test_frequency_counts_passages(library, handbook):
    library.add(handbook)
    assert library.passage_count == library.stats().passages == 4
    assert library.frequency("doctor") == 1
    assert library.frequency("nghi") == library.frequency("nghỉ") == 1
    assert library.frequency("zebra") == 0
    library.add_text("The doctor is in.", name="doctor.md")
    assert library.frequency("doctor") == 2


def test_large_libraries_search_through_chroma(library, handbook, monkeypatch):
    library.add(handbook)
    exactly = library.search("annual leave")
    monkeypatch.setattr(search, "EXACT", 0)
    through_chroma = library.search("annual leave")
    assert through_chroma == exactly
    assert through_chroma[0].vector_rank is not None
    filtered = library.search("annual leave", folder="handbook/travel.txt")
    assert [hit.passage.document for hit in filtered] == ["handbook/travel.txt"]


def test_the_first_search_of_a_process_does_without_chroma(library, handbook, monkeypatch):
    library.add(handbook)
    monkeypatch.setattr(search, "EXACT", 0)
    with Library(library.directory) as fresh:
        first = fresh.search("annual leave")
        assert first == fresh.search("annual leave")
        assert first[0].vector_rank


def test_the_embedder_is_remembered(library, handbook):
    library.add(handbook)
    other = DeterministicFakeEmbedding(size=12)
    with Library(library.directory, embedder=other) as opened:
        assert len(opened.documents()) == 3
        with pytest.raises(EmbedderMismatchError, match="rebuild"):
            opened.search("leave")
        with pytest.raises(EmbedderMismatchError):
            opened.add(handbook)
        progress: list[Progress] = []
        opened.rebuild(progress=progress.append)
        assert [p.done for p in progress] == [1, 2, 3]
        assert opened.search("annual leave")
        assert opened.stats().dimensions == 12
        assert opened.verify().ok
    with pytest.raises(EmbedderMismatchError, match="chorei rebuild --embedder builtin"):
        library.search("leave")
    library.rebuild(embedder="builtin")
    assert library.search("annual leave")
    assert library.verify().ok


def test_an_interrupted_change_of_embedder_changes_nothing(library, handbook):
    library.add(handbook)
    before = library.search("annual leave")

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with (
        Library(library.directory, embedder=DeterministicFakeEmbedding(size=12)) as opened,
        pytest.raises(KeyboardInterrupt),
    ):
        opened.rebuild(progress=interrupt)
    assert library.search("annual leave") == before
    assert library.verify().ok


def test_verify_names_what_changed_outside(library, handbook):
    library.add(handbook)
    (handbook / "travel.txt").unlink()
    (handbook / "hr" / "phep.md").write_text(PHEP.replace("12", "13"))
    result = library.verify()
    assert result.ok
    assert result.vanished == ("handbook/travel.txt",)
    assert result.changed == ("handbook/hr/phep.md",)
    assert (result.documents, result.passages, result.indexed) == (3, 4, 4)


def test_several_libraries_and_objects_in_one_process(tmp_path, handbook):
    with Library(tmp_path / "a") as first, Library(tmp_path / "b") as second:
        first.add(handbook)
        second.add_text("Other things.", name="other.md")
        with Library(tmp_path / "a") as same:
            assert len(same.documents()) == 3
            same.add_text("Annual leave is carried over.", name="carried.md")
            assert same.verify().ok
        assert len(first.documents()) == 4
        assert first.search("carried over")[0].passage.document == "carried.md"
        assert len(second.documents()) == 1
        assert first.verify().ok


def test_threads_search_while_others_add(library, handbook):
    library.add(handbook)
    problems: list[BaseException] = []

    def adding(number: int) -> None:
        try:
            for turn in range(5):
                library.add_text(f"Thread {number} says {turn}.", name=f"{number}/{turn}.md")
        except BaseException as error:
            problems.append(error)

    def searching() -> None:
        try:
            for _ in range(20):
                assert library.search("annual leave")[0].passage.document == "handbook/hr/leave.md"
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=adding, args=(n,)) for n in range(3)]
    threads += [threading.Thread(target=searching) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(library.documents()) == 18
    assert library.verify().ok


def test_opening_what_is_not_there(tmp_path):
    with pytest.raises(LibraryError, match="chorei add"):
        Library(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError):
        Library(tmp_path / "file")


def test_closing_twice_and_forgetting_to_close(tmp_path):
    library = Library(tmp_path / "a")
    library.close()
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        library.search("anything")
    with pytest.raises(LibraryError, match="closed"):
        library.add_text("text", name="a.md")
    Library(tmp_path / "b")


def test_a_chroma_server_that_is_down_does_not_stop_anything(tmp_path, handbook, monkeypatch):
    settings = Settings(chroma_url="http://127.0.0.1:9")
    with Library(tmp_path / "library", settings=settings) as library:
        assert len(library.add(handbook).added) == 3
        assert library.search("annual leave")[0].passage.document == "handbook/hr/leave.md"
        monkeypatch.setattr(search, "EXACT", 0)
        assert library.search("annual leave")[0].passage.document == "handbook/hr/leave.md"
        result = library.verify()
        assert not result.ok
        assert (result.passages, result.indexed) == (4, 0)
