import os
import socket
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import (
    DocumentNotFoundError,
    DocumentTooLargeError,
    EmptyDocumentError,
    MalformedDocumentError,
    Settings,
    UnsafePathError,
    UnsupportedTypeError,
)
from chorei.retrieval import Library, Progress, ingest, preparation
from chorei.retrieval.sources import Finder, Source, checked_name, read


@pytest.fixture
def library(tmp_path: Path):
    with Library(tmp_path / "library") as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def names(library: Library) -> list[str]:
    return [document.name for document in library.documents()]


def kinds(report) -> dict[str, type]:
    return {Path(error.document).name: type(error) for error in report.failed}


def test_hidden_files_and_other_types_are_left_out(library, folder):
    for name in (".hidden.md", "~$lock.md", "tool.exe", "photo.JPG", "scan.jpg", "README"):
        (folder / name).write_text("text")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.md").write_text("text")
    (folder / "A.MD").write_text("# Read me")
    report = library.add(folder)
    assert names(library) == ["docs/A.MD"]
    assert report.failed == ()
    assert report.skipped_kinds() == {".jpg": 2, ".exe": 1, "": 1}
    named = library.add(folder / "tool.exe")
    assert kinds(named) == {"tool.exe": UnsupportedTypeError}
    assert named.skipped == ()


def test_one_bad_file_does_not_stop_the_others(library, folder):
    (folder / "a.md").write_text("Good one.")
    (folder / "b.md").write_text("")
    (folder / "c.md").write_bytes(b"\0\1\2\3" * 100)
    (folder / "d.json").write_text("{broken")
    (folder / "e.md").write_text("Good two.")
    seen: list[Progress] = []
    report = library.add(folder, folder / "missing.md", progress=seen.append)
    assert names(library) == ["docs/a.md", "docs/e.md"]
    assert kinds(report)["b.md"] is EmptyDocumentError
    assert kinds(report)["d.json"] is MalformedDocumentError
    assert kinds(report)["missing.md"] is DocumentNotFoundError
    assert sorted(p.done for p in seen) == list(range(1, 7))
    assert {p.total for p in seen} == {6}


def test_links_stay_inside_the_folder(library, folder, tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text("The secret.")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "other.md").write_text("Other secret.")
    (folder / "sub").mkdir()
    (folder / "sub" / "real.md").write_text("The real one.")
    (folder / "file-out.md").symlink_to(secret)
    (folder / "folder-out").symlink_to(tmp_path / "secrets")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "loop.md").symlink_to(folder / "loop.md")
    (folder / "nowhere.md").symlink_to(folder / "gone.md")
    (folder / "inside.md").symlink_to(folder / "sub" / "real.md")
    report = library.add(folder)
    assert names(library) == ["docs/sub/real.md"]
    assert kinds(report) == dict.fromkeys(
        ("file-out.md", "folder-out", "up", "loop.md", "nowhere.md"), UnsafePathError
    )
    assert len(library.add(folder / "file-out.md").added) == 1


def test_pipes_sockets_and_devices_are_not_opened(library, folder):
    os.mkfifo(folder / "pipe.md")
    (folder / "device.md").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket.md"))
        report = library.add(folder)
    assert names(library) == []
    assert {Path(e.document).name for e in report.skipped} == {"pipe.md", "socket.md"}
    assert kinds(report) == {"device.md": UnsafePathError}
    assert kinds(library.add(folder / "pipe.md")) == {"pipe.md": UnsupportedTypeError}
    assert kinds(library.add(Path("/dev/zero"))) == {"zero": UnsupportedTypeError}


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(folder):
    (folder / "a.md").write_text("text")
    (source,) = Finder({"md"}, max_bytes=100, excluded=folder / "x").find(folder)
    assert isinstance(source, Source)
    (folder / "a.md").unlink()
    os.mkfifo(folder / "a.md")
    with pytest.raises(UnsafePathError):
        read(source, 100)
    (folder / "a.md").unlink()
    (folder / "a.md").symlink_to("/etc/hostname")
    with pytest.raises(UnsafePathError):
        read(source, 100)
    (folder / "a.md").unlink()
    with pytest.raises(DocumentNotFoundError):
        read(source, 100)


def test_files_above_the_limit_are_not_read(tmp_path, folder):
    with (folder / "huge.md").open("wb") as file:
        file.truncate(10**9)
    (folder / "small.md").write_text("Small.")
    with Library(tmp_path / "library", settings=Settings(max_file_bytes=1000)) as library:
        report = library.add(folder)
        assert names(library) == ["docs/small.md"]
    assert kinds(report) == {"huge.md": DocumentTooLargeError}
    with pytest.raises(DocumentTooLargeError):
        read(Source(folder / "huge.md", "huge.md", 1, 10, 0), 1000)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_unreadable_files_are_reported(library, folder):
    (folder / "a.md").write_text("text")
    (folder / "a.md").chmod(0)
    assert kinds(library.add(folder)) == {"a.md": MalformedDocumentError}


def test_a_name_that_is_not_utf8(library, folder):
    try:
        (folder / os.fsdecode(b"caf\xe9.md")).write_text("text")
    except OSError:
        pytest.skip("this file system has Unicode names only")
    (folder / "b.md").write_text("text")
    report = library.add(folder)
    assert [type(error) for error in report.failed] == [UnsafePathError]
    assert str(report.failed[0]).isprintable()
    assert names(library) == ["docs/b.md"]


