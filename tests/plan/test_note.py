"""What a note of the index tells: whether its results must be opened, and whether the files there tell of its runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.journal import Events
from importer.plan.index.note import Note, Wanted, first_line, sketch_of, stamp_of, summary_of
from importer.plan.keys import event, moment

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 6, 10, tzinfo=UTC)
NO_ROWS = pl.Series(dtype=pl.UInt64)


def sent(moments: list[float | None], name: str = "AbC12345") -> pl.DataFrame:
    """Rows of one message as sent, so many days after START; None has no timestamp."""
    at = [None if days is None else (START + timedelta(days=days)).isoformat() for days in moments]
    ids = pl.Series("message_id", [name] * len(at), dtype=pl.String)
    return pl.DataFrame([ids, pl.Series("timestamp", at, dtype=pl.String)]).with_columns(
        attribution_type=pl.lit("sale")
    )


def noted(folder: Path, fates: pl.DataFrame) -> Note:
    """The note of results with these fates, which are as they were when it was written."""
    results, path = folder / "june.results.csv", folder / "note"
    results.write_text("row\n")
    facts, content = summary_of(fates, sketch_of(NO_ROWS))
    path.write_bytes(first_line({"results": str(results), "stamp": stamp_of(results), **facts}) + content)
    note = Note.read(path)
    assert note is not None
    return note


def wanted(rows: pl.DataFrame) -> Wanted:
    """What an input with these rows, all to be posted, looks for."""
    found = rows.with_columns(event(), moment(), due=pl.lit(value=True), new=pl.lit(value=True))
    return Wanted.of(found.with_columns(key_a=pl.lit(1, pl.UInt64), key_b=pl.lit(1, pl.UInt64)))


SECOND = 1 / 86_400
OPENED = {
    "the same days": ([0, 1], [0, 1], True),
    "within": ([0, 9], [4, 5], True),
    "two and a half days later": ([3.5], [0, 1], True),
    "two and a half days before": ([0, 1], [3.5], True),
    "three days later": ([4], [0, 1], True),
    "three days before": ([0, 1], [4], True),
    "a second more later": ([4 + SECOND], [0, 1], False),
    "a second more before": ([0, 1], [4 + SECOND], False),
    "a month before": ([0], [30], False),
    "a month later, one without a moment": ([30, None], [0], True),
    "a month later than some and one without a moment": ([30], [0, None], True),
    "no moments at all": ([None], [None], True),
}


@pytest.mark.parametrize("case", OPENED)
def test_results_of_the_same_messages_are_opened_unless_all_moments_are_apart(tmp_path, case):
    """No zone and no date for a time is more than three days; a moment that is missing may be any."""
    here, there, is_opened = OPENED[case]
    assert wanted(sent(here)).may_be_in(noted(tmp_path, sent(there))) is is_opened


@pytest.mark.parametrize(
    ("told", "is_opened"), [({"without_moment": 0}, False), ({"without_moment": 1}, True), ({}, True)]
)
def test_a_note_that_does_not_tell_of_missing_moments_keeps_its_results_from_nothing(tmp_path, told, is_opened):
    """Other versions may write such: any of its rows may be without."""
    note = noted(tmp_path, sent([30]))
    facts = {name: fact for name, fact in note.facts.items() if name != "without_moment"} | told
    assert note.path is not None
    note.path.write_bytes(first_line(facts) + note.path.read_bytes().removeprefix(note.line))
    changed = Note.read(note.path)
    assert changed is not None
    assert wanted(sent([0])).may_be_in(changed) is is_opened


def test_results_without_a_message_of_the_input_are_not_opened(tmp_path):
    """Unless they were changed since, or their messages are not known."""
    note = noted(tmp_path, sent([0], "Other000"))
    rows = wanted(sent([0]))
    assert not rows.may_be_in(note)
    assert rows.may_be_in(noted(tmp_path, sent([0])))
    assert note.path is not None
    note.path.write_bytes(note.line)
    assert rows.may_be_in(note)
    note.results.write_text("row,source\n")
    assert rows.may_be_in(note)


@pytest.mark.parametrize(
    ("written", "untold", "digest", "is_told"),
    [
        ("d", [], "d", True),
        ("d", [], "e", False),
        ("d", [], None, False),
        ("d", ["run"], "d", False),
        (None, [], None, False),
    ],
)
def test_results_without_a_journal_tell_of_a_run_only_as_it_wrote_them(tmp_path, written, untold, digest, is_told):
    """And only where no run before it went untold."""
    note = Note(tmp_path, {"run": "run", "written": written, "untold": untold})
    assert note.is_told_by_files(Events(), digest) is is_told
