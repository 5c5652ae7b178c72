import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chorei.core import IndexUnavailableError, Settings
from chorei.retrieval import Library, index, search
from chorei.retrieval.chroma import Chroma, EmbeddedChroma
from chorei.retrieval.lock import file_lock


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Nothing is small enough to be compared exactly; chunks and shards are tiny."""
    monkeypatch.setattr(search, "EXACT", 0)
    monkeypatch.setattr(search, "EXACT_AT_FIRST", 0)
    monkeypatch.setattr(index, "CHUNK", 4)
    monkeypatch.setattr(index, "SHARD", 10)


@pytest.fixture
def library(tmp_path: Path):
    with Library(tmp_path / "library") as library:
        yield library


def fill(library: Library, first: int, last: int) -> None:
    for number in range(first, last):
        library.add_text(f"Animal number {number} is animal{number}.", name=f"{number}.txt")


def by_vector(library: Library, number: int) -> bool:
    """Whether the vector index finds a document."""
    hits = library.search(f"Animal number {number} is animal{number}.", 50)
    return any(h.passage.document == f"{number}.txt" and h.vector_rank for h in hits)


def folders(library: Library) -> set[str]:
    return {path.name for path in (library.directory / "chroma").iterdir()}


def execute(library: Library, statement: str) -> None:
    with library._catalogue.writing() as writer:
        writer.connection.execute(statement)


def test_shards_are_searched_as_one(library):
    fill(library, 0, 25)
    assert len(folders(library)) == 3
    assert all(by_vector(library, number) for number in range(25))
    assert library.stats().indexed == 25
    assert library.verify().ok


def test_a_dirty_shard_is_thrown_away_unopened_and_filled_again(tmp_path, monkeypatch):
    monkeypatch.setattr(index.VectorIndex, "follow_in_background", lambda self: None)
    with Library(tmp_path / "library") as library:
        fill(library, 0, 25)
        before = folders(library)
    with Library(tmp_path / "library") as library:
        execute(library, "UPDATE shards SET dirty = 1 WHERE first = 10")
        opened: list[str] = []
        really = EmbeddedChroma._client
        monkeypatch.setattr(
            EmbeddedChroma, "_client", lambda self, t: opened.append(t) or really(self, t)
        )
        library.search("animal")
        assert len(opened) == 2
        assert not library.verify().ok
        assert library.stats().indexed == 15
        library.add_text("One more.", name="more.txt")
        assert len(before - folders(library)) == 1
        assert not (before - folders(library)) & set(opened)
        assert all(by_vector(library, number) for number in range(25))
        assert library.verify().ok


@pytest.mark.parametrize("broken", ["missing", "emptied"])
def test_a_lost_index_is_filled_again(tmp_path, broken):
    with Library(tmp_path / "library") as library:
        fill(library, 0, 5)
    if broken == "missing":
        shutil.rmtree(tmp_path / "library" / "chroma")
    else:
        for path in (tmp_path / "library" / "chroma").iterdir():
            shutil.rmtree(path)
            path.mkdir()
    with Library(tmp_path / "library") as library:
        assert library.search("animal3")[0].passage.document == "3.txt"
        fill(library, 5, 6)
        assert all(by_vector(library, number) for number in range(6))
        assert library.verify().ok


def test_an_index_of_another_time_is_not_taken_for_this_one(tmp_path):
    with Library(tmp_path / "a") as library:
        fill(library, 0, 5)
    with Library(tmp_path / "b") as library:
        fill(library, 5, 10)
    shutil.rmtree(tmp_path / "b" / "chroma")
    shutil.copytree(tmp_path / "a" / "chroma", tmp_path / "b" / "chroma")
    with Library(tmp_path / "b") as library:
        library.search("animal")
        library.rebuild()
        assert all(by_vector(library, number) for number in range(5, 10))
        assert library.verify().ok
        assert len(folders(library)) == 1


def test_removed_passages_are_dropped_and_a_stale_shard_is_filled_anew(library):
    fill(library, 0, 8)
    before = folders(library)
    library.remove("1.txt")
    assert not by_vector(library, 1)
    fill(library, 8, 9)
    assert folders(library) == before
    library.remove("2.txt", "3.txt", "4.txt")
    assert library.verify().ok
    fill(library, 9, 10)
    assert not folders(library) & before
    assert [by_vector(library, n) for n in range(10)] == [n not in (1, 2, 3, 4) for n in range(10)]


def test_many_versions_of_one_document_do_not_hide_the_others(library, monkeypatch):
    monkeypatch.setattr(index, "_STALE", 1.1)
    monkeypatch.setattr(index, "SHARD", 1000)
    fill(library, 0, 3)
    for turn in range(60):
        library.add_text(f"Animal number 7 is animal7. {turn % 2}", name="7.txt")
    assert by_vector(library, 2)
    assert by_vector(library, 7)


def test_what_is_behind_is_compared_exactly(library, monkeypatch):
    fill(library, 0, 5)
    with file_lock(library.directory / "index.lock", wait=1):
        monkeypatch.setattr(index, "_WRITE_WAIT", 0.01)
        fill(library, 5, 7)
    assert library.stats().indexed == 5
    monkeypatch.setattr(search, "EXACT", 3)
    assert all(by_vector(library, number) for number in range(7))


def test_while_another_process_writes_the_index_words_still_find(library):
    fill(library, 0, 5)
    with file_lock(library.directory / "index.lock", wait=1):
        hit = library.search("animal3")[0]
    assert (hit.passage.document, hit.vector_rank) == ("3.txt", None)


def test_a_large_gap_is_filled_in_the_background(library, monkeypatch):
    monkeypatch.setattr(index, "_WRITE_WAIT", 0.01)
    with file_lock(library.directory / "index.lock", wait=1):
        fill(library, 0, 9)
    monkeypatch.setattr(index, "_WRITE_WAIT", 10)
    library.search("animal")
    deadline = time.monotonic() + 30
    while library.stats().indexed < 9 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert all(by_vector(library, number) for number in range(9))


def test_a_write_is_announced_in_the_catalogue_before_it_begins(library, monkeypatch):
    fill(library, 0, 2)
    announced: list[int] = []

    def write(*_: object, **__: object) -> None:
        with library._catalogue.reading() as view:
            rows = view.connection.execute("SELECT dirty FROM shards").fetchall()
        announced.extend(dirty for (dirty,) in rows)
        raise IndexUnavailableError("killed here")

    monkeypatch.setattr(Chroma, "write", write)
    fill(library, 2, 3)
    assert announced == [1]
    assert library.stats().indexed == 0


def test_chroma_failing_in_a_write_costs_the_shard_and_no_document(library, monkeypatch):
    fill(library, 0, 5)

    def fail(*_: object, **__: object) -> None:
        raise IndexUnavailableError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(Chroma, "write", fail)
        fill(library, 5, 6)
    assert len(library.documents()) == 6
    assert library.search("animal5")[0].passage.document == "5.txt"
    fill(library, 6, 7)
    assert all(by_vector(library, number) for number in range(7))
    assert library.verify().ok


def test_a_panic_in_chroma_is_an_index_that_does_not_answer(library, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(*_: object, **__: object) -> None:
        raise PanicException

    fill(library, 0, 5)
    assert by_vector(library, 1)
    collection = next(iter(library._index._chroma._opened.values())).collection
    monkeypatch.setattr(type(collection), "query", panic)
    assert library.search("animal1")[0].vector_rank is None


class _Killed(BaseException):
    """Nothing of the process runs after it."""


@pytest.mark.parametrize("stores", [1, 2, 3])
def test_killed_after_any_transaction_of_the_write_that_fills_a_shard(
    tmp_path, monkeypatch, stores
):
    with Library(tmp_path / "library") as library:
        fill(library, 0, 9)
        really, made = index.VectorIndex._store, []

        def store(self: index.VectorIndex, *changed: index.Shard) -> None:
            really(self, *changed)
            made.append(changed)
            if len(made) == stores:
                raise _Killed

        with monkeypatch.context() as patch:
            patch.setattr(index.VectorIndex, "_store", store)
            with pytest.raises(_Killed):
                fill(library, 9, 10)
    with Library(tmp_path / "library") as library:
        fill(library, 10, 12)
        assert all(by_vector(library, number) for number in range(12))
        assert library.verify().ok


WRITER = """
import sys
from chorei.retrieval import Library
with Library(sys.argv[1]) as library:
    for line in sys.stdin:
        first, last = map(int, line.split())
        for number in range(first, last):
            library.add_text(f"Animal number {number} is animal{number}.", name=f"{number}.txt")
        print(last, flush=True)
