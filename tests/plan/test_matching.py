"""Which rows are posted, whatever the order of rows and fates: none that may be counted already, and none is lost."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.plan.fates import NO_PRIOR, Fates
from importer.plan.keys import KEYS
from importer.plan.matching import Plan, beyond, make_plan
from importer.settings import Settings
from tests.plan.test_merge import frame
from tests.support.examples import FEWER_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTED = ("recorded", "in_doubt")
OWN = (*COUNTED, "rejected", "failed", "pending")
MESSAGES = ("tfb0raDk", "tfb0raDm")
ALL = frame(*({"message_id": message, "status": status} for status in OWN for message in MESSAGES))


class World(NamedTuple):
    """Rows of the input, each a message and what it is; fates of this import, and of others (`--already`)."""

    rows: Sequence[tuple[int, str]]
    own: Sequence[tuple[int, str]]
    others: Sequence[tuple[int, str]]
    options: dict[str, Any]


MESSAGE = st.integers(0, 1)
WORLDS = st.builds(
    World,
    st.lists(st.tuples(MESSAGE, st.sampled_from(["good", "good", "good", "broken", "excluded"])), max_size=8),
    st.lists(st.tuples(MESSAGE, st.sampled_from(OWN)), max_size=6),
    st.lists(st.tuples(MESSAGE, st.sampled_from(COUNTED)), max_size=3),
    st.fixed_dictionaries(
        {
            "duplicates": st.sampled_from(["hold", "skip", "post"]),
            "in_doubt": st.sampled_from(["hold", "resend"]),
            "retry_rejected": st.booleans(),
            "limit": st.none() | st.integers(0, 3),
        }
    ),
)


def told(fates: Sequence[tuple[int, str]]) -> pl.DataFrame:
    """A frame of these."""
    return ALL[[OWN.index(status) * len(MESSAGES) + message for message, status in fates]]


def planned(world: World) -> Plan:
    """The plan for it."""
    identity = ALL[: len(MESSAGES)].select(KEYS).rows()
    with closing(Fates()) as fates:
        fates.add(told(world.own))
        others = told(world.others)
        index = pl.DataFrame(
            [(kind == "good", kind == "excluded", *identity[one], 0) for one, kind in world.rows],
            {"valid": pl.Boolean, "excluded": pl.Boolean, **dict.fromkeys(KEYS, pl.UInt64), "before": pl.UInt32},
            orient="row",
        )
        others = others.with_columns(results=pl.lit("other.csv"), near=pl.lit(value=False))
        return make_plan(index, fates, others, Settings(inputs=("june.csv",), **world.options))


def of(world: World, message: int, plan: Plan) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What the rows of a message are, and what was decided of each: status, prior, due."""
    at = [n for n, (one, _) in enumerate(world.rows) if one == message]
    decided = plan.rows.select(pl.col("status").cast(pl.String), "prior", "due").rows()
    return [world.rows[n][1] for n in at], [decided[n] for n in at]


@given(WORLDS)
def test_no_more_are_posted_than_nothing_is_known_of(world: World) -> None:
    """With what may be counted, posted rows are never more than there are good ones, but where that was allowed."""
    plan = planned(world)
    resends = world.options["in_doubt"] == "resend"
    for message in (0, 1):
        kinds, decided = of(world, message, plan)
        good = kinds.count("good")
        others = sum(one == message for one, _ in world.others)
        own = Counter(status for one, status in world.own if one == message)
        counted = own["recorded"] + (0 if resends and not others else own["in_doubt"])
        due = sum(is_due for _, _, is_due in decided)
        assert due <= max(0, good - counted - others)
        if world.options["duplicates"] != "post":
            # What was never sent is posted once; what this import was to post before may be again.
            again = own["failed"] + own["pending"] + own["rejected"] + (own["in_doubt"] if resends else 0)
            assert due <= max(1, again)
        assert all(kind == "good" for kind, (_, _, is_due) in zip(kinds, decided, strict=True) if is_due)


@given(WORLDS)
def test_every_fate_that_may_be_counted_has_its_row_or_is_missing(world: World) -> None:
    """Once; and rows have their fate's status."""
    plan = planned(world)
    missing = plan.missing["prior"].to_list()
    taken = [prior for prior in plan.rows["prior"].to_list() if prior != NO_PRIOR]
    assert len({*taken}) == len(taken)
    counted = [n for n, (_, status) in enumerate(world.own) if status in COUNTED]
    assert sorted([*missing, *(n for n in taken if n in counted)]) == counted
    for message in (0, 1):
        kinds, decided = of(world, message, plan)
        known = Counter(status for one, status in world.own if one == message and status in COUNTED)
        stays = Counter(status for status, _, is_due in decided if not is_due and status in COUNTED)
        assert stays["recorded"] == min(len(kinds), known["recorded"])
        if world.options["in_doubt"] == "hold":
            assert sum(stays.values()) == min(len(kinds), sum(known.values()))


