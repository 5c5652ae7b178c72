"""A pool of worker processes with one spare that is always warm."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from chorei.core import SandboxError
from chorei.tools.sandbox.process import Worker

_JOIN: Final = 30.0


class Pool:
    """At most ``size`` workers in use at once, started when first needed. Thread-safe.

    All workers are started by one thread that lives as long as the pool: Linux sends a child's
    parent-death signal when the *thread* that started it ends (prctl(2)).

    Args:
        size: Programs that may run at the same moment.
        memory_mb: The most memory a program may be given, in MiB.
    """

    def __init__(self, size: int, memory_mb: int) -> None:
        self._size = size
        self._memory_mb = memory_mb
        self._process = os.getpid()
        self._turns = threading.BoundedSemaphore(size)
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._live = 0
        self._wanted = 0
        self._failure: SandboxError | None = None
        self._closed = False
        self._starter: threading.Thread | None = None

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """Lend a worker; if the block raises, the worker is killed and replaced.

        Raises:
            SandboxError: The pool is closed, or no worker can be started.
        """
        self._check()
        with self._turns:
            worker = self._take()
            try:
                yield worker
            except BaseException:
                # Also an interrupt in the middle of an exchange: it leaves a reply underway.
                worker.kill()
                self._drop()
                raise
            else:
                self._give_back(worker)

    def _check(self) -> None:
        if self._process != os.getpid():
            raise SandboxError(
                "The sandbox was opened in another process.",
                hint="Open a Sandbox in each process, after the fork.",
            )
        if self._closed:
            raise SandboxError("The sandbox is closed.")

    def _take(self) -> Worker:
        with self._changed:
            self._wanted += 1
            self._failure = None
            self._start()
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._idle or self._failure or self._closed)
                if self._idle and not self._closed:
                    return self._idle.pop()
                failure, self._failure = self._failure, None
                self._changed.notify_all()
                self._wanted -= 1
                raise failure or SandboxError("The sandbox is closed.")
            except KeyboardInterrupt:
                self._wanted -= 1
                raise

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._wanted -= 1
            if not self._closed:
                self._idle.append(worker)
                self._changed.notify_all()
                return
        worker.stop()
        with self._changed:
            self._live -= 1
            self._changed.notify_all()

    def _drop(self) -> None:
        with self._changed:
            self._wanted -= 1
            self._live -= 1
            self._changed.notify_all()

    def _start(self) -> None:
        if self._starter is None:
            self._starter = threading.Thread(
                target=self._keep_warm, name="chorei-sandbox", daemon=True
            )
            self._starter.start()

    def _keep_warm(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._short())
                if self._closed:
                    break
                self._live += 1
            try:
                worker = Worker(self._memory_mb)
            except SandboxError as error:
                with self._changed:
                    self._live -= 1
                    self._failure = error
                    self._changed.notify_all()
                continue
            with self._changed:
                self._idle.append(worker)
                self._changed.notify_all()
        self._stop_idle()
        with self._changed:
            # This thread must outlive every worker, so those in use are waited for.
            self._changed.wait_for(lambda: not self._live, _JOIN)

    def _short(self) -> bool:
        return self._failure is None and self._live < min(self._wanted, self._size) + 1

    def _stop_idle(self) -> None:
        with self._changed:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop()
        with self._changed:
            self._live -= len(idle)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop all workers; programs that are running finish first. May be called twice."""
        if self._process != os.getpid():
            return
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._starter is not None and self._starter is not threading.current_thread():
            self._starter.join(_JOIN)
