"""CPython inside bubblewrap, for programs that Monty cannot run."""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

from chorei.core import SandboxError
from chorei.tools.sandbox.limits import Limits
from chorei.tools.sandbox.process import Channel, GoneError, end, spawn
from chorei.tools.sandbox.result import MalformedReplyError, ProgramResult, result_from
from chorei.tools.sandbox.seccomp import seccomp_filter

PACKAGES: Final = ("numpy", "sympy", "mpmath")
"""Packages that programs may use in the jail, if they are installed here."""
_HERE: Final = Path(__file__).parent
_LIBRARIES: Final = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64")
_TEMPORARY: Final = 16 * 2**20
_ISOLATION: Final = (
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    *("--uid", "65534", "--gid", "65534", "--hostname", "sandbox"),
    *("--cap-drop", "ALL"),
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    *("--setenv", "OPENBLAS_NUM_THREADS", "1"),
)
_PROBE_SECONDS: Final = 10.0
GRACE: Final = 0.3
"""Seconds after the time limit at which the parent kills a process that did not stop itself."""


class Bubblewrap:
    """Runs single programs behind Linux namespaces.

    No network, no process but its own, no capability, no environment, no ``/proc``, ``/sys``,
    ``/etc`` or home folder, no shell or other program; system libraries and the interpreter
    read-only; ``/tmp`` an empty file system of 16 MiB in memory, gone with the call.

    Args:
        bwrap: Path of the ``bwrap`` program.
    """

    def __init__(self, bwrap: str) -> None:
        self._bwrap = [bwrap, *_ISOLATION, *_mounts()]
        self._filter = seccomp_filter()

    @classmethod
    @functools.cache
    def find(cls) -> Self | None:
        """The jail, if ``bwrap`` is installed and works here (tried once per process)."""
        bwrap = shutil.which("bwrap") if sys.platform == "linux" else None
        if bwrap is None:
            return None
        found = cls(bwrap)
        try:
            probe = found.execute("6 * 7", entry=None, limits=Limits(seconds=_PROBE_SECONDS))
        except SandboxError:
            return None
        return found if probe.value == 42 else None

    def execute(self, program: str, *, entry: str | None, limits: Limits) -> ProgramResult:
        """Run one program; it is killed ``GRACE`` seconds after its time is over.

        Raises:
            SandboxError: The jail cannot be started.
        """
        started = time.monotonic()
        deadline = started + limits.seconds + GRACE
        request = {"program": program, "entry": entry, **limits.model_dump()}
        process, channel = self._spawn()
        try:
            channel.send(request, deadline)
            reply = channel.receive(deadline)
            seconds = time.monotonic() - started
            return result_from(reply, seconds=seconds, engine="bubblewrap")
        except TimeoutError:
            error = f"TimeoutError: stopped after {limits.seconds:.2g} s"
        except (GoneError, MalformedReplyError):
            error = "RuntimeError: the program brought its process down (memory or stack)"
        finally:
            end(process)
            channel.close()
        seconds = time.monotonic() - started
        return ProgramResult(error=error, seconds=seconds, engine="bubblewrap")

    def _spawn(self) -> tuple[subprocess.Popen[bytes], Channel]:
        command = ["--", *_interpreter()]
        if self._filter is None:
            return spawn([*self._bwrap, *command])
        reading, writing = os.pipe()
        try:
            os.write(writing, self._filter)
            os.close(writing)
            command = ["--seccomp", str(reading), *command]
            return spawn([*self._bwrap, *command], inherited=(reading,))
        finally:
            os.close(reading)


def _mounts() -> list[str]:
    """Libraries and the interpreter, read-only; no programs, and no shell."""
    mounts = []
    for name in _LIBRARIES:
        path = Path(name)
        if path.is_symlink():
            mounts += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            mounts += ["--ro-bind", name, name]
    interpreter = Path(sys.executable).resolve()
    library = Path(sys.base_prefix).resolve() / "lib"
    for path in (interpreter, library):
        if str(path) not in _LIBRARIES:
            mounts += ["--ro-bind", str(path), str(path)]
    mounts += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--dev", "/dev"]
    mounts += ["--size", str(_TEMPORARY), "--tmpfs", "/tmp"]  # noqa: S108 - inside the jail
    for name in ("jailed.py", "encoding.py"):
        mounts += ["--ro-bind", str(_HERE / name), f"/sandbox/{name}"]
    for folder in _packages():
        mounts += ["--ro-bind", str(folder), f"/packages/{folder.name}"]
    return [*mounts, "--remount-ro", "/", "--chdir", "/tmp"]  # noqa: S108 - inside the jail


def _packages() -> list[Path]:
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations if spec else None) or ():
            folder = Path(place)
            libraries = folder.with_name(f"{name}.libs")
            found += [path for path in (folder, libraries) if path.is_dir()]
    return found


def _interpreter() -> list[str]:
    return [str(Path(sys.executable).resolve()), "-I", "-S", "-X", "utf8", "/sandbox/jailed.py"]
