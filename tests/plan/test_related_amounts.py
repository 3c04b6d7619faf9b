"""When amounts and moments that all differ are still one statement made anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from importer.plan.near.related_amounts import CHANGES, related

HOUR = 3600


def pairs(amounts: list[tuple[str, str]], apart: list[int | None] | None = None, **more: Any) -> pl.DataFrame:
    """What was recorded and what is stated now, and by how many seconds later; `kind`, `timeless` and `file` of all."""
    was, now = ([Decimal(pair[side]) for pair in amounts] for side in (0, 1))
    columns = {"was": was, "now": now, "apart_s": apart or [0] * len(amounts)}
    facts = {"kind": None, "timeless": False, "file": "june", **more}
    frame = pl.DataFrame(columns, schema=dict(CHANGES))
    kinds = {"kind": pl.String, "timeless": pl.Boolean, "file": pl.String}
    return frame.with_columns(pl.lit(value, kinds[name]).alias(name) for name, value in facts.items())


def by(factor: str, count: int, digits: str = "0.0001") -> list[tuple[str, str]]:
    """So many amounts, and each times the factor."""
    recorded = [Decimal(f"{7 * n + 3}.{n % 10}9") for n in range(count)]
    return [(str(was), str((was * Decimal(factor)).quantize(Decimal(digits)))) for was in recorded]


ONE_PRICE = [("0.10", "3.10")] * 5
OTHERS = [("10.00", "31.50"), ("20.00", "7.25"), ("30.00", "55.10"), ("40.00", "12.75"), ("50.00", "99.99")]
ROUNDED = [("10.57", "10.6"), ("11.23", "11.2")]

# The pairs, how many rows the file has and how many the input, and how many of the pairs are believed.
CASES: dict[str, tuple[pl.DataFrame, int, int, int]] = {
    "by one factor": (pairs(by("1.02", 5)), 5, 5, 5),
    "by one factor, to the cent": (pairs(by("1.137", 5, "0.01")), 5, 5, 5),
    "by a large factor, to the cent": (pairs(by("117.3", 5, "1")), 5, 5, 5),
    "by a small factor": (pairs(by("0.9", 5)), 5, 5, 5),
    "by a small factor, to the cent": (pairs(by("0.0837", 5, "0.01")), 5, 5, 5),
    "four by one factor": (pairs(by("1.02", 4)), 4, 4, 4),
    "three by one factor": (pairs(by("1.02", 3)), 3, 3, 0),
    "by no factor": (pairs(OTHERS), 5, 5, 0),
    "rounded": (pairs(ROUNDED), 2, 2, 2),
    "rounded to nothing": (pairs([("10.57", "11"), ("11.23", "11")]), 2, 2, 2),
    "of few cents, and more than twice of them": (pairs([("0.01", "0.10")] * 3), 3, 3, 0),
    "of few cents, rounded": (pairs([("0.06", "0.10")] * 3), 3, 3, 3),
    "rounded, but one": (pairs([*ROUNDED, ("5.00", "9.00")]), 3, 3, 0),
    "rounded, one of them alone": (pairs(ROUNDED[:1]), 1, 1, 0),
    "cut": (pairs([("10.599", "10.5"), ("11.299", "11.2")]), 2, 2, 2),
    "with more digits": (pairs([(now, was) for was, now in ROUNDED]), 2, 2, 2),
    "off by more than rounding": (pairs([("10.5", "10.71"), ("11.2", "11.41")]), 2, 2, 0),
    "four of five": (pairs([*by("1.02", 4), OTHERS[0]]), 5, 5, 4),
    "four of six": (pairs([*by("1.02", 4), *OTHERS[:2]]), 6, 6, 0),
    "a few of many": (pairs(by("1.02", 10)), 100, 100, 0),
    "a few of many in the file": (pairs(by("1.02", 5)), 100, 5, 5),
    "a few of many in the input": (pairs(by("1.02", 5)), 5, 100, 5),
    "of another type, all": (pairs(by("1.02", 5), kind="click"), 5, 5, 5),
    "of another type, a few in the file": (pairs(by("1.02", 5), kind="click"), 100, 5, 0),
    "of another type, a few in the input": (pairs(by("1.02", 5), kind="click"), 5, 100, 0),
    "of another type, of one price": (pairs(ONE_PRICE, kind="click"), 5, 5, 0),
    "of one price": (pairs(ONE_PRICE), 5, 5, 5),
    "of another type, of two prices": (pairs([*ONE_PRICE, ("0.20", "6.20")], kind="click"), 6, 6, 0),
    "of another type, of three": (pairs([*ONE_PRICE, ("0.20", "6.20"), ("0.3", "9.3")], kind="click"), 7, 7, 7),
    "without timestamps, all": (pairs(by("1.02", 5), [None] * 5, timeless=True), 5, 5, 5),
    "without timestamps, a few": (pairs(by("1.02", 5), [None] * 5, timeless=True), 5, 7, 0),
    "all by one zone": (pairs(by("1.02", 5), [2 * HOUR] * 5), 5, 5, 5),
    "all by one zone, nearly": (pairs(by("1.02", 5), [HOUR + 59, HOUR - 59, HOUR, HOUR, HOUR]), 5, 5, 5),
    "all a minute less than by one zone": (pairs(by("1.02", 5), [HOUR - 59] * 5), 5, 5, 5),
    "but one": (pairs(by("1.02", 5), [2 * HOUR] * 4 + [HOUR]), 5, 5, 4),
    "but two": (pairs(by("1.02", 5), [2 * HOUR] * 3 + [HOUR, -HOUR]), 5, 5, 0),
    "some are dates": (pairs(by("1.02", 5), [2 * HOUR] * 3 + [None] * 2), 5, 5, 5),
    "at odd minutes": (pairs(by("1.02", 5), [60, 60, 60, 60, 60]), 5, 5, 0),
    "free": (pairs([("0", "0")] * 5), 5, 5, 5),
    "none": (pairs([]), 5, 5, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_one_statement_made_anew(case):
    """Nearly all of a side, by the digits that both have or by one factor, and by one zone."""
    found, of, rows, believed = CASES[case]
    assert related(found, pl.Series(["june"] * of), rows).height == believed


def test_each_file_is_weighed_by_itself():
    """One that is stated anew beside one that is not, in its order."""
    both = pl.concat([pairs(by("1.02", 5), file="june"), pairs(OTHERS, file="may")])
    files = pl.Series(["june"] * 5 + ["may"] * 5)
    assert related(both, files, 10).equals(both.head(5))
