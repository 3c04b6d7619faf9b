"""The index of results: rows that results in another folder record are not posted again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import importer.plan.others.other_results as guard
from importer.disk import state_folder
from importer.errors import ImporterError
from importer.model import SilentListener
from importer.plan.index.note import Note
from importer.run.pipeline import run_check, run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, api_error, plan, rule, success
from tests.support import inside
from tests.support.inputs import InputRow, rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess

SEPTEMBER = rows(20)


class Ears(SilentListener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def notice(self, level: str, event: str, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def importing(healthy_server: FaultServerProcess, tmp_path: Path) -> Callable[..., tuple[int, Any, list[str]]]:
    """Import rows in a folder of their own: exit status, summary or sentence, and what was said."""

    def run(name: str, chosen: list[InputRow] | None = None, **options: Any) -> tuple[int, Any, list[str]]:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        if chosen is not None:
            write_csv(file, chosen)
        ears = Ears()
        # Some of the amounts have a sign, which is a word of its own.
        settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0, "ignore": ("revenue",), **options}
        try:
            summary = run_import(Settings(inputs=(str(file),), **settings), ears)
        except ImporterError as error:
            return error.exit_status, str(error), ears.told
        return summary.exit_status, summary, ears.told

    return run


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders of the results that were opened."""
    found: list[str] = []
    real = guard.recorded_in

    def spy(results: Path, *args: Any, **options: Any) -> Any:
        found.append(results.parent.name)
        return real(results, *args, **options)

    monkeypatch.setattr(guard, "recorded_in", spy)
    return found


@pytest.mark.parametrize("count", [20, 3])
def test_rows_in_results_of_another_folder_stop_the_import(importing, healthy_server, tmp_path, count):
    """Late-September rows in October's export, a folder a month; `--already` with the named file goes on."""
    importing("09/september.csv", SEPTEMBER)
    october = [*SEPTEMBER[:count], *rows(30, start=100)]
    status, said, _ = importing("10/october.csv", october)
    named = str(tmp_path / "09" / "september.results.csv")
    assert (status, len(healthy_server.ledger()), named in said, f"({count} rows" in said) == (2, 20, True, True), said
    check = partial(Settings, inputs=(str(tmp_path / "10/october.csv"),), base_url=healthy_server.url)
    with pytest.raises(ImporterError, match="recorded or in doubt"):
        run_check(check())
    assert run_check(check(no_index=True)).posted.rows == count + 30
    status, summary, told = importing("10/october.csv", already=(named,))
    assert (status, summary.by_code, told) == (0, {"already_recorded": count}, [])
    assert len(healthy_server.ledger()) == 50


def test_nearly_the_same_rows_elsewhere_stop_it_too(importing, healthy_server, tmp_path):
    """The same export with its offers gone."""
    importing("a/june.csv", SEPTEMBER)
    lines = (tmp_path / "a" / "june.csv").read_text().splitlines()
    (tmp_path / "b").mkdir()
    without = [",".join(line.split(",")[:3] + line.split(",")[4:]) for line in lines if '"' not in line]
    (tmp_path / "b" / "june.csv").write_text("\n".join(without))
    status, said, _ = importing("b/june.csv")
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert "no offer in the input" in said or "recorded or in doubt" in said
    settings = Settings(inputs=(str(tmp_path / "b/june.csv"),), base_url=healthy_server.url, ignore=("revenue",))
    with pytest.raises(ImporterError, match="no offer in the input"):
        run_check(settings)


def test_without_the_index_nothing_is_noted_and_nothing_seen(importing, healthy_server):
    """`--no-index` in either run: the price that its help names."""
    importing("a/x.csv", SEPTEMBER, no_index=True)
    assert importing("b/x.csv", SEPTEMBER)[0] == 0
    assert importing("c/x.csv", SEPTEMBER, no_index=True)[0] == 0
    assert importing("d/x.csv", SEPTEMBER)[0] == 2
    assert len(healthy_server.ledger()) == 60


def test_another_api_and_each_sandbox_is_another_matter(importing, fault_server, healthy_server):
    """A trial elsewhere says nothing of this API, and a sandbox notes nothing."""
    importing("a/x.csv", SEPTEMBER, base_url=fault_server().url)
    importing("b/x.csv", SEPTEMBER, base_url=fault_server().url, sandbox=True)
    assert (importing("c/x.csv", SEPTEMBER)[0], len(healthy_server.ledger())) == (0, 20)