@FEWER_EXAMPLES
@given(WORLDS, st.randoms(use_true_random=False))
def test_the_order_changes_no_number(world: World, random: Any) -> None:
    """Of good rows, and of fates: as many of each message have each status, and as many are to be posted."""
    world = world._replace(rows=[row for row in world.rows if row[1] == "good"])
    rows, own, others = ([*part] for part in (world.rows, world.own, world.others))
    for part in (rows, own, others):
        random.shuffle(part)
    other = World(rows, own, others, world.options)
    one_plan, other_plan = planned(world), planned(other)
    for message in (0, 1):
        numbers = [
            Counter((status, is_due) for status, _, is_due in of(one, message, plan)[1])
            for one, plan in ((world, one_plan), (other, other_plan))
        ]
        assert numbers[0] == numbers[1]


@FEWER_EXAMPLES
@given(WORLDS)
def test_a_limit_takes_the_first_rows_that_are_due(world: World) -> None:
    plan = planned(world)
    due = plan.rows["due"].arg_true().to_list()
    limit = world.options["limit"]
    assert plan.rows["post"].arg_true().to_list() == (due if limit is None else due[:limit])


@FEWER_EXAMPLES
@given(WORLDS)
def test_of_what_nothing_is_known_every_row_is_told_of(world: World) -> None:
    """The first is to be posted, equal ones are held or not; broken and excluded rows are said to be so."""
    world = World(world.rows, (), (), world.options)
    plan = planned(world)
    for message in (0, 1):
        kinds, decided = of(world, message, plan)
        seen = 0
        for kind, (status, prior, is_due) in zip(kinds, decided, strict=True):
            posts = kind == "good" and (seen == 0 or world.options["duplicates"] == "post")
            expected = {"broken": "invalid", "excluded": "excluded"}.get(kind, "pending" if posts else "duplicate")
            assert (status, prior, is_due) == (expected, NO_PRIOR, posts)
            seen += kind == "good"
    goods = Counter(message for message, kind in world.rows if kind == "good")
    is_held = world.options["duplicates"] == "hold" and max(goods.values(), default=0) > 1
    assert plan.has_open_questions is (is_held or any(kind == "broken" for _, kind in world.rows))


@FEWER_EXAMPLES
@given(WORLDS)
def test_what_others_recorded_is_no_open_question_and_what_they_doubt_is(world: World) -> None:
    """A row that is held for them says which it is."""
    world = World([(message, "good") for message in (0, 1)], (), world.others, world.options)
    plan = planned(world)
    for message, (code, why) in enumerate(plan.rows.select(pl.col("code", "why").cast(pl.String)).rows()):
        statuses = {status for one, status in world.others if one == message}
        known = next((status for status in COUNTED if status in statuses), None)
        assert code == (known and f"already_{known}")
        assert why == (known and f"{known.replace('_', ' ')} in other.csv (--already)")
    assert plan.has_open_questions is bool((plan.rows["code"] == "already_in_doubt").any())


A, B = 1, 2
TOLD = [(A, "in_doubt"), (B, "recorded"), (A, "rejected"), (A, "recorded"), (B, "rejected")]


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        ([(A, 0, True), (B, 0, True)], []),
        ([(A, 1, True), (B, 0, True)], [(A, "recorded")]),
        ([(A, 2, True)], [(A, "recorded"), (A, "in_doubt")]),
        ([(A, 9, True)], [(A, "recorded"), (A, "in_doubt")]),
        ([(A, 2, True), (A, 1, True)], [(A, "recorded")]),
        ([(A, 2, True), (A, 0, True)], []),
        ([(A, 1, False)], []),
        ([(A, 1, True), (B, 3, True)], [(A, "recorded"), (B, "recorded")]),
    ],
)
@pytest.mark.parametrize("told", [TOLD, []])
def test_fates_of_rows_that_stand_before_those_of_a_rejects_file_are_not_its_own(rows, gone, told):
    """As many of each content as all its valid rows say; the strongest, and of what was not sent none."""
    keys = {KEYS[0]: pl.UInt64, KEYS[1]: pl.UInt64}
    index = pl.DataFrame(
        [(one, one, before, valid) for one, before, valid in rows],
        {**keys, "before": pl.UInt32, "valid": pl.Boolean},
        orient="row",
    )
    fates = pl.DataFrame([(one, one, fate) for one, fate in told], {**keys, "status": pl.String}, orient="row")
    left = [(one, fate) for one, _, fate in beyond(fates, index).rows()]
    assert sorted(left) == sorted(set(told) - set(gone))
