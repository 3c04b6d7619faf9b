"""The table that the command prints, and its place in the document about speed."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.run import Used

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `ratio` says how it compares with ours, or ours with it, in words that a reader gets."""

    what: str
    figures: str
    ratio: str = ""


def markdown(lines: Sequence[Line], runs: int) -> str:
    """Return the table, with what it was measured on below it."""
    rows = ["| | measured | in comparison |", "|---|---|---|"]
    cells = ((line.what, line.figures, line.ratio) for line in lines)
    rows += ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in cells]
    return "\n".join([*rows, "", f"{_machine()}; medians of {runs}, taken in turn, server on the same machine."])


def _machine() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}, polars {version('polars')}, aiohttp {version('aiohttp')}"
    )


def put_into(document: Path, table: str) -> None:
    """Replace what stands between the markers.

    Raises:
        ValueError: the markers are not there.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no {BEGIN} … {END} to put the table into.")
    document.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def wall_s(used: Sequence[Used]) -> float:
    """The median time of the runs."""
    return statistics.median(one.wall_s for one in used)


def cpu_s(used: Sequence[Used]) -> float:
    """The median processor time of the runs."""
    return statistics.median(one.cpu_s for one in used)


def cpu_ratio(used: Sequence[Used], other: Sequence[Used]) -> str:
    """How much processor time the one takes of the other's: what else the machine does hardly changes it."""
    return f"{times(cpu_s(used) / cpu_s(other))} the processor time"


def peak(used: Sequence[Used]) -> str:
    """The largest peak of the runs."""
    return f"{max(one.peak for one in used) / 1e6:,.0f} MB"


def times(ratio: float) -> str:
    """A ratio in two figures: `0.56 ×`, `12 ×`."""
    return f"{ratio:.2f} ×" if ratio < 9.95 else f"{ratio:,.0f} ×"
