"""What guards say of a table, to the letter, and the limits beyond which they are silent."""

from __future__ import annotations

import pytest

from importer.errors import InputError
from importer.schema.guards import refuse_tune
from importer.schema.guards.numbers import DocumentNumbers
from importer.schema.guards.reversals import Reversals
from importer.schema.guards.sections import SectionsGuard
from importer.schema.guards.swallowed import SwallowedRowsGuard
from importer.schema.guards.unread import UnreadColumnsGuard
from tests.schema.tables import HEADER, batches, said_of

FIELDS = HEADER[:3]


def column(text: str, amount: str = "10.00") -> list[list[tuple[str, ...]]]:
    """Rows of one more cell each, in batches (`|`); `_` is an empty one, and `5=7` has its own amount, 7."""
    parts = [[word.replace("_", "").split("=") for word in part.split()] for part in text.split("|")]
    return [
        [(f"tf{n:02}{at:04}", cell[-1] if len(cell) > 1 else amount, "sale", cell[0]) for at, cell in enumerate(part)]
        for n, part in enumerate(parts)
    ]


MAY_TAKE_BACK = (
    "By the column {!r}, which nothing reads, {} may take revenue back, first in june.csv row {}: it is {}. "
)


EIGHT_NOTES = ", ".join(f"'CN-{n}' 1 row (10.00)" for n in range(10, 18))


@pytest.mark.parametrize(
    ("name", "cells", "rows", "first", "values"),
    [
        ("Amount", "1 -2 3", "1 row", 2, "'-2' 1 row (10.00), and above zero in 2 rows"),
        ("Amount", "1 -2", None, 0, ""),
        ("Amount", "1 3 | -2", "1 row", 3, "'-2' 1 row (10.00), and above zero in 2 rows"),
        ("Amount", "1 _ | -2", None, 0, ""),
        ("Amount", "1 3=0 | -2", None, 0, ""),  # a row of no money says nothing
        (
            "Amount",
            "1 3 | -2 | 5 -4 -2 7 8 9",
            "3 rows",
            3,
            "'-2' 2 rows (20.00), '-4' 1 row (10.00), and above zero in 6 rows",
        ),
        ("Amount", "10 0 10", "1 row", 2, "'0' 1 row (10.00), and above zero in 2 rows"),
        ("Amount", "10 0 9", None, 0, ""),
        ("Amount", "10 0 1,0", None, 0, ""),
        ("Amount", "0 0 0", None, 0, ""),
        ("Amount", "0 | 3 3", None, 0, ""),
        ("Qty", "-1 -2", "2 rows", 1, "'-1' 1 row (10.00), '-2' 1 row (10.00), and above zero in 0 rows"),
        ("Qty", "0 0", None, 0, ""),
        ("Adjustment", "-10.00 5 _", "1 row", 1, "'-10.00' 1 row (10.00), and other in 2 rows"),
        ("Adjustment", "-9.00 5 _", None, 0, ""),
        ("Adjustment amount", "-10.00 _ _", "1 row", 1, "'-10.00' 1 row (10.00), and other in 2 rows"),
        ("Colour", "1 -2 3", None, 0, ""),
        ("Amount", " ".join(["1"] * 199) + " x -2 3", None, 0, ""),  # none of numbers, by its first 200 cells
        ("Amount", " ".join(["1"] * 200) + " x -2", "1 row", 202, "'-2' 1 row (10.00), and above zero in 200 rows"),
    ],
)
def test_numbers_that_take_back(name: str, cells: str, rows: str | None, first: int, values: str) -> None:
    for empty in ("", " "):
        table = [[(*row[:3], row[3] or empty) for row in part] for part in column(cells)]
        said = said_of(UnreadColumnsGuard(Reversals), *table, header=(*FIELDS, name))
        assert [one.partition("--where")[0] for one in said] == (
            [MAY_TAKE_BACK.format(name, rows, first, values)] if rows else []
        )
        assert all(one.endswith("takes all.") for one in said)


