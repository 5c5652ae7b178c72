"""What stands in the folder of one version: weights, files by hash, entry, card."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from chorei.adapters.registry.card import card
from chorei.adapters.registry.entry import Entry
from chorei.adapters.registry.files import readable_safetensors, refuse_pickles, write_atomically
from chorei.core import RegistryError

_OWN: Final = frozenset({"entry.json", "card.md"})
_FIGURES: Final = (
    "train", "held_out", "steps", "loss", "held_out_loss", "tokens", "seconds", "cpu_seconds",
    "parameters", "stopped_early", "margin", "accuracy",
)  # fmt: skip


def new_entry(
    name: str, version: int, trained: dict[str, Any], files: dict[str, str], note: str
) -> Entry:
    """The entry of a version that is about to be registered."""
    return Entry(
        name=name,
        version=version,
        created=now(),
        method=trained["config"]["method"],
        objective=trained["config"].get("objective", "sft"),
        parent=trained["config"].get("start") or None,
        base=trained["base"]["reference"],
        base_sha256=trained["base"]["sha256"],
        model_type=trained["base"]["model_type"],
        data_sha256=trained["data"],
        config=trained["config"],
        training={key: trained[key] for key in _FIGURES if trained.get(key) is not None},
        files=files,
        note=note,
    )


def read_training(folder: Path) -> dict[str, Any]:
    """What ``training.json`` says, after checking that the folder is a whole adapter."""
    if not folder.is_dir():
        raise RegistryError(f"There is no adapter at {folder}.")
    refuse_pickles(folder)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise RegistryError(f"{folder.name} holds no weights as safetensors.")
    for path in weights:
        readable_safetensors(path)
    try:
        found: dict[str, Any] = json.loads((folder / "training.json").read_text(encoding="utf-8"))
        for key in ("config", "base", "data"):
            found[key]
    except (OSError, ValueError, KeyError, TypeError):
        raise RegistryError(
            f"{folder.name} has no training.json that says what it was trained on.",
            hint="Only adapters that chorei trained are registered: their base is known by hash.",
        ) from None
    return found


def write_entry(folder: Path, entry: Entry) -> None:
    """Write the entry and the card into a version's folder."""
    write_atomically(folder / "entry.json", entry.model_dump_json(indent=2))
    write_atomically(folder / "card.md", card(entry))


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of the adapter, by path."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OWN
    }


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flat(entry: Entry) -> dict[str, Any]:
    """The entry's values by dotted name, without what every version has anew."""
    plain = entry.model_dump(mode="json", exclude={"files", "name", "version", "created"})
    flat: dict[str, Any] = {}
    stack = list(plain.items())
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{key}.{inner}", item) for inner, item in value.items()]
        elif value is not None:
            flat[key] = value
    return flat


def now() -> dt.datetime:
    """The time in UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
