"""Each guard of currencies by itself: of which rows it speaks, with whole sentences, and when it is silent."""

from __future__ import annotations

from typing import Any

import pytest

from importer.schema.columns import Columns
from importer.schema.guards.currency import (
    CurrencyColumnGuard,
    CurrencyConflictGuard,
    CurrencyElsewhereGuard,
    InputCurrenciesGuard,
    RevenueCurrencyGuard,
    may_be_currency,
)
from importer.schema.guards.currency.pairs import currencies_of_others
from tests.schema.guarded import Rows, look, said

WRONG = "one of the two is wrong. Ask who wrote the file"
AS_ONE = "They would be posted as one."
AS_THEY_ARE = "takes all numbers as they are"
NOT_THE_FILE: dict[str, Any] = {"mapping": {}, "constants": {"revenue": "5"}}


def june(titles: str, *cells: str, formats: tuple[str | None, ...] = ()) -> Rows:
    return Rows("june.csv", titles, cells, formats)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [
                june("Amount|Currency", "€0.00|USD", "€1|USD", "0|", "7|USD", "x €|USD"),
                june("Amount|Currency", "€2.50|USD", "$5|USD", "€3|EUR"),
                Rows("july.csv", "Amount|Currency", ["€4| USD "]),
            ],
            [
                (
                    "The column 'Currency', which nothing reads, says 'USD' of 3 rows (7.50) whose amounts show €, "
                    f"first in june.csv row 2, A3 ('€1'): {WRONG}; --ignore Currency {AS_THEY_ARE}."
                )
            ],
        ),
        (
            [
                june(
                    "Amount|Order Currency|Payout Currency",
                    *("5 SEK||USD", "6 SEK|GBP|USD", "7 SEK|SEK|USD", "8 SEK| |", "9 SEK|GBP|USD"),
                )
            ],
            [
                (
                    "The column 'Payout Currency', which nothing reads, says 'USD' of 1 row (5.00) whose amounts show "
                    f"SEK, first in june.csv row 1, A2 ('5 SEK'): {WRONG}; --ignore 'Payout Currency' {AS_THEY_ARE}."
                ),
                (
                    "The column 'Order Currency', which nothing reads, says 'GBP' of 2 rows (15.00) whose amounts show "
                    f"SEK, first in june.csv row 2, A3 ('6 SEK'): {WRONG}; "
                    f"--ignore 'Order Currency' --ignore 'Payout Currency' {AS_THEY_ARE}."
                ),
            ],
        ),
        (
            [june("Amount (USD)|note", "$1|x", "€2|y", "€3|z")],
            [
                (
                    "The header 'Amount (USD)' says 'USD' of 2 rows (5.00) whose amounts show €, first in june.csv row "
                    f"2, A3 ('€2'): {WRONG}; --ignore 'Amount (USD)' {AS_THEY_ARE}."
                )
            ],
        ),
        (
            [june("Amount (USD)|Currency", "€2|GBP", "€3|EUR", "€4|")],
            [
                (
                    "The column 'Currency', which nothing reads, says 'GBP' of 1 row (2.00) whose amounts show €, "
                    f"first in june.csv row 1, A2 ('€2'): {WRONG}; --ignore Currency --ignore 'Amount (USD)' "
                    f"{AS_THEY_ARE}."
                ),
                (
                    "The header 'Amount (USD)' says 'USD' of 1 row (4.00) whose amounts show €, first in june.csv row "
                    f"3, A4 ('€4'): {WRONG}; --ignore 'Amount (USD)' {AS_THEY_ARE}."
                ),
            ],
        ),
        (
            [june("Amount|Currency", "1|USD", "2|USD", formats=("EUR", None))],
            [
                (
                    "The column 'Currency', which nothing reads, says 'USD' of 1 row (1.00) whose amounts show €, "
                    f"first in june.csv row 1, A2 ('1'): {WRONG}; --ignore Currency {AS_THEY_ARE}."
                )
            ],
        ),
        ([june("Amount|note", "€2|USD")], []),
        ([june("Amount|Currency", "2|USD", "3|EUR")], []),
    ],
)
def test_amounts_that_contradict_their_column(parts: list[Rows], expected: list[str]) -> None:
    """Only rows with money count, over all files; of several columns all must say another currency."""
    assert said(CurrencyConflictGuard(), *parts) == expected


