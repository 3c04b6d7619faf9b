"""Summaries, looks at a run and an input, as the command line is given them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from importer.model import Progress, Share, Status, Summary

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\n\u202egnp.\u2066 [red]x[/red] \x9b31m \udcff"
ONE_ROW = b"message_id,revenue,attribution_type\na1b2c3d4,24.99,sale\n"
AMOUNTS = st.decimals(min_value=0, max_value=10**15, places=2) | st.decimals(0, 1, places=18)


def summary_of(by_status: dict[Status, Share], **facts: Any) -> Summary:
    total = sum(by_status.values(), Share())
    return Summary(total=total, by_status=by_status, **{"by_code": {}, "by_attribution_type": {}, **facts})


def share(rows: int, revenue: str) -> Share:
    return Share(rows, Decimal(revenue))


def progress_at(elapsed_s: float, settled: int, **facts: Any) -> Progress:
    ordinary = {
        "to_post": 30_000, "recorded": share(settled, f"{settled}.50"), "in_doubt": 0, "not_recorded": 0,
        "requests": settled, "state": "sending",
    }  # fmt: skip
    return Progress(settled=settled, elapsed_s=elapsed_s, **{**ordinary, **facts})
