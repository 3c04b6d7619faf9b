"""How fast files are read and judged, against the least that can be done with them; and how soon the command starts."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.run import import_command, importer, run, server
from benchmarks.table import Line, cpu_ratio, peak, times, wall_s

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

_FEW = 300
_PARSE = {
    ".csv": "import polars, sys; polars.scan_csv(sys.argv[1], infer_schema=False).collect(engine='streaming')",
    ".parquet": "import polars, sys; polars.scan_parquet(sys.argv[1]).collect(engine='streaming')",
}


def measure_check(bench: Bench) -> list[Line]:
    """`check` of a large file against polars reading every cell of it and doing nothing else."""
    rows = 1_000_000 if bench.quick else 10_000_000
    return [_checked(bench, rows, suffix) for suffix in _PARSE]


def _checked(bench: Bench, rows: int, suffix: str) -> Line:
    path = bench.input(rows, suffix)
    used = bench.in_turn({f"check {path.name}": lambda: run(check(path)), "polars": lambda: run(parse(path))})
    ours, least = used.values()
    return Line(
        f"`check` of {rows:,} rows, {suffix[1:].upper() if suffix == '.csv' else 'Parquet'}",
        f"{wall_s(ours):.1f} s, {rows / wall_s(ours) / 1e6:.1f} million rows/s, {peak(ours)}",
        f"{times(wall_s(ours) / wall_s(least))} the time in which polars parses every cell "
        f"({wall_s(least):.1f} s, {peak(least)}), {cpu_ratio(ours, least)}",
    )


def check(path: Path) -> list[object]:
    """Our check of a file."""
    return importer("check", path, "--quiet")


def parse(path: Path) -> list[object]:
    """What polars takes to read every cell of a file."""
    return [sys.executable, "-c", _PARSE[path.suffix], path]


def measure_start(bench: Bench) -> list[Line]:
    """What a user waits for who asks for help, and until the first row of a small file is on its way."""
    return [_help(bench), _first_request(bench)]


def _help(bench: Bench) -> Line:
    used = bench.in_turn({"--help": lambda: run(importer("--help")), "import click": lambda: run(_importing("click"))})
    ours, least = used.values()
    return Line(
        "`--help`",
        f"{wall_s(ours) * 1000:.0f} ms",
        f"{times(wall_s(ours) / wall_s(least))} the time of `import click` ({wall_s(least) * 1000:.0f} ms), "
        f"{cpu_ratio(ours, least)}",
    )


def _first_request(bench: Bench) -> Line:
    def waited() -> float:
        with server() as at:
            began = time.monotonic()
            run(import_command(bench.input(_FEW), at.base_url, bench.results()))
            return float(at.stats()["first_at"]) - began

    used = bench.in_turn({"first request": waited, "import polars": lambda: run(_importing("polars")).wall_s})
    ours, least = map(statistics.median, used.values())
    return Line(
        f"import {_FEW} rows: until the first request",
        f"{ours * 1000:.0f} ms",
        f"{times(ours / least)} the time of `import polars` ({least * 1000:.0f} ms)",
    )


def _importing(module: str) -> list[object]:
    return [sys.executable, "-c", f"import {module}"]
