"""What an auditor wants to know of a run, as its journal keeps it at the beginning and at the end. Never the key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer import __version__
from importer.settings import recorded_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.model import Preview, Share, Status
    from importer.send import Sent
    from importer.settings import Settings
    from importer.sources import Source

_OF_ONE_RUN = ("run", "at", "planned")


def start_facts(settings: Settings, target: str, sources: Sequence[Source], preview: Preview) -> dict[str, Any]:
    """Who sends what to whom, and how: version, inputs with their digests, options, what was planned."""
    return {
        "version": __version__,
        "target": target,
        "shard": settings.shard_name,
        "inputs": [source.facts() for source in sources],
        "planned": share_pairs(preview.by_status),
        "options": {one.name: getattr(settings, one.name) for one in recorded_options()},
        "control": {
            "rows": settings.expect_rows,
            "revenue": None if settings.expect_total is None else f"{settings.expect_total:f}",
        },
        "map": dict(settings.map),
        "set": dict(settings.set),
    }


STOPPED_FOR_DOUBTS = ("doubts", "too_many_failures", "outage")


def is_told(events: Sequence[dict[str, Any]], start: dict[str, Any]) -> bool:
    """Whether the last run has ended and was the same: what it began with says all that `start` says."""
    runs = [event for event in events if event.get("event") in ("start", "end")]
    if not runs or runs[-1]["event"] != "end":
        return False
    last = next(event for event in reversed(runs) if event["event"] == "start")
    return _comparable(last) == _comparable(start)


def _comparable(start: dict[str, Any]) -> str:
    return json.dumps({name: fact for name, fact in start.items() if name not in _OF_ONE_RUN}, sort_keys=True)


def without_idle_runs(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events but for runs that had nothing to post: of those the last one says as much as all."""
    idle = {event.get("run") for event in events if event.get("event") == "end" and _is_idle(event)}
    return [event for event in events if event.get("event") not in ("start", "end") or event.get("run") not in idle]


def _is_idle(end: dict[str, Any]) -> bool:
    return end.get("requests") == 0 and not end.get("stopped")


def stopped_for_doubts(events: Sequence[dict[str, Any]]) -> bool:
    """Whether the last run that sent anything stopped because answers were lost; the cause may still be there."""
    ends = [event for event in events if event.get("event") == "end" and event.get("requests")]
    return bool(ends) and ends[-1].get("stopped") in STOPPED_FOR_DOUBTS


def end_facts(sent: Sent | None) -> dict[str, Any]:
    """How the run went: requests, pauses, answer times, what was recorded, why it stopped. None: nothing was to do."""
    if sent is None:
        return {"requests": 0, "retries": 0, "throttled": 0, "paused_s": 0.0, "recorded": [0, "0.00"], "stopped": None}
    counts = sent.counts
    return {
        "requests": counts.requests,
        "retries": counts.retries,
        "throttled": counts.throttled,
        "paused_s": round(sent.paused_s, 3),
        "recorded": [counts.recorded, f"{counts.recorded_revenue:f}"],
        "stopped": sent.stop.word if sent.stop else None,
        **sent.measured,
    }


def share_pairs(shares: Mapping[Status, Share]) -> dict[str, list[Any]]:
    """Shares by status as events write them: rows, and revenue in plain notation."""
    return {str(status): [share.rows, f"{share.revenue:f}"] for status, share in shares.items()}


def results_event(results: Path, digest: str | None, totals: Mapping[str, Sequence[Any]] | None) -> dict[str, Any]:
    """The event that RESULTS was written: how to know it again, and (where known) rows and revenue by status in it."""
    event = {"event": "results", "sha256": digest, "name": results.name}
    return event if totals is None else {**event, "totals": totals}
