"""Verdicts in the journal: many together, packed in memory; a kill at any byte leaves all of them or none."""

from __future__ import annotations

import os
from contextlib import suppress

import polars as pl
import pytest

from importer.disk import Packed
from importer.errors import StorageError
from importer.journal import compacting as compacting_module
from importer.journal import journal_path, load
from importer.run import Verdict, resolve
from tests.run.test_many_verdicts import fates, journal_of, statuses

__all__ = ["journal_of"]

GIVEN = [Verdict(n % 2 == 0, "seen", n + 1, revenue_id="id" if n == 0 else None) for n in range(3)]


def test_packed_rows_come_back_in_any_order():
    packed = Packed()
    for begin in (0, 3, 7):
        packed.add(pl.DataFrame({"n": range(begin, begin + 3 + (begin == 3)), "text": "x"}))
    wanted = pl.Series([9, 0, 4, 4, 6], dtype=pl.UInt32)
    assert packed.at(wanted)["n"].to_list() == wanted.to_list()
    assert packed.at(wanted.clear()).columns == ["n", "text"]
    assert packed.rows == sum(frame.height for frame in packed) == 10


def test_what_a_verdict_says_comes_back_as_it_was(journal_of):
    """Every character, numbers as numbers, evidence as an object; and again after a second rewriting."""
    results = journal_of(fates(3, message_id=lambda i: f'm{i}"\\\té\u2028'))
    why, evidence = 'said "Änn"\t\\ \u2028 {}', {"lines": [4], "guards": {"a": True}, "export": 'v"{}.csv'}
    resolve(results, [Verdict(True, why, 2, revenue_id="id", evidence=evidence)], lambda cases: True, by="Änn {}")
    resolve(results, [Verdict(False, "no", 1)], lambda cases: True)
    first, second = load(journal_path(results)).events.verdicts
    assert (first.row, first.why, first.by, first.revenue_id, first.verdict) == (2, why, "Änn {}", "id", "recorded")
    assert (first.evidence, first.message_id) == (evidence, 'm1"\\\té\u2028')
    assert (second.row, second.evidence, second.revenue_id, second.verdict) == (1, None, None, "not_recorded")


@pytest.fixture
def dies_after(monkeypatch):
    """The disk takes so many bytes of what is written, and then nothing any more: as a kill would leave it."""
    write_all = compacting_module.write_all

    def limited(most: int) -> None:
        def write(fd: int, data: bytes, offset: int) -> None:
            write_all(fd, data[: max(0, most - offset)], offset)
            if offset + len(data) > most:
                raise StorageError("killed")

        monkeypatch.setattr(compacting_module, "write_all", write)

    return limited


def test_killed_at_any_byte_all_verdicts_are_there_or_none(journal_of, dies_after):
    """The journal is the old one to the byte until the new one is whole."""
    results = journal_of(fates(3))
    journal = journal_path(results)
    before, ended = journal.read_bytes(), False
    most = 0
    while not ended:
        dies_after(most)
        with suppress(StorageError):
            resolve(results, GIVEN, lambda cases: True)
            ended = True
        if not ended:
            assert journal.read_bytes() == before, most
        most += 23
    assert statuses(results) == ["recorded", "pending", "recorded"]
    assert most > len(before)


def test_written_in_place_a_kill_would_lose_rows(journal_of, dies_after, monkeypatch):
    """The negative control: over the journal itself instead of beside it, some byte leaves another journal."""
    results = journal_of(fates(3))
    journal = journal_path(results)
    before = journal.read_bytes()

    monkeypatch.setattr(compacting_module, "new_file", lambda target: (os.open(target, os.O_RDWR), target))
    monkeypatch.setattr(compacting_module.Compaction, "discard", lambda self: None)
    dies_after(len(before) // 2)
    with pytest.raises(StorageError):
        resolve(results, GIVEN, lambda cases: True)
    assert journal.read_bytes() != before
