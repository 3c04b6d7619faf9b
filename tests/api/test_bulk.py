"""The bulk endpoint: a batch a request, what its answer explains is settled, the rest is in doubt."""

from __future__ import annotations

import json

import pytest

from importer.api.bulk import bulk_body, outcomes_of
from importer.api.outcome import Outcome, OutcomeKind
from importer.api.wire import Body
from tests.faultserver.plan import answer, bulk, hang_up, rule
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge

R, X, Q, T = OutcomeKind.RECORDED, OutcomeKind.REJECTED, OutcomeKind.IN_DOUBT, OutcomeKind.TRANSIENT


def said(index: object, code: str = "message_not_found") -> dict[str, object]:
    return {"index": index, "code": code, "error": "x"}


@pytest.mark.parametrize(
    ("reply", "meanings"),
    [
        ({"success_count": 3, "error_count": 0, "total_revenue": 6.0, "errors": []}, [R, R, R]),
        ({"success_count": 3, "error_count": 0}, [R, R, R]),
        ({"success_count": 2, "error_count": 1, "total_revenue": 4, "errors": [said(1)]}, [R, X, R]),
        ({"success_count": 2, "error_count": 1, "errors": [said(0, "server_error")]}, [T, R, R]),
        ({"success_count": 0, "error_count": 3, "errors": [said(0), said(1), said(2)]}, [X, X, X]),
        ({"success_count": 3}, [R, R, R]),
        ({"success_count": 2, "errors": [said(1)]}, [Q, Q, Q]),
        ({"success_count": 4}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 0}, [Q, Q, Q]),
        ({"success_count": 4, "error_count": 0}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "errors": []}, [Q, Q, Q]),
        ({"success_count": 1, "error_count": 2, "errors": [said(1)]}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "success": False}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "success": True}, [R, R, R]),
        ({"success_count": 3, "error_count": 0, "error": "partial"}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "success": False, "errors": [said(1)]}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "errors": True}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "errors": {}}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "errors": "none"}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "errors": None}, [R, R, R]),
        ({"success_count": 2, "error_count": 1, "errors": ["x"]}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "errors": [said(1)]}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "errors": [said(-1)]}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "errors": [said("1")]}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "errors": [said(True)]}, [Q, Q, Q]),
        ({"success_count": -1, "error_count": 4, "errors": []}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "errors": [said(7)]}, [Q, Q, Q]),
        ({"success_count": 1, "error_count": 2, "errors": [said(1), said(1)]}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "total_revenue": 6.5}, [Q, Q, Q]),
        ({"success_count": 3, "error_count": 0, "total_revenue": 6.005}, [R, R, R]),
        ({"success_count": 3, "error_count": 0, "total_revenue": 6.01}, [Q, Q, Q]),
        ({"success_count": 2, "error_count": 1, "total_revenue": 4.01, "errors": [said(1)]}, [Q, Q, Q]),
        ({"success_count": True, "error_count": 0}, [Q, Q, Q]),
        ({"success_count": "3", "error_count": 0}, [Q, Q, Q]),
        ({"success": True, "revenue_id": "a"}, [Q, Q, Q]),
        ({"success": False, "code": "missing_records"}, [Q, Q, Q]),
        ({"error": "missing_records"}, [Q, Q, Q]),
        ([], [Q, Q, Q]),
    ],
)
def test_what_an_answer_means_for_each_row(reply, meanings):
    """Counts, total and errors must be those of the batch; where anything is not, every row is in doubt."""
    body = Body(json.dumps(reply).encode(), truncated=False)
    outcomes = outcomes_of(200, {}, body, ["1.00", "2.00", "3.00"])
    assert [outcome.kind for outcome in outcomes] == meanings


