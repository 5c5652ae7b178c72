import contextlib
import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_files import lines, part, pdf, with_part, word, workbook

from chorei.core import (
    DocumentError,
    DocumentTooLargeError,
    EmptyDocumentError,
    EncryptedDocumentError,
    MalformedDocumentError,
    ParserLimitError,
)
from chorei.retrieval.loading import Limits, parse

GOOD = {
    "pdf": pdf(lines(("Some text on a page.", 0))),
    "docx": word(lambda document: document.add_paragraph("Some text.")),
    "xlsx": workbook({"A": [["Name", "Price"], ["Widget", 1]]}),
    "html": b"<p>Some text.</p>",
}
OFFICE = ["docx", "xlsx"]
MAIN = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}
SMALL = Limits(max_bytes=2**20)


def refused(data: bytes, media: str, error: type[DocumentError], **more: object) -> DocumentError:
    """The error of parsing; and after it, the next document of that type is parsed."""
    with pytest.raises(error) as caught:
        parse(data, media=media, name=f"a.{media}", **more)  # type: ignore[arg-type]
    assert type(caught.value) is error
    assert caught.value.document == f"a.{media}"
    assert parse(GOOD[media], media=media, name=f"b.{media}").blocks
    return caught.value


def packed(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("media", ["pdf", *OFFICE])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9])
def test_truncated(media: str, share: float) -> None:
    data = GOOD[media]
    with pytest.raises((MalformedDocumentError, EmptyDocumentError)):
        parse(data[: int(len(data) * share)], media=media, name=f"a.{media}")


@pytest.mark.parametrize("media", ["pdf", *OFFICE])
def test_something_else_under_this_name(media: str) -> None:
    refused(b"Just text.", media, MalformedDocumentError)
    refused(packed({"a.txt": b"x"}), media, MalformedDocumentError)


def test_a_pdf_with_a_password() -> None:
    page = lines(("Secret", 0))
    error = refused(pdf(page, encrypted=True), "pdf", EncryptedDocumentError)
    assert "password" in error.hint


@pytest.mark.parametrize("media", OFFICE)
def test_an_office_file_with_a_password(media: str) -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    refused(compound + "EncryptedPackage".encode("utf-16-le"), media, EncryptedDocumentError)
    refused(compound, media, MalformedDocumentError)
    locked = bytearray(GOOD[media])
    for signature, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        found = locked.find(signature)
        while found >= 0:
            locked[found + offset] |= 1
            found = locked.find(signature, found + 4)
    refused(bytes(locked), media, EncryptedDocumentError)


def test_a_pdf_without_text_is_a_scan() -> None:
    error = refused(pdf("0 0 100 100 re f"), "pdf", EmptyDocumentError)
    assert "scan" in str(error)


@pytest.mark.parametrize("media", OFFICE)
def test_a_bomb_that_declares_its_size(media: str) -> None:
    bomb = with_part(GOOD[media], "x.xml", bytes(20 * 2**20))
    assert len(bomb) < 100_000
    refused(bomb, media, DocumentTooLargeError, limits=SMALL)


@pytest.mark.parametrize("media", OFFICE)
def test_a_bomb_that_lies_about_its_size(media: str) -> None:
    bomb = bytearray(with_part(GOOD[media], "x.xml", bytes(20 * 2**20)))
    directory = bomb.rfind(b"PK\1\2")
    bomb[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    with pytest.raises(DocumentError):
        parse(bytes(bomb), media=media, name=f"a.{media}", limits=SMALL)


@pytest.mark.parametrize("media", OFFICE)
def test_overlapping_entries_count_each(media: str) -> None:
    """All entries name the same megabyte (the bomb of David Fifield)."""
    data = with_part(GOOD[media], "x.xml", bytes(2**20))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos, start = archive.infolist(), archive.start_dir
    entry = data[data.rfind(b"PK\1\2") : data.rfind(b"PK\5\6")]
    directory = data[start : data.rfind(b"PK\5\6")] + entry * 300
    count = len(infos) + 300
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), start, 0)
    bomb = data[:start] + directory + end
    refused(bomb, media, DocumentTooLargeError, limits=Limits(max_bytes=50 * 2**20))


