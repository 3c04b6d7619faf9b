"""How fast rows are posted, against other ways to do it. We aim at 1.05 times the aiohttp script, which keeps nothing,
and for 100,000 rows, where the start counts less, at 1.2 times; there `--bulk 100` is to be 4 times as fast as row by
row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.environments import Environments, SkippedError
from benchmarks.run import FailedError, Server, Used, forget, import_command, run, server
from benchmarks.table import Line, cpu_s, peak, times, wall_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench

OURS = "ours"


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to post a file: its name, how many rows it is given, what is special about it."""

    name: str
    rows: int
    post: Callable[[Server, int], Used]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Posted:
    used: Used
    requests: int
    recorded: int


def measure(bench: Bench) -> list[Line]:
    """The whole command, from its start to its end, each with a server of its own."""
    return [line for ways in (_ways(bench), _large(bench)) for line in _compared(bench, ways)]


def _compared(bench: Bench, ways: list[_Way]) -> list[Line]:
    lines, usable = [], {}
    for way in ways:
        try:
            usable[way.name] = (way, _once(way, rows=100))
        except (SkippedError, FailedError) as error:
            if way.name == OURS:
                raise
            lines.append(Line(f"post rows: {way.name}", f"skipped: {str(error)[:200]}"))
    measured = bench.in_turn({name: _measured(way) for name, (way, _) in usable.items()})
    ours = _Speed.of(usable[OURS][0], measured[OURS])
    return [_line(usable[name][0], posted, ours) for name, posted in measured.items()] + lines


def _ours(bench: Bench, *more: object) -> Callable[[Server, int], Used]:
    results = bench.results()

    def post(at: Server, rows: int) -> Used:
        forget(results)
        return run(import_command(bench.input(rows), at.base_url, results, *more))

    return post


def _peer(bench: Bench, environments: Environments, script: str) -> Callable[[Server, int], Used]:
    return lambda at, rows: run(environments.command(script, bench.input(rows), at.base_url))


def _quickest(bench: Bench, environments: Environments, rows: int) -> list[_Way]:
    return [
        _Way(OURS, rows, _ours(bench), "each row journalled before and after it is sent"),
        _Way("ours, `--bulk 100`", rows, _ours(bench, "--bulk", 100), "no `revenue_id`s"),
        _Way("aiohttp and uvloop, 64 workers", rows, _peer(bench, environments, "aiohttp_bare.py"), "keeps nothing"),
    ]


def _large(bench: Bench) -> list[_Way]:
    return _quickest(bench, Environments(bench), 100_000 // (10 if bench.quick else 1))


def _ways(bench: Bench) -> list[_Way]:
    scale = 10 if bench.quick else 1
    environments = Environments(bench)

    def peer(script: str) -> Callable[[Server, int], Used]:
        return _peer(bench, environments, script)

    def csv2http(at: Server, rows: int) -> Used:
        return run(environments.csv2http(bench.input(rows), f"{at.base_url}/v2/revenue"))

    most, some, few = 20_000 // scale, 5_000 // scale, 500 // scale
    return [
        *_quickest(bench, environments, most),
        _Way("requests, a loop", most, peer("requests_loop.py"), "one at a time"),
        _Way("httpx and tenacity, 64 in flight", some, peer("httpx_tenacity.py"), "keeps results in memory"),
        _Way("dlt, a custom destination", some, peer("dlt_destination.py"), "posts a failed batch again, whole"),
        _Way("csv2http", some, csv2http, "posts `revenue` as text: 400 for every row"),
        _Way("GNU parallel and curl, 64 jobs", few, peer("curl_parallel.sh"), "the key is in `ps`"),
    ]


def _measured(way: _Way) -> Callable[[], _Posted]:
    return lambda: _once(way, way.rows)


def _once(way: _Way, rows: int) -> _Posted:
    with server() as at:
        used = way.post(at, rows)
        facts = at.stats()
    if facts["recorded"] != facts["distinct"] or facts["recorded"] not in (0, rows):
        raise FailedError(f"{way.name}: {facts['recorded']} recorded, {facts['distinct']} of them distinct, of {rows}")
    return _Posted(used, facts["requests"], facts["recorded"])


@dataclass(frozen=True, slots=True)
class _Speed:
    """Rows a second, and microseconds of processor time a row."""

    rate: float
    cpu_us: float

    @classmethod
    def of(cls, way: _Way, posted: list[_Posted]) -> _Speed:
        used = [one.used for one in posted]
        return cls(way.rows / wall_s(used), cpu_s(used) / way.rows * 1e6)


def _line(way: _Way, posted: list[_Posted], ours: _Speed) -> Line:
    speed = _Speed.of(way, posted)
    figures = f"{speed.rate:,.0f} rows/s, {speed.cpu_us:,.0f} µs of CPU a row, {peak([one.used for one in posted])}"
    recorded = "" if posted[0].recorded else "; **none recorded**"
    if way.name == OURS:
        ratio = ""
    elif way.name.startswith(OURS):
        ratio = f"{times(speed.rate / ours.rate)} as fast as row by row, {times(ours.cpu_us / speed.cpu_us)} by CPU; "
    else:
        ratio = f"ours is {times(ours.rate / speed.rate)} as fast, {times(speed.cpu_us / ours.cpu_us)} by CPU; "
    return Line(f"post {way.rows:,} rows: {way.name}", figures, f"{ratio}{way.note}{recorded}")
