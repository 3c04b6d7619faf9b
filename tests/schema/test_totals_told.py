"""What the guards of totals with an id say of a table, to the letter, and of the next one nothing."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest

from importer.schema.guards.disguised import (
    DisguisedTotalsGuard,
    IdsOfRows,
    KindsOfLinesGuard,
    LabelledTotalsGuard,
    OfferTotalsGuard,
    RepeatedGroupsGuard,
)
from tests.schema.tables import HEADER, batches, said_of

NAMED = (*HEADER, "Name")
START = "june.csv: by the column 'Name' some rows may be totals, and would count twice: "


def table(text: str) -> list[list[tuple[str, ...]]]:
    """Rows by name and amount (`A:1`), in batches (`|`); `_` is no name."""
    numbers = count(1)

    def row(word: str) -> tuple[str, ...]:
        name, amount = word.split(":")
        return f"tfb{next(numbers):05}", amount, "sale", "", "", name.replace("_", " ").strip()

    return [[row(word) for word in part.split()] for part in text.split("|")]


def rows_of(*numbers: int, each: str = "row {} ('tfb{:05}')") -> str:
    return ", ".join(each.format(n, n) for n in numbers)


def leaving_out(*numbers: int) -> str:
    ids = ",".join(f"tfb{n:05}" for n in numbers)
    return f"--where 'message_id!={ids}' leaves them out"


TAKES = "; --ignore Name takes them as rows."
OF_GROUPS = ", are each the sum of the other rows of their group. "


@pytest.mark.parametrize(
    ("lines", "found", "money"),
    [
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7", (4, 8), "2 rows (13.00)"),
        ("A:6 A:1 A:2 A:3 B:7 B:1 B:2 B:4", (1, 5), "2 rows (13.00)"),
        ("A:1 A:2 | A:3 A:6 B:1 | B:2 B:4 B:7", (4, 8), "2 rows (13.00)"),
        ("A:6 A:1 | A:2 A:3 B:7 | B:1 B:2 B:4", (1, 5), "2 rows (13.00)"),
        ("A:6 A:1 A:2 A:3 B:1 B:2 B:4 B:7", (), ""),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:3", (), ""),  # of five rows only
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:5 C:5", (4, 8, 10), "3 rows (18.00)"),
        ("A:1 A:2 A:3 B:1 B:2 B:3 C:1 C:1 C:2 D:9 D:9", (3, 6, 9, 11), "4 rows (17.00)"),
        ("A:1 A:2 A:3 B:1 B:2 B:3 C:9 C:9 D:9 D:9 E:9 E:9", (), ""),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:5", (), ""),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:13", (4, 8, 9), "3 rows (26.00)"),
        ("A:6 A:1 A:2 A:3 B:7 B:1 B:2 B:4 C:13", (1, 5, 9), "3 rows (26.00)"),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:1 C:1 C:2 D:15", (4, 8, 11, 12), "4 rows (30.00)"),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:1 C:13", (), ""),
        ("A:1 A:2 A:3 A:4 A:5 A:6 A:21 B:21", (), ""),  # of one group
        ("A:1 A:2 A:3 A:4 A:5 A:6 A:21", (), ""),
        ("A:1 A:2 A:3 A:6 _:1 _:2 _:4 _:7 A:1 A:1 A:2", (4, 8, 11), "3 rows (15.00)"),
        ("A:1 A:2 A:-3 A:0 B:1 B:2 B:4 B:7", (), ""),
        ("A:0 A:0 A:0 A:0 B:0 B:0 B:0 B:0", (), ""),
        ("A:3 A:-1 A:2 A:4 B:1 B:2 B:4 B:7", (4, 8), None),
        ("A:3 A:-1 A:2 A:5 B:1 B:2 B:4 B:7", (4, 8), "2 rows (12.00)"),
        ("A:1 B:2 A:3 B:6 C:1 C:2 C:4 C:7", (), ""),  # of rows apart
        ("A:1 | B:2 | A:3 B:6 C:1 | C:2 C:4 C:7", (), ""),
        ("A:1 A:2 A:3 A:6 B:1 B:2 B:4 B:7 C:0.00001", (), ""),
    ],
)
def test_sums_of_groups_that_repeat_their_name(lines: str, found: tuple[int, ...], money: str | None) -> None:
    said = said_of(RepeatedGroupsGuard(IdsOfRows()), *table(lines), header=NAMED)
    if money is None:
        money = "2 rows (11.00)"
    assert said == ([f"{START}{rows_of(*found)}, {money}{OF_GROUPS}{leaving_out(*found)}{TAKES}"] if found else [])


def test_their_way_out() -> None:
    """Many ids are none that an option names."""
    out = f"{OF_GROUPS}Take them out of the file{TAKES}"
    for groups, way in ((20, f"{OF_GROUPS}{leaving_out(*range(3, 61, 3))}{TAKES}"), (21, out)):
        lines = " ".join(f"{'AB'[n % 2]}:1 {'AB'[n % 2]}:2 {'AB'[n % 2]}:3" for n in range(groups))
        named = f"{rows_of(3, 6, 9, 12, 15)} and {groups - 5} more, {groups} rows ({groups * 3}.00)"
        assert said_of(RepeatedGroupsGuard(IdsOfRows()), *table(lines), header=NAMED) == [f"{START}{named}{way}"]


@pytest.mark.parametrize("sizes", [(600,), (500, 100), (501, 99), (300, 250, 50)])
@pytest.mark.parametrize("wrong", [None, 499, 500, 501, 502])
def test_five_hundred_groups_prove_it_in_whichever_batches(sizes: tuple[int, ...], wrong: int | None) -> None:
    """What comes behind them is not looked at."""
    groups = [f"{'AB'[n % 2]}:1 {'AB'[n % 2]}:2 {'AB'[n % 2]}:{4 if n == wrong else 3}" for n in range(1, 601)]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    parts = [" ".join(groups[at : at + size]) for at, size in zip(starts, sizes, strict=True)]
    said = said_of(RepeatedGroupsGuard(IdsOfRows()), *table(" | ".join(parts)), header=NAMED)
    if wrong in (499, 500):
        assert not said
    else:
        told = ", 500 rows (1,500.00), are each the sum of the other rows of their group, the first 500 of which were"
        assert [told in one for one in said] == [True]


KIND = ", which are the sums of the rows beside them. "


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("D:1 D:2 T:3 D:4 D:5 T:9", "row 3 ('T'), row 6 ('T'), 2 rows (12.00)"),
        ("D:1 D:2 T:3 | D:4 D:5 T:9", None),  # the first rows do not tell
        ("D:1 D:2 T:3 D:4 | D:5 | T:9", "row 3 ('T'), row 6 ('T'), 2 rows (12.00)"),
        ("T:3 D:1 D:2 T:9 D:4 D:5", "row 1 ('T'), row 4 ('T'), 2 rows (12.00)"),
        ("D:1 D:2 T:3 D:4 T:4", None),  # of three rows, or of two in a group
        ("D:1 D:2 D:3 T:6", None),
        ("D:1 D:1 D:1 D:1 T:4 T:4 T:4 T:4", "row 5 ('T'), row 6 ('T'), row 7 ('T'), …, 4 rows (16.00)"),
        ("D:1 D:1 D:1 D:1 T:4 T:4 T:4 T:4 T:4", None),
        ("D:1 D:1 D:1 D:1 T:4 T:4 | T:4 T:4", "row 5 ('T'), row 6 ('T'), row 7 ('T'), …, 4 rows (16.00)"),
        ("D:1 D:1 D:1 D:1 T:4 T:4 | T:4 T:4 T:4", None),
        ("D:1 D:1 D:1 D:1 T:4 T:4 D:5 T:9", "row 5 ('T'), row 6 ('T'), row 8 ('T'), 3 rows (17.00)"),
        ("D:1 D:2 Total:3 D:4 D:5 Total:9", None),  # others hear of it
        ("D:1 D:2 Summe:_2:3 D:4 D:5 Summe:_2:9".replace(":_2", "_2"), None),
        ("D:1 D:2 Nord-Gesamt!:3 D:4 D:5 Nord-Gesamt!:9", None),
        (
            "A:1 B:2 T:3 C:4 D:5 T:9 E:1 F:2 T:3 G:1 A:1 T:2 A:1 A:1 T:2 A:1",
            "row 3 ('T'), row 6 ('T'), row 9 ('T'), …, 5 rows (19.00)",
        ),
        ("A:1 B:2 T:3 C:4 D:5 T:9 E:1 F:2 T:3 G:1 H:1 T:2 A:1 A:1 T:2 A:1 A:1 A:1", None),
        ("A:1 B:2 T:3 C:4 D:5 T:9 A:1 A:2 T:3 A:1", "row 3 ('T'), row 6 ('T'), row 9 ('T'), 3 rows (15.00)"),
        ("A:1 B:2 T:3 C:4 D:5 T:9 E:1 A:2 T:3 A:1", None),
        ("A:1 B:2 _:3 C:4 D:5 _:9 E:1 A:2 _:3 A:1", "row 3 (''), row 6 (''), row 9 (''), 3 rows (15.00)"),
        ("D:1 D:2 T:x D:4 D:5 T:9", None),  # the first of them has no amount
        ("A:1 B:2 C:3 D:4 | E:5 F:6 _:11 G:7 H:8 _:15", None),  # the first rows have none of them
    ],
)
def test_sums_that_one_value_tells(lines: str, said: str | None) -> None:
    """In whole sentences; of few values, and not of more lines than rows."""
    found = said_of(KindsOfLinesGuard(), *table(lines), header=NAMED)
    value = '""' if "_:" in lines else "T"
    way = f"--where 'Name!={value}' leaves them out"
    assert found == ([f"{START}{said}{KIND}{way}{TAKES}"] if said else [])


@pytest.mark.parametrize(("wrong", "is_asked"), [(None, True), (499, False), (500, False), (501, True)])
@pytest.mark.parametrize("first", [100, 500, 501, 510])
def test_five_hundred_lines_prove_it(wrong: int | None, first: int, *, is_asked: bool) -> None:
    groups = [f"D:1 D:2 T:{5 if n == wrong else 3}" for n in range(1, 511)]
    parts = [part for part in (groups[:first], groups[first:]) if part]
    found = said_of(KindsOfLinesGuard(), *table(" | ".join(map(" ".join, parts))), header=NAMED)
    money = "1,532.00" if wrong == 501 else "1,530.00"  # what the option leaves out, those behind them included
    assert [f", …, 510 rows ({money}), which are" in one for one in found] == [True] * is_asked


@pytest.mark.parametrize(("wrong", "is_asked"), [(None, True), (500, False), (501, True)])
def test_what_is_below_five_hundred_lines_ends_with_the_next(wrong: int | None, *, is_asked: bool) -> None:
    """Also where a batch ends within the rows below it."""
    groups = [f"T:{5 if n == wrong else 3} D:1 D:2" for n in range(1, 511)]
    lines = " ".join([*groups[:505], groups[505].replace(" D:2", " | D:2"), *groups[506:]])
    found = said_of(KindsOfLinesGuard(), *table(lines), header=NAMED)
    money = "1,532.00" if wrong == 501 else "1,530.00"
    assert [f", …, 510 rows ({money}), which are" in one for one in found] == [True] * is_asked


def of_offers(text: str) -> list[tuple[str, ...]]:
    """Rows by offer and amount (`77:1`); `!77:1` has the offer for an id, `x77:1` behind a word; `0` is none."""
    lines = []
    for number, word in enumerate(text.split(), 1):
        offer, amount = word.lstrip("!x").split(":")
        message_id = {"!": offer, "x": f"Offer-{offer}"}.get(word[0], f"tfb_{number:04}_")
        lines.append((message_id, amount, "sale", "" if offer == "0" else offer, ""))
    return lines


@pytest.mark.parametrize(
    ("lines", "named", "where"),
    [
        ("77:1 77:2 88:4 !77:3 !88:4", "row 4 ('77'), row 5 ('88'), 2 rows (7.00)", "77,88"),
        (
            "x77:3 x88:4 77:1 88:4 77:2 0:9",
            "row 1 ('Offer-77'), row 2 ('Offer-88'), 2 rows (7.00)",
            "Offer-77,Offer-88",
        ),
        ("77:1 77:2 !77:3", "row 3 ('77'), 1 row (3.00)", "77"),
        ("77:3 !77:3", None, None),
        ("77:1 77:2 88:4 !77:3 x88:4", None, None),
        ("77:1 77:2 88:4 !77:3", None, None),
        ("77:1 77:2 !77:3 0:3", "row 3 ('77'), 1 row (3.00)", "77"),
    ],
)
def test_totals_of_offers(lines: str, named: str | None, where: str | None) -> None:
    options = {"rules": {"any_message_id": True}}
    said = (
        "june.csv: with their offer in the place of an id, and together the sum of all other rows that have one: "
        f"{named}. Such lines may be totals, and would count twice. --where 'message_id!={where}' leaves out what is "
        "so called; --ignore message_id takes all."
    )
    rows = of_offers(lines)
    for parts in ((rows,), (rows[:2], rows[2:])):
        assert said_of(OfferTotalsGuard(IdsOfRows()), *parts, **options) == ([said] if named else [])
    for ignored in ("message_id", "offer_id"):
        columns = {"ignore": (ignored,)}
        assert not said_of(OfferTotalsGuard(IdsOfRows()), rows, **options, columns=columns)


@pytest.mark.parametrize(("lines", "others", "is_asked"), [(1000, 1000, True), (1001, 1001, False), (1001, 999, False)])
def test_a_thousand_offers(lines: int, others: int, *, is_asked: bool) -> None:
    """More are no totals: the ids of the file hold the offers."""
    rows = of_offers(f"1:{others - 1} 1:1 " + " ".join(f"!{n}:1" for n in range(2, lines + 2)))
    found = said_of(OfferTotalsGuard(IdsOfRows()), rows, rules={"any_message_id": True})
    assert [" and 995 more, 1,000 rows (1,000.00)." in one for one in found] == [True] * is_asked


NO_SUMS = ": that word says so, though they are no exact sums. "


@pytest.mark.parametrize(
    ("lines", "rows", "why", "where"),
    [
        (
            "A:1 A:2 A_Total:3 B:4 B:5 B_Total:9",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (12.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A:1 A:2 | A_Total:3 B:4 | B:5 B_Total:9",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (12.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A:1 | A:2 | A_Total:3 B:4 | B:5 B_Total:9",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (12.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A_Total:3 A:1 A:2 B_Total:9 B:4 B:5",
            "row 1 ('A Total'), row 4 ('B Total'), 2 rows (12.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A:5 A:-2 | A_Total:3 B:4 B:5 B_Total:9",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (12.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A:5 A:-2 | A_Total:5 B:4 B:5 B_Total:9",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (14.00)",
            KIND,
            "A Total,B Total",
        ),
        (
            "A:1 A:2 Sum:3 B:4 B:5 Sum:9 Sum:12 C:1",
            "row 3 ('Sum'), row 6 ('Sum'), row 7 ('Sum'), 3 rows (24.00)",
            KIND,
            "Sum",
        ),
        ("A1:1 A2:2 Sum:3 B:4 B:5", "row 3 ('Sum'), 1 row (3.00)", KIND, "Sum"),
        ("_:1 _:2 ∑:3 _:4 _:5", "row 3 ('∑'), 1 row (3.00)", KIND, "∑"),
        ("A:1 Sum:1 B:4 B:5", None, None, None),
        ("A:1 A:2 Sum:4 B:4 B:5", None, None, None),
        ("A:1 A:2 B:4 B:5 Sum:12", None, None, None),  # the sum of all others is asked about elsewhere
        ("A:1 A:2 B:4 B:5 Sum:6", "row 5 ('Sum'), 1 row (6.00)", NO_SUMS, "Sum"),
        ("A:1 A:2 B:4 B:5 Sum:5.99", None, None, None),
        ("A:1 A:2 Subtotal:4 B:4 B:5", "row 3 ('Subtotal'), 1 row (4.00)", NO_SUMS, "Subtotal"),
        (
            "A:1 A:2 Total:3.01 B:4 B:5 Total:9.02 C:7",
            "row 3 ('Total'), row 6 ('Total'), 2 rows (12.03)",
            NO_SUMS,
            "Total",
        ),
        (
            "A:1 A:2 A_Total:3.01 B:4 B:5 B_Total:9.02 C:7",
            "row 3 ('A Total'), row 6 ('B Total'), 2 rows (12.03)",
            NO_SUMS,
            "A Total,B Total",
        ),
        ("A:1 A:2 A_Total:3.03 B:4 B:5 B_Total:9.03 C:7", None, None, None),
        ("A:1 A:2 Total:3 B:4 B:5 Total:20 C:7", "row 3 ('Total'), row 6 ('Total'), 2 rows (23.00)", NO_SUMS, "Total"),
        ("A:1 A:2 Total:3 B:4 B:5 Total:20 C:7 Total:30", None, None, None),
        ("A:1 A:2 Total:3 Total:8 C:7", None, None, None),  # rows of one name
    ],
)
def test_sums_that_a_label_tells(lines: str, rows: str | None, why: str | None, where: str | None) -> None:
    found = said_of(LabelledTotalsGuard(), *table(lines), header=NAMED)
    assert found == ([f"{START}{rows}{why}--where 'Name!={where}' leaves them out{TAKES}"] if rows else [])


WINE = "A:1 A:2 {A}:3 B:3 B:4 {B}:7 {more}Total_Wine:5 Total_Wine:6 {W}:11 {end}"


@pytest.mark.parametrize(
    "form", ["Total {}", "Total for {}", "{} Total", "Sum of {}", "{} Zwischensumme", "Total (EUR)"]
)
@pytest.mark.parametrize("more", ["", "C:9 {C}:9 ", "Total_Gas:4 {C}:4 "])
@pytest.mark.parametrize("end", ["", "Grand_total:{}"])
def test_totals_of_groups_beside_names_that_are_like_them(form: str, more: str, end: str) -> None:
    """The brand's own rows are no totals, and all lines that are sums are named."""
    third = "Total Gas" if "Gas" in more else "C"
    names = {key: form.format(name) for key, name in {"A": "A", "B": "B", "C": third, "W": "Total Wine"}.items()}
    own = {key: name.replace(" ", "_") for key, name in names.items()}
    total = {"": 21, "C": 30, "T": 25}[more[:1]]
    (found,) = said_of(
        LabelledTotalsGuard(),
        *table(WINE.format(**own, more=more.format(**own), end=end.format(total))),
        header=NAMED,
    )
    labels = dict.fromkeys([*(names[key] for key in ("ABCW" if more else "ABW")), *(["Grand total"] if end else [])])
    rows, money = len(more and "C") + 3 + bool(end), total + (total if end else 0)
    assert f"row 3 ({names['A']!r}), row 6 ({names['B']!r})" in found
    assert f", {rows} rows ({money}.00){KIND}" in found
    assert f"--where 'Name!={','.join(labels)}' leaves them out" in found


