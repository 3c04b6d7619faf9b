"""Every verdict that a comparison gives by itself is true, and each guard is needed for that."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.errors import InputError
from importer.reconciling import rule
from importer.reconciling.comparison import Comparison, compare
from importer.reconciling.evidence import free_lines, with_lines
from importer.reconciling.guards import BOTH, COMPLETE, EXCLUSIVE, Terms
from importer.reconciling.scale import scales
from tests.reconciling.model import IMPORT, SETTLE, WINDOW, Row, World, draw, export_of, limits, sent_frame, store

if TYPE_CHECKING:
    from collections.abc import Iterable

NEEDED_FOR = {
    "recorded_found": "lost lines",
    "enough_found": "few rows",
    "no_earlier_verdict": "a person's verdict",
    "later_found": "too soon",
    "earlier_found": "stored from",
    "within_dates": "other days",
    "within_types": "other types",
    "within_offers": "other offers",
    "within_amounts": "other amounts",
    "nothing_similar": "changed",
    "no_revenue_id": "swapped",
    "only_ours": "copies",
    "no_strangers": "second import",
    "no_other_surplus": "same import",
    "not_resent": "resent",
}
"""Each guard, and the trouble that it is for."""


def compared(world: World) -> Comparison | None:
    """The comparison of a world; None where the export is refused."""
    terms = Terms(settle=SETTLE, window=WINDOW, marked=world.marked, resent=world.resent)
    try:
        return compare(sent_frame(world), export_of(world), world.zone, terms)
    except InputError:
        return None


def wrong_verdicts(world: World, found: Comparison) -> int:
    """How many verdicts are not what the vendor did. Rows equal in all five fields are as good as each other."""
    alike = defaultdict(list)
    for doubt in found.doubts.iter_rows(named=True):
        row = world.rows[doubt["n"]]
        key = (row.message, Decimal(row.revenue), row.kind, row.offer, row.at)
        alike[key].append((doubt["verdict"], row.stored > 0))
    wrong = 0
    for rows in alike.values():
        said = Counter(verdict for verdict, _ in rows)
        true = sum(is_stored for _, is_stored in rows)
        wrong += max(0, said["recorded"] - true) + max(0, said["not_recorded"] - (len(rows) - true))
    return wrong


def told_in(worlds: Iterable[World]) -> Counter[str]:
    """The verdicts and the wrong ones in worlds that are none of the two limits."""
    told: Counter[str] = Counter()
    for world in worlds:
        found = None if limits(world) else compared(world)
        if found is not None:
            told.update(found.doubts["verdict"].drop_nulls().to_list())
            told["wrong"] += wrong_verdicts(world, found)
    return told


def test_every_verdict_is_true():
    """Over many worlds no verdict is wrong, and there are many of both kinds."""
    told = told_in(draw(seed) for seed in range(100))
    assert told["wrong"] == 0
    assert min(told["recorded"], told["not_recorded"]) >= 20, told


def test_of_equal_rows_some_of_which_are_recorded_all_have_a_verdict_or_none():
    """The export begins between two equal attempts, both stored: the line that it has is of the second."""
    world = draw(17_400)
    found = compared(world)
    assert found is not None
    pair = found.doubts.filter(pl.col("D") > 1)
    assert pair.select("suggested", "verdict").rows() == [("recorded", None), ("not_recorded", None)]
    assert pair["failed"].list.contains("earlier_found").all()
    assert wrong_verdicts(world, found) == 0


def test_without_trouble_most_doubts_are_settled():
    """What is not settled then is the lack of a mark and of a time of storing, which are drawn, too."""
    worlds = [draw(seed, "none") for seed in range(20)]
    told = told_in(worlds)
    assert told["wrong"] == 0
    assert told["recorded"] + told["not_recorded"] >= 0.7 * sum(len(world.doubts) for world in worlds)


def test_rows_that_only_the_export_makes_equal_have_no_line_of_their_own():
    """Two amounts that it rounds to one: both rows are recorded, and which id is of which row nobody can tell."""
    world = draw(3, "none")
    assert world.with_ids
    world.places = 2
    doubts = [row for row in world.recorded[5:] if row.stored][:2]
    lines = [next(line for line in world.exported if line.row is row) for row in doubts]
    for row, line, revenue in zip(doubts, lines, ("7.1251", "7.126"), strict=True):
        for one in (row, line):
            one.message, one.revenue, one.kind, one.offer, one.at = "zz00001", revenue, "sale", "4521", 216_000.0
        row.status, row.revenue_id = "in_doubt", None
    found = compared(world)
    assert found is not None
    told = with_lines(found.doubts.filter(message_id="zz00001"), free_lines(found.classes)).select("verdict", "line_id")
    assert told.rows() == [("recorded", None)] * 2


@pytest.mark.parametrize("trouble", ["lost lines", "half of it", "cleared"])
def test_an_export_that_is_not_whole_settles_nothing(trouble: str):
    """Half an export, one with lines lost, one after the account was cleared."""
    told = told_in(draw(seed, trouble) for seed in range(10))
    assert (told["recorded"], told["not_recorded"]) == (0, 0)


@pytest.mark.parametrize("lines", ["none", "of others", "of rows in doubt"])
@pytest.mark.parametrize("recorded", ["some", "none"])
def test_an_export_without_any_recorded_row_settles_nothing(lines: str, recorded: str):
    """Another month's, an empty one, and results of which no row was recorded: it is compared, and proves nothing."""
    world = draw(3, "none")
    world.with_ids = False
    kept = {"none": [], "of others": world.recorded, "of rows in doubt": world.doubts}[lines]
    world.exported = [record for record in world.exported if record.row in kept]
    for record in world.exported:
        record.message = record.message.replace("m", "x" if lines == "of others" else "m")
    if recorded == "none":
        world.rows = world.doubts
    found = compared(world)
    assert found is not None
    assert found.doubts["verdict"].null_count() == found.doubts.height == len(world.doubts)
    assert not found.guards["enough_found"]
    assert found.left.found.is_empty()


