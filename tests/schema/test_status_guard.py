"""The question about a column that may say that rows are no revenue: its whole sentence, or that there is none."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from importer.schema.columns import Columns
from importer.schema.guards.status import StatusGuard, statuses_in_lists
from tests.schema.guarded import Rows, said

NOBODY_KNOWS = "of these the program does not know what they say"
TAKES = "takes only the rows that are revenue"
TAKES_MORE = f"{TAKES} (add to its list what else is revenue)"
ASK = "Ask who wrote the file which of them means revenue"
NOT_EVEN_A_PART = "takes only the rows of which nothing was taken back, not even a part"


def heard(titles: str, *cells: str, **options: Any) -> list[str]:
    """What is said of rows of 1.00, 2.00 and so on."""
    rows = [f"{n}|{cell}" for n, cell in enumerate(cells, 1)]
    return said(StatusGuard(frozenset(["keine"])), Rows("june.csv", f"Amount|{titles}", rows), **options)


def question(name: str, what: str, used: str = "nothing reads") -> str:
    return (
        f"june.csv: by the column {name!r}, which {used}, some rows may be no revenue: {what}; --ignore "
        f"{shlex.quote(name)} takes all."
    )


S = [f"s{n:02}" for n in range(21)]
OTHERS = "".join(f"{one!r} 1 row ({n}.00), " for n, one in enumerate(S[:8], 1))
WORDS = [f"wobbl{letter}" for letter in "abcdefghijklmnopqrstu"]
SEVEN = OTHERS.rpartition("'s07'")[0]
FIVE = " or ".join(f"--where Status={one}" for one in S[:5])


@pytest.mark.parametrize(
    ("name", "cells", "what"),
    [
        (
            "Status",
            ["approved", "rejected", "wobbly", "", "new", "approved"],
            (
                "'rejected' 1 row (2.00); the others are 'approved' 2 rows (7.00); (empty) 1 row (4.00), 'new' 1 row "
                f"(5.00), 'wobbly' 1 row (3.00): {NOBODY_KNOWS}. --where Status=approved {TAKES_MORE}"
            ),
        ),
        (
            "Status",
            ["approved", "wobbly"],
            (
                f"'wobbly' 1 row (2.00): {NOBODY_KNOWS}; 'approved' 1 row (1.00) say that they are. --where "
                f"Status=approved {TAKES_MORE}"
            ),
        ),
        (
            "Status",
            ["X", "approved"],
            (
                f"'X' 1 row (1.00): {NOBODY_KNOWS}; 'approved' 1 row (2.00) say that they are. --where Status=approved "
                f"{TAKES_MORE}"
            ),
        ),
        (
            "Status",
            ["y", "n", ""],
            (
                f"'n' 1 row (2.00); the others are 'y' 1 row (1.00); (empty) 1 row (3.00): {NOBODY_KNOWS}. --where "
                f"Status=y {TAKES_MORE}"
            ),
        ),
        (
            "Status",
            ["rejected", "wobbly", ""],
            (
                "'rejected' 1 row (1.00); the others are (empty) 1 row (3.00), 'wobbly' 1 row (2.00). --where "
                "'Status!=rejected' leaves those out, and takes the others if they are revenue"
            ),
        ),
        (
            "Status",
            ["wobbly", "zorp", "", "zorp"],
            (
                f"'zorp' 2 rows (6.00), (empty) 1 row (3.00), 'wobbly' 1 row (1.00): {NOBODY_KNOWS}. {ASK}: --where "
                "Status=zorp or --where Status=wobbly"
            ),
        ),
        (
            "Status",
            ["wobbly", ""],
            (
                f"(empty) 1 row (2.00), 'wobbly' 1 row (1.00): {NOBODY_KNOWS}. {ASK}: --where Status=wobbly or --where "
                "'Status!=wobbly'"
            ),
        ),
        ("Status", S[:20], f"{OTHERS}others 12 rows (174.00): {NOBODY_KNOWS}. {ASK}: {FIVE}"),
        (
            "Status",
            [*S[:19], ""],
            (f"(empty) 1 row (20.00), {SEVEN}others 12 rows (162.00): {NOBODY_KNOWS}. {ASK}: {FIVE}"),
        ),
        (
            "Status",
            [*S, "approved"],
            (
                f"{OTHERS}others 13 rows (195.00): {NOBODY_KNOWS}; 'approved' 1 row (22.00) say that they are. --where "
                f"Status=approved {TAKES_MORE}"
            ),
        ),
        (
            "Status",
            ["paid", "approved", "confirmed", "valid", "accepted", "void"],
            (
                "'void' 1 row (6.00); the others are 'accepted' 1 row (5.00), 'approved' 1 row (2.00), 'confirmed' 1 "
                "row (3.00), 'paid' 1 row (1.00), 'valid' 1 row (4.00). --where "
                f"Status=accepted,approved,confirmed,paid,valid {TAKES}"
            ),
        ),
        (
            "Status",
            ["paid", "approved", "confirmed", "valid", "accepted", "done", "void"],
            (
                "'void' 1 row (7.00); the others are 'accepted' 1 row (5.00), 'approved' 1 row (2.00), 'confirmed' 1 "
                "row (3.00), 'done' 1 row (6.00), 'paid' 1 row (1.00), 'valid' 1 row (4.00). --where 'Status!=void' "
                f"{TAKES}"
            ),
        ),
        (
            "Delivery status",
            ["pending", "delivered"],
            (
                "'pending' 1 row (1.00); the others are 'delivered' 1 row (2.00). --where 'Delivery status=delivered' "
                f"{TAKES}"
            ),
        ),
        (
            "State",
            ["ok", "zorp"],
            f"'zorp' 1 row (2.00): {NOBODY_KNOWS}; 'ok' 1 row (1.00) say that they are. --where State=ok {TAKES_MORE}",
        ),
        (
            "State",
            ["A", "B"],
            f"'A' 1 row (1.00), 'B' 1 row (2.00): {NOBODY_KNOWS}. {ASK}: --where State=A or --where State=B",
        ),
        (
            "State",
            ["10", "20"],
            f"'10' 1 row (1.00), '20' 1 row (2.00): {NOBODY_KNOWS}. {ASK}: --where State=10 or --where State=20",
        ),
        (
            "State",
            [*"ABCDE"],
            (
                "'A' 1 row (1.00), 'B' 1 row (2.00), 'C' 1 row (3.00), 'D' 1 row (4.00), 'E' 1 row (5.00): "
                f"{NOBODY_KNOWS}. {ASK}: {' or '.join(f'--where State={one}' for one in 'ABCDE')}"
            ),
        ),
        (
            "Result",
            ["CA", "NY"],
            f"'CA' 1 row (1.00), 'NY' 1 row (2.00): {NOBODY_KNOWS}. {ASK}: --where Result=CA or --where Result=NY",
        ),
        (
            "Soll/Haben",
            ["S", "H", ""],
            (
                f"(empty) 1 row (3.00), 'H' 1 row (2.00), 'S' 1 row (1.00): {NOBODY_KNOWS}. {ASK}: --where "
                f"Soll/Haben=H or --where Soll/Haben=S"
            ),
        ),
        (
            "Soll/Haben",
            [*"ABCDE"],
            (
                "'A' 1 row (1.00), 'B' 1 row (2.00), 'C' 1 row (3.00), 'D' 1 row (4.00), 'E' 1 row (5.00): "
                f"{NOBODY_KNOWS}. {ASK}: {' or '.join(f'--where Soll/Haben={one}' for one in 'ABCDE')}"
            ),
        ),
        (
            "Flag",
            ["A", ""],
            f"(empty) 1 row (2.00), 'A' 1 row (1.00): {NOBODY_KNOWS}. {ASK}: --where Flag=A or --where 'Flag!=A'",
        ),
        (
            "Flag",
            [*"ABCDE"],
            (
                "'A' 1 row (1.00), 'B' 1 row (2.00), 'C' 1 row (3.00), 'D' 1 row (4.00), 'E' 1 row (5.00): "
                f"{NOBODY_KNOWS}. {ASK}: {' or '.join(f'--where Flag={one}' for one in 'ABCDE')}"
            ),
        ),
        (
            "Flag",
            ["A", "approved"],
            (
                f"'A' 1 row (1.00): {NOBODY_KNOWS}; 'approved' 1 row (2.00) say that they are. --where Flag=approved "
                f"{TAKES_MORE}"
            ),
        ),
        (
            "Refunded",
            ["yes", "no", ""],
            f"'yes' 1 row (1.00); the others are (empty) 1 row (3.00), 'no' 1 row (2.00). --where Refunded=,no {TAKES}",
        ),
        (
            "Refunded",
            ["", "12.50", "2026-06-01"],
            f"(filled) 2 rows (5.00); the others are (empty) 1 row (1.00). --where 'Refunded=\"\"' {NOT_EVEN_A_PART}",
        ),
        (
            "Refunded amount",
            ["0.00", "2.50"],
            (
                "(filled) 1 row (2.00); the others are '0.00' 1 row (1.00). --where 'Refunded amount=0.00' "
                f"{NOT_EVEN_A_PART}"
            ),
        ),
        (
            "Refunded",
            ["", "R"],
            (
                f"'R' 1 row (2.00): {NOBODY_KNOWS}; (empty) 1 row (1.00) say that they are. --where 'Refunded=\"\"' "
                f"{TAKES_MORE}"
            ),
        ),
        (
            "Approved",
            ["12", "0", "zorp"],
            (
                f"'0' 1 row (2.00); the others are (filled) 1 row (1.00); 'zorp' 1 row (3.00): {NOBODY_KNOWS}. --where "
                "'Approved!=0,zorp' takes only the rows that are revenue (take out of its list what is revenue)"
            ),
        ),
        (
            "Approved",
            ["yes", *WORDS[:20]],
            (
                f"{', '.join(f'{one!r} 1 row ({n}.00)' for n, one in enumerate(WORDS[:8], 2))}, others 12 rows "
                f"(186.00): {NOBODY_KNOWS}; 'yes' 1 row (1.00) say that they are. --where Approved=yes {TAKES_MORE}"
            ),
        ),
        (
            "Live",
            ["yes", "no"],
            "'no' 1 row (2.00); the others are 'yes' 1 row (1.00). --where Live=yes takes only the others",
        ),
        ("Test", ["yes", "no"], f"'yes' 1 row (1.00); the others are 'no' 1 row (2.00). --where Test=no {TAKES}"),
        (
            "Mode",
            ["test", "live"],
            f"'test' 1 row (1.00); the others are 'live' 1 row (2.00). --where Mode=live {TAKES}",
        ),
        (
            "Paid at",
            ["x", "keine", "2026-06-01"],
            (
                "'keine' 1 row (2.00); the others are (filled) 2 rows (4.00). --where 'Paid at!=keine' takes only the "
                "others"
            ),
        ),
        (
            "Refund date",
            ["2026-06-01"],
            f"(filled) 1 row (1.00). --where 'Refund date=\"\"' {TAKES}",
        ),
        (
            "Refund reason",
            ["late", "no", ""],
            (
                "(filled) 1 row (1.00); the others are (empty) 1 row (3.00), 'no' 1 row (2.00). --where 'Refund "
                f"reason=,no' {TAKES}"
            ),
        ),
        (
            "Reason",
            ["late", "", ""],
            f"(filled) 1 row (1.00); the others are (empty) 2 rows (5.00). --where 'Reason=\"\"' {TAKES}",
        ),
        (
            "Reason",
            ["rejected by us", "gift", ""],
            (
                "'rejected by us' 1 row (1.00); the others are (empty) 1 row (3.00), (filled) 1 row (2.00). --where "
                f"'Reason!=rejected by us' {TAKES}"
            ),
        ),
        (
            "Credit note for",
            ["7", "", ""],
            f"(filled) 1 row (1.00); the others are (empty) 2 rows (5.00). --where 'Credit note for=\"\"' {TAKES}",
        ),
        (
            "Type",
            ["invoice", "payment", "credit note"],
            (
                "'credit note' 1 row (3.00); the others are 'invoice' 1 row (1.00); 'payment' 1 row (2.00): "
                f"{NOBODY_KNOWS}. --where Type=invoice {TAKES_MORE}"
            ),
        ),
        (
            "Type",
            ["invoice", "payment"],
            (
                f"'payment' 1 row (2.00): {NOBODY_KNOWS}; 'invoice' 1 row (1.00) say that they are. --where "
                f"Type=invoice {TAKES_MORE}"
            ),
        ),
        (
            "Type",
            ["invoice", *WORDS[:20]],
            (
                f"{', '.join(f'{one!r} 1 row ({n}.00)' for n, one in enumerate(WORDS[:8], 2))}, others 12 rows "
                f"(186.00): {NOBODY_KNOWS}; 'invoice' 1 row (1.00) say that they are. --where Type=invoice {TAKES_MORE}"
            ),
        ),
        (
            "x7",
            ["sale", "return"],
            f"'return' 1 row (2.00); the others are 'sale' 1 row (1.00). --where x7=sale {TAKES}",
        ),
    ],
)
def test_a_question(name: str, cells: list[str], what: str) -> None:
    assert heard(name, *cells) == [question(name, what)]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Status", ["wobbly"]),
        ("Status", ["", ""]),
        ("Status", ["X", "yes"]),
        ("Status", S),
        ("Status", [*S[:20], ""]),
        ("Order status", ["new", "returning"]),
        ("State", ["AAA", "BBB"]),
        ("State", [*"ABCDEG"]),
        ("State", ["CA", "NY", "no"]),
        ("Shipping state", ["CA", "NO"]),
        ("Soll/Haben", ["S", "S", ""]),
        ("Soll/Haben", [*"ABCDEF"]),
        ("Flag", [*"ABCDEG"]),
        ("Flag", ["A", "BB"]),
        ("Flag", ["A", "A"]),
        ("Approved", ["yes", *WORDS]),
        ("Live", ["yes", "maybe"]),
        ("Test", ["A", "B"]),
        ("Mode", ["test", "zorp"]),
        ("Paid at", ["", ""]),
        ("Reason", ["late", "gift", ""]),
        ("Credit note for", ["7", ""]),
        ("Type", ["x", "y"]),
        ("Type", ["invoice", *WORDS]),
        ("Type", ["order", ""]),
        ("x7", ["approved", "rejected", "wobbly"]),
        ("x7", ["approved", "new", ""]),
        ("x7", ["return", "new"]),
    ],
)
def test_no_question(name: str, cells: list[str]) -> None:
    """Nothing that is said tells rows apart, or it may be of something else."""
    assert heard(name, *cells) == []


def test_rows_that_are_all_no_revenue() -> None:
    """No option takes only some of them."""
    assert heard("Status", "rejected", "rejected") == [
        (
            "june.csv: by the column 'Status', which nothing reads, some rows may be no revenue: 'rejected' 2 rows "
            "(3.00). If they are revenue all the same, --ignore Status takes all."
        )
    ]


BEFORE = (
    "june.csv: the column 'Previous status', which nothing reads, tells what rows were before, 'pending' 1 row "
    "(1.00), and no column what they are now: some may be no revenue. Export the file with the status that they have "
    "now; --ignore 'Previous status' takes all."
)


@pytest.mark.parametrize(
    ("titles", "cells", "options", "expected"),
    [
        ("Previous status", ["pending", "approved"], {}, [BEFORE]),
        ("Previous status|Status", ["pending|", "approved|"], {}, [BEFORE]),
        ("Previous status|Status", ["pending|paid", "approved|paid"], {}, []),
        ("Previous status|Status", ["pending|paid", "approved|paid"], {"where": ["Status"]}, []),
        ("Previous status", ["wobbly", "approved"], {}, []),
        ("Delivery status|Status", ["pending|paid", "delivered|paid"], {}, []),
        (
            "Delivery status|Status",
            ["returned|paid", "pending|paid", "delivered|paid"],
            {},
            [
                question(
                    "Delivery status",
                    "'pending' 1 row (2.00), 'returned' 1 row (1.00); the others are 'delivered' 1 row (3.00). "
                    f"--where 'Delivery status=delivered' {TAKES}",
                )
            ],
        ),
        ("Reason|Status", ["late|paid", "|paid", "|paid"], {}, []),
        ("Refund reason|Status", ["late|", "|", "|"], {"ignore": ["Refund reason"]}, []),
    ],
)
def test_beside_a_status_that_says_what_rows_are_now(
    titles: str, cells: list[str], options: dict[str, Any], expected: list[str]
) -> None:
    """What they were before is no question then, nor a reason, nor that goods wait; that they came back is one."""
    assert heard(titles, *cells, **options) == expected


@pytest.mark.parametrize(
    ("name", "cells", "options", "what"),
    [
        (
            "Campaign",
            ["ok", "void"],
            {"mapping": {"revenue": "Amount", "offer_id": "Campaign"}},
            f"'void' 1 row (2.00); the others are 'ok' 1 row (1.00). --where Campaign=ok {TAKES}",
        ),
        ("Status", ["ok", "wobbly"], {"mapping": {"revenue": "Amount", "offer_id": "Status"}}, ""),
        (
            "Type",
            ["order", "order correction"],
            {"where": ["Type"], "left_out": ["Type"]},
            f"'order correction' 1 row (2.00); the others are 'order' 1 row (1.00). --where Type=order {TAKES}",
        ),
        ("Type", ["refund", "x"], {"where": ["Type"], "left_out": ["Type"]}, ""),
        ("Type", ["order", "order correction"], {"where": ["Type"]}, ""),
        ("Status", ["ok", "rejected"], {"where": ["Status"], "left_out": ["Status"]}, ""),
    ],
)
def test_columns_that_decide_something_else(name: str, cells: list[str], options: dict[str, Any], what: str) -> None:
    """The offer, and a column of kinds of which some are left out."""
    used = "is sent as the offer" if "mapping" in options else "only leaves rows out"
    assert heard(name, *cells, **options) == ([question(name, what, used)] if what else [])


def test_a_row_without_money_and_without_a_state_says_nothing() -> None:
    """It is no sale that waits for one; with an amount of zero it counts."""
    guard = StatusGuard(frozenset())
    assert said(guard, Rows("june.csv", "Amount|Status", ["x|", "5|approved"])) == []
    assert "(empty) 1 row (0.00): of these" in said(guard, Rows("june.csv", "Amount|Status", ["0|"]))[0]


def test_the_first_file_that_has_such_rows_is_named() -> None:
    """Columns of one name are one in all files, counted together."""
    june, july = (
        Rows("june.csv", "Amount|Status", ["1|approved"]),
        Rows("july.csv", "Amount|status", ["2|void", "4|OK"]),
    )
    (one,) = said(StatusGuard(frozenset()), june, july)
    assert one.startswith("june.csv: by the column 'Status', which nothing reads")
    assert "'void' 1 row (2.00); the others are 'approved' 1 row (1.00), 'OK' 1 row (4.00)." in one


def test_a_column_that_is_empty_throughout_a_file_says_nothing_there() -> None:
    """Unless it is called a status: then its rows may be any."""
    for name, empty in (("x7", ""), ("Status", "(empty) 1 row (1.00)")):
        may, june = Rows("may.csv", f"Amount|{name}", ["1|"]), Rows("june.csv", f"Amount|{name}", ["2|sale", "3|void"])
        (one,) = said(StatusGuard(frozenset()), may, june)
        assert one.startswith("may.csv" if empty else "june.csv")
        assert ("(empty)" in one) is bool(empty)


@pytest.mark.parametrize(
    ("cells", "is_heard"),
    [
        (["approved"] * 199 + ["wobbly", "void"], False),
        (["approved"] * 200 + ["wobbly", "void"], False),
        (["approved"] * 200 + ["void"], True),
    ],
)
def test_all_rows_of_a_column_are_looked_at(cells: list[str], *, is_heard: bool) -> None:
    assert bool(heard("x7", *cells)) is is_heard


def test_lists_of_which_a_status_is_a_part() -> None:
    """By its name, which may be in the plural; the first of a list is named, and kinds and other words are none."""
    lists = {0: ["sku", "type"], 1: ["sku", "refunds.amount", "status"], 2: ["Statuses"], 3: []}
    columns = Columns({}, {}, silent=(("lines", 0), ("events", 1), ("my states", 2), ("tags", 3)))
    assert list(statuses_in_lists(columns, lists.__getitem__)) == [
        (
            f"the column {title!r}, which nothing reads, holds a list in each row, and {inside!r} in it may say that "
            "rows are no revenue; what a list holds cannot be read here. Export the file with that status as a column "
            f"of its own, one value a row; --ignore {shlex.quote(title)} takes all rows."
        )
        for title, inside in (("events", "refunds.amount"), ("my states", "Statuses"))
    ]
