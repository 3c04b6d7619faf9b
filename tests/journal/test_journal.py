"""The journal: what is durable stays, what is torn is repaired at its tail only, what is damaged is refused."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer import model as records
from importer.disk import spool
from importer.errors import JournalError, LockedError, ResultsError, StorageError
from importer.journal import STRENGTH, Appender, GroupCommit, Journal, Tail, appending, journal_path, reading
from importer.journal import file as journal_file
from importer.journal.compacting import Compaction
from importer.journal.doubt import Told, doubt_sentence, read_doubt_sentence
from importer.journal.events import ControlTotals, OtherEvent, event_from_json, event_line
from importer.journal.history import History, load, load_folded, load_in_parts
from importer.journal.lines import committed
from importer.journal.reading import Reader, restore
from importer.journal.rows import intent_facts, intent_line, no_fates, outcome_line, row_lines
from importer.journal.verdict_lines import VerdictLines
from importer.model import Status

AT = "2026-11-23T10:00:00.000Z"
FIELDS = ("a1b2c3d4", "24.90", "sale", "4521", "2026-02-08T12:00:00Z")


def a_journal(path: Path, batches: list[bytes], fates: pl.DataFrame | None = None) -> None:
    """A compacted journal (with R lines), to which `batches` were appended, each made durable."""
    journal = Journal(path)
    appender = journal.start(begun(journal, no_fates() if fates is None else fates))
    for batch in batches:
        appender.append(batch)
    journal.close()


def begun(journal: Journal, fates: pl.DataFrame) -> Tail:
    with journal.compaction({"target": "t", "shard": None}) as compaction:
        compaction.add(fates)
        return journal.replace(compaction, [OtherEvent({"event": "run"})])


def intent(n: int, attempt: int = 1) -> bytes:
    return intent_line(n, attempt, f"2026-11-23T10:00:{n:02}.000Z", facts(n + 1, "june.csv") if attempt == 1 else "")


def facts(row: int, source: str, fields: tuple[str | None, ...] = FIELDS, prior: int = -1) -> str:
    content = dict(zip(records.FIELDS, fields, strict=True))
    known = {"prior": [prior], "attempts_before": [0], "row": [row], "source": [source]}
    frame = pl.DataFrame(known | {name: pl.Series([cell], dtype=pl.String) for name, cell in content.items()})
    return frame.select(intent_facts()).item()


def outcome(n: int, status: str = "recorded", attempt: int = 1) -> bytes:
    return outcome_line(n, attempt, "2026-11-23T10:01:00.000Z", status, 200, None, None, f"id{n}")


def statuses(path: Path) -> dict[int, str]:
    return dict(load(path).live.select("n", "status").iter_rows())


def test_rows_with_an_outcome_are_settled_and_the_others_in_doubt(tmp_path):
    """An intent without an outcome is in doubt, an outcome settles its row, a later intent opens it again."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), intent(1), outcome(0), intent(2) + outcome(1, "pending"), intent(1, 2)])
    assert statuses(path) == {0: "recorded", 1: "in_doubt", 2: "in_doubt"}


def test_a_row_that_was_sent_again_has_its_last_fate_and_no_other(tmp_path):
    """The others have the one that they had; every row once."""
    path = tmp_path / "r.csv.journal"
    before = pl.DataFrame({"row": ["1", "2", "3"], "source": ["june.csv"] * 3, "status": ["failed"] * 3})
    a_journal(path, [], pl.concat([no_fates(), before], how="diagonal").fill_null(""))
    assert load(path).fates().equals(load(path).compacted)
    again = intent_line(0, 1, AT, facts(2, "june.csv", prior=1))
    a_journal(path, [again, outcome(0)], load(path).compacted)
    fates = load(path).fates().sort("row").select("row", "status").rows()
    assert fates == [("1", "failed"), ("2", "recorded"), ("3", "failed")]


