"""Rows that left the input are not lost sight of: what may have been counted is settled by its message id."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.faultserver.plan import api_error, hang_up, plan, rule
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
KEPT = ("AbCdEf01", "1.50", "sale", "", "2026-06-01T10:00:00Z")
STORED = ("-bCdEf02", "2.50", "sale", "4521", "2026-06-02T10:00:00Z")
LOST = ("AbCdEf03", "3.50", "click", "", "")
WHY = ("--why", "dashboard")


def write(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def said(result: Any) -> str:
    """What was printed, without its line breaks."""
    return " ".join((result.stdout + result.stderr).split())


def shares(result: Any) -> dict[str, int]:
    return {status: share["rows"] for status, share in result.json.get("not_in_input", {}).items()}


@pytest.fixture
def imports(run_here, fault_server, tmp_path):
    """Import these rows: `imports(KEPT, LOST, …)`, into a server that loses the answers to two of them at first."""
    server = fault_server(
        rule(hang_up(stored=True), message_id=STORED[0], attempt=1),
        rule(hang_up(stored=False), message_id=LOST[0], attempt=1),
    )

    def imported(*rows: tuple[str, ...], more: tuple[object, ...] = ("--json",)) -> Any:
        file = write(tmp_path / "june.csv", *rows)
        return run_here("import", file, "--base-url", server.url, "--rate", 0, "--stop-after", 99, *more)

    imported.server = server
    return imported


@pytest.fixture
def results(imports, tmp_path) -> Path:
    """RESULTS that end in two rows in doubt which the input has no longer."""
    imports(KEPT, STORED, LOST)
    gone = imports(KEPT)
    assert (gone.exit, gone.json["rows"], shares(gone)) == (1, 1, {"in_doubt": 2}), gone
    return tmp_path / "june.results.csv"


@pytest.mark.parametrize("journal", [True, False], ids=["", "without its journal"])
def test_rows_in_doubt_that_left_the_input_can_be_settled(imports, results, run_here, journal):
    """Summary and report say that they are open, and the commands that they name settle them one by one."""
    summary = said(imports(KEPT, more=()))
    assert "Every row is accounted for" not in summary
    assert "2 rows (6.00) that are in doubt, at the end of the results" in summary
    assert f"resolve {results} --message-id ID --recorded|--not-recorded --why TEXT" in summary
    report = run_here("report", results)
    assert "IN BALANCE, 2 ROWS THAT LEFT THE FILE IN DOUBT" in report.stdout
    assert ("Nothing. Every row" in report.stdout, report.stdout.count("--message-id ID")) == (False, 2), report
    assert run_here("report", results, "--json").json["in_doubt"][0]["message_id"] == STORED[0]
    if not journal:
        results.with_name(results.name + ".journal").unlink()
    one = run_here("resolve", results, "--message-id", STORED[0], "--recorded", *WHY)
    assert one.exit == 0, one
    assert f"no longer in june.csv: message {STORED[0]}, revenue 2.50" in said(one)
    assert run_here("report", results, "--json").json["not_in_input"].keys() == {"recorded", "in_doubt"}
    other = run_here("resolve", results, "--message-id", LOST[0], "--not-recorded", "--sure", *WHY)
    assert (other.exit, "nothing is left to post there" in said(other)) == (0, True), other
    ends = [(line["row"], line["message_id"], line["status"]) for line in read_results(results)]
    assert ends == [("1", KEPT[0], "recorded"), ("", STORED[0], "recorded")]
    report = run_here("report", results, "--json")
    assert (report.exit, report.json["balanced"], report.json["next"][0]["text"][:7]) == (0, True, "Nothing"), report
    assert run_here("report", results, "--html", "r.html", "--excel", "r.xlsx").exit == 0
    last = imports(KEPT, more=("--json",) if journal else ("--allow-missing", "--json"))
    assert (last.exit, last.json["requests"], shares(last)) == (0, 0, {"recorded": 1}), last
    back = imports(KEPT, STORED, LOST)
    assert (back.exit, back.json["requests"], "not_in_input" in back.json) == (0, 1, False), back
    assert sorted(record["message_id"] for record in imports.server.ledger()) == sorted([KEPT[0], STORED[0], LOST[0]])


def test_a_message_that_several_rows_in_doubt_are_of(imports, run_here, tmp_path):
    """The sentence names the rows, and a CSV with what tells them apart settles one that left the input."""
    sibling = (STORED[0], "9.50", *STORED[2:])
    imports.server.replan(plan(rule(hang_up(stored=False))))
    imports(STORED, sibling)
    imports.server.replan(plan())
    imports(sibling)
    results = tmp_path / "june.results.csv"
    unclear = run_here("resolve", results, "--message-id", STORED[0], "--recorded", *WHY)
    assert unclear.exit == 2, unclear
    assert "june.csv row 1: 9.50, sale, 2026-06-02T10:00:00Z; no longer in june.csv: 2.50, sale" in said(unclear)
    with results.open(newline="") as file:
        header, *lines = csv.reader(file)
    with (tmp_path / "verdicts.csv").open("w", newline="") as file:  # a line of RESULTS, as a spreadsheet copies it
        csv.writer(file).writerows([[*header, "verdict", "why"], [*lines[1], "recorded", "seen"]])
    done = run_here("resolve", results, "--from", "verdicts.csv")
    assert done.exit == 0, done
    assert [(line["revenue"], line["status"]) for line in read_results(results)] == [
        ("9.50", "in_doubt"),
        ("2.50", "recorded"),
    ]
    assert run_here("resolve", results, "--message-id", f"'{STORED[0]}", "--not-recorded", "--sure", *WHY).exit == 0
    last = imports(sibling, more=("--allow-missing", "--json"))
    assert last.exit == 0, last
    assert last.json["requests"] == 1


def test_equal_rows_in_doubt_are_settled_one_by_one(imports, run_here, tmp_path):
    """Of two equal rows that left the input each verdict settles one; a third stands already, and settles nothing."""
    imports.server.replan(plan(rule(hang_up(stored=False))))
    imports(KEPT, LOST, LOST, more=("--duplicates", "post"))
    imports.server.replan(plan())
    imports(more=("--allow-missing",))
    results = tmp_path / "june.results.csv"
    assert [line["status"] for line in read_results(results)] == ["in_doubt"] * 3
    order = ("resolve", results, "--message-id", LOST[0], "--not-recorded", "--sure", *WHY)
    told = [run_here(*order) for _ in range(3)]
    assert [(one.exit, "1 verdict stands already" in one.stdout) for one in told] == [(0, False), (0, False), (0, True)]
    assert [line["message_id"] for line in read_results(results)] == [KEPT[0]]
    assert run_here("report", results, "--json").json["balanced"]


def test_a_message_in_the_input_or_in_none(imports, results, run_here):
    """`--message-id` settles rows of the input, too; what is not in doubt is not settled."""
    imports(KEPT, LOST)
    assert run_here("resolve", results, "--message-id", LOST[0], "--not-recorded", "--sure", *WHY).exit == 0
    assert [line["status"] for line in read_results(results)] == ["recorded", "pending", "in_doubt"]
    for name, why in ((KEPT[0], "is recorded"), ("nowhere1", "was not sent, or is not there")):
        refused = run_here("resolve", results, "--message-id", name, "--recorded", *WHY)
        assert (refused.exit, why in said(refused)) == (2, True), refused
    both = run_here("resolve", results, "--row", 1, "--message-id", STORED[0], "--recorded", *WHY)
    assert (both.exit, f"row 1, message {STORED[0]} of june.results.csv was not sent" in said(both)) == (2, True), both


def test_a_rejected_row_that_left_and_came_back_is_still_rejected(run_here, fault_server, tmp_path):
    """The journal remembers it, unseen by report and RESULTS: only --retry-rejected posts it again."""
    server = fault_server(rule(api_error(422, "message_not_found"), message_id=LOST[0], attempt=1))
    file, results = tmp_path / "june.csv", tmp_path / "june.results.csv"
    command = ("import", file, "--base-url", server.url, "--json")
    write(file, KEPT, LOST)
    assert run_here(*command).json["by_status"]["rejected"]["rows"] == 1
    write(file, KEPT)
    without = run_here(*command)
    assert (without.exit, without.json.get("not_in_input"), len(read_results(results))) == (0, None, 1), without
    report = run_here("report", results, "--json")
    assert (report.exit, report.json["not_in_input"], report.json["balanced"]) == (0, {}, True), report
    write(file, KEPT, LOST)
    back = run_here(*command)
    assert (back.exit, back.json["requests"], back.json["by_code"]) == (1, 0, {"message_not_found": 1}), back
    assert run_here(*command, "--retry-rejected").exit == 0


def test_rows_in_doubt_in_other_results_are_not_accounted_for(imports, results, run_here, tmp_path):
    """Summary and report name the step, which ends the matter; the command of the report says what --already was."""
    write(tmp_path / "july.csv", STORED)
    command = ("import", "july.csv", "--base-url", imports.server.url)
    held = run_here(*command, "--already", results.name)
    assert (held.exit, "settle with `resolve` what is in doubt in the earlier results" in said(held)) == (1, True), held
    for options, already in (((), results.name), (("--json",), "RESULTS")):
        steps = said(run_here("report", "july.results.csv")).split("Next:")[1]
        assert "accounted for" not in steps
        assert "Settle with `resolve` what is in doubt in earlier results (1 row here)" in steps
        assert f"--already {already}" in steps
        assert run_here(*command, *options).exit == 1  # it stays held without --already
    assert run_here("resolve", results, "--message-id", STORED[0], "--recorded", *WHY).exit == 0
    settled = run_here(*command, "--already", results.name, "--json")
    assert (settled.exit, settled.json["by_code"]) == (0, {"already_recorded": 1}), settled
    assert "accounted for" in run_here("report", "july.results.csv").stdout


def test_a_row_held_for_other_results_is_free_once_they_say_not_recorded(imports, results, run_here, tmp_path):
    """What the summary says to do leads to the row being posted, once."""
    write(tmp_path / "july.csv", LOST)
    command = ("import", "july.csv", "--base-url", imports.server.url, "--already", results.name, "--json")
    held = run_here(*command)
    assert (held.exit, held.json["by_code"]) == (1, {"already_in_doubt": 1}), held
    assert run_here("resolve", results, "--message-id", LOST[0], "--not-recorded", "--sure", *WHY).exit == 0
    posted = run_here(*command)
    assert (posted.exit, posted.json["requests"], run_here(*command).json["requests"]) == (0, 1, 0), posted
