"""Whether `--rate` is kept, as the server sees it, and whether the limit of a server is found without being told."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.run import import_command, run, server
from benchmarks.table import Line, times

if TYPE_CHECKING:
    from benchmarks.bench import Bench

RATE = 100
LIMIT = 150
PACED_S, LIMITED_S, SETTLING_S = 20, 45, 15


def measure(bench: Bench) -> list[Line]:
    """`--rate 100` at two latencies, and no rate against a limit that is not known beforehand."""
    part = 5 if bench.quick else 1
    lines = [_paced(bench, RATE * PACED_S // part, latency_ms) for latency_ms in (50, 300)]
    return [*lines, _limited(bench, LIMIT * LIMITED_S // part, SETTLING_S // part), _bulk(bench, part)]


def _paced(bench: Bench, rows: int, latency_ms: int) -> Line:
    measured = bench.in_turn({f"--rate {RATE}, {latency_ms} ms": lambda: _facts(bench, rows, latency_ms=latency_ms)})
    facts = [one for each in measured.values() for one in each]
    most = max(one["most_in_a_second"] for one in facts)
    average = statistics.median((one["requests"] - 1) / one["seconds"] for one in facts)
    return Line(
        f"`--rate {RATE}`, answers after {latency_ms} ms",
        f"{average:.1f} requests/s on average",
        f"at most {most} in any sliding second",
    )


def _bulk(bench: Bench, part: int) -> Line:
    """At the same pace of requests: what an API that limits them, as the vendor's does, makes of a row and of 100."""
    rows, bulk_rows = RATE * PACED_S // part, RATE * PACED_S * 100 // (part * 5)
    ways = {
        "one row a request": lambda: _facts(bench, rows, latency_ms=50),
        f"--bulk 100, {bulk_rows:,} rows": lambda: _facts(bench, bulk_rows, "--bulk", 100, latency_ms=50),
    }
    single, bulk = (
        statistics.median(one["recorded"] / one["seconds"] for one in facts) for facts in bench.in_turn(ways).values()
    )
    return Line(
        f"`--rate {RATE} --bulk 100`, answers after 50 ms",
        f"{bulk:,.0f} rows/s",
        f"{times(bulk / single)} as fast as one row a request at the same `--rate`",
    )


def _limited(bench: Bench, rows: int, settling_s: int) -> Line:
    measured = bench.in_turn({f"a limit of {LIMIT}/s": lambda: _facts(bench, rows, limit=LIMIT)})
    through, refused = [], []
    for facts in (one for each in measured.values() for one in each):
        settled = facts["by_second"][settling_s:-1] or facts["by_second"]
        accepted = sum(second[0] for second in settled)
        through.append(accepted / len(settled))
        refused.append(sum(second[1] for second in settled) / (accepted or 1))
    rate = statistics.median(through)
    return Line(
        f"`--rate 0` against a server that allows {LIMIT}/s",
        f"{rate:.0f} rows/s once settled ({rate / LIMIT:.0%} of what is allowed)",
        f"{statistics.median(refused):.1%} of the requests refused (429)",
    )


def _facts(bench: Bench, rows: int, *more: object, latency_ms: int = 0, limit: int = 0) -> dict[str, Any]:
    rate = 0 if limit else RATE
    with server(latency_ms=latency_ms, limit=limit) as at:
        run(import_command(bench.input(rows), at.base_url, bench.results(), "--rate", rate, *more))
        return at.stats()
