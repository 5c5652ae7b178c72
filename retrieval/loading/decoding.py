"""Bytes turned into characters."""

import codecs

from chorei.core import MalformedDocumentError

_SAVE_AS = "Save it as UTF-8 text and add it again."


def decode(data: bytes, name: str) -> str:
    """The characters of a text file: UTF-8, or UTF-16 with a byte order mark.

    A byte order mark is dropped; line ends stay as they are, so that offsets are those of
    ``open(path, encoding="utf-8-sig", newline="")``. Other encodings are refused and not
    guessed: a wrong guess would quote words that nobody wrote.

    Raises:
        MalformedDocumentError: The bytes are not valid in that encoding, or hold NUL.
    """
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        # The utf-8-sig codec counts from after the mark.
        offset = error.start + (3 if data.startswith(codecs.BOM_UTF8) else 0)
        raise MalformedDocumentError(
            name,
            f"not valid {'UTF-16' if utf16 else 'UTF-8'} text at byte {offset}.",
            hint=_SAVE_AS,
        ) from None
    if (position := text.find("\0")) >= 0:
        raise MalformedDocumentError(
            name, f"a NUL character at offset {position}; this is not a text file.", hint=_SAVE_AS
        )
    return text
