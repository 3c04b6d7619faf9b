"""What is told of a run's rows and answers."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from importer.api import Outcome, OutcomeKind
from importer.send.attempt import Row
from importer.send.counts import REMEMBERED, Counts, RepeatedIds


def row(n: int = 0, revenue: str = "5.00") -> Row:
    return Row(n, n + 1, "june.csv", "tfb0raDk", revenue, "", "{}")


def recorded(revenue_id: str | None = None, warning: str | None = None) -> Outcome:
    return Outcome(OutcomeKind.RECORDED, revenue_id=revenue_id, warning=warning)


def test_before_the_first_row_nothing_has_happened() -> None:
    counts = Counts()
    assert [getattr(counts, field.name) for field in fields(counts) if field.name not in ("warnings", "ids")] == [0] * 9
    assert counts.all_warnings() == ()


def test_recorded_rows_and_their_money() -> None:
    counts = Counts()
    for n, revenue in enumerate(["0.10", "0.20", "99999999999999999999.01"]):
        counts.add_recorded(row(n, revenue), recorded(f"r{n}"), sent_again=n == 1)
    assert (counts.recorded, counts.recorded_revenue) == (3, Decimal("99999999999999999999.31"))
    assert counts.all_warnings() == (
        "Sent again after a lost answer (--in-doubt resend), and so perhaps stored twice: 1.",
    )


def test_warnings_name_their_rows_and_a_hundred_are_kept() -> None:
    counts = Counts()
    for n in range(120):
        counts.add_recorded(row(n), recorded(warning="no offer"), sent_again=False)
    assert counts.all_warnings()[0] == "june.csv row 1: no offer"
    assert len(counts.all_warnings()) == 100


@pytest.mark.parametrize(("between", "is_seen"), [(0, True), (REMEMBERED, True), (2 * REMEMBERED, False)])
def test_an_id_that_came_again_is_told_for_a_while(between: int, is_seen: bool) -> None:
    ids = RepeatedIds()
    ids.add("r", row(0))
    for n in range(between):
        ids.add(f"r{n}", row(n))
    ids.add("r", row(8))
    ids.add("r", row(9))
    told = ids.warnings()
    assert bool(told) is True
    times, places = (2, "june.csv row 1 and june.csv row 9") if is_seen else (1, "june.csv row 9 and june.csv row 10")
    assert f"has: {times:,} (r: {places})" in told[0]


def test_ids_of_their_own_need_no_warning() -> None:
    ids = RepeatedIds()
    for n in range(3):
        ids.add(f"r{n}", row(n))
    assert ids.warnings() == []
