"""What the child process that parses binary formats and its parent say to each other.

A request is two lengths, a JSON object, and the bytes of the document; a reply is a length and a
JSON object. Nothing is pickled: a document that takes over the child can send text, no objects.

The modules of the child (``worker``, ``archive``, ``layout``, ``numbering``, ``pages``,
``webpage``, ``word``, ``workbook``) import nothing of chorei but each other and this, so that
it starts in a few milliseconds.
"""

import struct
from typing import Literal

REQUEST = struct.Struct(">II")
REPLY = struct.Struct(">Q")

Reason = Literal["encrypted", "empty", "limit", "malformed", "too large"]


class RefusedError(Exception):
    """The document is refused.

    Args:
        reason: Which error of :mod:`chorei.core.errors` it is.
        message: What is wrong, in one sentence without the document's name.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message
