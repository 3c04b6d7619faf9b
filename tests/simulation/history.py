"""One run of an import, simulated: as `importer.run` does it, from the journal's side, by what a seed chooses."""

from __future__ import annotations

import signal
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import polars as pl

from importer.api import json_bodies
from importer.errors import StorageError
from importer.journal import Appender, Events, Journal, doubts, intent_facts, is_in_flight, load
from importer.journal.events import OtherEvent
from importer.model import FIELDS, SilentListener
from importer.run.job import ended
from importer.send import Row, Sent, Surroundings, send
from importer.settings import Settings
from importer.signals import Noted
from tests.faultserver.plan import CANARY_KEY
from tests.simulation.clock import SimulatedLoop
from tests.simulation.disk import Call, Disk
from tests.simulation.vendor import OUTAGES, Posted, Vendor
from tests.simulation.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.journal import History as Read
    from tests.simulation.choices import Choices

HEADER = {"target": "simulated", "shard": None}
_STARTED = OtherEvent({"event": "simulated"})
_LASTS_S = (0.1, 1.0, 10.0, 60.0)
_FIELD_CELLS = {"revenue": "1.25", "attribution_type": "sale", "offer_id": None, "timestamp": "2026-06-01T10:00:00Z"}


class Step(NamedTuple):
    """A moment to crash at: how many calls of the disk, requests, and lines of the history there were."""

    calls: int
    posted: int
    lines: int


class Known(NamedTuple):
    """What a journal says of a row."""

    status: str
    in_flight: bool


@dataclass(frozen=True, slots=True)
class Options:
    """What the person chose, and what the weather is: when each kind of it ends, by the clock."""

    rows: tuple[str, ...]
    concurrency: int = 1
    bulk: int | None = None
    attempts: int = 2
    stop_after: int = 20
    rate: float = 0.0
    resend: bool = False
    weather: tuple[tuple[float, str], ...] = ()
    interrupts: tuple[float, ...] = ()

    @classmethod
    def chosen(cls, choices: Choices, began_at: float) -> Options:
        """By a seed."""
        kinds = choices.one_of((("fine",), ("flaky",), ("flaky",), ("fine", "outage"), ("flaky", "unreachable")))
        many = 40 if "outage" in kinds else 8
        rows = tuple(f"row{number:05d}" for number in range(choices.below(many) + 1))
        at, weather = began_at, []
        for kind in kinds:
            at += choices.one_of(_LASTS_S)
            weather.append((at, choices.one_of(OUTAGES) if kind == "outage" else kind))
        first = began_at + choices.one_of((0.01, 0.3, 4.0)) if choices.chance(15) else None
        second = (first + 0.1,) if first is not None and choices.chance(50) else ()
        return cls(
            rows,
            concurrency=1 + choices.below(4),
            bulk=choices.one_of((None, None, None, None, 3)),
            attempts=1 + choices.below(3),
            stop_after=choices.one_of((20, 3)),
            rate=choices.one_of((0.0, 0.0, 5.0)),
            resend=choices.chance(15),
            weather=tuple(weather) if choices.chance(50) else (*weather[:-1], (at + 1e5, weather[-1][1])),
            interrupts=() if first is None else (first, *second),
        )

    @property
    def in_flight(self) -> int:
        """The rows that a crash may leave in doubt."""
        return self.concurrency * (self.bulk or 1)

    def weather_at(self, moment: float) -> str:
        """What it is like."""
        return next((kind for until, kind in self.weather if moment < until), "fine")

    def settings(self) -> Settings:
        """As the product has them."""
        return Settings(
            api_key=CANARY_KEY, base_url="http://127.0.0.1:9", rate=self.rate, concurrency=self.concurrency,
            attempts=self.attempts, stop_after=self.stop_after, bulk=self.bulk,
            in_doubt="resend" if self.resend else "hold",
        )  # fmt: skip


