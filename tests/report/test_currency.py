"""The currency of a report: what every row said of it, and nothing that was not looked at."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from importer.model import Share, SilentListener, Status
from importer.plan import check_input, nothing_earlier
from importer.report import make_report, report_fields, report_lines, write_as
from importer.report.page.page import render
from importer.report.sentences import currency_text
from importer.run.files import inputs
from importer.settings import InputSettings, Settings
from tests.report.month import ONCE, failed
from tests.support.books import (
    a_book,
    end_event,
    line,
    planned,
    results_event,
    sent,
    start_event,
    write_journal,
    write_results,
)

NONE = "not on record"


def read(path, header, cells, **options):
    """The currency that the check of a file finds, whose rows have these cells behind the required ones."""
    rows = [f"tfb0ra{number:02},{cell}" for number, cell in enumerate(cells)]
    path.write_text("\n".join([f"message_id,{header}", *rows]) + "\n", "utf-8")
    settings = Settings.of(InputSettings(inputs=(str(path),), **options))
    return check_input(inputs(settings), settings, nothing_earlier(), None, None, None, SilentListener()).currency


@pytest.mark.parametrize(
    ("header", "cells", "options", "found"),
    [
        ("revenue,attribution_type,Currency", ["1.00,sale,USD", "2.00,sale,usd "], {}, ("USD", "Currency")),
        ("revenue,attribution_type,Währung", ["1.00,sale,€"] * 2, {}, ("€", "Währung")),
        ("revenue,attribution_type,Currency", ["1.00,sale,USD", "0.00,sale,"], {}, None),
        ("revenue,attribution_type,Currency", ["1.00,sale,"] * 2, {}, None),
        ("revenue,attribution_type,Land", ["1.00,sale,ALL"] * 2, {}, None),
        ("revenue,attribution_type,currency,payout_currency", ["1.00,sale,USD,EUR"] * 2, {}, None),
        ("revenue,attribution_type,Currency", ["1.00,sale,USD"] * 2, {"ignore": ("Currency",)}, None),
        ("revenue,attribution_type", ["$1.00,sale", "USD 2.00,sale"], {}, ("$", "revenue")),
        ("revenue,attribution_type", ["$1.00,sale", "2.00,sale"], {}, None),
        ("revenue,attribution_type", ["1.00,sale"] * 2, {}, None),
        ("revenue,attribution_type,Currency", ["1.00,sale,USD", "2.00,sale,EUR"], {"where": ("Currency=USD",)}, None),
    ],
)
def test_it_is_that_of_every_row_or_none(tmp_path, header, cells, options, found):
    """By a column that is called so, or by the sign in each amount; where one cell is empty or another nobody knows."""
    assert read(tmp_path / "june.csv", header, cells, **options) == found


def test_rows_of_another_file_count_too(tmp_path):
    """A file without the column, beside one that has it, leaves the currency unknown."""
    read(tmp_path / "a.csv", "revenue,attribution_type,Currency", ["1.00,sale,USD"])
    read(tmp_path / "b.csv", "revenue,attribution_type", ["3.00,sale"])
    settings = Settings.of(InputSettings(inputs=(str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))))
    found = check_input(inputs(settings), settings, nothing_earlier(), None, None, None, SilentListener())
    assert found.currency is None


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ({}, NONE),
        ({"currency": ["USD", "Currency"]}, "USD, by the column Currency of every row"),
        ({"options": {"currency": "eur"}}, "eur, by --currency, beside which an amount that shows another is left out"),
        ({"options": {"where": ["Status=paid", "Currency=USD"]}}, "USD, by --where Currency=USD"),
        ({"options": {"where": ["Currency=USD,EUR"]}}, NONE),
        ({"options": {"where": ["Currency!=USD"]}}, NONE),
    ],
)
def test_a_report_says_by_what_it_is_known(tmp_path, start, said):
    """What the check noted in the journal, or what the import was told to take."""
    report = make_report([a_book(tmp_path / "r.csv", [line(1)], **start)])
    assert currency_text(report).startswith(said)


def test_a_kept_column_with_empty_cells_says_so(tmp_path):
    """Where it is filled it is known, and nothing is said of the other rows."""
    lines = [{**line(1), "Currency": "EUR"}, {**line(2), "Currency": None}]
    report = make_report([a_book(tmp_path / "r.csv", lines, keep=["Currency"])])
    assert currency_text(report) == "EUR, by the column Currency, where it is filled"


def test_results_of_two_currencies_are_not_added_up(tmp_path):
    """Each has its own balance, also beside rows of which nothing says it; the JSON says that sums are no money."""
    paths = [
        a_book(tmp_path / f"{name}.csv", [line(1, source=f"{name}.in.csv")], currency=[name, "Currency"])
        for name in ("USD", "EUR")
    ]
    silent = write_results(tmp_path / "silent.csv", [line(1, source="c.csv")])
    for report, names in (
        (make_report(paths), ["EUR", "USD"]),
        (make_report([*paths, silent]), ["(empty)", "EUR", "USD"]),
    ):
        assert (report.currency.names, [part.name for part in report.parts]) == (("EUR", "USD"), names)
        told = report_fields(report)
        assert (told["adds_up"], [one["revenue"] for one in told["by_currency"]]) == (False, ["24.90"] * len(names))
    assert make_report([paths[0], silent]).currency.names == ()
    assert report_fields(make_report(paths[:1]))["adds_up"]


IN_DOLLARS, IN_EUROS = (["1.00", "3.00"], ["2.00"])


def by_currency(tmp_path, name, posted, others):
    """The results of an import by --currency; the last row of the file broke a rule whatever its currency is."""
    lines = [line(int(float(text)), revenue=text) for text in posted]
    lines += [
        line(int(float(text)), "excluded", text, error_message=f"Left out by --currency {name}.") for text in others
    ]
    lines += [line(4, "invalid", "oops", error_code="invalid_revenue")]
    lines.sort(key=lambda one: int(one["row"]))
    path = tmp_path / f"{name}.results.csv"
    write_results(path, lines)
    start = start_event(planned(lines), options={"currency": name}, run=name)
    write_journal(path, lines, [start, {**end_event((len(posted), "1")), "run": name}, results_event(path, lines)])
    return path


def test_what_one_currency_leaves_out_is_in_no_sum(tmp_path):
    """Of the rows beside those in the currency that was chosen only the number is told: they may be in any."""
    report = make_report([by_currency(tmp_path, "USD", IN_DOLLARS, ["2.00", "5.00"])])
    assert (report.balanced, report.currency.names, report.set_aside) == (True, ("USD",), 2)
    assert "The file holds 3 rows (USD 4.00), and 2 more rows that may be of any currency" in render(report)
    assert "Excluded" not in render(report).partition('id="balance"')[2].partition("</table>")[0]
    for text in (render(report), "\n".join(report_lines(report))):
        assert "USD 4.00" in text
        assert not {"7.00", "11.00"} & {*re.findall(r"[0-9]+\.[0-9]{2}", text)}
    write_as(report, [tmp_path / "USD.results.csv"], tmp_path / "r.xlsx")


def test_imports_of_one_file_by_currency_are_one_file(tmp_path):
    """What each left out stands in the other one: every row counts once, and one that both were to send fails."""
    paths = [by_currency(tmp_path, "USD", IN_DOLLARS, IN_EUROS), by_currency(tmp_path, "EUR", IN_EUROS, IN_DOLLARS)]
    report = make_report(paths)
    assert (report.balanced, report.total.rows, report.again) == (True, 4, 4), report.checks
    recorded = {part.name: part.share(Status.RECORDED) for part in report.parts}
    assert recorded == {"EUR": Share(1, Decimal("2.00")), "USD": Share(2, Decimal("4.00"))}
    assert {str(status): share.rows for status, share in report.by_status.items()} == {"recorded": 3, "invalid": 1}
    write_as(report, paths, tmp_path / "r.xlsx")
    both = make_report([paths[0], by_currency(tmp_path, "EUR", ["2.00", "3.00"], ["1.00"])])
    assert failed(both) == [ONCE]


@pytest.mark.parametrize("options", [{"keep": ["Currency"]}, {"keep": ["all"], "ignore": ["Currency"]}])
def test_a_run_into_which_several_currencies_go_shows_no_amounts(tmp_path, options):
    """Before it has ended no line says the currency of a row: rows are told, and no sum."""
    lines = [line(1, revenue="5.00"), line(2, "in_doubt", "7.00")]
    path = tmp_path / "r.csv"
    start = start_event({"pending": (4, "45.90"), "invalid": (2, "1.00")}, options=options)
    write_journal(path, [], [start], appended=[sent(0, lines[0]), sent(1, lines[1], answered=False)])
    report = make_report([path])
    assert (report.parts, report.balanced, report_fields(report)["adds_up"]) == ((), True, False)
    for text in (render(report), "\n".join(report_lines(report))):
        assert "perhaps several: the column Currency says it" in " ".join(text.split())
        assert not {"46.90", "45.90", "40.90", "33.90", "12.00"} & set(re.findall(r"[0-9]+\.[0-9]{2}", text))
    write_as(report, [path], tmp_path / "r.xlsx")
