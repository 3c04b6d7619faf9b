"""Text that is shown is harmless, and amounts are exact."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.settings import Settings, condition_of, condition_text
from importer.text import amount, csv_line, plain, safe_text, wrapped
from tests.cli.samples import AMOUNTS

# Text that is safe to print


@pytest.mark.parametrize(
    "option",
    [
        """--where 'SMS ID!=""'""",
        "--map revenue='Umsatz netto'",
        """--map message_id='it'"'"'s an id'""",
        "--timestamp-format '%d/%m/%Y %I:%M:%S %p'",
        "--already 'last month/june.results.csv'",
        "--value attribution_type:'Verkauf netto'=sale",
        "--decimal comma",
    ],
)
@pytest.mark.parametrize("before", range(0, 60, 7))
def test_an_option_and_its_value_stay_on_one_line(option: str, before: int) -> None:
    """Copied from a terminal, a line break in it would be another value, or the end of the command."""
    lines = wrapped(
        f"{'x ' * before}say {option} leaves it out, as it does the program's other rows.", "  ", "    ", 60
    )
    assert [line for line in lines if option in line]
    assert " ".join(line.strip() for line in lines).endswith("the program's other rows.")
    assert all(len(line) <= 60 for line in lines if option not in line)


def test_an_option_without_a_value_holds_back_one_word_at_most() -> None:
    """What is no value of it is broken as always."""
    text = "--allow-missing goes on: it's the file's own affair, and nobody else's, said once more at length"
    assert all(len(line) <= 40 for line in wrapped(text, width=40))


@given(text=st.text(st.characters(codec=None)))
def test_safe_text_is_harmless(text: str) -> None:
    """What is printed holds no control character, no line separator, no bidi control and no surrogate."""
    shown = safe_text(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(c) for c in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    assert safe_text(shown) == shown


@pytest.mark.parametrize("text", ["june.csv", "größe 5 €", "[bold]x[/bold]", "日本語", "a\\nb"])
def test_safe_text_leaves_ordinary_text_alone(text: str) -> None:
    """Ordinary text, brackets included, is printed as it is."""
    assert safe_text(text) == text


def test_safe_text_is_cut_to_its_limit() -> None:
    """Text that is too long is cut and ends in an ellipsis."""
    assert safe_text("x" * 10, 10) == "x" * 10
    assert safe_text("x" * 11, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("cell", ["Amount, net", 'say "it"', "on two\nlines", "on two\rlines", "  ", ""])
def test_a_line_of_csv_reads_back(cell: str) -> None:
    """What the program writes for a person to type, names of columns and values of a condition, is read as meant."""
    assert Settings(columns=csv_line(["id", cell])).columns == ("id", cell.strip())
    assert condition_of(condition_text("a", ["x", cell])).values == ("x", " ".join(cell.splitlines()).strip())


# Amounts


@given(value=AMOUNTS | st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**40))
def test_amounts_are_exact(value: Decimal) -> None:
    """An amount keeps every digit, for people with separators and for programs in plain notation."""
    assert Decimal(amount(value).replace(",", "")) == value
    assert Decimal(plain(value)) == value
    assert re.fullmatch(r"\d+(\.\d+)?", plain(value))
    assert re.fullmatch(r"\d{1,3}(,\d{3})*\.\d{2,}", amount(value))
