"""The checks of ``chorei doctor``: what is installed, and whether the library is well."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from chorei.core import Settings
    from chorei.retrieval import Library

Status = Literal["ok", "warn", "fail"]

_FREE_MB = 200


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        status: ``ok``, ``warn`` (works, but) or ``fail``.
        detail: What was found.
        advice: What to do about it; empty if all is well.
    """

    name: str
    status: Status
    detail: str
    advice: str = ""

    def as_json(self) -> dict[str, str]:
        """The line as a plain object."""
        return asdict(self)


def run_checks(library: Path | None, model: str | None = None) -> Iterator[Check]:
    """Runs the checks one after the other, each yielded as soon as it is known."""
    from chorei.core import ChoreiError

    yield _python()
    yield _packages()
    yield _extra()
    yield _sqlite()
    yield _terminal()
    try:
        from chorei.interfaces.opening import load_settings

        settings = load_settings(library, model=model)
    except ChoreiError as error:
        yield Check("settings", "fail", error.message, error.hint)
        return
    yield Check("settings", "ok", f"library {settings.library}, embedder {settings.embedder}")
    yield _folder(settings.library)
    yield from _library(settings)
    yield from _model(settings)


def _python() -> Check:
    found = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    return Check("python", "ok", found)


def _packages() -> Check:
    from packaging.requirements import Requirement

    wrong: list[str] = []
    found: list[str] = [f"chorei {metadata.version('chorei')}"]
    for line in metadata.requires("chorei") or ():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        found.append(f"{requirement.name} {version}")
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} is not {requirement.specifier}")
    if wrong:
        return Check("packages", "fail", ", ".join(wrong), "Run: pip install --upgrade chorei")
    return Check("packages", "ok", ", ".join(found))


def _extra() -> Check:
    try:
        version = metadata.version("sentence-transformers")
    except metadata.PackageNotFoundError:
        return Check("local models", "ok", "not installed; the built-in embedder needs none")
    return Check("local models", "ok", f"sentence-transformers {version}")


def _sqlite() -> Check:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
    except sqlite3.OperationalError:
        advice = "Use a Python whose SQLite has the FTS5 extension (python.org, uv, conda)."
        return Check("sqlite", "fail", f"{sqlite3.sqlite_version} without FTS5", advice)
    finally:
        connection.close()
    return Check("sqlite", "ok", f"{sqlite3.sqlite_version} with FTS5")


def _terminal() -> Check:
    size = shutil.get_terminal_size()
    kind = os.environ.get("TERM", "none") if sys.stdout.isatty() else "not a terminal"
    encoding = (sys.stdout.encoding or "unknown").lower()
    colour = ", NO_COLOR" if "NO_COLOR" in os.environ else ""
    return Check("terminal", "ok", f"{kind}, {size.columns} columns, {encoding}{colour}")


def _folder(directory: Path) -> Check:
    existing = directory
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Check(
            "folder", "fail", f"{existing} is not writable", "Choose another with --library DIR."
        )
    free = shutil.disk_usage(existing).free // 2**20
    if free < _FREE_MB:
        return Check("folder", "warn", f"{existing}: {free} MiB free", "Make room on the disk.")
    return Check("folder", "ok", f"{existing} is writable, {free:,} MiB free")


def _library(settings: "Settings") -> Iterator[Check]:
    from chorei.core import ChoreiError
    from chorei.retrieval import Library

    if not (settings.library / "catalogue.sqlite").exists():
        yield Check("library", "warn", "none yet", "Add documents with: chorei add PATH")
        return
    try:
        with Library(settings.library, settings=settings, create=False) as library:
            yield from _contents(library)
            yield _conversations(library)
    except ChoreiError as error:
        yield Check("library", "fail", error.message, error.hint)


def _contents(library: "Library") -> Iterator[Check]:
    from chorei.core import LibraryLockedError

    stats = library.stats()
    try:
        verification = library.verify()
    except LibraryLockedError as error:
        yield Check("library", "warn", error.message, "Run doctor again when it is done.")
        return
    size = f"{stats.documents} documents, {stats.passages} passages, {stats.bytes // 2**10:,} KiB"
    if verification.problems:
        problems = " ".join(verification.problems)
        yield Check("library", "fail", f"{size}. {problems}", "Run: chorei rebuild")
    else:
        yield Check("library", "ok", size)
    stale = [*verification.changed, *verification.vanished]
    if stale:
        found = f"{len(stale)} changed or gone since they were added, such as {stale[0]}"
        yield Check("files", "warn", found, "Run: chorei add --sync PATH")
    if stats.embedder:
        yield Check("embedder", "ok", f"{stats.embedder}, {stats.dimensions} dimensions")
    indexed = f"{stats.indexed} of {stats.passages} passages"
    if stats.indexed < stats.passages:
        yield Check("index", "warn", indexed, "Words still find the rest; run: chorei rebuild")
    else:
        yield Check("index", "ok", indexed)


def _conversations(library: "Library") -> Check:
    from chorei.agent import Agent
    from chorei.core import ChoreiError

    try:
        with Agent(library, settings=library.settings) as agent:
            return Check("sessions", "ok", f"{len(agent.sessions.list())} conversations")
    except ChoreiError as error:
        return Check("sessions", "fail", error.message, error.hint)


def _model(settings: "Settings") -> Iterator[Check]:
    """The model of the settings, asked for a few words."""
    if not settings.model:
        yield Check("model", "ok", "none; the built-in reader answers")
        return
    from chorei.adapters import probe
    from chorei.adapters.probing import rows
    from chorei.core import ChoreiError

    try:
        report = probe(settings.model, adapters=settings.adapters or None)
    except ChoreiError as error:
        yield Check("model", "fail", error.message, error.hint)
        return
    for name, status, detail, advice in rows(report):
        yield Check(name, "fail" if status == "fail" else "ok", detail, advice)
