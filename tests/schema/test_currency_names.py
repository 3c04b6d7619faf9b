"""How currencies are called, and what cannot be the same one."""

from __future__ import annotations

import re

import pytest

from importer.schema.money.currency_names import (
    NAME,
    are_apart,
    currency_in_cell,
    currency_in_format,
    currency_in_title,
    one_name,
    plain_currency,
)


@pytest.mark.parametrize(
    ("name", "one"),
    [
        (" US$ ", "usd"), ("USD", "usd"), ("$", "$"), ("dollars", "usd"), ("€", "eur"), ("Euro", "eur"), ("₹", "₹"),
        ("₪", "ils"), ("try", "try"), ("tl", "try"), ("kr.", "kr"), ("zł", "pln"), ("bitcoin", "bitcoin"),
    ],
)  # fmt: skip
def test_what_can_only_be_one_currency_is_its_code(name: str, one: str) -> None:
    assert one_name(name) == one


@pytest.mark.parametrize(
    ("name", "plain"),
    [(" USD ", "$"), ("US$", "$"), ("euros", "€"), ("chf", "chf"), ("kr", "kr"), ("points", "points")],
)
def test_a_currency_is_written_in_one_way(name: str, plain: str) -> None:
    assert plain_currency(name) == plain


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("€", "sek", True), ("€", "$", True), ("chf", "pln", True), ("₪", "eur", True), ("kr", "€", True),
        ("$", "cad", False), ("kr", "sek", False), ("$", "$", False), ("€", "points", False), ("points", "€", False),
        ("€", "eur", False),
    ],
)  # fmt: skip
def test_what_cannot_be_the_same_currency(one: str, other: str, *, apart: bool) -> None:
    assert are_apart(one, other) is apart


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Revenue (USD)", "USD"), ("Revenue usd", "usd"), ("Revenue €", "€"), ("amount CZK", "CZK"), ("Revenue", None),
        ("amount in all", None), ("USD $", "USD"), ("USD or EUR", None), ("try again", None), ("sek", "sek"),
    ],
)  # fmt: skip
def test_the_one_currency_of_a_title(title: str, found: str | None) -> None:
    assert currency_in_title(title) == found


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("USD", "$"), ("CHF", "chf"), ("€", "€"), ("zł", "pln"), ("Kč", "czk"), ("$", "$"), ("$\n409", "$"),
        ("$\n0c09", "aud"), ("$\nen-CA", "cad"), ("$\nxx", "$ (xx)"), ("kr\n41d", "sek"), ("¥\n804", "cny"),
        ("€\n407", "€"), ("points\n407", "points"), ("points", None), ("per ₿ coin", "₿"), ("", None),
    ],
)  # fmt: skip
def test_the_currency_of_a_number_format(shown: str, found: str | None) -> None:
    assert currency_in_format(shown) == found


@pytest.mark.parametrize(
    ("text", "found"), [("USD", "$"), ("chf", "chf"), ("kr", "kr"), ("¥", "¥"), ("₿", "₿"), ("total", None), ("", None)]
)
def test_the_currency_of_a_cell(text: str, found: str | None) -> None:
    assert currency_in_cell(text) == found


@pytest.mark.parametrize("name", ["Kronor", "us$", "R$", "EUR", "euros"])
def test_the_longest_name_beside_a_number_is_found(name: str) -> None:
    found = re.match(NAME, f"{name} 5")
    assert found
    assert found[0] == name
