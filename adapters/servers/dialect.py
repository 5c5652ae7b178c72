"""What a kind of server wants said differently from OpenAI's chat API.

The chat model speaks OpenAI's form. A dialect turns a request of that form into the server's own
before it is sent, and its answers back, so that nothing above knows which server it is.

How each generation setting reaches each server:

| setting | tgi | tgi+raw | vllm, sglang | llamacpp | transformers | openai |
|---|---|---|---|---|---|---|
| max_new_tokens | sent | sent | sent | sent | sent | sent |
| temperature | sent | 0 as do_sample=false | sent | sent | with do_sample | sent |
| top_p | 1 is left out | 1 is left out | sent | sent | sent | sent |
| top_k, min_p | warning | min_p: warning | sent | sent | sent | warning |
| repetition_penalty | warning | sent | sent | as repeat_penalty | sent | warning |
| stop | > 4: error | > 4: error | sent | sent | sent | > 4: error |
| seed | sent | 0: error | sent | sent | sent | sent |
| thinking | `/no_think` | template | template | template | template | warning |
| adapter | checked here | checked here | name listed | name listed | error | error |
| tools + response_format | error | error | sent | sent | error | sent |

*Warning*: the answer is drawn a little differently from what was asked; it is said once.
*Error*: the answer would be to another question, or the server would refuse.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from chorei.adapters.rendered import Rendered
from chorei.adapters.servers.client import ServerClient
from chorei.core import (
    AdapterError,
    AdapterNotFoundError,
    Generation,
    ModelSettingError,
)

Json = dict[str, Any]

# Models that come with a tokenizer of Mistral's own.
_MISTRAL = re.compile(r"mi[sx]tral|ministral|magistral|devstral|codestral|pixtral", re.IGNORECASE)

# Keys of OpenAI's form that are settings, with the setting's own name.
SENT_AS = {
    "max_new_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repetition_penalty": "repetition_penalty",
    "stop": "stop",
    "seed": "seed",
}


@dataclass(frozen=True)
class ServerInfo:
    """What a server says about itself.

    Attributes:
        model: The model it serves, by its own name; empty if it does not say.
        version: Version of the server.
        adapters: Adapters it serves; None if it does not tell.
        max_input: Most tokens of a prompt.
        max_total: Most tokens of prompt and answer together.
        details: What else is worth showing, as (name, value).
    """

    model: str = ""
    version: str = ""
    adapters: tuple[str, ...] | None = None
    max_input: int | None = None
    max_total: int | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass
class Call:
    """One request on its way to a server.

    Attributes:
        body: OpenAI's form without the settings.
        settings: The settings of generation.
        model: The model's name at the server.
        adapter: The adapter asked for, or None for the base model.
        info: What is known of the server; None until somebody needed it.
        notes: What the server will not honour, for the caller to be told.
        explicit: The settings that somebody asked for, unlike those of a preset.
    """

    body: Json
    settings: Generation
    model: str = ""
    adapter: str | None = None
    info: ServerInfo | None = None
    notes: list[str] = field(default_factory=list)
    explicit: frozenset[str] = frozenset()

    def ignore(self, setting: str, server: str) -> None:
        """Note that a setting has no effect, if somebody asked for it."""
        if setting in self.explicit and getattr(self.settings, setting) is not None:
            self.notes.append(f"{server} ignores {setting}; it is not sent.")


class Dialect:
    """The plain form; each server's class says what it does otherwise.

    Attributes:
        kind: The word before the colon in a model's name.
        title: The server, for people.
        path: Where chat requests go.
        stream_path: Where those go that want a stream; empty for the same.
        ignored: Settings without effect there.
        renamed: Keys of settings that have other names there.
        max_stops: Most stop strings, if limited.
        structured: Whether it keeps an answer to a JSON schema.
        tells: Whether it says what it serves, which is then asked once before the first call.
        wants_model: Whether it refuses a request that does not name its model.
        tokenizes: Whether it tells the tokens of a text.
        fresh_seconds: After how long it is asked again what it serves, should that matter.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    path: ClassVar[str] = "/v1/chat/completions"
    stream_path: ClassVar[str] = ""
    ignored: ClassVar[frozenset[str]] = frozenset()
    renamed: ClassVar[Mapping[str, str]] = MappingProxyType({})
    max_stops: ClassVar[int | None] = None
    structured: ClassVar[bool] = True
    tells: ClassVar[bool] = True
    wants_model: ClassVar[bool] = False
    tokenizes: ClassVar[bool] = False
    fresh_seconds: ClassVar[float] = float("inf")

    def request(self, call: Call) -> Json:
        """The body to send.

        Raises:
            ModelSettingError: A setting would be refused or change what is asked.
            AdapterNotFoundError: The server has no such adapter.
        """
        body = dict(call.body)
        body["model"] = self.base_model(call)
        self.put_settings(body, call)
        self.put_thinking(body, call)
        if call.adapter is not None:
            self.put_adapter(body, call, call.adapter)
        if "response_format" in body:
            body["response_format"] = self.response_format(body["response_format"])
        return body

    def base_model(self, call: Call) -> str:
        """What the server calls the model without an adapter."""
        return call.model or (call.info.model if call.info else "") or "default"

    def put_settings(self, body: Json, call: Call) -> None:
        """Write the settings into the body."""
        settings = call.settings
        if self.max_stops is not None and len(settings.stop or ()) > self.max_stops:
            raise ModelSettingError(
                f"{self.title} takes at most {self.max_stops} stop strings, not"
                f" {len(settings.stop or ())}.",
                hint="Leave some out.",
            )
        for name, key in SENT_AS.items():
            value = getattr(settings, name)
            if value is None or value == ():
                continue
            if name in self.ignored:
                call.ignore(name, self.title)
                continue
            body[self.renamed.get(name, key)] = list(value) if name == "stop" else value

    def put_thinking(self, body: Json, call: Call) -> None:
        """Turn thinking on or off through the model's chat template."""
        if call.settings.thinking is not None:
            given = body.get("chat_template_kwargs") or {}
            body["chat_template_kwargs"] = {**given, "enable_thinking": call.settings.thinking}

    def skips_thinking(self, model: str) -> bool:
        """Whether a model there can be told not to think, or does not mind.

        vLLM refuses arguments for the template with the tokenizers of Mistral.
        """
        return not _MISTRAL.search(model)

    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:  # noqa: ARG002
        """Name the adapter."""
        raise AdapterNotFoundError(
            f"{self.title} serves no adapters, so not '{adapter}'.",
            hint="Serve a merged model, or use tgi, vllm, sglang or llamacpp.",
        )

    def response_format(self, wanted: Json) -> Json:
        """OpenAI's ``response_format`` as the server wants it."""
        return wanted

    def answer(self, data: Json, call: Call) -> Json:  # noqa: ARG002
        """An answer in one piece, in OpenAI's form."""
        return data

    def chunks(self, call: Call) -> Callable[[Json], Iterator[Json]]:  # noqa: ARG002
        """For one stream: turns each of its objects into chunks of OpenAI's form."""
        return lambda event: iter((event,))

    async def info(self, client: ServerClient) -> ServerInfo:
        """Ask the server about itself.

        Raises:
            ModelError: It does not answer.
        """
        listed = await client.get("/v1/models")
        models = listed.get("data") or [] if isinstance(listed, dict) else []
        names = [str(m.get("id", "")) for m in models if isinstance(m, dict)]
        return ServerInfo(model=names[0] if names else "")

    async def tokens(
        self,
        client: ServerClient,  # noqa: ARG002
        text: str,  # noqa: ARG002
        model: str = "",  # noqa: ARG002
    ) -> tuple[int, ...]:
        """The tokens of a text by the server's own tokenizer, without a begin-of-text mark.

        Raises:
            ModelSettingError: The server has no way to tell.
            ModelError: It does not answer.
        """
        raise ModelSettingError(f"{self.title} does not tell the tokens of a text.")

    async def rendered(self, client: ServerClient, body: Json) -> Rendered:  # noqa: ARG002
        """The prompt that the server makes of a chat request.

        Args:
            client: The server.
            body: As :meth:`request` gives it.

        Raises:
            ModelSettingError: The server has no way to tell.
            ModelError: It does not answer.
        """
        raise ModelSettingError(f"{self.title} does not tell the prompt that it makes.")

    async def load_adapter(
        self,
        client: ServerClient,  # noqa: ARG002
        adapter: str,
        path: str,  # noqa: ARG002
        *,
        replace: bool = False,  # noqa: ARG002
    ) -> None:
        """Bring an adapter into the running server.

        Args:
            client: The server.
            adapter: Its name there.
            path: Its folder as the server sees it.
            replace: Whether one of this name is replaced.

        Raises:
            AdapterError: The server cannot, or does not want to; with what to do about it.
            ModelError: It does not answer.
        """
        raise AdapterError(
            f"{self.title} loads no adapters while it runs.",
            hint=f"Export '{adapter}' and start the server with it (chorei adapters export).",
        )

    async def unload_adapter(self, client: ServerClient, adapter: str) -> None:  # noqa: ARG002
        """Take an adapter out of the running server.

        Raises:
            AdapterError: The server cannot, or has no such adapter.
            ModelError: It does not answer.
        """
        raise AdapterError(f"{self.title} unloads no adapters while it runs, so not '{adapter}'.")


def check_adapter(adapter: str, known: Sequence[str] | None, server: str) -> None:
    """Refuse a name that is not among the known ones.

    Raises:
        AdapterNotFoundError: With the known names.
    """
    if known is not None and adapter not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise AdapterNotFoundError(
            f"{server} has no adapter '{adapter}'.", hint=f"Adapters there: {listed}."
        )
