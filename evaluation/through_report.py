"""The report of an adapter that was measured through the whole agent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from chorei.evaluation.through import WAYS, Outcome, Sort, Verdict, Way

_SORTS: Final[dict[Sort, str]] = {
    "documents": "the reading set",
    "adapter": "the adapter's held-out questions",
    "unknown": "terms that nobody knows",
}
_WAYS: Final[dict[Way, str]] = {
    "documents": "documents alone",
    "adapter": "adapter alone",
    "both": "both",
}
_COLOURS: Final[dict[Verdict, str]] = {
    "right": "#2b8a3e",
    "declined": "#adb5bd",
    "made up": "#d9480f",
}
_WIDTH: Final = 640
_LEFT: Final = 150
Found = Mapping[Way, Sequence[Outcome]]


class Row(NamedTuple):
    """The figures of one way for one sort of question.

    Attributes:
        questions: How many there are.
        verdicts: How many are right, declined, made up.
        good: Right ones, and those declined that nobody could answer.
        quoted: Statements that documents hold.
        trained: Statements that the adapter was taught.
        unsupported: The others.
        numbers: Numbers that are neither quoted, computed nor taught.
    """

    questions: int
    verdicts: Counter[Verdict]
    good: int
    quoted: int
    trained: int
    unsupported: int
    numbers: int

    @property
    def share(self) -> float:
        """Share of the statements that documents or training hold; 1 without any."""
        held = self.quoted + self.trained
        return held / (held + self.unsupported) if held + self.unsupported else 1.0


def row(outcomes: Sequence[Outcome]) -> Row:
    """The figures of some outcomes."""
    return Row(
        questions=len(outcomes),
        verdicts=Counter(o.verdict for o in outcomes),
        good=sum(o.good for o in outcomes),
        quoted=sum(o.quoted for o in outcomes),
        trained=sum(o.trained for o in outcomes),
        unsupported=sum(o.unsupported for o in outcomes),
        numbers=sum(len(o.numbers) for o in outcomes),
    )


def bars(found: Found) -> dict[str, bool]:
    """What must hold when the adapter is turned on, and whether it does."""
    off, on = row(found["documents"]), row(found["both"])
    reading = {way: row(_of(outcomes, "documents")) for way, outcomes in found.items()}
    return {
        "the share of supported statements is not lower than without the adapter": (
            on.share >= off.share
        ),
        "the reading set is answered no worse than without the adapter": (
            reading["both"].good >= reading["documents"].good
        ),
        "no number is shown that is neither quoted, computed nor taught": on.numbers == 0,
    }


def markdown(title: str, found: Found) -> str:
    """The report; it refers to the plot ``through.svg`` beside it."""
    lines = [f"# {title}", "", "![right, declined and made up](through.svg)", ""]
    for sort, name in _SORTS.items():
        members = {way: _of(found[way], sort) for way in WAYS}
        if members["both"]:
            lines += [f"## {name[0].upper()}{name[1:]}", "", *_table(members), ""]
    lines += ["## All", "", *_table(found), ""]
    lines += [
        "*Good* is right, or declined where nobody could know. *Quoted* statements stand in the"
        " documents, *taught* ones in what the adapter was trained on; the adapter alone cites"
        " nothing, so what it says is held against the nearest passages. *Numbers* are those that"
        " are neither quoted, computed nor taught.",
        "",
    ]
    lines += [f"- {'met' if met else '**MISSED**'}: {bar}" for bar, met in bars(found).items()]
    lines += [
        "",
        "## Made up or wrong with both",
        "",
        "| question | route | shown |",
        "|---|---|---|",
    ]
    wrong = [o for o in found["both"] if o.verdict == "made up"]
    lines += [_sample(o) for o in wrong] or ["| none | | |"]
    lines += ["", "## Wrong with the adapter alone, and what both show", ""]
    lines += ["| question | adapter alone | both |", "|---|---|---|"]
    pairs = zip(found["adapter"], found["both"], strict=True)
    caught = [(a, b) for a, b in pairs if a.verdict == "made up" and b.good]
    lines += [
        f"| {_cell(a.asked.question)} | {_cell(a.text)} | {_cell(b.text)} |" for a, b in caught[:20]
    ] or ["| none | | |"]
    return "\n".join(lines) + "\n"


def write_report(folder: Path, title: str, found: Found) -> Path:
    """Write ``through.md`` and ``through.svg`` into a folder and return the former."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "through.svg").write_text(chart(title, found), encoding="utf-8")
    path = folder / "through.md"
    path.write_text(markdown(title, found), encoding="utf-8")
    return path


def chart(title: str, found: Found) -> str:
    """An SVG with one bar for each sort of question and way: right, declined, made up."""
    parts = [_text(16, 24, title, 14)]
    for number, (verdict, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 120 * number
        parts.append(f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, 48, verdict))
    y = 72
    for sort, name in _SORTS.items():
        if not _of(found["both"], sort):
            continue
        parts.append(_text(16, y, f"{name} ({len(_of(found['both'], sort))})"))
        for way in WAYS:
            y += 22
            parts += [_text(28, y, _WAYS[way]), *_bar(y, row(_of(found[way], sort)))]
        y += 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _bar(y: int, figures: Row) -> list[str]:
    parts, x = [], float(_LEFT)
    for verdict, colour in _COLOURS.items():
        count = figures.verdicts[verdict]
        width = count / figures.questions * (_WIDTH - _LEFT - 24)
        if count:
            parts.append(
                f'<rect x="{x:.1f}" y="{y - 12}" width="{width:.1f}" height="16" fill="{colour}"/>'
            )
            parts.append(_text(x + 4, y, str(count), colour="#ffffff"))
        x += width
    return parts


def _table(found: Found) -> list[str]:
    lines = [
        "| | questions | right | declined | made up | good | quoted | taught | unsupported"
        " | supported | numbers |",
        "|---|" + "---|" * 10,
    ]
    for way in WAYS:
        one = row(found[way])
        counts = " | ".join(str(one.verdicts[verdict]) for verdict in _COLOURS)
        lines.append(
            f"| {_WAYS[way]} | {one.questions} | {counts} | {one.good} | {one.quoted}"
            f" | {one.trained} | {one.unsupported} | {one.share:.1%} | {one.numbers} |"
        )
    return lines


def _of(outcomes: Sequence[Outcome], sort: Sort) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.asked.sort == sort]


def _sample(outcome: Outcome) -> str:
    return f"| {_cell(outcome.asked.question)} | {outcome.route} | {_cell(outcome.text)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:160]


def _text(x: float, y: float, text: str, size: int = 12, colour: str = "#343a40") -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-family="sans-serif" fill="{colour}">'
        f"{escape(text)}</text>"
    )
