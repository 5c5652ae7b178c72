"""OpenAI's own API, and servers of which only that is known."""

from typing import ClassVar

from typing_extensions import override

from chorei.adapters.servers.dialect import Call, Dialect, Json

OFFICIAL = "https://api.openai.com"


class OpenAI(Dialect):
    """The chat API as OpenAI documents it."""

    kind = "openai"
    title = "the OpenAI API"
    ignored: ClassVar[frozenset[str]] = frozenset({"top_k", "min_p", "repetition_penalty"})
    max_stops = 4
    tells = False

    @override
    def put_thinking(self, body: Json, call: Call) -> None:
        call.ignore("thinking", self.title)

    @override
    def skips_thinking(self, model: str) -> bool:
        return False


class OfficialOpenAI(OpenAI):
    """OpenAI's own service, where ``max_tokens`` has given way to ``max_completion_tokens``."""

    renamed = {"max_new_tokens": "max_completion_tokens"}  # noqa: RUF012
