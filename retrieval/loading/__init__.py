"""Files turned into text with its structure."""

from importlib import import_module
from typing import Final

from chorei.core import DocumentTooLargeError, EmptyDocumentError, UnsupportedTypeError
from chorei.retrieval.loading.parsed import Block, Limits, Parsed, TooManyBlocksError

__all__ = ["MEDIA", "Block", "Limits", "Parsed", "parse"]

# Module and function, imported when the first such file comes: most commands parse nothing.
_IN_PROCESS: Final = {
    "md": ("prose", "parse_markdown"),
    "txt": ("prose", "parse_text"),
    "csv": ("delimited", "parse_csv"),
    "json": ("records", "parse_json"),
    "jsonl": ("records", "parse_jsonl"),
}
_IN_CHILD = frozenset({"docx", "htm", "html", "pdf", "xlsx"})
MEDIA: frozenset[str] = _IN_CHILD | frozenset(_IN_PROCESS)


def parse(data: bytes, *, media: str, name: str, limits: Limits | None = None) -> Parsed:
    """The text of a file and its structure.

    Args:
        data: The file's bytes.
        media: Its type: the lower-case ending without the dot, one of :data:`MEDIA`.
        name: Its name, for the title and for messages.
        limits: What it may cost; by default as the default settings say.

    Raises:
        UnsupportedTypeError: ``media`` is not read.
        DocumentTooLargeError: The file, or what it unpacks to, is above the limit.
        EncryptedDocumentError: It needs a password.
        MalformedDocumentError: It is broken, truncated or hostile.
        EmptyDocumentError: It holds no text.
        ParserLimitError: Parsing took too long or too much memory.
    """
    limits = limits or Limits()
    if media not in MEDIA:
        raise UnsupportedTypeError(
            name,
            f"files of type '.{media}' are not read.",
            hint=f"These are: {', '.join('.' + known for known in sorted(MEDIA))}.",
        )
    if len(data) > limits.max_bytes:
        raise DocumentTooLargeError(
            name,
            f"{len(data):,} bytes, the limit is {limits.max_bytes:,}.",
            hint="Split it, or raise max_file_bytes in the settings.",
        )
    try:
        if media in _IN_CHILD:
            from chorei.retrieval.loading.binary import parse_binary

            parsed = parse_binary(data, media, name, limits)
        else:
            module, function = _IN_PROCESS[media]
            parser = getattr(import_module(f"{__name__}.{module}"), function)
            parsed = parser(data, name)
    except TooManyBlocksError:
        raise DocumentTooLargeError(name, "it has too many parts.", hint="Split it.") from None
    if not parsed.blocks:
        raise EmptyDocumentError(name, "it holds no text.")
    return parsed
