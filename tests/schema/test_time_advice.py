"""A timestamp in another form: the format that is advised reads it, and what nothing reads gets no advice."""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.support.normalised import column, message, normalise

DATES = {
    "2025/06/13": "2025-06-13",
    "2025.6.3": "2025-06-03",
    "2025-6-13": "2025-06-13",
    "20250613": "2025-06-13",
    "13 Jun 2025": "2025-06-13",
    "3-Jun-25": "2025-06-03",
    "13/June/2025": "2025-06-13",
    "Jun 3, 2025": "2025-06-03",
    "May 13 2025": "2025-05-13",
    "Friday, June 13, 2025": "2025-06-13",
    "Fri, 13 Jun 2025": "2025-06-13",
    "Fri, 06/13/2025": "2025-06-13",
    "13.06.2025": "2025-06-13",
    "6/13/25": "2025-06-13",
    "2025-Jun-13": "2025-06-13",
    "1st June 2025": "2025-06-01",
    "Sunday, June 22nd, 2025": "2025-06-22",
    "3. März 2025": "2025-03-03",
    "Dienstag, 3. Juni 2025": "2025-06-03",
    "14. Maerz 25": "2025-03-14",
    "12 août 2025": "2025-08-12",
    "mar. 3 juin 2025": "2025-06-03",
    "1er de\u0301c. 2024": "2024-12-01",
    "1 de junio de 2025": "2025-06-01",
    "03/sep./2025": "2025-09-03",
    "1º de março de 2025": "2025-03-01",
    "terça-feira, 3 de junho de 2025": "2025-06-03",
    "3 giugno 2025": "2025-06-03",
    "dom 1 giu 2025": "2025-06-01",
    "3-mrt-2025": "2025-03-03",
    "3 czerwca 2025": "2025-06-03",
    "søn. 1. juni 2025": "2025-06-01",
}
CLOCKS = {
    "": "00:00:00Z",
    " 08:22": "08:22:00Z",
    " 8:22:10": "08:22:10Z",
    " 08:22:10.5": "08:22:10.5Z",
    " 08:22:10,250": "08:22:10.25Z",
    " 8:22 PM": "20:22:00Z",
    ", 08:22:10pm": "20:22:10Z",
    " at 8:22:10 AM": "08:22:10Z",
    "T08:22:10Z": "08:22:10Z",
    " 08:22:10 GMT": "08:22:10Z",
    " 08:22 +0000": "08:22:00Z",
    " 08:22:10 AM -00:30": "08:52:10Z",
    " um 08:22 Uhr": "08:22:00Z",
    " à 8h22": "08:22:00Z",
    " 8:22 p.m.": "20:22:00Z",
    ", 8:22:10\u202fa.\u00a0m.": "08:22:10Z",
    " 8.22": "08:22:00Z",
    " 08.22.10": "08:22:10Z",
}
OTHERS = {
    "Fri Jun 13 08:22:10 2025": "2025-06-13T08:22:10Z",
    "Tue Jun  3 08:22:10 UTC 2025": "2025-06-03T08:22:10Z",
    "Fri Jun 13 2025 08:22:10 GMT+0200": "2025-06-13T06:22:10Z",
    "13/Jun/2025:08:22:10 -0800": "2025-06-13T16:22:10Z",
    "Fri, 13 Jun 2025 08:22:10 +0000 (UTC)": "2025-06-13T08:22:10Z",
    "20250613T082210Z": "2025-06-13T08:22:10Z",
    "20250613082210": "2025-06-13T08:22:10Z",
    "2025-06-13 08:22 PM": "2025-06-13T20:22:00Z",
    "2025-06-13 08.22.10": "2025-06-13T08:22:10Z",
    "2025-06-13 08": "2025-06-13T08:00:00Z",
    "2025-06-13T08Z": "2025-06-13T08:00:00Z",
    "2025-06-13 08:22:10 +0000 UTC": "2025-06-13T08:22:10Z",
    "2025年6月13日 8:22": "2025-06-13T08:22:00Z",
}
FORMS = OTHERS | {
    date + clock: f"{day}T{time}"
    for (date, day), (clock, time) in product(DATES.items(), CLOCKS.items())
    if not (date.isdecimal() and clock.startswith((",", " at", " um", " à")))
    if not (clock.startswith("T") and re.search("[a-z]", date))
}


