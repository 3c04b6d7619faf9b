"""Limits of a run: what is outside of them is invalid, in check and import alike, and nothing of it is posted."""

from __future__ import annotations

import pytest

from importer import Settings, run_check
from importer.errors import SettingsError
from tests.faultserver.plan import answer, rule
from tests.support.oracle import read_results

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp"
FILE = (
    f"{HEADER}\naaaaaaaa,10.00,sale,4521,2026-06-01T12:00:00Z\nbbbbbbbb,10.00,sale,9999,2026-06-02T12:00:00Z\n"
    "cccccccc,600.00,sale,,2026-06-03T12:00:00Z\ndddddddd,10.00,sale,4521,2026-07-01T00:00:00Z\n"
)
LIMITS = ("--period", "2026-06", "--max-revenue", "500", "--check-offers")
CODES = {"unknown_offer": 1, "revenue_too_high": 1, "outside_period": 1}


def test_check_and_import_agree(run, fault_server, tmp_path):
    """Both ask the API for the offers; the import posts only what is within all limits."""
    server = fault_server()
    file = tmp_path / "june.csv"
    file.write_text(FILE)
    checked = run("check", file, "--base-url", server.url, *LIMITS, "--json")
    assert (checked.exit, checked.json["by_code"]) == (1, CODES), checked
    assert not server.ledger()
    imported = run("import", file, "--base-url", server.url, *LIMITS, "--json")
    assert (imported.exit, imported.json["by_code"]) == (1, CODES), imported
    assert [record["message_id"] for record in server.ledger()] == ["aaaaaaaa"]
    assert [line["status"] for line in read_results(tmp_path / "june.results.csv")] == ["recorded", *["invalid"] * 3]


def test_the_key_is_needed_to_ask(run, tmp_path):
    """Also for a check; without the option it needs none."""
    file = tmp_path / "june.csv"
    file.write_text(FILE)
    refused = run("check", file, "--check-offers", "--base-url", "http://localhost:1", key=None)
    assert refused.exit == 2
    assert "TRACKLY_API_KEY" in refused.stderr
    assert run("check", file, key=None).exit == 0


def test_an_api_without_that_route(run, fault_server, tmp_path):
    """Exit 2, a sentence, and nothing was posted."""
    server = fault_server(rule(answer(404, '{"error":"Not found","code":"not_found"}'), endpoint="offers"))
    file = tmp_path / "june.csv"
    file.write_text(FILE)
    for command in ("check", "import"):
        refused = run(command, file, "--base-url", server.url, "--check-offers")
        assert refused.exit == 2
        assert "no list of offers that can be read (HTTP 404, not_found: Not found)" in refused.stderr
    assert not server.ledger()
    assert not (tmp_path / "june.results.csv").exists()


def test_offers_of_the_sandbox(run, tmp_path):
    """Active, paused and archived ones are offers; a check starts a sandbox to ask, too."""
    file = tmp_path / "june.csv"
    lines = [f"aaaaaaa{i},1.00,sale,{offer}," for i, offer in enumerate(["4521", "6120", "3302", "007", "7"])]
    file.write_text("\n".join([HEADER, *lines, ""]))
    for command in ("check", "import"):
        assert run(command, file, "--sandbox", "--check-offers", "--json").json["by_code"] == {"unknown_offer": 1}


def test_from_python(healthy_server, tmp_path):
    """The same three, and a sentence for what they cannot be."""
    file = tmp_path / "june.csv"
    file.write_text(FILE)
    limits = {"period": "2026-Q2", "max_revenue": "500"}
    assert dict(run_check(Settings(inputs=file, **limits)).by_code) == {"revenue_too_high": 1, "outside_period": 1}
    for wrong in ({"period": "June"}, {"max_revenue": 10.5}, {"check_offers": "yes"}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            Settings(inputs=file, **wrong)
