"""A total with something in the place of an id is a question, and no other row is."""

from __future__ import annotations

import csv
import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import InputError
from importer.run.pipeline import run_check
from importer.schema.guards.disguised.total_lines import Line, named
from importer.settings import InputSettings
from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.model import Summary

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "Name")
ROWS = [(f"tfb0ra{n:02}", f"{n}.10", "sale", "", f"2026-06-0{n}", "Ann") for n in range(1, 4)]  # 6.30


def checked(path: Path, table: Sequence[Sequence[str]], **options: Any) -> Summary:
    return run_check(InputSettings(inputs=(str(_written(path, table)),), **options))


TOTALS = [
    *(
        (f"{label}", "6.30", "sale", "", "", "")
        for label in ("GrandTot", "Insgesmt", "ALLROWS1", "June2026", "00000000")
    ),
    ("Balance_", "$6.30", "sale", "", "", ""),
    ("All_2026", "6.30", "click", "", " ", "Bob"),
    ("xYz12345", "6.30", "sale", "Total", "2026-06-30", ""),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "Grand total"),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "All"),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "Gesamtsumme"),
]


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("is_above", [False, True])
def test_the_sum_of_all_others_is_a_question(tmp_path: Path, total: tuple[str, ...], is_above: bool) -> None:
    """What is advised leaves it out, or takes it."""
    path, table = tmp_path / "june.csv", [total, *ROWS] if is_above else [*ROWS, total]
    with pytest.raises(InputError) as caught:
        checked(path, table)
    words = shlex.split(str(caught.value).replace("'s", "s"))
    where, ignore = (words[words.index(option) + 1] for option in ("--where", "--ignore"))
    assert checked(path, table, where=(where,)).posted.rows == 3
    assert checked(path, table, ignore=(ignore,)).posted.rows == 4


