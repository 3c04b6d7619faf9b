"""RESULTS and journals of an earlier moment that were put back: what was recorded since is not posted again."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from importer.model import SilentListener
from importer.run import Verdict, resolve, run_check, run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, api_error, hang_up, plan, rule
from tests.plan.imported import imported
from tests.support.inputs import rows, write_csv
from tests.support.manglings import MANGLINGS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess

JUNE = rows(20)
BOTH = ("june.results.csv", "june.results.csv.journal")


@pytest.fixture
def june(tmp_path: Path) -> Path:
    folder = tmp_path / "june"
    folder.mkdir()
    write_csv(folder / "june.csv", JUNE)
    return folder


def posted(folder: Path, server: FaultServerProcess, **options: Any) -> tuple[int, str]:
    """Import the rows of a folder: the exit status, and what stopped it."""
    settings = {"base_url": server.url, "api_key": CANARY_KEY, "rate": 0, "concurrency": 1, **options}
    status, said = imported(folder / "june.csv", settings)
    return status, said if isinstance(said, str) else ""


def put_back(folder: Path, backup: Path, names: tuple[str, ...]) -> None:
    """As somebody does who restores these files from a backup, and removes the others."""
    for path in folder.glob("june.results*"):
        path.unlink()
    for name in names:
        shutil.copy2(backup / name, folder / name)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))  # long ago: what is in it is believed to stay


def killed(folder: Path, server: FaultServerProcess, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """An import that dies when it has noted its rows, before it sends one."""
    with monkeypatch.context() as patched:
        patched.setattr("importer.run.pipeline.post", lambda *_: sys.exit())
        with pytest.raises(SystemExit):
            posted(folder, server, **options)


# What happened to an import of twenty rows: numbers are runs with that limit, `idle` one that posts nothing, `kill` one
# that dies before it sends, `copy` and `back` a backup and its return. And of how many rows the next run is refused.
STORIES = {
    "all": 0,
    "10 idle": 0,
    "kill": 0,
    "kill idle": 0,
    "kill idle idle": 0,
    "5 kill idle": 0,
    "5 kill idle idle": 0,
    "kill refused": 0,
    "kill idle gone": 0,
    "kill gone": 20,
    "10 gone": 10,
    "5 10 no-journal": 0,
    "10 copy back": 0,
    "10 copy idle back": 0,
    "10 copy all back": 10,
    "10 copy all journal-back": 10,
    "10 copy all results-back": 10,
    "10 copy 5 back": 5,
    "10 copy kill back": 10,
    "10 copy all back idle": 10,
    "10 copy all back idle idle": 10,
    "10 copy all back allow-3": 7,
    "10 copy all results-back allow-3": 7,
    "10 copy all back allow-3 idle": 7,
    "10 copy all back allow-3 no-journal": 7,
    "10 copy all back allow-3 allow-kill": 7,
    "10 copy all back allow-3 allow-3": 4,
    "10 copy all back allow-20": 0,
    "10 copy all back allow-20 no-journal": 0,
    "10 copy all back allow-3 allow-20": 0,
}


@pytest.mark.parametrize("story", STORIES)
def test_which_runs_the_files_must_tell_of(june, tmp_path, fault_server, monkeypatch, story):
    """Each that may have recorded rows: what one of them recorded that the files do not have is not posted again."""
    server, refused, again = fault_server(), STORIES[story], 0
    for word in story.split():
        allowed = {"overlap": "allow"} if word.startswith("allow-") else {}
        what = word.removeprefix("allow-")
        if what.isdigit() or what in {"all", "idle"}:
            before = len(server.ledger())
            posted(june, server, limit={"all": 20, "idle": 0}.get(what, what.isdigit() and int(what)), **allowed)
            again += len(server.ledger()) - before if allowed else 0
        elif what == "kill":
            killed(june, server, monkeypatch, **allowed)
        elif what == "refused":
            server.replan(plan(rule(api_error(401, "unauthorized"))))
            assert posted(june, server)[0] == 3
            server.replan(plan())
        elif what == "copy":
            shutil.copytree(june, tmp_path / "backup")
        elif what.endswith("back"):
            names = {"back": BOTH, "journal-back": BOTH[1:], "results-back": BOTH[:1]}
            put_back(june, tmp_path / "backup", names[what])
        else:
            for name in BOTH if what == "gone" else BOTH[1:]:
                (june / name).unlink(missing_ok=True)
    stored = len(server.ledger())
    status, said = posted(june, server)
    expected = (2, True, stored) if refused else (0, True, 20 + again)
    assert (status, f"{refused} rows" in said or not refused, len(server.ledger())) == expected, said
    assert (posted(june, server, overlap="allow")[0], len(server.ledger()) - stored >= refused) == (0, True)
    write_csv(june / "june.csv", [*JUNE, *rows(2, start=700)])
    assert posted(june, server) == (0, "")


@pytest.mark.parametrize(
    "names",
    [("june.results.csv", "june.results.csv.journal"), ("june.results.csv.journal",), ("june.results.csv",)],
    ids=["both", "journal", "results"],
)
def test_an_older_copy_does_not_post_again_what_was_recorded_since(june, tmp_path, fault_server, names):
    """Ten of twenty rows are in the copy: the run is refused, and goes on with the files that were kept."""
    server, backup, kept = fault_server(), tmp_path / "backup", tmp_path / "kept"
    assert posted(june, server, limit=10)[0] == 1
    shutil.copytree(june, backup)
    assert posted(june, server) == (0, "")
    shutil.copytree(june, kept)
    put_back(june, backup, names)
    status, said = posted(june, server)
    assert (status, len(server.ledger())) == (2, 20), said
    assert "an older copy" in said
    assert "10 rows" in said
    assert "--overlap allow" in said
    put_back(june, kept, ("june.results.csv", "june.results.csv.journal"))
    assert (posted(june, server), len(server.ledger())) == ((0, ""), 20)
    put_back(june, backup, names)
    assert (posted(june, server, overlap="allow"), len(server.ledger())) == ((0, ""), 30)


@pytest.mark.parametrize("names", [BOTH, BOTH[1:], BOTH[:1]], ids=["both", "journal", "results"])
def test_an_overlap_that_is_allowed_for_other_results_is_not_for_an_older_copy(june, tmp_path, fault_server, names):
    """Clicks that come each hour need that option every time; into other results, with these named, it goes on."""
    server, backup = fault_server(), tmp_path / "backup"
    write_csv(june / "may.csv", [replace(row, cells=(*row.cells[:4], "2026-05-01")) for row in JUNE])
    write_csv(june / "june.csv", [replace(row, cells=(*row.cells[:4], "2026-05-01T05:00:00Z")) for row in JUNE])
    imported(june / "may.csv", {"base_url": server.url, "api_key": CANARY_KEY, "rate": 0})
    assert posted(june, server)[0] == 2
    assert posted(june, server, overlap="allow", limit=10)[0] == 1
    shutil.copytree(june, backup)
    assert posted(june, server, overlap="allow") == (0, "")
    put_back(june, backup, names)
    for option in ("stop", "allow"):
        status, said = posted(june, server, overlap=option)
        assert (status, "an older copy" in said, len(server.ledger())) == (2, True, 40), said
        assert "other --results, and these named with --already" in said
    elsewhere = {"results": june / "new.csv", "already": (str(june / "june.results.csv"),), "overlap": "allow"}
    assert (posted(june, server, **elsewhere), len(server.ledger())) == ((0, ""), 50)
    assert (posted(june, server, **elsewhere), len(server.ledger())) == ((0, ""), 50)


def test_a_backup_in_the_place_of_its_folder_is_known_as_older(june, tmp_path, fault_server):
    server, backup = fault_server(), tmp_path / "backup"
    assert posted(june, server, limit=10)[0] == 1
    shutil.copytree(june, backup)
    assert posted(june, server) == (0, "")
    shutil.rmtree(june)
    backup.rename(june)
    status, said = posted(june, server)
    assert (status, "an older copy" in said, len(server.ledger())) == (2, True, 20), said


def test_an_older_copy_elsewhere_is_seen_from_another_folder(june, tmp_path, fault_server):
    server, backup = fault_server(), tmp_path / "backup"
    assert posted(june, server, limit=10)[0] == 1
    shutil.copytree(june, backup)
    assert posted(june, server) == (0, "")
    put_back(june, backup, ("june.results.csv", "june.results.csv.journal"))
    july = tmp_path / "july"
    july.mkdir()
    write_csv(july / "june.csv", JUNE[12:])
    status, said = posted(july, server)
    assert (status, "an older copy" in said, "8 rows" in said, len(server.ledger())) == (2, True, True, 20), said


def saved_again(results: Path, mangling: str | None) -> None:
    """RESULTS as another program saves them, or untouched."""
    if mangling is not None:
        results.write_bytes(MANGLINGS[mangling].change(results.read_bytes(), Random(mangling)))


@pytest.mark.parametrize("mangling", [None, "sorted by amount", "semicolons"])
def test_results_without_their_journal_go_on_after_a_verdict(june, fault_server, mangling):
    """What a person says was not recorded is no row that an older copy forgot."""
    server = fault_server(rule(hang_up(stored=False), nth=(3, 3)))
    assert posted(june, server)[0] == 1
    server.replan(plan())
    (june / "june.results.csv.journal").unlink()
    saved_again(june / "june.results.csv", mangling)
    stored = len(server.ledger())
    resolve(june / "june.results.csv", [Verdict(recorded=False, why="", row=3)], lambda _: True, sure=True)
    assert (posted(june, server), len(server.ledger())) == ((0, ""), stored + 1)


def test_a_row_that_left_the_input_is_told_by_what_took_it_over(june, fault_server):
    """First the journal was lost, then RESULTS; each time all went on from the other, and a verdict frees its row."""
    server = fault_server(rule(hang_up(stored=False), nth=(3, 3)), rule(hang_up(stored=False), nth=(5, 5)))
    results = june / "june.results.csv"
    assert posted(june, server)[0] == 1
    server.replan(plan())
    (june / "june.results.csv.journal").unlink()
    assert posted(june, server)[0] == 1
    mended = replace(JUNE[4], cells=("mended01", *JUNE[4].cells[1:]))
    write_csv(june / "june.csv", [*JUNE[:4], mended, *JUNE[5:]])
    results.unlink()
    assert posted(june, server)[0] == 1
    stored = len(server.ledger())
    resolve(results, [Verdict(recorded=False, why="", row=3)], lambda _: True, sure=True)
    status, said = posted(june, server)
    assert (status, said, len(server.ledger())) == (1, "", stored + 1)  # the doubt that left is one still
    left = Verdict(recorded=False, why="", fields=(("message_id", JUNE[4].cells[0]),))
    resolve(results, [left], lambda _: True, sure=True)
    assert (posted(june, server), len(server.ledger())) == ((0, ""), stored + 1)


def test_results_without_their_journal_are_enough_for_equal_rows_that_are_wanted(june, fault_server):
    write_csv(june / "june.csv", [*JUNE, JUNE[4]])
    server = fault_server()
    assert posted(june, server)[0] in (0, 1)
    assert len(server.ledger()) == 20
    (june / "june.results.csv.journal").unlink()
    assert (posted(june, server, duplicates="post"), len(server.ledger())) == ((0, ""), 21)


def test_a_run_that_posts_nothing_goes_on_from_results_alone(june, fault_server):
    """They are as they were written: the journal that it makes of them is no older copy."""
    server = fault_server()
    assert posted(june, server, limit=10)[0] == 1
    (june / "june.results.csv.journal").unlink()
    assert posted(june, server, limit=0)[0] == 1
    write_csv(june / "june.csv", [*JUNE, JUNE[4]])
    assert (posted(june, server, duplicates="post"), len(server.ledger())) == ((0, ""), 21)


@pytest.mark.parametrize("names", [BOTH, BOTH[1:]], ids=["both", "journal"])
def test_an_older_copy_does_not_post_an_equal_row_again(june, tmp_path, fault_server, names):
    """The copy knows one of two equal rows; the other was posted after it was made."""
    server, backup = fault_server(), tmp_path / "backup"
    assert posted(june, server) == (0, "")
    shutil.copytree(june, backup)
    write_csv(june / "june.csv", [*JUNE, JUNE[4]])
    assert (posted(june, server, duplicates="post"), len(server.ledger())) == ((0, ""), 21)
    put_back(june, backup, names)
    status, said = posted(june, server, duplicates="post")
    assert (status, "an older copy" in said, len(server.ledger())) == (2, True, 21), said


def test_an_older_copy_after_a_verdict_is_still_older(june, tmp_path, fault_server):
    """The verdict of one row frees that row alone."""
    server, backup = fault_server(rule(hang_up(stored=False), nth=(3, 3))), tmp_path / "backup"
    assert posted(june, server, limit=5)[0] == 1
    server.replan(plan())
    shutil.copytree(june, backup)
    assert posted(june, server)[0] == 1
    stored = len(server.ledger())
    put_back(june, backup, ("june.results.csv", "june.results.csv.journal"))
    resolve(june / "june.results.csv", [Verdict(recorded=False, why="", row=3)], lambda _: True, sure=True)
    status, said = posted(june, server)
    assert (status, "an older copy" in said, len(server.ledger())) == (2, True, stored), said


def test_a_verdict_on_a_row_that_lost_its_zeros_frees_the_row_that_is_held_for_it(june, fault_server):
    """A program saved RESULTS, their journal is gone, and `--allow-missing` holds the rows of the input for theirs."""
    write_csv(june / "june.csv", [replace(JUNE[n], cells=(f"{n:08}", f"{n}.50", "sale", "", "")) for n in range(1, 9)])
    server = fault_server(rule(hang_up(stored=False), nth=(3, 3)))
    assert posted(june, server)[0] == 1
    server.replan(plan())
    (june / "june.results.csv.journal").unlink()
    results = june / "june.results.csv"
    results.write_bytes(results.read_bytes().replace(b",0000000", b","))
    assert posted(june, server, allow_missing=True)[0] == 1
    verdict = Verdict(recorded=False, why="", fields=(("message_id", "3"),))
    cases, _ = resolve(results, [verdict], lambda _: True, sure=True)
    assert (cases.counted(), cases.freed) == ((0, 1), 1)
    assert (posted(june, server, allow_missing=True)[0], len(server.ledger())) == (1, 8)
    assert [sent["message_id"] for sent in server.ledger()].count("00000003") == 1
    assert (posted(june, server, allow_missing=True)[0], len(server.ledger())) == (1, 8)


@pytest.mark.parametrize(
    ("names", "mangling"),
    [(BOTH, None), (BOTH[:1], None), (BOTH[:1], "semicolons")],
    ids=["both", "results", "results saved again"],
)
def test_a_verdict_on_an_older_copy_frees_no_row(june, tmp_path, fault_server, names, mangling):
    """The row was posted after the copy was made, because of the same verdict on the newer results."""
    server, backup = fault_server(rule(hang_up(stored=False), nth=(3, 3))), tmp_path / "backup"
    assert posted(june, server)[0] == 1
    server.replan(plan())
    shutil.copytree(june, backup)
    not_recorded = [Verdict(recorded=False, why="", row=3)]
    resolve(june / "june.results.csv", not_recorded, lambda _: True, sure=True)
    assert posted(june, server) == (0, "")
    stored = len(server.ledger())
    put_back(june, backup, names)
    saved_again(june / "june.results.csv", mangling)
    resolve(june / "june.results.csv", not_recorded, lambda _: True, sure=True)
    status, said = posted(june, server)
    assert (status, "an older copy" in said, len(server.ledger())) == (2, True, stored), said


@pytest.mark.parametrize("other", [run_import, run_check], ids=["import", "check"])
@pytest.mark.parametrize("names", [BOTH, BOTH[1:]], ids=["both", "journal"])
def test_an_older_copy_that_another_run_has_looked_at_is_still_older(june, tmp_path, fault_server, names, other):
    """What that run notes of it is no proof that it is all."""
    server, backup = fault_server(), tmp_path / "backup"
    assert posted(june, server, limit=10)[0] == 1
    shutil.copytree(june, backup)
    assert posted(june, server) == (0, "")
    put_back(june, backup, names)
    write_csv(june / "july.csv", rows(5, start=900))
    other(Settings(inputs=(str(june / "july.csv"),), base_url=server.url, api_key=CANARY_KEY))
    stored = len(server.ledger())
    status, said = posted(june, server)
    assert (status, "an older copy" in said, len(server.ledger())) == (2, True, stored), said


def test_a_doubt_that_still_stands_in_a_copy_is_settled_there_too(june, tmp_path, fault_server):
    """The row was not recorded, and only these results know; what the refusal says frees it."""
    server = fault_server(rule(hang_up(stored=False), nth=(3, 3)))
    assert posted(june, server)[0] == 1
    server.replan(plan())
    copy = june / "copy.results.csv"
    for end in ("", ".journal"):
        shutil.copy2(june / f"june.results.csv{end}", june / f"copy.results.csv{end}")
    not_recorded = [Verdict(recorded=False, why="", row=3)]
    resolve(june / "june.results.csv", not_recorded, lambda _: True, sure=True)
    stored = len(server.ledger())
    status, said = posted(june, server)
    assert (status, len(server.ledger())) == (2, stored), said
    assert "copy.results.csv is a copy of these results, or an older state of them" in said
    resolve(copy, not_recorded, lambda _: True, sure=True)
    assert (posted(june, server), len(server.ledger())) == ((0, ""), stored + 1)


@pytest.mark.parametrize("idle", [0, 2])
@pytest.mark.parametrize("names", [BOTH, BOTH[:1]], ids=["both", "results"])
def test_results_that_were_moved_go_on_after_a_verdict(june, tmp_path, fault_server, names, idle):
    """With their input, with and without the journal, and whatever ran there before: they are no older copy."""
    server = fault_server(rule(hang_up(stored=False), nth=(3, 3)))
    assert posted(june, server)[0] == 1
    server.replan(plan())
    for _ in range(idle):
        assert posted(june, server)[0] == 1
    moved = tmp_path / "archive" / "june"
    moved.mkdir(parents=True)
    for name in ("june.csv", *names):
        shutil.move(june / name, moved / name)
    shutil.rmtree(june)
    assert posted(moved, server)[0] == 1
    stored = len(server.ledger())
    resolve(moved / "june.results.csv", [Verdict(recorded=False, why="", row=3)], lambda _: True, sure=True)
    assert (posted(moved, server), len(server.ledger())) == ((0, ""), stored + 1)


def test_results_that_go_on_where_they_were_moved_are_not_said_to_be_gone(june, tmp_path, fault_server):
    server, told = fault_server(), list[str]()
    assert posted(june, server, limit=10)[0] == 1
    june.rename(tmp_path / "moved")
    listener = SilentListener()
    listener.notice = lambda _level, _event, text: told.append(text)  # type: ignore[method-assign]
    inputs = (str(tmp_path / "moved" / "june.csv"),)
    run_import(Settings(inputs=inputs, base_url=server.url, api_key=CANARY_KEY, rate=0), listener)
    assert ([text for text in told if "gone" in text], len(server.ledger())) == ([], 20)


def test_ids_in_another_case_are_held_by_their_own_results(june, fault_server):
    """A spreadsheet, or a program, wrote them anew: `--allow-missing` posts none of them once more."""
    server, month = fault_server(), [row for row in JUNE if row.cells[0].swapcase() != row.cells[0]]
    write_csv(june / "june.csv", month)
    assert posted(june, server) == (0, "")
    write_csv(june / "june.csv", [replace(row, cells=(row.cells[0].swapcase(), *row.cells[1:])) for row in month])
    status, said = posted(june, server)
    assert (status, "look like them" in said, len(server.ledger())) == (2, True, len(month)), said
    assert (posted(june, server, allow_missing=True)[0], len(server.ledger())) == (1, len(month))
