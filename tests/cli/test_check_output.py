"""What `check` shows of money and time: months, refunds, the first and last moment, and rows as they will be sent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

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


def test_months_refunds_and_a_sample(tmp_path: Path, run: Any) -> None:
    """The last row of June in Los Angeles is sent as of July, and booked in June; nothing is in two figures."""
    (tmp_path / "june.csv").write_text(FILE, "utf-8")
    told = run("check", "june.csv", *OPTIONS, "--json", key=None).json
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
    shown = run("check", "june.csv", *OPTIONS, "--expect-total", "2495.605", key=None).stdout
    assert "month (America/Los_Angeles)" in shown
    assert "2 rows (-36.99)" in shown
    assert "negative_revenue: 2 rows\n" in shown
    lines = [line.split() for line in shown.split("As they will be sent")[1].splitlines()[1:5]]
    assert lines == [
        ["message_id", "revenue", "attribution_type", "offer_id", "timestamp"],
        ["a1b2c3d4", "1249.00", "sale", "-", "2026-06-05T19:30:00Z"],
        ["a1b2c3d7", "12.10", "sale", "-", "2026-07-01T01:30:00Z"],
        ["a1b2c3d8", "1234.505", "click", "-", "-"],
    ]


def test_rows_left_out_are_in_the_months_and_in_nothing_else(tmp_path: Path, run: Any) -> None:
    """Excluded rows are part of the totals; they are no refunds, and nothing that will be sent."""
    rows = ["x1b2c3d4,-5,sale,2026-05-01,no", "x1b2c3d5,7,sale,2026-05-01,no", "a1b2c3d6,9,sale,2026-06-01,yes"]
    (tmp_path / "june.csv").write_text("\n".join(["message_id,revenue,attribution_type,timestamp,ok", *rows]), "utf-8")
    told = run("check", "june.csv", "--where", "ok=yes", "--json", key=None).json
    assert told["by_month"] == {"2026-05": {"rows": 2, "revenue": "7.00"}, "2026-06": {"rows": 1, "revenue": "9.00"}}
    assert told["refunds"] == {"rows": 0, "revenue": "0.00"}
    assert told["first_timestamp"] == told["last_timestamp"] == "2026-06-01T00:00:00Z"
    assert "x1b2c3d5" not in run("check", "june.csv", "--where", "ok=yes", key=None).stdout.split("first rows:")[1]


def test_a_zone_that_knows_no_summer_time_is_warned_of(tmp_path: Path, run: Any) -> None:
    """`EST` in June is an hour off; `PST` is no zone, and refused with those that it can mean."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type,timestamp\na1b2c3d4,5,sale,2026-06-05\n")
    assert "--timezone America/New_York" in " ".join(
        run("check", "june.csv", "--timezone", "EST", key=None).stdout.split()
    )
    refused = run("check", "june.csv", "--timezone", "PST", key=None)
    assert refused.exit == 2
    assert "America/Los_Angeles" in refused.stderr


def test_a_column_that_is_called_so_is_no_two_columns(tmp_path: Path, run: Any) -> None:
    """`Date+Time` may be the name of one column, which then wins; parts that are missing are named."""
    header = "message_id,revenue,attribution_type,Date,Time"
    (tmp_path / "one.csv").write_text(f"{header},Date+Time\na1b2c3d4,5,sale,2026-06-05,12:00,2026-01-01T00:00\n")
    one = run("check", "one.csv", "--map", "timestamp=Date+Time", "--json", key=None)
    assert one.json["first_timestamp"] == "2026-01-01T00:00:00Z"
    (tmp_path / "two.csv").write_text(f"{header}\na1b2c3d4,5,sale,2026-06-05,12:00\n")
    two = run("check", "two.csv", "--map", "timestamp=date + time", "--json", key=None)
    assert two.json["first_timestamp"] == "2026-06-05T12:00:00Z"
    assert "columns that are not used" not in two.stderr
    wrong = run("check", "two.csv", "--map", "timestamp=Date+Tim", key=None)
    assert (wrong.exit, "Did you mean Time?" in wrong.stderr) == (2, True)