def test_same_attempt_number_again_is_open(tmp_path):
    """A second intent with the number of a settled attempt (one that could not leave) opens the row again."""
    path = tmp_path / "r.csv.journal"
    never_left = outcome_line(0, 0, "2026-11-23T10:01:00.000Z", "pending", None, "unreachable", "refused", None)
    a_journal(path, [intent(0), never_left, intent(0)])
    assert statuses(path) == {0: "in_doubt"}
    a_journal(path, [intent(0), never_left])
    assert load(path).live["attempts"].to_list() == ["0"]


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 11), st.booleans()), min_size=1, max_size=60),
    cuts=st.sets(st.integers(1, 11)),
    all_on_disk=st.booleans(),
)
def test_parts_of_the_input_are_the_whole_cut(tmp_path_factory, steps, cuts, all_on_disk):
    """However the input is cut, and whether there is room on disk or not: each part has its own rows, as they ended."""
    path, ends = tmp_path_factory.mktemp("j") / "r.csv.journal", [*sorted(cuts), 12]
    batches, attempts, ended = [], dict.fromkeys(range(12), 0), {}
    for n, is_answered in steps:
        attempts[n] += 1
        batches.append(intent(n, attempts[n]) + (outcome(n, "failed", attempts[n]) if is_answered else b""))
        ended[n] = ("failed" if is_answered else "in_doubt", str(attempts[n]))
    a_journal(path, batches)
    with pytest.MonkeyPatch.context() as patch:
        if not all_on_disk:
            patch.setattr(spool.tempfile, "TemporaryFile", full)
        whole, (_, live) = load(path).live, load_in_parts(path, ends)
        parts, joined = list(live.parts()), pl.concat(live.some())
        live.close()
    assert {n: (status, tries) for n, status, tries in whole.select("n", "status", "attempts").iter_rows()} == ended
    assert len(parts) == len(ends)
    told = [name for name in records.FATE if name not in ("row", "source", *records.FIELDS)]
    assert joined.select("n", *told).sort("n").equals(whole.select("n", *told).sort("n"))
    for first, end, part in zip([0, *ends], ends, parts, strict=False):
        own = whole.filter(pl.col("n").is_between(first, end, closed="left"))
        assert part.select("n", *told).sort("n").equals(own.select("n", *told).sort("n"))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_room_that_was_set_aside_costs_no_memory(tmp_path):
    """A wide run that was killed leaves hundreds of megabytes of it behind the last line, also of a torn one."""
    path = tmp_path / "journal"
    for torn in (b"", b"I\t7"):
        path.unlink(missing_ok=True)
        a_journal(path, [intent(0)])
        with path.open("ab") as file:
            file.write(torn)
        length = path.stat().st_size
        os.truncate(path, length + (64 << 20))
        tracemalloc.start()
        reader = Reader(path)
        lines = b"".join(reader.blocks())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (intent(0) in lines, reader.tail.torn) == (True, bool(torn))
        assert peak < 24 << 20


def test_torn_at_every_byte_keeps_every_durable_line(tmp_path):
    """Cut anywhere in the last chunk, what was durable before it stands, and nothing that was sent looks new."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0) + intent(1), outcome(0) + intent(2)])
    whole = path.read_bytes().rstrip(b"\0")
    before_last = whole.rfind(b"\n#", 0, len(whole) - 40) + 34
    for cut in range(before_last + 1, len(whole)):
        path.write_bytes(whole[:cut])
        found = statuses(path)
        assert found[1] == "in_doubt"
        assert found[0] in ("in_doubt", "recorded")
        if cut > whole.rfind(b"\n#"):
            assert found == {0: "recorded", 1: "in_doubt", 2: "in_doubt"}


def test_appending_after_a_torn_tail_does_not_glue_lines(tmp_path):
    """After a torn tail the next chunk begins on a line of its own, at every possible tear."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), outcome(0) + intent(1)])
    whole = path.read_bytes().rstrip(b"\0")
    for cut in range(len(whole) - 150, len(whole)):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        reader = Reader(path)
        list(reader.blocks())
        journal.start(reader.tail).append(intent(5))
        journal.close()
        assert statuses(path)[5] == "in_doubt"


