"""Which tokens carry loss: those of the assistant's turns and the mark that ends each."""

from collections.abc import Sequence
from typing import Any

from chorei.adapters.records import Record
from chorei.core import Frozen, TrainingError

IGNORED = -100


class Tokenized(Frozen):
    """A record as the model sees it.

    Attributes:
        input_ids: Its tokens.
        labels: The same, and -100 where there is no loss.
    """

    input_ids: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def prompt_length(self) -> int:
        """Number of tokens before the first that carries loss."""
        return next(i for i, label in enumerate(self.labels) if label != IGNORED)


def tokenize(record: Record, tokenizer: Any) -> Tokenized:
    """Render a record with the chat template of its base and label the assistant's turns.

    Templates of published models lack the ``{% generation %}`` marks that transformers' own
    masking needs, so each turn is found in the rendered text. Prompt and answer are tokenised
    apart, as they are when the model is used: no token can span the border between them.

    Args:
        record: The record.
        tokenizer: A transformers tokenizer with a chat template.

    Raises:
        TrainingError: There is no template, or it changes the assistant's text, or it puts
            nothing behind it that would teach the model to stop.
    """
    messages = [turn.model_dump() for turn in record.messages]
    text = _render(tokenizer, messages)
    ids: list[int] = []
    labels: list[int] = []
    done = 0
    for start, end in _spans(tokenizer, messages, text):
        prompt, answer = _encode(tokenizer, text[done:start]), _encode(tokenizer, text[start:end])
        ids += prompt + answer
        labels += [IGNORED] * len(prompt) + answer
        done = end
    return Tokenized(input_ids=tuple(ids), labels=tuple(labels))


def split_answer(made: Tokenized) -> tuple[list[int], list[int]]:
    """The tokens up to the last answer, and those of the answer with the mark that ends it."""
    start = len(made.labels) - next(
        (n for n, label in enumerate(reversed(made.labels)) if label == IGNORED), len(made.labels)
    )
    return list(made.input_ids[:start]), list(made.input_ids[start:])


def tokenize_all(
    records: Sequence[Record], tokenizer: Any, *, longest: int
) -> tuple[Tokenized, ...]:
    """All records, none longer than ``longest`` tokens.

    Raises:
        TrainingError: As :func:`tokenize`; or records are too long, named by line.
    """
    made = tuple(tokenize(record, tokenizer) for record in records)
    long = [r for r, t in zip(records, made, strict=True) if len(t.input_ids) > longest]
    if long:
        lines = ", ".join(str(record.line) for record in long[:12])
        raise TrainingError(
            f"{len(long)} records have more than {longest} tokens (lines {lines}).",
            hint="Shorten them, or raise --max-tokens; nothing is cut silently.",
        )
    return made


def _render(tokenizer: Any, messages: Sequence[Any], *, generate: bool = False) -> str:
    from jinja2 import TemplateError

    if not getattr(tokenizer, "chat_template", None):
        raise TrainingError(
            "The base model has no chat template, so it was not made for conversations.",
            hint="Choose the instruction-tuned variant of the model.",
        )
    try:
        # A model that can think is taught to answer at once; other templates ignore the switch.
        text = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=generate, enable_thinking=False
        )
    except (TemplateError, ValueError) as error:
        raise TrainingError(
            f"The base model's chat template refuses a record: {error}",
            hint="Some templates take no system message; put it into the question.",
        ) from None
    return str(text)


def _spans(tokenizer: Any, messages: Sequence[Any], text: str) -> list[tuple[int, int]]:
    spans = []
    cursor = 0
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        prompt = _render(tokenizer, messages[:number], generate=True)
        # Some templates render earlier turns of a longer conversation differently.
        start = len(prompt) if text.startswith(prompt) else cursor
        content = message["content"].strip()
        found = text.find(content, start)
        if found < 0:
            raise TrainingError(
                "The base model's chat template does not render the assistant's text as it is.",
                hint="Its tokenizer files and its weights may belong to different models.",
            )
        if start == cursor:
            start = found
        cursor = _end_of_turn(tokenizer, text, found + len(content))
        spans.append((start, cursor))
    return spans


def _end_of_turn(tokenizer: Any, text: str, start: int) -> int:
    ends = [
        text.find(mark, start) + len(mark)
        for mark in tokenizer.all_special_tokens
        if mark in text[start : start + len(mark) + 2]
    ]
    if not ends:
        raise TrainingError(
            "The base model's chat template puts no special token behind the assistant's text,"
            " so the model would never learn to stop.",
            hint="Check the chat template of the base model.",
        )
    return min(ends)


def _encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