@pytest.mark.parametrize("media", OFFICE)
def test_thousands_of_entries(media: str) -> None:
    out = io.BytesIO(GOOD[media])
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x{number}", b"")
    refused(out.getvalue(), media, DocumentTooLargeError)


@pytest.mark.parametrize("media", OFFICE)
def test_an_archive_inside_stays_packed(media: str) -> None:
    inner = packed({"bomb": bytes(50 * 2**20)})
    parsed = parse(with_part(GOOD[media], "inner.zip", inner), media=media, name="a", limits=SMALL)
    assert parsed.blocks


BILLION = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))


@pytest.mark.parametrize("media", OFFICE)
@pytest.mark.parametrize(
    "dtd",
    [
        b'<!DOCTYPE x [<!ENTITY l0 "lol">' + BILLION + b"]>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities(media: str, dtd: bytes, encoding: str) -> None:
    xml = part(GOOD[media], MAIN[media])
    body = xml[xml.index(b"?>") + 2 :] if xml.startswith(b"<?xml") else xml
    written = (dtd + body).decode().encode(encoding)
    refused(with_part(GOOD[media], MAIN[media], written), media, MalformedDocumentError)


def test_html_entities_do_not_expand() -> None:
    page = b'<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY f "x">]><p>a &e; b'
    assert "root:" not in parse(page, media="html", name="a.html").text


@pytest.mark.parametrize("media", OFFICE)
def test_xml_that_is_broken(media: str) -> None:
    xml = part(GOOD[media], MAIN[media])
    for broken in (xml[: len(xml) // 2], b"", b"\0\0\0", b"<a>" * 100_000):
        refused(with_part(GOOD[media], MAIN[media], broken), media, MalformedDocumentError)


def test_html_of_unknown_characters() -> None:
    refused(b'<meta charset="rot13"><p>\xff\xfe\xfa', "html", MalformedDocumentError)
    refused(b"<p>a\0b", "html", MalformedDocumentError)


DEEP: list[Callable[[int], str]] = [
    lambda n: "<div>" * n + "text",
    lambda n: "<ul><li>" * n + "text",
    lambda n: "<table><tr><td>" * n + "text",
    lambda n: "<b><i>" * n + "text",
    lambda n: "<blockquote>" * n + "text" + "</blockquote>" * n,
]


@pytest.mark.parametrize("build", DEEP)
def test_deep_html_is_read_or_refused(build: Callable[[int], str]) -> None:
    try:
        parsed = parse(build(20_000).encode(), media="html", name="a.html")
    except (MalformedDocumentError, ParserLimitError):
        return
    assert "text" in parsed.text


def test_too_slow() -> None:
    slow = b"<p>a<b>" * 1_000_000
    error = refused(slow, "html", ParserLimitError, limits=Limits(seconds=0.5))
    assert "0.5 s" in str(error)
    assert "parse_seconds" in error.hint


def test_too_much_memory() -> None:
    greedy = b"<p>a</p>" * 1_000_000
    error = refused(greedy, "html", ParserLimitError, limits=Limits(memory_mb=24))
    assert "memory" in error.reason


def test_text_above_the_limit() -> None:
    page = b"<p>" + b"a" * 2**20
    with pytest.raises(DocumentTooLargeError):
        parse(page, media="html", name="a.html", limits=SMALL)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_flipped_bytes_are_read_or_refused(data: st.DataObject) -> None:
    media = data.draw(st.sampled_from(sorted(GOOD)))
    broken = bytearray(GOOD[media])
    for _ in range(data.draw(st.integers(1, 20))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DocumentError):
        parse(bytes(broken), media=media, name="a", limits=Limits(seconds=10))