@pytest.mark.parametrize(
    ("revenues", "total", "meaning", "warned"),
    [
        (["1.004"] * 10, "10.00", R, True),
        (["1.004"] * 10, "9.98", Q, False),
        (["1.004", *["1.00"] * 9], "10.00", R, True),
        (["1.004", *["1.00"] * 9], "10.02", Q, False),
        (["0.10"] * 100, "9.99999999999998", R, False),
        (["0.25"] * 100, "24.75", Q, False),
    ],
)
def test_the_total_of_a_batch_may_differ_by_rounding_only(revenues, total, meaning, warned):
    """Half a cent for each amount of more decimals than cents, with a warning; cents are added up as they are."""
    reply = f'{{"success_count":{len(revenues)},"error_count":0,"total_revenue":{total}}}'.encode()
    outcomes = outcomes_of(200, {}, Body(reply), revenues)
    assert {outcome.kind for outcome in outcomes} == {meaning}
    assert sum(outcome.warning is not None for outcome in outcomes) == warned


def test_a_total_of_nothing_that_was_stored_is_no_mistake():
    """Every row of the batch was refused, and the total is off by less than half a cent: there is no row to warn of."""
    reply = b'{"success_count":0,"error_count":1,"total_revenue":0.004,"errors":[{"index":0,"code":"x","error":"y"}]}'
    assert [outcome.kind for outcome in outcomes_of(200, {}, Body(reply), ["1.00"])] == [OutcomeKind.REJECTED]


UNREADABLE, MISMATCH = "unreadable_answer", "echo_mismatch"
NO_ROW = "the answer names an error of no row of this batch, or of one twice"


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        ([], UNREADABLE, "the answer does not count the rows"),
        ({"error_count": 0}, UNREADABLE, "the answer does not count the rows"),
        ({"success_count": 3, "success": False}, UNREADABLE, "the answer counts rows and says that it failed"),
        ({"success_count": 3, "error": "partial"}, UNREADABLE, "the answer counts rows and says that it failed"),
        ({"success_count": 3, "errors": {}}, UNREADABLE, "the errors of the answer are no list"),
        ({"success_count": 3.0}, UNREADABLE, "the answer does not count successes and errors"),
        ({"success_count": 3, "error_count": None}, UNREADABLE, "the answer does not count successes and errors"),
        ({"success_count": 2, "error_count": 1, "errors": [said(3)]}, MISMATCH, NO_ROW),
        ({"success_count": 1, "error_count": 2, "errors": [said(0), said(0)]}, MISMATCH, NO_ROW),
        ({"success_count": 2}, MISMATCH, "the answer counts 2 successes and 0 errors, sent were 3 rows"),
        ({"success_count": 2, "error_count": 1}, MISMATCH, "the answer counts 1 errors and names 0"),
        ({"success_count": 3, "errors": [said(2)]}, MISMATCH, "the answer counts 0 errors and names 1"),
        (
            {"success_count": 3, "total_revenue": 7},
            MISMATCH,
            "the answer counts a revenue of 7, the rows have 6.00",
        ),
    ],
)
def test_it_is_said_why_a_batch_is_in_doubt(reply, code, text):
    """An answer to another batch says that something was stored: such rows are never sent again by themselves."""
    outcomes = outcomes_of(200, {}, Body(json.dumps(reply).encode()), ["1.00", "2.00", "3.00"])
    assert outcomes == [Outcome(Q, code, text, 200)] * 3


API_JSON = b'{"error":"x","code":"server_error"}'


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, API_JSON, X),
        (400, b"<html>", OutcomeKind.TURNED_AWAY),
        (401, b"<html>", OutcomeKind.STOP),
        (413, b"<html>", OutcomeKind.TOO_LARGE),
        (413, API_JSON, OutcomeKind.TOO_LARGE),
        (429, b"<html>", OutcomeKind.THROTTLED),
        (502, b"<html>", Q),
        (500, API_JSON, Q),
    ],
)
def test_what_an_error_means_for_all_rows(status, body, meaning):
    """An answer about the request is about every row in it; a batch that failed may have failed half-way."""
    outcomes = outcomes_of(status, {}, Body(body), ["1", "2"])
    assert [outcome.kind for outcome in outcomes] == [meaning, meaning]


def test_a_second_answer_to_a_batch_is_not_believed():
    """One of two answers belongs to another batch, and no count says which."""
    whole = Body(json.dumps({"success_count": 2, "error_count": 0}).encode(), surplus=True)
    assert [outcome.kind for outcome in outcomes_of(200, {}, whole, ["1", "2"])] == [Q, Q]


