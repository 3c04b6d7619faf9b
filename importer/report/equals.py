"""The earlier rows that held rows are equal to, and what became of those: what to do about a copy hangs on that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.codes import TITLES
from importer.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.report.places import Places

EQUAL = "duplicate_row"
_PLACE = ("results", "source", "row")
# As `plan/totals.py::held_as_equal` writes it: `the same as row 3 (line 4) of june.csv`.
_SAME = r"the same as row ([0-9]+)(?: \(line [0-9]+\))?(?: of (.*))?$"
_EMPTY = pl.DataFrame(schema={**dict.fromkeys(_PLACE, pl.String), "fate": pl.String})


@dataclass(slots=True)
class Equals:
    """The held rows that were seen, each with the place of the row that it is equal to."""

    _parts: list[pl.DataFrame] = field(default_factory=list)

    def add(self, lines: pl.DataFrame, book: int) -> None:
        """Take a batch of lines with their `code`."""
        held = lines.filter((pl.col("code") == EQUAL) & (pl.col("status") == str(Status.DUPLICATE)))
        if held.is_empty():
            return
        named = pl.col("error_message").str.extract
        first, other = named(_SAME, 1).cast(pl.UInt32, strict=False), pl.coalesce(named(_SAME, 2), "source")
        book_number = pl.lit(book, pl.UInt32).alias("book")
        self._parts.append(held.select(*_PLACE, book_number, first.alias("place"), other.alias("first_source")))

    def fates(self, places: Places) -> pl.DataFrame:
        """`results`, `source` and `row` of each held row, and the `fate` of the one that it is equal to, if known."""
        if not self._parts:
            return _EMPTY
        held = pl.concat(self._parts)
        numbers = held["first_source"].replace_strict(places.names, default=None, return_dtype=pl.UInt32)
        held = held.with_columns(numbers.alias("first_source"))
        wanted = held.select("book", "place", source="first_source").unique()
        known = places.all().filter("in_input").join(wanted, on=["book", "source", "place"], how="semi")
        found = held.join(
            known.select("book", "place", "fate", first_source="source").unique(["book", "place", "first_source"]),
            on=["book", "place", "first_source"],
            how="left",
            maintain_order="left",
        )
        # Where two results files have the same name, a place may be of either: nothing is said of it.
        return found.select(*_PLACE, pl.col("fate").cast(pl.String)).unique(_PLACE, keep="none")


def by_fate(fates: pl.DataFrame) -> Mapping[Status, int]:
    """How many held rows are equal to one with each fate, as far as that is known."""
    return Counter(Status(fate) for fate in fates["fate"].drop_nulls())


def with_fates(lines: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """Add `equal_to`: what the status of the row is called that a held one is equal to."""
    if fates.is_empty():
        return lines.with_columns(equal_to=pl.lit(None, pl.String))
    titles = {str(status): TITLES[status] for status in Status}
    named = fates.select(*_PLACE, equal_to=pl.col("fate").replace_strict(titles, return_dtype=pl.String))
    return lines.join(named, on=_PLACE, how="left", maintain_order="left")


def by_place(fates: pl.DataFrame, lines: list[Mapping[str, str]]) -> dict[tuple[str, ...], str]:
    """The fates that are known, of some of the rows alone."""
    if fates.is_empty():
        return {}
    schema = dict.fromkeys(_PLACE, pl.String)
    some = pl.DataFrame({name: [line[name] for line in lines] for name in _PLACE}, schema=schema)
    found = fates.join(some, on=list(_PLACE), how="semi").drop_nulls("fate")
    return {tuple(place): fate for *place, fate in found.iter_rows()}
