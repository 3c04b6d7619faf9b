"""How far a run is: how often it is said, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from importer.cli.progress import Speed, outcomes_text, progress_text, state_text
from tests.cli.samples import progress_at


def test_progress_off_a_terminal_is_a_line_every_ten_seconds(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In a log file progress is one plain line every ten seconds."""
    seconds = [tenth / 4 for tenth in range(4 * 35)]
    talk = console(clock=iter(seconds).__next__)
    for second in seconds:
        talk.progress(progress_at(second, int(second * 100)))
        talk._settle()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "1,000 of 30,000 rows (3 %), 100 rows/s, about 5 min left; 1,000.50 recorded",
        "2,000 of 30,000 rows (6 %), 100 rows/s, about 5 min left; 2,000.50 recorded",
        "3,000 of 30,000 rows (10 %), 100 rows/s, about 4 min left; 3,000.50 recorded",
    ]


def test_no_progress_shows_none(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """--no-progress leaves the notices."""
    talk = console(no_progress=True, clock=iter(range(0, 1000, 100)).__next__)
    for second in range(5):
        talk.progress(progress_at(second, second))
    talk.stage("Writing the results")
    talk.close()
    assert capsys.readouterr().err == "Writing the results\n"


def test_pace_is_that_of_the_last_seconds() -> None:
    """The pace forgets what was before its window, and is unknown at first."""
    pace = Speed(window_s=15)
    assert pace.rows_a_second is None
    for second in range(101):
        pace.note(progress_at(second, second * 10 if second <= 50 else 500 + (second - 50) * 2))
        assert second == 0 or pace.rows_a_second
    assert pace.rows_a_second == pytest.approx(2)


@pytest.mark.parametrize(
    ("settled", "to_post", "pace", "text"),
    [
        (0, 0, None, "0 of 0 rows (100 %)"),
        (0, 100, None, "0 of 100 rows (0 %)"),
        (199, 200, 1.25, "199 of 200 rows (99 %), 1.2 rows/s, about 1 s left"),
        (0, 10_000_000, 2000.0, "0 of 10,000,000 rows (0 %), 2,000 rows/s, about 83 min left"),
        (0, 10_000_000, 100.0, "0 of 10,000,000 rows (0 %), 100 rows/s, about 28 h left"),
        (50, 100, 0.0, "50 of 100 rows (50 %), 0.0 rows/s"),
    ],
)
def test_progress_text(settled: int, to_post: int, pace: float | None, text: str) -> None:
    """How far the run is: rows, share, pace, and the time that is left where it can be known."""
    assert progress_text(progress_at(1, settled, to_post=to_post), pace) == text


def test_fate_and_state() -> None:
    """What needs attention is in the progress, and nothing else."""
    assert outcomes_text(progress_at(1, 1)) == "1.50 recorded"
    assert outcomes_text(progress_at(1, 1, in_doubt=2, not_recorded=3)) == "1.50 recorded, 2 in doubt, 3 not recorded"
    assert state_text(progress_at(1, 1)) == ""
    assert state_text(progress_at(1, 1, state="The API cannot be reached.")) == "The API cannot be reached."
