"""A month with every fate balances, real imports do, and the report follows what people said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from importer.errors import ResultsError, SettingsError
from importer.model import Share, Status
from importer.report import expand_results, make_report
from importer.report.run_text import options_text
from importer.report.sentences import headline
from importer.report.terminal import report_lines
from tests.faultserver.plan import hang_up, rule
from tests.report.month import AGREE, WHOLE, month
from tests.support import inside
from tests.support.books import (
    a_book,
    line,
)
from tests.support.inputs import rows, write_csv


def test_a_month_with_every_fate_balances(tmp_path):
    """File = recorded + rejected + invalid + duplicate + failed + in doubt + pending, rows and revenue."""
    report = make_report([month(tmp_path)])
    assert report.balanced, report.checks
    assert report.total == Share(9, Decimal("1170.705"))
    assert {str(k): (v.rows, str(v.revenue)) for k, v in report.by_status.items()} == {
        "recorded": (2, "24.905"),
        "rejected": (1, "10.10"),
        "invalid": (2, "1000.50"),
        "duplicate": (1, "24.90"),
        "failed": (1, "7.00"),
        "in_doubt": (1, "100.00"),
        "pending": (1, "3.30"),
    }
    assert (report.share(Status.RECORDED).revenue, report.at_most.revenue) == (Decimal("24.905"), Decimal("124.905"))


def test_rows_in_doubt_are_not_called_not_recorded(tmp_path):
    """Nobody knows whether they are: the verdict counts them apart."""
    report = make_report([a_book(tmp_path / "r.csv", [line(1), line(2, "in_doubt"), line(3, "rejected")])])
    assert headline(report) == "In balance, 1 row not recorded, 1 row in doubt"


def test_rows_that_left_the_input_are_kept_apart(tmp_path):
    """A recorded row that is no longer in the input is in no figure of the file, and is named beside them."""
    path = a_book(tmp_path / "r.csv", [line(1), line(None, revenue="5.00", message_id="gone0000")])
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.total == Share(1, Decimal("24.90"))
    assert report.kept == {Status.RECORDED: Share(1, Decimal("5.00"))}
    assert any("no longer in the input" in text for text in report_lines(report))


@pytest.mark.parametrize("name", ["nothing.csv", "*.results.csv"])
def test_what_does_not_exist_is_said(tmp_path, monkeypatch, name):
    """A name or a pattern that fits nothing ends with a sentence."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ResultsError, match=r"does not exist|No results file"):
        make_report(expand_results([name]))


def test_an_input_is_not_a_results_file(tmp_path, run_here):
    """A file that no import wrote is refused, exit 2."""
    (tmp_path / "june.csv").write_text("message_id,revenue\na1b2c3d4,1\n")
    result = run_here("report", "june.csv")
    assert (result.exit, "not a results file" in result.stderr) == (2, True), result


def test_a_real_import_balances(tmp_path, run_here):
    """The messy sample, imported into the sandbox: `report` gives the same numbers as `import --json`."""
    import shutil
    from pathlib import Path

    shutil.copy(Path(__file__).resolve().parents[2] / "sample_data" / "june_2026_messy.csv", tmp_path / "june.csv")
    done = run_here("import", "june.csv", "--sandbox", "--json", key=None)
    told = run_here("report", "june.sandbox.results.csv", "--json", key=None)
    assert told.exit == 0, told
    for name in ("rows", "revenue", "by_status", "by_code", "by_attribution_type"):
        assert told.json[name] == done.json[name], name


def test_the_report_follows_verdicts_and_names_the_options(tmp_path, fault_server):
    """After each verdict RESULTS holds what the journal counted, and the audit names all that a repetition needs."""
    events = rows(3)
    write_csv(tmp_path / "june.csv", events)
    lost = [rule(hang_up(stored=False), message_id=event.message_id, attempt=1) for event in events[:2]]
    url = fault_server(*lost).url
    options = ("--base-url", f"{url}/", "--keep", "offer_id", "--delimiter", ",", "--attempts", "3")
    options += ("--stop-after", "7", "--timeout", "20", "--outage-wait", "0.5")
    assert inside.run("import", "june.csv", *options, cwd=tmp_path).exit == 1
    for row, verdict in ((1, "--recorded"), (2, "--not-recorded")):
        told = ("--row", row, verdict, "--sure", "--why", "seen")
        assert inside.run("resolve", "june.results.csv", *told, cwd=tmp_path).exit == 0
        told = inside.run("report", "june.results.csv", "--json", cwd=tmp_path)
        checks = {check["name"]: (check["ok"], check["text"]) for check in told.json["checks"]}
        assert (told.exit, checks[WHOLE][0], checks[AGREE][0]) == (0, True, True), told
        assert "of each status what it wrote" in checks[WHOLE][1]
    given = told.json["runs"][0]["options"]
    assert (given["base_url"], given["keep"], given["delimiter"], given["sheet"]) == (url, ["offer_id"], ",", [])
    pace = "--timeout 20 --attempts 3 --outage-wait 0.5 --stop-after 7"
    assert f"--base-url {url} {pace} --delimiter , --keep offer_id" in told.json["next"][0]["command"]
    chosen, left = options_text(make_report([tmp_path / "june.results.csv"]).runs[0])
    pace = "timeout_s=20, attempts=3, outage_wait_s=0.5, stop_after=7"
    assert chosen == f"{pace}, keep=offer_id, delimiter=,, base_url={url}"
    assert "rate=100" in left


def test_a_row_that_was_found_not_recorded_waits_for_the_next_import(tmp_path):
    """A verdict of not recorded makes the row pending, and the remedy is the same import, not a correction."""
    report = make_report([a_book(tmp_path / "r.csv", [line(1, "pending", error_code="resolved_not_recorded")])])
    assert [(reason.status, reason.code) for reason in report.reasons] == [(Status.PENDING, "resolved_not_recorded")]
    assert report.reasons[0].remedy.startswith("Run the same import again")


def test_a_zone_that_does_not_exist_is_refused(tmp_path):
    """With the one that is meant."""
    path = a_book(tmp_path / "r.csv", [line(1, timestamp="2026-06-15T01:00:00Z")])
    with pytest.raises(SettingsError, match="did you mean Europe/Berlin"):
        make_report([path], timezone="Europe/Berlni")