PAYMENTS = (
    "june.csv: by the column 'Payment', which nothing reads, rows are in several currencies: {}; their revenue, which "
    "shows none, may be, too, and would be posted as one. Ask who wrote the file, and leave rows in another currency "
    f"out of it; --ignore Payment {AS_THEY_ARE}."
)


@pytest.mark.parametrize(
    ("parts", "values"),
    [
        (
            [june("Amount|Payment", "1|$5", "2|€6", "0|£7", "-2|£7", "3|usd 4", "4|5")],
            "'$' 2 rows (4.00), '€' 1 row (2.00)",
        ),
        (
            [
                june("Amount|Payment", "1|$5", "2|$6"),
                Rows("july.csv", "Amount|Payment|Payment", ["1|€5|£1", "2|5 sek|"]),
            ],
            "'$' 2 rows (3.00), 'SEK' 1 row (2.00), '€' 1 row (1.00)",
        ),
        ([june("Amount|Payment", *["1|5"] * 199, "1|$5", "1|€5")], "'$' 1 row (1.00), '€' 1 row (1.00)"),
        ([june("Amount|Payment", *["1|5"] * 200, "1|$5", "1|€5")], ""),
        ([june("Amount|Payment|Payment", "1|$5|€5", "1|$5|€5")], ""),
        ([june("Amount|Payment|Currency", "1|$5|x", "2|€6|x")], ""),
        ([june("Amount|note", "1|$5", "2|€6")], ""),
        ([june("Amount|Payment", "$1|$5", "2|€6")], ""),
    ],
)
def test_currencies_of_another_amount(parts: list[Rows], values: str) -> None:
    """One currency in each of two columns is ordinary; a file whose revenue has one of its own is not asked."""
    assert said(CurrencyElsewhereGuard(), *parts) == ([PAYMENTS.format(values)] if values else [])


