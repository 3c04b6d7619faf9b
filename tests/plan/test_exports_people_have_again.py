"""The same month exported again, as people have it: each kind with three examples, and what `check` makes of each.

The first example of a kind is one that went wrong for somebody; the others are of its kind, and nobody told them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.run.pipeline import run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY
from tests.support.books import line, write_results
from tests.support.checked import heard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp"
MOMENTS = ("2026-06-15T12:10:05Z", "2026-06-16T23:20:15Z", "2026-06-17T01:30:25Z")

# kind: three spellings of the offer 4521 and of the three moments
SPELLINGS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "another word for the offer": (("4521.0", MOMENTS), ("", MOMENTS), ("4521.00", MOMENTS)),
    "times cut": (
        ("4521", tuple(moment[:16] + "Z" for moment in MOMENTS)),
        ("4521", tuple(moment[:10] for moment in MOMENTS)),
        ("4521", ("", "", "")),
    ),
    "a zone forgotten": (
        ("4521", ("2026-06-15T08:10:05Z", "2026-06-16T19:20:15Z", "2026-06-16T21:30:25Z")),
        ("4521", ("2026-06-15T14:10:05Z", "2026-06-17T01:20:15Z", "2026-06-17T03:30:25Z")),
        ("4521", ("2026-06-15T17:40:05Z", "2026-06-17T04:50:15Z", "2026-06-17T07:00:25Z")),
    ),
    "several of these at once": (
        ("", tuple(moment[:16] + "Z" for moment in MOMENTS)),
        ("4521.0", tuple(moment[:10] for moment in MOMENTS)),
        ("", ("2026-06-15T08:10Z", "2026-06-16T19:20Z", "2026-06-16T21:30Z")),
    ),
}


def june(path: Path, offer: str, moments: tuple[str, ...]) -> Path:
    lines = [f"m{n:07},24.90,sale,{offer},{moment}" for n, moment in enumerate(moments, 1)]
    path.write_text("\n".join([HEADER, *lines]), "utf-8")
    return path


def recorded(path: Path, offer: str = "4521", moments: tuple[str, ...] = MOMENTS) -> Path:
    lines = [line(n, offer_id=offer, timestamp=moment) for n, moment in enumerate(moments, 1)]
    return write_results(path, lines)


@pytest.mark.parametrize("kind", SPELLINGS)
def test_a_month_in_another_spelling_is_not_posted_again(tmp_path: Path, kind: str) -> None:
    """Results nearby stop it; given, they hold its rows."""
    results = recorded(tmp_path / "june.results.csv")
    for offer, moments in SPELLINGS[kind]:
        file = june(tmp_path / "again.csv", offer, moments)
        found = heard(file)
        assert (found.exit_status, found.posted) == (2, 0), offer
        assert "june.results.csv" in found.said
        given = heard(file, already=(str(results),))
        assert (given.posted, sum(given.codes.values())) == (0, 3), offer
        assert set(given.codes) <= {"looks_recorded", "already_recorded"}  # a float is its integer


@pytest.mark.parametrize(
    "moments", [SPELLINGS[kind][at][1] for kind, at in (("times cut", 0), ("times cut", 1), ("a zone forgotten", 0))]
)
def test_results_that_a_spreadsheet_saved_hold_their_rows(tmp_path: Path, moments: tuple[str, ...]) -> None:
    """The message says how many agree, and what goes on without them posts none of them."""
    file = june(tmp_path / "june.csv", "4521", MOMENTS)
    recorded(tmp_path / "june.results.csv", moments=moments)
    found = heard(file)
    assert found.exit_status == 2
    assert "3 rows of the input (74.70) look like them" in found.said
    assert heard(file, allow_missing=True).codes == {"looks_recorded": 3}


def test_rows_of_last_month_in_the_next_folder(healthy_server: FaultServerProcess, tmp_path: Path) -> None:
    """A folder a month: the index of results knows of the other one; what is new is posted."""
    for month in ("2026-09", "2026-10"):
        (tmp_path / month).mkdir()
    api = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0}
    run_import(Settings(inputs=(str(june(tmp_path / "2026-09" / "all.csv", "4521", MOMENTS)),), **api))
    for late in (1, 2, 3):
        october = june(tmp_path / "2026-10" / "all.csv", "4521", MOMENTS[:late])
        october.write_text(f"{october.read_text()}\nm0000009,7.00,sale,4521,2026-06-20T00:00:00Z\n")
        found = heard(october, base_url=healthy_server.url)
        assert (found.exit_status, found.posted) == (2, 0)
        given = heard(october, base_url=healthy_server.url, already=tuple(found.options("--already")))
        assert (given.posted, given.codes) == (1, {"already_recorded": late}), given.said