def test_claimed_but_unwritten_space_is_ignored(tmp_path):
    """Disk blocks that were set aside read as NULs and mean nothing."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0)])
    assert path.read_bytes().endswith(b"\0" * 1000)
    assert statuses(path) == {0: "in_doubt"}


def test_what_is_reserved_is_kept_free_behind_what_was_written(tmp_path, monkeypatch):
    """Where nothing more can be had than that."""
    monkeypatch.setattr(appending, "ALLOCATE_BYTES", 0)
    path = tmp_path / "r.csv.journal"
    journal = Journal(path)
    appender = journal.start(begun(journal, no_fates()))
    for reserve in (100, 1000, 1023, 5000, 4095, 20_000):
        appender.append(intent(0), reserve=reserve)
        written = len(path.read_bytes().rstrip(b"\0"))
        assert path.stat().st_size >= written + reserve
    journal.close()


def test_no_more_space_is_claimed_than_is_kept_free_and_a_little(tmp_path):
    """However much was claimed before."""
    path, a_mib = tmp_path / "r.csv.journal", 1 << 20
    journal = Journal(path)
    appender = journal.start(begun(journal, no_fates()))
    for reserve in (3 * a_mib, 6 * a_mib, 2 * a_mib, 11 * a_mib):
        appender.append(intent(0), reserve=reserve)
        size = path.stat().st_size
        assert reserve < size < max(reserve, 6 * a_mib) + 1.1 * a_mib
    journal.close()


@pytest.mark.parametrize("change", ["flip", "delete a line", "double a line", "insert"])
def test_damage_before_the_end_is_refused(tmp_path, change):
    """A broken record before the last chunk is an error, never skipped, and the file is left as it is."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), outcome(0), intent(1), outcome(1)])
    whole = path.read_bytes().rstrip(b"\0")
    at = whole.find(b"I\t0")
    end = whole.find(b"\n", at) + 1
    damaged = {
        "flip": whole[: at + 9] + bytes([whole[at + 9] ^ 1]) + whole[at + 10 :],
        "delete a line": whole[:at] + whole[end:],
        "double a line": whole[:end] + whole[at:end] + whole[end:],
        "insert": whole[:at] + b"junk\n" + whole[at:],
    }[change]
    path.write_bytes(damaged)
    with pytest.raises(JournalError, match="damaged at byte"):
        load(path)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("size", [1, 16, 100, 1000])
def test_a_journal_is_read_the_same_in_blocks_of_any_size(tmp_path, monkeypatch, size):
    """Whole, torn and damaged."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), outcome(0) + intent(1), intent(2), outcome(1), outcome(2) + intent(3)])
    whole = path.read_bytes()
    written = whole.rstrip(b"\0")
    monkeypatch.setattr(reading, "READ_BYTES", size)
    assert statuses(path) == {0: "recorded", 1: "recorded", 2: "recorded", 3: "in_doubt"}
    path.write_bytes(written[:-5])
    assert statuses(path)[3] == "in_doubt"
    path.write_bytes(whole.replace(b"id0", b"id9"))
    with pytest.raises(JournalError, match="damaged at byte"):
        load(path)


def test_no_journal_is_one_that_is_not_there_or_has_nothing_in_it(tmp_path):
    """What cannot be looked at may well be one: reading it says what is wrong."""
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_bytes(b"J")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    told = {name: reading.is_empty(tmp_path / name) for name in ("none", "empty", "empty/none", "short", "loop")}
    assert told == {"none": True, "empty": True, "empty/none": True, "short": False, "loop": False}


def test_who_takes_all_of_each_row_keeps_what_it_asked_for(tmp_path):
    """Compacted rows come first, and rows that were sent since; whoever takes none keeps the same."""
    path = tmp_path / "r.csv.journal"
    compacted = no_fates().clear(2).with_columns(pl.lit(name).alias(name) for name in ("row", "status", "error_code"))
    a_journal(path, [intent(0), outcome(0)], compacted)
    taken: list[pl.DataFrame] = []
    found, alone = load(path, ("status",), taken.append), load(path, ("status",))
    assert all({*records.FATE} <= {*part.columns} for part in taken)
    rows = [part.select("row", "status", "error_code").rows() for part in taken]
    assert rows == [[("row", "status", "error_code")] * 2, [("1", "recorded", None)]]
    assert (found.compacted.columns, found.live.columns) == (["status"], ["status", "n", "prior"])
    assert found.compacted.equals(alone.compacted)
    assert found.live.equals(alone.live.select(found.live.columns))
    folded = load_folded(path, ("status",), lambda rows: rows.select(pl.col("status") + "!"))
    assert (folded.compacted.rows(), folded.live["status"].to_list()) == ([("status!",)] * 2, ["recorded"])
    a_journal(tmp_path / "begun", [], compacted)
    assert load_folded(tmp_path / "begun", ("status",), lambda rows: rows).live.is_empty()


def test_the_key_of_a_row_comes_with_all_of_its_columns(tmp_path):
    """And not with some of them."""
    keyed = no_fates().clear(1).with_columns(pl.lit("s:1").alias(records.KEY))
    a_journal(tmp_path / "j", [], keyed)
    assert load(tmp_path / "j").compacted[records.KEY].to_list() == ["s:1"]
    assert load(tmp_path / "j", ("status",)).compacted.columns == ["status"]


def test_damage_in_the_last_chunk_is_not_taken_for_a_tear(tmp_path):
    """A last chunk whose commit is there but whose content is not its own was changed by somebody: refused."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), intent(1) + outcome(0)])
    whole = path.read_bytes().rstrip(b"\0")
    path.write_bytes(whole.replace(b"id0", b"id9"))
    with pytest.raises(JournalError, match="damaged"):
        load(path)