CODES = [f"c{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(51)]
SEVERAL = "are in several currencies"
UNTOLD = "of some rows are in a currency that nobody tells"


def of_a_column(column: str, what: str, values: str, taken: str, ignore: str) -> list[str]:
    return [
        (
            f"june.csv: by the column {column!r}, which nothing reads, the amounts {what}: {values}. {AS_ONE} --where "
            f"{taken} takes only the rows in that one; --ignore {ignore} {AS_THEY_ARE}."
        )
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [june("Amount|Currency", "1|USD", "2|EUR", "3|eur", "4|", "5|keine", "6|n/a")],
            of_a_column(
                "Currency",
                SEVERAL,
                "'EUR' 2 rows (5.00), (empty) 1 row (4.00), 'keine' 1 row (5.00), 'n/a' 1 row (6.00), 'USD' 1 row "
                "(1.00)",
                "Currency=EUR",
                "Currency",
            ),
        ),
        (
            [june("Amount|Currency", "1|EUR", "2|EUR", "4|")],
            of_a_column("Currency", UNTOLD, "'EUR' 2 rows (3.00), (empty) 1 row (4.00)", "Currency=EUR", "Currency"),
        ),
        (
            [june("Amount|Currency", "1|", "2|"), Rows("july.csv", "Amount|Currency", ["2|EUR"])],
            of_a_column("Currency", UNTOLD, "(empty) 2 rows (3.00), 'EUR' 1 row (2.00)", "Currency=EUR", "Currency"),
        ),
        (
            [june("Amount|x", "1|", "2|"), Rows("july.csv", "Amount|x", ["2|EUR", "3|USD"])],
            of_a_column("x", SEVERAL, "'EUR' 1 row (2.00), 'USD' 1 row (3.00)", "x=EUR", "x"),
        ),
        (
            [june("Amount|x", "1|all", "2|usd")],
            of_a_column("x", SEVERAL, "'all' 1 row (1.00), 'usd' 1 row (2.00)", "x=all", "x"),
        ),
        (
            [june("Amount|x", "1|all", "2|r$", "3|us$")],
            of_a_column("x", SEVERAL, "'all' 1 row (1.00), 'r$' 1 row (2.00), 'us$' 1 row (3.00)", "x=all", "x"),
        ),
        (
            [june("Amount|Currency", "1|840", "2|978")],
            of_a_column("Currency", SEVERAL, "'840' 1 row (1.00), '978' 1 row (2.00)", "Currency=840", "Currency"),
        ),
        (
            [june("Amount|Currency", *(f"1|{code}" for code in CODES[:50]))],
            of_a_column(
                "Currency",
                SEVERAL,
                "".join(f"{code!r} 1 row (1.00), " for code in CODES[:8]) + "others 42 rows (42.00)",
                "Currency=caa",
                "Currency",
            ),
        ),
        ([june("Amount|Currency", *(f"1|{code}" for code in CODES))], []),
        ([june("Amount|Currency", *(f"1|{code}" for code in (*CODES, "", "n/a")))], []),
        ([june("Amount|Currency", "1|EUR", "2|EUR", "0|")], []),
        ([june("Amount|Currency", "1|", "2|")], []),
        ([june("Amount|Currency", "1|840", "2|EUR")], []),
        ([june("Amount|Currency", "1|US$", "2|usd")], []),
        ([june("Amount|x", "1|all", "2|top")], []),
        ([june("Amount|x", "1|EUR", "2|")], []),
        ([june("Amount|x", "1|€", "2|usx$")], []),
        ([june("Amount|Currency|Paid Amount|Paid Currency", "1|USD|3|EUR", "2|USD|4|GBP")], []),
        *(
            (
                [june("Amount|Currency|Paid Amount|Paid Currency", f"1|{own}|3|EUR", f"2|{own}|4|GBP")],
                of_a_column(
                    "Paid Currency",
                    SEVERAL,
                    "'EUR' 1 row (1.00), 'GBP' 1 row (2.00)",
                    "'Paid Currency=EUR'",
                    "'Paid Currency'",
                ),
            )
            for own in ("", "1.07")
        ),
        (
            [
                june("Amount|Currency|Paid Amount|Paid Currency", "1|USD|3|EUR", "2|USD|4|GBP"),
                Rows("july.csv", "Amount|Paid Currency", ["1|EUR", "2|USD"]),
            ],
            of_a_column(
                "Paid Currency",
                SEVERAL,
                "'EUR' 2 rows (2.00), 'GBP' 1 row (2.00), 'USD' 1 row (2.00)",
                "'Paid Currency=EUR'",
                "'Paid Currency'",
            ),
        ),
    ],
)
def test_a_column_of_currencies(parts: list[Rows], expected: list[str]) -> None:
    """By its name, or by nothing but codes and signs; with all that stands in the rows with money."""
    assert said(CurrencyColumnGuard(frozenset(["keine"])), *parts) == expected


