import datetime as dt
import hashlib
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import Document, LibraryCorruptError, LibraryError
from chorei.retrieval import checks, lexical
from chorei.retrieval.catalogue import Catalogue
from chorei.retrieval.catalogue_reading import TEXT_PART
from chorei.retrieval.catalogue_writing import Entry
from chorei.retrieval.filters import EVERYTHING, Filter
from chorei.retrieval.splitting import Piece

DIMENSIONS = 4


def entry(name: str, text: str, *, step: int = 50, tags=(), date=None, source=None) -> Entry:
    spans = [
        Piece(start=start, end=min(start + step, len(text))) for start in range(0, len(text), step)
    ]
    source = source or f"text:{name}"
    document = Document(
        id=hashlib.sha256(source.encode()).hexdigest()[:16],
        name=name,
        source=source,
        title=name,
        media="txt",
        language="en",
        tags=tags,
        date=date,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text.encode()),
        characters=len(text),
        passages=len(spans),
        added=dt.datetime.now(dt.UTC),
    )
    return Entry(document, text, spans, ["en"] * len(spans), 0, "1")


def vectors() -> Iterator[np.ndarray]:
    return itertools.repeat(np.array([1, 0, 0, 0], dtype=np.float32))


def put(catalogue: Catalogue, *entries: Entry) -> None:
    with catalogue.writing() as writer:
        writer.set_meta("dimensions", DIMENSIONS)
        for one in entries:
            writer.put(one, vectors())


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    yield catalogue
    catalogue.close()


def found(catalogue: Catalogue, query: str, where: Filter = EVERYTHING) -> list[str]:
    with catalogue.reading() as view:
        keys = view.by_words(lexical.expression(query), 10, where)
        passages = view.passages(keys)
    return [passages[key].text for key in keys]


def test_a_document_comes_back_as_it_went_in(catalogue):
    text = "Employees get 25 days.\n" * 2000 + "Nghỉ phép năm: 12 ngày. \0 \U0001f600"
    one = entry("handbook/leave.md", text, tags=("hr",), date=dt.date(2026, 1, 2))
    put(catalogue, one)
    with catalogue.reading() as view:
        assert view.documents() == [one.document]
        key = view.key(one.document.id)
        assert view.text(key) == text
        passages = [passage for _, passage in view.passages_of(key)]
        again = view.passages([k for k, _ in view.passages_of(key)])
        assert checks.problems(view.connection) == []
    assert [p.text for p in passages] == [text[s.start : s.end] for s in one.spans]
    assert list(again.values()) == passages


