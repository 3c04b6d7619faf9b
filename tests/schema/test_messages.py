"""What is said of a cell that breaks a rule: the usual kinds of damage are told apart, with what would help."""

from __future__ import annotations

import re
from typing import Literal

import polars as pl
import pytest

from importer.schema.cells import shown
from tests.support.normalised import column, message, normalise

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


_LETTERS = "has letters beside the number, which are no code of a currency: leave the number alone in the cell."
_GROUPS = "has separators that do not stand between groups of three digits, or of more than one kind."
_COMMA, _POINT = (
    f"has a decimal {name}: if the whole column is written so, say --decimal {name}." for name in ("comma", "point")
)
_TWICE = "names a currency twice: leave the number alone in the cell, in the account's one currency."
_CENTS = "counts cents: write the amount in the currency itself, such as 0.25."
_CUT_OFF = "ends in a separator: digits may have been cut off."
_DASH = "has a dash in place of decimals: write the amount in digits alone."
_REFUND = "is negative, and refunds cannot be sent: take the row out and book it elsewhere."
_NOTHING = "stands for no amount: enter the amount, or take the row out."
_FORMULA = "is what a spreadsheet shows when a formula fails or a column is too narrow."
_LARGE, _DECIMALS = "is 10^15 or more, which is no revenue.", "has more than 18 decimals."
_DIGITS = "has more digits than the API's numbers carry: another amount would be recorded; round it in the file."
_NOT_PLAIN = "is not a plain amount such as 1234.56."
REVENUE: dict[Literal["point", "comma"], dict[str, str]] = {
    "point": {
        **dict.fromkeys(["-5.00", "(12.00)", "- $5"], _REFUND),
        **dict.fromkeys(["1e15", "1000000000000000", "1e999", "-1e15", "00.1e16"], _LARGE),
        **dict.fromkeys(["1e-19", "0.1234567890123456789", "1e-999", "0e-19"], _DECIMALS),
        **dict.fromkeys(["999999999999999.99", "99999999999999.987"], _DIGITS),
        **dict.fromkeys(["24,-", "24.-", "$24,--", "1.234,—", "24. –"], _DASH),
        **dict.fromkeys(["#N/A", "#NV", "#######"], _FORMULA),
        **dict.fromkeys(["N/A", "inf", "-Infinity", "+inf", "NaN", "-"], _NOTHING),
        **dict.fromkeys(["24,99 €", "-24,99", "1.234,5", "0,123", "12,34", "(5,5 EUR)"], _COMMA),
        **dict.fromkeys(["24.99¢", "¢ 50", "5￠"], _CENTS),
        **dict.fromkeys(["24.99 Cr", "XX 5", "Fee$5", "5 abcd.", "1e", "e3"], _LETTERS),
        **dict.fromkeys(["EUR 5 €", "$5 USD", "$$5"], _TWICE),
        **dict.fromkeys(["1,23.4", "12 34", "1_000", "1'23", "1.2.3", "$1,2,3"], _GROUPS),
        **dict.fromkeys(["5.", "$5.", "1,234.", "+ 5."], _CUT_OFF),
        **dict.fromkeys(["abc", "5 %", "1,5,", "5 krona", "--5", "1..2"], _NOT_PLAIN),
    },
    "comma": {
        **dict.fromkeys(["24.99", "-24.99", "0.123"], _POINT),
        **dict.fromkeys(["1,23.4", "1.2,3,4", "1.23.4"], _GROUPS),
        **dict.fromkeys(["5,", "1.234,"], _CUT_OFF),
        **dict.fromkeys(["1,5e"], _LETTERS),
        **dict.fromkeys(["5."], _NOT_PLAIN),
    },
}


@pytest.mark.parametrize("decimal", REVENUE)
def test_the_sentence_of_an_amount_that_is_refused(decimal: Literal["point", "comma"]) -> None:
    """The whole sentence, of each cell as it would be alone."""
    told = REVENUE[decimal]
    found = normalise([{"revenue": cell} for cell in told], decimal=decimal)["error_message"].to_list()
    codes = ["negative_revenue" if words == _REFUND else "invalid_revenue" for words in told.values()]
    assert found == [f"{code}: '{cell}' {words}" for code, (cell, words) in zip(codes, told.items(), strict=True)]
    assert message("revenue", "", decimal=decimal) == "missing_revenue: The revenue is empty."


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
