"""llama-server (llama.cpp): adapters are loaded at start and chosen by number and scale."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import ClassVar

from typing_extensions import override

from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Dialect, Json, ServerInfo, check_adapter
from chorei.core import ModelError, ModelSettingError


class LlamaCpp(Dialect):
    """llama-server's OpenAI-compatible API."""

    kind = "llamacpp"
    title = "llama-server"
    renamed: ClassVar[Mapping[str, str]] = {"repetition_penalty": "repeat_penalty"}

    @override
    def request(self, call: Call) -> Json:
        body = super().request(call)
        known = (call.info.adapters if call.info else None) or ()
        if call.adapter is None and known:
            # Adapters are on at their start scale unless a request says otherwise.
            body["lora"] = [{"id": n, "scale": 0.0} for n in range(len(known))]
        if (body.get("response_format") or {}).get("type") == "regex":
            raise ModelSettingError(
                "llama-server knows no regular expressions as a format.",
                hint="Use a JSON schema.",
            )
        return body

    @override
    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:
        known = (call.info.adapters if call.info else None) or ()
        check_adapter(adapter, known, self.title)
        chosen = known.index(adapter)
        body["lora"] = [{"id": n, "scale": float(n == chosen)} for n in range(len(known))]

    @override
    async def info(self, client: ServerClient) -> ServerInfo:
        listed = await super().info(client)
        try:
            loaded = await client.get("/lora-adapters")
            props = await client.get("/props")
        except ModelError:
            loaded, props = [], {}
        ordered = sorted(loaded, key=lambda a: int(a["id"])) if isinstance(loaded, list) else []
        context = (props.get("default_generation_settings") or {}).get("n_ctx")
        return ServerInfo(
            model=listed.model,
            version=str(props.get("build_info") or ""),
            adapters=tuple(PurePosixPath(str(a.get("path", ""))).stem for a in ordered),
            max_total=context,
        )
