"""What earlier runs did, row by row: journal lines to frames and back.

A *fate* is a row's content, its status and the evidence, in the columns of `FATE`. Text columns throughout; an empty
cell and a null are the same. `journal` knows what is durable, this file what the lines mean:

    R  row source message_id revenue attribution_type offer_id timestamp status revenue_id error_code error_message
       http_status attempts finished_at
    I  n attempt sent_at [prior attempts_before row source message_id revenue attribution_type offer_id timestamp]
    D  n attempt finished_at status http_status error_code error_message revenue_id

`n` is the row's place in the input of that run, `prior` the place of the R line that the attempt supersedes (-1: none).
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import JournalError
from importer.journal import ESCAPES, FORMAT, Reader, Tail, escaped, is_empty, restore
from importer.journal.replay import (
    INTENT,
    INTENT_TYPES,
    OUTCOME,
    OUTCOME_TYPES,
    LiveRows,
    no_live_rows,
    wanted_of_intents,
)
from importer.model import FATE, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WIDTH = 16
_PIN = b"_" + b"\t" * (_WIDTH - 1) + b"\n"
# The stronger fate of two for one content is kept: what may have been counted must never be forgotten.
STRENGTH = {Status.RECORDED: 0, Status.IN_DOUBT: 1, Status.REJECTED: 2, Status.FAILED: 3, Status.PENDING: 4}


@dataclass(slots=True)
class Facts:
    """What a journal says besides its rows: its header and its events."""

    header: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class History(Facts):
    """A journal, read: its facts, the compacted rows, and the rows of what came after them."""

    compacted: pl.DataFrame = field(default_factory=lambda: no_fates())  # noqa: PLW0108 - defined further down
    live: pl.DataFrame = field(default_factory=no_live_rows)
    tail: Tail = Tail()

    def fates(self) -> pl.DataFrame:
        """Every row's fate, once: rows that were sent again count with their last fate."""
        if self.live.is_empty():
            return self.compacted
        superseded = self.live["prior"].filter(self.live["prior"] >= 0)
        kept = (
            self.compacted.with_row_index("_place").filter(~pl.col("_place").is_in(superseded.implode())).drop("_place")
        )
        return pl.concat([kept, self.live.select(FATE)])