NO_SALE = (
    "By the column {!r}, which nothing reads, {} may be no sale but a credit note, a refund, an estimate or a payout, "
)


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        (
            "Invoice",
            "INV-1 CN-2 _ INV-3",
            "1 row|first in june.csv row 2: 'CN-2' 1 row (10.00). --where 'Invoice!=CN-2'",
        ),
        (
            "Invoice",
            "INV-1 | INV-2 CN-2 | INV-3 CN-4",
            "2 rows|first in june.csv row 3: 'CN-2' 1 row (10.00), 'CN-4' 1 row (10.00). --where Invoice!=CN-2,CN-4",
        ),
        ("Invoice", "CN-1 CN-2", None),
        (
            "Invoice",
            "INV-1 | CN-2 CN-3 | INV-1 CN-1",
            "3 rows|first in june.csv row 2: 'CN-1' 1 row (10.00), 'CN-2' 1 row (10.00), 'CN-3' 1 row (10.00). --where",
        ),
        ("Colour", "INV-1 CN-2", None),
        (
            "Invoice",
            " ".join(["x"] * 199) + " INV-1 CN-2",
            "1 row|first in june.csv row 201: 'CN-2' 1 row (10.00). --where 'Invoice!=CN-2'",
        ),
        ("Invoice", " ".join(["x"] * 399) + " INV-1 CN-2", None),  # one in two of its numbers is looked at
        (
            "Invoice",
            "INV-1 " + " ".join(f"CN-{n}" for n in (*range(10, 18), 10)),
            "9 rows|first in june.csv row 2: 'CN-10' 2 rows (20.00), "
            + ", ".join(f"'CN-{n}' 1 row (10.00)" for n in range(11, 18))
            + ". --where",
        ),
        (
            "Invoice",
            "INV-1 " + " ".join(f"CN-{n}" for n in range(10, 20)),
            "10 rows|first in june.csv row 2: " + EIGHT_NOTES + ", others 2 rows (20.00). --where",
        ),
        (
            "Invoice",
            "INV-1 " + " ".join(f"CN-{n}" for n in range(10, 30)),
            "20 rows|first in june.csv row 2: " + EIGHT_NOTES + ", others 12 rows (120.00). --where",
        ),
        (
            "Invoice",
            "INV-1 " + " ".join(f"CN-{n}" for n in range(10, 31)),
            "21 rows|first in june.csv row 2: "
            + EIGHT_NOTES
            + ", others 13 rows (130.00). Leave them out of the file;",
        ),
        ("Invoice", f"INV-1 CN-{'7' * 40}", f"1 row|first in june.csv row 2: 'CN-{'7' * 37}' 1 row (10.00). --where"),
    ],
)
def test_numbers_of_documents(name: str, cells: str, said: str | None) -> None:
    found = said_of(UnreadColumnsGuard(DocumentNumbers), *column(cells), header=(*FIELDS, name))
    assert len(found) == (said is not None)
    if said:
        rows, _, rest = said.partition("|")
        whole = NO_SALE.format(name, rows) + rest
        assert found[0].replace("'Invoice!=CN-2,CN-4'", "Invoice!=CN-2,CN-4").startswith(whole)
        assert found[0].endswith("; --ignore Invoice takes all.")


ROWS = [(f"tfb0ra{n:02}", f"{n}.10", "sale", "", "") for n in range(1, 7)]


def a_line(*cells: str) -> tuple[str, ...]:
    return (*cells, *[""] * (5 - len(cells)))


OF_A_TITLE = (
    "june.csv: row {}, {!r}, stands alone in its line, as the title of a part does: {} below it may be no revenue."
)
OF_A_HEADER = (
    "june.csv: row {} (line {}) is another header than the first, with other columns or in another order: {} below it"
)
OTHERS = ("message_id", "revenue", "attribution_type", "timestamp", "offer_id")
LONG = "refunds of orders which were placed before June of this year"
assert len(LONG) == 60


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([*ROWS[:3], a_line("Refunds"), *ROWS[3:]], [OF_A_TITLE.format("4 (line 5)", "Refunds", "3 rows (15.30)")]),
        ([a_line("Refunds"), *ROWS[:2]], [OF_A_TITLE.format("1 (line 2)", "Refunds", "2 rows (3.20)")]),
        (
            [*ROWS[:3], a_line("Refunds"), ROWS[3], a_line("June"), *ROWS[4:]],
            [OF_A_TITLE.format("4 (line 5)", "Refunds", "1 row (4.10)")],
        ),
        (
            [*ROWS[:3], a_line("Refunds"), ROWS[3], HEADER, *ROWS[4:]],
            [OF_A_TITLE.format("4 (line 5)", "Refunds", "3 rows (15.30)")],
        ),
        ([*ROWS[:3], OTHERS, *ROWS[3:5], HEADER, ROWS[5]], [OF_A_HEADER.format(4, 5, "2 rows (9.20)")]),
        (
            [*ROWS[:3], OTHERS, ROWS[3], a_line("Refunds"), *ROWS[4:]],
            [OF_A_HEADER.format(4, 5, "3 rows (15.30)"), OF_A_TITLE.format("6 (line 7)", "Refunds", "2 rows (11.20)")],
        ),
        ([*ROWS, a_line("Refunds")], []),
        (
            [*ROWS[:3], a_line("*** Refunds: ***"), *ROWS[3:]],
            [OF_A_TITLE.format("4 (line 5)", "*** Refunds: ***", "3 rows (15.30)")],
        ),
        (
            [*ROWS[:3], a_line(LONG), *ROWS[3:]],
            [OF_A_TITLE.format("4 (line 5)", LONG, "3 rows (15.30)")],
        ),
        ([*ROWS[:3], a_line(f"{LONG}s"), *ROWS[3:]], []),  # no title but a sentence
        (
            [ROWS[0], *[a_line("Refunds")] * 4_999, ROWS[1]],
            [OF_A_TITLE.format("5,000 (line 5,001)", "Refunds", "1 row (2.10)")],
        ),
        (
            [ROWS[0], *[a_line("Refunds")] * 5_000, ROWS[1]],
            [OF_A_TITLE.format("5,001 (line 5,002)", "Refunds", "1 row (2.10)")],
        ),
        ([ROWS[0], *[a_line("Refunds")] * 5_001, ROWS[1]], []),
    ],
)
def test_sections(lines: list[tuple[str, ...]], said: list[str]) -> None:
    """In one batch, and in several, which may begin or end with such a line."""
    for size in (len(lines), *((1, 2, 3) if len(lines) < 9 else ())):
        parts = [lines[at : at + size] for at in range(0, len(lines), size)]
        found = said_of(SectionsGuard(), *parts)
        assert [one[: len(whole)] for one, whole in zip(found, said, strict=True)] == said


