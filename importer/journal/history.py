"""A journal, read: its facts, its compacted rows, and the rows of what came after them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import JournalError
from importer.journal.doubt import with_doubt_since
from importer.journal.event_list import Events
from importer.journal.events import Event, event_from_json
from importer.journal.lines import FORMAT
from importer.journal.reading import Reader, Tail, is_empty, restore
from importer.journal.replay import INTENT_TYPES, OUTCOME_TYPES, LiveRows, no_live_rows, wanted_of_intents
from importer.journal.rows import INTENT_WITH_KEY, OUTCOME, fate_columns, no_fates, unescaped
from importer.journal.verdict_lines import BEGINNING, VerdictLines
from importer.model import FATE, KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.journal.events import Json
    from importer.journal.lines import Header


RowsTaker = Callable[[pl.DataFrame], object]
"""Who takes rows as they are read, a frame at a time."""
_WIDTH = 16
_PIN = b"_" + b"\t" * (_WIDTH - 1) + b"\n"


@dataclass(slots=True)
class Facts:
    """What a journal says besides its rows: its header and its events."""

    header: Header = field(default_factory=dict)
    events: Events = field(default_factory=Events)


@dataclass(slots=True)
class History(Facts):
    """A journal, read: its facts, the compacted rows, and the rows of what came after them."""

    compacted: pl.DataFrame = field(default_factory=no_fates)
    live: pl.DataFrame = field(default_factory=no_live_rows)
    tail: Tail = Tail()

    @property
    def superseded(self) -> pl.Series:
        """The places of the compacted rows that were sent again."""
        return self.live["prior"].filter(self.live["prior"] >= 0)

    def fates(self) -> pl.DataFrame:
        """Every row's fate, once: rows that were sent again count with their last fate. `KEY` only if any has one."""
        if self.live.is_empty():
            return self.compacted
        again = self.superseded.implode()
        kept = self.compacted.with_row_index("_place").filter(~pl.col("_place").is_in(again)).drop("_place")
        return pl.concat([kept, self.live.select(fate_columns(self.live))], how="diagonal")


def load_folded(path: Path, columns: Sequence[str], fold: Callable[[pl.DataFrame], pl.DataFrame]) -> History:
    """Read a journal; of its compacted rows, with these columns, what `fold` makes of some is kept, a line for each.

    Raises:
        JournalError: damaged, foreign, or written by a newer version.
    """
    with closing(LiveRows(columns)) as live:
        history = _read(path, columns, live, fold)
        parts = list(live.some())
    history.live = pl.concat(parts, how="diagonal") if parts else no_live_rows()
    return history


def load(path: Path, columns: Sequence[str] = FATE, each: RowsTaker | None = None) -> History:
    """Read a journal; one that is missing or empty is an empty history.

    `columns` are those wanted of the rows, for who can do without the others' memory. With all of them comes the key.
    `each` is given all columns of the compacted rows, but for their keys, which may come later and are kept, and then
    of the live ones, some at a time and in their order.

    Raises:
        JournalError: damaged, foreign, or written by a newer version.
    """
    read = columns if each is None else FATE
    read = (*read, KEY) if set(FATE) <= set(read) else read
    with closing(LiveRows(read)) as live:
        history = _read(path, read, live, lambda rows: _taken(rows, columns, each))
        parts = [_taken(part, (*columns, "n", "prior"), each) for part in live.some()]
    history.live = pl.concat(parts, how="diagonal") if parts else no_live_rows()
    return history


def _taken(rows: pl.DataFrame, columns: Sequence[str], each: RowsTaker | None) -> pl.DataFrame:
    """Rows as they are kept: with these columns alone where `each` takes all."""
    if each is None:
        return rows
    each(rows)
    return rows.select(columns)


def load_in_parts(path: Path, ends: Sequence[int]) -> tuple[Facts, LiveRows]:
    """The facts, and without their content the live rows by parts of the input that end at `ends`; raises the same."""
    live = LiveRows((), ends)
    return _read(path, ("status",), live), live


def load_by_parts(path: Path, columns: Sequence[str]) -> tuple[History, LiveRows]:
    """All but the live rows, and these with `columns` of their content, to be taken part by part; raises the same."""
    live = LiveRows(columns)
    return _read(path, columns, live), live


