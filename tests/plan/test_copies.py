"""Results that are copies of each other: what several of them tell of counts once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from importer.model import FATE
from importer.plan.keys import with_keys
from importer.plan.others.copies import without_copies
from tests.faultserver.plan import CANARY_KEY, hang_up, plan, rule
from tests.plan.imported import imported
from tests.support.inputs import rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = rows(10)
TWICE = [*ROWS, ROWS[0]]  # the last one is a second event, equal to the first


@pytest.fixture
def importing(healthy_server, tmp_path) -> Callable[..., tuple[int, Any]]:
    """Import a file of `tmp_path` in this process: the exit status, with the summary or the sentence."""

    def run(name: str, **options: Any) -> tuple[int, Any]:
        options["already"] = tuple(str(tmp_path / name) for name in options.get("already", ()))
        settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0, **options}
        return imported(tmp_path / name, settings)

    return run


@pytest.fixture
def june(importing, tmp_path) -> Path:
    """June, with one equal row that is held, and the same export under a second name."""
    write_csv(tmp_path / "june.csv", TWICE)
    assert importing("june.csv")[0] == 1
    write_csv(tmp_path / "again.csv", TWICE)
    return tmp_path / "june.results.csv"


def copied(results: Path, to: str, *, journal: bool = True) -> str:
    """A copy of results under another name, which is given back."""
    other = results.parent / to
    other.parent.mkdir(exist_ok=True)
    shutil.copy(results, other)
    if journal:
        shutil.copy(f"{results}.journal", f"{other}.journal")
    return to


@pytest.mark.parametrize("journal", [True, False])
@pytest.mark.parametrize("name", ["backup/june.results.csv", "june.results (1).csv", "a.csv"])
def test_a_copy_counts_with_its_original_once(importing, healthy_server, june, name, journal):
    """One row of each content is recorded, so the second event stays for a decision, and is posted by it."""
    both = (june.name, copied(june, name, journal=journal))
    for already in (both, both[::-1]):
        status, summary = importing("again.csv", already=already)
        assert (status, summary.by_code) == (1, {"already_recorded": 10, "duplicate_row": 1})
    status, summary = importing("again.csv", already=both, duplicates="post")
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 10}, 11)


def test_a_pattern_that_matches_copies(importing, june):
    copied(june, "june.results (1).csv", journal=False)
    copied(june, "june.results.old.csv")
    status, summary = importing("again.csv", already=("june.results*.csv",))
    assert (status, summary.by_code) == (1, {"already_recorded": 10, "duplicate_row": 1})


@pytest.mark.parametrize("journal", [True, False])
def test_an_older_state_counts_with_the_newer_once(importing, healthy_server, june, journal):
    """The copy was made when nine rows were recorded and one was not in the file yet."""
    write_csv(june.parent / "part.csv", ROWS[:8])
    assert importing("part.csv", overlap="allow")[0] == 0
    old = copied(june.parent / "part.results.csv", "old.csv", journal=journal)
    write_csv(june.parent / "part.csv", TWICE)
    assert importing("part.csv", overlap="allow")[0] == 1
    status, summary = importing("again.csv", already=(old, "part.results.csv"), overlap="allow")
    assert (status, summary.by_code) == (1, {"already_recorded": 10, "duplicate_row": 1})


def test_different_imports_of_equal_content_add_up(importing, june):
    """Two events are recorded, each by an import of its own, and both rows are held for them."""
    write_csv(june.parent / "more.csv", ROWS[:1])
    assert importing("more.csv", overlap="allow")[0] == 0
    more = ("more.results.csv", copied(june.parent / "more.results.csv", "b/more.csv", journal=False))
    status, summary = importing("again.csv", already=(june.name, copied(june, "copy.csv"), *more))
    assert (status, summary.by_code) == (0, {"already_recorded": 11})


def test_copies_that_were_continued_apart_add_what_each_recorded(importing, june):
    """What is common to both counts once, and what each recorded since for itself."""
    twin = copied(june, "twin.results.csv")
    shutil.copy(june.parent / "june.csv", june.parent / "twin.csv")
    for name in ("june.csv", "twin.csv"):
        assert importing(name, duplicates="post", overlap="allow")[0] == 0
    write_csv(june.parent / "thrice.csv", [*TWICE, *ROWS[:2]])
    status, summary = importing("thrice.csv", already=(june.name, twin))
    assert (status, summary.by_code) == (1, {"already_recorded": 12, "duplicate_row": 1})


@pytest.mark.parametrize("journal", [True, False])
def test_a_copy_of_its_own_results_holds_nothing_more(importing, healthy_server, june, journal):
    copy = copied(june, "copy.csv", journal=journal)
    status, summary = importing("june.csv", already=(copy,), duplicates="post")
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {}, 11)


def test_rows_in_doubt_of_copies_count_once(importing, fault_server, tmp_path):
    """One of two equal rows is in doubt, in both copies: it holds one."""
    server = fault_server(rule(hang_up(stored=True)))
    write_csv(tmp_path / "june.csv", ROWS[:1])
    assert importing("june.csv", base_url=server.url, attempts=1)[0] == 1
    server.replan(plan())
    copy = copied(tmp_path / "june.results.csv", "copy.csv")
    write_csv(tmp_path / "again.csv", [ROWS[0], ROWS[0]])
    status, summary = importing("again.csv", base_url=server.url, already=("june.results.csv", copy))
    assert (status, summary.by_code) == (1, {"already_in_doubt": 1, "duplicate_row": 1})


def test_the_advice_names_copies_nearby_and_can_be_followed(importing, healthy_server, june):
    """Both copies are proposed, and with both the second event is posted once it is said to be one."""
    copy = copied(june, "june.results (1).csv")
    status, said = importing("again.csv", duplicates="post")
    assert status == 2
    assert june.name in said
    assert copy in said
    status, summary = importing("again.csv", already=(june.name, copy), duplicates="post")
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 10}, 11)


def fates(*lines: tuple[str, str, str, str | None, str | None]) -> pl.DataFrame:
    """Rows of results: the file, message, status, revenue_id and end of the attempt."""
    names = ("results", "message_id", "status", "revenue_id", "finished_at")
    known = pl.DataFrame(lines, schema=dict.fromkeys(names, pl.String), orient="row")
    rest = [name for name in FATE if name not in names]
    return with_keys(known.with_columns(pl.lit(None, pl.String).alias(name) for name in rest))


def test_an_api_that_gives_all_rows_one_id_makes_no_copies():
    """Nor does one file without a journal among several: ends of attempts differ."""
    apart = fates(
        ("a", "m1", "recorded", "x", "1"), ("a", "m2", "recorded", "x", "2"),
        ("b", "m1", "recorded", "x", "3"), ("b", "m2", "recorded", "x", "4"),
    )  # fmt: skip
    assert without_copies(apart, {}).height == 4


def test_rows_without_ids_of_a_copy_without_a_journal_count_once():
    """Those of the bulk endpoint, and those in doubt; a verdict may have come to one copy alone."""
    both = fates(
        ("a", "m1", "recorded", None, "1"), ("a", "m2", "in_doubt", None, "2"), ("a", "m2", "in_doubt", None, "3"),
        ("b", "m1", "recorded", None, "1"), ("b", "m2", "in_doubt", None, "2"), ("b", "m2", "recorded", "y", "9"),
    )  # fmt: skip
    left = without_copies(both, {"a": frozenset({"r1"})})
    assert sorted(left.select("message_id", "status").rows()) == [
        ("m1", "recorded"), ("m2", "in_doubt"), ("m2", "recorded"),
    ]  # fmt: skip
