"""What became of the rows of a run that goes on, or was killed: from the intents and outcomes of its journal."""

from __future__ import annotations

from contextlib import closing

import polars as pl
import pytest

from importer.journal.replay import INTENT_TYPES, OUTCOME_TYPES, PART_ROWS, LiveRows, is_in_flight, no_live_rows
from importer.journal.rows import INTENT_WITH_KEY, OUTCOME
from importer.model import KEY

ASKED = "; look for message m{n}, revenue {n}.50, from {at} on (UTC), and again some minutes later before you say not "


def at(second: int) -> str:
    return f"2026-11-23T10:00:{second:02}.250Z"


def intents(*lines: tuple[int, int, int], **cells: str | None) -> pl.DataFrame:
    """Lines of a journal: `(line, n, attempt)`; the first of each row says what it is."""
    rows = []
    for line, n, attempt in lines:
        row = {"line": line, "n": str(n), "attempt": str(attempt), "sent_at": at(line)}
        if attempt == 1:
            row |= {"prior": "-1", "attempts_before": "3", "message_id": f"m{n}", "revenue": f"{n}.50"} | cells
        rows.append(row)
    kinds = {"line": pl.UInt32, **dict.fromkeys(INTENT_WITH_KEY, pl.String)}
    return pl.DataFrame(rows, schema=kinds).with_columns(INTENT_TYPES)


def outcomes(*lines: tuple[int, int, int, str]) -> pl.DataFrame:
    """Lines of a journal: `(line, n, attempt, status)`."""
    rows = [
        {"line": line, "n": str(n), "attempt": str(attempt), "finished_at": at(line), "status": status}
        | {"http_status": "200", "error_code": "code", "error_message": "words", "revenue_id": f"r{n}"}
        for line, n, attempt, status in lines
    ]
    return pl.DataFrame(rows, schema={"line": pl.UInt32, **dict.fromkeys(OUTCOME, pl.String)}).with_columns(
        OUTCOME_TYPES
    )


def live(columns, *taken, **options):
    """The rows of each part that has any."""
    with closing(LiveRows(columns, **options)) as made:
        for intents_, outcomes_ in taken:
            made.add(intents_, outcomes_)
        return list(made.some())


def test_a_large_input_is_in_memory_a_part_at_a_time():
    """The rows of each fifty thousand come together, however many there are; those between two of them are in one."""
    places = [0, PART_ROWS - 1, PART_ROWS, 2 * PART_ROWS - 1, 4_000_000_000]
    taken = intents(*((line, n, 1) for line, n in enumerate(places))), outcomes()
    assert [part["n"].to_list() for part in live((), taken)] == [places[:2], places[2:4], places[4:]]
    with closing(LiveRows(())) as made:
        assert PART_ROWS * len(made._intents.ends) > 2**32 - 2 * PART_ROWS


@pytest.mark.parametrize(
    ("outcome", "status", "attempts", "said"),
    [
        (None, "in_doubt", "4", None),
        ((4, 5, 1, "recorded"), "recorded", "4", "words"),
        ((4, 5, 0, "pending"), "pending", "3", "words"),
        ((1, 5, 1, "recorded"), "in_doubt", "4", None),
    ],
)
def test_an_intent_without_an_outcome_behind_it_is_in_doubt(outcome, status, attempts, said):
    """Since it was sent; it may have been, whatever came before."""
    ((row,),) = (
        part.to_dicts()
        for part in live(("message_id",), (intents((2, 5, 1)), outcomes(*([outcome] if outcome else []))))
    )
    is_open = said is None
    asked = "interrupted while the answer was awaited" + ASKED.format(n=5, at=at(2)) + "recorded"
    assert row == {
        "message_id": "m5",
        "status": status,
        "revenue_id": None if is_open else "r5",
        "error_code": "interrupted" if is_open else "code",
        "error_message": asked if is_open else said,
        "http_status": None if is_open else "200",
        "attempts": attempts,
        "finished_at": at(2) if is_open else at(4),
        "doubt_since": at(2) if is_open else None,
        "n": 5,
        "prior": -1,
    }


def test_the_last_attempt_of_a_row_counts():
    """Its number, its end and its moment; what the row is stands in the first intent."""
    lines = intents((1, 5, 1), (2, 6, 1), (5, 5, 2), (7, 6, 2)), outcomes((3, 5, 1, "pending"), (4, 6, 1, "pending"))
    later = intents((8, 5, 1), message_id="other"), outcomes((9, 6, 2, "recorded"))
    (rows,) = live(("message_id",), lines, later)
    shown = rows.select("message_id", "status", "attempts", "finished_at", is_in_flight().alias("is_in_flight"))
    assert shown.rows() == [("m5", "in_doubt", "4", at(8), True), ("m6", "recorded", "5", at(9), False)]


@pytest.mark.parametrize(("key", "is_there"), [("99", True), (None, False)])
def test_a_key_is_there_where_a_row_has_one(key, is_there):
    """And it was asked for."""
    taken = (intents((1, 5, 1), **{KEY: key}), outcomes())
    assert [KEY in part.columns for part in live((KEY,), taken)] == [is_there]
    assert [KEY in part.columns for part in live((), taken)] == [False]


def test_no_row_is_none_of_every_part():
    """A part without rows has the columns of one with some; an answer that says so in other words is no open end."""
    with closing(LiveRows((), [2, 4, 6])) as made:
        made.add(intents((1, 3, 1)), outcomes())
        assert [part["n"].to_list() for part in made.parts()] == [[], [3], []]
    assert no_live_rows().select(is_in_flight()).is_empty()
    told = pl.DataFrame(
        [("interrupted", "words"), ("timeout", "interrupted while the answer was awaited"), (None, None)],
        schema=["error_code", "error_message"],
        orient="row",
    )
    assert told.select(is_in_flight()).to_series().to_list() == [False] * 3