def test_unsynced_sectors_that_never_reached_the_disk_are_a_tear(tmp_path):
    """After power loss a part of the last chunk may read as NULs although its end is there."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), outcome(0) + intent(1) + intent(2)])
    whole = path.read_bytes().rstrip(b"\0")
    at = whole.find(b"I\t1")
    path.write_bytes(whole[:at] + b"\0" * 30 + whole[at + 30 :])
    assert statuses(path) == {0: "recorded"}


@pytest.mark.parametrize("content", [b"row,source\r\n1,june.csv\r\n", b"H\t{}", b"\0" * 100, b"PK\x03\x04"])
def test_foreign_files_are_refused(tmp_path, content):
    """What does not begin as a journal is not one."""
    path = tmp_path / "r.csv.journal"
    path.write_bytes(content)
    with pytest.raises(JournalError):
        load(path)


def test_the_first_line_says_what_the_file_is_and_which_form_it_has(tmp_path):
    """As every version wrote it. Of a later form nothing is guessed."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [])
    first, rest = path.read_bytes().split(b"\n", 1)
    assert first == b'H\t{"journal":"revenue-importer","format":1,"target":"t","shard":null}'
    later = first.replace(b'"format":1', b'"format":2') + b"\n"
    path.write_bytes(committed(b"", later)[0] + rest.partition(b"\n")[2])
    with pytest.raises(JournalError, match="written by a newer version"):
        load(path)