def test_results_that_are_gone_are_told_once_and_their_rows_are_not_posted_again(importing, healthy_server, tmp_path):
    """An import of other rows goes on, and says it; one of the same rows is refused, then as before."""
    importing("a/x.csv", SEPTEMBER)
    shutil.rmtree(tmp_path / "a")
    status, _, told = importing("b/y.csv", rows(5, start=50))
    assert status == 0
    assert [("a/x.results.csv" in text, "--already" in text) for text in told] == [(True, True)]
    assert importing("c/z.csv", rows(5, start=60))[2] == []
    status, said, _ = importing("d/x.csv", SEPTEMBER)
    assert (status, "are gone" in said, len(healthy_server.ledger())) == (2, True, 30), said
    assert importing("d/x.csv", overlap="allow")[0] == 0
    assert importing("e/z.csv", rows(5, start=70))[2] == []


def moved(tmp_path: Path, name: str, to: str, *suffixes: str) -> None:
    """Move results with their journal, as a person does, or one of both, and delete the other."""
    (tmp_path / to).parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", ".journal"):
        place = tmp_path / f"{name}{suffix}"
        place.rename(tmp_path / f"{to}{suffix}") if suffix in (suffixes or ("", ".journal")) else place.unlink()


@pytest.mark.parametrize(
    ("to", "again"),
    [
        ("a/archive/x.results.csv", "a/x.csv"),
        ("a/done/june.csv", "a/x.csv"),
        ("a/archive/2026-06/x.results.csv", "a/x.csv"),
        ("a_old/x.results.csv", "a/x.csv"),
        ("arch/x.results.csv", "a/juni.csv"),
        ("a/archive/x.results.csv", "a/y.csv"),
    ],
)
def test_results_that_were_archived_stop_the_same_rows(importing, healthy_server, tmp_path, to, again):
    """In a folder of theirs, in a neighbour, in an archive of days: the refusal names the file, which then works."""
    importing("a/x.csv", SEPTEMBER)
    moved(tmp_path, "a/x.results.csv", to)
    for _ in range(2):
        status, said, _ = importing(again, SEPTEMBER)
        assert (status, str(tmp_path / to) in said, "(20 rows" in said) == (2, True, True), said
    status, summary, _ = importing(again, already=(str(tmp_path / to),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 20}, 20)
    assert importing(again)[0] == 0


@pytest.mark.parametrize("suffix", ["", ".journal"])
def test_either_file_of_results_in_a_neighbouring_folder_is_enough(importing, healthy_server, tmp_path, suffix):
    """The other one was deleted."""
    importing("a/x.csv", SEPTEMBER)
    moved(tmp_path, "a/x.results.csv", "a_old/x.results.csv", suffix)
    status, said, _ = importing("a/x.csv", SEPTEMBER)
    there = str(tmp_path / "a_old" / "x.results.csv")
    assert (status, there in said, "(20 rows" in said, len(healthy_server.ledger())) == (2, True, True, 20), said


