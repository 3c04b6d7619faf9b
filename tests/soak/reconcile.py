"""The long campaign of reconciling: `python -m tests.soak.reconcile [SCALE]`, whose figures it prints.

round_trip       100,000 rows into the sandbox, which loses answers; its ledger is the export: no verdict is wrong, and
                 the next import stores nothing twice
drawn            20,000 worlds of the model vendor: every verdict is true
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from importer import InputSettings, ReconcileSettings, Settings, reconcile, run_import
from importer.model import Status
from importer.sandbox import Sandbox, SandboxSettings
from tests.faultserver.plan import CANARY_KEY
from tests.reconciling.model import draw
from tests.reconciling.test_command import export
from tests.reconciling.test_rule import told_in
from tests.support.inputs import Content, rows, write_csv
from tests.support.soaking import run_all, say

ROWS = 100_000
WORLDS = 20_000
FAULTS = {"gateway_error_rate": 0.01, "dropped_rate": 0.005, "malformed_rate": 0.005, "reset_rate": 0.002}
COLUMNS = ("revenue_id", "message_id", "revenue", "attribution_type", "offer_id", "timestamp", "received_at")


def round_trip(scale: float) -> str:
    """What became of the doubts of a run with lost answers."""
    month = rows(max(200, round(ROWS * scale)))
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        ledger = folder / "server.jsonl"
        file = write_csv(folder / "june.csv", month)
        with Sandbox(SandboxSettings(ledger=ledger, **FAULTS)) as box:
            again = Settings(
                inputs=(str(file),), base_url=box.url, api_key=CANARY_KEY, rate=0, stop_after=1000, no_index=True
            )
            summary = run_import(again)
            doubts = summary.by_status[Status.IN_DOUBT].rows
            say(f"{summary.total.rows:,} rows imported, {doubts:,} in doubt, {summary.stopped or 'not stopped'}")
            stored = [json.loads(line) for line in ledger.read_text().splitlines()]
            vendor = export(folder / "vendor.csv", stored, COLUMNS)
            found = reconcile(
                folder / "june.results.csv", vendor, InputSettings(),
                ReconcileSettings(settle_s=0, apply="all", why="the sandbox's ledger"),
            )  # fmt: skip
            wrong = _wrong(found.doubts, stored)
            assert wrong == 0, f"{wrong} verdicts are wrong"
            _check_ledger(ledger, month, run_import(again).by_status)
        settled = found.settled
        share = sum(part.rows for part in settled.values()) / max(1, doubts)
        told = ", ".join(f"{part.rows:,} {verdict}" for verdict, part in settled.items())
        return f"{len(month):,} rows, {doubts:,} in doubt: {told}, {share:.2%} settled, none wrong, nothing twice"


def _wrong(doubts: Any, stored: list[dict[str, Any]]) -> int:
    there = {record["message_id"] for record in stored}  # no two rows have one
    truth = [message in there for message in doubts["message_id"]]
    return sum(
        verdict is not None and (verdict == "recorded") != is_stored
        for verdict, is_stored in zip(doubts["verdict"], truth, strict=True)
    )


def _check_ledger(ledger: Path, month: Any, by_status: Any) -> None:
    """Nothing is stored twice, and whatever is not stored is in doubt again."""
    stored = Counter(Content.of(json.loads(line)) for line in ledger.read_text().splitlines())
    assert max(stored.values()) == 1, "a row is stored twice"
    open_ = sum(part.rows for status, part in by_status.items() if status is not Status.RECORDED)
    assert len(month) - len(stored) <= open_, "a row is lost"


def drawn(scale: float) -> str:
    """Every verdict in many worlds."""
    told = told_in(draw(seed) for seed in range(1_000, 1_000 + round(WORLDS * scale)))
    assert told["wrong"] == 0, told
    return f"{round(WORLDS * scale):,} worlds, {told['recorded']:,} recorded, {told['not_recorded']:,} not, none wrong"


def main(scale: float = 1.0) -> None:
    """Both."""
    run_all([round_trip, drawn], scale)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