@pytest.mark.parametrize(
    ("parts", "one"),
    [
        ([june("Amount|Currency", "1|EUR", "2| eur")], ("EUR", "Currency")),
        ([june("Amount|Currency", *["1|EUR"] * 300)], ("EUR", "Currency")),
        ([june("Amount|Currency|Ccy", "1|USD|USD", "2|USD|USD")], ("USD", "Currency")),
        ([june("Amount|Currency|Paid Amount|Paid Currency", "1|USD|3|EUR")], ("USD", "Currency")),
        ([june("Amount|Currency", "1|EUR", "2|")], None),
        ([june("Amount|Currency", "1|EUR"), Rows("july.csv", "Amount|note", ["1|x"])], None),
        ([june("Amount|Currency|Ccy", "1|USD|EUR")], None),
        ([june("Amount|Currency", "1|EUR", "2|USD")], None),
        ([june("Amount|x", "1|EUR", "2|EUR")], None),
    ],
)
def test_the_one_currency_of_all_rows(parts: list[Rows], one: tuple[str, str] | None) -> None:
    """A column that is called so must say it of each of them, and no other column of the revenue another one."""
    guard = CurrencyColumnGuard(frozenset())
    look(guard, *parts)
    assert guard.the_one(sum(len(part.cells) for part in parts)) == one


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [june("Amount", "x", "$1", "€2", "$3", "5 SEK", "£6", "7", "€9 x")],
            (
                "'$' 2 rows (4.00), 'SEK' 1 row (5.00), '£' 1 row (6.00), '€' 1 row (2.00); $ first in june.csv row 2, "
                "A3 ('$1'), € first in june.csv row 3, A4 ('€2'), SEK first in june.csv row 5, A6 ('5 SEK'). They "
                "would be posted as one. --currency '$'"
            ),
        ),
        (
            [june("Amount", "€1"), Rows("july.csv", "Amount", ["usd 2", "$3"])],
            (
                "'$' 2 rows (5.00), '€' 1 row (1.00); € first in june.csv row 1, A2 ('€1'), $ first in july.csv row 1, "
                "A2 ('usd 2'). They would be posted as one. --currency '$'"
            ),
        ),
        (
            [june("Amount", "1", "2", "3 SEK", formats=("EUR\n", None, "EUR"))],
            (
                "'SEK' 1 row (3.00), '€' 1 row (1.00); € first in june.csv row 1, A2 ('1'), SEK first in june.csv row "
                "3, A4 ('3 SEK'). They would be posted as one. --currency SEK"
            ),
        ),
    ],
)
def test_a_revenue_in_several_currencies(parts: list[Rows], expected: str) -> None:
    """The first row of each is named, of three of them; the advice is the most frequent."""
    guard = RevenueCurrencyGuard()
    assert said(guard, *parts) == [
        (
            f"The revenue column is in several currencies: {expected} takes only the rows in that one; --ignore Amount "
            f"{AS_THEY_ARE}."
        )
    ]
    assert guard.the_one() is None
    assert not list(guard.remarks())


@pytest.mark.parametrize(
    ("parts", "shown", "plain", "one"),
    [
        (
            [june("Amount", "x", "0", "1", "€2"), june("Amount", "€3", "4"), Rows("july.csv", "Amount", ["5"])],
            "'€' 2 rows (5.00); € first in june.csv row 4, A5 ('€2')",
            "3 rows (first in june.csv row 3, A4 ('1'))",
            None,
        ),
        (
            [june("Amount", "0", "x", "0.5", "2 kr"), june("Amount", "5")],
            "'KR' 1 row (2.00); KR first in june.csv row 4, A5 ('2 kr')",
            "2 rows (first in june.csv row 3, A4 ('0.5'))",
            None,
        ),
        (
            [june("Amount", "€1", "€2"), Rows("july.csv", "Amount", ["3"])],
            "'€' 2 rows (3.00); € first in june.csv row 1, A2 ('€1')",
            "1 row (first in july.csv row 1, A2 ('3'))",
            None,
        ),
        (
            [june("Amount", "1", "2", "3", formats=("points", "$\n1009", None))],
            "'CAD' 1 row (2.00); CAD first in june.csv row 2, A3 ('2')",
            "2 rows (first in june.csv row 1, A2 ('1'))",
            None,
        ),
        ([june("Amount", "€1", "€2", "x"), Rows("july.csv", "Amount", ["€3"])], "", "", ("€", "Amount")),
        ([june("Amount", *["€1"] * 300)], "", "", ("€", "Amount")),
        ([june("Amount", "€1", "0")], "", "", None),
        ([june("Amount", "1", "2")], "", "", None),
    ],
)
def test_amounts_with_and_without_a_currency(
    parts: list[Rows], shown: str, plain: str, one: tuple[str, str] | None
) -> None:
    """They stop nobody; the first of each is named, and zero is nothing in every currency."""
    guard = RevenueCurrencyGuard()
    assert said(guard, *parts) == []
    assert guard.the_one() == one
    assert list(guard.remarks()) == (
        [
            (
                f"The revenue column shows a currency in some amounts ({shown}) and none in {plain}: all are taken as "
                "of one currency. If they are not, leave those of another one out of the file; --ignore Amount "
                f"{AS_THEY_ARE}, without this word."
            )
        ]
        if shown
        else []
    )