@pytest.mark.parametrize(
    "table",
    [
        [ROWS[0], ("tfb0raXX", "1.10", "sale", "", "", "")],
        [*ROWS, ("tfb0raXX", "6.31", "sale", "", "", "")],
        [*ROWS, ("tfb0raXX", "6.30", "sale", "", "2026-06-04", "Ann")],
        [*ROWS, ("tfb0raXX", "5.00", "sale", "", "2026-06-04", "Total Wine")],
        [*ROWS, ("tfb0raXX", "6.30", "sale", "TotalEnergies", "2026-06-04", "Allen")],
        [*((*row[:4], "", "") for row in ROWS), ("tfb0raXX", "6.30", "sale", "", "", "")],
        [(f"tfb0ra{n:02}", "0", "click", "", "", "All") for n in range(3)],
    ],
)
def test_other_rows_are_none(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """Two equal rows, an amount of its own, a row that has all that others have: nobody is asked."""
    assert checked(tmp_path / "june.csv", table).posted.rows == len(table)


MORE = [(f"tfb0rb{n:02}", f"{n}.20", "sale", "", f"2026-07-0{n}", "Ann") for n in range(1, 4)]  # 6.60


def line(label: str, amount: str) -> tuple[str, ...]:
    return label, amount, "sale", "", "", ""


GROUPS = [
    ([*ROWS, line("GroupNrd", "6.30"), *MORE, line("GroupSth", "6.60")], 6),
    ([line("GroupNrd", "6.30"), *ROWS, line("GroupSth", "6.60"), *MORE], 6),
    ([*ROWS, line("Campaign", "6.30"), *MORE, line("Campaign", "6.60"), line("AllOfJun", "12.90")], 6),
    ([line("AllOfJun", "12.90"), line("DE______", "6.30"), *ROWS, line("AT______", "6.60"), *MORE], 6),
    ([*ROWS, line("DE-North", "6.30"), MORE[0], line("DE-South", "1.20"), *MORE[1:], line("DE-West_", "5.40")], 6),
    ([*ROWS[:2], line("its-grp_", "3.20"), ROWS[2], line("tfb0raXX", "9.99")], 4),
    ([*ROWS, line("GroupNrd", "6.30"), *MORE], 6),
]


@pytest.mark.parametrize(("table", "rows"), GROUPS)
def test_sums_of_groups_are_a_question(tmp_path: Path, table: list[tuple[str, ...]], rows: int) -> None:
    """Above or below their rows, with a total of all or without: one command leaves them out, or takes them."""
    path = _written(tmp_path / "june.csv", table)
    found = heard(path)
    assert heard(path, where=found.options("--where")).posted == rows
    assert heard(path, ignore=found.options("--ignore")).posted == len(table)


@pytest.mark.parametrize(
    "table",
    [
        [*ROWS, line("tfb0raXX", "6.31"), *MORE, line("tfb0raXY", "6.61")],
        [ROWS[0], line("tfb0raXX", "1.10"), ROWS[1], line("tfb0raXY", "2.10")],
        [*ROWS, line("tfb0raXX", "6.30"), *MORE, line("tfb0raXY", "1.00"), line("tfb0raXZ", "2.00")],
        [line(row[0], row[1]) for row in (*ROWS, *MORE)],
        [*ROWS, ("GroupNrd", "6.30", "sale", "", "2026-06-30", "Ann"), *MORE],
    ],
)
def test_rows_that_only_lack_a_timestamp_are_rows(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """Amounts of their own, groups of one row, a sum among other lines, files without times: nobody is asked."""
    assert checked(tmp_path / "june.csv", table).posted.rows == len(table)


MANY = [(f"tfb0ra{n:02}", f"{n}.10", "sale", "4521", f"2026-06-0{n}T10:00:00Z", "Ann") for n in range(1, 7)]  # 21.60


@pytest.mark.parametrize("is_above", [False, True])
@pytest.mark.parametrize("label", ["", "Ann", "Total"])
def test_the_sum_that_lacks_what_all_others_have_is_a_question(tmp_path: Path, label: str, is_above: bool) -> None:
    """An offer, or a name; whatever else it has: a moment, and an id like all others."""
    path, total = tmp_path / "june.csv", ("GrandTot", "21.60", "sale", "", "2026-06-30", label)
    table = [total, *MANY] if is_above else [*MANY, total]
    with pytest.raises(InputError) as caught:
        checked(path, table)
    words = shlex.split(str(caught.value))
    where, ignore = (words[words.index(option) + 1] for option in ("--where", "--ignore"))
    assert checked(path, table, where=(where,)).posted.rows == 6
    assert checked(path, table, ignore=(ignore,)).posted.rows == 7
    assert str(caught.value).count("may be a") == 1


@pytest.mark.parametrize(
    "rows",
    [
        [*MANY[:3], ("GrandTot", "6.30", "sale", "", "2026-06-30", "Ann"), *MANY[3:]],
        [*MANY, ("tfb0raXX", "21.61", "sale", "", "2026-06-30", "Ann")],
        [*MANY[:3], ("tfb0raXX", "21.60", "sale", "4521", "2026-06-30", "Ann"), *MANY[3:]],
        [*MANY[:3], ("tfb0raXX", "6.30", "sale", "4521", "2026-06-30", "Ann")],
        [
            *((*row[:1], "0", "click", *row[3:]) for row in MANY),
            *MANY[:1],
            ("tfb0raXX", "1.10", "sale", "", "2026-06-30", "x"),
        ],
    ],
)
def test_another_row_among_many_is_none(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """In the middle of few rows, another amount, of three others, an amount like one other among clicks."""
    assert checked(tmp_path / "june.csv", rows).posted.rows == len(rows)


ENOUGH = [*MANY, *((f"tfb0rb{n:02}", f"{n}.20", *MANY[0][2:]) for n in range(1, 4))]  # 28.20


@pytest.mark.parametrize(
    ("rows", "at"),
    [(MANY, 0), (MANY, 6), ([(*row[:3], "", *row[4:]) for row in MANY], 6), (ENOUGH, 0), (ENOUGH, 5), (ENOUGH, 9)],
)
def test_the_sum_of_many_others_is_a_question_whatever_it_has(
    tmp_path: Path, rows: list[tuple[str, ...]], at: int
) -> None:
    """An id, an offer and a moment like all others: at an end of the file, and anywhere among many."""
    path, amount = tmp_path / "june.csv", "21.60" if len(rows) == 6 else "28.20"
    table = [*rows[:at], ("tfb0raXX", amount, *rows[0][2:]), *rows[at:]]
    found = heard(path := _written(path, table))
    assert f"row {at + 1} ('tfb0raXX') is the sum of all other rows" in found.said
    assert heard(path, where=found.options("--where")).posted == len(rows)
    assert heard(path, ignore=found.options("--ignore")).posted == len(table)


LABELS = ("TOTAL_06", "Total-06", "06-Summe", "eu_total", "JunTotal", "SUBTOTAL")  # wherever they stand
SHORT = ("SUM_JUNE", "June_sum", "JuneSum1", "TTL_2026", "All_June", "Grand-Tot")  # at an end of the file


PLACES = ((0, "21.61"), (6, "22.00"), (0, "21.60"), (6, "21.60"))


@pytest.mark.parametrize(
    ("label", "at", "amount"),
    [*((one, *place) for one in (*LABELS, *SHORT) for place in PLACES), *((one, 3, "20.50") for one in LABELS)],
)
def test_a_word_for_a_total_as_a_part_of_an_id(tmp_path: Path, label: str, at: int, amount: str) -> None:
    """It is asked about though its amount is rounded, or not of all rows, and never posted where it is their sum."""
    table = [*MANY[:at], (label, amount, *MANY[0][2:]), *MANY[at:]]
    found = heard(path := _written(tmp_path / "june.csv", table), any_message_id=True)
    if found.codes or label == "SUBTOTAL":
        assert (found.codes, found.posted) == ({"total_row": 1}, 6)
        return
    assert found.options("--ignore") == ["message_id"]
    assert heard(path, any_message_id=True, where=found.options("--where")).posted == 6
    assert heard(path, any_message_id=True, ignore=("message_id",)).posted == 7


@pytest.mark.parametrize(
    "ids",
    [
        [f"total-{n:02}" for n in range(7)],
        [f"all_{n:04}" for n in range(7)],
        ["TOTALLY1", "sTotalXx", "aSumB123", "assume12", "toTAL123", "Totally-", "xxsuMyyy"][::-1],
        ["abcdefg1", "June_Sum", "abcdefg2", "abcdefg3", "abcdefg4", "abcdefg5", "abcdefg6"],
    ],
)
def test_names_with_such_words_are_none(tmp_path: Path, ids: list[str]) -> None:
    """All ids are so called, words only contain one, or a short one stands in the middle: nobody is asked."""
    table = [(one, f"{n}.10", *MANY[0][2:]) for n, one in enumerate(ids, 1)]
    assert heard(_written(tmp_path / "june.csv", table), any_message_id=True).posted == 7


@pytest.mark.parametrize("empty", ["", '""', "  ", '" "'])
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([*MANY[:3], ("tfb0raXX", "6.30", "sale", "4521", "2026-06-30", "{}")], "has no Name, which all others have"),
        (
            [
                *((*row[:5], f"Ann{row[0]}") for row in MANY[:3]),
                ("tfb0raXX", "6.30", "sale", "4521", "2026-06-30", "{}"),
                *((*row[:5], f"Ann{row[0]}") for row in MANY[3:]),
                ("tfb0raXY", "15.30", "sale", "4521", "2026-06-30", "{}"),
            ],
            "by the column 'Name' some rows may be totals",
        ),
    ],
)
def test_an_empty_cell_is_one_however_it_is_written(
    tmp_path: Path, table: list[Sequence[str]], said: str, empty: str
) -> None:
    """Programs that quote every cell, and those that fill columns up with blanks, write it otherwise."""
    path = tmp_path / "june.csv"
    lines = "\n".join(map(",".join, [HEADER, *table])).replace("{}", empty)
    path.write_text(lines, encoding="utf-8")
    found = heard(path)
    assert said in found.said
    assert heard(path, where=found.options("--where")).posted == sum(row[5] != "{}" for row in table)


def _written(path: Path, table: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *table])
    return path


