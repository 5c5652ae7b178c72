"""llama-server (llama.cpp): adapters are loaded at start and chosen by number and scale."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar

from typing_extensions import override

from chorei.adapters.rendered import Rendered
from chorei.adapters.servers.changing import update
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import (
    Call,
    Dialect,
    Json,
    ServerInfo,
    check_adapter,
)
from chorei.adapters.servers.tokenizing import token_ids
from chorei.core import AdapterError, AdapterNotFoundError, ModelError, ModelSettingError

_NO_TOOLS = ("tools", "none: the model's chat template does not know them")


class LlamaCpp(Dialect):
    """llama-server's OpenAI-compatible API."""

    kind = "llamacpp"
    title = "llama-server"
    tokenizes: ClassVar[bool] = True
    # Adapters are chosen by number, and another start may number them otherwise.
    fresh_seconds: ClassVar[float] = 30.0
    renamed: ClassVar[Mapping[str, str]] = {"repetition_penalty": "repeat_penalty"}

    @override
    def request(self, call: Call) -> Json:
        body = super().request(call)
        known = (call.info.adapters if call.info else None) or ()
        if known:
            # Adapters are on at their start scale unless a request says otherwise.
            body.setdefault("lora", [{"id": n, "scale": 0.0} for n in range(len(known))])
            # Its store of earlier prompts does not tell adapters apart: what one adapter has read
            # would be continued by another, or by the base model.
            body["cache_prompt"] = False
        if body.get("tools") and call.info and _NO_TOOLS in call.info.details:
            # It drops them without a word.
            if body.get("tool_choice") not in (None, "auto", "none"):
                raise ModelSettingError(
                    "llama-server tells this model of no tools: its chat template knows none.",
                    hint="Use a model that was trained with tools, or let it choose freely.",
                )
            call.notes.append("llama-server ignores tools: the model's chat template knows none.")
        if (body.get("response_format") or {}).get("type") == "regex":
            raise ModelSettingError(
                "llama-server knows no regular expressions as a format.",
                hint="Use a JSON schema.",
            )
        return body

    @override
    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:
        known = call.info.adapters if call.info else None
        if known is None:
            raise AdapterNotFoundError(
                f"llama-server does not say which adapters it has, so '{adapter}' cannot be named.",
                hint="Check the key (CHOREI_API_KEY), and that GET /lora-adapters is answered.",
            )
        check_adapter(adapter, known, self.title)
        chosen = known.index(adapter)
        body["lora"] = [{"id": n, "scale": float(n == chosen)} for n in range(len(known))]

    @override
    async def info(self, client: ServerClient) -> ServerInfo:
        listed = await super().info(client)
        loaded = await _page(client, "/lora-adapters")
        props = await _page(client, "/props") or {}
        caps = props.get("chat_template_caps") or {}
        context = (props.get("default_generation_settings") or {}).get("n_ctx")
        return ServerInfo(
            model=listed.model,
            version=str(props.get("build_info") or ""),
            adapters=adapter_names(loaded) if isinstance(loaded, list) else None,
            max_total=context,
            details=(_NO_TOOLS,) if caps.get("supports_tools") is False else (),
        )

    @override
    async def tokens(self, client: ServerClient, text: str, model: str = "") -> tuple[int, ...]:
        return await self._tokens(client, {"content": text, "parse_special": False})

    @override
    async def rendered(self, client: ServerClient, body: Json) -> Rendered:
        said = await client.ask("/apply-template", body)
        prompt = str(said.get("prompt", "")) if isinstance(said, dict) else ""
        # As the server itself reads a prompt: marks of the template, and the model's own first.
        tokens = await self._tokens(client, {"content": prompt, "add_special": True})
        return Rendered(tokens=tokens, text=prompt)

    @override
    async def load_adapter(
        self, client: ServerClient, adapter: str, path: str, *, replace: bool = False
    ) -> None:
        """Turn one on for requests that name none; it must be there since the start."""
        await self._scale(client, adapter, 1.0)

    @override
    async def unload_adapter(self, client: ServerClient, adapter: str) -> None:
        """Turn one off for requests that name none; llama-server keeps it in memory."""
        await self._scale(client, adapter, 0.0)

    async def _scale(self, client: ServerClient, adapter: str, scale: float) -> None:
        listed = await client.get("/lora-adapters")
        names = adapter_names(listed)
        if adapter not in names:
            raise AdapterError(
                f"llama-server loads adapters only when it is started, and '{adapter}' is not"
                f" among them ({', '.join(names) or 'none'}).",
                hint="Export it with --for llamacpp, and start the server with --lora FILE.",
            )
        scales = {int(one["id"]): float(one.get("scale", 1.0)) for one in listed}
        scales[names.index(adapter)] = scale
        body = [{"id": number, "scale": each} for number, each in sorted(scales.items())]
        what = f"llama-server did not turn '{adapter}' {'on' if scale else 'off'}"
        await update(client, "/lora-adapters", body, what=what, hints={})

    async def _tokens(self, client: ServerClient, body: Json) -> tuple[int, ...]:
        said = await client.ask("/tokenize", body)
        return token_ids(said.get("tokens") if isinstance(said, dict) else None, self.title)


def adapter_names(loaded: list[Json]) -> tuple[str, ...]:
    """The names of a server's adapters in the order of their numbers: the files without ending."""
    ordered = sorted(loaded, key=lambda one: int(one["id"]))
    return tuple(PurePosixPath(str(one.get("path", ""))).stem for one in ordered)


async def _page(client: ServerClient, path: str) -> Any:
    try:
        return await client.get(path)
    except ModelError:
        return None
