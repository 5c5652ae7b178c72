"""A registered version, made into what a server takes."""

import shutil
import uuid
from pathlib import Path
from typing import Any, Final

from chorei.adapters.declaration import FILE
from chorei.adapters.export.commands import start_command
from chorei.adapters.export.gguf_adapter import write_gguf
from chorei.adapters.export.gguf_model import KINDS, check_architecture, write_gguf_model
from chorei.adapters.export.merged import merged_model, write_merged
from chorei.adapters.export.peft_folder import read_config, write_peft
from chorei.adapters.export.targets import Target, needs_merging
from chorei.adapters.local.references import find
from chorei.adapters.registry import Registry
from chorei.adapters.training.base import Base, identify, load_for_training
from chorei.core import AdapterError, Frozen

_BASE: Final = "base.gguf"
_ADAPTER: Final = "adapter.gguf"


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
    bits: int = 16,
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
        bits: Bits of a weight when it is served, 16, 8 or 4; below 16 it is merged. A GGUF file is
            written in them; the other servers round the model themselves while they load it. For
            llama.cpp in 4 bits a folder with base and adapter is written, unless ``merge`` is set:
            what an adapter changes is often smaller than a step of 4 bits, and rounding would lose
            it.

    Raises:
        AdapterError: The output exists, or the adapter cannot be exported.
        RegistryError: The version is damaged, or belongs to another base.
    """
    if bits not in KINDS:
        raise AdapterError(f"A model cannot be exported in {bits} bits, only in 16, 8 or 4.")
    if bits < 16 and target == "local":
        raise AdapterError(
            "A model in this process is rounded when it is loaded, not when it is exported.",
            hint=f"Load it with LoadOptions(quantization='int{bits}').",
        )
    if output.exists():
        raise AdapterError(f"There is already something at {output}.")
    entry = registry.entry(name, version or registry.active_version(name))
    found = identify(base or entry.base)
    adapter = registry.path(name, entry.version, base_sha256=found.sha256)
    config = read_config(adapter)
    reason = needs_merging(target, entry.model_type, config)
    beside = target == "llamacpp" and bits == 4 and not (reason or merge)
    if bits < 16 and not (reason or beside):
        reason = f"it is to be served in {bits} bits"
    merged = bool(reason) or merge
    if target == "llamacpp" and (merged or beside):
        check_architecture(entry.model_type)
    made = output.parent / f".{output.name}.{uuid.uuid4().hex[:8]}"
    made.parent.mkdir(parents=True, exist_ok=True)
    try:
        if target == "llamacpp" and merged:
            label = f"{found.label} with {name} {entry.version}"
            _rounded(merged_model(adapter, found), made, found, bits=bits, label=label)
        elif beside:
            made.mkdir()
            model, _ = load_for_training(found, device="cpu", bfloat16=False)
            _rounded(model, made / _BASE, found, bits=bits, label=found.label)
            _gguf(adapter, made / _ADAPTER, entry.model_type, found.folder)
        elif target == "llamacpp":
            _gguf(adapter, made, entry.model_type, found.folder)
        elif merged:
            write_merged(adapter, found, made)
        else:
            write_peft(adapter, made, base=found.folder)
        _declare(adapter, made, output)
        made.rename(output)
    except OSError as error:
        raise AdapterError(f"The export cannot be written: {error}.") from error
    finally:
        if made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
        else:
            made.unlink(missing_ok=True)
    written = output.absolute()
    weights = _own_files(found) if target == "llamacpp" else found.folder
    command = start_command(
        target,
        name,
        written / _ADAPTER if beside else written,
        base=str(written / _BASE if beside else weights),
        rank=int(config.get("r", 0)),
        merged=merged,
        bits=bits,
    )
    return Exported(path=output, merged=merged, reason=reason, command=command)


def _rounded(model: Any, output: Path, base: Base, *, bits: int, label: str) -> None:
    write_gguf_model(model, output, tokenizer=_own_files(base), kind=KINDS[bits], name=label)


def _own_files(base: Base) -> Path:
    """The GGUF file a base came from, whose tokenizer is complete, else its folder."""
    source = find(base.reference)
    return Path(source.location if source.kind == "gguf" else base.folder)


def _declare(adapter: Path, made: Path, output: Path) -> None:
    """Let what the adapter knows go along: in its folder, beside a file."""
    if (adapter / FILE).is_file():
        beside = output.with_suffix(f".{FILE}")
        shutil.copyfile(adapter / FILE, made / FILE if made.is_dir() else beside)


def _gguf(adapter: Path, output: Path, model_type: str, base: str) -> None:
    from chorei.adapters.advice import shape_of

    shape = shape_of(base)
    write_gguf(adapter, output, model_type=model_type, heads=shape.heads, kv_heads=shape.kv_heads)
