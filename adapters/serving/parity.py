"""The parity check: is what a server answers what was trained?

The same prompts go through the trainer's model (transformers and PEFT) and through the server.
Both must render the same prompt and choose the same tokens greedily, and the adapter must change
what the server answers: a server that ignores it, or has another model, is found out.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chorei.adapters.assessment.evaluate import probe_prompts
from chorei.adapters.assessment.general import prompts as asking
from chorei.adapters.naming import ModelName, chat_model
from chorei.adapters.records import Kind, Record, read_records
from chorei.adapters.registry import Registry
from chorei.adapters.serving.comparison import Parity, Prompted, PromptParity
from chorei.adapters.serving.reference import Reference
from chorei.adapters.training.base import identify
from chorei.core import ModelRequestError, ModelSettingError, RecordsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# A choice, not a measurement: far above float32 noise, far below what another adapter costs.
TOLERANCE: Final = 0.5
_DEADLINE: Final = 600.0
_SHOWN: Final = 30


class Served:
    """A served model with its adapter, asked greedily.

    Args:
        model: The chat model.
        adapter: Whether its adapter is chosen by name; without, a merged model is served.
        max_new_tokens: Longest answer.
        thinks: Whether thinking must be turned off.
    """

    def __init__(
        self, model: "BaseChatModel", *, adapter: bool, max_new_tokens: int, thinks: bool
    ) -> None:
        self._model = model
        self.adapter = adapter
        self._settings: dict[str, Any] = {
            "temperature": 0.0,
            "repetition_penalty": 1.0,
            "max_tokens": max_new_tokens,
        }
        if thinks:
            self._settings["thinking"] = False

    def answer(self, record: Record, *, adapted: bool = True) -> tuple[str, bool, int | None]:
        """The answer, whether it was ended by its length, and the tokens of the prompt if told."""
        chosen: dict[str, Any] = {} if adapted else {"adapter": ""}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = self._model.invoke(_messages(record), **self._settings, **chosen)
        told = not said.response_metadata.get("usage_estimated")
        usage = said.usage_metadata if told else None
        cut = said.response_metadata.get("finish_reason") == "length"
        return str(said.text), cut, usage["input_tokens"] if usage else None

    def prompted(
        self, record: Record, text: str, tokens: Sequence[int], count: int | None
    ) -> tuple[Prompted, str, str]:
        """Whether the server renders this prompt, how that was told, and where they part.

        Args:
            record: What is asked.
            text: The prompt that was trained.
            tokens: Its tokens.
            count: The tokens that the server says it read.
        """
        rendered: Any = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ask: Any = getattr(self._model, "rendered", None)
                rendered = ask(_messages(record), **self._settings) if ask else None
        except (ModelSettingError, ModelRequestError):
            # It tells none, or a proxy keeps the page back; the count of tokens is left.
            pass
        if rendered is not None:
            told = "tokens" if rendered.text is None else "text"
            if rendered.text is not None and rendered.text != text:
                return "different", told, _parted(text, rendered.text)
            if tuple(tokens) != rendered.tokens:
                detail = f"{len(rendered.tokens)} tokens, trained with {len(tokens)}"
                same = f"the same text is read as {detail}" if rendered.text else detail
                return "different", told, same
            return "same", told, ""
        if count is None:
            return "untold", "", ""
        if count != len(tokens):
            return "different", "count", f"{count} tokens, trained with {len(tokens)}"
        return "same", "count", ""


def parity(
    registry: Registry,
    name: str,
    model: str,
    *,
    version: int | None = None,
    base: str = "",
    prompts: Sequence[Record] = (),
    max_new_tokens: int = 32,
    tolerance: float = TOLERANCE,
    adapters: Sequence[str] | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Parity:
    """Compare a served adapter with the trainer's model.

    Args:
        registry: The registry.
        name: The adapter.
        model: Name of the served model, with ``#adapter``; without, it is taken to be merged.
        version: Its version; by default the active one, else the newest.
        base: The base model, if it is not where the adapter was trained on it.
        prompts: What is asked; by default :func:`parity_prompts`.
        max_new_tokens: Longest answer.
        tolerance: Nats up to which two tokens count as equally likely.
        adapters: The adapters that the server was started with, if it does not list them.
        report: Called with the number of prompts done, and of all.

    Raises:
        ModelError: The server does not answer, or has no such adapter.
        RegistryError: The version is damaged, or belongs to another base.
        AdapterError: It cannot be compared.
    """
    entry = registry.entry(name, version or registry.active_version(name))
    found = identify(base or entry.base)
    folder = registry.path(name, entry.version, base_sha256=found.sha256)
    records = tuple(prompts) or parity_prompts(folder / "records.jsonl")
    parsed = ModelName.parse(model)
    chat = chat_model(model, adapters=adapters, deadline_seconds=_DEADLINE)
    reference = Reference(found, folder, max_new_tokens=max_new_tokens)
    served = Served(
        chat,
        adapter=bool(parsed.adapter),
        max_new_tokens=max_new_tokens,
        thinks=reference.thinks,
    )
    adapted = reference.answers(records, adapted=True)
    plain = reference.answers(records, adapted=False)
    compared = []
    for record, after, before in zip(records, adapted, plain, strict=True):
        compared.append(_compare(reference, served, record, after, before, tolerance))
        if report:
            report(len(compared), len(records))
    return Parity(
        model=str(parsed),
        adapter=name,
        version=entry.version,
        tolerance=tolerance,
        prompts=tuple(compared),
    )


def parity_prompts(path: Path, *, facts: int = 10, general: int = 4) -> tuple[Record, ...]:
    """What is asked by default: held-out questions of the adapter, and some general ones.

    Args:
        path: The records that are kept with the adapter, or a file of prompts: records, or a text
            (``.txt``) with one question a line.
        facts: Most held-out questions.
        general: Most general ones.

    Raises:
        RecordsError: The file cannot be read, or holds nothing.
    """
    if path.suffix == ".txt":
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise RecordsError(f"{path} cannot be read: {error}.") from None
        found = asking([line.strip() for line in lines if line.strip()])
        if not found:
            raise RecordsError(f"{path} holds no prompt.", hint="Write one question a line.")
        return found
    probes = probe_prompts(path)
    known = [record for record in probes if record.kind is Kind.FACT]
    if not known:
        # Nothing was held out: what was trained is as good here.
        known = [record for record in read_records(path)[0] if record.kind is Kind.FACT]
    others = [record for record in probes if record.kind is Kind.GENERAL]
    return (*_spread(known, facts), *_spread(others, general))


def _compare(
    reference: Reference,
    served: Served,
    record: Record,
    after: Sequence[int],
    before: Sequence[int],
    tolerance: float,
) -> PromptParity:
    text, cut, count = served.answer(record)
    adapted = reference.compare(record, after, text, adapted=True, tolerance=tolerance, cut=cut)
    base = None
    if served.adapter:
        unadapted, base_cut, _ = served.answer(record, adapted=False)
        base = reference.compare(
            record, before, unadapted, adapted=False, tolerance=tolerance, cut=base_cut
        )
    prompt = reference.prompt(record)
    prompted, told, detail = served.prompted(record, prompt, reference.tokens(prompt), count)
    untouched = reference.text(before).strip()
    return PromptParity(
        question=record.question,
        prompt=prompted,
        prompt_told=told,
        prompt_detail=detail,
        adapted=adapted,
        base=base,
        expected=adapted.trained != untouched,
        changed=adapted.served != (base.served if base else untouched),
    )


def _messages(record: Record) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[turn.role](turn.content) for turn in record.prompt]


def _parted(trained: str, served: str) -> str:
    pairs = zip(trained, served, strict=False)
    place = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(trained), len(served)))
    one, other = (text[max(0, place - 5) : place + _SHOWN] for text in (trained, served))
    return f"from character {place} {other!r} instead of {one!r}"


def _spread(records: Sequence[Record], most: int) -> Sequence[Record]:
    """So many of them, from all over."""
    step = max(1, len(records) // most)
    return records[::step][:most]