@pytest.mark.parametrize(
    ("cells", "line", "more", "shown"),
    [
        ([("a1", "1", "sale", "15\na2,2,sale,x\na3,3,sale,30")], 2, 2, "a2,2,sale,x"),
        ([("a0", "1", "sale", "x"), ("a1", "1", "sale", "15\na2,2,sale,30")], 3, 1, "a2,2,sale,30"),
        ([("a4", "1", "sale", ""), ("a1", "1", "sale\na2;2;sale", "x")], None, 0, ""),
        ([("a4", "1", "sale", ""), ("a1", "1", "sale;15\na2;2;sale", "x")], 3, 1, "a2;2;sale"),
        ([("a1", "1", "sale", f"15\na2,2,sale,{'x' * 40}\na3,3,sale,9")], 2, 2, f"a2,2,sale,{'x' * 30}"),
        ([("a1", "1", "sale", "15\na2,2,sale,x\ntwo, three")], None, 0, ""),
        ([("a1", "1", "sale", "15\na b,2,sale,x\na3,y,sale,z")], None, 0, ""),
        ([("a1", "1", "sale", "15\na2,2,sale,x\ntwo, three\na4,4,sale,30")], None, 0, ""),
        ([("a1", "1", "sale", "15\na2,2,sale,x\na3,3,sale,y\na4,4,sale,30")], 2, 3, "a2,2,sale,x"),
        ([("a1", "1", "one\ntwo", "15\na2,2,sale,x")], 3, 1, "a2,2,sale,x"),
    ],
)
def test_rows_in_a_cell(cells: list[tuple[str, ...]], line: int | None, more: int, shown: str) -> None:
    said = (
        f"june.csv, line {line}: the quoted cell that starts here goes on over {more} more of the lines, which are "
        f"rows by themselves, such as {shown!r}: a stray quote"
    )
    found = said_of(SwallowedRowsGuard(), cells, cells, header=(*FIELDS, "Note"))
    assert [one[: len(said)] for one in found] == ([said] if line else [])
    without_lines = SwallowedRowsGuard()
    for rows, batch, columns in batches(cells, header=(*FIELDS, "Note")):
        without_lines.look("june.parquet", rows, batch.with_columns(line=None), columns)
    assert not list(without_lines.verdict())


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (["Partner Sub ID 1", "Payout", "Transaction ID"], "Partner Sub ID 1"),
        (["Date", " affiliate_sub_id_1 ", "payout", "transaction-id", "Status"], "affiliate_sub_id_1"),
        (["Payout", "Transaction ID", "Status"], None),
        (["Partner Sub ID 1", "Payout", "Status"], None),
        (["Partner Sub ID 2", "Payout", "Transaction ID"], None),
    ],
)
def test_headers_of_tune(header: list[str], column: str | None) -> None:
    if column is None:
        refuse_tune(header, "june.csv")
        return
    with pytest.raises(InputError, match=f"june.csv is an export of TUNE, by its columns {column}, Payout and Transac"):
        refuse_tune(header, "june.csv")