def advised(sentence: str) -> list[str]:
    return re.findall(r"'(%[^']+)'", sentence.partition(": say ")[2])


def test_every_format_that_is_advised_reads_the_cell() -> None:
    """Whatever date stands before whatever time of day, with an offset or without."""
    cells = list(FORMS)
    few = [cells[at : at + 40] for at in range(0, len(cells), 40)]  # no file has more forms than a batch is told of
    said = [text for some in few for text in normalise([{"timestamp": cell} for cell in some])["error_message"]]
    by_format: dict[str, list[str]] = {}
    for cell, sentence in zip(FORMS, said, strict=True):
        for text in advised(sentence or ""):
            by_format.setdefault(text, []).append(cell)
    read: dict[str, set[str | None]] = {cell: set() for cell in FORMS}
    for text, cells in by_format.items():
        for cell, (sent, _) in zip(cells, column("timestamp", cells, timestamp_format=(text,)), strict=True):
            read[cell].add(sent)
    assert read == {cell: {sent} for cell, sent in FORMS.items()}


@pytest.mark.parametrize(
    ("cell", "zone"),
    [
        ("2025-06-13 08:22:10 PDT", "America/Los_Angeles"),
        ("13 Jun 2025 08:22 CEST", "Europe/Berlin"),
        ("2025-06-13 8:22 AM ET", "America/New_York"),
        ("13. Juni 2025 08:22 MESZ", "Europe/Berlin"),
    ],
)
def test_an_abbreviation_needs_its_zone(cell: str, zone: str) -> None:
    """The advice says so, and is enough with the place that is meant."""
    said = message("timestamp", cell)
    assert "with --timezone" in said
    ((_, code),) = column("timestamp", [cell], timestamp_format=advised(said), timezone=zone)
    assert code is None


@pytest.mark.parametrize(
    "cell",
    [
        *("31/02/2025", "2025/13/01", "20251301", "Tue, 13 Jun 2025", "2025-06", "12/25"),
        *("99999999", "1st of June", "%d/%m/%Y", "06/13/2025 8 o'clock", "31. Juni 2025", "lundi 3 juin 2025"),
        *("2025-06-13 08:22:10 +0200 UTC", "2025-06-13 24", "3 Messidor 2025", "1st 2nd June 2025", "mar mar 2025"),
    ],
)
def test_what_no_format_reads_gets_none(cell: str) -> None:
    """A date that there is not, or is not whole, has no format to follow."""
    assert advised(message("timestamp", cell)) == []


@pytest.mark.parametrize(
    ("given", "cell", "more"),
    [
        ("%d/%m/%Y", "13/06/2025 08:22", ["%d/%m/%Y %H:%M"]),
        ("%d/%m/%Y", "02/03/25", ["%d/%m/%y"]),
        ("%m/%d/%Y %H:%M:%S", "02/03/2025 08:22:10.5", ["%m/%d/%Y %H:%M:%S.%f"]),
        ("%d/%m/%Y", "2025-06-13T08:22:10Z", ["%Y-%m-%dT%H:%M:%S%z"]),
        ("%d %b %Y", "02/03/2025", ["%d/%m/%Y", "%m/%d/%Y"]),
        ("%d/%m/%Y", "06/13/2025", []),
        ("%d/%m/%Y", "2025-02-30", []),
        ("epoch-s", "13 Jun 2025", ["%d %b %Y"]),
    ],
)
def test_a_second_form_is_named_beside_the_first(given: str, cell: str, more: list[str]) -> None:
    """Never with day and month in another order than the form that was given: some cells would be two days."""
    said = message("timestamp", cell, timestamp_format=(given,))
    assert advised(said) == more
    assert all(column("timestamp", [cell], timestamp_format=(given, text))[0][1] is None for text in more)