@pytest.mark.parametrize("content", ["\n\n", "", "a,b\n1,2\n"])
def test_what_only_has_the_name_of_results_that_are_gone_stops_nothing(importing, tmp_path, content):
    """A neighbouring folder has a file of that name, which is something else."""
    importing("a/x.csv", SEPTEMBER)
    for path in (tmp_path / "a").glob("x.results*"):
        path.unlink()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.results.csv").write_text(content)
    status, said, _ = importing("c/z.csv", rows(5, start=300))
    assert status == 0, said


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("rest", ["nothing", "an empty journal"])
def test_results_that_are_gone_stop_the_rows_that_they_recorded(importing, healthy_server, tmp_path, own, rest):
    """Far away, or deleted: a check says so as often as it is asked, and so does an import until somebody decides."""
    importing("a/x.csv", SEPTEMBER)
    moved(tmp_path, "a/x.results.csv", "far/away/from/here/x.results.csv")
    if rest != "nothing":
        (tmp_path / "a/x.results.csv.journal").touch()
    name = "a/x.csv" if own else "b/y.csv"
    chosen = [*SEPTEMBER[:7], *rows(3, start=70)]
    for _ in range(2):
        status, said, _ = importing(name, chosen)
        assert (status, "7 rows of this input" in said, "a/x.results.csv" in said) == (2, True, True), said
        with pytest.raises(ImporterError, match="7 rows of this input"):
            run_check(Settings(inputs=(str(tmp_path / name),), base_url=healthy_server.url))
    assert len(healthy_server.ledger()) == 20
    status, summary, _ = importing(name, already=(str(tmp_path / "far/away/from/here/x.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 7}, 23)


def test_results_without_their_journal_do_not_stand_for_others_that_are_gone(importing, healthy_server, tmp_path):
    """RESULTS of itself tells of no run: those that are gone are others, unless they were written with its content."""
    importing("a/x.csv", SEPTEMBER[:8])
    importing("b/y.csv", SEPTEMBER[8:])
    for path in ("a/x.results.csv", "a/x.results.csv.journal", "b/y.results.csv.journal"):
        (tmp_path / path).unlink()
    status, said, _ = importing("b/y.csv", SEPTEMBER, allow_missing=True)
    assert (status, "8 rows of this input" in said, "a/x.results.csv" in said) == (2, True, True), said
    assert len(healthy_server.ledger()) == 20


@pytest.mark.parametrize(("before", "now"), [(["invoice"], []), ([], ["invoice"]), (["invoice"], ["invoice", "store"])])
def test_results_that_are_gone_stop_their_rows_whatever_the_key(importing, healthy_server, tmp_path, before, now):
    """What a note knows of them is their fields alone: under another `--key` they may be the same events."""
    importing("a/x.csv", SEPTEMBER[:4])
    (tmp_path / "a/x.results.csv").unlink()
    (tmp_path / "a/x.results.csv.journal").unlink()
    lines = (tmp_path / "a/x.csv").read_text().splitlines()
    (tmp_path / "b").mkdir()
    keyed = [f"{lines[0]},invoice,store", *(f"{line},A{n},S{n}" for n, line in enumerate(lines[1:]))]
    (tmp_path / "b/y.csv").write_text("\n".join(keyed))
    status, said, _ = importing("b/y.csv", key=tuple(before), overlap="allow")
    assert (status, len(healthy_server.ledger())) == (0, 8), said
    (tmp_path / "b/y.results.csv").unlink()
    (tmp_path / "b/y.results.csv.journal").unlink()
    status, said, _ = importing("b/y.csv", key=tuple(now))
    assert (status, "4 rows of this input" in said, len(healthy_server.ledger())) == (2, True, 8), said


def test_who_deleted_results_on_purpose_begins_anew(importing, healthy_server, tmp_path):
    """After a canary, say: with `--overlap allow`, and after that as ever."""
    importing("a/x.csv", SEPTEMBER, limit=2)
    for path in (tmp_path / "a").glob("x.results*"):
        path.unlink()
    assert importing("a/x.csv")[0] == 2
    assert importing("a/x.csv", overlap="allow", limit=5)[0] == 1
    assert (importing("a/x.csv")[0], len(healthy_server.ledger())) == (0, 22)


def test_results_of_a_run_that_recorded_nothing_may_be_deleted(importing, fault_server, healthy_server, tmp_path):
    """A wrong key: no row is recorded, and none is missed."""
    server = fault_server(rule(api_error(401, "unauthorized")))
    assert importing("a/x.csv", SEPTEMBER, base_url=server.url)[0] == 3
    for path in (tmp_path / "a").glob("x.results*"):
        path.unlink()
    server.replan(plan())
    assert (importing("a/x.csv", base_url=server.url)[0], len(server.ledger())) == (0, 20)


def test_a_feed_whose_results_are_archived_each_day_goes_on(importing, healthy_server, tmp_path):
    """One name for every day, the same messages and amounts each day, the results moved far away."""
    for day in range(1, 4):
        feed = [replace(row, cells=(*row.cells[:4], f"2026-07-0{day}T08:00:00Z")) for row in SEPTEMBER]
        status, said, _ = importing("a/feed.csv", feed)
        assert (status, len(healthy_server.ledger())) == (0, 20 * day), said
        moved(tmp_path, "a/feed.results.csv", f"far/{day}/feed.results.csv")
    assert importing("a/feed.csv", feed)[0] == 2


def test_a_check_does_not_use_up_the_word(importing, healthy_server, tmp_path):
    """Only an import that has ended forgets results that are gone; a check and a refusal change nothing."""
    importing("a/x.csv", SEPTEMBER)
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "b").mkdir()
    write_csv(tmp_path / "b/y.csv", rows(5, start=50))
    index = {path: path.read_bytes() for path in (state_folder() / "results").rglob("*") if path.is_file()}
    for _ in range(2):
        ears = Ears()
        run_check(Settings(inputs=(str(tmp_path / "b/y.csv"),), base_url=healthy_server.url), ears)
        assert importing("b/y.csv", expect_rows=3)[0] == 2
    assert index == {path: path.read_bytes() for path in (state_folder() / "results").rglob("*") if path.is_file()}
    assert ["a/x.results.csv" in text for text in importing("b/y.csv")[2]] == [True]


def test_of_many_rows_a_note_keeps_some(importing, healthy_server, tmp_path, monkeypatch):
    """Enough to know an input that shares many of them."""
    monkeypatch.setattr("importer.plan.index.note._MOST_ROWS", 8)
    importing("a/x.csv", SEPTEMBER)
    shutil.rmtree(tmp_path / "a")
    status, said, _ = importing("b/y.csv", SEPTEMBER)
    assert (status, "8 rows or more of this input" in said, len(healthy_server.ledger())) == (2, True, 20), said


@pytest.mark.parametrize("journal", [True, False])
def test_results_that_were_renamed_in_their_folder_still_count(importing, healthy_server, tmp_path, journal):
    """`june.results.csv` → `june-done.csv`, with its journal or without."""
    importing("a/x.csv", SEPTEMBER)
    folder = tmp_path / "a"
    (folder / "x.results.csv").rename(folder / "done.csv")
    if journal:
        (folder / "x.results.csv.journal").rename(folder / "done.csv.journal")
    else:
        (folder / "x.results.csv.journal").unlink()
    for _ in range(2):
        status, said, _ = importing("b/x.csv", SEPTEMBER)
        assert (status, "done.csv" in str(said), len(healthy_server.ledger())) == (2, True, 20), said


def test_a_folder_that_was_renamed_still_counts(importing, healthy_server, tmp_path):
    """`2026-06` → `2026-06 done`; its own import, run again there, is as it was."""
    importing("a/x.csv", SEPTEMBER)
    (tmp_path / "a").rename(tmp_path / "a done")
    for _ in range(2):
        status, said, _ = importing("b/x.csv", SEPTEMBER)
        assert (status, "a done/x.results.csv" in str(said), len(healthy_server.ledger())) == (2, True, 20), said
    assert importing("a done/x.csv")[:1] == (0,)
    assert len(healthy_server.ledger()) == 20


def test_results_that_were_moved_are_noted_anew_by_a_run_there(importing, healthy_server, tmp_path):
    """Wherever they went: the same command again has nothing to post, and makes them known."""
    importing("a/x.csv", SEPTEMBER)
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "a").rename(tmp_path / "far" / "away" / "a")
    assert importing("far/away/a/x.csv")[0] == 0
    assert (importing("b/x.csv", SEPTEMBER)[0], len(healthy_server.ledger())) == (2, 20)


def test_a_run_that_was_killed_is_known_from_another_folder(warm, fault_server, tmp_path):
    """Its journal is all there is."""
    server = fault_server(rule(success().but(delay_s=0.1)))
    for name in "ab":
        (tmp_path / name).mkdir()
        write_csv(tmp_path / name / "x.csv", SEPTEMBER)
    command = ("import", "x.csv", "--base-url", server.url, "--concurrency", 1)
    with warm.start(*command, cwd=tmp_path / "a") as running:
        assert running.kill_after(ledger=server.ledger_path, lines=3)
    server.replan(plan())
    assert not (tmp_path / "a" / "x.results.csv").exists()
    second = inside.run(*command, cwd=tmp_path / "b")
    assert (second.exit, "a/x.results.csv" in second.stderr) == (2, True), second
    named = inside.run(*command, "--already", tmp_path / "a" / "x.results.csv", "--json", cwd=tmp_path / "b")
    ids = [record["message_id"] for record in server.ledger()]
    assert len(set(ids)) == len(ids), named


def test_the_notes_hold_neither_key_nor_row(importing, tmp_path):
    """And are for their owner only."""
    importing("a/x.csv", SEPTEMBER)
    importing("b/y.csv", rows(5, start=50))
    notes = [path for path in (state_folder() / "results").rglob("*") if path.is_file()]
    assert len(notes) == 2
    for note in notes:
        content = note.read_bytes()
        assert note.stat().st_mode & 0o077 == 0
        assert not any(row.message_id.encode() in content for row in SEPTEMBER)
        assert CANARY_KEY.encode() not in content


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b"\xff" * 9000, b'{"results": 3}\n'])
def test_a_note_that_cannot_be_read_is_none(tmp_path, content):
    path = tmp_path / "note"
    path.write_bytes(content)
    assert Note.read(path) is None


