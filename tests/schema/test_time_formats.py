"""`--timestamp-format`: strptime's directives, with strptime's meaning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.schema import Rules
from tests.support.normalised import NOW, column, message, normalise

READ = [
    ("%d/%m/%Y", "02/08/2025", "2025-08-02T00:00:00Z"),
    ("%m/%d/%Y", "02/08/2025", "2025-02-08T00:00:00Z"),
    ("%m/%d/%Y", "2/8/2025", "2025-02-08T00:00:00Z"),
    ("%-d.%-m.%Y", "8.2.2025", "2025-02-08T00:00:00Z"),
    ("%d.%m.%y", "08.02.25", "2025-02-08T00:00:00Z"),
    ("%Y%m%d%H%M%S", "20250208120102", "2025-02-08T12:01:02Z"),
    ("%Y%m%d%H%M%S%f", "20250208120102250", "2025-02-08T12:01:02.25Z"),
    ("%d%b%Y", "8Feb2025", "2025-02-08T00:00:00Z"),
    ("%Y-%m-%d %H:%M:%S.%f", "2025-02-08 12:00:00.5", "2025-02-08T12:00:00.5Z"),
    ("%Y-%m-%d %H:%M:%S.%f", "2025-02-08 12:00:00.123456789", "2025-02-08T12:00:00.123456789Z"),
    ("%Y-%m-%d %H:%M:%S.%f", "2025-02-08 12:00:00.000", "2025-02-08T12:00:00Z"),
    ("%m/%d/%Y %I:%M %p", "02/08/2025 12:05 AM", "2025-02-08T00:05:00Z"),
    ("%m/%d/%Y %I:%M %p", "02/08/2025 12:05 pm", "2025-02-08T12:05:00Z"),
    ("%m/%d/%Y %I:%M:%S%p", "02/08/2025 1:05:09PM", "2025-02-08T13:05:09Z"),
    ("%d %b %Y", "8 feb 2025", "2025-02-08T00:00:00Z"),
    ("%d %b %Y", "8 février 2025", "2025-02-08T00:00:00Z"),
    ("%d. %B %Y", "8. Feb. 2025", "2025-02-08T00:00:00Z"),
    ("%dth %B %Y", "8th February 2025", "2025-02-08T00:00:00Z"),
    ("%d de %B de %Y", "1º de MARÇO de 2025", "2025-03-01T00:00:00Z"),
    ("%d/%m/%Y %I:%M %p", "02/08/2025 12:05 p. m.", "2025-08-02T12:05:00Z"),
    ("%B %d, %Y", "February 8, 2025", "2025-02-08T00:00:00Z"),
    ("%b %d %Y", "May  8 2025", "2025-05-08T00:00:00Z"),
    ("%a, %d %b %Y %T %z", "Sat, 08 Feb 2025 12:00:00 +0100", "2025-02-08T11:00:00Z"),
    ("%d/%b/%Y:%H:%M:%S %z", "08/Feb/2025:12:00:00 -0800", "2025-02-08T20:00:00Z"),
    ("%Y-%m-%dT%H:%M:%S%z", "2025-02-08T12:00:00Z", "2025-02-08T12:00:00Z"),
    ("%Y-%m-%dT%H:%M:%S%z", "2025-02-08T12:00:00+05:30", "2025-02-08T06:30:00Z"),
    ("%F %R", "2025-02-08 12:30", "2025-02-08T12:30:00Z"),
    ("%D %r", "02/08/25 01:02:03 PM", "2025-02-08T13:02:03Z"),
    ("%Y-%m-%d %Hh", "2025-02-08 7h", "2025-02-08T07:00:00Z"),
    ("%s", "1739016000", "2025-02-08T12:00:00Z"),
    ("%s.%f", "1739016000.250", "2025-02-08T12:00:00.25Z"),
    ("100%% %Y-%m-%d", "100% 2025-02-08", "2025-02-08T00:00:00Z"),
    (" %Y-%m-%d ", " 2025-02-08", "2025-02-08T00:00:00Z"),
    ("[%Y.%m+%d] (x|y)*", "[2025.02+08] (x|y)*", "2025-02-08T00:00:00Z"),
]
REFUSED = [
    ("%d%m%y", "10226"),
    ("%d%m%Y", "1112025"),
    ("%m%d%Y", "1112025"),
    ("%-d%-m%Y", "1112025"),
    ("%Y%m%d", "2025111"),
    ("%Y%m%d%H%M", "2025010112 5"),
    ("%Y-%m-%d %H%M", "2025-01-01 930"),
    ("%Y-%m-%d %H:%M%S", "2025-01-01 9:305"),
    ("%d/%m/%Y", "31/04/2025"),
    ("%d/%m/%Y", "29/02/2025"),
    ("%d/%m/%Y", "02/08/25"),
    ("%d/%m/%Y", "02/13/2025"),
    ("%a %d/%m/%Y", "Tue 01/06/2026"),
    ("%A, %d %B %Y", "Sunday, 01 June 2026"),
    ("%a, %d %b %Y %H:%M:%S %z", "Fri, 29 Feb 2026 10:00:00 +0000"),
    ("%d/%m/%Y", "02-08-2025"),
    ("%d/%m/%Y", "02/08/2025 12:00"),
    ("%d/%m/%Y", "2025-08-02"),
    ("%d/%m/%Y", "٠2/08/2025"),
    ("%d/%m/%Y", "00/08/2025"),
    ("%d.%m.%y", "08.02.2025"),
    ("%m/%d/%Y %I:%M %p", "02/08/2025 13:05 PM"),
    ("%m/%d/%Y %I:%M %p", "02/08/2025 00:05 AM"),
    ("%Y-%m-%d %H:%M:%S", "2025-02-08 24:00:00"),
    ("%Y-%m-%d %H:%M:%S", "2025-02-08 12:00:60"),
    ("%Y-%m-%d %H:%M:%S.%f", "2025-02-08 12:00:00.1234567891"),
    ("%Y-%m-%d %H:%M:%S.%f", "2025-02-08 12:00:00"),
    ("%d %b %Y", "8 xyz 2025"),
    ("%d %b %Y", "8 lundi 2025"),
    ("%d/%m/%Y", "1st/06/2025"),
    ("%a %d %b %Y", "dienstag 2 juni 2025"),
    ("%d %b %Y", "8 \u017fep 2025"),
    ("%Y-%m-%dT%H:%M:%S%z", "2025-02-08T12:00:00"),
    ("%Y-%m-%dT%H:%M:%S%z", "2025-02-08T12:00:00+24:00"),
    ("%s", "-1"),
    ("%s", "1739016000.5"),
    ("%s", "999999999999"),
]
IMPOSSIBLE = {
    "": "no directives",
    "YYYY-MM-DD": "no directives",
    "%Y": "does not give the month",
    "%m/%d": "does not give the year",
    "%H:%M": "does not give the year",
    "%Y-%m": "does not give the day",
    "%Y-%m-%d %m": "gives the month twice",
    "%Y-%b-%d %m": "gives the month twice",
    "%Y-%m-%d %M": "minute but not the hour",
    "%Y-%m-%d %H:%S": "second but not the minute",
    "%Y-%m-%d %H:%M.%f": "fraction but not the second",
    "%Y-%m-%d %z": "offset but not the hour",
    "%Y-%m-%d %I:%M": "%I (hours to 12) and %p",
    "%Y-%m-%d %H:%M %p": "%I (hours to 12) and %p",
    "%Y-%m-%d %I %H %p": "gives the hour twice",
    "%Y-%m-%d %": "% cannot be read",
    "%Y-%m-%d %Q": "%Q cannot be read",
    "%Y-%j": "%j cannot be read",
    "%c": "%c cannot be read",
    "%Y-%m-%d %Z": "zone but not the hour",
    "epoch": "is none of epoch-s, epoch-ms, epoch-us, epoch-ns",
    "epoch-d": "no directives",
    "%Y-%m-%d %H:%M:%S%.f": "%. cannot be read",
    "%Y-%m-%d %H:%M:%S.%3f": "%3 cannot be read",
    "%s %Y": "whole time by itself",
    "%s%f": "whole time by itself",
    "%s%z": "whole time by itself",
}


@pytest.mark.parametrize(("form", "cell", "sent"), READ)
def test_a_cell_in_the_format_is_read(form: str, cell: str, sent: str) -> None:
    """Directives are read as Python's and C's strptime read them."""
    assert column("timestamp", [cell], timestamp_format=form) == [(sent, None)]


def test_a_cell_in_another_form_is_refused() -> None:
    """What is not in the format, or no real time, is `invalid_timestamp`, and the message repeats the format."""
    for form, cell in REFUSED:
        assert column("timestamp", [cell], timestamp_format=form) == [(None, "invalid_timestamp")], (form, cell)
        assert form in message("timestamp", cell, timestamp_format=form)


@pytest.mark.parametrize(("form", "reason"), IMPOSSIBLE.items())
def test_an_impossible_format_is_refused_up_front(form: str, reason: str) -> None:
    """A format that leaves part of a time open, gives it twice, or cannot be read is an error of the settings."""
    with pytest.raises(SettingsError, match=re.escape(reason)):
        Rules(now=NOW, timestamp_format=form)


def test_the_zone_applies_to_formats_without_offset() -> None:
    """A format without `%z` gives local times, with the same care for clock changes as ISO 8601."""
    cells = ["02/08/2025 12:00", "30/03/2025 02:30", "26/10/2025 02:30", "11/02/2027 12:00"]
    found = column("timestamp", cells, timestamp_format="%d/%m/%Y %H:%M", timezone="Europe/Berlin")
    codes = ["nonexistent_timestamp", "ambiguous_timestamp", "future_timestamp"]
    assert found == [("2025-08-02T10:00:00Z", None), *((None, code) for code in codes)]
    epoch = column("timestamp", ["1739016000"], timestamp_format="%s", timezone="Europe/Berlin")
    assert epoch == [("2025-02-08T12:00:00Z", None)]


FORMS = (
    *("%d/%m/%Y", "%m/%d/%Y %H:%M", "%Y%m%d", "%Y-%m-%dT%H:%M:%S%z", "%d.%m.%y %H:%M:%S", "%b %d %Y %I:%M %p"),
    *("%d %B %Y %H:%M:%S.%f", "%A %d %b %Y", "%y%m%d%H%M", "%Y/%m/%d %I%p", "%a, %d %b %Y %H:%M:%S %z", "%d%m%Y"),
)


def expected(cell: str, form: str) -> str | None:
    """Python's reading, without its non-ASCII digits, leap seconds, offsets of seconds, and wrong days of the week."""
    try:
        moment = datetime.strptime(cell, form)  # noqa: DTZ007 - the zone is UTC below
    except ValueError:
        return None
    if not cell.isascii() or ("%a" in form.lower() and f"{moment:%a}".lower() not in cell.lower()):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.astimezone(UTC).year < 2000:
        return None
    fraction = f"{moment.microsecond:06}".rstrip("0")
    text = moment.astimezone(UTC).isoformat()[:19]
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