def several_files(told: str, ignore: str) -> list[str]:
    return [
        (
            f"The files are in several currencies: {told}. {AS_ONE} Import those of each currency by themselves; "
            f"{ignore} {AS_THEY_ARE}."
        )
    ]


ELEVEN = [Rows(f"{n}.csv", "Amount|Currency" if n else "Amount|ccy", ["1|EUR" if n else "1|USD"]) for n in range(11)]
TEN_TOLD = "0.csv in USD by 'ccy', 1 row (1.00); " + "; ".join(
    f"{n}.csv in EUR by 'Currency', 1 row (1.00)" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [
                june("Amount|Currency", "1|EUR", "0|USD", "x|USD", "2|EUR"),
                Rows("july.csv", "Amount|ccy", ["3|usd"]),
                june("Amount|Currency", "4|EUR"),
            ],
            several_files(
                "june.csv in EUR by 'Currency', 3 rows (7.00); july.csv in USD by 'ccy', 1 row (3.00)",
                "--ignore Currency --ignore ccy",
            ),
        ),
        (ELEVEN[:10], several_files(TEN_TOLD, "--ignore ccy --ignore Currency")),
        (ELEVEN, several_files(f"{TEN_TOLD} and 1 more", "--ignore ccy --ignore Currency")),
        (
            [june("Amount (USD)|x", "1|EUR"), Rows("july.csv", "Amount (EUR)|x", ["1|USD", "2|x"])],
            several_files(
                "june.csv in USD by 'Amount (USD)', 1 row (1.00); july.csv in EUR by 'Amount (EUR)', 2 rows (3.00)",
                "--ignore 'Amount (USD)' --ignore 'Amount (EUR)'",
            ),
        ),
        (
            [june("Amount", "€1"), Rows("july.csv", "Betrag", ["$1", "2"])],
            several_files(
                "june.csv in € by 'Amount', 1 row (1.00); july.csv in $ by 'Betrag', 2 rows (3.00)",
                "--ignore Amount --ignore Betrag",
            ),
        ),
        (
            [june("Amount|Ccy|Currency", "1|EUR|USD", "2|SEK|USD"), Rows("july.csv", "Amount|Devise", ["3|eur"])],
            several_files(
                "june.csv in USD by 'Currency', 2 rows (3.00); july.csv in EUR by 'Devise', 1 row (3.00)",
                "--ignore Currency --ignore Devise",
            ),
        ),
        (
            [june("Amount|Ccy|Currency", "1|EUR|$"), Rows("july.csv", "Amount|Devise", ["3|usd"])],
            several_files(
                "june.csv in EUR by 'Ccy', 1 row (1.00); july.csv in USD by 'Devise', 1 row (3.00)",
                "--ignore Ccy --ignore Devise",
            ),
        ),
        ([june("Amount|Currency", "1|EUR"), Rows("july.csv", "Amount|currency", ["3|usd"])], []),
        ([june("Amount|Currency", "1|EUR"), Rows("july.csv", "Amount|ccy", ["3|€"])], []),
        (
            [
                june("Amount|Currency|Paid Amount|Paid Currency", "1|EUR|2|USD"),
                Rows("july.csv", "Amount|Devise", ["3|€"]),
            ],
            [],
        ),
        (
            [june("Amount (USD)|Currency|note", "1|EUR|x", "0|USD|x", "2|EUR|x")],
            [
                (
                    "june.csv: the header 'Amount (USD)' says USD of 2 rows (3.00), and the column 'Currency', which "
                    f"nothing reads, says EUR: {WRONG}; --ignore Currency {AS_THEY_ARE}."
                )
            ],
        ),
        ([june("Amount (USD)|Currency|Total", "1|EUR|2", "2|EUR|3")], []),
        ([june("Amount (USD)|Currency", "1|EUR", "2|SEK")], []),
        ([june("Amount (USD)|Currency", "1|USD", "2|USD")], []),
        ([june("Amount (USD)", "€1")], []),
    ],
)
def test_one_currency_in_each_file(parts: list[Rows], expected: list[str]) -> None:
    """Told by a column, by signs or by the header of the amounts; ten files are named."""
    assert said(InputCurrenciesGuard(), *parts) == expected


