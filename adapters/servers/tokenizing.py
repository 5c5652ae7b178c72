"""The tokenizer endpoint that vLLM and SGLang have in the same form (``POST /tokenize``)."""

from typing import Any, ClassVar

from typing_extensions import override

from chorei.adapters.rendered import Rendered
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Dialect, Json
from chorei.core import ModelResponseError

# What decides the prompt of a chat request, in both servers' TokenizeRequest.
_RENDERING = ("model", "messages", "tools", "chat_template_kwargs")


class TokenizingDialect(Dialect):
    """A server with ``/tokenize`` for texts (``prompt``) and conversations (``messages``)."""

    tokenizes: ClassVar[bool] = True

    @override
    async def tokens(self, client: ServerClient, text: str, model: str = "") -> tuple[int, ...]:
        body: Json = {"prompt": text, "add_special_tokens": False}
        if model:
            body["model"] = model
        return await self._ask(client, body)

    @override
    async def rendered(self, client: ServerClient, body: Json) -> Rendered:
        asked = {key: body[key] for key in _RENDERING if body.get(key) is not None}
        return Rendered(tokens=await self._ask(client, asked))

    async def _ask(self, client: ServerClient, body: Json) -> tuple[int, ...]:
        said = await client.ask("/tokenize", body)
        return token_ids(said.get("tokens") if isinstance(said, dict) else None, self.title)


def token_ids(found: Any, server: str) -> tuple[int, ...]:
    """A list of the numbers of tokens, or of objects that have them as ``id``.

    Raises:
        ModelResponseError: It is something else.
    """
    try:
        if not isinstance(found, list):
            raise TypeError
        return tuple(int(one["id"] if isinstance(one, dict) else one) for one in found)
    except (KeyError, TypeError, ValueError):
        raise ModelResponseError(f"{server} answered with no list of tokens.") from None