def test_the_largest_batch_is_far_below_the_payload_limit():
    """A hundred rows, each as long as the rules allow, stay under the vendor's 5 MB."""
    longest = json.dumps(
        {"message_id": '"' * 64, "offer_id": "\U0001f600" * 128, "revenue": "9" * 33, "timestamp": "9" * 40}
    )
    assert len(bulk_body([longest] * 100)) < 5_000_000 / 2


def test_batches_are_recorded_without_ids(run, healthy_server, tmp_path):
    """Every row is stored once, in requests of N rows, with the digits of the file; there are no ids to keep."""
    month = rows(250)
    file = write_csv(tmp_path / "june.csv", month)
    result = run("import", file, "--bulk", 100, "--rate", 0, "--base-url", healthy_server.url, "--json")
    counts = judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)
    assert (result.exit, result.json["requests"], counts["recorded"]) == (0, 3, 250), result
    again = run("import", file, "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"]) == (0, 0), again


def test_rows_that_the_api_names_are_rejected(run, fault_server, tmp_path):
    """Partial success: the errors by index are those rows' own."""
    month = rows(30)
    server = fault_server(rule(bulk(fail={month[4].message_id: "message_not_found"}), endpoint="bulk"))
    file = write_csv(tmp_path / "june.csv", month)
    result = run("import", file, "--bulk", 10, "--rate", 0, "--base-url", server.url, "--json")
    counts = judge(month, tmp_path / "june.results.csv", server.ledger(), result.json)
    assert (counts["recorded"], counts["rejected"], result.json["by_code"]) == (29, 1, {"message_not_found": 1}), result


@pytest.mark.parametrize("lost", [hang_up(stored=True), answer(502, "<html>").but(stored=True)])
def test_a_lost_answer_puts_the_batch_in_doubt(run, fault_server, tmp_path, lost):
    """The whole batch, and no more than that."""
    month = rows(40)
    server = fault_server(rule(lost, endpoint="bulk", nth=2))
    file = write_csv(tmp_path / "june.csv", month)
    options = ("--bulk", 10, "--rate", 0, "--concurrency", 1, "--base-url", server.url)
    result = run("import", file, *options, "--json")
    counts = judge(month, tmp_path / "june.results.csv", server.ledger(), result.json, promised_in_doubt=10)
    assert (result.exit, counts["recorded"], counts["in_doubt"]) == (1, 30, 10), result


@pytest.mark.parametrize(("size", "most", "lost_requests"), [(10, 20, 3), (5, 20, 4), (1, 5, 5)])
def test_answers_that_are_lost_one_after_the_other_stop_the_run(run, fault_server, tmp_path, size, most, lost_requests):
    """After so many rows in a row (`--stop-after`), and no fewer than three requests: one lost answer is no pattern."""
    month = rows(300)
    server = fault_server(rule(hang_up(stored=True), endpoint="bulk"))
    file = write_csv(tmp_path / "june.csv", month)
    options = ("--bulk", size, "--rate", 0, "--concurrency", 1, "--stop-after", most, "--base-url", server.url)
    result = run("import", file, *options, "--json")
    counts = judge(month, tmp_path / "june.results.csv", server.ledger(), result.json, promised_in_doubt=30)
    assert (result.exit, result.json["stopped"]) == (3, "too_many_failures"), result
    assert counts["in_doubt"] == size * lost_requests


def test_killed_batches_are_in_doubt_and_never_sent_again(run, start, fault_server, tmp_path):
    """After a kill no more than concurrency x N rows are in doubt, and no row is stored twice."""
    from tests.faultserver.plan import plan

    month = rows(400)
    server = fault_server(rule(bulk().but(delay_s=0.05), endpoint="bulk"))
    file = write_csv(tmp_path / "june.csv", month)
    running = start("import", file, "--bulk", 10, "--rate", 0, "--concurrency", 2, "--base-url", server.url)
    running.kill_after(ledger=server.ledger_path, lines=120)
    server.replan(plan())
    again = run("import", file, "--bulk", 10, "--rate", 0, "--base-url", server.url, "--json")
    judge(month, tmp_path / "june.results.csv", server.ledger(), again.json, promised_in_doubt=20)
