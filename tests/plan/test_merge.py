"""One fate for each row where journal and RESULTS differ: the stronger, and of equally strong ones the journal's."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from importer.journal import no_fates
from importer.model import KEY
from importer.plan.keys import with_keys
from importer.plan.merge import added_by, completed, once, stronger

ROW = {
    "row": "2", "source": "june.csv", "message_id": "tfb0raDk", "revenue": "5.00", "attribution_type": "sale",
    "offer_id": "", "timestamp": "2026-06-01T00:00:00Z", "revenue_id": None, "error_code": None, "error_message": None,
    "http_status": None, "attempts": "1", "finished_at": "2026-07-01T10:00:00Z", "doubt_since": None,
}  # fmt: skip


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Fates with keys, each a row with these cells."""
    columns = no_fates().columns
    return with_keys(
        pl.DataFrame([[{**ROW, **row}.get(name) for name in columns] for row in rows], no_fates().schema, orient="row")
    )


def fates(merged: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return sorted(merged.select("row", "status", "attempts").rows())


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        ("rejected", "recorded", "recorded"),
        ("in_doubt", "recorded", "recorded"),
        ("recorded", "in_doubt", "recorded"),
        ("failed", "rejected", "failed"),  # of the same attempt: the journal is the truth
        ("recorded", "recorded", "recorded"),
    ],
)
def test_of_the_same_attempt(ours: str, theirs: str, kept: str) -> None:
    journal, results = frame({"status": ours}), frame({"status": theirs})
    assert fates(completed(journal, results, ())) == [("2", kept, "1")]


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        ("1", "2", "in_doubt"),
        ("2", "2", "rejected"),
        ("2", "1", "rejected"),
        ("9", "10", "in_doubt"),
        ("", "1", "in_doubt"),
        ("1", "", "in_doubt"),
    ],
)
def test_a_doubt_counts_if_it_is_of_a_later_attempt_or_of_nobody_knows_which(ours: str, theirs: str, kept: str) -> None:
    journal, results = (
        frame({"status": "rejected", "attempts": ours}),
        frame({"status": "in_doubt", "attempts": theirs}),
    )
    assert [status for _, status, _ in fates(completed(journal, results, ()))] == [kept]


def test_what_is_recorded_stays_so_whatever_came_later() -> None:
    journal, results = frame({"status": "recorded"}), frame({"status": "in_doubt", "attempts": "2"})
    assert fates(completed(journal, results, ())) == [("2", "recorded", "1")]


@pytest.mark.parametrize("told", [None, "k12345678:0123456789abcdef"])
def test_the_key_of_a_row_is_the_line_s_or_the_journal_s(told: str | None) -> None:
    own = "k12345678:0000000000000000"
    journal = with_keys(frame({"status": "failed"}).with_columns(pl.lit(own).alias(KEY)))
    results = frame({"status": "recorded"})
    results = results if told is None else with_keys(results.with_columns(pl.lit(told).alias(KEY)))
    merged = stronger(journal, results.with_columns(journal.select("key_a", "key_b")))
    assert merged.select("status", KEY).rows() == [("recorded", told or own)]


def test_what_was_not_sent_is_not_told_by_results() -> None:
    journal, results = frame({"status": "failed"}), frame({"status": "pending", "attempts": "5"})
    assert fates(completed(journal, results, ())) == [("2", "failed", "1")]


@pytest.mark.parametrize(
    ("line", "is_stray"),
    [
        ({"row": "9"}, False),
        ({"row": "9", "revenue_id": "r1"}, True),
        ({"row": "2", "revenue_id": "r1"}, True),
        ({"row": "2"}, True),
        ({"row": "2", "revenue_id": "r7"}, True),  # the same moment
        ({"row": "2", "revenue_id": "r7", "finished_at": "2026-07-02T10:00:00Z"}, False),
        ({"row": "2", "finished_at": "2026-07-02T10:00:00Z"}, True),
        ({"row": "9", "status": "in_doubt", "error_message": "of 5.00 at noon"}, True),
        ({"row": "9", "status": "in_doubt", "error_message": "of 6.00 at noon"}, False),
    ],
)
def test_a_line_that_no_row_of_the_journal_is(line: dict[str, str], *, is_stray: bool) -> None:
    """It is kept; by its id, its place or its message it may be a row whose fields somebody changed."""
    journal = frame(
        {"status": "recorded", "revenue_id": "r1"},
        {"status": "in_doubt", "row": "3", "error_message": "of 5.00 at noon", "message_id": "tfb0raD3"},
    )
    results = frame({"status": "recorded", "message_id": "tfb0raXX", **line})
    replaced, added = added_by(results, journal, ())
    assert replaced.is_empty()
    assert added.select("message_id", "from_results", "only_in_results").rows() == [("tfb0raXX", True, is_stray)]


def test_equal_rows_are_paired_by_their_strength() -> None:
    """Two are recorded in RESULTS, of which the journal knows one: another one of its three is."""
    journal = frame({"status": "failed"}, {"status": "recorded", "row": "3"}, {"status": "rejected", "row": "4"})
    results = frame({"status": "recorded", "row": "3"}, {"status": "recorded", "row": "2"})
    assert [status for _, status, _ in fates(stronger(journal, results))] == ["failed", "recorded", "recorded"]


def test_results_that_tell_nothing_new_change_nothing() -> None:
    journal = frame({"status": "recorded"})
    assert stronger(journal, journal).equals(journal)


def test_a_line_that_stands_there_twice_counts_once() -> None:
    """By its place, else by its id; else as often as every line that has a place."""
    placed = frame({"status": "in_doubt"}, {"status": "recorded"})
    assert fates(once(placed)) == [("2", "recorded", "1")]
    by_id = frame(*[{"status": "recorded", "row": None, "revenue_id": name} for name in ("r1", "r2", "r1")])
    assert once(by_id)["revenue_id"].to_list() == ["r1", "r2"]
    bare = [{"status": "recorded", "row": None}] * 2
    assert once(frame(*bare)).height == 2
    assert once(frame(*bare, {"status": "recorded"}, {"status": "recorded", "row": "3"})).height == 4
    assert once(frame(*bare, *[{"status": "recorded"}] * 2)).height == 2


def test_lines_that_count_once_stay_in_their_order() -> None:
    lines = frame(
        {"status": "rejected", "row": "9"}, {"status": "recorded", "row": "8"}, {"status": "rejected", "row": "9"}
    )
    assert once(lines)["row"].to_list() == ["9", "8"]


def test_of_equally_strong_lines_the_first_counts() -> None:
    many = [{"status": status, "row": f"{n}"} for n in range(1500) for status in ("recorded", "in_doubt")]
    lines = frame(*[{**row, "finished_at": f"{n}"} for n in range(2) for row in many])
    assert set(once(lines)["finished_at"]) == {"0"}
