"""The model as it was trained: the base with its adapter, in transformers and PEFT."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from chorei.adapters.assessment.answering import base_only, load_adapted, rendered_prompt
from chorei.adapters.assessment.writing import written
from chorei.adapters.records import Record
from chorei.adapters.serving.comparison import Answered, Likeness
from chorei.adapters.training.base import Base, load_for_training

# What a text ends with whose last character was cut.
_CUT = "\ufffd"
_TOKENS_OF_A_CHARACTER = 4


class Reference:
    """The trainer's model, in float32 on the GPU if there is one.

    Args:
        base: The base model.
        adapter: Folder of the adapter.
        max_new_tokens: Longest answer.
    """

    def __init__(self, base: Base, adapter: Path, *, max_new_tokens: int = 32) -> None:
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        model, self._tokenizer = load_for_training(base, device=device, bfloat16=False)
        self._model = load_adapted(model.to(device), str(adapter))
        self._longest = max_new_tokens
        self.thinks = self.prompt_of("-", thinking=True) != self.prompt_of("-", thinking=False)

    def prompt(self, record: Record) -> str:
        """The prompt that was trained, thinking turned off."""
        return rendered_prompt(self._tokenizer, record)

    def prompt_of(self, question: str, *, thinking: bool) -> str:
        """The prompt of a question alone."""
        turns = [{"role": "user", "content": question}]
        return str(
            self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True, enable_thinking=thinking
            )
        )

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text, marks of the template included."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def answers(self, records: Sequence[Record], *, adapted: bool) -> list[list[int]]:
        """The tokens of greedy answers, without padding and end mark."""
        with nullcontext() if adapted else base_only(self._model):
            return written(
                self._model,
                self._tokenizer,
                [self.prompt(record) for record in records],
                max_new_tokens=self._longest,
                repetition_penalty=1.0,
            )

    def text(self, tokens: Sequence[int]) -> str:
        """The text of an answer."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def compare(
        self,
        record: Record,
        tokens: Sequence[int],
        served: str,
        *,
        adapted: bool,
        tolerance: float,
        cut: bool,
    ) -> Answered:
        """Hold a served answer against that of this model.

        Args:
            record: What was asked.
            tokens: The answer of this model.
            served: The answer of the server.
            adapted: Whether both are with the adapter.
            tolerance: Nats up to which tokens count as equally likely.
            cut: The served answer was ended by its length.
        """
        mine = self.text(tokens)
        theirs = served.strip().rstrip(_CUT)
        answered = Answered(trained=mine.strip(), served=served.strip(), likeness="same")
        if mine.strip() == theirs or (cut and theirs and mine.strip().startswith(theirs)):
            return answered
        before = mine[: len(mine) - len(mine.lstrip())]
        place, other = self._parting(tokens, before + theirs)
        if place == len(tokens) >= self._longest or (other is None and cut):
            return answered
        eos = int(self._tokenizer.eos_token_id)
        other = eos if other is None else other
        gap = self._gap(record, tokens, place, other, adapted=adapted)
        likeness: Likeness = "tie" if gap <= tolerance else "different"
        return answered.model_copy(update={"likeness": likeness, "token": place, "gap": gap})

    def _parting(self, tokens: Sequence[int], theirs: str) -> tuple[int, int | None]:
        """The first token that differs, and what the server chose there; None for the end."""
        whole = self.tokens(theirs)
        place = 0
        while place < min(len(tokens), len(whole)) and tokens[place] == whole[place]:
            place += 1
        # A text may be written in other tokens than it would be read in.
        further = place
        while further < len(tokens):
            if not theirs.startswith(self.text(tokens[: further + 1]).rstrip(_CUT)):
                break
            further += 1
        if further - place <= _TOKENS_OF_A_CHARACTER:
            return place, whole[place] if place < len(whole) else None
        rest = self.tokens(theirs[len(self.text(tokens[:further])) :])
        return further, rest[0] if rest else None

    def _gap(
        self, record: Record, tokens: Sequence[int], place: int, other: int, *, adapted: bool
    ) -> float:
        import torch

        eos = int(self._tokenizer.eos_token_id)
        own = tokens[place] if place < len(tokens) else eos
        ids = [*self.tokens(self.prompt(record)), *tokens[:place]]
        with nullcontext() if adapted else base_only(self._model), torch.inference_mode():
            logits = self._model(torch.tensor([ids], device=self._model.device)).logits[0, -1]
        likely = torch.log_softmax(logits.float(), dim=-1)
        return max(0.0, float(likely[own] - likely[other]))
