"""Rows that `--where` leaves out are never sent, are counted as a status of their own, and come back without it."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import ImporterError, SettingsError
from importer.model import Share, Status
from importer.report import write_report
from importer.run.pipeline import run_check, run_import
from importer.settings import InputSettings, Settings
from tests.faultserver.plan import CANARY_KEY, hang_up, plan, rule
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.model import Summary
    from tests.faultserver.server import FaultServerProcess

HEADER = ("message_id", "revenue", "attribution_type", "timestamp", "Conversion Status")
ROWS = (
    ("tfb0raDP", "10.00", "sale", "2026-06-01", "Approved"),
    ("tfb0raDQ", "20.00", "sale", "2026-06-02", " REJECTED"),
    ("tfb0raDR", "1e1", "click", "2026-06-03", "approved"),
    ("tfb0raDS", "30.50", "sale", "2026-06-32", "rejected"),
    ("no", "-4", "gift", "", "rejected"),
)
APPROVED, ALL = ("conversion-status=approved",), ()


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    return fault_server()


@pytest.fixture
def june(tmp_path: Path) -> Path:
    return write(tmp_path / "june.csv", ROWS)


def write(path: Path, table: tuple[tuple[str, ...], ...], header: tuple[str, ...] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *table])
    return path


@pytest.fixture
def importing(server: FaultServerProcess, june: Path) -> Callable[..., Summary]:
    def run(file: Path = june, **options: Any) -> Summary:
        options = {"ignore": () if options.get("where") else ("Conversion Status",), "attempts": 1, **options}
        return run_import(Settings(inputs=(str(file),), base_url=server.url, api_key=CANARY_KEY, rate=0, **options))

    return run


def stored(server: FaultServerProcess) -> list[str]:
    return sorted(record["message_id"] for record in server.ledger())


def fates(june: Path) -> list[str]:
    return [line["status"] for line in read_results(june.with_suffix(".results.csv"))]


def test_only_the_rows_that_are_meant_are_sent(importing, server, june) -> None:
    """The others are excluded, whatever their cells hold; money balances, and the exit status is 0."""
    summary = importing(where=APPROVED, expect_rows=5, expect_total="70.50")
    assert stored(server) == ["tfb0raDP", "tfb0raDR"]
    assert fates(june) == ["recorded", "excluded", "recorded", "excluded", "excluded"]
    assert summary.exit_status == 0
    assert summary.by_status[Status.EXCLUDED] == Share(3, Decimal("50.50"))
    assert sum((share.revenue for share in summary.by_status.values()), Decimal(0)) == summary.total.revenue
    assert summary.by_code == {}
    line = read_results(june.with_suffix(".results.csv"))[1]
    assert (line["error_code"], line["error_message"]) == ("", "Left out by --where conversion-status=approved.")


def test_without_the_option_they_are_sent_and_recorded_ones_stay(importing, server, june) -> None:
    """A rerun without it posts them; one with it again forgets nothing of what is recorded by then."""
    importing(where=APPROVED)
    assert importing(where=ALL).exit_status == 1  # two rows break rules
    assert stored(server) == ["tfb0raDP", "tfb0raDQ", "tfb0raDR"]
    assert fates(june) == ["recorded", "recorded", "recorded", "invalid", "invalid"]
    summary = importing(where=APPROVED)
    assert summary.kept == {}
    assert fates(june) == ["recorded", "recorded", "recorded", "excluded", "excluded"]
    assert summary.exit_status == 0
    assert len(server.ledger()) == 3


def test_a_row_in_doubt_stays_in_doubt(importing, server, june) -> None:
    """What was sent before the option was given may be recorded, and is neither forgotten nor sent again."""
    server.replan(plan(rule(hang_up(stored=True), message_id="tfb0raDQ")))
    importing(where=ALL)
    server.replan(plan())
    for in_doubt in ("hold", "resend"):
        summary = importing(where=APPROVED, in_doubt=in_doubt)
        assert fates(june)[1] == "in_doubt"
        assert summary.exit_status == 1
    assert stored(server).count("tfb0raDQ") == 1


def test_an_excluded_row_is_not_the_first_of_equal_rows(importing, server, tmp_path) -> None:
    """The equal row that is meant is posted; without the option, one of them is held, as always."""
    twins = ((*ROWS[0][:4], "rejected"), ROWS[0], (*ROWS[0][:4], "void"))
    june = write(tmp_path / "june.csv", twins)
    importing(june, where=APPROVED)
    assert fates(june) == ["excluded", "recorded", "excluded"]
    importing(june, where=ALL)
    assert sorted(fates(june)) == ["duplicate", "duplicate", "recorded"]
    assert len(server.ledger()) == 1


def test_rejects_and_reports_know_them(importing, june, tmp_path) -> None:
    """They are in no rejects file, and every form of the report counts them with the same money."""
    importing(where=("Conversion Status!=Approved",), rejects=tmp_path / "rejects.csv")
    rejects = (tmp_path / "rejects.csv").read_text("utf-8")
    assert "tfb0raDS" in rejects
    assert "tfb0raDP" not in rejects
    for name in ("june.html", "june.xlsx"):
        write_report(june.with_suffix(".results.csv"), tmp_path / name)
    page = (tmp_path / "june.html").read_text("utf-8")
    assert "Excluded" in page
    assert "Left out by --where:" in page
    assert "--currency" not in page
    assert "--hidden" not in page


def test_a_results_file_alone_is_enough(importing, server, june) -> None:
    """Without its journal, RESULTS still has a line for each excluded row, so that it can be posted later."""
    importing(where=APPROVED)
    june.with_suffix(".results.csv.journal").unlink()
    importing(where=ALL)
    assert stored(server) == ["tfb0raDP", "tfb0raDQ", "tfb0raDR"]


def checked(file: Path, *where: str, **options: Any) -> Summary:
    options = {"ignore": ("Conversion Status",), **options}
    return run_check(InputSettings(inputs=(str(file),), where=where, **options))


@pytest.mark.parametrize(
    ("where", "posted"),
    [
        (("Conversion Status=approved,rejected",), 3),
        (("Conversion Status=APPROVED", "attribution_type!=click"), 1),
        (("Conversion Status!=rejected , void",), 2),
        (("timestamp=",), 0),
        (("timestamp!=", "revenue!=10.00"), 2),
        (('conversion status="approved"',), 2),
    ],
)
def test_conditions(june: Path, where: tuple[str, ...], posted: int) -> None:
    """Several values are alternatives, several conditions must all hold; an empty value is an empty cell."""
    assert checked(june, *where).posted.rows == posted


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("Conversion Status=aproved", "leaves no row at all: every row is excluded. The column holds 'Approved'"),
        ("revenue!=7", "leaves out no row: all 5 are kept"),
        ("Conversion Status=approved,paid", "no row has 'paid'"),
    ],
)
def test_a_condition_that_decides_nothing_is_said(june: Path, where: str, says: str) -> None:
    """A value that is misspelt leaves everything out, or nothing."""
    assert says in " ".join(checked(june, where).warnings)


@pytest.mark.parametrize("where", ["status", "=approved", "!=approved", ""])
def test_what_is_no_condition_is_refused(june: Path, where: str) -> None:
    """Without a column or without a value there is nothing to compare."""
    with pytest.raises(SettingsError, match="is not COLUMN=VALUE"):
        checked(june, where)


def test_an_unknown_column_is_refused_with_the_nearest(june: Path) -> None:
    """So is one to be ignored."""
    with pytest.raises(ImporterError, match=r"--where: .*Did you mean Conversion Status\?"):
        checked(june, "conversion_state=approved")
    with pytest.raises(ImporterError, match=r"--ignore: .*Did you mean Conversion Status\?"):
        checked(june, ignore=("conversion_state",))


def test_a_ragged_row_is_refused_not_excluded(tmp_path: Path) -> None:
    """Which of its cells is the status cannot be told."""
    path = tmp_path / "june.csv"
    path.write_text(",".join(HEADER) + "\ntfb0raDP,10,5,sale,2026-06-01,approved\n", "utf-8")
    assert checked(path, "Conversion Status=approved").by_code == {"ragged_row": 1}
