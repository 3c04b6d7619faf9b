"""What was sent stands, whatever the rules say now: no recorded row is ever called invalid, "never sent"."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer import Settings, run_check, run_import
from importer.model import Status
from importer.schema.money.rule import RevenueRule
from importer.schema.text_fields import MessageIdRule, OfferIdRule
from tests.faultserver.plan import CANARY_KEY, api_error, hang_up, rule
from tests.support import inside
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from pathlib import Path

FATES = ["recorded", "in_doubt", "rejected", "failed", "recorded", "invalid"]
IDS = [f"AbCdEf0{n}" for n in range(1, 7)]
LONG_IDS = [*(f"message-number-{n}" for n in range(1, 6)), IDS[-1]]
SOON = f"{datetime.now(UTC) + timedelta(hours=20):%Y-%m-%dT%H:%M:%SZ}"
JUNE, WRITTEN, TWICE = "2026-06-01T10:00:00Z", "01/06/2026 10:00", "2025-10-26 02:30"
BACK = {"clock": -3 * 86_400}
EARLIEST = ("--timezone", "Europe/Berlin", "--ambiguous", "earliest")
CHANGES = {
    "a clock set back": (IDS, SOON, (), (), BACK, "future_timestamp"),
    "any message id": (LONG_IDS, JUNE, ("--any-message-id",), (), None, "invalid_message_id"),
    "timestamp format": (IDS, WRITTEN, ("--timestamp-format", "%d/%m/%Y %H:%M"), (), None, "invalid_timestamp"),
    "ambiguous": (IDS, TWICE, EARLIEST, EARLIEST[:2], None, "ambiguous_timestamp"),
    "another zone": (IDS, TWICE, (), EARLIEST[:2], None, "ambiguous_timestamp"),
}


def write(path: Path, ids: list[str], at: str) -> Path:
    """Six rows; the last one is always invalid."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("message_id", "revenue", "attribution_type", "timestamp"))
        writer.writerows((one, "1.50" if one != ids[-1] else "no", "sale", at) for one in ids)
    return path


@pytest.fixture
def serve(fault_server):
    def served(ids):
        return fault_server(
            rule(hang_up(stored=True), message_id=ids[1]),
            rule(api_error(422, "message_not_found"), message_id=ids[2]),
            rule(api_error(500, "server_error"), message_id=ids[3]),
        )

    return served


def fates(results: Path) -> list[tuple[str, ...]]:
    """What became of each row, with its evidence and the fields that were sent; of invalid rows the status."""
    lines = read_results(results)
    return [tuple(line.values()) if line["status"] != "invalid" else ("invalid",) for line in lines]


@pytest.mark.parametrize(("change", "journal"), [(change, n % 2 == 0) for n, change in enumerate(CHANGES)])
def test_what_was_sent_stands(warm, serve, tmp_path, change, journal):
    """In RESULTS, summary, check, report and rejects the fates are those before; a failed row waits for the option."""
    ids, at, before, after, breaks, code = CHANGES[change]
    server, file, results = serve(ids), write(tmp_path / "june.csv", ids, at), tmp_path / "june.results.csv"
    later = partial(warm.run, breaks=breaks) if breaks else inside.run  # a process of its own has another clock
    command = ("import", file, "--base-url", server.url, "--attempts", 1, "--rate", 0, "--json")
    first = inside.run(*command, *before, cwd=tmp_path)
    written = fates(results)
    assert [line["status"] for line in read_results(results)] == FATES, first
    if not journal:
        results.with_name(results.name + ".journal").unlink()
    if not journal and change in ("timestamp format", "another zone", "ambiguous"):
        refused = later(*command, *after, cwd=tmp_path)
        assert (refused.exit, "--timezone" in refused.stderr) == (2, True), refused
        return
    checked = later("check", file, "--base-url", server.url, "--rejects", "check.csv", "--json", *after,
                       cwd=tmp_path)  # fmt: skip
    again = later(*command, *after, "--rejects", "import.csv", cwd=tmp_path)
    assert (again.exit, again.json["requests"]) == (1, 0), again
    assert again.json["by_status"] == first.json["by_status"] == checked.json["by_status"], (again, checked)
    assert again.json["by_code"] == first.json["by_code"]
    assert checked.json["by_code"] == {"invalid_revenue": 1}
    assert fates(results) == written
    assert f"5 rows sent earlier would be invalid now (june.csv row 1, {code}" in " ".join(again.stderr.split())
    assert (tmp_path / "check.csv").read_text().count("\n") == 2
    assert (tmp_path / "import.csv").read_text().count("\n") == 3
    report = inside.run("report", results, "--json", cwd=tmp_path)
    assert (report.exit, report.json["by_status"]) == (0, first.json["by_status"]), report
    retried = later(*command, *after, "--retry-rejected", "--in-doubt", "resend", cwd=tmp_path)
    assert (retried.json["requests"], retried.json["by_status"]) == (0, first.json["by_status"]), retried
    back = inside.run(*command, *before, cwd=tmp_path)
    assert (back.json["requests"], back.json["by_status"]) == (1, first.json["by_status"]), back


