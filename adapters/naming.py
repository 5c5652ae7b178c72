"""A language model named in one string: ``tgi:http://host:8080#adapter``."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chorei.core import Generation, LoadOptions, ModelNameError

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel
    from pydantic import SecretStr

SERVERS = ("llamacpp", "openai", "sglang", "tgi", "tgi+raw", "transformers", "vllm")
LOCAL = "local"
SMALL = "smollm2"
OPENAI = "https://api.openai.com"

_FORMS = (
    "tgi:http://HOST:8080, vllm:…, sglang:…, llamacpp:…, transformers:…, openai:MODEL, local:DIR"
)


@dataclass(frozen=True)
class ModelName:
    """The parts of a model's name.

    ========================================  ===================================================
    ``tgi:http://host:8080``                  a server; also tgi+raw, vllm, sglang, llamacpp,
                                              transformers
    ``vllm:http://host:8000/Qwen/Qwen3-8B``   the model of that name there, if it serves several
    ``openai:gpt-5-mini``                     a model of OpenAI's own service
    ``openai:http://host/v1``                 any server that speaks OpenAI's API
    ``local:DIR_OR_ID``                       a folder, GGUF file or hub id, run in this process
    ``smollm2``                               the 135M model of the extra ``local``
    ========================================  ===================================================

    Each may end in ``#adapter``.

    Attributes:
        kind: The word before the colon.
        address: ``scheme://host:port``; empty for a model in this process.
        model: The model's name there, its folder or its id; empty for the one that is served.
        adapter: The adapter; empty for none.
    """

    kind: str
    address: str = ""
    model: str = ""
    adapter: str = ""

    @classmethod
    def parse(cls, text: str) -> "ModelName":
        """Read a name.

        Raises:
            ModelNameError: It is none; the nearest known form is named.
        """
        name, _, adapter = text.strip().partition("#")
        kind, colon, rest = name.partition(":")
        kind = kind.strip().lower()
        if kind == SMALL and not rest:
            return cls(SMALL, adapter=adapter)
        if not colon or kind not in (*SERVERS, LOCAL):
            raise _unknown(name, kind)
        if not rest:
            raise ModelNameError(f"'{kind}:' names no model.", hint=f"Known forms: {_FORMS}.")
        if kind == LOCAL:
            return cls(LOCAL, model=rest, adapter=adapter)
        if kind == "openai" and "://" not in rest:
            return cls(kind, address=OPENAI, model=rest, adapter=adapter)
        address, model = _split_address(kind, rest)
        return cls(kind, address=address, model=model, adapter=adapter)

    def __str__(self) -> str:
        if self.kind == SMALL:
            body = SMALL
        elif self.kind == LOCAL or self.address == OPENAI:
            body = f"{self.kind}:{self.model}"
        else:
            body = f"{self.kind}:{self.address}" + (f"/{self.model}" if self.model else "")
        return f"{body}#{self.adapter}" if self.adapter else body


def chat_model(
    name: str,
    *,
    generation: Generation | None = None,
    deadline_seconds: float = 120.0,
    adapters: "Sequence[str] | Mapping[str, Path] | None" = None,
    key: "SecretStr | None" = None,
    template: "str | Path | None" = None,
    options: LoadOptions | None = None,
) -> "BaseChatModel":
    """The chat model of a name.

    Args:
        name: As in :class:`ModelName`.
        generation: Settings for every call, below those of a call.
        deadline_seconds: Most seconds for one call of a server, all its tries together.
        adapters: The adapters that a server was started with, if it does not list them (TGI); for
            a model in this process their folders by name.
        key: The server's key; by default ``CHOREI_API_KEY``, and for OpenAI's own service also
            ``OPENAI_API_KEY``.
        template: For ``tgi+raw``: the model's folder, a ``.jinja`` file or the template's text;
            by default ChatML with tools in the Hermes form.
        options: How a model in this process is brought into memory.

    Raises:
        ModelNameError: The name cannot be read.
        ModelSettingError: The template cannot be read.
        MissingExtraError: It is a model in this process, or ``tgi+raw``, and the extra ``local``
            is missing.
    """
    parsed = ModelName.parse(name)
    if parsed.kind in (LOCAL, SMALL):
        from chorei.adapters.local import local_chat_model

        reference = SMALL if parsed.kind == SMALL else parsed.model
        return local_chat_model(
            reference,
            adapter=parsed.adapter or None,
            generation=generation,
            adapters=adapters if isinstance(adapters, Mapping) else None,
            options=options,
            deadline_seconds=deadline_seconds,
        )

    from chorei.adapters.servers import (
        ChatTemplate,
        Patience,
        ServerChatModel,
        ServerClient,
        dialect_for,
    )
    from chorei.adapters.servers.keys import environment_key

    server = ServerClient(
        parsed.address,
        key=key or environment_key(official=parsed.address == OPENAI),
        patience=Patience(total=deadline_seconds),
    )
    return ServerChatModel(
        dialect=dialect_for(
            parsed.kind,
            parsed.address,
            template=ChatTemplate.load(template) if template else None,
        ),
        server=server,
        generation=generation or Generation(),
        model=parsed.model,
        adapter=parsed.adapter or None,
        adapters=None if adapters is None else tuple(adapters),
    )


def _split_address(kind: str, rest: str) -> tuple[str, str]:
    """``http://host:port/v1/some/model`` as the server's address and the model's name."""
    if "://" not in rest:
        rest = f"http://{rest}"
    try:
        url = urlsplit(rest)
        valid = url.scheme in ("http", "https") and bool(url.hostname)
        _ = url.port
    except ValueError:
        valid = False
    if not valid:
        raise ModelNameError(
            f"The address of the {kind} model cannot be read.",
            hint=f"Write it as {kind}:http://HOST:PORT.",
        )
    if url.username or url.password or url.query:
        raise ModelNameError(
            "An address holds no keys, since it is shown in messages.",
            hint="Put the key into CHOREI_API_KEY.",
        )
    path = url.path.strip("/")
    model = path.removeprefix("v1").strip("/") if path.split("/")[0] == "v1" else path
    return f"{url.scheme}://{url.netloc}", model


def _unknown(name: str, kind: str) -> ModelNameError:
    near = difflib.get_close_matches(kind, (*SERVERS, LOCAL, SMALL), n=1, cutoff=0.6)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    # An address may hold a key.
    shown = name if "/" not in name else f"{kind}:…"
    return ModelNameError(
        f"'{shown}' is not the name of a model.", hint=f"{meant}Known forms: {_FORMS}, {SMALL}."
    )
