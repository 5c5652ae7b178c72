"""Office files are ZIP archives: whether one may be opened at all."""

import io
import re
import zipfile
import zlib

from chorei.retrieval.loading.protocol import RefusedError

_MOST_ENTRIES = 10_000
_CHUNK = 256 * 1024
# Compound File Binary: what Office wraps an encrypted document in (and what .doc and .xls are).
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# ECMA-376 part 2 forbids document types in the parts of an office file, so entity expansion
# and external entities have no honest use there. A part may be UTF-16.
_DOCTYPE = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
_OVERLAP = 32


def check_archive(data: bytes, max_bytes: int, part: str) -> None:
    """Refuse what is no office file, or would harm whoever unpacks it.

    Args:
        data: The file.
        max_bytes: Most bytes that it may unpack to, all entries together. Both the sizes that
            it declares and those that come out count. An archive inside is never unpacked.
        part: The entry that makes it this kind of office file.

    Raises:
        RefusedError: It is encrypted, too large, or malformed.
    """
    if data.startswith(_COMPOUND):
        if _ENCRYPTED in data:
            raise RefusedError("encrypted", "it is protected by a password.")
        raise RefusedError("malformed", "it is in the old binary format of Office 97.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if part not in archive.namelist():
                raise RefusedError("malformed", f"the part {part} is missing.")
            if len(entries) > _MOST_ENTRIES:
                raise RefusedError("too large", f"it has more than {_MOST_ENTRIES:,} entries.")
            if any(entry.flag_bits & 1 for entry in entries):
                raise RefusedError("encrypted", "it is protected by a password.")
            if sum(entry.file_size for entry in entries) > max_bytes:
                raise RefusedError("too large", f"it unpacks to more than {max_bytes:,} bytes.")
            _unpack(archive, entries, max_bytes)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise RefusedError("malformed", f"it is truncated or broken ({error}).") from None


def _unpack(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], max_bytes: int) -> None:
    """Read every entry once, keeping nothing: sizes, checksums, and no document types."""
    left = max_bytes
    for entry in entries:
        markup = entry.filename.endswith((".xml", ".rels", ".vml"))
        tail = b""
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise RefusedError("too large", f"it unpacks to more than {max_bytes:,} bytes.")
                if markup and _DOCTYPE.search(tail + chunk):
                    raise RefusedError("malformed", "it holds an XML document type or entity.")
                tail = chunk[-_OVERLAP:]