@pytest.mark.parametrize("wine", ["Total_Wine:5", "Total_Wine:5 Total_Wine:6", "Total_Wine:5 C:3 Total_Gas:8 D:1"])
def test_totals_that_have_the_name_of_the_rows_beside_them(wine: str) -> None:
    """Those of the brand that hides them need none of their own."""
    above = f"acme:1 Acme:2 Total_Acme:3 B:3 B:4 Total_B:7 {wine}"
    for lines in (above, f"{wine} Total_Acme:3 Acme:1 acme:2 Total_B:7 B:3 B:4"):
        (found,) = said_of(LabelledTotalsGuard(), *table(lines), header=NAMED)
        assert f", 2 rows (10.00){KIND}--where 'Name!=Total Acme,Total B' leaves them out" in found


@pytest.mark.parametrize(
    "lines",
    [
        "A:1 Total_Wine:2 B:3 Total_Gas:5 A:7 Total_Wine:1 B:2 Total_Gas:9",
        "A:5 Total_Wine:5 B:5 Total_Gas:5 A:5 Total_Wine:5 B:5 Total_Gas:5",
        "A:5 A:5 Total_Wine:10 B:5 B:5 Total_Gas:10 A:5 A:9 Total_Wine:10 Total_Gas:10",
        "A:5 A:5 Total_Wine:10 B:5 B:5 Total_Gas:11 A:5",
        "Total_Wine:5 Total_Wine:5 Total_Gas:10 Total_Gas:5",
    ],
)
def test_names_alone_are_no_totals(lines: str) -> None:
    assert not said_of(LabelledTotalsGuard(), *table(lines), header=NAMED)


