"""What `check` shows of money and time: months, refunds, the first and last moment, and rows as they will be sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter

from importer.model import Share, added
from importer.run import run_check
from importer.schema import earliest, latest
from importer.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
Klick,Betrag,Art,Datum,Zeit
a1b2c3d4,"$1,249.00",Verkauf,05/06/2026,12:30 PDT
a1b2c3d5,-24.99,verkauf,06/06/2026,12:30 PDT
a1b2c3d6,(12.00 €),VERKAUF,06/06/2026,12:30 PST
a1b2c3d7,12.10,sale,30/06/2026,18:30 PDT
a1b2c3d8,1’234.505,click,,
"""
OPTIONS = (
    *("--map", "message_id=Klick", "--map", "revenue=Betrag", "--map", "attribution_type=Art"),
    *("--map", "timestamp=Datum+Zeit", "--timestamp-format", "%d/%m/%Y %H:%M %Z"),
    *("--timezone", "America/Los_Angeles", "--value", "attribution_type:verkauf=sale"),
)

SETTINGS: dict[str, Any] = {
    "map": {"message_id": "Klick", "revenue": "Betrag", "attribution_type": "Art", "timestamp": "Datum+Zeit"},
    "timestamp_format": "%d/%m/%Y %H:%M %Z",
    "timezone": "America/Los_Angeles",
    "value": "attribution_type:verkauf=sale",
}


def test_months_refunds_and_a_sample(tmp_path: Path, run_here: Any) -> None:
    """The last row of June in Los Angeles is sent as of July, and booked in June; nothing is in two figures."""
    (tmp_path / "june.csv").write_text(FILE, "utf-8")
    told = run_here("check", "june.csv", *OPTIONS, "--json", key=None).json
    assert told["by_month"] == {
        "2026-06": {"rows": 3, "revenue": "1261.10"},
        "no timestamp": {"rows": 1, "revenue": "1234.505"},
        "unreadable": {"rows": 1, "revenue": "0.00"},
    }
    assert told["refunds"] == {"rows": 2, "revenue": "-36.99"}
    assert (told["first_timestamp"], told["last_timestamp"]) == ("2026-06-05T19:30:00Z", "2026-07-01T01:30:00Z")
    for shares in (told["by_status"], told["by_month"], told["by_attribution_type"]):
        assert (
            sum(Decimal(share["revenue"]) for share in shares.values())
            == Decimal(told["revenue"])
            == Decimal("2495.605")
        )
    shown = run_here("check", "june.csv", *OPTIONS, "--expect-total", "2495.605", key=None).stdout
    assert "month (America/Los_Angeles)" in shown
    assert "2 rows (-36.99)" in shown
    assert "Refund (negative revenue) [negative_revenue]: 2 rows\n" in shown
    lines = [line.split() for line in shown.split("As they will be sent")[1].splitlines()[1:5]]
    assert lines == [
        ["message_id", "revenue", "attribution_type", "offer_id", "timestamp"],
        ["a1b2c3d4", "1249.00", "sale", "-", "2026-06-05T19:30:00Z"],
        ["a1b2c3d7", "12.10", "sale", "-", "2026-07-01T01:30:00Z"],
        ["a1b2c3d8", "1234.505", "click", "-", "-"],
    ]


def test_rows_left_out_are_in_the_months_and_in_nothing_else(tmp_path: Path, run_here: Any) -> None:
    """Excluded rows are part of the totals; they are no refunds, and nothing that will be sent."""
    rows = ["x1b2c3d4,-5,sale,2026-05-01,no", "x1b2c3d5,7,sale,2026-05-01,no", "a1b2c3d6,9,sale,2026-06-01,yes"]
    (tmp_path / "june.csv").write_text("\n".join(["message_id,revenue,attribution_type,timestamp,ok", *rows]), "utf-8")
    told = run_here("check", "june.csv", "--where", "ok=yes", "--json", key=None).json
    assert told["by_month"] == {"2026-05": {"rows": 2, "revenue": "7.00"}, "2026-06": {"rows": 1, "revenue": "9.00"}}
    assert told["refunds"] == {"rows": 0, "revenue": "0.00"}
    assert told["first_timestamp"] == told["last_timestamp"] == "2026-06-01T00:00:00Z"
    assert "x1b2c3d5" not in run_here("check", "june.csv", "--where", "ok=yes", key=None).stdout.split("first rows:")[1]


@pytest.mark.parametrize("options", [(), ("--where", "message_id!=Total"), ("--shard", "1/3")])
def test_a_check_names_the_control_totals(options: tuple[str, ...], tmp_path: Path, run_here: Any) -> None:
    """What a person reads there is what the options want, where a line sums up others, too."""
    rows = ["a1b2c3d4,5,sale", "a1b2c3d5,7.50,click", "Total,12.50,"]
    (tmp_path / "june.csv").write_text("\n".join(["message_id,revenue,attribution_type", *rows]), "utf-8")
    told = run_here("check", "june.csv", *options, "--json", key=None).json["control_totals"]
    assert told["revenue"] == "12.50"
    expected = ("--expect-rows", told["rows"], "--expect-total", told["revenue"])
    assert run_here("check", "june.csv", *options, *expected, "--json", key=None).json["control_totals"] == told
    if not options:
        shown = run_here("check", "june.csv", key=None).stdout
        assert f"others, which --expect-rows does not count: {told['rows']} rows." in shown


