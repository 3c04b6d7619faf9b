"""The status of runs, as one JSON object and as lines for a terminal.

alive, state                      whether a process is at work now; see `RunStatus`
rows, revenue, by_status          of the whole input, as `import --json` has them
in_flight                         the share of rows whose answer is awaited: not in doubt while the run lives
settled, to_post, percent         rows of the last run that have their fate, of those that it set out to post
rows_a_second, eta_s              how fast, and how many seconds are left; null where that is not known
pauses, paused_s, held_up         what held the run up: [{"text", "from", "to"}], in all, and why at this moment
started, ended, elapsed_s, stopped, run, version, host, pid, target
files                             the same for each RESULTS, with its `path`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.codes import MEANING
from importer.model import Share, Status, added
from importer.report.copies import refuse_copies
from importer.text import TableLine, duration, rough_duration, safe_text, set_apart, share_fields, table, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.report.status import Pause, RunStatus

_STATES = ("running", "busy", "killed", "stopped", "ended")
_DOING = {
    "running": "running",
    "busy": "a process reads its input, or writes its results",
    "killed": "the run is gone without an end; the same import continues",
    "stopped": "stopped early; the same import continues",
    "ended": "ended",
}


def status_fields(runs: Sequence[RunStatus]) -> dict[str, Any]:
    """The object of `--json`: of all RESULTS together, and each of them.

    Raises:
        ResultsError: two of them are copies, whose rows would count twice.
    """
    refuse_copies([run.origin for run in runs])
    files = [_fields(run) for run in runs]
    whole = files[0] | {"path": None} if len(files) == 1 else _together(runs, files)
    return {**{name: value for name, value in whole.items() if name != "path"}, "files": files}


def _fields(run: RunStatus) -> dict[str, Any]:
    start = run.start
    return {
        "path": run.path,
        "alive": run.alive,
        "state": run.state,
        **_numbers([run]),
        "pauses": [_pause(pause) for pause in run.pauses],
        "paused_s": round(run.paused_s, 3),
        "held_up": run.held_up,
        "started": start.at if start else None,
        "ended": run.ended,
        "elapsed_s": run.elapsed_s,
        "stopped": run.stopped,
        "run": start.run if start else None,
        "version": start.version if start else None,
        "host": start.host if start else None,
        "pid": start.pid if start else None,
        "target": run.target,
    }


def _together(runs: Sequence[RunStatus], files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several as one: of a cluster's shards, say. What is not the same for all is null."""
    same = {name: value if all(one[name] == value for one in files) else None for name, value in files[0].items()}
    return {
        **same,
        "alive": any(run.alive for run in runs),
        "state": min((run.state for run in runs), key=_STATES.index),
        **_numbers(runs),
        "pauses": [pause for one in files for pause in one["pauses"]],
        "paused_s": max(one["paused_s"] for one in files),
        "held_up": next((one["held_up"] for one in files if one["held_up"]), None),
        "started": min((one["started"] for one in files if one["started"]), default=None),
        "ended": None
        if any(run.alive for run in runs)
        else max((run.ended for run in runs if run.ended), default=None),
        "elapsed_s": max((run.elapsed_s for run in runs if run.elapsed_s is not None), default=None),
        "stopped": next((run.stopped for run in runs if run.stopped), None),
    }


def _numbers(runs: Sequence[RunStatus]) -> dict[str, Any]:
    by_status = added(run.by_status for run in runs)
    settled, to_post, rate = _pace(runs)
    return {
        **share_fields(_sum(run.total for run in runs)),
        "by_status": {str(status): share_fields(by_status[status]) for status in Status if status in by_status},
        "in_flight": share_fields(_sum(run.in_flight for run in runs)),
        "settled": settled,
        "to_post": to_post,
        "percent": _percent(settled, to_post),
        "rows_a_second": None if rate is None else round(rate, 1),
        "eta_s": _eta_s(runs),
    }


def _pace(runs: Iterable[RunStatus]) -> tuple[int, int, float | None]:
    rates = [run.rows_a_second for run in runs if run.rows_a_second is not None]
    return sum(run.settled for run in runs), sum(run.to_post for run in runs), sum(rates) if rates else None


def _percent(settled: int, to_post: int) -> float:
    return round(100 * settled / to_post, 1) if to_post else 100.0


def _eta_s(runs: Iterable[RunStatus]) -> float | None:
    """The seconds until the last of those that run is through, at the pace of now."""
    lefts = [
        (run.to_post - run.settled) / run.rows_a_second for run in runs if run.state == "running" and run.rows_a_second
    ]
    return round(max(lefts), 1) if lefts else None


def _pause(pause: Pause) -> dict[str, Any]:
    return {"text": pause.text, "from": pause.since, "to": pause.until}


def _sum(shares: Iterable[Share]) -> Share:
    return sum(shares, Share())


def status_lines(runs: Sequence[RunStatus]) -> list[str]:
    """The status for a person: a few lines for each RESULTS, and one table of all.

    Raises:
        ResultsError: two of them are copies, whose rows would count twice.
    """
    refuse_copies([run.origin for run in runs])
    by_status = added(run.by_status for run in runs)
    lines = [_line(str(status), by_status[status], MEANING[status]) for status in Status if status in by_status]
    in_flight = _sum(run.in_flight for run in runs)
    lines += [_line("in flight", in_flight, "sent, and the answer is awaited")] if in_flight.rows else []
    whole = table(("status", "rows", "revenue"), [*lines, _line("total", _sum(run.total for run in runs))], sums=1)
    return set_apart([*map(_of_one, runs), whole])


def _line(name: str, share: Share, note: str = "") -> TableLine:
    return TableLine(name, share.rows, [share.revenue], note)


def _of_one(run: RunStatus) -> Iterator[str]:
    yield from wrapped(f"{run.path}: {_doing(run)}.", hanging="  ")
    if run.start is not None and run.to_post:
        yield f"  {_how_far(run)}"
    if run.held_up is not None:
        yield from wrapped(f"Held up: {run.held_up}", "  ", "    ")
    if run.paused_s:
        yield f"  Paused for {duration(run.paused_s)} in all."


def _doing(run: RunStatus) -> str:
    text = _DOING[run.state]
    if run.start is None:
        return text
    if run.stopped is not None:
        text += f" ({safe_text(run.stopped)})"
    if run.alive:
        where = f", process {run.start.pid} on {run.start.host}" if run.start.pid else ""
        return f"{text} since {run.start.at}{where}, to {run.target}"
    ended = f", ended {run.ended}" if run.ended else ""
    return f"{text}; begun {run.start.at}{ended}, to {run.target}"


def _how_far(run: RunStatus) -> str:
    text = f"{run.settled:,} of {run.to_post:,} rows ({_percent(run.settled, run.to_post):.0f} %)"
    if run.rows_a_second is not None:
        text += f", {run.rows_a_second:,.1f} rows/s"
    left = _eta_s([run])
    return text + (f", about {rough_duration(left)} left" if left is not None else "")
