"""One budget of tokens over everything that a call sends to a model."""

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field

from chorei.core import ContextLengthError, Frozen


class Part(Frozen):
    """Something that a call wants to send, in pieces that are sent whole or not at all.

    Attributes:
        name: What it is ("system", "tools", "passages", "history").
        pieces: Its pieces in the order in which they are sent.
        required: Whether all of it must be sent.
        newest_first: Whether the last pieces matter most (the turns of a conversation).
        share: Most of the whole room that it may take, 0 to 1.
    """

    name: str
    pieces: tuple[str, ...]
    required: bool = False
    newest_first: bool = False
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Share(Frozen):
    """What became of one part.

    Attributes:
        name: The part.
        kept: The pieces that are sent, in their order.
        dropped: The pieces that are not.
        tokens: Tokens of what is sent.
    """

    name: str
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    tokens: int = 0


class Allocation(Frozen):
    """Who got how much of the budget.

    Attributes:
        room: Tokens there were for all parts.
        shares: What became of each part, in the order in which they were served.
    """

    room: int
    shares: tuple[Share, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of all that is sent."""
        return sum(share.tokens for share in self.shares)

    @property
    def complete(self) -> bool:
        """Whether nothing was dropped."""
        return not any(share.dropped for share in self.shares)

    def __getitem__(self, name: str) -> Share:
        """What became of a part; an empty share if there was no such part."""
        return next((share for share in self.shares if share.name == name), Share(name=name))

    def report(self) -> dict[str, dict[str, int]]:
        """For each part how many pieces were kept and dropped, and its tokens, as plain types."""
        return {
            share.name: {
                "kept": len(share.kept),
                "dropped": len(share.dropped),
                "tokens": share.tokens,
            }
            for share in self.shares
        }


class TokenBudget:
    """Divides the context of a model among the parts of a call.

    Parts are served in the order in which they are given, so the first matter most. A piece
    that does not fit is dropped and reported; a smaller one after it may still fit, except in
    a conversation, whose older turns go without gaps.

    Args:
        context_length: Tokens that the model takes in all, with its answer.
        reserve_for_answer: Tokens kept free for the answer.
        count: Counts the tokens of a text.
        overhead: Tokens that a message costs beside its text.
    """

    def __init__(
        self,
        context_length: int,
        reserve_for_answer: int,
        count: Callable[[str], int],
        *,
        overhead: int = 4,
    ) -> None:
        self.room = max(0, context_length - reserve_for_answer)
        self._count = count
        self._overhead = overhead

    def allocate(self, parts: Sequence[Part]) -> Allocation:
        """Divide the room.

        Raises:
            ContextLengthError: What is required does not fit.
        """
        left = self.room
        shares: list[Share] = []
        for part in parts:
            share = self._serve(part, min(left, int(self.room * part.share)))
            if part.required and share.dropped:
                raise ContextLengthError(
                    f"The {part.name} needs more than the {left} tokens that are left of the"
                    f" model's context.",
                    hint="Shorten it, or use a model with a longer context.",
                )
            left -= share.tokens
            shares.append(share)
        return Allocation(room=self.room, shares=tuple(shares))

    def _serve(self, part: Part, room: int) -> Share:
        order = range(len(part.pieces))
        chosen: set[int] = set()
        spent = 0
        for i in reversed(order) if part.newest_first else order:
            cost = self._count(part.pieces[i]) + self._overhead
            if spent + cost <= room:
                chosen.add(i)
                spent += cost
            elif part.newest_first:
                break
        return Share(
            name=part.name,
            kept=tuple(part.pieces[i] for i in order if i in chosen),
            dropped=tuple(part.pieces[i] for i in order if i not in chosen),
            tokens=spent,
        )
