"""Finding and reading the files that are added, without following anything out of a folder."""

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from chorei.core import (
    DocumentError,
    DocumentNotFoundError,
    DocumentTooLargeError,
    MalformedDocumentError,
    UnsafePathError,
    UnsupportedTypeError,
    nfc,
)

TEXT_SCHEME = "text:"
"""Start of the source of a document that was given as text or bytes."""


class Source(NamedTuple):
    """A file to be read.

    Attributes:
        path: Where it is, without symbolic links.
        shown: The path as the user knows it.
        root: Number of trailing path components that make the document's name.
        size: Its size in bytes.
        modified: Its modification time in ns.
    """

    path: Path
    shown: str
    root: int
    size: int
    modified: int

    def names(self) -> Iterator[str]:
        """Names for the document, each with one more folder in front than the one before."""
        parts = self.path.parts[1:] if self.path.is_absolute() else self.path.parts
        for length in range(min(self.root, len(parts)), len(parts) + 1):
            yield nfc(PurePosixPath(*parts[len(parts) - length :]).as_posix())


class Finder:
    """Finds the files below paths.

    Hidden files and folders are left out, as are the lock files of office programs. A symbolic
    link inside an added folder may point within that folder only; one that the user names
    outright is followed.

    Args:
        media: File endings that are read, without the dot.
        max_bytes: Size above which a file is refused.
        excluded: A folder that is never entered: the library itself.
    """

    def __init__(self, media: Collection[str], *, max_bytes: int, excluded: Path) -> None:
        self._media = media
        self._max_bytes = max_bytes
        self._excluded = excluded
        self._seen: set[Path] = set()

    def find(self, path: Path) -> Iterator[Source | DocumentError]:
        """The files at or below a path in a stable order, each once; errors for the others."""
        shown = str(path)
        try:
            real = path.expanduser().resolve(strict=True)
            status = real.stat()
        except FileNotFoundError:
            yield DocumentNotFoundError(shown, "there is no such file or folder.")
        except (OSError, RuntimeError, ValueError) as error:
            yield _unreadable(shown, error)
        else:
            if stat.S_ISDIR(status.st_mode):
                yield from self._folder(real, shown)
            else:
                yield from self._file(real, shown, 1, status)

    def _folder(self, root: Path, shown: str) -> Iterator[Source | DocumentError]:
        # A stack instead of recursion: folders may be nested deeper than Python's calls.
        folders = [(root, shown.rstrip("/"))]
        while folders:
            folder, label = folders.pop()
            below: list[tuple[Path, str]] = []
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                yield _unreadable(label, error)
                continue
            for entry in entries:
                if not entry.name.startswith((".", "~$")):
                    path = folder / entry.name
                    yield from self._entry(entry, path, root, f"{label}/{entry.name}", below)
            folders += reversed(below)

    def _entry(
        self,
        entry: os.DirEntry[str],
        path: Path,
        root: Path,
        shown: str,
        below: list[tuple[Path, str]],
    ) -> Iterator[Source | DocumentError]:
        """What one entry of a folder holds; folders are put on the list ``below``."""
        try:
            if entry.is_symlink():
                yield from self._link(path, root, shown)
            elif not entry.is_dir():
                depth = len(path.parts) - len(root.parts) + 1
                yield from self._file(path, shown, depth, entry.stat())
            elif path != self._excluded:
                below.append((path, shown))
        except OSError as error:
            yield _unreadable(shown, error)

    def _link(self, path: Path, root: Path, shown: str) -> Iterator[Source | DocumentError]:
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except FileNotFoundError:
            yield UnsafePathError(shown, "is a symbolic link that leads nowhere.")
            return
        except (OSError, RuntimeError):
            yield UnsafePathError(shown, "is a symbolic link that leads to itself.")
            return
        if not real.is_relative_to(root):
            yield UnsafePathError(
                shown,
                f"is a symbolic link that leaves the folder (to {real}).",
                hint="Add its target by its own path if it is meant to be searched.",
            )
        elif stat.S_ISDIR(status.st_mode):
            # A folder inside the root is found at its own place; only a loop deserves a word.
            if path.is_relative_to(real):
                yield UnsafePathError(shown, "is a symbolic link to a folder that it is in.")
        else:
            depth = len(real.parts) - len(root.parts) + 1
            yield from self._file(real, shown, depth, status)

    def _file(
        self, path: Path, shown: str, root: int, status: os.stat_result
    ) -> Iterator[Source | DocumentError]:
        if path in self._seen:
            return
        self._seen.add(path)
        if not stat.S_ISREG(status.st_mode):
            yield UnsupportedTypeError(shown, "is not a regular file (a pipe, socket or device).")
        elif media_of(path.name) not in self._media:
            yield _unsupported(shown, path.name, self._media)
        elif not _is_unicode(str(path)):
            yield UnsafePathError(
                shown.encode(errors="replace").decode(),
                "has a name that is not valid UTF-8.",
                hint="Rename the file.",
            )
        elif status.st_size > self._max_bytes:
            yield _too_large(shown, self._max_bytes)
        else:
            yield Source(path, shown, root, status.st_size, status.st_mtime_ns)


