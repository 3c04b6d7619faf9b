"""Revenue: what is read, what is sent, what is refused."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.api import json_bodies
from tests.support.normalised import column, normalise

READ = {
    "24.99": "24.99",
    "24.90": "24.90",
    "24": "24",
    "0": "0",
    "0.00": "0.00",
    "00": "0",
    "-0": "0",
    "-0.00": "0.00",
    "(0.00)": "0.00",
    "0-": "0",
    "-$0": "0",
    "-0e5": "0",
    "007.50": "7.50",
    ".5": "0.5",
    ".50": "0.50",
    "+5": "5",
    "+.5": "0.5",
    "$5": "5",
    "€5.10": "5.10",
    "£0.99": "0.99",
    "+$5": "5",
    "$.5": "0.5",
    " 24.99\t": "24.99",
    "\u00a024.99\ufeff": "24.99",
    "1,234.50": "1234.50",
    "1,234": "1234",
    "1,234,567": "1234567",
    "12,345,678.9": "12345678.9",
    "$1,234.56": "1234.56",
    "1e3": "1000",
    "1E3": "1000",
    "1e+3": "1000",
    "1.50e1": "15.0",
    "1.5e3": "1500",
    "15e-1": "1.5",
    "1e-7": "0.0000001",
    "0e5": "0",
    "0e-5": "0.00000",
    "0.0e2": "0",
    "0e999": "0",
    ".05e1": "0.5",
    "005e1": "50",
    "$1e3": "1000",
    "999999999999999": "999999999999999",
    "0000000000000000000000000000001": "1",
    "1e14": "100000000000000",
    "0.000000000000000001": "0.000000000000000001",
    "1e-18": "0.000000000000000001",
    "0.100000000000000000": "0.100000000000000000",
    "51.550000000000004": "51.550000000000004",
    "0.30000000000000004": "0.30000000000000004",
    "99999999999999.98": "99999999999999.98",
    "1234567890123.45": "1234567890123.45",
    "5$": "5",
    "$ 5": "5",
    "5 USD": "5",
    "USD 5": "5",
    "chf1'234.50": "1234.50",
    "¥5": "5",
    "₹ 1,234.50": "1234.50",
    "5\u00a0€": "5",
    "+kr 5".replace("kr", "SEK"): "5",
    "$        1,234.50": "1234.50",
    "1’234": "1234",
    "1'234'567.5": "1234567.5",
    "1 234.56": "1234.56",
    "1\u00a0234": "1234",
    "1\u202f249\u202f000.00": "1249000.00",
    "1\u2009249 £": "1249",
    "1e3 EUR": "1000",
    "US$5": "5",
    "R$ 1,234.50": "1234.50",
    "5 kr": "5",
    "kr. 5": "5",
    "5\u00a0zł": "5",
    "5 KČ": "5",
    "Rs. 1,234": "1234",
    "SFr. 1'234.50": "1234.50",
    "S/. 5": "5",
    "CAD$5": "5",
    "5円": "5",
    "5 Euros": "5",
    "5 руб.": "5",
}
REFUSED = (
    *(
        "$+5",
        "++5",
        "$$5",
        "+ 5",
        "$5 USD",
        "EUR 5 €",
        "5 XXX",
        "€5€",
        "USDUSD 5",
        "24.99¢",
        "¢5",
        "5￠",
        "5 %",
        "5 krona",
        "R 5",
        "US$5 kr",
        "kr",
    ),
    *("nan", "NaN", "inf", "-inf", "Infinity", "null", "NULL", "N/A", "-", "abc", "5a", "0x10", "1_000", "12 34"),
    *("1e", "e3", "1e+", "1e3.5", "1e1000", "1,234e3", "1 e3", "5.", "1,234.", ".", "+", "$", "1..2", "1.2.3"),
    *("1,23.4", "1,23", "12,34,567", "0,123", "01,234", "1234,567", ",5", "1,,234", ",123", "1,2345", "1.234,56"),
    *("1.234.567", "24,99", "٣", "２４", "1٫5", "1 23", "1 234,567", "1'234 567", "1`234", "1\n2", "1\u200e"),
    *("1000000000000000", "1e15", "999999999999999999", "0.1e17", "1e999", "1" * 5000),
    *("0.0000000000000000001", "1e-19", "1.0000000000000000000", "0e-19", "1e-999"),
    *("999999999999999.99", "0.1234567890123456789", "123456789.123456789", "0.3000000000000000444"),
    *("--5", "-5-", "(-5)", "(5", "5)", "-1,23.4", "-1e999", "(12.00)-", "-(5)", "- ", "()", "-$", "+-5", "-5%"),
)
NEGATIVE = {
    "-24.99": "24.99",
    "24.99-": "24.99",
    "(24.99)": "24.99",
    "-$5": "5",
    "$-5": "5",
    "($1,234.50)": "1234.50",
    "$(1,234.50)": "1234.50",
    "(1'234.50 CHF)": "1234.50",
    "-R$ 5": "5",
    "5 kr-": "5",
    "−5": "5",
    "–5": "5",
    "5 €-": "5",
    "5-€": "5",
    "-5 EUR": "5",
    "USD -1 249.00": "1249",
    "- 0.01": "0.01",
    "-1e3": "1000",
    "-.5": "0.5",
}


COMMAS_READ = {
    "24,99": "24.99",
    "1.234,50": "1234.50",
    "1.234": "1234",
    ",5": "0.5",
    "1,5e1": "15",
    "24": "24",
    "€1.234.567,8": "1234567.8",
    "0,123": "0.123",
    "1,234": "1.234",
    "1 249,00": "1249.00",
    "1'234,56": "1234.56",
    "1.249,00 €": "1249.00",
}
COMMAS_REFUSED = ("24.99", "1,234.50", "1,234,567", ".5", "0.123", "1.23", "1234.567", "1.2e1", "5,")


def test_readable_amounts_are_sent_in_plain_notation_digits_as_given() -> None:
    """A readable amount is sent without signs, separators, exponent or idle zeros, all other digits as given."""
    result = normalise([{"revenue": cell} for cell in READ])
    assert dict(zip(READ, result["revenue"], strict=True)) == READ
    assert result["error_code"].null_count() == len(READ)
    assert result["amount"].to_list() == [Decimal(sent) for sent in READ.values()]


def test_what_is_no_plain_amount_is_refused() -> None:
    """What is not a plain decimal number of at least 0 is `invalid_revenue`, has no amount, and is shown safely."""
    result = normalise([{"revenue": cell} for cell in REFUSED])
    assert dict(zip(REFUSED, result["error_code"], strict=True)) == dict.fromkeys(REFUSED, "invalid_revenue")
    assert result["amount"].null_count() == len(REFUSED)
    assert result["revenue"].to_list() == list(REFUSED)
    assert all(text.startswith("invalid_revenue: '") and text.isprintable() for text in result["error_message"])
    assert max(map(len, result["error_message"])) < 200
    beside = normalise([{"revenue": cell} for cell in (*REFUSED, *READ)])
    assert beside["error_code"].to_list() == ["invalid_revenue"] * len(REFUSED) + [None] * len(READ)


def test_negative_amounts_are_refunds_and_no_amounts() -> None:
    """A negative amount is `negative_revenue`: it has no amount, and a refund that is counted apart."""
    result = normalise([{"revenue": cell} for cell in NEGATIVE])
    assert dict(zip(NEGATIVE, result["error_code"], strict=True)) == dict.fromkeys(NEGATIVE, "negative_revenue")
    assert result["refund"].to_list() == [-Decimal(value) for value in NEGATIVE.values()]
    assert result["amount"].null_count() == len(NEGATIVE)
    assert result["revenue"].to_list() == list(NEGATIVE)
    comma = normalise([{"revenue": "-1.234,50"}, {"revenue": "(5,5 €)"}], decimal="comma")
    assert comma["refund"].to_list() == [Decimal("-1234.5"), Decimal("-5.5")]


def test_a_refund_counts_whatever_else_is_wrong_but_not_in_ragged_rows() -> None:
    """The first broken rule is the code; the refund is one all the same. Cells of ragged rows are never read."""
    result = normalise([{"message_id": "x", "revenue": "-5"}, {"revenue": "-6"}], {"ragged": [False, True]})
    assert result["error_code"].to_list() == ["invalid_message_id", "ragged_row"]
    assert result["refund"].to_list() == [Decimal(-5), None]


def test_an_empty_cell_is_missing() -> None:
    """A cell of white space only is `missing_revenue`."""
    cells = ["", None, " ", "\u00a0", "\ufeff", "\t\r\n", "\u3000\ufeff "]
    assert column("revenue", cells) == [(None, "missing_revenue")] * len(cells)


def test_decimal_comma_mirrors_the_rules() -> None:
    """With `--decimal comma`, comma and point change places."""
    found = column("revenue", (*COMMAS_READ, *COMMAS_REFUSED), decimal="comma")
    assert found == [
        *((sent, None) for sent in COMMAS_READ.values()),
        *((None, "invalid_revenue") for _ in COMMAS_REFUSED),
    ]


def test_typed_numbers_always_have_a_decimal_point() -> None:
    """A number of Parquet or Excel is written with a point, whatever `--decimal` says of the text cells."""
    rows = [{"revenue": "1.234"}, {"revenue": "1.234"}, {"revenue": "24.99"}, {"revenue": "24.99"}, {"revenue": "1e-7"}]
    result = normalise(rows, {"1#number": [True, False, True, False, True]}, decimal="comma")
    assert result["amount"].to_list() == [Decimal("1.234"), Decimal(1234), Decimal("24.99"), None, Decimal("1e-7")]
    plain = normalise(rows[2:3], {"1#number": [True]})
    assert plain["revenue"][0] == "24.99"


def test_amounts_of_invalid_rows_count_where_they_can_be_read() -> None:
    """An invalid row has its amount and its cells as read, unless it is ragged."""
    rows = [{"message_id": "x", "revenue": " $1,234.50"}, {"revenue": "5"}]
    result = normalise(rows, {"ragged": [False, True]})
    assert result["amount"].to_list() == [Decimal("1234.5"), None]
    assert result["revenue"].to_list() == [" $1,234.50", "5"]
    assert result["kind"].to_list() == ["sale", None]


WHITE = " \t\n\u00a0\u2007\u2009\u202f\u3000"
SPACES = "\u0020\u00a0\u2007\u2009\u202f\u3000"
CURRENCIES = ("$", "€", "£", "¥", "₹", "USD", "eur", "Chf")


def without_currency(text: str) -> str:
    """Take one currency away, in front or behind, with any space beside it."""
    for currency in CURRENCIES:
        if text.startswith(currency):
            return text.removeprefix(currency).lstrip(SPACES)
        if text.endswith(currency):
            return text.removesuffix(currency).rstrip(SPACES)
    return text


def expected(text: str) -> str | None:
    """The contract, a character at a time, and Python's decimals: what is sent for a text, or None."""
    rest = without_currency(text.removeprefix("+"))
    mantissa, mark, exponent = rest.replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    if point and not fraction:
        return None
    found = [kind for kind in (",", "'’", SPACES) if set(kind) & set(whole)]
    if len(found) > 1:
        return None
    groups = re.split(f"[{found[0]}]", whole) if found else [whole]
    misplaced = (
        not 1 <= len(groups[0]) <= 3 or groups[0].startswith("0") or any(len(group) != 3 for group in groups[1:])
    )
    if len(groups) > 1 and (mark or misplaced):
        return None
    digits = "".join(groups) + fraction
    if not digits or not set(digits) <= set("0123456789"):
        return None
    power = exponent[1:] if exponent[:1] in {"+", "-"} and exponent else exponent
    if mark and (not 1 <= len(power) <= 3 or not set(power) <= set("0123456789")):
        return None
    value = Decimal(f"{''.join(groups)}{point}{fraction}{mark}{exponent}")
    shape = value.as_tuple()
    assert isinstance(shape.exponent, int)
    if value >= 10**15 or -shape.exponent > 18 or Decimal(repr(float(value))) != value:
        return None
    return "0" if value == 0 and shape.exponent >= 0 else format(value, "f")


