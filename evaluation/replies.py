"""What a model replied, kept in a file: no prompt is sent twice, and replies are judged again."""

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, PrivateAttr

from chorei.agent.tokens import context_length, estimate_tokens, token_count
from chorei.core import ChoreiError


class Reply(NamedTuple):
    """One reply.

    Attributes:
        text: What the model wrote.
        read: Tokens of the prompt.
        written: Tokens of the reply.
    """

    text: str
    read: int
    written: int


class Replies:
    """Replies by prompt, in a JSONL file that is only ever appended to; safe in threads.

    A line that was cut off when a process was killed is skipped.

    Args:
        file: The file; None keeps them in memory.
        model: The model's name: replies of others in the file are not used.

    Raises:
        ChoreiError: The file is there and holds something else.
    """

    def __init__(self, file: Path | None, model: str) -> None:
        self._file = file
        self._model = model
        self._lock = threading.Lock()
        self._by_key: dict[str, Reply] = {}
        self._by_case: defaultdict[str, list[Reply]] = defaultdict(list)
        if file is not None and file.exists():
            self._read(file)

    def __len__(self) -> int:
        return len(self._by_key)

    def find(self, key: str) -> Reply | None:
        """The reply to a prompt."""
        return self._by_key.get(key)

    def of(self, case: str) -> Sequence[Reply]:
        """The replies for a question in their order, whatever the prompts were."""
        return self._by_case.get(case, ())

    def add(self, key: str, case: str, reply: Reply) -> None:
        """Keep a reply."""
        record = {"model": self._model, "case": case, "prompt": key, **reply._asdict()}
        with self._lock:
            self._keep(key, case, reply)
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(record, ensure_ascii=False) + "\n")

    def _keep(self, key: str, case: str, reply: Reply) -> None:
        self._by_key[key] = reply
        self._by_case[case].append(reply)

    def _read(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        *lines, rest = text.split("\n")
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                reply = Reply(record["text"], record["read"], record["written"])
                if record["model"] == self._model:
                    self._keep(record["prompt"], record["case"], reply)
            except (ValueError, KeyError, TypeError):
                raise ChoreiError(
                    f"Line {number} of {file} is no reply of a model.",
                    hint="Name another file, or delete that line.",
                ) from None
        if rest:
            # A process was killed while it wrote; what it wrote begins no line of ours.
            file.write_text(text.removesuffix(rest), encoding="utf-8")


class RecordedChat(BaseChatModel):
    """A model whose replies are kept, for one question.

    Attributes:
        replies: Where they are kept.
        case: The question's id.
        chat: The model; None answers from ``replies`` alone: with the reply to the same prompt,
            else with what was replied for this question when its prompt was another.
        tally: Told how each reply came about: ``asked``, ``kept`` or ``other prompt``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    replies: Replies
    case: str
    chat: BaseChatModel | None
    tally: Callable[[str], None]
    _calls: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "recorded"

    @property
    def context_length(self) -> int | None:
        """Tokens that the model takes, if it is there and says so."""
        return context_length(self.chat) if self.chat else None

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, by the model if it is there, else estimated."""
        return token_count(self.chat)(text) if self.chat else estimate_tokens(text)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        kwargs |= {"stop": stop} if stop else {}
        key = digest(messages, kwargs)
        reply = self.replies.find(key)
        self.tally("kept" if reply else "asked" if self.chat else "other prompt")
        if reply is None:
            reply = self._ask(key, messages, kwargs) if self.chat else self._other()
        self._calls += 1
        message = AIMessage(
            reply.text,
            usage_metadata={
                "input_tokens": reply.read,
                "output_tokens": reply.written,
                "total_tokens": reply.read + reply.written,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _ask(self, key: str, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Reply:
        assert self.chat is not None
        message = self.chat.invoke(messages, **kwargs)
        used = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
        reply = Reply(str(message.text), used["input_tokens"], used["output_tokens"])
        self.replies.add(key, self.case, reply)
        return reply

    def _other(self) -> Reply:
        known = self.replies.of(self.case)
        if not known:
            raise UnrecordedError(self.case)
        return known[min(self._calls, len(known) - 1)]


class UnrecordedError(Exception):
    """There is no reply for a question."""


def digest(messages: Sequence[BaseMessage], settings: dict[str, Any]) -> str:
    """What stands for a prompt with its settings."""
    said = [[message.type, str(message.text)] for message in messages]
    text = json.dumps([said, settings], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