@st.composite
def cells_of(draw: st.DrawFn, form: str) -> str:
    """A time written in the format, often with one character changed."""
    moment = draw(st.datetimes(datetime(1000, 1, 2), datetime(2026, 2, 9)))  # noqa: DTZ001
    zone = draw(st.sampled_from([0, 60, -480, 330]))
    aware = moment.replace(tzinfo=UTC) + timedelta(minutes=zone)
    text = aware.strftime(form.replace("%z", f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}{abs(zone) % 60:02}"))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(text)))
        text = (
            text[:place]
            + draw(st.sampled_from([*"0123456789/.: -+APMZ", ""]))
            + text[place + draw(st.integers(0, 1)) :]
        )
    return text


@given(
    st.sampled_from(FORMS).flatmap(
        lambda form: st.tuples(st.just(form), st.lists(cells_of(form), min_size=1, max_size=12))
    )
)
def test_formats_are_python_s(case: tuple[str, list[str]]) -> None:
    """Where strptime reads a cell without a guess, the same instant is sent; otherwise the row is invalid."""
    form, cells = case
    result = normalise([{"timestamp": cell} for cell in cells], timestamp_format=form)
    nothing = pl.Series([None], dtype=pl.String)
    sent = result["timestamp"].zip_with(result["error_code"].is_null(), nothing)
    for cell, text, code in zip(cells, sent, result["error_code"], strict=True):
        if not cell.strip() or code == "future_timestamp" or re.search(r":6[01]\b|[+-]\d\d:?\d\d:?\d\d", cell):
            continue
        wanted = expected(cell.strip(), form)
        if wanted is None and text is not None:
            # Ours: ±hh, fractions to 9 digits, and names as other languages have them, or %b and %B alike.
            assert re.search(r"[+-]\d\d$|\.\d{7,9}$|\b(?:Mo|Sa|Fr|Ju[nl])\b", cell), (cell, text)
        elif wanted is not None and text is None:
            assert lacks_digits(cell, form), (cell, form)
        else:
            assert text == wanted, (cell, form)


def lacks_digits(cell: str, form: str) -> bool:
    """Whether numbers run together and are short of digits, of which Python guesses where each begins."""
    runs_together = re.search(r"%[YymdHMS]%[YymdHMS]", form) is not None
    return runs_together and len(re.findall(r"\d", cell)) < len(re.findall(r"\d", NOW.strftime(form)))
