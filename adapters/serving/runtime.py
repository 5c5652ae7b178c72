"""Adapters brought into a running server, and taken out of it."""

from typing import TYPE_CHECKING, Final

from chorei.adapters.export import export, needs_merging
from chorei.adapters.export.peft_folder import read_config
from chorei.adapters.naming import LOCAL, SMALL, ModelName, chat_model
from chorei.adapters.servers import ServerChatModel, background
from chorei.core import AdapterError

if TYPE_CHECKING:
    from chorei.adapters.export import Target
    from chorei.adapters.registry import Registry

_LOADING: "Final[dict[str, Target]]" = {"vllm": "vllm", "sglang": "sglang"}


def exported_for(
    registry: "Registry", name: str, model: str, *, version: int | None = None, base: str = ""
) -> str:
    """The folder of a version as a running server can load it, made if it is not there yet.

    It is kept in the registry, below ``.served``, since a server may read it again later. For a
    server that loads nothing at run time there is none: an empty string.

    Args:
        registry: The registry.
        name: The adapter.
        model: Name of the server.
        version: Its version; by default the active one, else the newest.
        base: The base model, if it is not where the adapter was trained on it.

    Raises:
        AdapterError: It can be served only merged into its base.
        RegistryError: The version is damaged, or belongs to another base.
    """
    target = _LOADING.get(ModelName.parse(model).kind)
    if target is None:
        return ""
    entry = registry.entry(name, version or registry.active_version(name))
    reason = needs_merging(
        target, entry.model_type, read_config(registry.path(name, entry.version))
    )
    if reason:
        raise AdapterError(
            f"'{name}' version {entry.version} cannot be loaded into a running server: {reason}.",
            hint=f"Export it (chorei adapters export {name} PATH --for {target}) and start the"
            " server with the merged model.",
        )
    folder = registry.folder / ".served" / target / f"{name}-{entry.version}"
    if not folder.is_dir():
        export(registry, name, folder, target=target, version=entry.version, base=base)
    return str(folder.absolute())


def load_at_server(model: str, adapter: str, path: str, *, replace: bool = False) -> None:
    """Load an adapter into a running vLLM or SGLang; llama-server only turns one on.

    Args:
        model: Name of the server, as ``vllm:http://host:8000``.
        adapter: The name that requests will give.
        path: The adapter's PEFT folder as the server sees it.
        replace: Whether an adapter of this name is replaced.

    Raises:
        AdapterError: The server cannot, or refuses, or does not list it afterwards; with what to
            do about it.
        ModelError: The server does not answer.
    """
    chat = _server(model)
    background.run(chat.dialect.load_adapter(chat.server, adapter, path, replace=replace))
    listed = background.run(chat.dialect.info(chat.server)).adapters
    if listed is not None and adapter not in listed:
        raise AdapterError(
            f"{chat.dialect.title} said that '{adapter}' is loaded, and does not list it.",
            hint="Look at the server's own log.",
        )


def unload_at_server(model: str, adapter: str) -> None:
    """Take an adapter out of a running vLLM or SGLang; llama-server only turns one off.

    Raises:
        AdapterError: The server cannot, or has no such adapter.
        ModelError: The server does not answer.
    """
    chat = _server(model)
    background.run(chat.dialect.unload_adapter(chat.server, adapter))


def served_adapters(model: str) -> tuple[str, ...] | None:
    """The adapters that a running server has; None if it does not tell.

    Raises:
        ModelError: The server does not answer.
    """
    chat = _server(model)
    return background.run(chat.dialect.info(chat.server)).adapters


def _server(model: str) -> ServerChatModel:
    parsed = ModelName.parse(model)
    if parsed.kind in (LOCAL, SMALL):
        raise AdapterError(
            "A model in this process has no server into which adapters are loaded.",
            hint=f"Name the adapter's folder behind it: {parsed.kind}…#FOLDER.",
        )
    chat = chat_model(model)
    if not isinstance(chat, ServerChatModel):
        raise AdapterError(f"{parsed.kind} is no server.")
    return chat