@pytest.mark.parametrize("first", [300, 505])
@pytest.mark.parametrize("brands", [(505,), (505, 2), (509, 508, 7)])
def test_many_subtotals_do_not_leave_out_the_brand_behind_them(first: int, brands: tuple[int, ...]) -> None:
    """A row of a brand that is called like one is a row, wherever it stands."""
    names = {n: f"Total_Wine{at}" for at, n in enumerate(brands)}
    groups = [f"A:1 A:2 {names[n]}:7 Subtotal:10" if n in names else "A:1 A:2 Subtotal:3" for n in range(510)]
    parts = [" ".join(groups[:first]), " ".join(groups[first:])]
    (found,) = said_of(LabelledTotalsGuard(), *table(" | ".join(parts)), header=NAMED)
    assert f", …, 510 rows ({1530 + 7 * len(brands):,}.00), which are the sums" in found
    assert "--where Name!=Subtotal leaves" in found.replace("'", "")


def test_words_that_are_sums_and_others_are_two_questions() -> None:
    """What one leaves out is no reason to leave out the other."""
    found = said_of(LabelledTotalsGuard(), *table("A:1 A:2 Total:3 Sum:8 C:7"), header=NAMED)
    assert found == [
        f"{START}row 3 ('Total'), 1 row (3.00){KIND}--where 'Name!=Total' leaves them out{TAKES}",
        f"{START}row 4 ('Sum'), 1 row (8.00){NO_SUMS}--where 'Name!=Sum' leaves them out{TAKES}",
    ]


