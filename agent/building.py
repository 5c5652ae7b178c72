"""Engines made for an agent: the built-in ones, and with a model those that ask it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel

from chorei.agent.answering import current
from chorei.agent.engines import Engines
from chorei.agent.protocols import Reader, Router, Solver
from chorei.agent.reader import ExtractiveReader
from chorei.agent.router import RuleRouter
from chorei.core import Hit, RouteKind, Settings
from chorei.retrieval import Library
from chorei.tools import Toolbox

if TYPE_CHECKING:
    from chorei.agent.completion import Completer
    from chorei.tools import Sandbox


def build_engines(
    library: Library,
    settings: Settings,
    model: BaseChatModel | str,
    toolbox: Toolbox,
    reader: Reader | None = None,
    router: Router | None = None,
) -> Engines:
    """The engines of an agent.

    Facts about the company that find no room in the system message are put into the library.

    Args:
        library: Where documents are searched.
        settings: Limits, names, generation.
        model: A chat model or the name of one; empty for the built-in engines alone.
        toolbox: The company's tools.
        reader: Reads instead of the engine that would be made.
        router: Routes instead of the engine that would be made.

    Raises:
        ModelError: The model's name cannot be read, or the model cannot be loaded.
        SettingsError: The files of facts or rules cannot be read, or there are no declarations
            where the settings say.
        AdapterError: What the model's adapter declares to know cannot be read.
    """
    if model:
        engines = _asking(library, settings, model, toolbox)
    else:
        extractive = ExtractiveReader()
        engines = Engines(router=RuleRouter(), reader=extractive, fallback=extractive)
        _introduced(library, settings, None)
    chosen = {"reader": reader, "router": router, "decides": router is not None}
    return engines.replaced(**{name: engine for name, engine in chosen.items() if engine})


def _asking(
    library: Library, settings: Settings, model: BaseChatModel | str, toolbox: Toolbox
) -> Engines:
    from chorei.agent.completion import Completer
    from chorei.agent.declared import Declared
    from chorei.agent.grounding import AdapterSolver, GroundedReader, ModelRouter, ModelSolver
    from chorei.agent.reasoning import Budgets, Reasoner, tools_for_reasoning
    from chorei.agent.search_tool import search_tool
    from chorei.tools import Sandbox

    chat = _loaded(model, settings) if isinstance(model, str) else model
    system, moved = _introduced(library, settings, chat)
    completer = Completer(chat, settings.generation, system=system)
    extractive = ExtractiveReader()
    sandbox = Sandbox()
    offered = Toolbox((*toolbox, search_tool(library), *tools_for_reasoning(sandbox)))
    choices: list[RouteKind] = ["documents", "program", "model", "decline"]
    if len(toolbox):
        choices.append("tools")
    return Engines(
        router=ModelRouter(completer, RuleRouter(), choices=choices, prompts=settings.prompts),
        reader=GroundedReader(
            completer,
            extractive,
            prompts=settings.prompts,
            trust=settings.trust,
            language=settings.language,
        ),
        fallback=extractive,
        program=_solver(completer, sandbox, settings),
        tools=Reasoner(
            completer,
            offered,
            Budgets(
                steps=settings.steps,
                tokens=settings.step_tokens,
                seconds=settings.step_seconds,
                output_chars=settings.tool_chars,
            ),
            prompts=settings.prompts,
            assistant=settings.assistant,
            company=settings.company,
        ),
        recall=ModelSolver(
            completer,
            _searching(library),
            frequency=library.frequency,
            total=lambda: library.passage_count,
            remembers=not getattr(chat, "adapter", None),
            reader=extractive,
            prompts=settings.prompts,
        ),
        adapter=AdapterSolver(
            completer, frequency=library.frequency, total=lambda: library.passage_count
        ),
        declared=Declared.of(chat, settings),
        model=completer.name,
        moved=moved,
        adapted=bool(getattr(chat, "adapter", None)),
        remarks=lambda: getattr(chat, "remarks", ()),
        sandbox=sandbox,
    )


def _searching(library: Library) -> Callable[[str, int], Sequence[Hit]]:
    """Searches within what the question that is being answered is restricted to."""

    def search(query: str, limit: int) -> Sequence[Hit]:
        asked = current()
        return library.search(query, limit, folder=asked.folder, tag=asked.tag)

    return search


def _solver(completer: "Completer", sandbox: "Sandbox", settings: Settings) -> Solver:
    from chorei.agent.reasoning import ProgramSolver, ThoughtSolver

    if settings.solver == "thought":
        return ThoughtSolver(completer, settings.prompts, samples=settings.samples)
    return ProgramSolver(
        completer,
        sandbox,
        settings.prompts,
        repairs=settings.program_repairs,
        samples=settings.samples,
    )


def _loaded(name: str, settings: Settings) -> BaseChatModel:
    from chorei.adapters import chat_model

    return chat_model(
        name,
        generation=settings.generation,
        deadline_seconds=settings.deadline_seconds,
        adapters=settings.adapters or None,
        options=settings.loading,
    )


def _introduced(
    library: Library, settings: Settings, chat: BaseChatModel | None
) -> tuple[str, tuple[str, ...]]:
    """The system message, and the facts kept in the library as it had no room for them."""
    if chat is None and settings.facts is None:
        return "", ()
    from chorei.agent.grounding import (
        Profile,
        introduce,
        keep_moved,
        read_facts,
    )
    from chorei.agent.tokens import token_count

    profile = Profile(
        assistant=settings.assistant,
        creator=settings.creator,
        company=settings.company,
        facts=read_facts(settings.facts) if settings.facts else (),
        rules=read_facts(settings.rules) if settings.rules else (),
    )
    if chat is None:
        keep_moved(library, profile.facts)
        return "", ()
    introduction = introduce(
        profile,
        settings.prompts,
        token_count(chat),
        language="vi" if settings.language == "vi" else "en",
        tokens=settings.system_tokens,
    )
    if settings.facts:
        keep_moved(library, introduction.moved)
    return introduction.text, introduction.moved
