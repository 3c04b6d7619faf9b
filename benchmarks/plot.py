"""A plot of what a row costs, as SVG that reads well on light and on dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTH, _HEIGHT, _PANEL = 760, 300, 380
_LEFT, _RIGHT, _TOP, _BOTTOM, _INSET = 64, 24, 56, 48, 24
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #3a4048 } .title { font-size: 14px; font-weight: 600; fill: #1f2329 }
.grid { stroke: #d6dae0 } .line { fill: none; stroke: #2563b0; stroke-width: 2 } .dot { fill: #2563b0 }
@media (prefers-color-scheme: dark) {
text { fill: #b9c0c9 } .title { fill: #e8ebef } .grid { stroke: #3b424b }
.line { stroke: #7ab4f5 } .dot { fill: #7ab4f5 }
}
"""


@dataclass(frozen=True, slots=True)
class Point:
    """An import: its rows, microseconds a row, megabytes at the peak."""

    rows: int
    cost_us: float
    memory_mb: float


def svg(points: Sequence[Point]) -> str:
    """Return two panels side by side: time a row, and memory, against the number of rows."""
    label = "; ".join(f"{p.rows:,} rows: {p.cost_us:.0f} µs a row, {p.memory_mb:.0f} MB" for p in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f"<style>{_STYLE}</style>"
        f"{_panel(0, 'Time a row, µs', points, lambda point: point.cost_us)}"
        f"{_panel(_PANEL, 'Memory at the peak, MB', points, lambda point: point.memory_mb)}"
        "</svg>\n"
    )


def _panel(shift: int, title: str, points: Sequence[Point], value: Callable[[Point], float]) -> str:
    top = _nice(max(map(value, points)))
    low, high = math.log10(points[0].rows), math.log10(points[-1].rows)

    def x(point: Point) -> float:
        share = (math.log10(point.rows) - low) / (high - low) if high > low else 0.5
        return round(_LEFT + _INSET + share * (_PANEL - _LEFT - _RIGHT - 2 * _INSET), 1)

    def y(amount: float) -> float:
        return round(_HEIGHT - _BOTTOM - amount / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [f'<text class="title" x="{_LEFT}" y="28">{title}</text>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = y(top * share)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_PANEL - _RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{at + 4}" text-anchor="end">{top * share:,.4g}</text>')
    parts.append(f'<polyline class="line" points="{" ".join(f"{x(p)},{y(value(p))}" for p in points)}"/>')
    for point in points:
        parts.append(f'<circle class="dot" cx="{x(point)}" cy="{y(value(point))}" r="4"/>')
        parts.append(f'<text x="{x(point)}" y="{y(value(point)) - 10}" text-anchor="middle">{value(point):,.0f}</text>')
        parts.append(f'<text x="{x(point)}" y="{_HEIGHT - 26}" text-anchor="middle">{_short(point.rows)}</text>')
    parts.append(f'<text x="{(_LEFT + _PANEL - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">rows</text>')
    return f'<g transform="translate({shift} 0)">{"".join(parts)}</g>'


def _nice(largest: float) -> float:
    """The next number of 1, 2, 4, 6, 8 times a power of ten, with some room above the largest value."""
    step = 10.0 ** math.floor(math.log10(largest))
    return next(step * factor for factor in (1, 2, 4, 6, 8, 10, 20) if step * factor >= 1.1 * largest)


def _short(rows: int) -> str:
    return f"{rows // 1_000_000}M" if rows >= 1_000_000 else f"{rows // 1000}k"