@pytest.mark.parametrize("labels", [20, 21, 500, 501, 700])
def test_many_labels_that_are_sums_are_counted_to_the_last(labels: int) -> None:
    """Another column is heard all the same; many are not left out by an option."""
    rows = [row for n in range(labels) for row in table(f"A:1 A:2 G{n}_Total:3")[0]]
    rows = [(f"tfb{n:05}", *row[1:], row[5]) for n, row in enumerate(rows)]
    found = said_of(LabelledTotalsGuard(), rows, header=(*NAMED, "Group"))
    assert len(found) == 2
    way = "leaves them out" if labels <= 20 else "Leave them out of the file"
    assert all(way in one and f", …, {labels} rows ({Decimal(3 * labels):,.2f}), which" in one for one in found)
    rows = [(*row[:6], row[6] if n < 9 else "A") for n, row in enumerate(rows)]
    assert len(said_of(LabelledTotalsGuard(), rows, header=(*NAMED, "Group"))) == 2


MANY = [(f"tfb_{n:04}", f"{n}.10", "sale", "7", "2026-01-05", f"A{n}") for n in range(1, 9)]  # 36.80
IS_ALL = "is the sum of all other rows, 1 row ({}): it may be a total, and would count twice. "


@pytest.mark.parametrize(
    ("rows", "at", "total", "why"),
    [
        (8, 4, ("7", "2026-01-05", "B"), ""),  # wherever it stands
        (7, 4, ("7", "2026-01-05", "B"), None),
        (7, 4, ("7", "", "B"), "has no timestamp, which others have, and "),
        (4, 4, ("7", "2026-01-05", "B"), ""),
        (4, 0, ("7", "2026-01-05", "B"), ""),
        (4, 1, ("7", "2026-01-05", "B"), None),
        (4, 3, ("7", "2026-01-05", "B"), None),
        (3, 3, ("7", "2026-01-05", "B"), None),
        (3, 3, ("7", "2026-01-05", ""), "has no Name, which all others have, and "),
        (4, 4, ("7", "2026-01-05", ""), "has no Name, which all others have, and "),
        (2, 2, ("7", "2026-01-05", ""), None),
        (2, 2, ("7", "2026-01-05", "All"), "says 'All' in Name, and "),
        (2, 0, ("7", "2026-01-05", "Total"), "says 'Total' in Name, and "),
        (2, 2, ("7", "2026-01-05", f"Total {'x' * 40}"), f"says 'Total {'x' * 34}' in Name, and "),
        (1, 1, ("7", "2026-01-05", "All"), None),
    ],
)
def test_the_sum_of_all_others(rows: int, at: int, total: tuple[str, ...], why: str | None) -> None:
    """By what hints at it, and of how many rows; in one batch and in several."""
    amount = sum(Decimal(row[1]) for row in MANY[:rows])
    lines = [*MANY[:at], ("tfb_XYZ9", str(amount), "sale", *total), *MANY[at:rows]]
    for size in (len(lines), 2, 1):
        parts = [lines[n : n + size] for n in range(0, len(lines), size)]
        found = said_of(DisguisedTotalsGuard(IdsOfRows()), *parts, header=NAMED)
        start = f"june.csv: row {at + 1} ('tfb_XYZ9') {why}{IS_ALL.format(amount)}"
        assert [one[: len(start)] for one in found] == ([start] if why is not None else [])


