"""A file whose first row may be the total of those below it is read twice, and its rows are judged once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from importer.run.pipeline import run_check
from importer.settings import InputSettings
from tests.support.checked import heard

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "message_id,revenue,attribution_type,offer_id,Country"
ROWS = ["tfb0raDP,10.10,sale,4521.0,DE", 'tfb0raDQ,20.20,sale,="7",DE', "tfb0raDR,5.00,sale,9.0,FR"]
WITHOUT_FRANCE = {"where": ("Country!=FR",)}


@pytest.mark.parametrize(
    ("first", "options", "codes", "posted"),
    [
        (",35.30,,,", {}, {"total_row": 1}, 3),
        (",30.30,,,", {}, {"missing_message_id": 1}, 3),
        (",35.30,,,", WITHOUT_FRANCE, {"total_row": 1}, 2),
        (",30.30,,,", WITHOUT_FRANCE, {"total_row": 1}, 2),
        (",30.31,,,", WITHOUT_FRANCE, {"missing_message_id": 1}, 2),
    ],
)
def test_a_total_above_is_that_of_all_rows_or_of_those_that_are_kept(
    tmp_path: Path, first: str, options: dict[str, object], codes: dict[str, int], posted: int
) -> None:
    """And what is said of cells counts each of them once."""
    file = tmp_path / "june.csv"
    file.write_text("\n".join([HEADER, first, *ROWS]))
    found = heard(file, **options)
    assert (dict(found.codes), found.posted) == (codes, posted)
    assert "2 rows with an offer_id such as 4521.0" in found.said
    assert "characters of no width in it (1) count" in found.said


def test_a_file_without_rows_has_nothing_to_post(tmp_path: Path) -> None:
    """And no first row to look at."""
    file = tmp_path / "june.csv"
    file.write_text(HEADER + "\n")
    found = heard(file)
    assert (found.posted, found.codes, found.exit_status) == (0, {}, 0)


@pytest.mark.parametrize("seconds", ["05 03 04", "15 09 13", "03.5 03.25 03.75"])
def test_the_first_and_the_last_moment_are_those_of_all_files(tmp_path: Path, seconds: str) -> None:
    """To the second, and to its parts, whichever file has them."""
    moments = [f"2026-06-01T10:00:{second}Z" for second in seconds.split()]
    for n, moment in enumerate(moments):
        row = f"tfb0ra0{n},10.10,sale,{moment}"
        (tmp_path / f"{n}.csv").write_text(f"message_id,revenue,attribution_type,timestamp\n{row}\n")
    summary = run_check(InputSettings(inputs=tuple(str(tmp_path / f"{n}.csv") for n in range(3))))
    found = [datetime.fromisoformat(text or "") for text in (summary.first_timestamp, summary.last_timestamp)]
    known = [datetime.fromisoformat(moment) for moment in moments]
    assert found == [min(known), max(known)]
