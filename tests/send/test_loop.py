"""How many requests a run has in flight, what it hears of a wish to stop, and what it shows."""

from __future__ import annotations

import asyncio
import signal
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest

from importer.model import Progress, Share
from importer.send import loop
from importer.send.counts import Counts
from importer.send.surroundings import REAL
from importer.signals import Noted


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


INTERRUPTED = "Interrupted: no new rows are sent; waiting for the answers in flight (again: do not wait)."


class EnoughError(Exception):
    """Nobody looks any longer."""


class Ears:
    """A listener, a client, a breaker and a journal that note what they are told."""

    state, enough = "sending", None

    def __init__(self) -> None:
        self.notices, self.shown, self.lines, self.cuts = [], [], [], 0

    def notice(self, *words):
        self.notices.append(words)

    def progress(self, progress):
        self.shown.append(progress)
        if len(self.shown) == self.enough:
            raise EnoughError

    def put(self, line):
        self.lines.append(line)

    def cut_short(self):
        self.cuts += 1


def a_run(ears, *, signals=(), cancel=None):
    made = loop._Run(iter(()), 9, None, None, ears, Noted(signals), cancel, False, REAL)
    made.client = made.breaker = ears
    made.pool = SimpleNamespace(counts=Counts())
    return made


def ticks(run, ears, times):
    """So many looks of the run at itself."""
    ears.enough = times
    with pytest.raises(EnoughError):
        asyncio.run(asyncio.wait_for(run._tick(ears), 5))


def test_who_cancels_a_run_is_heard_like_a_first_ctrl_c(monkeypatch):
    """Once, however long it takes: the answers in flight are waited for."""
    monkeypatch.setattr(loop, "PROGRESS_S", 0.0)
    ears, cancel = Ears(), threading.Event()
    run = a_run(ears, cancel=cancel)
    ticks(run, ears, 2)
    assert (run.slots.stop, ears.notices) == (None, [])
    cancel.set()
    ticks(run, ears, 5)
    assert (run.slots.stop.word, run.slots.stop.exit_status) == ("interrupted", 130)
    assert ears.notices == [("warning", "interrupted", INTERRUPTED)]
    assert ears.cuts == 0


@pytest.mark.parametrize(
    ("numbers", "exit_status"),
    [((signal.SIGINT,), 130), ((signal.SIGTERM,), 143), ((signal.SIGHUP, signal.SIGINT), 129)],
)
def test_a_second_signal_does_not_wait(numbers, exit_status):
    """Signals that came before the loop began are heard as those that come later; the first one is the reason."""
    for before in range(len(numbers) + 1):
        ears = Ears()
        run = a_run(ears, signals=numbers[:before])

        async def main(run=run, later=numbers[before:]):
            run._listen_to_signals()
            for number in later:
                run.signals.hears(number)
            await asyncio.sleep(0)

        asyncio.run(main())
        assert run.slots.stop.exit_status == exit_status
        assert (len(ears.notices), ears.cuts) == (1, len(numbers) - 1)


def test_what_holds_the_run_up_is_shown_and_written_once():
    """While it simply sends there is nothing to say; the end of what held it up is written, too."""
    ears = Ears()
    run = a_run(ears)
    run.pool.counts = Counts(recorded=2, recorded_revenue=Decimal("5.50"), in_doubt=1, requests=4)
    run._heard("outage", "The API does not answer.")
    run._heard("reachable", "The API answers again.")
    for state in ("sending", "waiting", "waiting", "sending"):
        ears.state = state
        run._note_state(ears)
        run._show()
    assert [level for level, _, _ in ears.notices] == ["warning", "info"]
    assert [shown.state for shown in ears.shown] == ["", *["The API answers again."] * 2, ""]
    assert [b"The API answers again." in line for line in ears.lines] == [True, False]
    last = ears.shown[-1]
    assert isinstance(last, Progress)
    assert (last.to_post, last.recorded, last.in_doubt, last.requests) == (9, Share(2, Decimal("5.50")), 1, 4)
    assert 0 <= last.elapsed_s < 60