def test_folders_nested_deeper_than_calls(library, folder):
    descriptors = [os.open(folder, os.O_RDONLY)]
    for _ in range(1200):
        os.mkdir("d", dir_fd=descriptors[-1])
        below = os.open("d", os.O_RDONLY, dir_fd=descriptors[-1])
        os.close(descriptors.pop())
        descriptors.append(below)
    os.close(descriptors.pop())
    (folder / "a.md").write_text("text")
    try:
        report = library.add(folder)
    finally:
        # shutil.rmtree, which pytest uses too, is recursive.
        subprocess.run(["rm", "-rf", folder / "d"], check=True)
    assert names(library) == ["docs/a.md"]
    assert {type(error) for error in report.failed} <= {MalformedDocumentError}


def test_the_library_does_not_add_itself(tmp_path):
    with Library(tmp_path / "docs" / "library") as library:
        (tmp_path / "docs" / "library" / "inside.md").write_text("inside")
        (tmp_path / "docs" / "a.md").write_text("outside")
        library.add(tmp_path / "docs")
        assert names(library) == ["docs/a.md"]


def test_unchanged_files_are_not_read_again(library, folder, monkeypatch):
    (folder / "a.md").write_text("The zebra.")
    old = (folder / "a.md").stat().st_mtime_ns - 10**10
    os.utime(folder / "a.md", ns=(old, old))
    library.add(folder)
    revision = library.revision

    def refuse(*_: object) -> bytes:
        raise AssertionError("read again")

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "read", refuse)
        assert library.add(folder).unchanged == 1
    os.utime(folder / "a.md", ns=(old + 5, old + 5))
    assert library.add(folder).unchanged == 1
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "read", refuse)
        assert library.add(folder).unchanged == 1
    assert library.revision == revision


def test_a_change_under_the_same_time_stamp_is_seen(library, folder):
    path = folder / "a.md"
    path.write_text("The zebra.")
    stamp = path.stat().st_mtime_ns
    library.add(folder)
    path.write_text("The tiger.")
    os.utime(path, ns=(stamp, stamp))
    assert len(library.add(folder).replaced) == 1
    assert library.text("a.md") == "The tiger."


def test_a_newer_loader_reads_again(library, folder, monkeypatch):
    (folder / "a.md").write_text("The zebra.")
    library.add(folder)
    monkeypatch.setattr(ingest, "LOADER", "next")
    monkeypatch.setattr(preparation, "LOADER", "next")
    assert len(library.add(folder).replaced) == 1
    assert library.add(folder).unchanged == 1


def test_tags_are_kept_unless_given_anew(library, folder):
    (folder / "a.md").write_text("The zebra.")
    library.add(folder, tags=["hr"])
    library.add(folder)
    assert library.document("a.md").tags == ("hr",)
    assert len(library.add(folder, tags=["it"]).replaced) == 1
    assert library.document("a.md").tags == ("it",)


def test_sync_removes_what_vanished_below_the_folder_only(library, folder, tmp_path):
    (folder / "a.md").write_text("The zebra.")
    (folder / "b.md").write_text("The lion.")
    (tmp_path / "other.md").write_text("The tiger.")
    library.add(folder, tmp_path / "other.md")
    library.add_text("The bear.", name="bear.md")
    (folder / "b.md").unlink()
    (tmp_path / "other.md").unlink()
    assert library.add(folder).removed == ()
    report = library.add(folder, sync=True)
    assert [d.name for d in report.removed] == ["docs/b.md"]
    assert names(library) == ["bear.md", "docs/a.md", "other.md"]
    assert library.verify().ok


def test_an_interrupted_run_is_resumed(library, folder, monkeypatch):
    monkeypatch.setattr(ingest, "_BATCH_PASSAGES", 3)
    for number in range(10):
        (folder / f"{number}.md").write_text(f"Document {number}.")
    acknowledged: list[str] = []

    def interrupt(progress: Progress) -> None:
        acknowledged.append(progress.document)
        if progress.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(folder, progress=interrupt)
    assert set(acknowledged) <= set(names(library))
    assert library.verify().problems == () or "index" in library.verify().problems[0]
    before = len(names(library))
    report = library.add(folder)
    assert (report.unchanged, len(report.added)) == (before, 10 - before)
    assert library.verify().ok


def test_progress_is_told_after_the_commit(library, folder):
    (folder / "a.md").write_text("The zebra.")
    stored: list[bool] = []
    with Library(library.directory) as other:
        library.add(
            folder, progress=lambda progress: stored.append(progress.document in names(other))
        )
    assert stored == [True]


def test_composed_and_decomposed_forms_meet(library, folder):
    text = "# Nghỉ phép\n\nNhân viên được nghỉ phép năm mười hai ngày.\n"
    (folder / "Nghỉ.md").write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    library.add(folder)
    for query in ("nghỉ phép năm", "nghi phep nam"):
        best = library.search(query)[0]
        assert (best.lexical_rank, best.passage.language) == (1, "vi")
    assert library.document(unicodedata.normalize("NFD", "Nghỉ.md"))


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_a_name_is_safe_or_refused(name):
    try:
        safe = checked_name(name)
    except UnsafePathError:
        return
    root = Path("/somewhere/deep")
    assert Path(os.path.normpath(root / safe)).is_relative_to(root)
    assert safe.encode()


@pytest.mark.shared
@pytest.mark.slow
def test_the_18f_handbook(library, shared):
    report = library.add(shared / "handbooks" / "18f-handbook")
    assert len(report.added) > 230
    assert {type(error) for error in report.failed} <= {EmptyDocumentError}
    again = library.add(shared / "handbooks" / "18f-handbook")
    assert again.unchanged == len(report.added)
    assert library.verify().ok