@pytest.mark.parametrize("guard", [DisguisedTotalsGuard, OfferTotalsGuard])
def test_where_there_are_no_ids_of_rows(guard: type[DisguisedTotalsGuard | OfferTotalsGuard]) -> None:
    """One id for all rows, one offer for all, ids that are to have no say, amounts of none, a batch of no rows."""
    rows = [*MANY, ("7", "36.80", "sale", "7", "2026-01-05", "B")]
    for field, at in (("message_id", 0), ("offer_id", 3)):
        options = {"rules": {"any_message_id": True}, "columns": {"constants": {field: "7"}}}
        without = [[*row[:at], *row[at + 1 :]] for row in rows]
        found = said_of(guard(IdsOfRows()), without, header=[*NAMED[:at], *NAMED[at + 1 :]], **options)
        assert len(found) == (guard is DisguisedTotalsGuard and field == "offer_id")
    assert not said_of(
        guard(IdsOfRows()), rows, header=NAMED, columns={"ignore": ("message_id",)}, rules={"any_message_id": True}
    )
    assert not said_of(guard(IdsOfRows()), [(row[0], "x", *row[2:]) for row in rows], header=NAMED)
    for parts in ([[], rows], [rows, []]):
        assert len(said_of(guard(IdsOfRows()), *parts, header=NAMED, rules={"any_message_id": True})) == 1