def _read(
    path: Path, columns: Sequence[str], live: LiveRows, kept: Callable[[pl.DataFrame], pl.DataFrame] | None = None
) -> History:
    """All but the live rows, whose intents and outcomes `live` is given as they come.

    `kept` says what is kept of compacted rows.
    """
    history = History()
    if is_empty(path):
        return history
    reader = Reader(path)
    rows, keys, events = [], list[pl.DataFrame](), list[Event]()
    sealed: int | None = None
    read = 0
    for block in reader.blocks():
        lines = _Lines(block, read)
        read += lines.height
        for text in lines.of("H", "column_1")["column_1"]:
            history.header = _header(json.loads(text), path)
        if lines.has("E"):
            _add_events(events, lines.of("E", "column_1")["column_1"])
        if lines.has("Z"):
            sealed = int(lines.of("Z", "column_1")["column_1"][0])
        compacted = _compacted(lines, columns)
        rows.append(kept(compacted) if kept else compacted)
        if KEY in columns and lines.has("K"):
            keys.append(lines.of("K", "column_1", "column_2").cast({"column_1": pl.UInt32}))
        if lines.has("I") or lines.has("D"):
            intents = lines.named("I", INTENT_WITH_KEY, wanted_of_intents(columns))
            outcomes = with_doubt_since(lines.named("D", OUTCOME))
            live.add(intents.with_columns(INTENT_TYPES), outcomes.with_columns(OUTCOME_TYPES))
    history.events = Events(events)
    history.tail = reader.tail
    history.compacted = pl.concat(rows) if rows else no_fates()
    if sealed != history.compacted.height:
        raise JournalError(f"{path} is not whole: its compacted part has no end. {restore(path)}")
    if keys:
        history.compacted = _with_keys(history.compacted, pl.concat(keys))
    return history


def _add_events(events: list[Event], texts: pl.Series) -> None:
    """Read the next events; verdicts that follow each other stay together, as text."""
    runs = texts.str.starts_with(BEGINNING).rle().struct.unnest()
    begin = 0
    for length, are_verdicts in runs.iter_rows():
        some = texts.slice(begin, length)
        begin += length
        if not are_verdicts:
            events += [event_from_json(json.loads(text)) for text in some]
            continue
        _last_verdicts(events).add(some)


def _last_verdicts(events: list[Event]) -> VerdictLines:
    """The verdicts that the events end in."""
    if not (events and isinstance(events[-1], VerdictLines)):
        events.append(VerdictLines())
    last = events[-1]
    assert isinstance(last, VerdictLines)
    return last


def _with_keys(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    none = pl.Series(KEY, [None], dtype=pl.String).new_from_index(0, rows.height)
    return rows.with_columns(none.scatter(keys["column_1"], keys["column_2"]))


def _compacted(lines: _Lines, columns: Sequence[str]) -> pl.DataFrame:
    rows = lines.named("R", FATE, [name for name in columns if name != KEY]).drop("line")
    return with_doubt_since(rows) if "doubt_since" in columns else rows


def _header(facts: Json, path: Path) -> Header:
    """What the first line says; one that `resolve` made of RESULTS alone does not know the shard."""
    if facts.get("format", 0) > FORMAT:
        raise JournalError(f"{path} was written by a newer version of this program; update it and run again.")
    return {name: facts[name] for name in ("target", "shard") if name in facts}


class _Lines:
    """The lines of a block by their kind, each with its number in the journal, of which the first has `first`.

    A small journal is read by every import several times: a kind that has no lines costs nothing, and texts are not
    searched for escapes in a block that has none.
    """

    def __init__(self, block: bytes, first: int) -> None:
        self._lines = _table(block).with_row_index("line", first)
        self.height = self._lines.height
        self._kinds = set(self._lines["column_0"].unique())
        self._has_escapes = b"\\" in block

    def has(self, kind: str) -> bool:
        """Whether there are lines of this kind."""
        return kind in self._kinds

    def of(self, kind: str, *columns: str | pl.Expr) -> pl.DataFrame:
        """These columns of the lines of this kind."""
        lines = self._lines if self.has(kind) else self._lines.clear()
        return lines.select("column_0", *columns).filter(pl.col("column_0") == kind).drop("column_0")

    def named(self, kind: str, names: Sequence[str], wanted: Sequence[str] | None = None) -> pl.DataFrame:
        """The lines of this kind with those columns that are wanted (all of them if it is not said), as they were."""
        columns = {name: f"column_{i}" for i, name in enumerate(names, 1)}
        wanted = wanted or names
        frame = self.of(kind, "line", *(pl.col(columns[name]).alias(name) for name in wanted))
        return frame.with_columns(map(unescaped, _with_escapes(frame, wanted) if self._has_escapes else ()))


def _with_escapes(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    have = frame.select(pl.col(names).str.contains("\\", literal=True).any()).row(0)
    return [name for name, has_escapes in zip(names, have, strict=True) if has_escapes]


def _table(block: bytes) -> pl.DataFrame:
    # The pinned first line fixes the number of columns, which polars would otherwise take from the first rows it sees.
    return pl.read_csv(
        BytesIO(_PIN + block), separator="\t", has_header=False, quote_char=None, comment_prefix="#", infer_schema=False
    ).slice(1)