def unended(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The start of the last run, if it has not ended; empty if it has."""
    runs = [event for event in events if event.get("event") in ("start", "end")]
    return runs[-1] if runs and runs[-1]["event"] == "start" else {}


def no_fates() -> pl.DataFrame:
    """An empty frame of fates."""
    return pl.DataFrame(schema=dict.fromkeys(FATE, pl.String))


def load(path: Path, columns: Sequence[str] = FATE) -> History:
    """Read a journal; one that is missing or empty is an empty history.

    `columns` are those wanted of the rows, for who can do without the others' memory.

    Raises:
        JournalError: damaged, foreign, or written by a newer version.
    """
    with closing(LiveRows(columns)) as live:
        history = _read(path, columns, live)
        history.live = live.whole()
    return history


def load_in_parts(path: Path, ends: Sequence[int]) -> tuple[Facts, LiveRows]:
    """The facts, and without their content the live rows by parts of the input that end at `ends`; raises the same."""
    live = LiveRows((), ends)
    return _read(path, ("status",), live), live


def _read(path: Path, columns: Sequence[str], live: LiveRows) -> History:
    """All but the live rows, whose intents and outcomes `live` is given as they come."""
    history = History()
    if is_empty(path):
        return history
    reader = Reader(path)
    rows = []
    sealed: int | None = None
    place = 0
    for block in reader.blocks():
        lines = _table(block).with_row_index("place", place)
        place += lines.height
        kinds = lines["column_0"]
        for kind, text in lines.filter(kinds.is_in(["H", "E"])).select("column_0", "column_1").iter_rows():
            _take_fact(history, kind, text, path)
        seal = lines.filter(kinds == "Z")["column_1"]
        sealed = int(seal[0]) if len(seal) else sealed
        rows.append(_named(lines.filter(kinds == "R"), FATE, columns).drop("place"))
        intents = _named(lines.filter(kinds == "I"), INTENT, wanted_of_intents(columns))
        outcomes = _named(lines.filter(kinds == "D"), OUTCOME)
        live.add(intents.with_columns(INTENT_TYPES), outcomes.with_columns(OUTCOME_TYPES))
    history.tail = reader.tail
    history.compacted = pl.concat(rows) if rows else no_fates()
    if sealed != history.compacted.height:
        raise JournalError(f"{path} is not whole: its compacted part has no end. {restore(path)}")
    return history


def _take_fact(history: History, kind: str, text: str, path: Path) -> None:
    fact = json.loads(text)
    if kind == "E":
        history.events.append(fact)
        return
    if fact.get("format", 0) > FORMAT:
        raise JournalError(f"{path} was written by a newer version of this program; update it and run again.")
    history.header = fact


def _table(block: bytes) -> pl.DataFrame:
    # The pinned first line fixes the number of columns, which polars would otherwise take from the first rows it sees.
    return pl.read_csv(
        BytesIO(_PIN + block),
        separator="\t",
        has_header=False,
        quote_char=None,
        comment_prefix="#",
        infer_schema=False,
    ).slice(1)


def _named(lines: pl.DataFrame, names: tuple[str, ...], wanted: Sequence[str] | None = None) -> pl.DataFrame:
    places = {name: f"column_{i}" for i, name in enumerate(names, 1)}
    wanted = wanted or names
    frame = lines.select("place", *(pl.col(places[name]).alias(name) for name in wanted))
    return frame.with_columns(unescaped(name) for name in wanted if frame[name].str.contains("\\", literal=True).any())


_UNSAFE = r"[\\\t\n\r\x00]"
_UNESCAPES = {short: char for char, short in ESCAPES.items()}


def unescaped(name: str) -> pl.Expr:
    """The text of a column before `journal.escaped`."""
    return pl.col(name).str.replace_many(_UNESCAPES)


def row_lines(fates: pl.DataFrame) -> bytes:
    """R lines of a frame of fates."""
    texts = fates.select(pl.col(FATE).cast(pl.String).fill_null(""))
    unsafe = texts.select(pl.all().str.contains(_UNSAFE).any()).row(0)
    escaping = [_escaped_cell(name) for name, is_unsafe in zip(FATE, unsafe, strict=True) if is_unsafe]
    cells = texts.with_columns(escaping).select(pl.lit("R").alias("kind"), *FATE)
    # Nothing is quoted: what a quote would protect is escaped.
    return cells.write_csv(include_header=False, separator="\t", quote_style="never").encode()


def _escaped_cell(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("").str.replace_many(ESCAPES)


def doubts() -> tuple[pl.Expr, pl.Expr]:
    """Of a frame of fates: since when a row is in doubt, as its message has it, and the code; null where it is not."""
    in_doubt = pl.col("status") == str(Status.IN_DOUBT)
    since = pl.col("error_message").str.extract(r"(?:between|from) (\d{4}-\d\d-\d\dT[\d:.]+Z)")
    known = pl.coalesce(since, pl.col("finished_at").replace("", None), pl.lit("an earlier run"))
    return pl.when(in_doubt).then(known).alias("doubt_since"), pl.when(in_doubt).then("error_code").alias("doubt_code")


def intent_facts() -> pl.Expr:
    """What the intent of a row's first attempt says of the row, of a frame with the columns of `INTENT`."""
    return pl.concat_str([_escaped_cell(name) for name in INTENT[3:]], separator="\t").alias("facts")


def intent_line(n: int, attempt: int, sent_at: str, facts: str = "") -> bytes:
    """An I line; `facts` goes with a row's first attempt."""
    return (f"I\t{n}\t{attempt}\t{sent_at}\t{facts}\n" if facts else f"I\t{n}\t{attempt}\t{sent_at}\n").encode()


def outcome_line(
    n: int,
    attempt: int,
    finished_at: str,
    status: str,
    http_status: int | None,
    error_code: str | None,
    error_message: str | None,
    revenue_id: str | None,
) -> bytes:
    """A D line. Half a character, which JSON can hold and no file, becomes a question mark."""
    said = "\t".join(escaped(text or "") for text in (error_code, error_message, revenue_id))
    line = f"D\t{n}\t{attempt}\t{finished_at}\t{status}\t{http_status or ''}\t{said}\n"
    return line.encode(errors="replace")
