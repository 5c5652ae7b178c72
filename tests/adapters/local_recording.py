"""A CUDA graph for the CPU: the operations of a step are recorded and done again on its tensors."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Recording(TorchDispatchMode):
    """Runs a step once and repeats it, reading and writing at the same addresses.

    As with a CUDA graph, Python does not run again, and no value may be asked for meanwhile.

    Args:
        work: The step.
    """

    made = 0

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._done: list[tuple[Any, Any, Any, Any]] = []
        with self:
            self._result = work()
        type(self).made += 1

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("a value was asked for while a step was captured")
        result = func(*args, **(kwargs or {}))
        self._done.append((func, args, kwargs or {}, result))
        return result

    def __call__(self) -> Any:
        for func, args, kwargs, result in self._done:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)
        return self._result
