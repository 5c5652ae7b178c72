"""Steps that are recorded once and replayed (CUDA graphs)."""

import logging
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import torch

T = TypeVar("T")
Work = Callable[[], T]
Capture = Callable[[Work[Any]], Work[Any]]

_LOG = logging.getLogger(__name__)


class Captures:
    """Runs a step, by replaying it where it was captured before.

    A step of a small model launches more than a thousand kernels, which takes the processor
    longer than the GPU needs to run them; a replay is one launch. What a captured step reads and
    writes stays at its addresses, so a capture is good for one shape, one set of adapters, and
    one shelf. A model whose step cannot be captured is run as it is; the log says so once.

    Args:
        capture: Runs a step once and returns what repeats it; None captures nothing.
    """

    def __init__(self, capture: Capture | None) -> None:
        self._capture = capture
        self._known: dict[Hashable, Work[Any]] = {}

    @property
    def active(self) -> bool:
        """Whether steps are captured."""
        return self._capture is not None

    def run(self, key: Hashable, work: Work[T]) -> T:
        """The result of a step.

        Args:
            key: What the capture is good for.
            work: The step. Its results are tensors, which the next run may overwrite.
        """
        if self._capture is None:
            return work()
        if key not in self._known:
            try:
                self._known[key] = self._capture(work)
            except torch.OutOfMemoryError:
                raise
            # Whatever a model, a kernel or the driver raises meanwhile: it runs without them, and
            # an error of the model itself comes again there.
            except Exception as error:
                _LOG.warning(
                    "This model's steps cannot be captured as CUDA graphs and run slower: %s", error
                )
                self._capture = None
                self.clear()
                return work()
        result: T = self._known[key]()
        return result

    def clear(self) -> None:
        """Forget all captures; what they were bound to is gone."""
        self._known.clear()


def capture_for(device: torch.device) -> Capture | None:
    """What captures steps on a device: CUDA graphs on a GPU of NVIDIA or AMD, nothing elsewhere."""
    return _Graph if device.type == "cuda" else None


class _Graph:
    """A step as a CUDA graph.

    The step runs a few times first, outside of the capture, for libraries that set themselves up
    at their first call. https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """

    def __init__(self, work: Work[Any]) -> None:
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call, unused-ignore]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):
                work()
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        # Other threads of the process may use the GPU meanwhile.
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._result = work()

    def __call__(self) -> Any:
        self._graph.replay()
        return self._result
