"""vLLM, as of 0.33: an adapter is a model of its own name (``--lora-modules name=path``)."""

from typing_extensions import override

from chorei.adapters.servers.changing import update
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Json, ServerInfo, check_adapter
from chorei.adapters.servers.tokenizing import TokenizingDialect

# Parts of what vLLM says, from its source (entrypoints/openai/models/serving.py, lora/).
_HINTS = {
    "(404): Not Found": "Start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 in its environment, and"
    " with --enable-lora.",
    "LoRA is not enabled": "Start it with --enable-lora.",
    "already been loaded": "Add --replace to load it in the other's place.",
    "No adapter found": "Give the folder as the server sees it (--path).",
    "max_lora_rank": "Start it with a larger --max-lora-rank.",
    "cannot be found": "chorei doctor --model shows which adapters are there.",
}


class VLLM(TokenizingDialect):
    """vLLM's OpenAI-compatible server."""

    kind = "vllm"
    title = "vLLM"
    wants_model = True

    @override
    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:
        check_adapter(adapter, call.info.adapters if call.info else None, self.title)
        body["model"] = adapter

    @override
    def request(self, call: Call) -> Json:
        body = super().request(call)
        wanted = body.get("response_format") or {}
        if wanted.get("type") == "regex":
            del body["response_format"]
            body["structured_outputs"] = {"regex": wanted["value"]}
        return body

    @override
    async def load_adapter(
        self, client: ServerClient, adapter: str, path: str, *, replace: bool = False
    ) -> None:
        body: Json = {"lora_name": adapter, "lora_path": path}
        if replace:
            body["load_inplace"] = True
        what = f"vLLM did not load '{adapter}'"
        await update(client, "/v1/load_lora_adapter", body, what=what, hints=_HINTS)

    @override
    async def unload_adapter(self, client: ServerClient, adapter: str) -> None:
        what = f"vLLM did not unload '{adapter}'"
        body = {"lora_name": adapter}
        await update(client, "/v1/unload_lora_adapter", body, what=what, hints=_HINTS)

    @override
    async def info(self, client: ServerClient) -> ServerInfo:
        listed = await client.get("/v1/models")
        models = [m for m in listed.get("data") or [] if isinstance(m, dict)]
        # An adapter names the model below it as its parent.
        bases = [m for m in models if not m.get("parent")]
        base = bases[0] if bases else {}
        return ServerInfo(
            model=str(base.get("id", "")),
            version=await _version(client),
            adapters=tuple(str(m["id"]) for m in models if m.get("parent")),
            max_total=base.get("max_model_len"),
            details=(("root", str(base["root"])),) if base.get("root") else (),
        )


async def _version(client: ServerClient) -> str:
    from chorei.core import ModelError

    try:
        said = await client.get("/version")
    except ModelError:
        return ""
    return str(said.get("version", "")) if isinstance(said, dict) else ""
