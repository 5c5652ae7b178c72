"""A registered version, made into what a server takes."""

import shutil
import uuid
from pathlib import Path

from chorei.adapters.export.commands import start_command
from chorei.adapters.export.gguf_adapter import write_gguf
from chorei.adapters.export.merged import write_merged
from chorei.adapters.export.peft_folder import read_config, write_peft
from chorei.adapters.export.targets import Target, needs_merging
from chorei.adapters.registry import Registry
from chorei.adapters.training.base import Base, identify
from chorei.core import AdapterError, Frozen


class Exported(Frozen):
    """What was written.

    Attributes:
        path: The folder or file.
        merged: Whether it is a whole model.
        reason: Why it had to be merged, "" if it had not.
        command: How the server is started with it.
    """

    path: Path
    merged: bool
    reason: str
    command: str


def export(
    registry: Registry,
    name: str,
    output: Path,
    *,
    target: Target,
    version: int | None = None,
    base: str = "",
    merge: bool = False,
) -> Exported:
    """Export a version, the active one by default; the output appears complete or not at all.

    Args:
        registry: The registry.
        name: The adapter.
        output: Folder to make (llama.cpp: file).
        target: The server it is for.
        version: Its version.
        base: Where the base model is, if not where it was trained.
        merge: Merge it into the base though the server could take it as it is.

    Raises:
        AdapterError: The output exists, or the adapter cannot be exported.
        RegistryError: The version is damaged, or belongs to another base.
    """
    if output.exists():
        raise AdapterError(f"There is already something at {output}.")
    entry = registry.entry(name, version or registry.active_version(name))
    found = identify(base or entry.base)
    adapter = registry.path(name, entry.version, base_sha256=found.sha256)
    config = read_config(adapter)
    reason = needs_merging(target, entry.model_type, config)
    merged = bool(reason) or merge
    made = output.parent / f".{output.name}.{uuid.uuid4().hex[:8]}"
    made.parent.mkdir(parents=True, exist_ok=True)
    try:
        if target == "llamacpp":
            if merged:
                raise AdapterError(
                    f"It cannot be a GGUF adapter: {reason or 'it is to be merged'}."
                )
            _gguf(adapter, made, entry.model_type, found.folder)
        elif merged:
            write_merged(adapter, found, made)
        else:
            write_peft(adapter, made, base=found.folder)
        made.rename(output)
    except OSError as error:
        raise AdapterError(f"The export cannot be written: {error}.") from error
    finally:
        if made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
        else:
            made.unlink(missing_ok=True)
    command = start_command(
        target,
        name,
        output.absolute(),
        base=_served(found) if target == "llamacpp" else found.folder,
        rank=int(config.get("r", 0)),
        merged=merged,
    )
    return Exported(path=output, merged=merged, reason=reason, command=command)


def _served(base: Base) -> str:
    """The base's own GGUF file, if it was one."""
    from chorei.adapters.local.references import find

    source = find(base.reference)
    return source.location if source.kind == "gguf" else base.folder


def _gguf(adapter: Path, output: Path, model_type: str, base: str) -> None:
    from chorei.adapters.advice import shape_of

    shape = shape_of(base)
    write_gguf(adapter, output, model_type=model_type, heads=shape.heads, kv_heads=shape.kv_heads)