FIRST, SECOND = MANY[:3], MANY[3:]  # 6.30 and 15.30


def of_two_kinds(kinds: str, *, is_above: bool = False, amount: str = "6.30", name: str = "Ann") -> list[Sequence[str]]:
    """Rows of two groups with their totals, which repeat the group's first id; `kinds`: what totals and rows say."""
    of_total, _, of_row = kinds.partition("|")
    table: list[Sequence[str]] = []
    for group, money in ((FIRST, amount), (SECOND, "15.30")):
        total = [(group[0][0], money, *group[0][2:5], of_total)]
        rows = [(*row[:5], of_row and of_row + (row[1] if of_row == name else "")) for row in group]
        table += [*total, *rows] if is_above else [*rows, *total]
    return table


@pytest.mark.parametrize("is_above", [False, True])
@pytest.mark.parametrize("kinds", ["Group|Detail", "T|D", "|Ann", "1|2", "S|"])
def test_sums_of_groups_that_one_value_tells_are_a_question(tmp_path: Path, kinds: str, is_above: bool) -> None:
    """A level, a letter, an empty cell beside names that differ: whatever it is called, and whatever their ids are."""
    path = _written(tmp_path / "june.csv", table := of_two_kinds(kinds, is_above=is_above))
    found = heard(path)
    assert "by the column 'Name' some rows may be totals" in found.said
    assert heard(path, where=found.options("--where")).posted == 6
    assert heard(path, ignore=found.options("--ignore")).posted == len(table)