def test_a_zone_that_knows_no_summer_time_is_warned_of(tmp_path: Path, run_here: Any) -> None:
    """`EST` in June is an hour off; `PST` is no zone, and refused with those that it can mean."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type,timestamp\na1b2c3d4,5,sale,2026-06-05\n")
    assert "--timezone America/New_York" in " ".join(
        run_here("check", "june.csv", "--timezone", "EST", key=None).stdout.split()
    )
    refused = run_here("check", "june.csv", "--timezone", "PST", key=None)
    assert refused.exit == 2
    assert "America/Los_Angeles" in refused.stderr


def test_a_column_that_is_called_so_is_no_two_columns(tmp_path: Path, run_here: Any) -> None:
    """`Date+Time` may be the name of one column, which then wins; parts that are missing are named."""
    header = "message_id,revenue,attribution_type,Date,Time"
    (tmp_path / "one.csv").write_text(f"{header},Date+Time\na1b2c3d4,5,sale,2026-06-05,12:00,2026-01-01T00:00\n")
    one = run_here("check", "one.csv", "--map", "timestamp=Date+Time", "--json", key=None)
    assert one.json["first_timestamp"] == "2026-01-01T00:00:00Z"
    (tmp_path / "two.csv").write_text(f"{header}\na1b2c3d4,5,sale,2026-06-05,12:00\n")
    two = run_here("check", "two.csv", "--map", "timestamp=date + time", "--json", key=None)
    assert two.json["first_timestamp"] == "2026-06-05T12:00:00Z"
    assert "columns that are not used" not in two.stderr
    wrong = run_here("check", "two.csv", "--map", "timestamp=Date+Tim", key=None)
    assert (wrong.exit, "Did you mean Time?" in wrong.stderr) == (2, True)


def test_typed_dates_are_what_they_are_beside_text(tmp_path: Path, run_here: Any) -> None:
    """In a workbook and in Parquet, whatever the format says of text; typed times join typed dates."""
    with xlsxwriter.Workbook(tmp_path / "june.xlsx") as book:
        sheet = book.add_worksheet()
        day, clock = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm:ss"})
        for column, name in enumerate(("message_id", "revenue", "attribution_type", "Day", "Time")):
            sheet.write_string(0, column, name)
        for row in (1, 2):
            for column, cell in enumerate((f"a1b2c3d{row}", "5", "sale")):
                sheet.write_string(row, column, cell)
        sheet.write_datetime(1, 3, date(2026, 6, 5), day)
        sheet.write_datetime(1, 4, time(12, 30), clock)
        sheet.write_string(2, 3, "06/06/2026")
    book = run_here(
        "check", "june.xlsx", "--map", "timestamp=Day+Time", "--timestamp-format", "%d/%m/%Y", "--json", key=None
    )
    span = (book.json["first_timestamp"], book.json["last_timestamp"])
    assert span == ("2026-06-05T12:30:00Z", "2026-06-06T00:00:00Z"), book
    frame = pl.DataFrame({"message_id": ["a1b2c3d4"], "revenue": [5], "attribution_type": ["sale"]})
    for name, value in (("date", date(2026, 6, 5)), ("moment", datetime(2026, 6, 5, tzinfo=UTC))):
        frame.with_columns(timestamp=pl.Series([value])).write_parquet(tmp_path / f"{name}.parquet")
        table = run_here("check", f"{name}.parquet", "--timestamp-format", "%Y-%d-%m", "--json", key=None)
        assert table.json["first_timestamp"] == "2026-06-05T00:00:00Z", table


def test_shards_add_up_to_the_whole(tmp_path: Path) -> None:
    """Months and refunds of all parts are those of the file, and so are the first and the last moment."""
    (tmp_path / "june.csv").write_text(FILE, "utf-8")
    whole = run_check(Settings(**SETTINGS, inputs=[tmp_path / "june.csv"]))
    parts = [run_check(Settings(**SETTINGS, inputs=[tmp_path / "june.csv"], shard=(n, 3))) for n in (1, 2, 3)]
    together = added(part.by_month for part in parts)
    assert {name: share for name, share in together.items() if share.rows} == whole.by_month
    assert sum((part.refunds for part in parts), Share()) == whole.refunds == Share(2, Decimal("-36.99"))
    assert earliest(part.first_timestamp for part in parts) == whole.first_timestamp == "2026-06-05T19:30:00Z"
    assert latest(part.last_timestamp for part in parts) == whole.last_timestamp == "2026-07-01T01:30:00Z"


def test_the_report_reads_named_values_as_the_import_did(tmp_path: Path, run_here: Any) -> None:
    """Invalid rows stand in RESULTS as they were read; their type and their money are those of the import."""
    rows = ["x,gratis,Verkauf,2026-06-01", "y,12,verkauf,2026-06-02", "a1b2c3d4,5,Verkauf,2026-06-03"]
    (tmp_path / "june.csv").write_text("\n".join(["message_id,revenue,attribution_type,timestamp", *rows]), "utf-8")
    named = ("--value", "attribution_type:verkauf=sale", "--value", "revenue:gratis=0.50")
    done = run_here("import", "june.csv", *named, "--sandbox", "--rate", 0, "--json", key=None)
    told = run_here("report", "june.sandbox.results.csv", "--json", key=None)
    assert (told.exit, told.json["revenue"]) == (0, "17.50"), told
    for name in ("by_status", "by_attribution_type", "by_code"):
        assert told.json[name] == done.json[name], name
    assert "--value" in run_here("report", "june.sandbox.results.csv", key=None).stdout
