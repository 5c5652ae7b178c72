"""The thread that runs a model: takes in requests, steps the lanes, swaps adapters in between."""

import functools
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import torch

from chorei.adapters.local.captures import Captures, capture_for
from chorei.adapters.local.lane import Lane, keeps_all
from chorei.adapters.local.loading import Loaded, out_of_memory
from chorei.adapters.local.loras import Loras
from chorei.adapters.local.prefixes import Prefix, Prefixes
from chorei.adapters.local.request import Request
from chorei.adapters.local.table import Table
from chorei.core.errors import ChoreiError, ModelResponseError, ModelUnavailableError

T = TypeVar("T")


class Scheduler:
    """Runs one model for everybody, batching what is asked at the same time.

    A single thread owns the model. Between two steps it admits waiting requests in their order,
    lets go of cancelled ones, and does jobs (loading an adapter), so that no lock is ever held
    while a token is computed and a swap never meets a half-run layer.

    Args:
        loaded: The model.
        batch: Most requests that are written at the same time.
        threads: Threads of torch, or None for its own choice.
        prompt_cache: Most bytes of prompts that are remembered.
        label: The model's name, for errors.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        batch: int,
        threads: int | None,
        prompt_cache: int,
        label: str,
    ) -> None:
        self.loras = Loras(loaded.model, rows=1 << (batch - 1).bit_length())
        self._loaded = loaded
        self._batch = batch
        self._threads = threads
        self._label = label
        self._wake = threading.Condition()
        self._waiting: deque[Request] = deque()
        self._jobs: deque[Callable[[], None]] = deque()
        self._lanes: list[Lane] = []
        self._closed = False
        self._pads = keeps_all(loaded.model.config)
        self._prefixes = Prefixes(prompt_cache if self._pads else 0)
        captures = Captures(capture_for(loaded.model.device))
        self._table = Table(loaded.model, self.loras, captures, batch)
        self._thread = threading.Thread(target=self._run, name=f"chorei-{label}", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Put a request at the end of the queue.

        Raises:
            AdapterNotFoundError: The model has no adapter of its name.
            ModelUnavailableError: The engine was closed.
        """
        with self._wake:
            self._check_open()
            self.loras.slot(request.adapter)
            self._waiting.append(request)
            self._wake.notify()

    def between_steps(self, work: Callable[[], T]) -> T:
        """Do something with the model between two steps, and wait for it.

        Raises:
            ModelUnavailableError: The engine was closed.
        """
        done: Future[T] = Future()

        def job() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)

        with self._wake:
            self._check_open()
            self._jobs.append(job)
            self._wake.notify()
        return done.result()

    def close(self) -> None:
        """Stop after the step that is being computed; what is unfinished ends with an error."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _check_open(self) -> None:
        if self._closed:
            raise ModelUnavailableError(f"The model '{self._label}' was closed.")

    def _run(self) -> None:
        if self._threads:
            torch.set_num_threads(self._threads)
        if self._loaded.model.device.type == "cuda":
            torch.cuda.set_device(self._loaded.model.device)
        with torch.inference_mode():
            while self._turn():
                pass
        error = ModelUnavailableError(f"The model '{self._label}' was closed.")
        for request in self._waiting:
            request.fail(error)
        for group in self._groups:
            group.fail(error)
        for job in self._jobs:
            job()

    def _turn(self) -> bool:
        with self._wake:
            while not (self._closed or self._waiting or self._jobs or self._busy):
                self._wake.wait()
            if self._closed:
                return False
            jobs = list(self._jobs)
            self._jobs.clear()
        for job in jobs:
            # Tensors made in inference mode cannot be changed outside of it.
            with torch.inference_mode(mode=False), torch.no_grad():
                job()
        self._admit()
        for group in self._groups:
            group.drop_cancelled()
            if group.requests:
                self._guarded(group, functools.partial(self._step, group))
        self._tidy()
        return True

    @property
    def _groups(self) -> list[Lane | Table]:
        return [*self._lanes, self._table]

    @property
    def _busy(self) -> bool:
        return any(group.requests for group in self._groups)

    def _step(self, group: Lane | Table) -> None:
        if isinstance(group, Lane):
            group.step(self.loras.forward)
        else:
            group.step()

    def _guarded(self, group: Lane | Table, work: Callable[[], None]) -> None:
        """Do something with a group; if that fails, its requests end with the error."""
        try:
            work()
        except (torch.OutOfMemoryError, MemoryError):
            group.fail(out_of_memory(self._label))
        except ChoreiError as error:
            group.fail(error)
        # Whatever a model raises belongs to its requests; the thread serves all others.
        except Exception as error:
            if "can't allocate memory" in str(error):
                group.fail(out_of_memory(self._label))
                return
            group.fail(
                ModelResponseError(
                    f"The model '{self._label}' failed: {type(error).__name__}: {error}"
                )
            )

    def _admit(self) -> None:
        """Begin as many waiting requests as fit, in their order."""
        with self._wake:
            room = self._batch - sum(len(group.requests) for group in self._groups)
            taken = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        group: list[_Begun] = []
        for request in taken:
            try:
                request.slot = self.loras.slot(request.adapter)
            except ChoreiError as error:
                # It was unloaded while the request waited.
                request.fail(error)
                continue
            request.begin(self._loaded.tokenizer)
            begun = _Begun(request, self._prefixes.find(request.slot, request.prompt))
            if group and not self._fit([*group, begun]):
                self._open(group)
                group = []
            group.append(begun)
        if group:
            self._open(group)

    def _open(self, group: list["_Begun"]) -> None:
        pad = next(iter(self._loaded.stop_tokens), 0)
        requests = [begun.request for begun in group]
        known = [begun.known for begun in group if begun.known]
        lane = Lane(self._loaded.model, requests, pad, known=known, keep=self._prefixes.keep)
        self._lanes.append(lane)

    def _fit(self, group: list["_Begun"]) -> bool:
        """Whether prompts can be read together: padding costs at most as much as they do."""
        slots = {begun.request.slot for begun in group}
        lengths = [begun.left for begun in group]
        little = max(lengths) * len(lengths) <= 2 * sum(lengths)
        alike = len({begun.known is None for begun in group}) == 1
        mixable = len(slots) == 1 or all(map(self.loras.mixable, slots))
        return self._pads and mixable and little and alike

    def _tidy(self) -> None:
        """Drop empty lanes, and bring together what writes: at the table, or in fewer lanes."""
        lanes: list[Lane] = []
        for lane in self._lanes:
            if self._pads and lane.writing and self._table.takes(lane):
                self._guarded(lane, functools.partial(self._table.seat, lane))
            if not lane.requests:
                continue
            home = next((other for other in lanes if self._can_join(other, lane)), None)
            if home is None:
                lanes.append(lane)
            else:
                home.join(lane)
        self._lanes = lanes
        used = {slot for group in self._groups for slot in group.slots}
        self._prefixes.forget(self.loras.sweep(used))

    def _can_join(self, one: Lane, other: Lane) -> bool:
        if not (self._pads and one.writing and other.writing):
            return False
        slots: set[Any] = {*one.slots, *other.slots}
        return len(slots) == 1 or all(self.loras.mixable(slot) for slot in slots)


class _Begun(NamedTuple):
    """A request that is admitted, and the beginning of its prompt that was read before."""

    request: Request
    known: Prefix | None

    @property
    def left(self) -> int:
        """Tokens of the prompt that have to be read."""
        return len(self.request.prompt) - (self.known.length if self.known else 0)
