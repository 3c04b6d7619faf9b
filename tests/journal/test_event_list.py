"""What is asked of all events of a journal: which run is the last, whether it ended, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from importer.journal import Approval, Events
from importer.journal.event_list import with_a_run_in_common
from importer.journal.events import Event, ResultsWritten, VerdictGiven, event_from_json
from importer.journal.reading import is_empty
from importer.journal.verdict_lines import VerdictLines


def start(run: str, **facts: Any) -> Event:
    return event_from_json({"event": "start", "run": run, "at": f"2026-06-0{run}T08:00:00Z", **facts})


def end(run: str, requests: int | None = 3, stopped: str | None = None) -> Event:
    return event_from_json({"event": "end", "run": run, "requests": requests, "stopped": stopped})


def written(digest: str) -> ResultsWritten:
    return ResultsWritten(sha256=digest, name="june.results.csv")


STATE = event_from_json({"event": "state", "at": "2026-06-01T08:00:00Z", "text": "waiting for the API"})


@pytest.mark.parametrize(
    ("events", "says_all"),
    [
        ([], False),
        ([start("1")], False),
        ([start("1"), end("1")], True),
        ([start("1"), end("1"), written("a")], True),
        ([start("1"), end("1"), start("2")], False),
        ([start("1", target="other"), end("1"), start("2"), end("2")], True),
        ([start("1"), end("1"), start("2", target="other"), end("2")], False),
    ],
)
def test_the_last_run_says_all_only_where_it_has_ended_and_began_the_same(events, says_all):
    """Of another run, or of one that was killed, there is something to write down."""
    assert Events(events).tell(start("3")) is says_all


@pytest.mark.parametrize(
    ("events", "unended"),
    [
        ([], None),
        ([written("a")], None),
        ([start("1")], "1"),
        ([start("1"), STATE, written("a")], "1"),
        ([start("1"), end("1")], None),
        ([start("1"), start("2")], "2"),
        ([start("1"), end("1"), start("2")], "2"),
    ],
)
def test_a_run_that_did_not_end_is_the_last_one(events, unended):
    """Results may have been written after it, or not."""
    found = Events(events).unended
    assert (found and found.run) == unended


def test_states_are_of_the_last_run():
    """What held an earlier run up is over."""
    assert Events([STATE, start("1")]).states == []
    assert Events([start("1"), STATE, start("2")]).states == []
    assert Events([start("1"), STATE, end("1")]).states == [STATE]
    assert Events([STATE]).states == [STATE]


@pytest.mark.parametrize(
    ("ends", "is_so"),
    [
        ([], False),
        ([end("1", stopped="doubts")], True),
        ([end("1", stopped="outage")], True),
        ([end("1", stopped="signal")], False),
        ([end("1", stopped="doubts"), end("2")], False),
        ([end("1", stopped="doubts"), end("2", requests=0)], True),
        ([end("1", requests=0, stopped="doubts")], False),
    ],
)
def test_a_stop_for_doubts_holds_until_a_run_that_sent_something_ended_well(ends, is_so):
    """A run that sent nothing has not found out whether answers still get lost."""
    assert Events(ends).stopped_for_doubts is is_so


def test_runs_that_had_nothing_to_post_are_left_out():
    """One that was stopped is kept, and one that nobody ended."""
    kept = [start("1"), end("1"), start("3"), end("3", requests=0, stopped="signal"), start("4"), written("a")]
    idle = [start("2"), end("2", requests=0)]
    events = Events([*kept[:2], *idle, *kept[2:]])
    assert [*events.without_idle_runs()] == kept
    assert events.posting == {"1", "3", "4"}
    assert events.began == {"1", "2", "3", "4"}
    assert events.ended == {"1", "2", "3"}
    assert Events(idle).posting == set()


def test_the_last_few_results_are_known():
    """Those that were just written among them; what held the run up is no longer said."""
    known = Events([written("a"), start("1"), STATE, written("b"), end("1")]).with_results(written("c"), keep=2)
    assert [*known] == [start("1"), end("1"), written("b"), written("c")]
    assert known.digests == {"b", "c"}


def test_verdicts_are_packed_and_come_back():
    """As events for whoever asks, and as lines of the journal, those with evidence among them."""
    given = {name: [None, None] for name in VerdictGiven.__slots__} | {"row": [1, 2], "verdict": ["recorded", "not"]}
    lines = VerdictLines()
    lines.add_given(
        pl.DataFrame(given | {"evidence": [None, '{"lines":[7]}']}, schema_overrides={"evidence": pl.String})
    )
    assert lines.rows == 2
    assert [(each.row, each.verdict, each.evidence) for each in lines] == [
        (1, "recorded", None),
        (2, "not", {"lines": [7]}),
    ]
    written = b"".join(lines.lines()).splitlines()
    assert [event_from_json(json.loads(line.removeprefix(b"E\t"))) for line in written] == list(lines)
    assert [*Events([start("1"), lines]).verdicts] == list(lines)


def test_results_with_a_run_in_common_are_copies():
    """Each with the first that has one of its runs, and none with itself."""
    runs = {"a": {"1", "2"}, "b": {"3"}, "c": {"2", "4"}, "d": {"4"}, "e": set()}
    assert [*with_a_run_in_common(runs)] == [("c", "a"), ("d", "c")]


ANN = Approval(plan="sha256:ab", by="ann", at="2026-06-01T08:00:00Z", prepared_by="bob")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ANN.to_text(), ANN),
        (replace(ANN, alone=True).to_text(), replace(ANN, alone=True)),
        ("", None),
        ("null", None),
        ("{}", None),
        ('{"by":"ann"}', None),
        ('{"by":"ann","at":"","plan":"","prepared_by":"","more":1}', None),
    ],
)
def test_an_approval_comes_back_or_is_none(text, told):
    """From the variable in which a run is told of it, and from the event of its start."""
    assert Approval.from_text(text) == told
    if text.startswith("{"):
        begun = start("1", approval=json.loads(text))
        assert (begun.approval, event_from_json(begun.to_json())) == (told, begun)


def test_a_journal_that_is_not_there_is_empty(tmp_path):
    """No file, no folder, a file for a folder, and what a run left before its first line."""
    (tmp_path / "empty").touch()
    (tmp_path / "begun").write_text("H")
    names = ("nowhere", "nowhere/r.csv.journal", "begun/r.csv.journal", "empty", "begun")
    assert [is_empty(tmp_path / name) for name in names] == [True, True, True, True, False]
