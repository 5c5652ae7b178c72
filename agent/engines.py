"""The engines behind the graph's nodes: the built-in ones, and those that ask a language model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from chorei.agent.protocols import Reader, Router, Solver
from chorei.tools import Sandbox

if TYPE_CHECKING:
    from chorei.agent.declared import Declared
    from chorei.agent.grounding import AdapterSolver


@dataclass(frozen=True)
class Engines:
    """What the nodes of the graph work with.

    Attributes:
        router: Chooses the route.
        reader: Finds what answers in the passages.
        fallback: Reads when the model behind ``reader`` fails; needs no model.
        program: Writes and runs a program for a calculation in words; None without a model.
        tools: Reasons step by step with tools; None without a model or without tools.
        recall: Answers from what the model knows; None without a model.
        model: The model's name for people; empty without a model.
        adapted: Whether the model has an adapter, which may know what no document holds.
        adapter: Answers what the adapter declares to know; None without a model.
        declared: What the adapters declare to know; None without a model.
        decides: Whether the router was handed in, and so decides before any declaration.
        remarks: What the model's server was found not to honour so far.
        sandbox: Where programs run; None without a model.
        moved: Facts about the company for which the system message had no room.
    """

    router: Router
    reader: Reader
    fallback: Reader
    program: Solver | None = None
    tools: Solver | None = None
    recall: Solver | None = None
    model: str = ""
    adapted: bool = False
    adapter: "AdapterSolver | None" = None
    declared: "Declared | None" = None
    decides: bool = False
    remarks: Callable[[], Sequence[str]] = tuple
    sandbox: Sandbox | None = None
    moved: tuple[str, ...] = ()

    def replaced(self, **engines: Any) -> Self:
        """The same engines, but for those that are given."""
        return replace(self, **engines)

    def close(self) -> None:
        """Stop what the engines have started."""
        if self.sandbox is not None:
            self.sandbox.close()
