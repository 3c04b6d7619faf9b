"""How many requests a run has in flight."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from importer.send import loop


@pytest.mark.parametrize(
    ("sandbox", "room", "files_each"), [(False, 32, 1), (True, 32, 2), (False, 7, 1), (True, 31, 2)]
)
def test_as_many_as_there_may_be_files_open_and_fewer_are_told(sandbox, room, files_each, monkeypatch):
    asked, said = [], []

    def allow(number, *, files_each):
        asked.append((number, files_each))
        return room

    monkeypatch.setattr(loop, "allow_connections", allow)
    run = SimpleNamespace(
        settings=SimpleNamespace(concurrency=32, sandbox=sandbox),
        listener=SimpleNamespace(notice=lambda *words: said.append(words)),
    )
    assert loop._Run._concurrency(run) == room
    assert asked == [(32, files_each)]
    assert len(said) == (room < 32)
    if said:
        ((level, word, text),) = said
        assert (level, word) == ("warning", "files")
        assert f"{room} requests at once instead of 32" in text