def test_cut_in_the_compacted_part_is_refused(tmp_path):
    """The compacted part was made durable as a whole; a journal without its end has lost rows."""
    path = tmp_path / "r.csv.journal"
    fates = no_fates().clear(3).with_columns(row=None).fill_null("x")
    a_journal(path, [], fates)
    assert load(path).compacted.height == 3
    whole = path.read_bytes().rstrip(b"\0")
    for cut in range(70, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(JournalError):
            load(path)


def test_two_holders_are_impossible(tmp_path):
    """The second to open a journal is told so at once, also after the first has replaced the file."""
    path = tmp_path / "r.csv.journal"
    first = Journal(path)
    with pytest.raises(LockedError):
        Journal(path)
    begun(first, no_fates())
    with pytest.raises(LockedError):
        Journal(path)
    first.close()
    Journal(path).close()


def test_a_place_that_knows_no_locks_is_said_to_be_one(tmp_path, monkeypatch):
    """Some network disks: without a lock two runs could post the same rows."""

    def no_locks(_fd: int, _within_s: float) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(journal_file, "lock_within", no_locks)
    with pytest.raises(ResultsError, match=r"cannot be locked here \(No locks available\); choose a local disk"):
        Journal(tmp_path / "r.csv.journal")


def test_a_replacement_closes_nothing_of_others(tmp_path, monkeypatch):
    """Neither a standard stream nor the new file, which is the journal from then on."""
    close, closed = os.close, []
    monkeypatch.setattr(os, "close", lambda fd: closed.append(fd) if fd <= 2 else close(fd))
    journal = Journal(tmp_path / "r.csv.journal")
    journal.start(begun(journal, no_fates())).append(intent(0))
    assert closed == []
    journal.close()


def test_a_replacement_that_is_given_up_is_gone_and_nothing_is_closed_twice(tmp_path, monkeypatch):
    """The journal stays as it was; whoever opens the next file may get the same descriptor."""
    close, closed = os.close, []
    monkeypatch.setattr(os, "close", lambda fd: (closed.append(fd), close(fd) if fd > 2 else None))
    compaction = Compaction(tmp_path / "r.csv.journal", {})
    assert compaction.path.exists()
    compaction.discard()
    assert not compaction.path.exists()
    compaction.discard()
    assert len(closed) == 1


def test_the_journal_of_results_has_their_name_and_its_own_ending(tmp_path):
    assert journal_path(tmp_path / "june.results.csv") == tmp_path / "june.results.csv.journal"


def test_many_simultaneous_starts_leave_one(tmp_path):
    """Of many processes that start at once exactly one gets the journal."""
    path = tmp_path / "r.csv.journal"
    code = """
import sys
import tracemalloc
from pathlib import Path
from importer.errors import LockedError
from importer.journal import Journal
print("ready", flush=True)
sys.stdin.readline()
try:
    journal = Journal(Path(sys.argv[1]))
    print("mine", flush=True)
except LockedError:
    print("taken", flush=True)
sys.stdin.readline()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(12)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    words = [process.stdout.readline() for process in processes]
    for process in processes:
        process.communicate("end\n")
    assert sorted(words) == ["mine\n"] + ["taken\n"] * 11


def test_an_empty_journal_of_a_refused_run_is_removed(tmp_path):
    """A run that did not start leaves no file behind."""
    path = tmp_path / "r.csv.journal"
    Journal(path).close()
    assert not path.exists()


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_files_are_for_the_owner_only(umask, tmp_path):
    """Journals are created with mode 0600, whatever the umask says: before the first run, and compacted."""
    path = tmp_path / "r.csv.journal"
    before = os.umask(umask)
    try:
        journal = Journal(path)
        modes = [path.stat().st_mode & 0o777]
        begun(journal, no_fates())
        journal.close()
    finally:
        os.umask(before)
    assert [*modes, path.stat().st_mode & 0o777] == [0o600] * 2


def test_why_a_journal_cannot_be_held_is_said_with_what_to_do(tmp_path, monkeypatch):
    """Each sentence names the file."""
    path = tmp_path / "r.csv.journal"
    first, said = Journal(path), []
    folder = tmp_path / "folder.journal"
    folder.mkdir()
    fifo = tmp_path / "fifo.journal"
    os.mkfifo(fifo)
    for each in (path, tmp_path / "nowhere" / "r.csv.journal", folder, fifo):
        with pytest.raises((LockedError, ResultsError)) as caught:
            Journal(each)
        said.append(str(caught.value))
    first.close()
    monkeypatch.setattr(journal_file.os.path, "samestat", lambda *_: False)
    with pytest.raises(LockedError) as caught:
        Journal(path)
    another = "Choose another place with --results."
    assert [*said, str(caught.value)] == [
        f"Another run is using {tmp_path / 'r.csv'}. Wait for it to end, or stop it, then run the same command again.",
        f"{tmp_path / 'nowhere' / 'r.csv.journal'} cannot be written: No such file or directory. {another}",
        f"{folder} cannot be written: Is a directory. {another}",
        f"{fifo} is not a regular file. {another}",
        f"{path} keeps being replaced by another run. Wait for it to end, then run the same command again.",
    ]


def test_a_failed_sync_is_never_tried_again(tmp_path, monkeypatch):
    """After fdatasync has failed the page cache proves nothing: every later append fails without touching the disk."""
    path = tmp_path / "r.csv.journal"
    journal = Journal(path)
    appender = journal.start(begun(journal, no_fates()))
    calls = []

    def failing(fd: int) -> None:
        calls.append(fd)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing)
    for _ in range(3):
        with pytest.raises(StorageError):
            appender.append(intent(0))
    assert len(calls) == 1
    journal.close()


def test_group_commit_keeps_the_order_and_tells_everyone(tmp_path):
    """Lines become durable in the order in which they were handed over, and whoever waits finds them on disk."""
    path = tmp_path / "r.csv.journal"

    async def many() -> None:
        journal = Journal(path)
        commit = GroupCommit(
            journal.start(begun(journal, no_fates())), rows_in_flight=0, on_failure=lambda _error: None
        )

        async def one(n: int) -> None:
            await commit.put(intent(n))
            assert b"I\t%d\t" % n in path.read_bytes()
            await commit.put(outcome(n))

        await asyncio.gather(*(one(n) for n in range(50)))
        await commit.flush()
        commit.close()
        journal.close()

    asyncio.run(many())
    assert statuses(path) == dict.fromkeys(range(50), "recorded")


@pytest.mark.parametrize("failure", [StorageError("full"), KeyboardInterrupt("stopped")])
def test_group_commit_tells_why_it_failed(failure):
    """The error itself; what is no error, in one of the disk."""

    class Failing(Appender):
        def append(self, lines: bytes, *, reserve: int = 0) -> None:
            raise failure

    async def told() -> tuple[list[Exception], BaseException]:
        heard: list[Exception] = []
        commit = GroupCommit(Failing(-1, 0, b""), rows_in_flight=0, on_failure=heard.append)
        (end,) = await asyncio.gather(commit.put(intent(0)), return_exceptions=True)
        commit.close()
        return heard, end

    (heard,), end = asyncio.run(told())
    assert (type(heard), str(heard)) == (StorageError, str(failure))
    assert str(failure) in str(end)
    assert (heard is failure) == isinstance(failure, Exception)


@pytest.mark.parametrize("is_given_up", [False, True])
def test_a_failure_that_nobody_waits_for_is_told_once(is_given_up):
    """By `on_failure` alone: asyncio complains neither of an error nobody took nor of a waiter that was given up."""
    complaints: list[object] = []

    class Failing(Appender):
        def append(self, lines: bytes, *, reserve: int = 0) -> None:
            raise StorageError("full")

    async def unheard() -> list[Exception]:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        heard: list[Exception] = []
        commit = GroupCommit(Failing(-1, 0, b""), rows_in_flight=0, on_failure=heard.append)
        waiter = commit.put(outcome(0))
        if is_given_up:
            waiter.cancel()
        del waiter
        await commit.flush()
        commit.close()
        return heard

    heard = asyncio.run(unheard())
    gc.collect()
    assert ([str(error) for error in heard], complaints) == (["full"], [])


@pytest.mark.parametrize("has_room", [True, False])
def test_outcomes_go_before_the_intents_that_wait_with_them(has_room):
    """A slot's old row is settled before its new one is announced; on a full disk only the former is done."""
    written = []

    class Reserving(Appender):
        def append(self, lines: bytes, *, reserve: int = 0) -> None:
            if reserve and not has_room:
                raise appending.NoRoomError("full")
            written.append(lines)

    async def both() -> list[BaseException | None]:
        commit = GroupCommit(Reserving(-1, 0, b""), rows_in_flight=4, on_failure=lambda _error: None)
        ends = await asyncio.gather(commit.put(intent(1)), commit.put(outcome(0)), return_exceptions=True)
        commit.close()
        return ends

    announced, settled = asyncio.run(both())
    assert (isinstance(announced, StorageError), settled) == (not has_room, None)
    assert written == [outcome(0) + intent(1) if has_room else outcome(0)]


def test_a_row_of_the_first_place_may_be_sent_again():
    """Rows that no run sent before have no place; the first one has 0."""
    live = pl.DataFrame({"n": [0, 1, 2], "prior": [-1, 0, 2]})
    assert History(live=live).superseded.to_list() == [0, 2]


@pytest.mark.parametrize(("is_there", "said"), [(True, "move it away, but only if"), (False, "is not there either")])
def test_what_restores_a_journal_depends_on_its_results(tmp_path, is_there, said):
    """Results alone may be enough; without them the dashboard is all there is."""
    if is_there:
        (tmp_path / "r.csv").touch()
    assert (said in restore(tmp_path / "r.csv.journal"), "dashboard" in restore(tmp_path / "r.csv.journal")) == (
        True,
        not is_there,
    )


def test_group_commit_failure_reaches_everyone_who_waits(tmp_path):
    """On a disk that refuses, nobody hangs: those who wait now and those who come later are told."""

    class Full(Appender):
        def append(self, lines: bytes, *, reserve: int = 0) -> None:
            raise StorageError("full")

    async def many() -> list[BaseException | None]:
        heard: list[Exception] = []
        commit = GroupCommit(Full(-1, 0, b""), rows_in_flight=0, on_failure=heard.append)
        ends = await asyncio.gather(*(commit.put(intent(n)) for n in range(20)), return_exceptions=True)
        ends += await asyncio.gather(*(commit.put(intent(n)) for n in range(20)), return_exceptions=True)
        await commit.flush()
        commit.close()
        assert heard
        return ends

    assert all(isinstance(end, StorageError) for end in asyncio.run(many()))


nasty = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("\\\t\n\r\0\1trn0#"), max_size=12)
SAID = ("error_code", "error_message", "revenue_id")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[nasty] * 6, *[nasty] * 3), min_size=1, max_size=5))
def test_any_text_survives_the_journal(tmp_path_factory, texts):
    """Whatever stands in a cell, or the API says, comes back as it was: tabs, line ends, backslashes, any script."""
    path = tmp_path_factory.mktemp("j") / "r.csv.journal"
    batches = []
    for n, (source, *fields, code, why, name) in enumerate(texts):
        facts_of_row = facts(1, source, tuple(fields))
        batches.append(intent_line(n, 1, AT, facts_of_row) + outcome_line(n, 1, AT, "rejected", 400, code, why, name))
    a_journal(path, batches)
    live = load(path).live.fill_null("")
    assert list(live.select("source", *records.FIELDS, *SAID).iter_rows()) == texts
    a_journal(path, [], live)
    again = load(path).compacted.fill_null("")
    assert list(again.select("source", *records.FIELDS, *SAID).iter_rows()) == texts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[nasty] * len(records.FATE)), min_size=1, max_size=5))
