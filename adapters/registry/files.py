"""Files that are there completely or not at all, and weights that cannot run code."""

import json
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

from chorei.core import RegistryError

_LARGEST_HEADER = 100 * 2**20
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step that a kill or a power cut cannot split."""
    made = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with made.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        with suppress(FileNotFoundError):
            made.unlink()
    fsync_folder(path.parent)


def fsync_tree(folder: Path) -> None:
    """Bring all files below a folder, and the folder, to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    fsync_folder(folder)


def fsync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def readable_safetensors(path: Path) -> dict[str, Any]:
    """The header of a safetensors file, checked against the file's size.

    The format is a header's length (8 bytes), the header in JSON, then the tensors without gaps
    (https://github.com/huggingface/safetensors, "Format").

    Raises:
        RegistryError: It is cut off, overlong or no safetensors.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(_LARGEST_HEADER, size - 8):
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        end = 0
        for entry in sorted(header.values(), key=lambda e: e["data_offsets"][0]):
            start, stop = entry["data_offsets"]
            count = _BYTES.get(entry["dtype"], 0)
            for extent in entry["shape"]:
                count *= extent
            if start != end or (count and stop - start != count):
                raise ValueError("its tensors overlap or leave gaps")
            end = stop
        if 8 + length + end != size:
            raise ValueError(f"it holds {size} bytes where {8 + length + end} are announced")
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise RegistryError(
            f"The weights in {path.name} are damaged: {error}.", hint="Copy or train them again."
        ) from None
    return header


def refuse_pickles(folder: Path) -> None:
    """Refuse a folder with weights in pickle files: reading those can run any code.

    Raises:
        RegistryError: There is one.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _PICKLES:
            raise RegistryError(
                f"{path.name} is a pickle file, which can run code when it is read; refused.",
                hint="Ask for the adapter as safetensors.",
            )
