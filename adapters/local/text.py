"""Tokens become text: whole characters only, and nothing of a stop string."""

from typing import Final, Protocol

_BROKEN: Final = "\ufffd"


class Decoder(Protocol):
    """The part of a tokenizer that writes text."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool) -> str:
        """The text of some tokens."""
        ...


class Detokenizer:
    """Writes the text of tokens as they come.

    A character may be spread over several tokens (in Vietnamese most letters with two
    diacritics are), so a text that ends in the replacement character is held back. What a token
    writes depends on the one before it (a space at the start, for example), so the new text is
    the difference of two decodings, as in TGI and vLLM.

    Args:
        tokenizer: The model's tokenizer.
    """

    def __init__(self, tokenizer: Decoder) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._start = 0
        self._shown = 0

    def add(self, token: int) -> str:
        """The text that is certain now that this token is there."""
        self._tokens.append(token)
        return self._advance(final=False)

    def finish(self) -> str:
        """The text that was held back, without the beginning of a character that never came."""
        rest = self._advance(final=True)
        return rest.rstrip(_BROKEN) if _incomplete(rest) else rest

    def _advance(self, *, final: bool) -> str:
        before = self._decode(self._tokens[self._start : self._shown])
        text = self._decode(self._tokens[self._start :])
        if len(text) <= len(before) or (_incomplete(text) and not final):
            return ""
        self._start, self._shown = self._shown, len(self._tokens)
        return text[len(before) :]

    def _decode(self, tokens: list[int]) -> str:
        return self._tokenizer.decode(tokens, skip_special_tokens=True) if tokens else ""


def _incomplete(text: str) -> bool:
    """Whether the next token may complete the last character.

    At most three bytes of a character can be there without the fourth; more replacement
    characters than that are no beginning of anything.
    """
    return text.endswith(_BROKEN) and not text.endswith(_BROKEN * 4)
