"""The currency of a report: what every row said of it, and nothing that was not looked at."""

from __future__ import annotations

import pytest

from importer.model import SilentListener
from importer.plan import check_input, nothing_earlier
from importer.report import make_report
from importer.report.sentences import currency_text
from importer.run.files import inputs
from importer.settings import InputSettings, Settings
from tests.support.books import a_book, line, write_results

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
    """Each file has its own balance; beside results that do not say theirs nothing is asserted."""
    paths = [
        a_book(tmp_path / f"{name}.csv", [line(1, source=f"{name}.in.csv")], currency=[name, "Currency"])
        for name in ("USD", "EUR")
    ]
    report = make_report(paths)
    assert (report.currency.names, [part.name for part in report.parts]) == (
        ("EUR", "USD"),
        ["EUR.in.csv", "USD.in.csv"],
    )
    silent = write_results(tmp_path / "silent.csv", [line(1, source="c.csv")])
    assert make_report([*paths, silent]).currency.names == ()
