"""The prompt that a model reads, as far as it can be told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rendered:
    """A conversation behind the chat template.

    Attributes:
        tokens: Its tokens, in the numbering of the model's tokenizer.
        text: The text; None where only the tokens are told.
    """

    tokens: tuple[int, ...]
    text: str | None = None
