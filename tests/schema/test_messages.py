"""What is said of a cell that breaks a rule: the usual kinds of damage are told apart, with what would help."""

from __future__ import annotations

import re

import polars as pl
import pytest

from importer.schema.cells import shown
from tests.support.normalised import column, message

SAID = {
    "message_id": {
        "1.23E+07": "spreadsheet",
        "1,23E+07": "spreadsheet",
        "1E+10": "spreadsheet",
        "12345": "leading zeros",
        "hist_0001": "--any-message-id",
        "Total": "totals line",
        "Grand Total": "totals line",
        "Summe": "totals line",
        "{{sendId}}": "macro",
        "#REF!": "spreadsheet",
        "N/A": "stands for no id",
        "12.03.2026": "date",
        "a1b2 c3d4": "not a message id",
        "x": "'x' has 1 character;",
        "7": "'7' has 1 digit,",
        "xy": "'xy' has 2 characters;",
    },
    "revenue": {
        "-5.00": "negative",
        "(12.00)": "negative",
        "$-5": "negative",
        "-5": "refunds cannot be sent",
        "24.99 Cr": "no code of a currency",
        "EUR 5 €": "names a currency twice",
        "24,99 €": "--decimal comma",
        "1 249,00": "--decimal comma",
        "-24,99": "--decimal comma",
        "#N/A": "spreadsheet",
        "N/A": "no amount",
        "24,99": "--decimal comma",
        "1,23.4": "groups of three",
        "12 34": "groups of three",
        "1e15": "10^15",
        "1e-19": "18 decimals",
        "999999999999999.99": "more digits",
        "5.": "cut off",
        "abc": "plain amount",
        "24.99¢": "counts cents",
        "¢ 50": "counts cents",
        "#NV": "spreadsheet",
        "#¡DIV/0!": "spreadsheet",
        "k.A.": "no amount",
    },
    "timestamp": {
        "02/08/2026": "'%d/%m/%Y' if the day is first, '%m/%d/%Y' if the month",
        "13/08/2026": "'%d/%m/%Y' if the column",
        "08/13/2026": "'%m/%d/%Y' if the column",
        "8.2.26": "%d.%m.%y",
        "46061": "spreadsheet",
        "46061.5": "spreadsheet",
        "1770552000": "epoch-s",
        "1770552000123": "milliseconds since 1970: say --timestamp-format epoch-ms",
        "1770552000123456": "epoch-us",
        "1970-01-01": "before the year 2000",
        "2026-02-08T24:00:00": "hour 24",
        "2026-02-08T24:00:00Z": "an hour 24",
        "2026-02-08 23:59:60": "a second 60",
        "2026-02-08Z": "no time of day",
        "2026-02-30": "no real date",
        "2026-02-08T12:00:00+24:00": "no real date and time",
        "2026-02-08T12:00:00+01:60": "no real date and time",
        "2026-02-08T12:60": "no real date and time",
        "2026-02-08 12:60:00": "no real date and time",
        "2026-02-08T12:00:00.1234567891Z": "nine digits",
        "2026-02-08T12:00:00,00000000001+01:00": "nine digits",
        "N/A": "--null 'N/A'",
        "#VALUE!": "spreadsheet",
        "#BEZUG!": "spreadsheet",
        "1.7672256E+12": "what a spreadsheet made of a long number",
        "1770552000123456789": "nanoseconds since 1970: say --timestamp-format epoch-ns",
        "2026-02-08 12:00:00.000 America/New_York": "with their offsets",
        "2026-02-08T12:00 Europe/Berlin": "with their offsets",
        "0000-00-00 00:00:00": "--null '0000-00-00 00:00:00'",
        "00.00.0000": "--null '00.00.0000'",
        "1899-12-30": "--null '1899-12-30'",
        "8 Feb 2026": "--timestamp-format",
    },
}


@pytest.mark.parametrize(
    ("field", "cell", "words"), [(field, cell, words) for field, said in SAID.items() for cell, words in said.items()]
)
def test_damage_has_its_own_advice(field: str, cell: str, words: str) -> None:
    """Each kind of damage is called by its name."""
    assert words in message(field, cell)


@pytest.mark.parametrize(
    ("cell", "words"), [("2025-03-30 02:30", "never happened in Europe/Berlin"), ("2025-10-26 02:30", "--ambiguous")]
)
def test_the_message_names_zone_and_way_out(cell: str, words: str) -> None:
    """A time that a clock change skips or repeats is explained, with the zone or the option."""
    assert words in message("timestamp", cell, timezone="Europe/Berlin")


@pytest.mark.parametrize("cell", ["24,-", "24.-", "$24,--", "1.234,—"])
def test_a_dash_for_no_decimals_is_no_minus(cell: str) -> None:
    """`24,-` is a price, and no refund."""
    text = message("revenue", cell)
    assert "dash" in text
    assert "negative" not in text


@pytest.mark.parametrize(
    ("cell", "meant"),
    {
        "26.06.2025": {"2025-06-26T00:00:00Z"},
        "26.06.2025 08:22": {"2025-06-26T08:22:00Z"},
        "06/26/2025 8:22:10 PM": {"2025-06-26T20:22:10Z"},
        "6/26/25 8:05am": {"2025-06-26T08:05:00Z"},
        "25-06-13 08:22:10.5": {"2013-06-25T08:22:10.5Z", "2025-06-13T08:22:10.5Z"},
        "02/03/2025": {"2025-03-02T00:00:00Z", "2025-02-03T00:00:00Z"},
        "2/8/25": {"2025-08-02T00:00:00Z", "2025-02-08T00:00:00Z"},
        "40/06/01": set(),
    }.items(),
)
def test_every_format_that_is_advised_reads_the_cell(cell: str, meant: set[str]) -> None:
    """Where a date could be several days, each has its format; each that can be read is one of those."""
    advised = re.findall(r"'(%[^']+)'", message("timestamp", cell))
    assert advised
    read = [column("timestamp", [cell], timestamp_format=(form,))[0] for form in advised]
    assert {value for value, code in read if code is None} >= meant
    assert {code for _, code in read} <= {None, "future_timestamp", "past_timestamp", "invalid_timestamp"}


def test_what_cannot_be_seen_is_named() -> None:
    """The first of each cell, whatever it is; what ends a line is written out, and nothing reaches a terminal."""
    chars = [chr(n) for n in range(0x10000) if not 0xD800 <= n < 0xE000 and not chr(n).isprintable()]
    chars += ["\xa0", "\u3000"]
    told = pl.DataFrame({"cell": [f"a{char}b" for char in chars]}).select(shown(pl.col("cell"))).to_series()
    known = dict(zip(chars, told, strict=True))
    assert [known[char] for char in "\t\n\r"] == [f"'a{name}b'" for name in ("\\t", "\\n", "\\r")]
    named = {char: text for char, text in known.items() if "\ufffd" in text}
    assert {*"\x00\x1b\x7f\x85\xa0\xad\u200b\u200f\u202e\u2028\u3000\ufeff\ufffb"} <= {*named}
    assert all(text == f"'a\ufffdb' (with U+{ord(char):04X})" for char, text in named.items())
