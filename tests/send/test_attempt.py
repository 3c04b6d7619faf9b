"""The words of the journal for an attempt: when it ended, and what a person needs of a row in doubt."""

from __future__ import annotations

import pytest

from importer.api import Outcome, OutcomeKind
from importer.send import attempt
from importer.send.attempt import Row, utc_now


@pytest.mark.parametrize(
    ("nanoseconds", "said"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (999_999, "1970-01-01T00:00:00.000Z"),
        (1_000_000, "1970-01-01T00:00:00.001Z"),
        (999_999_999, "1970-01-01T00:00:00.999Z"),
        (1_782_864_000_500_000_000, "2026-07-01T00:00:00.500Z"),
    ],
)
def test_the_moment_is_cut_to_the_millisecond(nanoseconds, said, monkeypatch):
    monkeypatch.setattr(attempt.time, "time_ns", lambda: nanoseconds)
    assert utc_now() == said


@pytest.mark.parametrize(
    ("text", "said"), [("the connection was closed", "the connection was closed"), (None, "no believable answer")]
)
def test_a_row_in_doubt_says_why_and_of_what(text, said):
    row = Row(0, 2, "june.csv", "tfb0raDk", "5.00", "", "{}")
    outcome = Outcome(OutcomeKind.IN_DOUBT, "connection_lost", text)
    lines = attempt.outcome_lines((row,), [outcome], 1, "2026-07-01T10:00:00.000Z", attempt.Doubts())
    for part in (said, "tfb0raDk", "5.00", "2026-07-01T10:00:00"):
        assert part.encode() in lines
