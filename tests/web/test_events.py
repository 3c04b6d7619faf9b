"""The audit trail: on disk before a step counts, chained, and what was changed shows."""

from __future__ import annotations

import json

import pytest

from importer.errors import ResultsError
from importer.web.events import EventLog


@pytest.fixture
def log(tmp_path):
    """Three events."""
    found = EventLog(tmp_path / "events.jsonl")
    for name in ("Jüne", "<b>", "\ud800 x"):
        found.append("pia", "created", "abcd", name=name)
    found.close()
    return tmp_path / "events.jsonl"


def names(path):
    log = EventLog(path)
    found = [event["name"] for event in log.of("abcd")]
    log.close()
    return found


def test_what_was_written_is_read_and_goes_on(log):
    again = EventLog(log)
    again.append("paul", "created", "abcd", name="more")
    again.close()
    assert names(log)[:2] + names(log)[3:] == ["Jüne", "<b>", "more"]
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert [line["prev"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]


def test_a_line_that_a_crash_cut_never_counted(log):
    whole = log.read_bytes()
    for cut in (1, 20, 100):
        log.write_bytes(whole[:-cut])
        assert len(names(log)) == 2
        log.write_bytes(whole)


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[:1] + lines[2:],
        lambda lines: [lines[0], lines[1].replace(b"<b>", b"<i>"), lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], b"{}\n", lines[2]],
        lambda lines: [lines[0], b"no json\n", lines[2]],
    ],
    ids=["taken out", "changed", "swapped", "emptied", "broken"],
)
def test_what_was_changed_shows(log, damage):
    log.write_bytes(b"".join(damage(log.read_bytes().splitlines(keepends=True))))
    with pytest.raises(ResultsError, match="audit trail was changed"):
        EventLog(log)


def test_an_event_that_cannot_be_written_does_not_count(log, monkeypatch):
    found = EventLog(log)

    def refuse(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("importer.web.events.sync", refuse)
        with pytest.raises(Exception, match="No space left"):
            found.append("pia", "created", "abcd", name="never")
    found.append("pia", "created", "abcd", name="after")
    found.close()
    assert names(log)[3:] == ["after"]
