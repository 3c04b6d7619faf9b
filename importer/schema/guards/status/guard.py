"""A column that says of some rows that they are no revenue: rejected, refunded, pending.

Nothing reads it, or it is sent as the offer: to send such a word is no decision about what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.columns import bare
from importer.schema.guards.given_names import may_be_any_word
from importer.schema.guards.reading import FILLED, Values, ignoring, is_few, lowered, told_apart
from importer.schema.guards.status.kinds import is_ledger, senses_of_documents, senses_of_kinds
from importer.schema.guards.status.names import (
    BY_CONTENT,
    BY_FEW,
    BY_NO,
    BY_YES,
    STATES,
    Kind,
    kind_of,
    may_be_of_places,
    may_number_steps,
    may_tell_of_a_part,
)
from importer.schema.guards.status.senses import Sense, filled, is_mark, sense_of, with_amounts_filled
from importer.schema.guards.status.states import senses_of_states
from importer.schema.guards.status.words import are_of_customers, is_waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from importer.schema.columns import Columns

_LOOK = 200  # rows by which a column that is not called a status shows that it is none
_FEW = 5
_KINDS = 20  # different values that a status has at most, where none of them is known
_LONGEST_CODE = 2  # of a state or province: nothing is said of a row by `OK` beside `CA`
_UNREAD = "nothing reads"
_OFFERED = "is sent as the offer"
_NARROWED = "only leaves rows out"
_FLAGS = {Kind.BAD_IF_YES, Kind.BAD_IF_NO, Kind.BAD_IF_DONE}
_TELLING = _FLAGS | {Kind.STATUS, Kind.PERHAPS_BAD_IF_NO}
"""What such a column says of rows it says by its name: two kinds of values are two kinds of rows."""
_BY_WORDS = {Kind.TYPE, Kind.MARK, Kind.ANY}
_BY_NAME = {*STATES, *BY_CONTENT}


def may_be_status(name: str) -> bool:
    """Whether a column is a status by its name."""
    return kind_of(bare(name)) is not Kind.ANY


def may_hold_states(name: str, cells: pl.Series, null: frozenset[str]) -> bool:
    """Whether a column may be a status, as far as these cells tell."""
    return _Column(name, null, _UNREAD).seems(lowered(cells))


class StatusGuard:
    """Watches every column that decides nothing: those that are called a status, and others as long as they may be.

    Of the offers it hears only what says that rows are no revenue.

    Args:
        null: words that stand for an empty cell, in lower case.
    """

    def __init__(self, null: frozenset[str]) -> None:
        self._null = null
        self._columns: dict[tuple[str, int, str], _Column] = {}
        self._decided = False

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        silent = {at for _, at in columns.silent}
        self._decided |= any(_is_status(name) for at, name in enumerate(columns.titles) if at not in silent)
        narrowed = [one for one in columns.narrowed if kind_of(bare(one[0])) is Kind.TYPE]
        told = {_UNREAD: columns.silent, _OFFERED: columns.offer, _NARROWED: narrowed}
        for used, found in told.items():
            for key, name, position in told_apart(found):
                column = self._columns.setdefault((*key, used), _Column(name, self._null, used))
                if column.may_be:
                    column.look(source, batch[str(position)], rows["amount"])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        columns = [column for column in self._columns.values() if column.may_be]
        is_told = self._decided or any(column.tells for column in columns)
        for column in columns:
            yield from column.sentences(is_told=is_told)


def _is_status(title: str) -> bool:
    return kind_of(bare(title)) is Kind.STATUS


class _Column:
    def __init__(self, name: str, null: frozenset[str], used: str) -> None:
        self.name = name
        self.may_be = True
        self._used = used
        self._kind = kind_of(bare(name))
        self._null = null
        self._is_ledger = False  # not called so, but told by its values
        self._sources: dict[str, None] = {}
        self._values = Values()

    @property
    def tells(self) -> bool:
        """Whether it is called a status, and says something."""
        return self._kind is Kind.STATUS and any(self._sense(value) is not Sense.EMPTY for value in self._values.shares)

    def look(self, source: str, cells: pl.Series, amounts: pl.Series) -> None:
        is_blank = cells.null_count() == cells.len()
        if (is_blank and self._kind in _BY_WORDS) or not self.seems(self._as_compared(cells.head(_LOOK))):
            return
        plain = self._as_compared(cells)
        if self.seems(plain):
            self._sources[source] = None
            self._values.spell(plain, cells)
            says = (plain != "") | amounts.is_not_null()  # an empty cell of a row without money says nothing
            self._values.add(plain.filter(says), amounts.filter(says))

    def _as_compared(self, cells: pl.Series) -> pl.Series:
        plain = lowered(cells)
        if self._kind in BY_CONTENT:
            return filled(plain, self._kind, self._null)
        return with_amounts_filled(plain) if self._kind in _FLAGS else plain

    def seems(self, cells: pl.Series) -> bool:
        """Whether it may be a status: what is not called so must hold nothing but words of one."""
        if self._kind in _BY_NAME:
            return True
        found = cells.unique()
        self.may_be = is_few(found)
        self._is_ledger |= self._kind is Kind.ANY and self.may_be and is_ledger(found, bare(self.name))
        if not self._is_ledger and self._kind not in _FLAGS | {Kind.TYPE, Kind.SIDE, Kind.MARK}:
            self.may_be = self.may_be and all(self._sense(value) is not Sense.UNKNOWN for value in found)
        return self.may_be

    def _sense(self, value: str) -> Sense:
        return sense_of(value, self._kind, self._null)

    def sentences(self, *, is_told: bool) -> Iterator[str]:
        """What the column says, if it says anything; `is_told`: a status of the file says what its rows are.

        Beside that one, what they were before says nothing, nor a reason, nor that goods or people wait for something.
        """
        if self._kind in {Kind.EARLIER, Kind.BAD_IF_FEW_ARE_FILLED} and is_told:
            return
        senses = self._by_sense()
        bad, good, empty = senses[Sense.BAD], senses[Sense.EARNED], senses[Sense.EMPTY]
        if self._kind is Kind.STATE_OF_ANOTHER and is_told and all(map(is_waiting, bad)):
            return
        if self._used == _NARROWED and not good:
            return  # it was said that what is left is taken
        if self._kind is Kind.ANY and len(bad) == len(self._values.shares) and may_be_any_word(self.name):
            return
        if self._kind is Kind.STATE_OF_ANOTHER and good:  # goods that are still to be sent are sold
            good, senses[Sense.NEUTRAL], empty = [*good, *senses[Sense.NEUTRAL], *empty], [], []
        open_ = [*senses[Sense.UNKNOWN], *senses[Sense.NEUTRAL]]
        is_open = self._used != _OFFERED and self._is_open(good, open_, empty, senses[Sense.UNKNOWN])
        if self._kind is Kind.EARLIER and bad:
            yield self._sentence_of_earlier(bad)
        elif (bad or is_open) and not self._holds_places():
            yield self._sentence(bad, good, open_, empty)

    def _by_sense(self) -> dict[Sense, list[str]]:
        """Its values by what they say, each beside the others."""
        found: dict[Sense, list[str]] = {sense: [] for sense in Sense}
        for value, sense in self._beside_others().items():
            found[sense].append(value)
        found[Sense.BAD if found[Sense.EARNED] else Sense.NEUTRAL] += found[Sense.TAKEN_BACK]
        if self._kind in BY_FEW and FILLED in found[Sense.BAD] and not self._are_few_filled():
            found[Sense.BAD].remove(FILLED)
            found[Sense.EARNED].append(FILLED)
        if self._kind in BY_YES | BY_FEW | {Kind.BAD_IF_FILLED}:
            found[Sense.EARNED] += found[Sense.EMPTY]
            found[Sense.EMPTY] = []
        if self._kind is Kind.BAD_IF_EMPTY and found[Sense.EARNED]:
            found[Sense.BAD], found[Sense.EMPTY] = found[Sense.EMPTY], []
        return found

    def _beside_others(self) -> dict[str, Sense]:
        values = self._values.shares
        if self._kind is Kind.TYPE:
            return senses_of_kinds(values, bare(self.name), self._null)
        if self._is_ledger:
            return senses_of_documents(values, bare(self.name), self._null)
        return senses_of_states(values, bare(self.name), self._kind, self._null)

    def _is_open(self, good: list[str], open_: list[str], empty: list[str], unknown: list[str]) -> bool:
        """Whether there are two kinds of rows at least, and nobody can vouch for all of them.

        So are debit and credit: which of them is revenue depends on whose account it is.
        """
        if self._kind in {Kind.STATE_OF_ANOTHER, Kind.EARLIER} or (not good and are_of_customers(open_)):
            return False
        if self._kind is Kind.STATE:
            are_codes = 1 < len(unknown) <= _FEW and self._is_short() and not may_number_steps(bare(self.name))
            return bool(unknown if good else are_codes)
        if self._kind is Kind.SIDE:
            return 1 < len(unknown) <= _FEW
        if self._kind is Kind.MARK:
            return bool(unknown) and 1 < len([*good, *open_, *empty]) <= _FEW and all(map(is_mark, unknown))
        if self._kind not in _TELLING:
            # Of a type only kinds of documents are unknown, where there are several.
            return (bool(good) or self._kind is Kind.TYPE) and 0 < len(unknown) <= _KINDS
        if good:
            return bool(open_ or empty) and (self._kind is Kind.STATUS or len(open_) <= _KINDS)
        return bool(open_) and 1 < len(open_) + bool(empty) <= _KINDS

    def _are_few_filled(self) -> bool:
        shares = self._values.shares
        rows = sum(share.rows for value, share in shares.items() if self._sense(value) is Sense.BAD)
        return 3 * rows <= sum(share.rows for share in shares.values())

    def _holds_places(self) -> bool:
        """Whether a column called `State` has nothing but short words, as those of places are: of two letters."""
        is_called_so = self._kind in {Kind.STATE, Kind.STATE_OF_ANOTHER} and may_be_of_places(bare(self.name))
        told = [value for value in self._values.shares if value]
        are_places = not any(map(str.isdecimal, told)) and any(len(value) > 1 for value in told)
        return is_called_so and self._is_short() and are_places

    def _is_short(self) -> bool:
        return all(len(value) <= _LONGEST_CODE for value in self._values.shares)

    def _sentence_of_earlier(self, bad: list[str]) -> str:
        return (
            f"{next(iter(self._sources))}: the column {self.name!r}, which nothing reads, tells what rows were before, "
            f"{self._values.named(bad)}, and no column what they are now: some may be no revenue. Export the file with "
            f"the status that they have now; {ignoring(self.name)} takes all."
        )

    def _sentence(self, bad: list[str], good: list[str], unknown: list[str], empty: list[str]) -> str:
        named = self._values.named
        doubtful = [*unknown, *empty] if good or not bad else []
        others = good or ([*unknown, *empty] if bad else [])
        what = [named(bad)] if bad else []
        what += [f"the others are {named(others)}"] if others and bad else []
        what += [f"{named(doubtful)}: of these the program does not know what they say"] if doubtful else []
        what += [f"{named(others)} say that they are"] if others and not bad else []
        source = next(iter(self._sources))
        return (
            f"{source}: by the column {self.name!r}, which {self._used}, some rows may be no revenue: "
            f"{'; '.join(what)}. {self._advice(bad, good, doubtful)}"
        )

    def _advice(self, bad: list[str], good: list[str], doubtful: list[str]) -> str:
        if not good and not bad:
            said = [value for value in self._values.ordered(doubtful) if self._sense(value) is not Sense.EMPTY]
            one_of = [self._where([value], is_not=False) for value in said[:_FEW]]
            one_of += [self._where(said, is_not=True)] if len(said) == 1 else []  # those that are empty
            ask = f"Ask who wrote the file which of them means revenue: {' or '.join(one_of)}"
            return f"{ask}; {ignoring(self.name)} takes all."
        if not good and FILLED in bad:
            good = [""]
        if not good and len(bad) == len(self._values.shares):
            return f"If they are revenue all the same, {ignoring(self.name)} takes all."
        if not good:
            takes = f"{self._where(bad, is_not=True)} leaves those out, and takes the others if they are revenue"
            return f"{takes}; {ignoring(self.name)} takes all."
        rest = [*bad, *doubtful]
        is_long = len(good) > max(_FEW, len(rest)) and not self._values.others.rows
        is_not = FILLED in good or (is_long and FILLED not in rest and not doubtful)
        takes = self._where(rest if is_not else good, is_not=is_not)
        more = ""
        if doubtful:
            change = "take out of its list what is revenue" if is_not else "add to its list what else is revenue"
            more = f" ({change})"
        # What is not paid yet may be earned all the same: only a person knows.
        which = "others" if self._kind in BY_NO | {Kind.BAD_IF_EMPTY} and not doubtful else "rows that are revenue"
        if FILLED in bad and may_tell_of_a_part(self.name):
            which = "rows of which nothing was taken back, not even a part"
        return f"{takes} takes only the {which}{more}; {ignoring(self.name)} takes all."

    def _where(self, values: Iterable[str], *, is_not: bool) -> str:
        return self._values.where(self.name, sorted(values), is_not=is_not)
