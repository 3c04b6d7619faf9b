"""Dying and coming back: whatever kills a run, the next one neither repeats nor forgets a row."""

from __future__ import annotations

import itertools
import re
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.support import images, tracer
from tests.support.campaign import CONCURRENCY, busy, killed, killed_at_call, started_together
from tests.support.inputs import rows, write_csv
from tests.support.oracle import OracleError, judge, read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess
    from tests.support.warm import Warm

RESULTS = "june.results.csv"
JOURNAL = RESULTS + ".journal"


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    """Slow enough to be killed in between."""
    slow = fault_server()
    slow.replan(busy())
    return slow


@pytest.mark.parametrize(
    ("seed", "results", "bulk"), [(1, ".csv", None), (2, ".parquet", None), (3, ".csv", None), (4, ".csv", 4)]
)
def test_killed_again_and_again(warm, server, tmp_path, seed, results, bulk):
    """SIGKILL at random moments of starting, posting, resuming and writing: nothing twice, nothing lost, few doubts."""
    figures = killed(warm, server, tmp_path, rows(200), Random(seed), kills=9, results=results, bulk=bulk)
    assert figures.kills == figures.hits.total() == 9


@pytest.mark.parametrize(
    ("breaks", "clause"),
    [({"intent_after_post": True}, "stored twice"), ({"lazy_outcomes": True}, f"more than {CONCURRENCY * 3} in doubt")],
    ids=["intent after the post", "outcomes kept in memory"],
)
def test_the_campaign_finds_a_product_that_cheats(warm, server, tmp_path, breaks, clause):
    """Negative control: with the intent written after the POST, or outcomes written late, the same campaign fails."""
    month = rows(250)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", CONCURRENCY)
    for lines in (60, 120, 180):
        with warm.start(*command, cwd=tmp_path, breaks=breaks) as running:
            assert running.kill_after(ledger=server.ledger_path, lines=lines)
    last = warm.run(*command, "--json", cwd=tmp_path, breaks=breaks)
    with pytest.raises(OracleError, match=clause):
        judge(month, tmp_path / RESULTS, server.ledger(), last.json, promised_in_doubt=CONCURRENCY * 3)


# Some of the calls of a run of ten rows: as it begins, while it posts, while it writes its results. The soak has all.
CALLS = [
    *(("pwrite", nth, when) for nth in (1, 4, 5, 7) for when in ("before", "half")),
    *(("fdatasync", nth, when) for nth in (1, 3) for when in ("before", "after")),
    *(("fsync", nth, "after") for nth in (2, 4, 6, 8)),
    *(("replace", nth, when) for nth in (1, 2, 3) for when in ("before", "after")),
    *((call, 1, "after") for call in ("ftruncate", "posix_fallocate")),
]


@pytest.mark.time_limit(120)
def test_killed_at_a_call(warm, server, tmp_path):
    """Killed before, within or after a call that changes a file, a small run comes back."""
    for number, (call, nth, when) in enumerate(CALLS):
        assert killed_at_call(warm, server, tmp_path / str(number), rows(10, start=10 * number), call, nth, when)


# -- power loss --------------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(warm: Warm, server: FaultServerProcess, tmp_path: Path) -> images.Recording:
    """The journal of a run that was killed in mid-post, with what the server had seen at each sync."""
    return images.record(warm, server, tmp_path, rows(120), concurrency=CONCURRENCY)


