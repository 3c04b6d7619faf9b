"""The lines of rows, character for character: other versions read them, too."""

from __future__ import annotations

import polars as pl
import pytest

from importer.journal.rows import doubts, fate_columns, intent_facts, intent_line, key_lines, outcome_line
from importer.model import FATE, FIELDS, KEY

AT, LATER = "2026-11-23T10:00:00.000Z", "2026-11-23T10:00:01.500Z"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ((200, None, None, "r1"), "recorded\t200\t\t\tr1"),
        ((200, None, None, None), "recorded\t200\t\t\t"),
        ((404, "offer_not_found", "no\toffer", None), "recorded\t404\toffer_not_found\tno\\toffer\t"),
        ((None, "timeout", "no answer", None, AT), f"recorded\t\ttimeout\tno answer\t\t{AT}"),
        ((None, None, None, None, None), "recorded\t\t\t\t"),
    ],
)
def test_how_an_attempt_ended(said, line):
    """Empty where nothing was said; the moment since when it is in doubt only where there is one."""
    assert outcome_line(7, 2, LATER, "recorded", *said).decode() == f"D\t7\t2\t{LATER}\t{line}\n"


@pytest.mark.parametrize(("facts", "line"), [("-1\t0\t8", f"I\t7\t1\t{AT}\t-1\t0\t8\n"), ("", f"I\t7\t1\t{AT}\n")])
def test_that_a_row_is_about_to_be_sent(facts, line):
    """With what it is, or without."""
    assert intent_line(7, 1, AT, facts).decode() == line


@pytest.mark.parametrize(("keyed", "end"), [(False, ""), (True, "\t99")])
def test_what_a_row_is(keyed, end):
    """Which line its attempt supersedes, how often it was tried before, its place, its fields, and perhaps its key."""
    fields = ("a1b2c3d4", "24.90", "sale", None, "back\\slash")
    row = {
        "prior": -1,
        "attempts_before": 2,
        "row": 8,
        "source": "ju\tne.csv",
        **dict(zip(FIELDS, fields, strict=True)),
    }
    frame = pl.DataFrame({name: [cell] for name, cell in (row | {KEY: "99"}).items()})
    said = frame.select(intent_facts(keyed=keyed)).item()
    assert said == f"-1\t2\t8\tju\\tne.csv\ta1b2c3d4\t24.90\tsale\t\tback\\\\slash{end}"


def test_the_keys_of_rows_have_their_places():
    """Of those that have one; without keys there is no line, and no column."""
    fates = pl.DataFrame({"row": ["1", "2", "3"], KEY: ["k1", None, "k3"]})
    assert key_lines(fates, 5) == b"K\t5\tk1\nK\t7\tk3\n"
    assert key_lines(fates.drop(KEY), 5) == b""
    assert [fate_columns(frame) for frame in (fates, fates.drop(KEY))] == [[*FATE, KEY], [*FATE]]


def test_since_when_a_row_is_in_doubt():
    """As far as is known: since that attempt, or its end, or an earlier run; other rows are not in doubt."""
    fates = pl.DataFrame(
        [
            ("in_doubt", AT, LATER, "timeout"),
            ("in_doubt", "", LATER, "timeout"),
            ("in_doubt", None, LATER, None),
            ("in_doubt", None, "", "timeout"),
            ("in_doubt", None, None, "timeout"),
            ("recorded", AT, LATER, "x"),
            ("pending", None, LATER, "x"),
        ],
        schema=["status", "doubt_since", "finished_at", "error_code"],
        orient="row",
    )
    assert fates.select(doubts()).rows() == [
        (AT, "timeout"),
        (LATER, "timeout"),
        (LATER, None),
        ("an earlier run", "timeout"),
        ("an earlier run", "timeout"),
        (None, None),
        (None, None),
    ]