TOTAL = ("tfb_XYZ9", "36.80", "sale", "7", "", "B")


def test_a_total_among_rows_that_are_left_out() -> None:
    """One of them has a larger amount than the total, which is less refunds."""
    larger, refund = ((f"tfb_{n}LEFT", n, *MANY[0][2:]) for n in ("99.00", "-90.00"))
    rows = [*MANY[:4], larger, ("tfb_XYZ9", "45.80", *MANY[0][2:]), *MANY[4:], refund]
    (found,) = said_of(DisguisedTotalsGuard(IdsOfRows()), rows, header=NAMED, left_out=("tfb_99.00LEFT",))
    assert found.startswith(f"june.csv: row 6 ('tfb_XYZ9') {IS_ALL.format('45.80')}")


@pytest.mark.parametrize(("untimed", "says_so"), [(1999, True), (2000, True), (2001, False), (2002, False)])
def test_many_rows_without_a_timestamp(untimed: int, *, says_so: bool) -> None:
    """Of more than two thousand it says nothing that a row has none; nor where the timestamps are to have no say."""
    rows = [*MANY, *((f"tfbU{n:04}", "1.00", "sale", "7", "", "B") for n in range(untimed - 1))]
    rows[50:50] = [("tfb_XYZ9", f"{Decimal('36.80') + untimed - 1}", *TOTAL[2:])]
    start = "june.csv: row 51 ('tfb_XYZ9') {}is the sum of all other rows, "
    (found,) = said_of(DisguisedTotalsGuard(IdsOfRows()), rows, header=NAMED)
    assert found.startswith(start.format("has no timestamp, which others have, and " if says_so else ""))
    (found,) = said_of(DisguisedTotalsGuard(IdsOfRows()), rows, header=NAMED, columns={"ignore": ("timestamp",)})
    assert found.startswith(start.format(""))


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ((MANY[:2], [*MANY[2:4], "10.40"]), "1.csv"),  # 1.10, 2.10, 3.10 and 4.10
        ((MANY[:2], [MANY[2], "6.30"]), None),
        ((["10.40", *MANY[:2]], MANY[2:4]), "0.csv"),
        ((MANY[:2], [*MANY[2:4], "10.40"], MANY[4:6]), "1.csv"),
        ((MANY[:2], ["10.40", *MANY[2:4]], MANY[4:6]), "1.csv"),
        (([*MANY[:4], "21.60"], MANY[4:6], [MANY[6]]), None),  # of what comes behind it, but not of all
        ((MANY[:3], MANY[3:5], ["15.50", MANY[5]]), None),
    ],
)
def test_the_sum_of_all_others_of_several_files(files: tuple[list, ...], source: str | None) -> None:
    """Or of those up to its own."""
    guard = DisguisedTotalsGuard(IdsOfRows())
    for n, lines in enumerate(files):
        rows = [("tfb_XYZ9", line, *TOTAL[2:]) if isinstance(line, str) else line for line in lines]
        for batch in batches(rows, header=NAMED):
            guard.look(f"{n}.csv", batch.rows, batch.cells, batch.columns)
    found = [one.partition(" is the sum of all other rows of these files, ")[0] for one in guard.verdict()]
    assert [one.split(": row")[0] for one in found] == ([source] if source else [])
    assert all(one.endswith("('tfb_XYZ9')") for one in found)


@pytest.mark.parametrize(
    ("labels", "others", "is_asked"), [(3, 3, True), (3, 2, False), (100, 100, True), (101, 200, False)]
)
def test_ids_that_are_labels(labels: int, others: int, *, is_asked: bool) -> None:
    """Not of more than half of the rows, nor of very many."""
    rows = [(f"TOT_{n:04}".replace("TOT_0", "TOTAL_"), "3.33", "sale", "", "2026-01-05") for n in range(labels)]
    rows += [(f"tfb_{n:04}", "1.00", "sale", "", "2026-01-05") for n in range(others)]
    found = said_of(DisguisedTotalsGuard(IdsOfRows()), rows, rules={"any_message_id": True})
    start = "june.csv: with a word for a total in the place of an id: row 1 ('TOTAL_000'), row 2 ('TOTAL_001'), "
    assert [one.startswith(start) for one in found] == [True] * is_asked
    assert all(
        f", together {labels} rows ({Decimal('3.33') * labels:,}). Such lines may sum up" in one for one in found
    )