def test_strict_does_not_mind_what_was_sent(serve, tmp_path):
    """Rows that were sent are no open question for --strict, and a new row is posted."""
    file = write(tmp_path / "june.csv", LONG_IDS[:1] * 2, JUNE)
    server = serve(LONG_IDS)
    file.write_text(file.read_text().splitlines()[0] + "\n" + f"{LONG_IDS[0]},1.50,sale,{JUNE}\n")
    command = ("import", file, "--base-url", server.url, "--strict", "--json")
    assert inside.run(*command, "--any-message-id", cwd=tmp_path).exit == 0
    with file.open("a") as more:
        more.write(f"AbCdEf01,2.50,sale,{JUNE}\n")
    added = inside.run(*command, cwd=tmp_path)
    assert (added.exit, added.json["requests"]) == (0, 1), added


def test_an_equal_row_that_is_new_is_not_taken_for_a_sent_one(serve, tmp_path):
    """Of two equal rows that break a rule now, one of which was sent, the other is invalid."""
    file, server = write(tmp_path / "june.csv", LONG_IDS[:1] + LONG_IDS[-1:], JUNE), serve(LONG_IDS)
    command = ("import", file, "--base-url", server.url, "--json")
    inside.run(*command, "--any-message-id", cwd=tmp_path)
    with file.open("a") as more:
        more.write(f"{LONG_IDS[0]},1.50,sale,{JUNE}\n")
    again = inside.run(*command, cwd=tmp_path)
    assert {name: share["rows"] for name, share in again.json["by_status"].items()} == {"recorded": 1, "invalid": 2}
    assert len(server.ledger()) == 1


def test_the_same_of_other_results(serve, tmp_path):
    """Rows that --already knows are held, not called invalid."""
    file, server = write(tmp_path / "june.csv", LONG_IDS[:1] + LONG_IDS[-1:], JUNE), serve(LONG_IDS)
    command = ("import", file, "--base-url", server.url, "--json")
    inside.run(*command, "--any-message-id", cwd=tmp_path)
    other = inside.run(*command, "-o", "b.csv", "--already", "june.results.csv", cwd=tmp_path)
    assert other.json["by_code"] == {"already_recorded": 1, "invalid_revenue": 1}, other


@pytest.mark.parametrize("changed", [MessageIdRule, OfferIdRule, RevenueRule])
def test_a_rule_of_a_later_version_refuses_it(healthy_server, tmp_path, monkeypatch, changed):
    """Rows that were sent stand when a later version refuses all cells of a field; a new row is invalid."""
    header, row = "message_id,revenue,attribution_type,offer_id,timestamp\n", f"{IDS[0]},1.50,sale,4521,{JUNE}\n"
    file = tmp_path / "june.csv"
    file.write_text(header + row)
    settings = Settings(inputs=file, base_url=healthy_server.url, api_key=CANARY_KEY)
    assert run_import(settings).exit_status == 0
    judge = changed.judge
    monkeypatch.setattr(changed, "canonical", lambda _, cell: cell.str.starts_with("never"))
    monkeypatch.setattr(
        changed, "judge", lambda rule, cells: judge(rule, cells).with_columns(code=pl.lit("invalid_by_now"))
    )
    monkeypatch.setattr(changed, "reasons", lambda _: [(pl.lit(value=True), "Refused by now.")])
    file.write_text(header + row + row.replace(IDS[0], IDS[1]).replace("1.50", "2.50"))
    for run in (run_check, run_import):
        summary = run(settings)
        assert {status: share.rows for status, share in summary.by_status.items()} == {
            Status.RECORDED: 1,
            Status.INVALID: 1,
        }
    assert len(healthy_server.ledger()) == 1
