"""Where the declaration of an adapter lies: in its folder, or where the settings say."""

import threading
from collections.abc import Mapping
from pathlib import Path

from chorei.adapters.declaration.declaration import FILE, Declaration, read_declaration


class Declarations:
    """Finds the declarations of the adapters of one model, each read once.

    Looked for are, in this order: ``NAME/knows.json``, ``NAME.knows.json`` and the active version
    of ``NAME`` in a registry below ``place``; ``place`` itself if it is a declaration or an
    adapter's folder, which then is that of the model's own adapter; and for a model in this
    process the adapter's folder, or without an adapter the model's (a merged model is its own).

    Args:
        place: A declaration, an adapter's folder, a folder of such, or a registry; None for none.
        main: The adapter of every call that names none; empty for none.
        folders: Folders of adapters by name.
        model: Folder or file of a model in this process; None for one at a server.
    """

    def __init__(
        self,
        place: Path | None = None,
        *,
        main: str = "",
        folders: Mapping[str, Path] | None = None,
        model: Path | None = None,
    ) -> None:
        self._place = place
        self._main = main
        self._folders = folders or {}
        self._model = model
        self._found: dict[str, Declaration | None] = {}
        self._guard = threading.Lock()

    def __call__(self, adapter: str = "") -> Declaration | None:
        """The declaration of an adapter; None if there is none.

        Args:
            adapter: Its name or folder; empty for the model's own.

        Raises:
            AdapterError: It is damaged.
        """
        name = adapter or self._main
        with self._guard:
            if name not in self._found:
                found = map(read_declaration, map(_beside, self._places(name)))
                self._found[name] = next((each for each in found if each is not None), None)
            return self._found[name]

    def _places(self, name: str) -> list[Path]:
        place = self._place
        found: list[Path] = []
        if place is not None:
            inner = Path(name).name
            if inner and place.is_dir():
                found += [place / inner / FILE, place / f"{inner}.{FILE}"]
                found += _registered(place, inner)
            if name == self._main:
                found.append(place)
        if self._model is not None:
            found.append(self._folders.get(name, Path(name)) if name else self._model)
        return found


def _beside(path: Path) -> Path:
    """Where the declaration of a GGUF file lies: beside it, as that is one file."""
    path = path.expanduser()
    return path.with_suffix(f".{FILE}") if path.suffix == ".gguf" else path


def _registered(place: Path, name: str) -> list[Path]:
    from chorei.adapters.registry import Registry
    from chorei.core import RegistryError

    if not (place / name / "active.json").is_file():
        return []
    try:
        version = Registry(place).active_version(name)
    except RegistryError:
        return []
    return [] if version is None else [place / name / str(version)]
