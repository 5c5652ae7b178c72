"""A model in this process, loaded once and shared by everybody who names it."""

import atexit
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chorei.adapters.local.folder import read_folder
from chorei.adapters.local.references import Source, find, require_torch
from chorei.adapters.local.request import Request, Sampling, async_pieces, pieces
from chorei.core import Generation, LoadOptions
from chorei.core.errors import ContextLengthError

if TYPE_CHECKING:
    from chorei.adapters.local.loading import Loaded
    from chorei.adapters.local.scheduler import Scheduler

# Written at most where nobody says how much; a small model may never stop by itself.
DEFAULT_NEW_TOKENS = 1024


class LocalEngine:
    """A model with its adapters, and the thread that runs it.

    All methods may be called from any thread. The model is loaded at the first use.

    Args:
        source: Where the model is.
        options: How it is loaded.
    """

    _open: dict[tuple[Source, LoadOptions], "LocalEngine"] = {}  # noqa: RUF012
    _lock = threading.Lock()

    def __init__(self, source: Source, options: LoadOptions) -> None:
        self.label = source.label
        self._source = source
        self._options = options
        self._loading = threading.RLock()
        self._running: tuple[Loaded, Scheduler] | None = None

    @classmethod
    def open(cls, reference: str, options: LoadOptions | None = None) -> "LocalEngine":
        """The engine of a model; the same one for the same reference and options.

        Args:
            reference: A folder, a GGUF file, ``smollm2``, or an id on the hub.
            options: How it is loaded.

        Raises:
            MissingExtraError: The extra ``local`` is not installed.
            ModelNameError: There is no such model.
        """
        key = cls.key(reference, options or LoadOptions())
        with cls._lock:
            if key not in cls._open:
                cls._open[key] = cls(*key)
            return cls._open[key]

    @staticmethod
    def key(reference: str, options: LoadOptions) -> tuple[Source, LoadOptions]:
        """What tells engines apart: where the model is, and how it is loaded.

        Raises:
            MissingExtraError: The extra ``local`` is not installed.
            ModelNameError: There is no such model.
        """
        require_torch()
        return find(reference), options

    def close(self) -> None:
        """Stop, and give the memory back; the next :meth:`open` loads again."""
        with LocalEngine._lock:
            for key, engine in list(LocalEngine._open.items()):
                if engine is self:
                    del LocalEngine._open[key]
        with self._loading:
            running, self._running = self._running, None
        if running:
            running[1].close()

    @classmethod
    def close_all(cls) -> None:
        """Close every engine of this process."""
        for engine in list(cls._open.values()):
            engine.close()

    def load(self) -> None:
        """Bring the model into memory, if it is not there.

        Raises:
            ModelError: It cannot be loaded.
            MissingExtraError: A package is missing.
        """
        self._parts()

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer (transformers)."""
        return self._parts()[0].tokenizer

    @property
    def context_length(self) -> int | None:
        """Most tokens of prompt and answer together, if the model says so."""
        return self._parts()[0].context_length

    @property
    def adapters(self) -> list[str]:
        """Names of the adapters that are loaded."""
        running = self._running
        return running[1].loras.names if running else []

    def load_adapter(self, path: Path | str, name: str | None = None) -> str:
        """Load an adapter while chats go on; one that has the name is replaced.

        Answers that are being written with the old one are finished with it.

        Args:
            path: Its folder, as PEFT writes it.
            name: How it is asked for; the folder's name if None.

        Returns:
            Its name.

        Raises:
            AdapterNotFoundError: There is no adapter in the folder.
            AdapterError: It is damaged, is stored as pickle, or does not fit the model; the
                model and its other adapters go on as before.
        """
        folder = read_folder(Path(path).expanduser())
        name = name or folder.path.resolve().name
        scheduler = self._parts()[1]
        scheduler.between_steps(lambda: scheduler.loras.load(name, folder))
        return name

    def unload_adapter(self, name: str) -> None:
        """Let an adapter go; answers that are being written with it are finished first.

        Raises:
            AdapterNotFoundError: There is none of this name.
        """
        scheduler = self._parts()[1]
        scheduler.between_steps(lambda: scheduler.loras.unload(name))

    def count_tokens(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.encode(text))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text in which special tokens are already written out."""
        tokens: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return tokens

    def request(
        self, prompt: list[int], generation: Generation, *, adapter: str | None = None
    ) -> Request:
        """A request with every setting filled in.

        The answer may use what the context has left after the prompt, up to what the settings
        ask for.

        Args:
            prompt: Tokens of the prompt.
            generation: Settings; what is None is taken from the model's own recommendation.
            adapter: Name of an adapter.

        Raises:
            ContextLengthError: The prompt leaves no room for an answer.
        """
        loaded = self._parts()[0]
        wanted = generation.max_new_tokens or DEFAULT_NEW_TOKENS
        if loaded.context_length is not None:
            wanted = min(wanted, loaded.context_length - len(prompt))
            if wanted <= 0:
                raise ContextLengthError(
                    f"The prompt has {len(prompt)} tokens; the model {self.label} takes"
                    f" {loaded.context_length} for prompt and answer together.",
                    hint="Shorten the conversation or the documents.",
                )
        return Request(
            prompt=prompt,
            sampling=_sampling(generation, loaded.defaults),
            max_new_tokens=wanted,
            stop=generation.stop or (),
            stop_tokens=loaded.stop_tokens,
            adapter=adapter,
            seed=generation.seed,
        )

    def stream(self, request: Request, *, seconds: float = 3600.0) -> Iterator[str]:
        """The text of a request as it is written; closing the iterator cancels it.

        Raises:
            ModelError: What went wrong; ModelTimeoutError after ``seconds``.
        """
        return pieces(request, self._parts()[1].submit, seconds=seconds)

    def astream(self, request: Request, *, seconds: float = 3600.0) -> AsyncIterator[str]:
        """As :meth:`stream`, for an event loop; cancelling the task cancels it."""
        return async_pieces(request, self._parts()[1].submit, seconds=seconds)

    def logits(self, prompts: list[list[int]], adapters: list[str | None]) -> Any:
        """Scores of the token after each prompt, in one batch with an adapter for each.

        Returns:
            A tensor of shape (prompts, vocabulary), on the CPU.

        Raises:
            AdapterNotFoundError: One of the adapters is not loaded.
        """
        from chorei.adapters.local.lane import score

        loaded, scheduler = self._parts()
        pad = next(iter(loaded.stop_tokens), 0)

        def work() -> Any:
            slots = [scheduler.loras.slot(adapter) for adapter in adapters]
            return score(loaded.model, prompts, slots, scheduler.loras.forward, pad)

        return scheduler.between_steps(work)

    def _parts(self) -> tuple["Loaded", "Scheduler"]:
        running = self._running
        if running is None:
            with self._loading:
                running = self._running = self._running or self._start()
        return running

    def _start(self) -> tuple["Loaded", "Scheduler"]:
        from chorei.adapters.local import loading
        from chorei.adapters.local.scheduler import Scheduler

        options = self._options
        loaded = loading.load(
            self._source,
            device=loading.resolve_device(options.device),
            dtype=options.dtype,
            quantization=options.quantization,
        )
        scheduler = Scheduler(
            loaded,
            batch=options.batch,
            threads=options.threads,
            prompt_cache=options.prompt_cache << 20,
            label=self.label,
        )
        return loaded, scheduler


def _sampling(generation: Generation, defaults: dict[str, Any]) -> Sampling:
    """The settings over the model's own; greedy if neither of them asks for sampling."""
    names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    given = {name: getattr(generation, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if "temperature" not in given and given.keys() & {"top_p", "top_k", "min_p"}:
        # Whoever narrows the choice wants one to be made.
        given["temperature"] = defaults.get("temperature", 1.0)
    return Sampling(**{**defaults, **given})


# A thread inside torch while the interpreter is taken down would crash it.
atexit.register(LocalEngine.close_all)
