"""``chorei replay``: the programs of an answer, run again."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.opening import open_agent, open_library
from chorei.interfaces.options import JsonOption, LibraryOption
from chorei.interfaces.sessions import resolve_session

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.agent.reasoning import Replay
    from chorei.core import Citation


def replay(
    answer: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER",
            help="File with what 'ask --json' printed, '-' for standard input, or the id of a"
            " conversation.",
        ),
    ],
    turn: Annotated[
        int | None,
        typer.Option("--turn", metavar="N", min=1, help="Answer of the conversation, from 1."),
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Run the programs of an answer again, and compare the results.

    Quotations are looked up in the documents again where there is a library. Exit code 1 if
    anything is different.
    """
    found = _answers(answer, turn, library)
    programs, citations = _evidence(found)
    from chorei.agent.reasoning import replay_all

    replays = replay_all(programs) if programs else ()
    checked = _checked(citations, library)
    same = all(each.same for each in replays) and not any(c[1] is False for c in checked)
    if as_json:
        print_json(_as_json(same, replays, checked))
    else:
        _print(output(), replays, checked)
    if not same:
        raise typer.Exit(exits.ERROR)


def _answers(answer: str, turn: int | None, library: Path | None) -> list[dict[str, Any]]:
    """The answers meant, as the objects that ``ask --json`` prints.

    Raises:
        SessionError: There is neither such a file nor such a conversation, or not so many turns.
    """
    from chorei.core import SessionError

    file = Path(answer)
    if answer == "-" or file.is_file():
        if turn is not None:
            raise typer.BadParameter("--turn is for a conversation; this is a file.")
        return list(_read(answer, file))
    if file.suffix or len(file.parts) > 1:
        raise SessionError(
            f"There is no file {answer}.",
            hint="Make one with: chorei ask --json 'QUESTION' > answer.json",
        )
    with open_agent(library, model="none") as agent:
        session = resolve_session(agent.sessions, answer)
        history = agent.sessions.history(session)
    if turn is not None and turn > len(history):
        raise SessionError(f"The session '{session}' has {len(history)} answers, not {turn}.")
    chosen = history if turn is None else history[turn - 1 : turn]
    return [each.as_json() for each in chosen]


def _read(answer: str, file: Path) -> Iterator[dict[str, Any]]:
    """The answers in a file: one object, an array, or one object a line."""
    from chorei.core import SessionError

    try:
        text = sys.stdin.read() if answer == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SessionError(f"{answer} cannot be read: {error}.") from None
    try:
        values = [json.loads(text)]
    except ValueError:
        try:
            values = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            values = []
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if not values or not all(isinstance(v, dict) and "programs" in v for v in values):
        raise SessionError(
            f"{'Standard input' if answer == '-' else answer} holds no answer.",
            hint="Make one with: chorei ask --json 'QUESTION' > answer.json",
        )
    yield from values


def _evidence(answers: Sequence[dict[str, Any]]) -> tuple[list[Any], list["Citation"]]:
    """The programs and the citations of all answers.

    Raises:
        SessionError: One of them has not the form that ``ask --json`` prints.
    """
    from pydantic import ValidationError

    from chorei.core import Citation, Program, SessionError

    try:
        programs = [Program.model_validate(p) for each in answers for p in each["programs"]]
        cited = [Citation.model_validate(c) for each in answers for c in each.get("citations", ())]
    except (ValidationError, TypeError, AttributeError):
        raise SessionError(
            "A program or citation of this answer cannot be read.",
            hint="Make it anew with: chorei ask --json 'QUESTION'",
        ) from None
    return programs, cited


def _checked(
    citations: Sequence["Citation"], library: Path | None
) -> list[tuple["Citation", bool | None]]:
    """Each citation, and whether it still stands where it says; None without the library."""
    from chorei.core import DocumentError, LibraryError

    if not citations:
        return []
    try:
        opened = open_library(library)
    except LibraryError:
        return [(citation, None) for citation in citations]
    checked: list[tuple[Citation, bool | None]] = []
    with opened:
        for citation in citations:
            try:
                text = opened.text(citation.document_id)
            except DocumentError:
                text = ""
            checked.append((citation, text[citation.start : citation.end] == citation.quote))
    return checked


def _as_json(
    same: bool, replays: Sequence["Replay"], checked: Sequence[tuple["Citation", bool | None]]
) -> dict[str, Any]:
    return {
        "same": same,
        "programs": [
            {**each.program.model_dump(), "now": each.result, "same": each.same} for each in replays
        ],
        "citations": [
            {"number": citation.number, "document": citation.document, "literal": literal}
            for citation, literal in checked
        ],
    }


def _print(
    console: "Console",
    replays: Sequence["Replay"],
    checked: Sequence[tuple["Citation", bool | None]],
) -> None:
    for each in replays:
        program = each.program
        verdict = "same" if each.same else "different"
        was = "" if each.same else f" (the answer says {printable(program.result)})"
        first = " " if "\n" not in program.source else "\n  "
        source = printable(program.source).replace("\n", "\n  ")
        console.print(f"{verdict}: {program.language}{first}{source}")
        console.print(f"  = {printable(each.result)}{was}")
    for citation, literal in checked:
        place = f"[{citation.number}] {printable(citation.document)}"
        if literal is not None:
            state = "same" if literal else "different"
            console.print(f"{state}: {place} ({citation.start}–{citation.end})")
    if not replays:
        messages().print("This answer ran no program.")
    if any(literal is None for _, literal in checked):
        messages().print("There is no library here, so the quotations were not looked up.")
