"""The report of an evaluation: Markdown with figures, a plot, and every wrong answer."""

from collections.abc import Sequence
from pathlib import Path

from chorei.adapters.assessment.scoring import Outcome
from chorei.adapters.records import Kind
from chorei.adapters.registry import Evaluation, Measured, objections
from chorei.adapters.registry.drift import drift_rows
from chorei.adapters.training.curve import bar_chart

_LABELS = (
    ("facts", "held-out phrasings right", Kind.FACT),
    ("unknown", "unknown terms declined or unchanged", Kind.UNKNOWN),
    ("general", "general prompts right", Kind.GENERAL),
)


def write_report(
    folder: Path, title: str, evaluation: Evaluation, judged: Sequence[Outcome]
) -> Path:
    """Write ``report.md`` and ``report.svg`` into a folder and return the former."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.svg").write_text(_chart(title, evaluation), encoding="utf-8")
    path = folder / "report.md"
    path.write_text(report(title, evaluation, judged), encoding="utf-8")
    return path


def report(title: str, evaluation: Evaluation, judged: Sequence[Outcome]) -> str:
    """The report in Markdown; it refers to the plot ``report.svg`` beside it."""
    lines = [f"# {title}", "", "![before and after](report.svg)", ""]
    lines += ["| | prompts | base | adapter | active |", "|---|---|---|---|---|"]
    for field, label, kind in _LABELS:
        asked = sum(outcome.record.kind is kind for outcome in judged)
        shown = " | ".join(
            _share(measured, field)
            for measured in (evaluation.base, evaluation.adapter, evaluation.active)
        )
        lines.append(f"| {label} | {asked} | {shown} |")
    lines += ["", *_by_language(judged), ""]
    if evaluation.drift:
        lines += ["## Beside what it was tuned from", "", "| | before | after | limit |"]
        lines += ["|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in drift_rows(evaluation.drift)]
        lines.append("")
    against = objections(evaluation)
    lines += ["**Gate:** " + ("; ".join(against) if against else "passed."), ""]
    lines += ["## Wrong after training", "", "| prompt | expected | before | after |"]
    lines.append("|---|---|---|---|")
    wrong = [outcome for outcome in judged if not outcome.right_after]
    lines += [_row(outcome) for outcome in wrong] or ["| none | | | |"]
    lines += ["", "## Samples", "", "| prompt | expected | before | after |", "|---|---|---|---|"]
    right = [o for o in judged if o.right_after and not o.right_before]
    lines += [_row(outcome) for outcome in right[:12]]
    return "\n".join(lines) + "\n"


def _by_language(judged: Sequence[Outcome]) -> list[str]:
    lines = []
    for language, name in (("en", "English"), ("vi", "Vietnamese")):
        asked = [o for o in judged if o.record.kind is Kind.FACT and o.record.language == language]
        if asked:
            before = sum(o.right_before for o in asked)
            after = sum(o.right_after for o in asked)
            lines.append(f"- {name}: {before} → {after} of {len(asked)} held-out phrasings")
    return lines


def _row(outcome: Outcome) -> str:
    record = outcome.record
    expected = "; ".join(record.facts) or ("declined" if record.kind is Kind.UNKNOWN else "")
    cells = (record.question, expected, outcome.before, outcome.after)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:160]


def _share(measured: Measured | None, field: str) -> str:
    value = getattr(measured, field) if measured else None
    return "–" if value is None else f"{value:.1%}"


def _chart(title: str, evaluation: Evaluation) -> str:
    bars = [
        (label, getattr(evaluation.base, field) or 0.0, getattr(evaluation.adapter, field) or 0.0)
        for field, label, _ in _LABELS
        if getattr(evaluation.adapter, field) is not None
    ]
    return bar_chart(bars, f"{title}: base (grey) and adapter")
