"""Server-sent events, as the model servers send them.

Format: WHATWG HTML, section 9.2.6. Only ``data`` counts here; servers differ in the space after
the colon and in the line ends.
"""

import codecs
from collections.abc import Iterator


class EventParser:
    """Turns pieces of a stream into the data of its events."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of each event that this piece completes."""
        self._rest += self._decoder.decode(piece)
        while (line := self._line()) is not None:
            yield from self._take(line)

    def close(self) -> Iterator[str]:
        """The data of an event that the end of the stream completes."""
        yield from self._take(self._rest.rstrip("\r"))
        self._rest = ""
        yield from self._take("")

    def _line(self) -> str | None:
        end = self._rest.find("\n")
        if end < 0:
            return None
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.removesuffix("\r")

    def _take(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
                self._data = []
        elif line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
