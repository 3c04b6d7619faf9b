"""RESULTS and journals as an import leaves them, written line by line for the tests of the report."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import Replacement, digest_of
from importer.journal import Journal, journal_path
from importer.journal.events import event_from_json
from importer.journal.rows import intent_line, outcome_line
from importer.model import FATE
from importer.results.file import COLUMNS, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Line = dict[str, str | None]
EXACT = Context(prec=400)
SENT = ("recorded", "rejected", "failed", "in_doubt")
_CODES = {
    "rejected": "message_not_found",
    "duplicate": "duplicate_row",
    "failed": "server_error",
    "in_doubt": "timeout",
}


def line(row: int | None, status: str = "recorded", revenue: str | None = "24.90", **given: str | None) -> Line:
    """A line of results that looks like one of an import."""
    sent = status in SENT
    cells: Line = {
        "row": None if row is None else str(row),
        "source": "june.csv",
        "message_id": f"m{row or 0:07}",
        "revenue": revenue,
        "attribution_type": "sale",
        "offer_id": "4521",
        "timestamp": "2026-06-15T12:00:00Z",
        "status": status,
        "revenue_id": f"{row or 0:024x}" if status == "recorded" else None,
        "error_code": _CODES.get(status),
        "error_message": None,
        "http_status": "200" if status == "recorded" else None,
        "attempts": "1" if sent else None,
        "finished_at": f"2026-07-01T08:00:{(row or 0) % 60:02}.500Z" if sent else None,
        "target": "app.tracklysms.com",
    }
    if status == "in_doubt":
        cells["error_message"] = (
            f"no answer within 30 s; look for message {cells['message_id']}, revenue {revenue}, "
            "between 2026-07-01T08:00:01.000Z and 2026-07-01T08:00:31.000Z (UTC)"
        )
    return {**cells, **given}


def start_event(planned: dict[str, tuple[int, str]], **given: Any) -> dict[str, Any]:
    """The event with which a run begins."""
    options = {"timezone": "UTC", "decimal": None, "rate": 100.0, **given.pop("options", {})}
    fact = {
        "name": "june.csv",
        "path": "/data/june.csv",
        "bytes": 1234,
        "sha256": "ab" * 32,
        "encoding": "utf-8",
        "format": "csv",
    }
    start = {
        "event": "start",
        "run": "r1",
        "at": "2026-07-01T08:00:00Z",
        "version": "1.0.0",
        "target": "app.tracklysms.com",
        "inputs": [fact],
        "planned": {status: list(pair) for status, pair in planned.items()},
        "options": options,
        "map": {},
        "set": {},
    }
    return {**start, **given}


def end_event(recorded: tuple[int, str], **given: Any) -> dict[str, Any]:
    """The event with which it ends."""
    end = {"event": "end", "run": "r1", "at": "2026-07-01T08:01:00Z", "requests": 10, "retries": 1, "throttled": 0,
           "paused_s": 0.0, "recorded": list(recorded), "stopped": None}  # fmt: skip
    return {**end, **given}


def planned(lines: Sequence[Line]) -> dict[str, tuple[int, str]]:
    """What a run that posts everything afresh plans for these lines: what was not sent keeps its status."""
    shares: dict[str, tuple[int, Decimal]] = {}
    for one in lines:
        status = one["status"] if one["status"] in ("invalid", "duplicate") else "pending"
        rows, revenue = shares.get(str(status), (0, Decimal(0)))
        shares[str(status)] = rows + 1, EXACT.add(revenue, amount(one))
    return {status: (rows, f"{revenue:f}") for status, (rows, revenue) in shares.items()}


def results_event(path: Path, lines: Sequence[Line]) -> dict[str, Any]:
    """What the program notes of RESULTS: its digest, and rows and revenue by status."""
    shares: dict[str, tuple[int, Decimal]] = {}
    for one in lines:
        rows, revenue = shares.get(str(one["status"]), (0, Decimal(0)))
        shares[str(one["status"])] = rows + 1, EXACT.add(revenue, amount(one))
    totals = {status: [rows, f"{revenue:f}"] for status, (rows, revenue) in shares.items()}
    return {"event": "results", "sha256": digest_of(path), "name": path.name, "totals": totals}


def amount(one: Line) -> Decimal:
    """The revenue of a line whose cell is plain; none where there is no amount."""
    try:
        return Decimal(one["revenue"] or "0")
    except ArithmeticError:
        return Decimal(0)


def write_results(path: Path, lines: Sequence[Line], keep: Sequence[str] = ()) -> Path:
    """RESULTS, by the product's own writer."""
    frame = pl.DataFrame(list(lines), schema=dict.fromkeys([*COLUMNS, *keep], pl.String), orient="row")
    with Replacement(path) as replacement:
        write(replacement, [frame], keep)
        replacement.sync()
        replacement.put()
    return path


def write_journal(
    results: Path,
    lines: Sequence[Line],
    events: Sequence[dict[str, Any]],
    *,
    appended: Sequence[bytes] = (),
    shard: str | None = None,
    target: str = "app.tracklysms.com",
) -> Path:
    """The journal beside RESULTS: the rows that were sent, the events, and what a run under way appended."""
    path = journal_path(results)
    path.unlink(missing_ok=True)
    journal = Journal(path)
    fates = [one for one in lines if one["status"] in SENT]
    frame = pl.DataFrame(
        [{name: one.get(name) for name in FATE} for one in fates], schema=dict.fromkeys(FATE, pl.String)
    )
    with journal.compaction({"target": target, "shard": shard}) as compaction:
        compaction.add(frame)
        appender = journal.start(journal.replace(compaction, map(event_from_json, events)))
    for chunk in appended:
        appender.append(chunk)
    journal.close()
    return path


def a_book(
    path: Path, lines: Sequence[Line], *, keep: Sequence[str] = (), shard: str | None = None, **start: Any
) -> Path:
    """RESULTS and journal of one run that ended; its name is that of the file, unless told."""
    write_results(path, lines, keep)
    name = start.setdefault("run", path.name)
    recorded = [one for one in lines if one["status"] == "recorded" and one["row"] is not None]
    total = Decimal(0)
    for one in recorded:
        total = EXACT.add(total, amount(one))
    here = [one for one in lines if one["row"] is not None]
    events = [
        start_event(planned(here), **start),
        end_event((len(recorded), f"{total:f}"), run=name),
        results_event(path, here),
    ]
    write_journal(path, lines, events, shard=shard)
    return path


def sent(n: int, one: Line, *, answered: bool = True) -> bytes:
    """What a run under way writes of a row: its intent, and its outcome if there was one."""
    fields = [one[name] for name in ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")]
    facts = "\t".join(["-1", "0", one["row"] or "", one["source"] or "", *(field or "" for field in fields)])
    intent = intent_line(n, 1, "2026-07-01T08:00:01.000Z", facts)
    if not answered:
        return intent
    return intent + outcome_line(
        n,
        1,
        "2026-07-01T08:00:02.000Z",
        str(one["status"]),
        200,
        one["error_code"],
        one["error_message"],
        one["revenue_id"],
    )
