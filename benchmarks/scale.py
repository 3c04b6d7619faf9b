"""What a row costs as the file grows, and what it costs to find a million rows recorded already."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks import plot
from benchmarks.reading import check
from benchmarks.run import Used, forget, import_command, run, server
from benchmarks.table import Line, peak, times, wall_s

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

SIZES = (10_000, 100_000, 300_000, 1_000_000)
QUICK_SIZES = (2_000, 5_000, 10_000)
MANY = 300_000  # from here on one run: it takes minutes, and so does not depend on a moment


def measure(bench: Bench) -> tuple[list[Line], str]:
    """Import files of growing size, then the largest again; returns the lines, and the plot as SVG."""
    sizes = QUICK_SIZES if bench.quick else SIZES
    results = bench.results()
    points, lines = [], []
    with server() as at:
        for rows in sizes:
            used = _imports(bench, rows, results, at.base_url)
            cost_us = wall_s(used) / rows * 1e6
            memory = statistics.median(one.peak for one in used)
            points.append(plot.Point(rows, cost_us, memory / 1e6))
            lines.append(_line(rows, used, cost_us, points[0]))
        lines.append(_rerun(bench, sizes[-1], results, at.base_url))
    return lines, plot.svg(points)


def _imports(bench: Bench, rows: int, results: Path, base_url: str) -> list[Used]:
    used = []
    runs = 1 if rows >= MANY else bench.runs
    for number in range(runs):
        bench.say(f"  import of {rows:,} rows ({number + 1} of {runs})")
        forget(results)
        used.append(run(import_command(bench.input(rows), base_url, results)))
    return used


def _line(rows: int, used: list[Used], cost_us: float, least: plot.Point) -> Line:
    once = ", one run" if rows >= MANY else ""
    growth = f"{times(cost_us / least.cost_us)} the time a row of {least.rows:,}" if rows != least.rows else ""
    return Line(f"import {rows:,} rows{once}", f"{cost_us:,.0f} µs a row, {peak(used)}", growth)


def _rerun(bench: Bench, rows: int, results: Path, base_url: str) -> Line:
    path = bench.input(rows)
    again = import_command(path, base_url, results)
    used = bench.in_turn({"the same import again": lambda: run(again), "check": lambda: run(check(path))})
    rerun, least = used.values()
    return Line(
        f"the same import again, all {rows:,} recorded",
        f"{wall_s(rerun):.1f} s, {peak(rerun)}",
        f"{times(wall_s(rerun) / wall_s(least))} the time of `check` ({wall_s(least):.1f} s)",
    )
