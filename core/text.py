"""Words, and the forms under which they match."""

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_D = str.maketrans("đĐ", "dD")


def nfc(text: str) -> str:
    """The text in Unicode normal form C, the form Vietnamese keyboards produce."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text in lower case without diacritics; ``đ`` becomes ``d``.

    Unicode does not decompose ``đ`` (U+0111), so it is mapped by hand.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_D)


def words(text: str) -> list[str]:
    """The words of a text in lower case and normal form C; numbers stay whole (``1.234,56``)."""
    return _WORD.findall(nfc(text).lower())


def word_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word in lower case with its start and end offset in ``text``."""
    for match in _WORD.finditer(text):
        yield nfc(match.group()).lower(), match.start(), match.end()
