"""`python -m benchmarks`: measures, and prints one table. Nothing here fails because something was slow."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import memory, pace, posting, reading, scale, table
from benchmarks.bench import Bench
from benchmarks.run import ROOT, FailedError

FAILED = "failed"
MEASUREMENTS = ("posting", "pace", "check", "scale", "memory", "start")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
PLOT = Path(__file__).with_name("cost.svg")


def main() -> None:
    """Measure what was asked for, print the table, and write it down with `--write`."""
    options = _options()
    runs = options.runs or (1 if options.quick else 5)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        kept = (options.work or Path(scratch)).resolve()
        kept.mkdir(parents=True, exist_ok=True)
        bench = Bench(kept, Path(scratch), quick=options.quick, runs=runs)
        lines, plot = _measured(bench, options.only or MEASUREMENTS)
    text = table.markdown(lines, runs)
    print(text)
    if any(line.figures.startswith(FAILED) for line in lines):
        sys.exit(1)
    if options.write:
        table.put_into(DOCUMENT, text)
        PLOT.write_text(plot, encoding="utf-8")


def _measured(bench: Bench, names: list[str] | tuple[str, ...]) -> tuple[list[table.Line], str]:
    lines: list[table.Line] = []
    plot = ""
    for name in (name for name in MEASUREMENTS if name in names):
        bench.say(f"{name}:")
        try:
            if name == "scale":
                more, plot = scale.measure(bench)
            else:
                more = _SIMPLE[name](bench)
        except FailedError as error:
            more = [table.Line(name, f"{FAILED}: {error}")]
        lines += more
    return lines, plot


_SIMPLE = {
    "posting": posting.measure,
    "pace": pace.measure,
    "check": reading.measure_check,
    "memory": memory.measure,
    "start": reading.measure_start,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs, one run each: does it work at all")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--runs", type=int, help="runs of each command (5, quick: 1)")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keep inputs and environments for the next time")
    parser.add_argument("--write", action="store_true", help="put the table and the plot into docs/benchmarks.md")
    options = parser.parse_args()
    if options.write and (options.only or options.quick):
        parser.error("--write is for the whole table, of full size")
    return options


if __name__ == "__main__":
    main()
