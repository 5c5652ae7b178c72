"""The registry of adapters: a folder with one folder per name and version.

Every change is one rename of something complete, so a kill at any moment leaves the state before
or after it. Readers need no lock.
"""

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from chorei.adapters.declaration.declaration import Declaration, read_declaration
from chorei.adapters.declaration.making import declare_folder
from chorei.adapters.registry import gate
from chorei.adapters.registry.contents import (
    flat,
    hashes,
    new_entry,
    now,
    read_training,
    sha256,
    write_entry,
)
from chorei.adapters.registry.entry import Active, Entry, Evaluation, Promotion
from chorei.adapters.registry.files import (
    fsync_folder,
    fsync_tree,
    refuse_pickles,
    write_atomically,
)
from chorei.adapters.registry.locking import file_lock
from chorei.core import GateError, RegistryError

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class Registry:
    """The adapters of a company.

    Args:
        folder: Its folder; made when something is added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, adapter: Path, *, note: str = "") -> Entry:
        """Copy a trained adapter in as the next version of a name; it is not active yet.

        What it knows is declared from its records, in ``knows.json``.

        Raises:
            RegistryError: The name is unfit, or the folder is no whole adapter trained by chorei
                (damaged weights, pickle files, no ``training.json``).
        """
        _check_name(name)
        trained = read_training(adapter)
        with self._writing():
            active = self._active(name)
            version = max(active.last, *self._versions(name), 0) + 1
            incoming = self._folder / f".incoming-{uuid.uuid4().hex}"
            shutil.copytree(adapter, incoming)
            declare_folder(incoming, adapter=name)
            entry = new_entry(name, version, trained, hashes(incoming), note)
            write_entry(incoming, entry)
            fsync_tree(incoming)
            home = self._folder / name
            home.mkdir(exist_ok=True)
            write_atomically(
                home / "active.json", active.model_copy(update={"last": version}).model_dump_json()
            )
            incoming.rename(home / str(version))
            fsync_folder(home)
        return entry

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._folder

    def names(self) -> list[str]:
        """All names, sorted."""
        if not self._folder.is_dir():
            return []
        return sorted(p.name for p in self._folder.iterdir() if p.is_dir() and p.name[0] != ".")

    def entries(self) -> list[tuple[Entry, bool]]:
        """Every version of every name, and whether it is active."""
        return [
            (self.entry(name, version), version == self._active(name).version)
            for name in self.names()
            for version in self._versions(name)
        ]

    def entry(self, name: str, version: int | None = None) -> Entry:
        """What is known about a version; the newest by default.

        Raises:
            RegistryError: There is no such version, or its entry is damaged.
        """
        path = self._home(name, version) / "entry.json"
        try:
            return Entry.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise RegistryError(f"The entry of '{name}' cannot be read: {error}.") from None

    def active_version(self, name: str) -> int | None:
        """The active version of a name, None if none is."""
        return self._active(name).version

    def history(self, name: str) -> tuple[Promotion, ...]:
        """Every change of the active version, oldest first."""
        return self._active(name).history

    def declaration(self, name: str, version: int | None = None) -> Declaration | None:
        """What a version declares to know, the newest by default; None if it declares nothing.

        Raises:
            RegistryError: There is no such version.
            AdapterError: Its declaration is damaged.
        """
        return read_declaration(self._home(name, version))

    def path(
        self, name: str, version: int | None = None, *, base_sha256: str | None = None
    ) -> Path:
        """The folder of a version, the active one by default, after checking it.

        Args:
            name: The adapter.
            version: Its version.
            base_sha256: Hash of the base it is to be put on.

        Raises:
            RegistryError: No version is active, a file is damaged or was exchanged, or the
                adapter belongs to another base.
        """
        chosen = self._active(name).version if version is None else version
        if chosen is None:
            raise RegistryError(
                f"No version of '{name}' is active.", hint=f"Run: chorei adapters promote {name}"
            )
        entry, folder = self.entry(name, chosen), self._home(name, chosen)
        refuse_pickles(folder)
        for file, expected in entry.files.items():
            if not (folder / file).is_file() or sha256(folder / file) != expected:
                raise RegistryError(
                    f"{file} of '{name}' version {chosen} is damaged or was exchanged.",
                    hint=f"Go back with: chorei adapters rollback {name}",
                )
        if base_sha256 is not None and base_sha256 != entry.base_sha256:
            raise RegistryError(
                f"'{name}' version {chosen} was trained on {entry.base}"
                f" ({entry.base_sha256[:12]}…), not on this model ({base_sha256[:12]}…).",
                hint="Its low-rank updates fit that base only.",
            )
        return folder

    def record(self, name: str, version: int, evaluation: Evaluation) -> Entry:
        """Write down an evaluation."""
        with self._writing():
            entry = self.entry(name, version).model_copy(update={"evaluation": evaluation})
            write_entry(self._home(name, version), entry)
        return entry

    def promote(self, name: str, version: int | None = None, *, force: bool = False) -> Promotion:
        """Make a version active, the newest by default.

        Raises:
            GateError: It was not evaluated or is worse than the active one.
            RegistryError: It is damaged.
        """
        with self._writing():
            entry = self.entry(name, version)
            self.path(name, entry.version)
            active, forced = self._active(name), ""
            try:
                gate.check(entry, active.version)
            except GateError as error:
                if not force:
                    raise
                forced = error.message
            return self._activate(name, active, entry.version, forced)

    def rollback(self, name: str) -> Promotion:
        """Make the version active again that was so before.

        Raises:
            RegistryError: There is none, or it is damaged.
        """
        with self._writing():
            active = self._active(name)
            standing = set(self._versions(name))
            earlier = next(
                (
                    p.version
                    for p in reversed(active.history[:-1])
                    if p.version in standing and p.version != active.version
                ),
                None,
            )
            if earlier is None:
                raise RegistryError(f"No earlier version of '{name}' was active.")
            self.path(name, earlier)
            return self._activate(name, active, earlier, "")

    def delete(self, name: str, version: int) -> None:
        """Delete a version that is not active.

        Raises:
            RegistryError: It is active, or there is no such version.
        """
        with self._writing():
            home = self._home(name, version)
            if self._active(name).version == version:
                raise RegistryError(
                    f"'{name}' version {version} is active.", hint="Promote another one first."
                )
            gone = self._folder / f".deleted-{uuid.uuid4().hex}"
            home.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def diff(self, name: str, one: int, other: int) -> dict[str, tuple[Any, Any]]:
        """What differs between two versions: settings, data, figures, by name."""
        a, b = (flat(self.entry(name, version)) for version in (one, other))
        return {
            key: (a.get(key), b.get(key))
            for key in sorted(a.keys() | b.keys())
            if a.get(key) != b.get(key)
        }

    def _activate(self, name: str, active: Active, version: int, forced: str) -> Promotion:
        promotion = Promotion(version=version, at=now(), forced=forced)
        changed = active.model_copy(update={"history": (*active.history, promotion)})
        write_atomically(self._folder / name / "active.json", changed.model_dump_json(indent=2))
        return promotion

    def _active(self, name: str) -> Active:
        path = self._folder / name / "active.json"
        try:
            return Active.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Active()
        except ValidationError as error:
            raise RegistryError(f"{path} is damaged: {error.errors()[0]['msg']}.") from None

    def _versions(self, name: str) -> list[int]:
        home = self._folder / name
        if not home.is_dir():
            return []
        return sorted(int(p.name) for p in home.iterdir() if p.is_dir() and p.name.isdigit())

    def _home(self, name: str, version: int | None) -> Path:
        _check_name(name)
        versions = self._versions(name)
        if not versions:
            known = ", ".join(self.names()) or "none"
            raise RegistryError(f"There is no adapter '{name}'.", hint=f"Registered: {known}.")
        if version is not None and version not in versions:
            shown = ", ".join(map(str, versions))
            raise RegistryError(
                f"'{name}' has no version {version}.", hint=f"Its versions: {shown}."
            )
        return self._folder / name / str(versions[-1] if version is None else version)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with file_lock(self._folder / ".lock"):
                # What a killed process left half made; nobody refers to it.
                for pattern in (".incoming-*", ".deleted-*"):
                    for path in self._folder.glob(pattern):
                        shutil.rmtree(path, ignore_errors=True)
                yield
        except OSError as error:
            raise RegistryError(
                f"The registry at {self._folder} cannot be written: {error}."
            ) from error


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RegistryError(
            f"'{name}' is no name for an adapter.",
            hint="Use up to 64 small letters, digits, dots, dashes and underscores.",
        )
