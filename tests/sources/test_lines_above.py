"""Lines above the header, in all their forms: the number in the advice, followed to the letter, finds the header."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from importer.errors import InputError
from importer.run.pipeline import run_check
from importer.settings import InputSettings
from tests.support.inputs import FIELDS

if TYPE_CHECKING:
    from pathlib import Path

ROW = ("tfb0raDP", "24.99", "sale", "4521", "2026-06-01T10:00:00Z")
GERMAN = ("Nachricht", "Betrag", "Typ", "Angebot", "Datum")
MAPPING = {"message_id": "Nachricht", "revenue": "Betrag", "attribution_type": "Typ", "offer_id": "Angebot",
           "timestamp": "Datum"}  # fmt: skip


def followed(path: Path, header: tuple[str, ...]) -> int:
    """The `--skip-rows` that the refusal names, after a check with it that takes the one row as it is."""
    mapping = MAPPING if header is GERMAN else {}
    given = InputSettings(inputs=(str(path),), map=mapping)
    with pytest.raises(InputError) as caught:
        run_check(given)
    (number,) = re.findall(r"--skip-rows ([0-9]+)", str(caught.value))
    summary = run_check(InputSettings(inputs=(str(path),), map=mapping, skip_rows=int(number)))
    assert (summary.posted.rows, summary.exit_status, str(summary.posted.revenue)) == (1, 0, "24.99")
    assert summary.first_timestamp == "2026-06-01T10:00:00Z"
    return int(number)


ABOVE = {
    "a title": ["Report of June"],
    "blank lines": ["", "", "Report of June", "", ""],
    "a line break": ['"Report', 'of June"'],
    "quotes and blanks": ['"Report, of ""June""', "", 'in two; parts"', "", "Account:,12345"],
    "remarks": ["# made by a program", "# on 1 July"],
    "white space": ["   ", "Report", "\t"],
    "separators": ["Report,,,,", ",,,,"],
    "cells": ["From,2026-06-01,to,2026-06-30,UTC"],
}
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize(
    ("above", "end", "delimiter", "header"),
    [  # the names of columns in turn: each with every line above, with every end of line and with every delimiter
        (*form, (FIELDS, GERMAN)[number % 2])
        for number, form in enumerate(itertools.product(ABOVE, ENDS, (",", ";", "\t")))
    ],
)
def test_of_a_csv(tmp_path: Path, header: tuple[str, ...], end: str, delimiter: str, above: str) -> None:
    """Titles, blank lines, line breaks within quotes, with any delimiter, end of line, and names of columns."""
    path = tmp_path / "june.csv"
    lines = [*ABOVE[above], delimiter.join(header), delimiter.join(ROW), ""]
    path.write_bytes(ENDS[end].join(lines).encode())
    followed(path, header)


@pytest.mark.parametrize("header", [FIELDS, GERMAN], ids=["own names", "mapped"])
@pytest.mark.parametrize("rows", [(0,), (0, 2, 5), (3,)], ids=["a title", "titles and gaps", "empty rows first"])
def test_of_a_workbook(tmp_path: Path, header: tuple[str, ...], rows: tuple[int, ...]) -> None:
    """The rows of the sheet are counted, empty ones too, as a person sees their numbers."""
    path = tmp_path / "june.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("June")
        for row in rows:
            sheet.write(row, 0, "Report of\nJune")
        sheet.write_row(rows[-1] + 2, 0, header)
        sheet.write_row(rows[-1] + 3, 0, ROW)
    assert followed(path, header) == rows[-1] + 2