@pytest.mark.parametrize("content", [b"", b'{"results": "x\\u0000"}\n'], ids=["no note", "no path"])
def test_a_damaged_note_is_said_and_dropped(importing, healthy_server, tmp_path, content):
    """No crash, and the other notes still count."""
    importing("a/x.csv", SEPTEMBER)
    importing("b/y.csv", rows(5, start=50))
    notes = {path.read_bytes(): path for path in (state_folder() / "results").rglob("*") if path.is_file()}
    (damaged,) = [path for text, path in notes.items() if b"y.results" in text]
    damaged.write_bytes(content)
    status, said, told = importing("c/z.csv", rows(5, start=60))
    assert (status, len(told)) == (0, 1), (said, told)
    assert importing("d/x.csv", SEPTEMBER)[0] == 2
    assert importing("e/z.csv", rows(5, start=70))[2] == []


def test_events_of_a_damaged_summary_are_not_believed(importing, healthy_server, opened, tmp_path):
    """Too short or too long for what its first line says: the results are opened."""
    importing("a/x.csv", [row for row in SEPTEMBER if not row.cells[4]] or SEPTEMBER)
    importing("b/y.csv", rows(5, start=50))
    for path in (state_folder() / "results").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
    opened.clear()
    assert importing("c/x.csv", SEPTEMBER)[0] == 2