@pytest.mark.parametrize(
    "table",
    [
        of_two_kinds("Group|Detail", amount="6.31"),
        of_two_kinds("|Ann", amount="6.31", is_above=True),
        [(*row[:5], "AB"[n % 2]) for n, row in enumerate(MANY)],
        [(f"tfb0ra{n:02}", "5.00" if n % 3 else "9.99", *MANY[n % 6][2:5], "ABC"[n % 3]) for n in range(9)],
    ],
)
def test_kinds_of_rows_are_none(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """Where one line is no sum, or rows only have some value: nobody is asked."""
    assert heard(_written(tmp_path / "june.csv", table)).posted == len(table)


OFFERS = [(f"tfb0ra{n:02}", f"{n}.10", "sale", ("4521", "5103", "77")[n % 3], "2026-06-01") for n in range(1, 8)]


@pytest.mark.parametrize("called", ["{}", "Offer{}", "offer-{}"])
@pytest.mark.parametrize("is_above", [False, True])
def test_totals_of_the_offers_are_a_question(tmp_path: Path, called: str, is_above: bool) -> None:
    """They have their offer in the place of an id."""
    totals = [
        (called.format(offer), str(sum(Decimal(row[1]) for row in OFFERS if row[3] == offer)), "sale", offer, when)
        for offer, when in (("4521", ""), ("5103", "2026-06-30"), ("77", "2026-06-30"))
    ]
    path = _written(tmp_path / "june.csv", [*totals, *OFFERS] if is_above else [*OFFERS, *totals], HEADER[:5])
    found = heard(path, any_message_id=True)
    assert "with their offer in the place of an id" in found.said
    assert heard(path, any_message_id=True, where=found.options("--where")).posted == 7
    assert heard(path, any_message_id=True, ignore=found.options("--ignore")).posted == 10


def test_ids_that_end_with_their_offers_are_ids(tmp_path: Path) -> None:
    """Where they are no sums: in one row, or in all."""
    one = [("tfb04521", "3.00", "sale", "4521", "2026-06-01"), *OFFERS]
    all_ = [(f"c{n}-{row[3]}", *row[1:]) for n, row in enumerate(OFFERS)]
    for table in (one, all_):
        path = _written(tmp_path / "june.csv", table, HEADER[:5])
        assert heard(path, any_message_id=True).posted == len(table)


def _groups(*tables: Sequence[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    return [
        (f"tfb0{number}{n:03}", amount, "sale", "", f"2026-06-0{1 + n % 9}", label)
        for number, table in enumerate(tables, 1)
        for n, (_, amount, label) in enumerate(table)
    ]


ACME = [("", "1.10", "Acme"), ("", "2.20", "Acme")]
BETA = [("", "4.00", "Beta"), ("", "5.00", "Beta"), ("", "6.00", "Beta")]


@pytest.mark.parametrize(
    "tables",
    [
        (ACME, [("", "3.30", "Acme Total")], BETA, [("", "15.00", "Beta Total")]),
        (ACME, [("", "3.30", "Summe Acme")], BETA),
        (ACME, [("", "3.30", "итого")], BETA, [("", "15", "Итого")], [("", "18.30", "Всего")]),
        ([("", "3.30", "Subtotal")], ACME, [("", "15.00", "Subtotal")], BETA),
        (BETA, [("", "15.00", "Beta subtotal")], [("", "7.00", "One")], [("", "7.00", "One subtotal")]),
    ],
)
def test_sums_of_groups_that_say_so_are_a_question(
    tmp_path: Path, tables: Sequence[list[tuple[str, str, str]]]
) -> None:
    """Above their rows or below them, in all languages of totals; the advice leaves all of them out."""
    path, table = tmp_path / "june.csv", _groups(*tables)
    with pytest.raises(InputError) as caught:
        checked(path, table)
    words = shlex.split(str(caught.value))
    where, ignore = (words[words.index(option) + 1] for option in ("--where", "--ignore"))
    totals = sum(len(group) == 1 and group[0][2] != "One" for group in tables)
    assert f"row {next(n for n, row in enumerate(table, 1) if 'otal' in row[5] or row[5][0] in 'Sи')} (" in str(
        caught.value
    )
    assert checked(path, table, where=(where,)).posted.rows == len(table) - totals
    assert checked(path, table, ignore=(ignore,)).posted.rows == len(table)


@pytest.mark.parametrize(
    "tables",
    [
        (ACME, [("", "3.40", "Total")], BETA, [("", "9.00", "Total")]),
        (ACME, [("", "3.40", "Acme Total")], BETA, [("", "15.00", "Beta Total")]),
        (ACME, [("", "3.40", "Acme Total")], BETA),
        (ACME, [("", "7.00", "Suma")], BETA),
        (ACME, [("", "3.30", "TotalEnergies")], BETA),
        (ACME, [("", "7.00", "Total Wine")], BETA, [("", "8.00", "Total Wine")], [("", "9.00", "Total Wine")]),
        ([("", "2.00", "One")], [("", "2.00", "Sum")], BETA),
    ],
)
def test_names_like_labels_are_names(tmp_path: Path, tables: Sequence[list[tuple[str, str, str]]]) -> None:
    """Where one of them is no sum, or only that of one row, nobody is asked."""
    table = _groups(*tables)
    assert checked(tmp_path / "june.csv", table).posted.rows == len(table)


PLAIN = [
    (ACME, BETA, [("", "18.31", "Acme Total")]),
    (ACME, [("", "3.31", "Acme Total")], BETA, [("", "15.01", "Beta Total")]),
    (ACME, [("", "3.31", "Total")], BETA, [("", "15.01", "Total")]),
    (ACME, [("", "3.30", "Total")], BETA, [("", "9.00", "Total")]),
    ([("", "3.29", "Subtotal")], ACME, [("", "15.01", "Subtotal")], BETA),
    ([("", "18.29", "All partners total")], ACME, BETA),
    *((ACME, BETA, [("", amount, "Total")]) for amount in ("18.31", "17.00", "100.00")),
    *(
        (ACME, BETA, [("", "18.00", label)])
        for label in ("Grand Total", "Gesamtsumme", "Suma", "Subtotal June", "итого")
    ),
    *((ACME, [("", "4.00", label)], BETA) for label in ("Total", "Subtotal Acme", "Zwischensumme", "SUBTOTAL:")),
]


@pytest.mark.parametrize("tables", PLAIN)
@pytest.mark.parametrize("is_offer", [False, True])
def test_a_plain_label_is_a_question_whatever_the_amount_is(
    tmp_path: Path, tables: Sequence[list[tuple[str, str, str]]], *, is_offer: bool
) -> None:
    """A cent off, rounded, or far from every sum: the word decides. In a column that is not used, or as the offer."""
    table = [(*row[:3], row[5], row[4], "") if is_offer else row for row in _groups(*tables)]
    found = heard(path := _written(tmp_path / "june.csv", table))
    assert found.said.count("may be totals") == 1
    totals = sum(len(group) == 1 for group in tables)
    assert heard(path, where=found.options("--where")).posted == len(table) - totals
    assert heard(path, ignore=found.options("--ignore")).posted == len(table)


def test_words_for_totals_of_many_languages(tmp_path: Path) -> None:
    """The sums of the rows above them, with an id and a moment like all rows."""
    words = (
        "Totalt|Sammanlagt|Delsumma|Σύνολο|ΣΥΝΟΛΟ|Ergebnis|Celkem|Mezisoučet|Összesen|ÖSSZESEN|Razem|Łącznie|Ukupno|Spolu|"
        'Всего|Общо|Ara toplam|Välisumma|Kopā|Tổng cộng|Jumlah|รวม|कुल|المجموع|סה"כ|総計|总额|(all)|All orders'
    )
    for word in words.split("|"):
        table = _groups(ACME, [("", "3.30", word)], BETA, [("", "15.00", word)])
        found = heard(_written(tmp_path / "june.csv", table))
        assert f"row 3 ({word!r}), row 7 ({word!r}), 2 rows (18.30)" in found.said, word


@pytest.mark.parametrize("called", ["Brand", "utm_campaign", "Item", "Product name", "offer_name", "Markenname", "Ad"])
def test_a_brand_may_be_called_total(tmp_path: Path, called: str) -> None:
    """One row, at an end or not; a sum, or what is much of all at an end, is a question there too."""
    header, total = (*HEADER[:5], called), [("", "4.00", "Total")]
    for tables in ((total, ACME, BETA), (ACME, total, BETA), (ACME, BETA, total)):
        assert heard(_written(tmp_path / "june.csv", _groups(*tables), header)).posted == 6
    for amount, label in (("18.30", "Total"), ("18.31", "total"), ("12.00", "TOTAL"), ("4.00", "Grand total")):
        found = heard(_written(tmp_path / "june.csv", _groups(ACME, BETA, [("", amount, label)]), header))
        assert (found.exit_status, found.posted) == (2, 0), amount


def test_a_label_in_a_column_that_is_empty_otherwise(tmp_path: Path) -> None:
    """Whatever the first thousand rows have: only a column of numbers is passed over."""
    rows = [(f"tfb{n:05}", "1.00", "sale", "", "2026-06-01", "") for n in range(1, 1203)]
    table = [*rows[:1200], ("tfb0suM1", "1200.00", "sale", "", "2026-06-01", "Subtotal"), *rows[1200:]]
    with pytest.raises(InputError, match=r"row 1,201 \('Subtotal'\), 1 row \(1,200\.00\)"):
        checked(tmp_path / "june.csv", table)
    table = [*((*row[:5], "7") for row in rows[:1200]), *table[1200:]]
    assert checked(tmp_path / "june.csv", table, duplicates="post").posted.rows == 1203


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (6, " and 1 more"), (9, " and 4 more")])
def test_five_of_the_lines_are_named(count: int, more: str) -> None:
    """And how many others there are."""
    lines = [Line(n, f"row {n}", f"id{n}", Decimal(n), "", "") for n in range(1, count + 1)]
    assert named(lines) == ", ".join(f"row {n} ('id{n}')" for n in range(1, min(count, 5) + 1)) + more
