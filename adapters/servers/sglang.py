"""SGLang, as of 0.5: an adapter is named behind the model (``base:adapter``)."""

import re

from typing_extensions import override

from chorei.adapters.servers.changing import update
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Json, ServerInfo, check_adapter
from chorei.adapters.servers.tokenizing import TokenizingDialect
from chorei.core import ModelError

# From here on its list of models holds every adapter that is loaded (read in its source).
_LISTS = (0, 5, 23)
# Parts of what SGLang says, from its source (srt/managers, srt/lora/lora_manager.py).
_HINTS = {
    "LoRA is not enabled": "Start it with --enable-lora, --max-lora-rank and"
    " --lora-target-modules all.",
    "already loaded": "Add --replace to load it in the other's place.",
    "memory pool": "Start it with a larger --max-lora-rank and with --lora-target-modules all.",
    "DoRA": "Export it with --merge, and serve the merged model.",
    "No such file": "Give the folder as the server sees it (--path).",
    "data-parallel": "Start it without --dp-size.",
    "does not exist": "chorei doctor --model shows which adapters are there.",
}


class SGLang(TokenizingDialect):
    """SGLang's OpenAI-compatible server."""

    kind = "sglang"
    title = "SGLang"
    wants_model = True

    @override
    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:
        check_adapter(adapter, call.info.adapters if call.info else None, self.title)
        base = call.model or (call.info.model if call.info else "")
        body["model"] = f"{base}:{adapter}"

    @override
    def request(self, call: Call) -> Json:
        body = super().request(call)
        wanted = body.get("response_format") or {}
        if wanted.get("type") == "regex":
            del body["response_format"]
            body["regex"] = wanted["value"]
        return body

    @override
    async def load_adapter(
        self, client: ServerClient, adapter: str, path: str, *, replace: bool = False
    ) -> None:
        if replace and adapter in ((await self.info(client)).adapters or ()):
            # It knows no loading in place; what is being answered with the old one is finished.
            await self.unload_adapter(client, adapter)
        body = {"lora_name": adapter, "lora_path": path}
        what = f"SGLang did not load '{adapter}'"
        await update(client, "/load_lora_adapter", body, what=what, hints=_HINTS)

    @override
    async def unload_adapter(self, client: ServerClient, adapter: str) -> None:
        what = f"SGLang did not unload '{adapter}'"
        body = {"lora_name": adapter}
        await update(client, "/unload_lora_adapter", body, what=what, hints=_HINTS)

    @override
    async def info(self, client: ServerClient) -> ServerInfo:
        listed = await client.get("/v1/models")
        models = [m for m in listed.get("data") or [] if isinstance(m, dict)]
        bases = [m for m in models if not m.get("parent")]
        base = bases[0] if bases else {}
        said = await _server_info(client)
        return ServerInfo(
            model=str(base.get("id", "")),
            version=str(said.get("version", "")),
            adapters=_adapters(models, said),
            max_input=said.get("max_req_input_len"),
            max_total=base.get("max_model_len"),
        )


def _adapters(models: list[Json], said: Json) -> tuple[str, ...] | None:
    """Names from the list of models, which older versions leave to the flags of the start."""
    listed = tuple(str(m["id"]).rpartition(":")[2] for m in models if m.get("parent"))
    if listed or _version(str(said.get("version", ""))) >= _LISTS:
        return listed
    paths = said.get("lora_paths")
    if isinstance(paths, dict):
        return tuple(paths)
    if isinstance(paths, list):
        names = [p.get("lora_name") if isinstance(p, dict) else str(p) for p in paths]
        return tuple(str(name).partition("=")[0] for name in names)
    return () if said.get("enable_lora") is False else None


def _version(text: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


async def _server_info(client: ServerClient) -> Json:
    for path in ("/server_info", "/get_server_info"):
        try:
            said = await client.get(path)
        except ModelError:
            continue
        if isinstance(said, dict):
            return said
    return {}
