"""The card of an adapter: one page for whoever finds the folder."""

from chorei.adapters.registry.drift import drift_rows
from chorei.adapters.registry.entry import Entry, Measured


def card(entry: Entry) -> str:
    """The card in Markdown."""
    data = "records" if entry.objective == "sft" else "preferences"
    rows = [
        ("base model", f"{entry.base} ({entry.model_type}), sha256 {entry.base_sha256[:16]}…"),
        ("method", method_of(entry)),
        (data, f"sha256 {entry.data_sha256[:16]}…, `{data}.jsonl`"),
        ("registered", entry.created.isoformat(timespec="seconds")),
    ]
    rows += [(name.replace("_", " "), _shown(value)) for name, value in entry.training.items()]
    lines = (
        [f"# {entry.name}, version {entry.version}", "", entry.note, ""]
        if entry.note
        else [
            f"# {entry.name}, version {entry.version}",
            "",
        ]
    )
    lines += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    if entry.evaluation:
        lines += _evaluation(entry)
    else:
        lines += ["Not evaluated yet."]
    lines += ["", "It answers from what it was trained on; check what matters in the documents."]
    return "\n".join(lines) + "\n"


def _evaluation(entry: Entry) -> list[str]:
    evaluation = entry.evaluation
    assert evaluation is not None
    columns: list[tuple[str, Measured]] = [
        ("base", evaluation.base),
        ("this version", evaluation.adapter),
    ]
    if evaluation.active:
        columns.append((f"version {evaluation.active_version}", evaluation.active))
    head = " | ".join(name for name, _ in columns)
    lines = [f"| right answers | {head} |", "|---|" + "---|" * len(columns)]
    for field, label in (
        ("facts", "held-out phrasings"),
        ("unknown", "unknown terms declined"),
        ("general", "general prompts"),
    ):
        shown = " | ".join(_share(getattr(measured, field)) for _, measured in columns)
        lines.append(f"| {label} | {shown} |")
    if evaluation.drift:
        lines += ["", "| beside what it was tuned from | before | after | limit |"]
        lines += ["|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in drift_rows(evaluation.drift)]
    return lines


def method_of(entry: Entry) -> str:
    """What was trained, what for, and from which version."""
    if entry.objective == "sft":
        return entry.method
    start = f"version {entry.parent}" if entry.parent else "the base"
    return f"{entry.method}, {entry.objective} from {start}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