@pytest.mark.parametrize(
    ("guard", "parts"),
    [
        (CurrencyConflictGuard, [june("Amount|Currency", "€2|USD")]),
        (CurrencyElsewhereGuard, [june("Amount|Payment", "1|$5", "2|€6")]),
        (RevenueCurrencyGuard, [june("Amount", "€2", "$3")]),
        (InputCurrenciesGuard, [june("Amount|Currency", "1|EUR"), Rows("july.csv", "Amount|ccy", ["3|usd"])]),
    ],
)
def test_amounts_that_are_to_have_no_say(guard: Any, parts: list[Rows]) -> None:
    """By `--ignore`, or as the file has none: with `--set revenue` the sum is of that number."""
    assert said(guard(), *parts)
    assert not said(guard(), *parts, ignore=("Amount",))
    assert not said(guard(), *parts, **NOT_THE_FILE)


@pytest.mark.parametrize(
    ("revenue", "titles", "others"),
    [
        ("Converted Amount", ("Currency", "Converted Currency"), {0: 1}),
        ("Amount", ("Currency", "Customer Currency", "Customer Amount"), {1: 0}),
        ("Amount", ("Customer Amount", "Customer Currency Code", "ISO Currency"), {1: 2}),
        ("Net Payout", ("Payout Currency", "Net Payout Currency", "Currency"), {0: 1, 2: 1}),
        ("Net Payout", ("Currency", "Ccy", "Net Currency"), {0: 2, 1: 2}),
        ("Net Payout", ("Net Currency", "Payout Currency", "Currency"), {}),
        ("Amount", ("Currency", "Customer Currency", "Customer name"), {}),
        ("Amount", ("Payout Currency", "Payout"), {}),
        ("Amount", ("Currency", "Order Currency", "Payout"), {}),
        ("Amount", ("Currency",), {}),
    ],
)
def test_currencies_of_other_amounts(revenue: str, titles: tuple[str, ...], others: dict[int, int]) -> None:
    """The name that has most words of the revenue's is its own; where two have as many, nobody can tell."""
    columns = Columns({}, {}, names={"revenue": revenue}, silent=tuple((title, at) for at, title in enumerate(titles)))
    assert currencies_of_others(columns) == others


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("Currency", True),
        ("currencyCode", True),
        ("order_ccy", True),
        ("Curr", True),
        ("Währung", True),
        ("Devise (2)", True),
        ("waluta", True),
        ("Concurrent", False),
        ("Currently", False),
        ("note", False),
    ],
)
def test_what_a_currency_is_called(name: str, *, may: bool) -> None:
    assert may_be_currency(name) is may
