"""The geometry of the plots: rectangles and labels in the units of an SVG's view box. The template draws them.

Heights and widths are rounded for the eye; every figure stands exactly in the tables beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from importer.codes import TITLES
from importer.model import Share, Status, added
from importer.report.breakdown import Line
from importer.report.sentences import undated_text
from importer.text import amount, rows_text, stopwatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.figures import Report
    from importer.report.runs import Throughput

WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 12, 26
_HEIGHT = 220
_MOST_BARS = 62
_MOST_LABELS = 8
_BAR_ROW, _BAR_TEXT, _BAR = 46, 18, 14
_HALF_DATE = 36
_LEAST_STEPS = 5
_NEARLY_ALL = 0.98
# From the axis up: what is certain first.
_STACK = (
    *(Status.RECORDED, Status.IN_DOUBT, Status.REJECTED, Status.FAILED),
    *(Status.INVALID, Status.EXCLUDED, Status.DUPLICATE, Status.PENDING),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` is its colour's class, `title` what a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a point; `side` is `start`, `middle` or `end` of it; a `minor` one finds no room on a phone."""

    x: float
    y: float
    text: str
    side: str = "middle"
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing with its title, what it shows in words, a note on what is not in it, its legend of (class, text)."""

    key: str
    title: str
    description: str
    height: int
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    note: str = ""
    grid: tuple[float, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()


def revenue_over_time(report: Report) -> Plot | None:
    """Revenue by day of the file's zone (by month or year where there are many), stacked by status.

    None where it would be a single bar, or no money.
    """
    lines, unit = _dated(report)
    if len(lines) < 2 or not any(line.file.revenue for line in lines):
        return None
    scale = _Scale(max(float(line.file.revenue) for line in lines))
    step = (WIDTH - _LEFT - _RIGHT) / len(lines)
    width = min(step * 0.8, 40.0)
    bars: list[Bar] = []
    for number, line in enumerate(lines):
        bars += _stacked(line, _LEFT + step * number + (step - width) / 2, width, scale)
    most = max(lines, key=lambda line: line.file.revenue)
    return Plot(
        key="days",
        title=f"Revenue in the file by {unit} ({report.timezone}), by what became of it",
        note=" ".join(filter(None, (undated_text(report), _left_out_days(lines, unit)))),
        description=f"{len(lines)} bars, {lines[0].name} to {lines[-1].name}; the tallest is {most.name} with "
        f"{amount(most.file.revenue)}.",
        height=_HEIGHT,
        bars=tuple(bars),
        labels=(*_dates(lines, step), *scale.labels),
        grid=scale.grid,
        legend=_legend(lines),
    )


def _dates(lines: Sequence[Line], step: float) -> list[Label]:
    every = math.ceil(len(lines) / _MOST_LABELS)
    labels = []
    for place, number in enumerate(range(0, len(lines), every)):
        x = _LEFT + step * (number + 0.5)
        at, side = (WIDTH, "end") if x > WIDTH - _HALF_DATE else (round(x, 1), "middle")
        labels.append(Label(at, _HEIGHT - 6, lines[number].name, side, minor=place % 3 > 0))
    return labels


def outcome_by_kind(report: Report) -> Plot | None:
    """For each attribution type, the share of its rows with each fate; None where nearly all have the same."""
    lines = [line for line in report.kinds.lines if line.file.rows > 0 and not line.rest]
    rows = sum(line.file.rows for line in lines)
    if max((report.share(status).rows for status in Status), default=0) > _NEARLY_ALL * rows:
        return None
    bars: list[Bar] = []
    labels: list[Label] = []
    for number, line in enumerate(lines):
        y, x = number * _BAR_ROW, 0.0
        for status in _STACK:
            part = line.share(status)
            if part.rows > 0:
                length = WIDTH * part.rows / line.file.rows
                place = round(x, 1), y + _BAR_TEXT + 6, round(length, 1), _BAR
                bars.append(Bar(*place, str(status), _title(line.name, status, part)))
                x += length
        text = f"{line.name}: {rows_text(line.file.rows)}, {amount(line.file.revenue)}"
        labels.append(Label(0, y + _BAR_TEXT, text, "start"))
    recorded = (f"{line.name}: {line.recorded.rows:,} of {line.file.rows:,} rows recorded" for line in lines)
    return Plot(
        key="kinds",
        title="What became of the rows of each attribution type",
        description="; ".join(recorded),
        height=len(lines) * _BAR_ROW,
        bars=tuple(bars),
        labels=tuple(labels),
        legend=_legend(lines),
    )


def rate_over_run(throughput: Throughput) -> Plot | None:
    """Answers a second over the run; throttled ones apart, where they were counted. None if it was over soon."""
    counts, step_s = throughput.counts, throughput.step_s
    if len(counts) < _LEAST_STEPS:
        return None
    throttled = throughput.throttled or (0,) * len(counts)
    top = max(throughput.rates)
    scale = _Scale(top)
    step = (WIDTH - _LEFT - _RIGHT) / len(counts)
    bars = []
    for number, (count, refused) in enumerate(zip(counts, throttled, strict=True)):
        x, width = round(_LEFT + step * number, 2), round(max(step * 0.9, 0.5), 2)
        title = f"from {number * step_s:g} s: {count / step_s:,.1f} a second"
        for kind, part, below in (("rate", count - refused, 0), ("throttled", refused, count - refused)):
            if part > 0:
                bars.append(Bar(x, *scale.span(below / step_s, part / step_s, width), kind, title))
    sides = {0: "start", len(counts) // 2: "middle", len(counts): "end"} | {0: "start"}
    times = (
        Label(round(_LEFT + step * at, 1), _HEIGHT - 6, stopwatch(at * step_s), side) for at, side in sides.items()
    )
    what = "Answers" if throughput.measured else "Rows settled"
    legend = (("rate", what), *([("throttled", "of which throttled (429)")] if any(throttled) else []))
    return Plot(
        key="rate",
        title=f"{what} a second over the run",
        description=f"{len(counts)} steps of {step_s:g} s; at most {top:,.1f} a second.",
        height=_HEIGHT,
        bars=tuple(bars),
        labels=(*times, *scale.labels),
        grid=scale.grid,
        legend=legend,
    )


class _Scale:
    """A linear axis from 0 to a round number at or above `top`."""

    def __init__(self, top: float) -> None:
        raw = top / 4 or 0.25
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
        count = max(1, math.ceil(top / step - 1e-9))
        self._top = step * count
        self.grid = tuple(round(self._y(step * number), 1) for number in range(count + 1))
        self.labels = tuple(
            Label(_LEFT - 6, round(self._y(step * number) + 4, 1), _short(step * number), "end")
            for number in range(count + 1)
        )

    def _y(self, value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / self._top)

    def span(self, below: float, value: float, width: float) -> tuple[float, float, float]:
        """`y`, width and height of a piece of `value` that stands on `below`."""
        y = self._y(below + value)
        return round(y, 2), round(width, 2), round(max(self._y(below) - y, 0.4), 2)


def _stacked(line: Line, x: float, width: float, scale: _Scale) -> list[Bar]:
    bars, below = [], 0.0
    for status in _STACK:
        part = line.share(status)
        if part.revenue > 0:
            value = float(part.revenue)
            span = scale.span(below, value, width)
            bars.append(Bar(round(x, 2), *span, str(status), _title(line.name, status, part)))
            below += value
    return bars


def _dated(report: Report) -> tuple[list[Line], str]:
    days, months = (
        [line for line in found.lines if line.name[:1].isdigit() and not line.rest]
        for found in (report.local_days, report.local_months)
    )
    if len(days) <= _MOST_BARS and not any(
        line.rest and line.name.endswith("days") for line in report.local_days.lines
    ):
        return _with_gaps(days), "day"
    if len(months) <= _MOST_BARS:
        return months, "month"
    years: dict[str, list[Line]] = {}
    for line in months:
        years.setdefault(line.name[:4], []).append(line)
    return [Line(name, added(line.by_status for line in year)) for name, year in years.items()][-_MOST_BARS:], "year"


def _with_gaps(days: list[Line]) -> list[Line]:
    """With the days that have no rows, where they are few: time then runs evenly."""
    if not days:
        return days
    first, last = (date.fromisoformat(line.name) for line in (days[0], days[-1]))
    count = (last - first).days + 1
    if count > _MOST_BARS:
        return days
    known = {line.name: line for line in days}
    names = ((first + timedelta(days=number)).isoformat() for number in range(count))
    return [known.get(name) or Line(name, {}) for name in names]


def _left_out_days(lines: Sequence[Line], unit: str) -> str:
    """That days without rows have no place, where they are too many for that: the axis is no calendar then."""
    if unit != "day":
        return ""
    first, last = (date.fromisoformat(line.name) for line in (lines[0], lines[-1]))
    return "" if (last - first).days + 1 == len(lines) else "Only days with rows are drawn."


def _legend(lines: Sequence[Line]) -> tuple[tuple[str, str], ...]:
    """The statuses that any of the lines has."""
    used = (status for status in _STACK if any(line.share(status).rows for line in lines))
    return tuple((str(status), TITLES[status]) for status in used)


def _title(name: str, status: Status, part: Share) -> str:
    return f"{name}: {TITLES[status].lower()} {rows_text(part.rows)}, {amount(part.revenue)}"


def _short(value: float) -> str:
    """A number for an axis: three figures and a letter."""
    for limit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (limit if letter != 'k' else 1e3):.3g} {letter}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