plain = st.from_regex(r"\A[0-9]{0,4}(?:\.[0-9]{0,4})?(?:[eE][+-]?[0-9]{1,3})?\Z")
grouped = st.builds(
    "{}{}{}".format,
    st.from_regex(r"\A[0-9]{1,4}\Z"),
    st.lists(
        st.builds("{}{}".format, st.sampled_from([*",'’", *SPACES]), st.from_regex(r"\A[0-9]{3}\Z")), max_size=3
    ).map("".join),
    st.from_regex(r"\A(?:\.[0-9]{0,4})?\Z"),
)
currency = st.sampled_from(["", "", *CURRENCIES])
space = st.sampled_from(["", *SPACES])
numbers = st.builds(
    "{}{}{}{}{}{}".format, st.sampled_from(["", "+"]), currency, space, st.one_of(plain, grouped), space, currency
)
long_numbers = st.from_regex(r"\A[0-9]{0,16}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?\Z")
floats = st.floats(min_value=0, max_value=1e15, allow_nan=False).map(repr)
near_misses = st.text("0123456789.,eE+$€ _'", min_size=1, max_size=12)


@given(st.lists(st.one_of(numbers, long_numbers, floats, near_misses), min_size=1, max_size=30))
def test_accepted_amounts_reach_the_body_exactly(texts: list[str]) -> None:
    """An amount is accepted exactly when the rules say so, and then reaches the request's JSON with its own digits."""
    texts = [text for text in texts if text.strip(WHITE)]
    result = normalise([{"revenue": text} for text in texts])
    wanted = [expected(text.strip(WHITE)) for text in texts]
    valid = result["error_code"].is_null()
    assert result["revenue"].zip_with(valid, pl.Series([None], dtype=pl.String)).to_list() == wanted
    sent = [text for text in wanted if text is not None]
    bodies = json_bodies(result.filter(valid)).to_list()
    assert [str(json.loads(body, parse_float=Decimal, parse_int=Decimal)["revenue"]) for body in bodies] == [
        str(Decimal(text)) for text in sent
    ]
    assert result["amount"].drop_nulls().to_list() == [Decimal(text) for text in sent]
    assert all(re.fullmatch(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", text) for text in sent)


@given(st.lists(st.one_of(numbers, near_misses), min_size=1, max_size=20))
def test_comma_is_the_mirror_of_point(texts: list[str]) -> None:
    """`--decimal comma` accepts the mirrored text and sends the same amount."""
    mirrored = [text.translate(str.maketrans(".,", ",.")) for text in texts]
    assert column("revenue", mirrored, decimal="comma") == column("revenue", texts)
