"""The fates of earlier runs: a short line of each in memory, all their texts on disk until they are asked for.

A plan needs the content's keys, the status and a few codes. What else is known of a row (its fields as sent, the
revenue_id, the sentences) is needed where it is written again, or where a person is told of it.
"""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Parts, Spool
from importer.journal import no_fates
from importer.model import FATE, KEY, MAY_COUNT
from importer.plan.keys import KEYS, with_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_PRIOR = -1
HELD = ["already_recorded", "already_in_doubt", "looks_recorded"]
IS_HELD = (pl.col("status") == "duplicate") & pl.col("error_code").is_in(HELD)
"""Fates of rows that were held because other results know them: without those results, too, they stay held."""
FLAGS = ("from_results", "only_in_results")
SLICE_ROWS = 50_000
_ALL = (*FATE, KEY)
_WORD = pl.Categorical()
LINE = {
    **dict.fromkeys(KEYS, pl.UInt64()),
    **dict.fromkeys(("status", "error_code", "error_message"), _WORD),
    **dict.fromkeys(FLAGS, pl.Boolean()),
    "place": pl.UInt32(),
}


class Fates:
    """Fates, numbered from 0 in the order in which they were added; `close` gives the room on disk back.

    `lines` has one line of each, with the keys, `status`, `error_code`, the `error_message` of those that are held for
    other results, `from_results` (a changed RESULTS told it, not the journal beside it), `only_in_results` (and looks
    like another version of a row in the journal), the `place` of its texts on disk, and `KEY` only if any has one. The
    `columns` that are asked for may name that, too: it comes if it is here.
    """

    def __init__(self) -> None:
        self._lines = [pl.DataFrame(schema=LINE)]
        self._texts = Spool(or_memory=True)  # the journal or RESULTS has them: no room is no reason to stop
        self._last: tuple[int, tuple[str, ...], pl.DataFrame] | None = None

    def add(self, fates: pl.DataFrame) -> None:
        """The next ones, of a frame with the columns of `FATE`, `KEY` if there is one, and the flags if any is set."""
        if fates.is_empty():
            return
        place = self._texts.ends[-1] if self._texts.ends else 0
        self._texts.add(fates.select(FATE))
        flags = [name if name in fates.columns else pl.lit(value=False).alias(name) for name in FLAGS]
        lines = with_keys(fates).select(
            *KEYS,
            pl.col("status", "error_code").cast(_WORD),
            pl.when(IS_HELD).then("error_message").cast(_WORD).alias("error_message"),
            *flags,
            *([KEY] if KEY in fates.columns else []),
            pl.int_range(place, place + pl.len(), dtype=pl.UInt32).alias("place"),
        )
        self._lines.append(lines)

    @property
    def lines(self) -> pl.DataFrame:
        """The short lines; the number of a fate is its index here."""
        if len(self._lines) > 1:
            self._lines = [pl.concat(self._lines, how="diagonal", rechunk=True)]
        return self._lines[0]

    @property
    def keyed(self) -> bool:
        """Whether any has a key of the user's."""
        return KEY in self.lines.columns

    def tell_keys(self, keys: pl.Series) -> None:
        """Give the first ones these keys of the user's, which a journal tells only after them."""
        first, others = self.lines.head(len(keys)), self.lines.slice(len(keys))
        self._lines = [first.with_columns(keys.alias(KEY)), others]

    def deal_out(self, lines: pl.DataFrame) -> None:
        """Take the `KEYS` of these lines, which are those of the rows that the fates belong to."""
        self._lines = [self.lines.with_columns(lines[key] for key in KEYS)]

    def drop(self, numbers: pl.Series) -> None:
        """Forget these; those after them are numbered anew."""
        if not numbers.is_empty():
            self._lines = [self.lines.filter(~pl.int_range(pl.len()).is_in(numbers.cast(pl.Int64).implode()))]

    def left_by(self, prior: pl.Series, statuses: Sequence[str]) -> pl.Series:
        """The numbers of those with one of these statuses that no row took; `prior` are those that rows took."""
        taken = pl.repeat(False, self.lines.height, eager=True).scatter(prior.filter(prior != NO_PRIOR), True)
        left = self.lines["status"].is_in(statuses) & ~taken
        return left.arg_true().alias("prior")

    def at(self, numbers: pl.Series, columns: Sequence[str] = _ALL) -> pl.DataFrame:
        """The texts of the fates with these numbers, null where that is null or `NO_PRIOR`."""
        known = pl.select(pl.when(numbers.cast(pl.Int64) != NO_PRIOR).then(numbers)).to_series()
        names = self._names(columns)
        found = self._texts_of(known, [name for name in names if name != KEY])
        return found.with_columns(self.lines[KEY].gather(known)).select(names) if KEY in names else found

    def _names(self, columns: Sequence[str]) -> list[str]:
        return [name for name in columns if name != KEY or self.keyed]

    def _texts_of(self, known: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        wanted = self.lines.select(pl.col("place").gather(known)).with_row_index("at").drop_nulls()
        wanted = wanted if wanted["place"].is_sorted() else wanted.sort("place")
        found = pl.concat([no_fates().select(columns), *self._at(wanted["place"], tuple(columns))])
        if found.height == len(known) and wanted["at"].is_sorted():
            return found
        nth = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(known))
        nth = nth.scatter(wanted["at"], pl.int_range(found.height, dtype=pl.UInt32, eager=True))
        return found.select(pl.all().gather(nth))

    def counted(self, columns: Sequence[str]) -> pl.DataFrame:
        """The texts of those that may have been counted."""
        return self.at(self.lines["status"].is_in(MAY_COUNT).arg_true(), columns)

    def beside(self, prior: pl.Series, ends: Sequence[int], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The texts of the fate of each row of the input, in parts that end at `ends`; `prior` are their numbers.

        Each text is read once, even where the rows stand in another order by now.
        """
        known = prior.to_frame("prior").with_row_index("n").filter(prior != NO_PRIOR)
        if known["prior"].is_sorted():
            for begin, end in pairwise((0, *ends)):
                yield self.at(prior.slice(begin, end - begin), columns)
            return
        none = self.at(known["prior"].clear(), columns).with_columns(known["n"].clear())
        with closing(Parts(ends)) as parts:
            for some in known.sort("prior").iter_slices(SLICE_ROWS):
                parts.add(self.at(some["prior"], columns).with_columns(some["n"]))
            for part, (begin, end) in enumerate(pairwise((0, *ends))):
                rows = pl.int_range(begin, end, dtype=pl.UInt32, eager=True).to_frame("n")
                found = pl.concat([none, *parts[part]])
                yield rows.join(found, on="n", how="left", maintain_order="left").drop("n")

    def parts(self, columns: Sequence[str] = _ALL) -> Iterator[pl.DataFrame]:
        """The texts of all, in their order, some at a time."""
        names, begin = self._names(columns), 0
        for texts in self._at(self.lines["place"], tuple(name for name in names if name != KEY)):
            yield texts.with_columns(self.lines[KEY].slice(begin, texts.height)) if KEY in names else texts
            begin += texts.height

    def whole(self, columns: Sequence[str] = _ALL) -> pl.DataFrame:
        """The texts of all in one frame, with the keys."""
        none = self.at(pl.Series(dtype=pl.UInt32), columns)
        return pl.concat([none, *self.parts(columns)]).hstack(self.lines.select(KEYS))

    def _at(self, places: pl.Series, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """The texts at these places, which ascend."""
        begin, first = 0, 0
        for part, end in enumerate(self._texts.ends):
            after = int(places.search_sorted(end))
            if after > first:
                texts, here = self._part(part, columns), places.slice(first, after - first) - begin
                yield texts if len(here) == texts.height else texts.select(pl.all().gather(here))
            begin, first = end, after

    def _part(self, part: int, columns: tuple[str, ...]) -> pl.DataFrame:
        """One part of the texts; the last one is kept, as the next rows are mostly in it, too."""
        if self._last is None or self._last[:2] != (part, columns):
            self._last = part, columns, self._texts.read(part, columns)
        return self._last[2]

    def close(self) -> None:
        """Give the room back."""
        self._texts.close()