def test_every_prefix_of_a_journal(recording, tmp_path):
    """A journal cut anywhere in its last chunk makes nothing new that was announced, and forgets nothing durable."""
    read, checked = images.reader(tmp_path), 0
    for number, begin, end in recording.chunks():
        step = max(1, (end - begin) // 6)
        checked += images.check(
            recording, number, itertools.islice(images.prefixes(recording, number, step), 0, None, 3), read
        )
    assert checked > 150


def test_lost_and_reordered_sectors(recording, tmp_path):
    """Parts of the last chunk that never reached the disk, its end among those that did, are a tear like any other."""
    read, random = images.reader(tmp_path), Random(7)
    for number, _, _ in recording.chunks():
        for _ in range(8):
            images.check(recording, number, iter([images.lost_sectors(recording, number, random)]), read)


def test_the_images_find_a_product_that_cheats(warm, server, tmp_path):
    """Negative control: with the intent written after the POST, an image shows a stored row as new."""
    cheating = {"intent_after_post": True}
    recording = images.record(warm, server, tmp_path, rows(120), concurrency=CONCURRENCY, breaks=cheating)
    read = images.reader(tmp_path)
    with pytest.raises(OracleError, match="was stored, and looks new"):  # noqa: PT012 - one of them must complain
        for number, begin, _ in recording.chunks():
            recording.judge(number, read(recording.journal[:begin]))


def end_of_the_chunk_before(whole: bytes) -> int:
    """Where the last chunk of a journal begins: each ends in a line `#digest`."""
    *_, before, _last = (found.end() for found in re.finditer(rb"^#.*\n", whole, re.MULTILINE))
    return before


def test_a_torn_journal_is_gone_on_from(warm, server, tmp_path):
    """A run that finds the last chunk torn to pieces keeps what was durable and posts the rest."""
    month = rows(60)
    file, journal = write_csv(tmp_path / "june.csv", month), tmp_path / JOURNAL
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", 4, "--json")
    for nth, most in ((9, 5), (12, 70), (8, 200)):
        died = warm.run(*command, cwd=tmp_path, breaks={"die": ["fdatasync", nth, "before"]})
        assert died.exit == -9, died
        whole = journal.read_bytes().rstrip(b"\0")
        torn = min(most, len(whole) - end_of_the_chunk_before(whole))  # only the last chunk was not synced
        journal.write_bytes(whole[:-torn] + bytes(torn + 1000))
    last = warm.run(*command, cwd=tmp_path)
    judge(month, tmp_path / RESULTS, server.ledger(), last.json, promised_in_doubt=12)


# -- the system calls themselves ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not tracer.works(), reason="no strace, or it may not trace here")
@pytest.mark.parametrize(("calls", "nth"), [("fdatasync", 3), ("rename,renameat,renameat2", 2)])
def test_killed_within_a_system_call(run_cold, server, tmp_path, calls, nth):
    """SIGKILL from the kernel's side, at the n-th call of a kind, whoever made it."""
    month = rows(6)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", 3, "--json")
    assert run_cold(*command, program=tracer.tampering(calls, f"signal=KILL:when={nth}")).exit in (-9, 137)
    last = run_cold(*command)
    judge(month, tmp_path / RESULTS, server.ledger(), last.json, promised_in_doubt=3)


# -- others, and the clock ---------------------------------------------------------------------------------------------


def test_many_simultaneous_starts_leave_one(warm, server, tmp_path):
    """Of many runs on one RESULTS exactly one proceeds; the others end with 2 and disturb nothing."""
    started_together(warm, server, tmp_path, rows(30), 25)


def test_a_start_does_not_disturb_the_run_that_writes_its_results(warm, server, tmp_path):
    """A second run that is refused touches no file of the first, not even a temporary one."""
    month = rows(5)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url)
    with warm.start(*command, cwd=tmp_path, breaks={"pause": ["replace", 2, 1.5]}) as running:
        while not list(tmp_path.glob(f".{RESULTS}.*.new")) or b"Writing" not in running.stderr_so_far():
            assert running.alive
        assert warm.run(*command, cwd=tmp_path).exit == 2
        assert running.wait().exit in (0, 1)
    judge(month, tmp_path / RESULTS, server.ledger())


def test_the_clock_on_the_wall_jumps(warm, fault_server, tmp_path):
    """A clock that jumps by a day, back and forth, changes neither pace nor pauses nor what is posted."""
    server = fault_server()
    month = rows(60)
    file = write_csv(tmp_path / "june.csv", month)
    began = time.monotonic()
    last = warm.run("import", file, "--base-url", server.url, "--rate", 60, "--json", cwd=tmp_path, breaks={"jump": 5})
    assert time.monotonic() - began < 20
    assert server.peak_rate() <= 66
    judge(month, tmp_path / RESULTS, server.ledger(), last.json)
    finished = {re.sub("T.*", "", line["finished_at"]) for line in read_results(tmp_path / RESULTS)}
    assert len(finished) == 2  # the jumps were seen