def test_results_without_a_row_of_the_input_are_opened_once(importing, opened, tmp_path):
    """After that the note tells; what has changed since is opened again."""
    importing("a/x.csv", SEPTEMBER)
    importing("b/y.csv", rows(5, start=50))
    assert "a" in opened
    opened.clear()
    importing("c/z.csv", rows(5, start=60))
    assert "a" not in opened
    opened.clear()
    importing("a/x.csv", [*SEPTEMBER, *rows(5, start=80)])
    opened.clear()
    assert importing("d/w.csv", rows(5, start=80))[0] == 2
    assert "a" in opened
    opened.clear()
    importing("e/v.csv", rows(5, start=90))
    assert "a" not in opened


def test_only_a_bounded_number_of_notes_is_kept(importing, monkeypatch):
    """The oldest go, with a word."""
    monkeypatch.setattr("importer.plan.index.results_index._MOST_NOTES", 2)
    for n in range(3):
        assert importing(f"{n}/x.csv", rows(5, start=10 * n))[0] == 0
    told = importing("4/x.csv", rows(5, start=50))[2]
    assert ["oldest notes" in text for text in told] == [True]
    assert importing("5/x.csv", rows(5, start=20))[0] == 2


def test_many_runs_at_once_note_all_their_results(warm, fault_server, tmp_path):
    """None loses another's note."""
    server = fault_server()
    runs = []
    for n in range(6):
        (tmp_path / str(n)).mkdir()
        file = write_csv(tmp_path / str(n) / "x.csv", rows(5, start=10 * n))
        runs.append(warm.start("import", file, "--base-url", server.url, cwd=tmp_path))
    assert [running.wait().exit for running in runs] == [0] * 6
    write_csv(tmp_path / "all.csv", [row for n in range(6) for row in rows(5, start=10 * n)])
    result = inside.run("import", "all.csv", "--base-url", server.url, cwd=tmp_path)
    assert (result.exit, [f"{n}/x.results.csv" in result.stderr for n in range(6)]) == (2, [True] * 6), result


def half_posted(importing, fault_server, monkeypatch, *, killed: bool) -> FaultServerProcess:
    """Post eight rows of twenty: the key is refused then, or, where it is `killed`, RESULTS is not written either."""
    server = fault_server(rule(api_error(401, "unauthorized"), nth=(9, None)))
    with monkeypatch.context() as patch:
        if killed:
            patch.setattr("importer.run.finish.write_everything", dead)
            with pytest.raises(RuntimeError, match="killed"):
                importing("a/x.csv", SEPTEMBER, base_url=server.url, concurrency=1)
        else:
            assert importing("a/x.csv", SEPTEMBER, base_url=server.url, concurrency=1)[0] == 3
    server.replan(plan())
    assert len(server.ledger()) == 8
    return server