"""


def test_another_process_adds_while_this_one_searches(library):
    fill(library, 0, 3)
    assert by_vector(library, 0)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(library.directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        os.set_blocking(process.stdout.fileno(), False)
        print("3 40", file=process.stdin, flush=True)
        while not process.stdout.readline():
            library.search("animal number")
        process.stdin.close()
    assert process.returncode == 0
    assert all(by_vector(library, number) for number in range(40))
    assert library.verify().ok


@pytest.mark.slow
def test_killed_writers_lose_nothing(tmp_path):
    with Library(tmp_path / "library") as library:
        fill(library, 0, 3)
    done = 3
    for turn in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "library")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            print(f"{done} {done + 2}", file=process.stdin, flush=True)
            assert process.stdout.readline() == f"{done + 2}\n"
            done += 2
            print(f"{done} 1000000", file=process.stdin, flush=True)
            time.sleep(0.1 * turn)
            process.send_signal(signal.SIGKILL)
        with Library(tmp_path / "library") as library:
            numbers = sorted(int(d.name.removesuffix(".txt")) for d in library.documents())
            assert numbers == list(range(len(numbers)))
            assert len(numbers) >= done
            done = len(numbers)
            assert library.search(f"animal{done - 1}")[0].passage.document == f"{done - 1}.txt"
            fill(library, done, done + 1)
            done += 1
            assert library.verify().ok


@pytest.mark.slow
def test_a_chroma_server(tmp_path):
    command = Path(sys.executable).with_name("chroma")
    if not command.exists():
        pytest.skip("the command `chroma` is not installed beside this Python")
    port = 18000 + os.getpid() % 1000
    data = tmp_path / "server"
    with subprocess.Popen(
        [command, "run", "--path", data, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            settings = Settings(chroma_url=f"http://127.0.0.1:{port}")
            with Library(tmp_path / "library", settings=settings) as library:
                deadline = time.monotonic() + 30
                while not library.stats().indexed and time.monotonic() < deadline:
                    fill(library, 0, 1)
                    library.add_text(f"Try at {time.monotonic()}.", name="try.txt")
                    time.sleep(0.2)
                fill(library, 1, 25)
                assert all(by_vector(library, number) for number in range(25))
                assert library.verify().ok
                library.rebuild()
                assert library.verify().ok
                assert not (tmp_path / "library" / "chroma").exists()
            with Library(tmp_path / "library", settings=settings) as library:
                assert by_vector(library, 3)
        finally:
            process.terminate()


def test_the_shards_table_is_plain(library):
    fill(library, 0, 12)
    with library._catalogue.reading() as view:
        rows = view.connection.execute("SELECT first, last, upper, dirty FROM shards").fetchall()
    assert json.loads(json.dumps(sorted(rows))) == [[0, 10, 10, 0], [10, 12, None, 0]]
