"""A media buyer's month as networks and offices hand it over: what it says is heard, and the advice works."""

from __future__ import annotations

import csv
import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter

from tests.support.inputs import rows

if TYPE_CHECKING:
    from pathlib import Path

MONTH = [(row.message_id, row.revenue) for row in rows(60, plain=True)]


def advised(sentence: str, option: str) -> list[str]:
    """The option with each of its values, as the sentence writes them for a shell."""
    words = [word.rstrip(".;,") for word in shlex.split(sentence)]
    return [part for n, word in enumerate(words[:-1]) if word == option for part in (option, words[n + 1])]


def test_an_export_of_a_network(run: Any, healthy_server: Any, tmp_path: Path) -> None:
    """Status, currency, sub ids and a total line: only what is approved, in dollars, is sent."""
    state = {
        n: ("rejected", "USD") if n % 9 == 0 else ("pending", "USD") if n % 10 == 0 else ("approved", "USD")
        for n in range(60)
    }
    state |= dict.fromkeys((7, 8), ("approved", "EUR"))
    file = tmp_path / "everflow.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("conversion_id", "date", "offer_name", "sub1", "sub2", "payout", "currency", "status"))
        for n, (message, amount) in enumerate(MONTH):
            status, currency = state[n]
            writer.writerow((f"c{n}", "2026-06-03 10:00:00", "Offer", message, "x", amount, currency, status))
        writer.writerow(("", "Total", "", "", "", sum(amount for _, amount in MONTH), "", ""))
    given = (file, "--base-url", healthy_server.url, "--map", "message_id=sub1", "--map", "revenue=payout",
             "--map", "timestamp=date", "--set", "attribution_type=sale")  # fmt: skip
    refused = run("import", *given)
    assert refused.exit == 2
    assert healthy_server.ledger() == []
    where = advised(refused.stderr, "--where")
    done = run("import", *given, *where, "--json")
    approved = {MONTH[n] for n in range(60) if state[n] == ("approved", "USD")}
    assert done.exit == 0
    assert {record["message_id"] for record in healthy_server.ledger()} == {message for message, _ in approved}
    assert Decimal(done.json["by_status"]["recorded"]["revenue"]) == sum(amount for _, amount in approved)
    assert Decimal(done.json["revenue"]) == sum(amount for _, amount in MONTH)


def test_a_workbook_of_an_office(run: Any, tmp_path: Path) -> None:
    """Title rows, subtotals, hidden rows, and amounts in two currencies by their formats."""
    file = tmp_path / "june.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("June")
        dollars, euros = (book.add_format({"num_format": code}) for code in ('"$"#,##0.00', "[$€-407] #,##0.00"))
        sheet.write(0, 0, "Payments of June")
        sheet.write_row(1, 0, ("message_id", "revenue", "attribution_type"))
        for n, (message, amount) in enumerate(MONTH[:20]):
            at = 2 + n + n // 10
            sheet.write_row(at, 0, (message, None, "sale"))
            sheet.write_number(at, 1, float(amount), euros if n == 4 else dollars)
            if n % 10 == 9:
                group = sum(amount for _, amount in MONTH[n - 9 : n + 1])
                sheet.write_formula(at + 1, 1, f"=SUM(B{at - 8}:B{at + 1})", dollars, float(group))
        sheet.set_row(5, None, None, {"hidden": True})
    given = ("check", file, "--skip-rows", 1)
    refused = run(*given)
    assert refused.exit == 2
    assert "the sheet hides 1 row" in refused.stderr
    assert "'€' 1 row" in refused.stderr
    done = run(*given, "--hidden", "skip", "--ignore", "revenue", "--json")
    assert done.json["by_code"] == {"total_row": 2}
    assert {status: share["rows"] for status, share in done.json["by_status"].items()} == {
        "invalid": 2, "excluded": 1, "pending": 19,
    }  # fmt: skip
    assert Decimal(done.json["revenue"]) == sum(amount for _, amount in MONTH[:20])
