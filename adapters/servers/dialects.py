"""The dialects by the word that stands before the colon in a model's name."""

from chorei.adapters.servers.dialect import Dialect
from chorei.adapters.servers.llamacpp import LlamaCpp
from chorei.adapters.servers.openai_api import OFFICIAL, OfficialOpenAI, OpenAI
from chorei.adapters.servers.sglang import SGLang
from chorei.adapters.servers.template import ChatTemplate
from chorei.adapters.servers.tgi import TGI
from chorei.adapters.servers.tgi_raw import TGIRaw
from chorei.adapters.servers.transformers_serve import TransformersServe
from chorei.adapters.servers.vllm import VLLM

_PLAIN = {d.kind: d for d in (LlamaCpp, OpenAI, SGLang, TGI, TransformersServe, VLLM)}
KINDS = tuple(sorted((*_PLAIN, TGIRaw.kind)))


def dialect_for(kind: str, address: str, *, template: ChatTemplate | None = None) -> Dialect:
    """The dialect of a kind of server at an address; the template is for ``tgi+raw``.

    Raises:
        MissingExtraError: ``tgi+raw`` needs Jinja (extra ``local``).
    """
    if kind == TGIRaw.kind:
        return TGIRaw(template)
    if kind == OpenAI.kind and address.startswith(OFFICIAL):
        return OfficialOpenAI()
    return _PLAIN[kind]()
