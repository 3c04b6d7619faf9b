"""Sums over all lines, a batch at a time, and the first few lines of everything that a person may want to see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Share, Status, added
from importer.report.amounts import refunds, share, summed, with_refunds
from importer.report.equals import Equals
from importer.report.listing import MAX_LISTED, Listing
from importer.report.places import Places
from importer.results import COLUMNS
from importer.schema import further_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.report.amounts import Reading
    from importer.report.currency import BookCurrency
    from importer.report.reading import Book

LEFT_OUT = "yes"
"""What the column `left_out` of the sums holds for rows that were left out knowingly."""
_MANY_PARTS = 40
# As `schema/row_filter.py` says why a row is left out.
_OPTION = "(--[a-z]+)"
_BROKEN = (*COLUMNS, "results")


class Sums:
    """Rows and exact revenue by the values of some columns."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._parts: list[pl.DataFrame] = []

    def add(self, lines: pl.DataFrame, alike: Mapping[str, str]) -> None:
        """Take a batch; `alike` are columns that have one value in all of it, which saves the time to group by them."""
        grouped = lines.group_by([key for key in self._keys if key not in alike]).agg(summed())
        found = grouped.with_columns(pl.lit(alike[key]).alias(key) for key in self._keys if key in alike)
        self._parts.append(found.select(*self._keys, "rows", "whole", "parts"))
        if len(self._parts) > _MANY_PARTS:
            self._parts = [self._merged(self._keys)]

    def of(self, key: str, value: str) -> Sums:
        """Those of the rows that have a value in a column."""
        if len(self._parts) > 1:
            self._parts = [self._merged(self._keys)]
        found = Sums(*self._keys)
        found._parts = [part.filter(pl.col(key) == value) for part in self._parts]
        return found

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

    `part` is what may not be added up with another one: the currency, where `currencies` says how each book's lines
    tell it, otherwise the file or sheet. `again` are the rows that count in another book; no other sum has them.
    `places` has a short line for
    each row: what the controls compare.
    `refunds` are by part and code; `left_out_by` are the options that lines name by which they are excluded;
    `further` counts the codes of invalid rows behind their first.
    """

    currencies: Sequence[BookCurrency] | None = None
    fates: Sums = field(default_factory=lambda: Sums("part", "book", "status", "kind", "code", "left_out"))
    offers: Sums = field(default_factory=lambda: Sums("part", "offer", "status", "left_out"))
    days: Sums = field(default_factory=lambda: Sums("part", "day", "local_day", "status", "left_out"))
    by_source: Sums = field(default_factory=lambda: Sums("source", "status", "left_out"))
    kept: Sums = field(default_factory=lambda: Sums("part", "book", "status", "code"))
    again: Sums = field(default_factory=lambda: Sums("book", "status"))
    total: Sums = field(default_factory=lambda: Sums("book"))
    refunds: dict[tuple[str, str], Share] = field(default_factory=dict)
    seconds: list[pl.DataFrame] = field(default_factory=list)
    listing: Listing = field(default_factory=Listing)
    broken: list[pl.DataFrame] = field(default_factory=list)
    broken_rows: int = 0
    equals: Equals = field(default_factory=Equals)
    places: Places = field(default_factory=Places)
    targets: set[str] = field(default_factory=set)
    left_out_by: set[str] = field(default_factory=set)
    further: Counter[str] = field(default_factory=Counter)
    sources: dict[str, int] = field(default_factory=dict)

    def add(self, lines: pl.DataFrame, number: int, book: Book, reading: Reading) -> None:
        """Take a batch of lines of a book that were made `understood`, and marked by `SharedRows`."""
        lines = with_refunds(lines, reading).with_columns(
            part=pl.col("source").fill_null("") if self.currencies is None else self.currencies[number].part(),
            source=pl.col("source").fill_null(""),
            code=pl.when(pl.col("status") != str(Status.EXCLUDED)).then("error_code").fill_null(""),
            status=pl.col("status").fill_null("(none)"),
            left_out=pl.when("left_out").then(pl.lit(LEFT_OUT)).otherwise(pl.lit("")),
            in_input=pl.col("row").is_not_null(),
            results=pl.lit(book.name),
            book=pl.lit(str(number)),
        )
        self.places.add(lines, number)
        if lines["again"].any():
            self.again.add(lines.filter("again"), {})
            lines = lines.filter(~pl.col("again"))
        self.refunds = added([self.refunds, refunds(lines)])
        whole = bool(lines["in_input"].all())  # as nearly always; a copy of all columns takes its time
        here, gone = (lines, lines.clear()) if whole else (lines.filter("in_input"), lines.filter(~pl.col("in_input")))
        alike = _alike(here)
        for sums in (self.fates, self.offers, self.days, self.total, self.by_source):
            sums.add(here, alike)
        self.kept.add(gone, _alike(gone))
        for source, rows in here.group_by("source", maintain_order=True).len().iter_rows():
            self.sources[source] = self.sources.get(source, 0) + rows
        self._note(lines, number)
        self.listing.add(lines)

    def _note(self, lines: pl.DataFrame, book: int) -> None:
        resolved = pl.col("code").str.starts_with("resolved_")
        second = pl.col("finished_at").str.slice(0, 19)
        finished = lines.filter(~resolved & pl.col("finished_at").is_not_null()).select(second.alias("second"))
        self.seconds.append(finished.group_by("second").len("rows"))
        self.targets.update(lines["target"].drop_nulls().unique())
        self.further += further_codes(lines.filter(pl.col("status") == str(Status.INVALID))["error_message"])
        excluded = lines.filter(pl.col("status") == str(Status.EXCLUDED))["error_message"]
        self.left_out_by.update(excluded.str.extract(_OPTION).drop_nulls().unique())
        self.equals.add(lines, book)
        broken = lines.filter("broken")
        self.broken_rows += broken.height
        if broken.height and len(self.broken) < MAX_LISTED:
            self.broken.append(broken.head(5).select(_BROKEN))


def _alike(lines: pl.DataFrame) -> dict[str, str]:
    """The columns, of those that rarely change, that have one value in all lines."""
    names = ("book", "part", "source", "left_out")
    return {name: lines[name][0] for name in names if lines.height and lines[name].n_unique() == 1}