@pytest.mark.parametrize("guard", NEEDED_FOR)
def test_without_a_guard_a_verdict_is_wrong(guard: str, monkeypatch: pytest.MonkeyPatch):
    """The same property fails when any one guard is taken out."""
    worlds = [draw(seed, NEEDED_FOR[guard]) for seed in range(40)]
    for guards in ("BOTH", "COMPLETE", "EXCLUSIVE"):
        kept = {name: holds for name, holds in getattr(rule, guards).items() if name != guard}
        monkeypatch.setattr(rule, guards, kept)
    assert any(told_in([world])["wrong"] for world in worlds)


def test_every_guard_is_taken_out_once():
    """No guard is without such a test."""
    assert set(NEEDED_FOR) == {*BOTH, *COMPLETE, *EXCLUSIVE}


def rounded(third: str) -> World:
    """An export with two decimals that rounds halves to even digits, which only the third row can tell.

    Of two rows of one message in doubt the one with three decimals was stored: its line has the other one's amount.
    """
    world = World(places=2, rounding=ROUND_HALF_EVEN, marked=True, with_ids=False)
    for n in range(80):
        row = Row(f"m{n:07}", third if n == 3 else "24.99", "sale", "4521", 86_400.0 + 60 * n, IMPORT + 100 * n)
        row.ended = row.sent + 1
        world.rows.append(row)
    for n, amount in ((40, "3.5"), (41, "3.505")):
        row = world.rows[n]
        row.message, row.at, row.revenue, row.status, row.code = "m0000040", 90_000.0, amount, "in_doubt", "timeout"
    for row in world.rows:
        if row is not world.rows[40]:
            store(world, row, row.sent + 0.5)
    world.rows[0].revenue, world.rows[-1].revenue = "1", "500"
    for record in world.records:
        record.revenue = record.row.revenue if record.row is not None else record.revenue
    world.exported = list(world.records)
    return world


@pytest.mark.parametrize(("third", "failed"), [("24.99", "one_form"), ("9.505", None)])
def test_a_verdict_that_depends_on_how_the_export_rounds_is_none(third, failed):
    """Where no recorded row tells how; with one that does, the rows are of one form, of which one is recorded."""
    world = rounded(third)
    found = compared(world)
    assert found is not None
    assert wrong_verdicts(world, found) == 0
    assert found.doubts["verdict"].null_count() == 2
    assert found.guards["one_form"] is (failed is None)
    names = {name for row in found.doubts["failed"] for name in row}
    assert ("one_form" in names) is (failed is not None)
    if failed:
        found = compare_in_one_form(world)
        assert wrong_verdicts(world, found) == 2


def compare_in_one_form(world: World) -> Comparison:
    """As if all that is known of the form were its first way: the control of the guard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importer.reconciling.comparison.scales", lambda *told: [next(scales(*told))])
        found = compared(world)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", [15_557, 18_855])
def test_a_line_of_its_message_that_is_beyond_all_rows_may_be_the_row(seed):
    """The export rounds to even digits: the line of 3.505 is 3.50, beside the one of a row of 3.50."""
    world = draw(seed)
    found = compared(world)
    assert found is not None
    assert wrong_verdicts(world, found) == 0
