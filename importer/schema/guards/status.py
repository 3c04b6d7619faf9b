"""A column that nothing reads, and that says of some rows that they are no revenue: rejected, refunded, pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.guards.reading import Values, bare, ignoring, is_few, lowered, told_apart
from importer.schema.guards.status_names import Kind, kind_of
from importer.schema.guards.status_senses import Sense, filled, sense_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from importer.schema.columns import Columns

_LOOK = 200  # rows by which a column that is not called a status shows that it is none
_FEW = 5
_LONGEST_CODE = 2  # of a state or province: nothing is said of a row by `OK` beside `CA`; or of a status: 0, 1, A, R


def may_be_status(name: str) -> bool:
    """Whether a column is a status by its name."""
    return kind_of(bare(name)) is not Kind.ANY


def may_hold_states(name: str, cells: pl.Series, null: frozenset[str]) -> bool:
    """Whether a column may be a status, as far as these cells tell."""
    return _Column(name, null).seems(lowered(cells))


class StatusGuard:
    """Watches every column that decides nothing: those that are called a status, and others as long as they may be.

    Args:
        null: words that stand for an empty cell, in lower case.
    """

    def __init__(self, null: frozenset[str]) -> None:
        self._null = null
        self._columns: dict[tuple[str, int], _Column] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        for key, name, position in told_apart(columns.silent):
            column = self._columns.setdefault(key, _Column(name, self._null))
            if column.may_be:
                column.look(source, batch[str(position)], rows["amount"])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for column in self._columns.values():
            if column.may_be:
                yield from column.sentences()


class _Column:
    def __init__(self, name: str, null: frozenset[str]) -> None:
        self.name = name
        self.may_be = True
        self._kind = kind_of(bare(name))
        self._null = null
        self._sources: dict[str, None] = {}
        self._values = Values()

    def look(self, source: str, cells: pl.Series, amounts: pl.Series) -> None:
        if cells.null_count() == cells.len() or not self.seems(lowered(cells.head(_LOOK))):
            return
        plain = lowered(cells)
        if self._kind is Kind.BAD_IF_FILLED:
            plain = filled(plain, self._null)
        if self.seems(plain):
            self._sources[source] = None
            self._values.spell(plain, cells)
            self._values.add(plain, amounts)

    def seems(self, cells: pl.Series) -> bool:
        """Whether it may be a status: what is not called so must hold nothing but words of one."""
        if self._kind in {Kind.STATUS, Kind.BAD_IF_FILLED}:
            return True
        found = cells.unique()
        self.may_be = is_few(found)
        if self._kind is Kind.SIDE:
            return self.may_be
        if self._kind is not Kind.TYPE:
            self.may_be = self.may_be and all(self._sense(value) is not Sense.UNKNOWN for value in found)
        return self.may_be

    def _sense(self, value: str) -> Sense:
        return sense_of(value, self._kind, self._null)

    def sentences(self) -> Iterator[str]:
        """What the column says, if it says anything."""
        senses: dict[Sense, list[str]] = {sense: [] for sense in Sense}
        for value in self._values.shares:
            senses[self._sense(value)].append(value)
        bad, good = senses[Sense.BAD], senses[Sense.EARNED]
        senses[Sense.NEUTRAL if not good else Sense.BAD] += senses[Sense.TAKEN_BACK]
        is_mixed = bool(good and senses[Sense.UNKNOWN]) and self._kind is not Kind.TYPE
        if not (bad or is_mixed or self._holds_codes(senses)) or self._holds_places():
            return
        open_ = [*senses[Sense.UNKNOWN], *senses[Sense.NEUTRAL]]
        if self._kind is Kind.BAD_IF_FILLED:
            good, senses[Sense.EMPTY] = senses[Sense.EMPTY], []
        yield self._sentence(bad, good, open_, senses[Sense.EMPTY])

    def _holds_places(self) -> bool:
        """Whether a column called `State` has nothing but short codes, as those of places are."""
        return self._kind is Kind.STATUS and self._is_short() and "status" not in self.name.casefold()

    def _holds_codes(self, senses: Mapping[Sense, list[str]]) -> bool:
        """Whether a status is told in codes, such as 0, 1 and 2: at least two, of which nobody knows what they say.

        So are debit and credit: which of them is revenue depends on whose account it is.
        """
        codes = len(senses[Sense.UNKNOWN])
        is_all = codes + len(senses[Sense.EMPTY]) == len(self._values.shares)
        if self._kind is Kind.SIDE:
            return 1 < codes <= _FEW
        return self._kind is Kind.STATUS and is_all and 1 < codes <= _FEW and self._is_short()

    def _is_short(self) -> bool:
        return all(len(value) <= _LONGEST_CODE for value in self._values.shares)

    def _sentence(self, bad: list[str], good: list[str], unknown: list[str], empty: list[str]) -> str:
        named = self._values.named
        doubtful = [*unknown, *empty] if good or not bad else []
        others = good or ([*unknown, *empty] if bad else [])
        what = [named(bad)] if bad else []
        what += [f"the others are {named(others)}"] if others else []
        what += [f"{named(doubtful)}: of these the program does not know what they say"] if doubtful else []
        return (
            f"{next(iter(self._sources))}: by the column {self.name!r}, which nothing reads, some rows may be no "
            f"revenue: {'; '.join(what)}. {self._advice(bad, good, doubtful)}"
        )

    def _advice(self, bad: list[str], good: list[str], doubtful: list[str]) -> str:
        if not good and not bad:
            takes = f"{self._where(['CODE'], is_not=False)} takes only the rows with a code"
            return f"Ask who wrote the file which code means revenue: {takes}; {ignoring(self.name)} takes all."
        if not good:
            takes = f"{self._where(bad, is_not=True)} leaves those out, and takes the others if they are revenue"
            return f"{takes}; {ignoring(self.name)} takes all."
        rest = [*bad, *doubtful]
        is_not = len(good) > max(_FEW, len(rest)) and not self._values.others.rows
        takes = self._where(rest if is_not else good, is_not=is_not)
        more = ""
        if doubtful:
            change = "take out of its list what is revenue" if is_not else "add to its list what else is revenue"
            more = f" ({change})"
        return f"{takes} takes only the rows that are{more}; {ignoring(self.name)} takes all."

    def _where(self, values: Iterable[str], *, is_not: bool) -> str:
        return self._values.where(self.name, sorted(values), is_not=is_not)
