"""Other results files, named or nearby: never is a row posted that one of them knows, whatever became of it."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from decimal import Decimal
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

import polars as pl
import pytest

from importer.disk import state_folder
from importer.errors import ImporterError, OverlapError
from importer.journal import Journal
from importer.model import SilentListener
from importer.plan.index.in_use import held_inputs
from importer.plan.others import other_results
from importer.plan.others.other_results import OtherResults
from importer.run.pipeline import run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, plan, rule, success
from tests.support import inside
from tests.support.books import start_event, write_journal
from tests.support.inputs import InputRow, rows, total, write_csv
from tests.support.manglings import MANGLINGS, STATUS, cells
from tests.support.oracle import judge, read_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faultserver.server import FaultServerProcess

MONTH = rows(20)
RESULTS = "june.results.csv"
JOURNAL = RESULTS + ".journal"
SETTLED_NS = other_results._SETTLED_NS


class Ears(SilentListener):
    """Keeps what it is told; `then` happens when it is asked."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.told: list[str] = []
        self._then = then

    def notice(self, level: str, event: str, text: str) -> None:
        self.told.append(text)

    def confirm(self, preview: Any) -> bool:
        self._then()
        return True


@pytest.fixture
def importing(healthy_server: FaultServerProcess, tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Import a file of `tmp_path` in this process: the exit status, with the summary or the sentence."""

    def run(name: str, listener: Ears | None = None, **options: Any) -> tuple[int, Any]:
        settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0, **options}
        try:
            summary = run_import(Settings(inputs=(str(tmp_path / name),), **settings), listener)
        except ImporterError as error:
            return error.exit_status, str(error)
        return summary.exit_status, summary

    return run


@pytest.fixture
def june(importing: Callable[..., tuple[int, Any]], tmp_path: Path) -> Path:
    """June, imported, and a copy of its export under a second name: `copy.csv`."""
    write_csv(tmp_path / "june.csv", MONTH)
    assert importing("june.csv")[0] == 0
    shutil.copy(tmp_path / "june.csv", tmp_path / "copy.csv")
    return tmp_path / RESULTS


def flip(path: Path) -> None:
    """One bit in the middle."""
    content = bytearray(path.read_bytes().rstrip(b"\0"))
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


# -- files nearby that nobody named ------------------------------------------------------------------------------------


def test_a_damaged_journal_nearby_does_not_hide_its_results(june, importing, healthy_server, tmp_path):
    """Where the journal cannot be read, RESULTS beside it is; its rows are not posted again."""
    flip(tmp_path / JOURNAL)
    status, said = importing("copy.csv")
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert RESULTS in said
    assert f"{total(MONTH):,}" in said


def test_a_damaged_journal_nearby_is_said_and_does_not_stop_other_rows(june, importing, healthy_server, tmp_path):
    """RESULTS tells that its rows are others: the import goes on, and says on what it relied."""
    flip(tmp_path / JOURNAL)
    write_csv(tmp_path / "july.csv", rows(5, start=100))
    ears = Ears()
    assert (importing("july.csv", ears)[0], len(healthy_server.ledger())) == (0, 25)
    assert any(JOURNAL in text for text in ears.told), ears.told


@pytest.mark.parametrize(("age_s", "reads"), [(0, 2), (10, 1)])
def test_results_that_were_written_just_now_are_read_again_before_the_first_row(
    june, importing, tmp_path, monkeypatch, age_s, reads
):
    """A file may be written again within the same tick of its clock; older ones are read when they have changed."""
    monkeypatch.setattr(other_results, "_SETTLED_NS", SETTLED_NS)
    read = mock.Mock(side_effect=other_results.recorded_in)
    monkeypatch.setattr(other_results, "recorded_in", read)
    at = time.time() - age_s
    for path in (june, tmp_path / JOURNAL):
        os.utime(path, (at, at))
    write_csv(tmp_path / "july.csv", rows(5, start=100))
    assert (importing("july.csv")[0], [call.args[0].name for call in read.call_args_list]) == (0, [RESULTS] * reads)


def test_a_neighbour_that_nobody_can_read_stops_the_import(june, importing, healthy_server, tmp_path):
    """Neither journal nor RESULTS can be read: exit 2 with the file's name, and `--overlap allow` as the way on."""
    flip(tmp_path / JOURNAL)
    june.unlink()
    write_csv(tmp_path / "july.csv", rows(5, start=100))
    status, said = importing("july.csv")
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert JOURNAL in said
    assert "--overlap allow" in said
    assert [path.name for path in tmp_path.glob("july*")] == ["july.csv"]
    assert importing("july.csv", overlap="allow")[0] == 0


@pytest.mark.parametrize("name", [name for name in MANGLINGS if MANGLINGS[name].goes_on])
def test_results_nearby_are_known_in_every_dialect(june, importing, healthy_server, tmp_path, name):
    """RESULTS alone that a spreadsheet saved (semicolons, quotes, UTF-16) still guards its rows."""
    (tmp_path / JOURNAL).unlink()
    june.write_bytes(MANGLINGS[name].change(june.read_bytes(), Random(name)))
    status, said = importing("copy.csv")
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert RESULTS in said


def test_rows_called_pending_that_have_an_id_were_sent(june, importing, healthy_server, tmp_path):
    """RESULTS alone whose statuses somebody changed: a revenue_id is the proof that the row was recorded."""
    (tmp_path / JOURNAL).unlink()
    june.write_bytes(cells(STATUS, lambda _: "pending")(june.read_bytes(), Random()))
    assert (importing("copy.csv")[0], len(healthy_server.ledger())) == (2, 20)


def test_of_large_files_nearby_only_the_beginning_is_read(june, importing, tmp_path):
    """Neighbours may be many and large: 64 GiB of another kind do not hold the import up."""
    for name in ("one line.csv", "lines.csv"):
        with (tmp_path / name).open("wb") as file:
            file.write(b"x" * 100 if name.startswith("one") else b"a,b\n1,2\n")
            file.truncate(64 << 30)
    status, said = importing("copy.csv")
    for name in ("one line.csv", "lines.csv"):
        (tmp_path / name).unlink()
    assert status == 2, said


def test_what_only_results_nearby_know_counts(importing, healthy_server, tmp_path):
    """A journal from a backup beside a newer RESULTS: recorded in either counts, for the guard and for `--already`."""
    write_csv(tmp_path / "june.csv", MONTH)
    importing("june.csv", limit=5)
    old = (tmp_path / JOURNAL).read_bytes()
    importing("june.csv")
    (tmp_path / JOURNAL).write_bytes(old)
    shutil.copy(tmp_path / "june.csv", tmp_path / "copy.csv")
    status, said = importing("copy.csv")
    assert (status, f"(20 rows, {total(MONTH):,})" in said) == (2, True), said
    status, summary = importing("copy.csv", already=(str(tmp_path / RESULTS),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 20}, 20)


# -- files that --already names ----------------------------------------------------------------------------------------


@pytest.fixture
def killed(warm: Any, fault_server: Callable[..., FaultServerProcess], tmp_path: Path) -> FaultServerProcess:
    """A run of `old/may.csv` that was killed before there were results; in its folder the results of April."""
    server = fault_server()
    old = tmp_path / "old"
    old.mkdir()
    for name, month in (("april.csv", MONTH[:5]), ("may.csv", MONTH[5:15])):
        write_csv(old / name, month)
    command = partial(warm.start, cwd=old)
    with command("import", "april.csv", "--base-url", server.url) as running:
        assert running.wait().exit == 0
    server.replan(plan(rule(success().but(delay_s=0.2))))
    with command("import", "may.csv", "--base-url", server.url, "--concurrency", 1) as running:
        assert running.kill_after(ledger=server.ledger_path, lines=9)
    server.replan(plan())
    assert not (old / "may.results.csv").exists()
    return server


@pytest.mark.parametrize(
    "already",
    [
        ("old/*.results.csv",),
        ("old/*results*",),
        ("old/april.results.csv", "old/may.results.csv"),
        ("old/april.results.csv", "old/may.results.csv.journal"),
    ],
    ids=["pattern", "wide", "names", "journal"],
)
def test_already_knows_a_killed_run_by_its_journal(killed, tmp_path, already):
    """A run that left a journal only is matched by the patterns that match its results, and can be named."""
    write_csv(tmp_path / "june.csv", MONTH)
    options = [text for name in already for text in ("--already", name)]
    result = inside.run("import", "june.csv", *options, "--base-url", killed.url, "--json", cwd=tmp_path)
    assert result.exit == 1, result
    in_doubt = result.json["by_code"]["already_in_doubt"]
    assert in_doubt in (1, 2)
    assert sum(result.json["by_code"].values()) + result.json["requests"] == 20
    ids = [record["message_id"] for record in killed.ledger()]
    assert sorted(set(ids)) == sorted(ids)


def test_already_knows_a_run_that_was_killed_before_it_began(importing, healthy_server, tmp_path):
    """It left an empty journal, which records nothing; one that was deleted is another matter."""
    write_csv(tmp_path / "june.csv", MONTH)
    (tmp_path / "old.results.csv.journal").touch()
    status, summary = importing("june.csv", already=(str(tmp_path / "old.results.csv"),))
    assert (status, len(healthy_server.ledger())) == (0, 20), summary


def test_already_of_another_api_is_refused(june, importing, fault_server, tmp_path):
    """A file that was named on purpose is not left out without a word: exit 2 with both APIs."""
    other = fault_server()
    for journal in (True, False):
        if not journal:
            (tmp_path / JOURNAL).unlink()
        status, said = importing("copy.csv", already=(str(june),), base_url=other.url)
        assert (status, other.ledger()) == (2, []), said
        assert all(url.removeprefix("http://").removesuffix("/api") in said for url in (other.url, june_target(june)))


def june_target(june: Path) -> str:
    return read_results(june)[0]["target"]


def test_a_pattern_of_already_leaves_other_apis_out_aloud(june, importing, fault_server, healthy_server, tmp_path):
    """Results of a trial that a pattern matches are named and left out; if it matches no others, it is refused."""
    other = fault_server()
    write_csv(tmp_path / "a trial.csv", rows(3, start=500))
    importing("a trial.csv", base_url=other.url)
    ears = Ears()
    status, summary = importing("copy.csv", ears, already=(str(tmp_path / "*.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 20}, 20)
    assert any("a trial.results.csv" in text for text in ears.told), ears.told
    status, said = importing("copy.csv", already=(str(tmp_path / "a tri*.results.csv"),))
    assert (status, "trial.results.csv" in said) == (2, True), said


@pytest.mark.parametrize("name", ["june.csv", "nothing.csv", "folder", "*.parquet"])
def test_already_that_names_no_results_says_what_to_do(june, importing, tmp_path, name):
    """The sentence is about `--already`, not about the results of this import."""
    (tmp_path / "folder").mkdir()
    status, said = importing("copy.csv", already=(str(tmp_path / name),))
    assert (status, name in said, "--already" in said) == (2, True, True), said
    assert "--results" not in said


# -- another run that is under way -------------------------------------------------------------------------------------


def test_what_another_run_posted_while_a_person_thought_is_seen(importing, healthy_server, tmp_path):
    """Another import of the file begins and ends while this one asks: its rows are not posted again."""
    write_csv(tmp_path / "june.csv", MONTH)
    first = partial(importing, "june.csv", results=tmp_path / "a.csv")
    status, said = importing("june.csv", Ears(first), results=tmp_path / "b.csv", no_index=True)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert "a.csv" in said
    assert not list(tmp_path.glob("b.csv*"))


@pytest.mark.parametrize("journal", [True, False])
def test_a_run_that_steps_back_leaves_everything_as_it_was(importing, healthy_server, tmp_path, journal):
    """Who asked first, and finds in the end that another run took its new rows, keeps results and journal as before."""
    file = write_csv(tmp_path / "june.csv", MONTH[:10])
    mine, theirs = tmp_path / "b.csv", tmp_path / "a.csv"
    importing("june.csv", results=mine)
    write_csv(file, MONTH)
    if not journal:
        (tmp_path / "b.csv.journal").unlink()
    before = {path.name: path.read_bytes().rstrip(b"\0") for path in tmp_path.glob("b.csv*")}
    first = partial(importing, "june.csv", results=theirs, already=(str(mine),))
    status, said = importing("june.csv", Ears(first), results=mine, allow_missing=not journal, no_index=True)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert {path.name: path.read_bytes().rstrip(b"\0") for path in tmp_path.glob("b.csv*")} == before
    status, summary = importing("june.csv", results=mine, already=(str(theirs),))
    assert (status, summary.by_status["recorded"].rows, summary.by_code) == (0, 10, {"already_recorded": 10})


@pytest.mark.parametrize("options", [{}, {"already": ("a.csv",)}], ids=["", "already"])
def test_a_run_that_begins_with_the_same_file_is_seen(importing, healthy_server, tmp_path, options):
    """A run that has said that it begins, and has sent nothing yet, keeps others of its file out while it lives."""
    file = write_csv(tmp_path / "june.csv", MONTH)
    options = {name: tuple(str(tmp_path / path) for path in paths) for name, paths in options.items()}
    started(tmp_path / "a.csv", file, healthy_server)
    holder = Journal(tmp_path / "a.csv.journal")
    status, said = importing("june.csv", results=tmp_path / "b.csv", **options)
    assert (status, healthy_server.ledger(), "a.csv" in said) == (2, [], True), said
    assert "--overlap allow" in said
    assert not list(tmp_path.glob("b.csv*"))
    write_csv(tmp_path / "july.csv", rows(5, start=100))
    assert (importing("july.csv", **options)[0], len(healthy_server.ledger())) == (0, 5)
    holder.close()  # it was killed
    assert (importing("june.csv", results=tmp_path / "b.csv", **options)[0], len(healthy_server.ledger())) == (0, 25)


def test_who_has_not_begun_does_not_wait_for_a_run_at_work(importing, healthy_server, tmp_path, monkeypatch):
    """Two that have begun wait for one of them to step back; one that looks around before that is refused at once.

    All that are at work are named.
    """
    file = write_csv(tmp_path / "june.csv", MONTH)
    holders = []
    for name in ("b.csv", "c.csv"):
        started(tmp_path / name, file, healthy_server)
        holders.append(Journal(tmp_path / f"{name}.journal"))
    monkeypatch.setattr(OtherResults, "_when_it_stepped_back", lambda *_: pytest.fail("it waits"))
    status, said = importing("june.csv", results=tmp_path / "a.csv")
    assert (status, healthy_server.ledger(), f"into {tmp_path}/b.csv, {tmp_path}/c.csv." in said) == (2, [], True), said
    for holder in holders:
        holder.close()


@pytest.mark.parametrize(("after", "waits"), [(0, 0), (1, 1), (5, 5), (1000, 150)])
def test_who_has_begun_waits_until_the_other_steps_back(healthy_server, tmp_path, monkeypatch, after, waits):
    """After so many looks; no longer than it takes, and no longer than three seconds."""
    results, file = tmp_path / "b.csv", write_csv(tmp_path / "june.csv", MONTH)
    started(results, file, healthy_server)
    slept: list[float] = []
    clock = mock.Mock(monotonic=lambda: round(sum(slept), 6), sleep=slept.append)
    monkeypatch.setattr(other_results, "time", clock)
    monkeypatch.setattr(other_results, "is_locked", lambda _: len(slept) < after)
    target = healthy_server.url.removeprefix("http://").removesuffix("/api")
    digest = sha256(file.read_bytes()).hexdigest()
    others = OtherResults(
        tmp_path / "a.csv", target, None, "UTC", lambda: {digest}, contents=mock.Mock(), left_out=pl.DataFrame()
    )
    assert others._when_it_stepped_back(results).at_work is (after > waits)
    assert len(slept) == waits


def started(results: Path, file: Path, server: FaultServerProcess, shard: str | None = None) -> None:
    """The journal of a run that has begun with `file`."""
    target = server.url.removeprefix("http://").removesuffix("/api")
    fact = {"name": file.name, "path": str(file), "sha256": sha256(file.read_bytes()).hexdigest()}
    write_journal(results, [], [start_event({}, inputs=[fact])], shard=shard, target=target)


def test_shards_of_one_file_do_not_stop_each_other(importing, healthy_server, tmp_path):
    """Shard 1 of 2 has other rows than shard 2 of 2; it may have those of shard 2 of 4."""
    file = write_csv(tmp_path / "june.csv", MONTH)
    started(tmp_path / "a.csv", file, healthy_server, shard="1/2")
    holder = Journal(tmp_path / "a.csv.journal")
    assert importing("june.csv", shard=(2, 4))[0] == 2
    status, summary = importing("june.csv", shard=(2, 2))
    assert (status, len(healthy_server.ledger())) == (0, summary.total.rows)
    holder.close()


@pytest.mark.parametrize(
    ("pause", "index"),
    [(None, ()), (None, ["--no-index"]), ("fdatasync", ["--no-index"]), ("pwrite", ["--no-index"])],
)
def test_two_runs_of_one_file_that_start_together(warm, fault_server, tmp_path, pause, index):
    """Two imports of one file with different results, started at the same moment: one posts it, the other ends with 2.

    Also when either of them pauses after it looked around for others, or between that it begins and its first row.
    """
    server = fault_server(rule(success().but(delay_s=0.02)))
    for turn in range(2):
        month = rows(20, start=100 * turn)
        file = write_csv(tmp_path / f"{turn}.csv", month)
        command = ("import", file, "--base-url", server.url, "--concurrency", 2, "--json", *index)
        breaks = [{"pause": [pause, 1, 0.5]}, {}] if pause else [{}, {}]
        both = [
            warm.start(*command, "-o", f"{turn}.{name}.csv", cwd=tmp_path, breaks=one)
            for name, one in zip("ab" if turn else "ba", breaks, strict=True)
        ]
        ends = [running.wait() for running in both]
        ids = [record["message_id"] for record in server.ledger()]
        assert len(set(ids)) == len(ids), ends
        assert sorted(end.exit for end in ends) == [0, 2], ends
        (posted,) = [end for end in ends if end.exit == 0]
        judge(month, tmp_path / posted.results, server.ledger()[20 * turn :], posted.json)


OTHER_BYTES: dict[str, Callable[[Path, list[InputRow]], Path]] = {
    "another order": lambda path, month: write_csv(path.with_suffix(".csv"), month[::-1]),
    "packed": lambda path, month: packed(write_csv(path.with_suffix(".csv"), month)),
    "some of its rows": lambda path, month: write_csv(
        path.with_suffix(".csv"), [*month[5:9], *rows(20, start=int(path.stem) + 500)]
    ),
}


def packed(file: Path) -> Path:
    """The same file, packed."""
    other = file.with_suffix(".csv.gz")
    other.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    return other


@pytest.mark.parametrize("pause", [None, "fdatasync", "pwrite"])
def test_two_runs_of_equal_rows_in_other_bytes_that_start_together(warm, fault_server, tmp_path, pause):
    """Two folders, two files, the same rows: one run posts them, the other ends with 2."""
    server = fault_server(rule(success().but(delay_s=0.02)))
    for name in "ab":
        (tmp_path / name).mkdir()
    for turn, way in enumerate(OTHER_BYTES):
        month = rows(20, start=100 * turn)
        files = [write_csv(tmp_path / "a" / f"{turn}.csv", month), OTHER_BYTES[way](tmp_path / "b" / str(turn), month)]
        command = ("--base-url", server.url, "--concurrency", 2, "--json")
        breaks = [{"pause": [pause, 1, 0.5]}, {}] if pause else [{}, {}]
        both = [
            warm.start("import", file, *command, cwd=tmp_path, breaks=one)
            for file, one in zip(files[:: 1 if turn else -1], breaks, strict=True)
        ]
        ends = [running.wait() for running in both]
        ids = [record["message_id"] for record in server.ledger()]
        assert len(set(ids)) == len(ids), ends
        assert sorted(end.exit for end in ends) == [0, 2], ends


@pytest.mark.parametrize("already", [(), ("--already", "{}")])
@pytest.mark.parametrize("way", OTHER_BYTES)
def test_a_run_of_equal_rows_in_other_bytes_is_seen_while_it_lives(warm, fault_server, tmp_path, way, already):
    """From another folder, with `--already` and without."""
    server = fault_server(rule(success().but(delay_s=30)))
    (tmp_path / "other").mkdir()
    file, copy = write_csv(tmp_path / "june.csv", MONTH), OTHER_BYTES[way](tmp_path / "other" / "1", MONTH)
    options = ("--base-url", server.url, *(word.format(tmp_path / RESULTS) for word in already))
    with warm.start("import", file, "--base-url", server.url, cwd=tmp_path) as running:
        while not server.requests(method="POST"):
            assert running.alive
        second = inside.run("import", copy, *options, cwd=tmp_path)
        assert (second.exit, RESULTS in second.stderr, "at this moment" in second.stderr) == (2, True, True), second
        assert [path.name for path in (tmp_path / "other").iterdir()] == [copy.name]
        running.kill()
    assert inside.run("import", copy, *options, "--limit", 0, cwd=tmp_path).exit == 1  # it is dead, and holds no lock


@pytest.fixture
def lock_free(importing, tmp_path):
    """Whether an import of june.csv into a folder of its own, of which it posts nothing, gets the lock."""
    (tmp_path / "elsewhere").mkdir()

    def is_free(**options: Any) -> bool:
        status, said = importing("june.csv", results=tmp_path / "elsewhere" / "b.csv", limit=0, **options)
        assert status == 1 or "imports the same file at this moment, or rows of it, into" in said, said
        return status == 1

    return is_free


def test_a_second_run_is_refused_wherever_its_results_lie(warm, fault_server, tmp_path):
    """The same bytes under another name, in another folder, with RESULTS there: exit 2 while the first lives."""
    server = fault_server(rule(success().but(delay_s=30)))
    other = tmp_path / "other"
    other.mkdir()
    file = write_csv(tmp_path / "june.csv", MONTH)
    shutil.copy(file, other / "copy.csv")
    options = ("--base-url", server.url, "--json")
    with warm.start("import", file, *options, cwd=tmp_path) as running:
        while not server.requests(method="POST"):
            assert running.alive
        second = inside.run("import", "copy.csv", *options, cwd=other)
        assert (second.exit, str(tmp_path / RESULTS) in second.stderr) == (2, True), second
        assert second.duration_s < 10
        assert [path.name for path in other.iterdir()] == ["copy.csv"]
        further = inside.run("import", "copy.csv", *options, "--limit", 0, "--overlap", "allow", cwd=other)
        assert further.exit == 1, further
        running.kill()
    assert inside.run("import", "copy.csv", *options, "--limit", 0, cwd=other).exit == 1


def test_the_lock_is_for_an_input_and_an_api(importing, healthy_server, fault_server, lock_free, tmp_path):
    """One of several inputs is enough; another input, or another API, is another import."""
    june, july = write_csv(tmp_path / "june.csv", MONTH), write_csv(tmp_path / "july.csv", rows(3, start=100))
    target = healthy_server.url.removeprefix("http://").removesuffix("/api")
    left_by_killed_runs = set(state_folder().rglob("*.*"))
    with held(july, june, target=target):
        assert not lock_free()
        assert lock_free(no_index=True)
        assert lock_free(overlap="allow")
        assert importing("june.csv", base_url=fault_server().url)[0] == 0
    with held(july, target=target):
        assert lock_free()
    assert set(state_folder().rglob("*.*")) == left_by_killed_runs


def test_the_vendors_two_hosts_are_one_api_and_each_sandbox_is_its_own(importing, fault_server, tmp_path):
    """A trial in a sandbox holds up no other one."""
    june = write_csv(tmp_path / "june.csv", MONTH)
    with (
        held(june, target="app.tracklysms.com"),
        pytest.raises(OverlapError),
        held(june, target="api.tracklysms.com"),
    ):
        pass
    first = fault_server()
    with held(june, target=first.url.removeprefix("http://").removesuffix("/api")):
        assert importing("june.csv", base_url=first.url, sandbox=True)[0] == 2
        assert importing("june.csv", base_url=fault_server().url, sandbox=True)[0] == 0


@pytest.mark.parametrize(
    ("mine", "theirs", "free"),
    [
        (None, (1, 2), False), ((1, 2), None, False), ((1, 2), (1, 2), False),
        ((1, 2), (2, 2), True), ((2, 4), (1, 2), False), ((1, 1), (1, 1), False),
    ],
)  # fmt: skip
def test_the_lock_knows_shards(healthy_server, lock_free, tmp_path, mine, theirs, free):
    """Shards of as many share no row; all else may."""
    june = write_csv(tmp_path / "june.csv", MONTH)
    target = healthy_server.url.removeprefix("http://").removesuffix("/api")
    with held(june, target=target, shard=theirs):
        assert lock_free(shard=mine) is free
    assert lock_free(shard=mine)


def test_many_shards_start_together(warm, healthy_server, tmp_path):
    """None takes the others for a run of the whole."""
    file = write_csv(tmp_path / "june.csv", MONTH)
    command = ("import", file, "--base-url", healthy_server.url)
    runs = [warm.start(*command, "--shard", f"{i}/6", cwd=tmp_path) for i in range(1, 7)]
    ends = [running.wait() for running in runs]
    assert [end.exit for end in ends] == [0] * 6, ends
    assert len(healthy_server.ledger()) == 20


@pytest.mark.parametrize("index", [(), ("--no-index",)], ids=["", "no index"])
def test_a_state_folder_that_cannot_be_used_is_said(healthy_server, tmp_path, index):
    """It is no reason not to run."""
    (tmp_path / "file").touch()
    file, env = write_csv(tmp_path / "june.csv", MONTH), {"XDG_STATE_HOME": str(tmp_path / "file" / "state")}
    result = inside.run("import", file, "--base-url", healthy_server.url, *index, cwd=tmp_path, env=env)
    assert (result.exit, len(healthy_server.ledger())) == (0, 20), result
    assert ("--no-index" in result.stderr) is (index == ())


def held(*files: Path, target: str, shard: tuple[int, int] | None = None) -> Any:
    digests = [sha256(file.read_bytes()).hexdigest() for file in files]
    return held_inputs(digests, target, shard, Path("/x/a.csv"), alone=True, warn=pytest.fail)


def test_imports_of_different_files_into_one_folder_do_not_disturb_each_other(warm, fault_server, tmp_path):
    """Six unrelated imports that start together all go through."""
    server = fault_server(rule(success().but(delay_s=0.02)))
    files = [write_csv(tmp_path / f"{i}.csv", rows(10, start=10 * i)) for i in range(6)]
    runs = [warm.start("import", file, "--base-url", server.url, cwd=tmp_path) for file in files]
    ends = [running.wait() for running in runs]
    assert [end.exit for end in ends] == [0] * 6, ends
    assert len(server.ledger()) == 60


# -- one results file under two names ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("first", ["link", "file"])
def test_a_link_to_results_is_these_results(healthy_server, tmp_path, first, suffix):
    """Through a link and directly it is one RESULTS with one journal: no row twice, and the link stays one."""
    real, link = tmp_path / "real" / f"r.{suffix}", tmp_path / f"link.{suffix}"
    real.parent.mkdir()
    link.symlink_to(real)
    file = write_csv(tmp_path / "june.csv", MONTH)
    command = ("import", file, "--base-url", healthy_server.url, "--json")
    for turn, results in enumerate([link, real] if first == "link" else [real, link]):
        result = inside.run(*command, "-o", results.relative_to(tmp_path), cwd=tmp_path)
        assert (result.exit, result.json["requests"]) == (0, 0 if turn else 20), result
    assert link.is_symlink()
    assert sorted(path.name for path in real.parent.iterdir()) == [f"r.{suffix}", f"r.{suffix}.journal"]
    assert not link.with_name(link.name + ".journal").exists()
    assert len(read_results(real)) == 20
    real.unlink()
    report = inside.run("report", link, "--json", cwd=tmp_path)
    assert (report.exit, report.json["by_status"]["recorded"]["rows"]) == (0, 20), report
    again = inside.run("import", file, "-o", link, "--base-url", healthy_server.url, "--json", cwd=tmp_path)
    assert (again.json["requests"], len(healthy_server.ledger())) == (0, 20)


def test_a_link_to_results_elsewhere_guards_their_rows(june, importing, healthy_server, tmp_path):
    """Results that are in this folder by a link only, with their journal at the other end, are found."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for name in (RESULTS, JOURNAL):
        (tmp_path / name).rename(shelf / name)
    (tmp_path / "old.csv").symlink_to(shelf / RESULTS)
    assert (importing("copy.csv")[0], len(healthy_server.ledger())) == (2, 20)
    (shelf / RESULTS).unlink()
    status, summary = importing("copy.csv", already=(str(tmp_path / "old.csv"),))
    assert (status, summary.by_code) == (0, {"already_recorded": 20})


# -- a newer version of an export --------------------------------------------------------------------------------------


def corrected(**cells_: str) -> list[InputRow]:
    """The month with two corrections: of row 2, and a row that was not in it before."""
    place = {"message_id": 0, "revenue": 1, "attribution_type": 2, "timestamp": 4}
    new = list(MONTH[1].cells)
    for name, cell in cells_.items():
        new[place[name]] = cell
    return [MONTH[0], InputRow(tuple(new), None, None, Decimal(1)), *MONTH[2:], *rows(1, start=100)]


@pytest.mark.parametrize("command", ["import", "check"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"revenue": "77.70"}, ("77.7", "2.90")),
        ({"timestamp": "2026-02-03T04:05:06Z"}, ("2026-02-03T04:05:06Z", "2025-01-01T00:00:00Z")),
        ({"revenue": "77.70", "message_id": "Another1"}, None),
        ({"revenue": "77.70", "attribution_type": "send"}, ("send 77.7", " 2.90")),
    ],
    ids=["amount", "moment", "another message", "amount and type"],
)
def test_a_corrected_export_is_not_posted_beside_the_old_one(june, healthy_server, tmp_path, command, change, named):
    """`--already` holds the rows that are as they were; one with another amount or moment would count a second time."""
    write_csv(tmp_path / "new.csv", corrected(**change))
    options = ("new.csv", "--already", RESULTS, "--base-url", healthy_server.url)
    result = inside.run(command, *options, cwd=tmp_path)
    if named is None:
        assert result.exit == 0, result
        return
    assert (result.exit, len(healthy_server.ledger())) == (2, 20), result
    assert all(text in result.stderr for text in ("new.csv row 2", *named, "--allow-missing")), result
    assert inside.run(command, *options, "--allow-missing", cwd=tmp_path).exit == 0
    assert inside.run(command, *options, cwd=tmp_path).exit == (0 if command == "import" else 2)


def test_a_corrected_row_may_be_taken_out(importing, june, healthy_server, tmp_path):
    """The other way that the sentence names."""
    write_csv(tmp_path / "new.csv", corrected(revenue="77.70"))
    status, said = importing("new.csv", already=(str(june),), limit=1)
    assert (status, "Take it out" in said) == (2, True)
    write_csv(tmp_path / "new.csv", [row for row in corrected(revenue="77.70") if row.cells[1] != "77.70"])
    assert (importing("new.csv", already=(str(june),))[0], len(healthy_server.ledger())) == (0, 21)


def test_a_corrected_export_is_known_without_being_named(importing, june, healthy_server, tmp_path):
    """All that did not change was posted twice on purpose; the row that changed is still no further event."""
    write_csv(tmp_path / "new.csv", MONTH)
    assert importing("new.csv", overlap="allow")[0] == 0
    write_csv(tmp_path / "new.csv", [*MONTH[2:], *corrected(revenue="77.70")[1:2]])
    status, said = importing("new.csv", allow_missing=False)
    assert (status, len(healthy_server.ledger())) == (2, 40), said


def test_a_corrected_export_is_known_by_results_that_came_during_the_check(
    importing, june, healthy_server, tmp_path, monkeypatch
):
    """An import knows the moments of its rows, although there was nothing to compare them with when it began."""
    new = corrected(timestamp="2026-02-03T04:05:06Z")
    write_csv(tmp_path / "new.csv", [new[0], *new[2:]])
    assert importing("new.csv", overlap="allow")[0] == 0
    write_csv(tmp_path / "new.csv", new)
    monkeypatch.setattr("importer.plan.check.results_in", lambda folders: set())
    status, said = importing("new.csv", allow_missing=False)
    assert (status, len(healthy_server.ledger())) == (2, 40), said
    assert "2026-02-03T04:05:06Z, recorded with 2025-01-01T00:00:00Z" in said


def test_another_month_with_some_of_the_same_messages_is_none(importing, june, healthy_server, tmp_path):
    """Less than half of the recorded rows are in it."""
    write_csv(tmp_path / "july.csv", [*MONTH[:4], *corrected(revenue="77.70")[1:2], *rows(20, start=100)])
    status, summary = importing("july.csv", already=(str(june),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 4}, 41)
