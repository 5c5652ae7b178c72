"""A teacher is asked, several questions at a time, no faster than it may be."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from chorei.adapters.distillation.ledger import Ledger, Reply
from chorei.adapters.records import Record
from chorei.core import ModelError
from chorei.core.errors import ContextLengthError

_FAILURES = 3


class Pace:
    """Lets threads go on at most so often.

    Args:
        per_minute: How often; 0 for no limit.
    """

    def __init__(self, per_minute: float = 0.0) -> None:
        self._gap = 60 / per_minute if per_minute > 0 else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, stop: threading.Event) -> None:
        """Wait for the caller's turn, or until ``stop`` is set."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._gap
        stop.wait(max(0.0, turn - time.monotonic()))


def gather(
    ask: Callable[[Record], Reply],
    records: Sequence[Record],
    ledger: Ledger,
    *,
    parallel: int = 4,
    pace: Pace | None = None,
    most_tokens: int = 0,
    report: Callable[[Reply], None] | None = None,
) -> int:
    """Ask what the ledger does not hold yet; every reply is kept as it comes.

    Args:
        ask: The teacher.
        records: Their prompts are asked; equal questions once.
        ledger: Where replies are kept.
        parallel: Questions at a time.
        pace: How fast.
        most_tokens: Longest answer now; one that was cut off below that is asked for again.
        report: Called with each new reply.

    Returns:
        Questions at which the teacher failed; the next call asks them again.

    Raises:
        ModelError: It failed three times in a row; what was answered is kept.
    """
    open_ = {r.question: r for r in records if is_open(r, ledger, most_tokens)}
    stop, turns, failed, row = threading.Event(), pace or Pace(), 0, 0
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        try:
            for future in _spread(pool, _paced(ask, turns, stop), open_.values(), 2 * parallel):
                try:
                    reply = future.result()
                except ModelError:
                    failed, row = failed + 1, row + 1
                    if row >= _FAILURES:
                        raise
                    continue
                row = 0
                ledger.add(reply)
                if report:
                    report(reply)
        finally:
            # Also after Ctrl-C: what is not begun is not begun any more.
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return failed


def is_open(record: Record, ledger: Ledger, most_tokens: int) -> bool:
    """Whether a record's question is still to be asked; see :func:`gather`."""
    reply = ledger.replies.get(record.question)
    return reply is None or (reply.finish == "length" and reply.output_tokens < most_tokens)


def _paced(
    ask: Callable[[Record], Reply], pace: Pace, stop: threading.Event
) -> Callable[[Record], Reply]:
    def work(record: Record) -> Reply:
        pace.wait(stop)
        try:
            return ask(record)
        except ContextLengthError as error:
            # Asking again would not help.
            return Reply(question=record.question, answer="", refusal=error.message)

    return work


def _spread(
    pool: ThreadPoolExecutor,
    work: Callable[[Record], Reply],
    records: Iterable[Record],
    ahead: int,
) -> Iterator[Future[Reply]]:
    """The futures as they end; only so many are handed out ahead."""
    waiting: set[Future[Reply]] = set()
    left = iter(records)
    while True:
        while len(waiting) < ahead and (record := next(left, None)) is not None:
            waiting.add(pool.submit(work, record))
        if not waiting:
            return
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from done
