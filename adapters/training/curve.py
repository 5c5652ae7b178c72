"""The loss curve: a line of blocks for the terminal, a drawing for the report."""

import itertools
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _MARGIN = 640, 320, 48
_COLOURS: Final = ("#1f6feb", "#d9480f", "#2b8a3e")


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """The values as blocks of eight heights, averaged down to ``width`` characters."""
    if not values:
        return ""
    count = min(width, len(values))
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means), max(means)
    scale = (len(_BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BLOCKS[round((mean - low) * scale)] for mean in means)


def loss_curve(history: Sequence[dict[str, float]], title: str) -> str:
    """An SVG of the training loss and the held-out loss over the steps."""
    series = {
        name: [(e["step"], e[key]) for e in history if key in e]
        for name, key in (("training", "loss"), ("held out", "held_out_loss"))
    }
    return line_chart({n: points for n, points in series.items() if points}, title, "step", "loss")


def line_chart(
    series: dict[str, list[tuple[float, float]]], title: str, across: str, up: str
) -> str:
    """An SVG with one line for each series of points; both axes hold zero."""
    points = [point for line in series.values() for point in line]
    if not points:
        return _svg(title, "")
    right = max(x for x, _ in points) or 1.0
    low, top = min(0.0, *(y for _, y in points)), max(0.0, *(y for _, y in points))
    span = (top - low) or 1.0
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN

    def place(x: float, y: float) -> str:
        return f"{_MARGIN + x / right * wide:.1f},{_HEIGHT - _MARGIN - (y - low) / span * high:.1f}"

    parts = [
        f'<path d="M{_MARGIN},{_MARGIN} V{_HEIGHT - _MARGIN} H{_WIDTH - _MARGIN}" fill="none"'
        ' stroke="#868e96"/>',
        _label(_MARGIN - 6, _MARGIN + 4, f"{top:.3g}", "end"),
        _label(_MARGIN - 6, _HEIGHT - _MARGIN, f"{low:.3g}", "end"),
        _label(_WIDTH - _MARGIN, _HEIGHT - _MARGIN + 18, f"{right:g} {across}", "end"),
        _label(_MARGIN, _MARGIN - 10, up, "start"),
    ]
    for number, (name, line) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(place(x, y) for x, y in line)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        )
        parts.append(_label(_WIDTH - _MARGIN, _MARGIN + 16 * number, name, "end", colour))
    return _svg(title, "".join(parts))


def bar_chart(bars: Sequence[tuple[str, float, float]], title: str) -> str:
    """An SVG with two horizontal bars (before, after) from 0 to 1 for each label."""
    parts = []
    for number, (label, before, after) in enumerate(bars):
        y = _MARGIN + number * 52
        parts.append(_label(_MARGIN, y - 4, label, "start"))
        for row, (value, colour) in enumerate(((before, "#adb5bd"), (after, _COLOURS[0]))):
            length = max(value, 0.0) * (_WIDTH - 3 * _MARGIN)
            top = y + 2 + row * 14
            parts.append(
                f'<rect x="{_MARGIN}" y="{top}" width="{length:.1f}" height="12" fill="{colour}"/>'
            )
            parts.append(_label(_MARGIN + length + 6, top + 10, f"{value:.0%}", "start"))
    return _svg(title, "".join(parts), height=_MARGIN + 52 * len(bars) + 12)


def _label(x: float, y: float, text: str, anchor: str, colour: str = "#495057") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="12"'
        f' font-family="sans-serif">{escape(text)}</text>'
    )


def _svg(title: str, body: str, height: int = _HEIGHT) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        f"{_label(_MARGIN, 22, title, 'start', '#212529')}{body}</svg>\n"
    )