@dataclass(slots=True)
class Run:
    """One run into the journal at `path`; `told` is its history in words."""

    options: Options
    path: Path
    choices: Choices
    began_at: float = 1000.0
    before: Sequence[Posted] = ()
    told: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    disk: Disk = field(init=False)
    vendor: Vendor = field(init=False)
    loop: SimulatedLoop = field(init=False)
    sent: Sent | None = None
    first: bytes = b""
    first_inode: int = 0
    known_before: dict[str, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first, self.first_inode = self.path.read_bytes(), self.path.stat().st_ino
        self.disk = Disk(self._called)
        self.vendor = Vendor(self.choices, self.before)
        self.loop = SimulatedLoop(self.choices, self.began_at)

    def _called(self, call: Call) -> None:
        self._note(str(call))

    def _note(self, text: str) -> None:
        self.told.append(f"{self.loop.now - self.began_at:9.3f} {text}")
        self._step()

    def _step(self) -> None:
        step = Step(len(self.disk.calls), len(self.vendor.posted), len(self.told))
        if not self.steps or self.steps[-1][:2] != step[:2]:
            self.steps.append(step)

    def go(self) -> None:
        """From an open journal to a compacted one, as an import does it.

        Raises:
            JournalError: what a run before left cannot be read.
        """
        with ExitStack() as at_end:
            at_end.callback(self.loop.close)
            read = load(self.path)
            self.known_before = known(read)
            at_end.enter_context(self.disk.installed())
            at_end.enter_context(mock.patch("time.time_ns", self._time_ns))
            self._step()
            journal = Journal(self.path)
            at_end.callback(journal.close)
            with suppress(StorageError):
                self._post(journal, read)
                self._finish(journal)
            self._note(f"the run has ended: {self.sent.stop.word if self.sent and self.sent.stop else 'all was tried'}")

    def _time_ns(self) -> int:
        return int(self.loop.now * 1e9)

    def _post(self, journal: Journal, read: Read) -> None:
        fates = read.fates()
        is_in_order = bool(fates.height or len(read.events)) and read.live.is_empty() and not read.tail.torn
        tail = read.tail if is_in_order else _compacted(journal, fates, read.events)
        appender = journal.start(tail)
        appender.note(_STARTED)
        rows = list(_rows(self.options, fates))
        self.sent = self._send(rows, appender, on_probation=read.events.stopped_for_doubts)
        with suppress(StorageError):
            appender.note(ended(SimpleNamespace(run="simulated"), self.sent))  # type: ignore[arg-type]

    def _send(self, rows: list[Row], appender: Appender, *, on_probation: bool) -> Sent:
        wire = Wire(self.loop, self.vendor, self.choices, self.options.weather_at, self._note)
        signals = Noted()
        for moment in self.options.interrupts:
            self.loop.call_at(moment, self._interrupt, signals)
        surroundings = Surroundings(self.loop.run, self.loop.timing(), wire.make_opener)
        return send(
            iter(rows), len(rows), self.options.settings(), appender, SilentListener(), signals,
            on_probation=on_probation, surroundings=surroundings,
        )  # fmt: skip

    def _interrupt(self, signals: Noted) -> None:
        if signals.hears is not None:
            self._note("a person interrupts")
            signals.hears(signal.SIGINT)

    def _finish(self, journal: Journal) -> None:
        read = load(journal.readable)
        _compacted(journal, read.fates(), read.events)

    @property
    def most_in_flight(self) -> int:
        """The rows without an outcome that a crash may leave, with those that crashes before left."""
        return self.options.in_flight + sum(one.in_flight for one in self.known_before.values())

    def known(self) -> dict[str, Known]:
        """What the journal says now of each row, by its message."""
        return known(load(self.path))


def _compacted(journal: Journal, fates: pl.DataFrame, events: Events) -> Any:
    with journal.compaction(HEADER) as compaction:
        compaction.add(fates)
        return journal.replace(compaction, events)


def known(read: Read) -> dict[str, Known]:
    """What a journal says of each row, by its message."""
    lines = read.fates().select("message_id", "status", is_in_flight())
    return {message: Known(*rest) for message, *rest in lines.iter_rows()}


def _rows(options: Options, fates: pl.DataFrame) -> Iterator[Row]:
    """The rows to post, as `run.sending` makes them: those that have no fate, and those that were not recorded."""
    messages = options.rows
    cells = {"message_id": messages, **{name: [cell] * len(messages) for name, cell in _FIELD_CELLS.items()}}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(FIELDS, pl.String)).with_row_index("n")
    earlier = fates.with_row_index("prior").select("message_id", "prior", "status", *doubts(), tries="attempts")
    frame = frame.join(earlier, on="message_id", how="left", maintain_order="left")
    again = ["pending", "failed"] + ["in_doubt"] * options.resend
    frame = frame.filter(
        pl.col("status").is_null() | (pl.col("status").is_in(again) & pl.col("doubt_code").ne_missing("echo_mismatch"))
    )
    ready = frame.with_columns(
        row=pl.col("n") + 1,
        source=pl.lit("june.csv"),
        prior=pl.col("prior").cast(pl.Int64).fill_null(-1),
        attempts_before=pl.col("tries").cast(pl.Int64, strict=False).fill_null(0),
        body=json_bodies(frame),
    )
    yield from map(Row._make, ready.with_columns(intent_facts()).select(Row._fields).iter_rows())