def test_any_line_of_results_survives_the_journal(tmp_path_factory, lines):
    """RESULTS is the user's copy: whatever somebody wrote into any of its cells is kept as it is."""
    path = tmp_path_factory.mktemp("j") / "r.csv.journal"
    fates = pl.DataFrame(lines, schema=dict.fromkeys(records.FATE, pl.String), orient="row")
    a_journal(path, [], fates)
    assert list(load(path).compacted.fill_null("").iter_rows()) == lines


def test_half_a_character_of_the_api_is_no_reason_to_lose_its_answer(tmp_path):
    """JSON can hold half of a character (`\\ud800`), which no file can: it becomes a question mark."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0) + outcome_line(0, 1, AT, "rejected", 400, "c", "half \ud800", None)])
    assert load(path).live["error_message"].to_list() == ["half ?"]


SAMPLES = Path(__file__).parents[1] / "samples" / "earlier"


@pytest.mark.parametrize("kind", ["finished", "interrupted"])
def test_events_of_the_version_before_are_written_as_they_were(kind):
    """Every event of an older journal comes back byte for byte when the journal is compacted."""
    whole = (SAMPLES / kind / "june.sandbox.results.csv.journal").read_bytes()
    lines = [line for line in whole.split(b"\n") if line.startswith(b"E\t")]
    assert {json.loads(line[2:])["event"] for line in lines} == {"start", "end", "results", "verdict"}
    assert [event_line(event_from_json(json.loads(line[2:]))).rstrip(b"\n") for line in lines] == lines


@pytest.mark.parametrize("size", [100, 1 << 20])
def test_events_come_back_in_their_order_with_verdicts_among_them(tmp_path, monkeypatch, size):
    """Verdicts that follow each other are kept together, and what comes behind them is not lost."""
    monkeypatch.setattr(reading, "READ_BYTES", size)
    kinds = ["verdict", "run", "verdict", "verdict", "state", "run", "verdict"]
    facts_ = [{"event": kind, "at": AT, "row": n, "text": "", "n": n} for n, kind in enumerate(kinds)]
    events = [event_from_json(one) for one in facts_]
    path = tmp_path / "r.csv.journal"
    journal = Journal(path)
    with journal.compaction({"target": "t", "shard": None}) as compaction:
        appender = journal.start(journal.replace(compaction, events[:1]))
    appender.append(b"".join(map(event_line, events[1:4])))
    for event in events[4:]:
        appender.note(event)
    journal.close()
    found = load(path).events
    assert [one for each in found for one in (each if isinstance(each, VerdictLines) else [each])] == events


def test_events_that_lack_something_or_are_unknown_are_read():
    """An early version noted less, a later one may note more kinds: neither is lost."""
    for facts in (
        {"event": "results", "sha256": "ab", "name": "june.results.csv"},
        {"event": "end", "run": "r1", "at": "2026-07-01T08:01:00Z", "requests": 3, "stopped": None},
        {"event": "archived", "by": "ann", "files": [1, 2]},
    ):
        assert event_from_json(facts).to_json() == facts
    start = event_from_json({"event": "start", "run": "r1", "at": "2026-07-01T08:00:00Z"})
    assert (start.planned, start.control, start.options, start.digests) == (None, ControlTotals(), {}, [])


def doubtful_line(message: str, since: str | None) -> bytes:
    return outcome_line(0, 1, AT, "in_doubt", None, "connection_lost", message, None, since)


@pytest.mark.parametrize(
    ("message", "told_apart"),
    [
        (doubt_sentence("lost", "a1b2c3d4", "24.90", AT), Told("lost", AT)),
        (f"lost; look for message a1, revenue 2, from {AT} on (UTC)", Told("lost", AT)),
        (f"lost; look for message a1, revenue 2, between {AT} and 2026-11-23T10:00:01.000Z (UTC)",
         Told("lost", AT, "2026-11-23T10:00:01.000Z")),
        (doubt_sentence("an\nanswer; from", "a (UTC)", "1", AT), Told("an\nanswer; from", AT)),
        (doubt_sentence("lost", "a1b2c3d4", "1", "an earlier run"), Told("lost")),
        ("connection closed", Told("connection closed")),
    ],
)  # fmt: skip
def test_a_sentence_alone_tells_since_when(tmp_path, message, told_apart):
    """A journal of the version before, and RESULTS, have only the sentence: both ways to read it say the same."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0), doubtful_line(message, None)])
    assert (read_doubt_sentence(message), load(path).live["doubt_since"].item()) == (told_apart, told_apart.since)