def dead(*_: Any) -> None:
    """As if the process ended here."""
    raise RuntimeError("killed")


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("where", ["folder", "name", "results"])
def test_an_unfinished_import_goes_on_where_it_was_moved(importing, fault_server, tmp_path, monkeypatch, killed, where):
    """With its journal, all together, under another name, or the results alone: the rest is posted, and no more."""
    server = half_posted(importing, fault_server, monkeypatch, killed=killed)
    options: dict[str, Any] = {"base_url": server.url}
    name = {"folder": "b/x.csv", "name": "a/y.csv", "results": "a/x.csv"}[where]
    if where == "folder":
        (tmp_path / "a").rename(tmp_path / "b")
    for old in tmp_path.glob("a/x.*"):
        if where == "name":
            old.rename(tmp_path / "a" / old.name.replace("x.", "y."))
        elif old.name != "x.csv":
            (tmp_path / "else").mkdir(exist_ok=True)
            old.rename(tmp_path / "else" / old.name)
            options["results"] = tmp_path / "else/x.results.csv"
    status, said, _ = importing(name, **options)
    assert (status, len(server.ledger())) == (0, 20), said


def test_results_alone_are_enough_only_where_no_run_was_killed_after_them(
    importing, fault_server, tmp_path, monkeypatch
):
    """The rows that the journal alone knew would be posted twice: put back, it continues; a wish posts them again."""
    first = fault_server()
    assert importing("a/x.csv", SEPTEMBER, base_url=first.url, limit=3)[0] == 1
    server = first
    server.replan(plan(rule(api_error(401, "unauthorized"), nth=(9, None))))
    with monkeypatch.context() as patch:
        patch.setattr("importer.run.finish.write_everything", dead)
        with pytest.raises(RuntimeError, match="killed"):
            importing("a/x.csv", base_url=server.url, concurrency=1)
    server.replan(plan())
    posted = len(server.ledger())
    assert posted > 3
    journal, far = tmp_path / "a/x.results.csv.journal", tmp_path / "far"
    journal.rename(far)
    for name in ("a/x.csv", "b/y.csv"):
        status, said, _ = importing(name, SEPTEMBER, base_url=server.url)
        assert (status, len(server.ledger())) == (2, posted), said
        assert "is gone, or an older copy" in said or "in other results already" in said, said
        assert "x.results.csv" in said, said
    with pytest.raises(ImporterError, match="is gone, or an older copy"):
        run_check(Settings(inputs=(str(tmp_path / "a/x.csv"),), base_url=server.url))
    far.rename(journal)
    status, said, _ = importing("a/x.csv", base_url=server.url)
    assert (status, len(server.ledger())) == (0, 20), said
    journal.unlink()
    status, said, _ = importing("a/x.csv", base_url=server.url)
    assert (status, len(server.ledger())) == (0, 20), said


def test_an_old_copy_of_a_journal_does_not_stand_for_results_that_are_gone(
    importing, fault_server, tmp_path, monkeypatch
):
    """Taken while the run went on: it tells that it began, and not how it ended."""
    server = half_posted(importing, fault_server, monkeypatch, killed=True)
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a/x.results.csv.journal", tmp_path / "b/x.results.csv.journal")
    assert importing("a/x.csv", base_url=server.url)[0] == 0
    for path in (tmp_path / "a").glob("x.results*"):
        path.unlink()
    shutil.copy(tmp_path / "a/x.csv", tmp_path / "b/x.csv")
    status, said, _ = importing("b/x.csv", base_url=server.url)
    assert (status, len(server.ledger())) == (2, 20), said


def test_a_journal_from_before_a_killed_import_is_not_enough(importing, fault_server, tmp_path, monkeypatch):
    """Put back from a backup: it does not tell of the run that was killed."""
    server = fault_server()
    assert importing("a/x.csv", SEPTEMBER, base_url=server.url, limit=3)[0] == 1
    shutil.copy(tmp_path / "a/x.results.csv.journal", tmp_path / "backup")
    with monkeypatch.context() as patch:
        patch.setattr("importer.run.finish.write_everything", dead)
        with pytest.raises(RuntimeError, match="killed"):
            importing("a/x.csv", base_url=server.url, limit=5)
    journal = tmp_path / "a/x.results.csv.journal"
    journal.rename(tmp_path / "kept")
    shutil.copy(tmp_path / "backup", journal)
    status, said, _ = importing("a/x.csv", base_url=server.url)
    assert (status, "older copy" in said, len(server.ledger())) == (2, True, 8), said
    (tmp_path / "kept").replace(journal)
    assert (importing("a/x.csv", base_url=server.url)[0], len(server.ledger())) == (0, 20)
