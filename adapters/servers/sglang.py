"""SGLang, as of 0.5: an adapter is named behind the model (``base:adapter``)."""

from typing_extensions import override

from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Json, ServerInfo, check_adapter
from chorei.adapters.servers.tokenizing import TokenizingDialect
from chorei.core import ModelError


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
    """Names from the list of models, else from the flags it was started with."""
    listed = tuple(str(m["id"]).rpartition(":")[2] for m in models if m.get("parent"))
    if listed:
        return listed
    paths = said.get("lora_paths")
    if isinstance(paths, dict):
        return tuple(paths)
    if isinstance(paths, list):
        names = [p.get("lora_name") if isinstance(p, dict) else str(p) for p in paths]
        return tuple(str(name).partition("=")[0] for name in names)
    return () if said.get("enable_lora") is False else None


async def _server_info(client: ServerClient) -> Json:
    for path in ("/server_info", "/get_server_info"):
        try:
            said = await client.get(path)
        except ModelError:
            continue
        if isinstance(said, dict):
            return said
    return {}