def test_the_moment_that_is_kept_counts(tmp_path):
    """Where the journal says since when, the sentence is not asked, and outlives the rewriting of the journal."""
    path, later = tmp_path / "r.csv.journal", "2026-11-24T10:00:00.000Z"
    a_journal(path, [intent(0), doubtful_line(doubt_sentence("lost", "a1b2c3d4", "24.90", later), AT)])
    live = load(path).live
    assert live["doubt_since"].to_list() == [AT]
    a_journal(path, [], live)
    assert load(path).compacted["doubt_since"].to_list() == [AT]


def test_what_may_have_been_counted_is_stronger_than_what_was_not():
    """No two fates are as strong: which of two is kept would depend on where they stand."""
    order = [Status.RECORDED, Status.IN_DOUBT, Status.REJECTED, Status.FAILED, Status.PENDING]
    assert sorted(STRENGTH, key=lambda status: STRENGTH[status]) == order
    assert len(set(STRENGTH.values())) == len(order)


def test_a_row_is_one_line_and_nothing_else():
    """Neither a header nor a quote, whatever stands in it."""
    fates = pl.DataFrame({"row": ["1", "2"], "source": ['june "1".csv', "a\tb"], "status": ["recorded", "failed"]})
    lines = row_lines(pl.concat([no_fates(), fates], how="diagonal"))
    one, two = lines.decode().splitlines()
    assert one.split("\t")[:3] == ["R", "1", 'june "1".csv']
    assert two.split("\t")[:3] == ["R", "2", "a\\tb"]
    assert lines.endswith(b"\n")
