"""What Linux has and macOS has not: the journal, and a whole import, with the platform's calls taken away."""

from __future__ import annotations

import errno
import fcntl
import os
import select
from pathlib import Path

import pytest

from importer.disk import durable
from importer.errors import StorageError
from importer.journal import Journal
from importer.journal.history import load
from tests.journal.test_journal import a_journal, intent, outcome
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge

LINUX_ONLY = [(os, "fdatasync"), (os, "posix_fallocate"), (os, "sched_getaffinity"), (select, "poll")]
F_FULLFSYNC = 51
"""As <sys/fcntl.h> of macOS has it."""


@pytest.fixture
def full_syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """macOS: its own sync, whose descriptors are noted, and nothing that only Linux has."""
    synced: list[int] = []

    def note(fd: int, command: int) -> int:
        assert command == F_FULLFSYNC
        synced.append(fd)
        return 0

    for module, name in LINUX_ONLY:
        monkeypatch.delattr(module, name)
    monkeypatch.setattr(durable, "_FULL_SYNC", F_FULLFSYNC)
    monkeypatch.setattr(fcntl, "fcntl", note)
    return synced


def test_a_journal_without_the_calls_of_linux(tmp_path, full_syncs):
    """Each append is durable against power loss, and room for outcomes is set aside, as on Linux."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0) + intent(1)])
    after_one = len(full_syncs)
    assert path.read_bytes().endswith(b"\0" * 1000)
    a_journal(path, [intent(0) + intent(1), outcome(0)])
    assert len(full_syncs) == 2 * after_one + 1
    assert dict(load(path).live.select("n", "status").iter_rows()) == {0: "recorded", 1: "in_doubt"}


def test_room_is_set_aside_before_it_is_needed(tmp_path, full_syncs, monkeypatch):
    """A disk that fills is met before a row is sent; the outcomes of those on their way still have room."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [])
    journal = Journal(path)
    appender = journal.start(load(path).tail)
    appender.append(intent(0), reserve=4096)
    size = path.stat().st_size

    def full(fd: int, data: bytes, offset: int) -> int:
        if offset + len(data) > size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data, offset)

    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StorageError, match="no room"):
        appender.append(b"I\t1\t" + b"x" * size + b"\n", reserve=4096)
    appender.append(outcome(0))
    journal.close()
    assert load(path).live["status"].to_list() == ["recorded"]


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOTTY])
def test_a_disk_without_a_full_sync_is_synced_as_far_as_it_can_be(tmp_path, full_syncs, monkeypatch, number):
    """A share in the network knows no full sync: the ordinary one is what there is."""
    synced = []

    def unknown(fd: int, command: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "fcntl", unknown)
    monkeypatch.setattr(os, "fsync", synced.append)
    a_journal(tmp_path / "r.csv.journal", [intent(0)])
    assert synced


def test_a_full_sync_that_fails_is_a_failed_sync(tmp_path, full_syncs, monkeypatch):
    """What the drive refused is not tried again in another way: the page cache proves nothing any more."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [])
    journal = Journal(path)
    appender = journal.start(load(path).tail)

    def failing(fd: int, command: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "fcntl", failing)
    monkeypatch.setattr(os, "fsync", lambda fd: pytest.fail("a second sync"))
    with pytest.raises(StorageError):
        appender.append(intent(0))
    journal.close()


def test_a_journal_is_read_again_through_its_descriptor(tmp_path, monkeypatch):
    """On macOS whoever opens `/dev/fd/N` shares its position, which the reader before has moved."""
    path = tmp_path / "r.csv.journal"
    a_journal(path, [intent(0)])
    journal = Journal(path)
    real = Path.open

    def shared(self: Path, mode: str = "r") -> object:
        is_held = self.parent == Path("/dev/fd")
        return os.fdopen(os.dup(int(self.name)), mode) if is_held else real(self, mode)

    monkeypatch.setattr(Path, "open", shared)
    for _ in range(2):
        assert load(journal.readable).live["n"].to_list() == [0]
    journal.close()


def test_an_import_without_the_calls_of_linux(run, healthy_server, tmp_path):
    """All of it: every row is recorded, and the second run goes on from the first."""
    month = rows(20)
    write_csv(tmp_path / "june.csv", month)
    order = ("import", "june.csv", "--base-url", healthy_server.url, "--json")
    lacking = {"lack": [[module.__name__, name] for module, name in LINUX_ONLY]}
    first = run(*order, "--limit", 8, breaks=lacking)
    assert (first.exit, first.json["by_status"]["recorded"]["rows"]) == (1, 8), first
    result = run(*order, breaks=lacking)
    assert result.exit == 0, result
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)
