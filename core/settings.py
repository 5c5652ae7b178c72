"""Settings: arguments, then ``CHOREI_*`` variables, then ``chorei.toml``, then defaults."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from chorei.core.errors import SettingsError
from chorei.core.generation import (
    Count,
    Factor,
    Generation,
    Mass,
    Share,
    Temperature,
    Whole,
)
from chorei.core.loading import Dtype, LoadOptions, Quantization

PREFIX = "CHOREI_"
# Keys are no settings: they are read where they are used, and never shown.
SECRETS = frozenset({"CHOREI_API_KEY"})
FILE = "chorei.toml"

Positive = Annotated[int, Field(gt=0)]


class Settings(BaseModel):
    """Everything that can be set, with its default.

    Each field is set by an argument of :meth:`load`, by the environment variable
    ``CHOREI_<FIELD>`` (``CHOREI_MAX_QUOTES=2``), or by a line ``field = value`` in
    ``chorei.toml``; the first of these that is present counts.

    Attributes:
        library: Folder that holds the library and its conversations.
        embedder: ``builtin``, or the name or folder of a sentence-transformers model
            (extra ``local``).
        chroma_url: ``http://host:port`` of a Chroma server; empty for the embedded index.
        threads: Threads that an embedding model may use.
        language: Language of the answers; ``auto`` takes the question's.
        max_quotes: Most sentences quoted in one answer.
        passages: Passages found by each search for one answer.
        assistant: Name by which the assistant introduces itself.
        company: Name of the company it answers for; empty if unnamed.
        max_file_bytes: Largest file that is read, packed or unpacked.
        parse_seconds: Time limit for parsing one document.
        parse_memory_mb: Memory limit for parsing one document, in MiB.
        model: The language model, in one string (``tgi:http://host:8080#adapter``); empty for
            the built-in reader alone.
        adapters: Names of the adapters that the model's server was started with, where it does
            not list them itself (TGI).
        declarations: What the adapters of a model's server declare to know: a ``knows.json``, an
            exported adapter's folder, a folder of such by name, or the registry.
        device: See :class:`~chorei.core.LoadOptions`, as for the next five: how a model in this
            process is brought into memory.
        dtype: Numbers that it computes in.
        quantization: Weights in 8 or 4 bits.
        model_threads: Threads of torch; by default torch's own choice.
        batch: Most answers that it writes at the same time.
        prompt_cache: Most MiB of prompts that it remembers.
        creator: Who made the assistant, for its system message; empty if that is not said.
        facts: File that lists facts about the company for the system message; those that find
            no room there are put into the library.
        rules: File that lists rules for the system message.
        system_tokens: Most tokens of the system message.
        trust: How far a model's own words go: ``low``, they stand above the quotations of the
            built-in reader, which alone decides whether the documents answer; ``high``, for
            models of about 7B parameters and more, they stand alone and may answer more.
        solver: How a calculation told in words is solved with a model: ``program`` (PAL) or
            ``thought`` (chain of thought).
        samples: How often it is solved; above 1 the majority of the results counts.
        program_repairs: How often a program that fails goes back to the model with its traceback.
        steps: Most steps of one question that is answered with tools.
        step_tokens: Most tokens of its longest prompt and all that the model writes for it.
        step_seconds: Most seconds for it, model and tools together.
        tool_chars: Most characters of one tool's output that the model is shown.
        prompts: Folder with prompts that replace the built-in ones of the same name.
        deadline_seconds: Most seconds that one answer may take a language model in all.
        max_new_tokens: Most tokens that a model writes at a time.
        temperature: See :class:`~chorei.core.Generation`, as for the next six.
        top_p: Nucleus sampling.
        top_k: Most probable tokens only.
        min_p: Tokens at least this fraction as probable as the best.
        repetition_penalty: Against repetitions; 1 for none.
        seed: Seed of the sampling.
        thinking: Whether a model that can think does so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    library: Path = Path(".chorei")
    embedder: str = "builtin"
    chroma_url: str = ""
    threads: Positive = 2
    language: Literal["auto", "en", "vi"] = "auto"
    max_quotes: Positive = 3
    passages: Positive = 20
    assistant: str = "chorei"
    company: str = ""
    max_file_bytes: Positive = 100 * 2**20
    parse_seconds: Annotated[float, Field(gt=0)] = 30.0
    parse_memory_mb: Positive = 1024
    model: str = ""
    adapters: tuple[str, ...] = ()
    declarations: Path | None = None
    device: str = "auto"
    dtype: Dtype = "auto"
    quantization: Quantization | None = None
    model_threads: Positive | None = None
    batch: Positive = 16
    prompt_cache: Whole = 256
    creator: str = ""
    facts: Path | None = None
    rules: Path | None = None
    system_tokens: Positive = 1000
    trust: Literal["low", "high"] = "low"
    solver: Literal["program", "thought"] = "program"
    samples: Positive = 1
    program_repairs: Whole = 1
    steps: Positive = 8
    step_tokens: Positive = 8000
    step_seconds: Annotated[float, Field(gt=0)] = 60.0
    tool_chars: Positive = 4000
    prompts: Path | None = None
    deadline_seconds: Annotated[float, Field(gt=0)] = 120.0
    max_new_tokens: Count | None = None
    temperature: Temperature | None = None
    top_p: Mass | None = None
    top_k: Whole | None = None
    min_p: Share | None = None
    repetition_penalty: Factor | None = None
    seed: Whole | None = None
    thinking: bool | None = None

    @field_validator("adapters", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Names in one text, as a variable or an option gives them, are separated by commas."""
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @property
    def generation(self) -> Generation:
        """The settings of generation."""
        fields = {name: getattr(self, name, None) for name in Generation.model_fields}
        return Generation.model_validate(fields)

    @property
    def loading(self) -> LoadOptions:
        """How a model in this process is brought into memory."""
        return LoadOptions(
            device=self.device,
            dtype=self.dtype,
            quantization=self.quantization,
            threads=self.model_threads,
            batch=self.batch,
            prompt_cache=self.prompt_cache,
        )

    @classmethod
    def load(
        cls,
        *,
        file: Path | None = None,
        environment: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> Self:
        """Settings gathered from arguments, environment, file and defaults.

        Args:
            file: A TOML file that must exist; by default ``chorei.toml`` in the current
                folder, if there is one.
            environment: Variables to read instead of ``os.environ``.
            arguments: Fields of this class; those that are None are not set.

        Raises:
            SettingsError: A key is unknown (the nearest known one is named), a value does
                not fit, or the file cannot be read.
        """
        variables = os.environ if environment is None else environment
        origins: dict[str, str] = {}
        merged: dict[str, Any] = {}
        layers = (
            (_from_file(file), f" in {file or FILE}"),
            (_from_environment(variables), " in the environment"),
            ({k: v for k, v in arguments.items() if v is not None}, ""),
        )
        for layer, origin in layers:
            for key, value in layer.items():
                _check_known(key, cls.model_fields, origin)
                merged[key], origins[key] = value, origin
        try:
            return cls.model_validate(merged)
        except ValidationError as error:
            raise _explain(error, origins) from None


def _from_file(file: Path | None) -> dict[str, Any]:
    path = file or Path(FILE)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if file is None:
            return {}
        raise SettingsError(f"The settings file {path} does not exist.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from None


def _from_environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {
        name[len(PREFIX) :].lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and value and name not in SECRETS
    }


def _check_known(key: str, known: Mapping[str, object], origin: str) -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
    shown = f"{PREFIX}{key.upper()}" if "environment" in origin else key
    meant = f"{PREFIX}{near[0].upper()}" if "environment" in origin else near[0]
    raise SettingsError(f"Unknown setting '{shown}'{origin}.", hint=f"Did you mean '{meant}'?")


def _explain(error: ValidationError, origins: Mapping[str, str]) -> SettingsError:
    first = error.errors()[0]
    key = str(first["loc"][0])
    return SettingsError(
        f"The setting '{key}'{origins[key]} does not fit: {first['msg'].lower()}"
        f" (it is {first['input']!r})."
    )
