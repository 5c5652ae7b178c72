"""vLLM and SGLang as far as adapters come and go at run time, and tokens are counted.

From their source: of vLLM (2026-11) entrypoints/serve/lora, entrypoints/serve/tokenize and
entrypoints/openai/models/serving.py; of SGLang 0.5.23 entrypoints/http_server.py,
entrypoints/openai/serving_tokenize.py, managers/tokenizer_control_mixin.py and
lora/lora_manager.py.
"""

from typing import Any

from tgi_fake_http import Exchange, FakeServer

Json = dict[str, Any]
BASE = "base"


class FakeLoRAServer(FakeServer):
    """What both have in common; the folders that exist are ``ranks``, with the adapter's rank."""

    def __init__(self, ranks: dict[str, int], *, most: int = 16, key: str = "") -> None:
        super().__init__(self._handle)
        self.ranks, self.most, self.key = ranks, most, key
        self.loaded: dict[str, str] = {}

    def asked(self, path: str) -> list[Json]:
        """The bodies that were sent to a path."""
        return [e.body for e in self.exchanges if e.path == path and e.method == "POST"]

    async def _handle(self, exchange: Exchange) -> None:
        if self.key and exchange.headers.get("authorization") != f"Bearer {self.key}":
            await exchange.send_json(401, {"error": "Unauthorized"})
        elif exchange.path == "/v1/models":
            await exchange.send_json(200, {"object": "list", "data": self._cards()})
        elif exchange.path == "/tokenize":
            await self._tokenize(exchange)
        elif exchange.path == "/v1/chat/completions":
            await self._chat(exchange)
        else:
            await self._other(exchange)

    def _cards(self) -> list[Json]:
        base = {"id": BASE, "object": "model", "root": BASE, "parent": None, "max_model_len": 4096}
        return [base] + [
            {"id": name, "object": "model", "root": path, "parent": BASE, "max_model_len": None}
            for name, path in self.loaded.items()
        ]

    async def _tokenize(self, exchange: Exchange) -> None:
        body = exchange.body
        assert ("prompt" in body) != ("messages" in body), "exactly one of them"
        assert body.get("model", BASE) in (
            BASE,
            *self.loaded,
            *(f"{BASE}:{n}" for n in self.loaded),
        )
        if "prompt" in body:
            text = body["prompt"]
        else:
            text = "".join(f"<{m['role']}>{m['content']}" for m in body["messages"]) + "<assistant>"
        tokens = list(text.encode())
        answer = {"count": len(tokens), "max_model_len": 4096, "tokens": tokens}
        await exchange.send_json(200, answer)

    async def _chat(self, exchange: Exchange) -> None:
        name = exchange.body["model"].removeprefix(f"{BASE}:")
        if name != BASE and name not in self.loaded:
            await self._unknown(exchange, name)
            return
        message = {"role": "assistant", "content": f"I am {name}."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
        answer = {"object": "chat.completion", "model": name, "choices": [choice], "usage": usage}
        await exchange.send_json(200, answer)

    async def _unknown(self, exchange: Exchange, name: str) -> None:
        raise NotImplementedError

    async def _other(self, exchange: Exchange) -> None:
        raise NotImplementedError


class FakeVLLM(FakeLoRAServer):
    """vLLM; ``updating`` is VLLM_ALLOW_RUNTIME_LORA_UPDATING, ``lora`` is --enable-lora."""

    def __init__(
        self, ranks: dict[str, int], *, updating: bool = True, lora: bool = True, **more: Any
    ):
        super().__init__(ranks, **more)
        self.updating, self.lora = updating, lora

    async def _refuse(self, exchange: Exchange, status: int, kind: str, message: str) -> None:
        error = {"message": message, "type": kind, "param": None, "code": status}
        await exchange.send_json(status, {"error": error})

    async def _unknown(self, exchange: Exchange, name: str) -> None:
        said = f"The model `{name}` does not exist."
        await self._refuse(exchange, 404, "NotFoundError", said)

    async def _other(self, exchange: Exchange) -> None:
        if exchange.path == "/version":
            await exchange.send_json(200, {"version": "0.33.0"})
        elif self.updating and exchange.path == "/v1/load_lora_adapter":
            await self._load(exchange)
        elif self.updating and exchange.path == "/v1/unload_lora_adapter":
            await self._unload(exchange)
        else:
            await self._refuse(exchange, 404, "NotFoundError", "Not Found")

    async def _load(self, exchange: Exchange) -> None:
        body = exchange.body
        assert body.keys() <= {"lora_name", "lora_path", "load_inplace", "is_3d_lora_weight"}
        name, path = body["lora_name"], body["lora_path"]
        if name in self.loaded and not body.get("load_inplace"):
            said = (
                f"The lora adapter '{name}' has already been loaded. If you want to load the"
                " adapter in place, set 'load_inplace' to True."
            )
            await self._refuse(exchange, 400, "InvalidUserInput", said)
        elif not self.lora:
            said = "LoRA is not enabled. Use --enable-lora to enable LoRA."
            await self._refuse(exchange, 500, "InternalServerError", said)
        elif path not in self.ranks:
            said = f"Loading lora {name} failed: No adapter found for {path}"
            await self._refuse(exchange, 404, "NotFoundError", said)
        elif self.ranks[path] > self.most:
            said = f"LoRA rank {self.ranks[path]} is greater than max_lora_rank {self.most}."
            await self._refuse(exchange, 500, "InternalServerError", said)
        else:
            self.loaded[name] = path
            said = f"Success: LoRA adapter '{name}' added successfully."
            await exchange.send(200, said, "text/plain; charset=utf-8")

    async def _unload(self, exchange: Exchange) -> None:
        name = exchange.body["lora_name"]
        if name not in self.loaded:
            said = f"The lora adapter '{name}' cannot be found."
            await self._refuse(exchange, 404, "NotFoundError", said)
            return
        del self.loaded[name]
        said = f"Success: LoRA adapter '{name}' removed successfully."
        await exchange.send(200, said, "text/plain; charset=utf-8")


class FakeSGLang(FakeLoRAServer):
    """SGLang; ``lora`` is --enable-lora."""

    def __init__(self, ranks: dict[str, int], *, lora: bool = True, **more: Any) -> None:
        super().__init__(ranks, **more)
        self.lora = lora

    async def _unknown(self, exchange: Exchange, name: str) -> None:
        said = f"Got LoRA adapter that has never been loaded: {name}"
        error = {"object": "error", "message": said, "type": "BadRequestError", "code": 400}
        await exchange.send_json(400, error)

    async def _other(self, exchange: Exchange) -> None:
        if exchange.path == "/server_info":
            said = {"version": "0.5.23", "enable_lora": self.lora, "max_req_input_len": 4090}
            await exchange.send_json(200, said)
        elif exchange.path == "/load_lora_adapter":
            await self._result(exchange, self._load(exchange.body))
        elif exchange.path == "/unload_lora_adapter":
            await self._result(exchange, self._unload(exchange.body))
        else:
            await exchange.send_json(404, {"detail": "Not Found"})

    async def _result(self, exchange: Exchange, refused: str) -> None:
        adapters = None if refused else {n: {"lora_name": n} for n in self.loaded}
        result = {"success": not refused, "error_message": refused or None}
        await exchange.send_json(400 if refused else 200, {**result, "loaded_adapters": adapters})

    def _load(self, body: Json) -> str:
        assert body.keys() <= {"lora_name", "lora_path", "pinned"}
        name, path = body["lora_name"], body["lora_path"]
        if not self.lora:
            return "LoRA is not enabled. Please set `--enable-lora` to enable LoRA."
        if path not in self.ranks:
            return f"[Errno 2] No such file or directory: '{path}/adapter_config.json'"
        if name in self.loaded:
            return f"Failed to load LoRA adapter {name} because it is already loaded"
        if self.ranks[path] > self.most:
            return (
                f"LoRA adapter {name} with rank {self.ranks[path]} is incompatible with the current"
                " LoRA memory pool configuration. Please ensure that the LoRA adapter's rank is"
                " within the configured `--max-lora-rank` and that the target modules are included"
                " in `--lora-target-modules`."
            )
        self.loaded[name] = path
        return ""

    def _unload(self, body: Json) -> str:
        if body["lora_name"] not in self.loaded:
            return f"LoRA with name {body['lora_name']} does not exist."
        del self.loaded[body["lora_name"]]
        return ""
