"""How much memory a million rows take at most: when they are first imported, imported again, and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.reading import check, parse
from benchmarks.run import import_command, run, server
from benchmarks.table import Line, peak, times, wall_s

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.run import Used

ROWS, QUICK_ROWS = 1_000_000, 20_000


def measure(bench: Bench) -> list[Line]:
    """The peak of each command, against that of polars reading every cell of the same file."""
    rows = QUICK_ROWS if bench.quick else ROWS
    path, results = bench.input(rows), bench.results()
    with server() as at:
        command = import_command(path, at.base_url, results, "--bulk", 100)
        bench.say(f"  import of {rows:,} rows")
        first = run(command)

        def anew() -> Used:
            results.unlink()
            return run(command)

        used = bench.in_turn(
            {
                "the same again": lambda: run(command),
                "the same again, RESULTS written anew": anew,
                "`check` beside no results": lambda: run(check(path)),
                "polars": lambda: run(parse(path)),
            }
        )
    least = used.pop("polars")
    return [_line(f"memory, {what}, {rows:,} rows", one, least) for what, one in {"import": [first], **used}.items()]


def _line(what: str, used: list[Used], least: list[Used]) -> Line:
    ratio = max(one.peak for one in used) / max(one.peak for one in least)
    return Line(
        what,
        f"{peak(used)}, {wall_s(used):.1f} s",
        f"{times(ratio)} the memory in which polars parses every cell ({peak(least)})",
    )