def read(source: Source, max_bytes: int) -> bytes:
    """The contents of a file that was found.

    Between finding and reading, the file may have been exchanged: a link or a pipe that took its
    place is refused without following it or waiting for it.

    Raises:
        DocumentTooLargeError: It has grown above ``max_bytes``.
        UnsafePathError: It is no longer a regular file.
        DocumentNotFoundError: It is gone.
        MalformedDocumentError: It cannot be read.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        with os.fdopen(os.open(source.path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnsafePathError(source.shown, "is no longer a regular file.")
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _unreadable(source.shown, error) from error
    if len(data) > max_bytes:
        raise _too_large(source.shown, max_bytes)
    return data


def media_of(name: str) -> str:
    """The type that a name's ending says: ``Plan.MD`` is ``md``; empty if it has none."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def checked_name(name: str) -> str:
    """A name for a text that did not come from a file, in normal form C.

    Raises:
        UnsafePathError: It is empty, absolute, climbs with ``..`` or holds control characters.
    """
    parts = name.replace("\\", "/").split("/")
    unsafe = (
        not name.strip()
        or not _is_unicode(name)
        or any(part in ("", ".", "..") for part in parts)
        or any(ord(c) < 32 or ord(c) == 127 for c in name)
        or (len(parts[0]) == 2 and parts[0][1] == ":")
    )
    if unsafe:
        raise UnsafePathError(
            name.encode(errors="replace").decode() or "(no name)",
            "is not a safe name for a document.",
            hint="Give a relative name such as 'policies/leave.md'.",
        )
    return nfc("/".join(parts))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unsupported(shown: str, name: str, media: Collection[str]) -> UnsupportedTypeError:
    ending = media_of(name)
    what = f"files of type .{ending} are not read." if ending else "has no file ending."
    known = ", ".join(f".{ending}" for ending in sorted(media))
    return UnsupportedTypeError(shown, what, hint=f"Known types: {known}.")


def _too_large(shown: str, max_bytes: int) -> DocumentTooLargeError:
    return DocumentTooLargeError(
        shown,
        f"is larger than {max_bytes / 2**20:g} MiB.",
        hint="Raise it with CHOREI_MAX_FILE_BYTES if it is meant to be read.",
    )


def _unreadable(shown: str, error: Exception) -> DocumentError:
    if isinstance(error, FileNotFoundError):
        return DocumentNotFoundError(shown, "is gone.")
    if isinstance(error, PermissionError):
        return MalformedDocumentError(
            shown, "may not be read by this user.", hint="Check the permissions of the file."
        )
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return UnsafePathError(shown, "is a symbolic link now.")
    return MalformedDocumentError(shown, f"cannot be read: {error}.")
