"""GGUF files, converted once to a folder that loads fast.

transformers reads a GGUF by dequantising it in Python: 18 s for the 135M model on one core, and 4 s
more for its tokenizer. The same weights as safetensors load in 0.3 s.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chorei.core.errors import ModelNameError, ModelUnavailableError

_VERSION = "1"


def cache_folder() -> Path:
    """The user's cache of converted models (``$XDG_CACHE_HOME/chorei/models``)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "chorei" / "models"


def converted(file: Path) -> Path:
    """The folder with the weights and the tokenizer of a GGUF file, made if it is not there.

    The folder is named by the hash of the file, and appears complete or not at all: several
    processes may convert at once.

    Args:
        file: A GGUF file.

    Raises:
        ModelNameError: The file is no GGUF that transformers can read.
        ModelUnavailableError: The folder cannot be written.
    """
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    folder = cache_folder() / f"{file.stem}-{digest[:16]}-{_VERSION}"
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as scratch:
            _convert(file, Path(scratch) / "model")
            _publish(Path(scratch) / "model", folder)
    except OSError as error:
        raise ModelUnavailableError(
            f"The converted model cannot be written to {folder.parent}: {error}.",
            hint="Make room there, or set XDG_CACHE_HOME to another folder.",
        ) from None
    return folder


def _publish(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Another process was first; its folder holds the same.
        if not (folder / "config.json").is_file():
            raise
        shutil.rmtree(made)


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source: dict[str, Any] = {
        "pretrained_model_name_or_path": str(file.parent),
        "gguf_file": file.name,
        "local_files_only": True,
    }
    with quietly():
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
            tokenizer: Any = AutoTokenizer.from_pretrained(**source)
        except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
            raise ModelNameError(
                f"The file {file.name} cannot be read as a model: {str(error)[:300]}",
                hint="transformers reads GGUF of the Llama, Mistral, Qwen, Gemma and some other"
                " families.",
            ) from None
        # Otherwise the folder would claim to be quantised, which it no longer is.
        model.hf_quantizer = None
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep progress bars and remarks of transformers off the terminal."""
    import transformers

    remarks: Any = transformers.utils.logging
    bars = remarks.is_progress_bar_enabled()
    level = remarks.get_verbosity()
    remarks.disable_progress_bar()
    remarks.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        remarks.set_verbosity(level)
        if bars:
            remarks.enable_progress_bar()
