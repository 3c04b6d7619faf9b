"""Sums over all lines, a batch at a time, and the first few lines of everything that a person may want to see."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from importer.model import NEVER_SENT, Share, Status
from importer.report.amounts import share, summed
from importer.results import COLUMNS

MAX_LISTED = 500
_MANY_PARTS = 40
_SHOWN = (*COLUMNS, "results", "local_day")


class Sums:
    """Rows and exact revenue by the values of some columns."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._parts: list[pl.DataFrame] = []

    def add(self, lines: pl.DataFrame) -> None:
        """Take a batch."""
        self._parts.append(lines.group_by(self._keys).agg(summed()))
        if len(self._parts) > _MANY_PARTS:
            self._parts = [self._merged(self._keys)]

    def by(self, *keys: str) -> dict[tuple[str, ...], Share]:
        """The shares by some of the keys."""
        if not self._parts:
            return {}
        return {tuple(line[:-3]): share(*line[-3:]) for line in self._merged(keys).sort(keys).iter_rows()}

    def _merged(self, keys: tuple[str, ...]) -> pl.DataFrame:
        return pl.concat(self._parts).group_by(keys).agg(pl.col("rows", "whole", "parts").sum())


@dataclass(slots=True)
class Tallies:
    """Everything that one pass over the lines leaves behind.

    `places` has a short line for each row: what the controls compare. Its keys are hashes of this process only.
    """

    fates: Sums = field(default_factory=lambda: Sums("book", "status", "kind", "code"))
    offers: Sums = field(default_factory=lambda: Sums("offer", "status"))
    days: Sums = field(default_factory=lambda: Sums("day", "local_day", "status"))
    kept: Sums = field(default_factory=lambda: Sums("book", "status"))
    total: Sums = field(default_factory=lambda: Sums("book"))
    seconds: list[pl.DataFrame] = field(default_factory=list)
    listed: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    broken: list[pl.DataFrame] = field(default_factory=list)
    broken_rows: int = 0
    places: list[pl.DataFrame] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    sources: dict[str, int] = field(default_factory=dict)

    def add(self, lines: pl.DataFrame, book: int, name: str) -> None:
        """Take a batch of lines that were made `understood`."""
        lines = lines.with_columns(
            code=pl.col("error_code").fill_null(""),
            status=pl.col("status").fill_null("(none)"),
            in_input=pl.col("row").is_not_null(),
            results=pl.lit(name),
            book=pl.lit(str(book)),
        )
        here, gone = lines.filter("in_input"), lines.filter(~pl.col("in_input"))
        for sums in (self.fates, self.offers, self.days, self.total):
            sums.add(here)
        self.kept.add(gone)
        self._note(lines, book)
        self._list(lines)

    def _note(self, lines: pl.DataFrame, book: int) -> None:
        resolved = pl.col("code").str.starts_with("resolved_")
        second = pl.col("finished_at").str.slice(0, 19)
        finished = lines.filter(~resolved & pl.col("finished_at").is_not_null()).select(second.alias("second"))
        self.seconds.append(finished.group_by("second").len("rows"))
        self.targets.update(lines["target"].drop_nulls().unique())
        for source, rows in lines.filter("in_input").group_by("source", maintain_order=True).len().iter_rows():
            self.sources[source or ""] = self.sources.get(source or "", 0) + rows
        number = pl.lit(book, pl.UInt32).alias("book")
        self.places.append(lines.select(number, "source", "place", "in_input", sent(), row_key(), fate_key()))
        broken = lines.filter("broken")
        self.broken_rows += broken.height
        if broken.height and len(self.broken) < MAX_LISTED:
            self.broken.append(broken.head(5).select(_SHOWN))

    def _list(self, lines: pl.DataFrame) -> None:
        in_doubt = pl.col("status") == str(Status.IN_DOUBT)
        open_ = lines.filter(in_doubt | (pl.col("in_input") & (pl.col("status") != str(Status.RECORDED))))
        for (status,), group in open_.group_by("status", maintain_order=True):
            listed = self.listed.setdefault(str(status), [])
            room = MAX_LISTED - sum(frame.height for frame in listed)
            if room > 0:
                listed.append(group.head(room).select(_SHOWN))

    def all_places(self) -> pl.DataFrame:
        """The short lines of all rows."""
        return pl.concat(self.places) if self.places else _NO_PLACES

    def first(self, status: str) -> pl.DataFrame:
        """The first lines with this status, as text."""
        frames = self.listed.get(status, [])
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(_SHOWN, pl.String))


_NO_PLACES = pl.DataFrame(
    schema={"book": pl.UInt32, "source": pl.String, "place": pl.UInt32}
    | dict.fromkeys(("in_input", "sent"), pl.Boolean)
    | dict.fromkeys(("row_key", "fate_key"), pl.UInt64)
)
_ROW = ("source", "row", "message_id", "whole", "parts")


def row_key() -> pl.Expr:
    """What makes a line the same row in two files: its place and content."""
    return _hashed(*_ROW, "attribution_type", "offer_id", "timestamp").alias("row_key")


def fate_key() -> pl.Expr:
    """What RESULTS and its journal have to agree on: the row's place, message, amount and status."""
    return _hashed(*_ROW, "status").alias("fate_key")


def sent() -> pl.Expr:
    """Whether the journal has to know the row."""
    statuses = {*Status} - {*NEVER_SENT, Status.PENDING}
    return pl.col("status").is_in([str(status) for status in statuses]).alias("sent")


def _hashed(*names: str) -> pl.Expr:
    return pl.struct(names).hash(11)