@given(st.text(max_size=60), st.integers(-3, 3), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_passages_across_the_parts_of_a_text(middle, shift, step):
    text = "x" * (TEXT_PART - len(middle) // 2 + shift) + middle + "y" * (TEXT_PART + 5)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder, "c.sqlite"))
        one = entry("a", text, step=step * 400)
        try:
            put(catalogue, one)
            with catalogue.reading() as view:
                keys = [key for key, _ in view.passages_of(view.key(one.document.id))]
                texts = [p.text for p in view.passages(keys).values()]
        finally:
            catalogue.close()
    assert "".join(texts) == text


def test_a_new_version_takes_the_place_of_the_old_one_everywhere(catalogue):
    put(catalogue, entry("a.txt", "The zebra sleeps."), entry("b.txt", "The lion sleeps."))
    put(catalogue, entry("a.txt", "The giraffe eats."))
    assert found(catalogue, "zebra") == []
    assert found(catalogue, "giraffe") == ["The giraffe eats."]
    assert found(catalogue, "lion") == ["The lion sleeps."]
    with catalogue.reading() as view:
        assert checks.problems(view.connection) == []
        assert len(view.vectors(0, None, 100)[0]) == view.count() == 2
    with catalogue.writing() as writer:
        writer.check_lexical()


def test_keys_of_passages_are_never_used_again(catalogue):
    put(catalogue, entry("a", "first version"))
    with catalogue.reading() as view:
        (old,), _ = view.vectors(0, None, 10)
    with catalogue.writing() as writer:
        writer.delete(writer.document_keys()[0])
    put(catalogue, entry("a", "second version"))
    with catalogue.reading() as view:
        (new,), _ = view.vectors(0, None, 10)
    assert new > old


def test_a_failed_transaction_leaves_nothing(catalogue):
    put(catalogue, entry("a", "The zebra sleeps."))

    def interrupted() -> Iterator[np.ndarray]:
        yield np.zeros(DIMENSIONS, dtype=np.float32)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), catalogue.writing() as writer:
        writer.put(entry("a", "giraffe " * 100), interrupted())
    assert found(catalogue, "zebra") == ["The zebra sleeps."]
    assert found(catalogue, "giraffe") == []
    with catalogue.reading() as view:
        assert checks.problems(view.connection) == []


def test_readers_see_the_old_version_until_the_commit(catalogue):
    put(catalogue, entry("a", "The zebra sleeps."))
    with catalogue.writing() as writer:
        writer.put(entry("a", "The giraffe eats."), vectors())
        assert found(catalogue, "zebra")
        assert not found(catalogue, "giraffe")
    assert found(catalogue, "giraffe")


def test_filters(catalogue):
    put(
        catalogue,
        entry("hr/leave.md", "zebra one", tags=("hr", "2026"), date=dt.date(2026, 3, 1)),
        entry("hr-old/leave.md", "zebra two", date=dt.date(2020, 3, 1)),
        entry("it/vpn.md", "zebra three", tags=("it",)),
    )
    assert found(catalogue, "zebra", Filter(folder="hr")) == ["zebra one"]
    assert found(catalogue, "zebra", Filter(folder="hr/leave.md")) == ["zebra one"]
    assert found(catalogue, "zebra", Filter(folder="h")) == []
    assert found(catalogue, "zebra", Filter(folder="hr_")) == []
    assert found(catalogue, "zebra", Filter(tag="it")) == ["zebra three"]
    assert found(catalogue, "zebra", Filter(since=dt.date(2026, 1, 1))) == ["zebra one"]
    assert found(catalogue, "zebra", Filter(until=dt.date(2025, 1, 1))) == ["zebra two"]
    with catalogue.reading() as view:
        assert view.count(Filter(tag="hr")) == 1
        keys, _ = view.vectors_where(Filter(folder="it"))
        assert view.admitted(keys, Filter(folder="it")) == set(keys)
        assert view.admitted(keys, Filter(folder="hr")) == set()


def test_the_lexical_index_is_made_anew(catalogue):
    put(catalogue, entry("a", "The zebra sleeps."), entry("b", "Nghỉ phép năm."))
    with catalogue.writing() as writer:
        writer.reindex()
    assert found(catalogue, "zebra") == ["The zebra sleeps."]
    assert found(catalogue, "nghi phep") == ["Nghỉ phép năm."]
    put(catalogue, entry("a", "The lion sleeps."))
    assert found(catalogue, "zebra") == []


def test_vectors_come_back_in_order_of_keys(catalogue):
    put(catalogue, entry("a", "x" * 500))
    with catalogue.reading() as view:
        keys, matrix = view.vectors(3, 8, 100)
    assert keys == [4, 5, 6, 7, 8]
    assert matrix.shape == (5, DIMENSIONS)


@pytest.mark.parametrize(
    "contents", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_file_is_told(tmp_path, contents):
    (tmp_path / "c.sqlite").write_bytes(contents)
    with pytest.raises(LibraryCorruptError, match="Move the folder away"):
        Catalogue(tmp_path / "c.sqlite")


def test_damage_inside_is_told(tmp_path):
    path = tmp_path / "c.sqlite"
    catalogue = Catalogue(path)
    put(catalogue, *(entry(f"d{i}", f"zebra {i} " * 300) for i in range(30)))
    catalogue.close()
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data) - 4096, 4096):
        data[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    catalogue = Catalogue(path)
    with pytest.raises(LibraryCorruptError):
        found(catalogue, "zebra")
    catalogue.close()


def test_a_newer_format_and_a_foreign_file_are_refused(tmp_path):
    Catalogue(tmp_path / "c.sqlite").close()
    with sqlite3.connect(tmp_path / "c.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryCorruptError, match="newer"):
        Catalogue(tmp_path / "c.sqlite")
    foreign = sqlite3.connect(tmp_path / "f.sqlite")
    foreign.execute("CREATE TABLE mine (x)")
    foreign.close()
    with pytest.raises(LibraryCorruptError, match="not a catalogue"):
        Catalogue(tmp_path / "f.sqlite")


def test_a_missing_library_is_made_only_on_demand(tmp_path):
    with pytest.raises(LibraryError, match="chorei add"):
        Catalogue(tmp_path / "c.sqlite", create=False)
    assert not (tmp_path / "c.sqlite").exists()


def test_a_copy_is_a_library_too(catalogue, tmp_path):
    put(catalogue, entry("a", "The zebra sleeps."))
    catalogue.close()
    shutil.copy(tmp_path / "catalogue.sqlite", tmp_path / "copy.sqlite")
    copy = Catalogue(tmp_path / "copy.sqlite", create=False)
    assert found(copy, "zebra") == ["The zebra sleeps."]
    copy.close()
