"""Lines that sum up others and carry something in the place of an id: `GrandTot`, `June2026`, `00000000`.

A row is asked about that is the sum of all others: of two where it lacks the timestamp that others have, or stands at
an end of the file with a label; of some more where it stands there, and of many wherever it stands, as an amount alone
is chance among a few round ones. So is a row whose id is a label, whatever its amount is: a report rounds, and leaves
out what it does not show. Then a person says what it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT
from importer.schema.cells import are_empty, stripped
from importer.schema.guards.disguised.group_totals import Groups
from importer.schema.guards.disguised.labelled_totals import LABEL, positions_of_labels
from importer.schema.guards.disguised.total_lines import IS_SENT, Line, lines_of, named, share_of
from importer.schema.guards.reading import ignoring
from importer.schema.lines import SAYS_SO, like_labels, may_be_labels, say_total
from importer.schema.money import Money, MoneySums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.schema.columns import Columns
    from importer.schema.guards.disguised.ids_of_rows import IdsOfRows

_ALL = r"^(?i:all|alle|tous|todos|tutti)$"
_ROWS = 3  # itself and two others: two rows of one amount are no row and its total
_NO_LINES = pl.Series(dtype=pl.UInt32)
_MORE = 4  # others of which it is the sum, where nothing but its place hints at it
_MANY = 8  # others, where not even that does
_MOST = 100  # rows with a label for an id, beyond which that tells nothing
_MOST_UNTIMED = 2_000  # rows without a timestamp


@dataclass(slots=True)
class _File:
    """The rows of a file that may be its total, among them those at its ends, and the sum of all rows.

    `with_money` of its `rows` have an amount; `empty` is the number of empty cells of each column, `labels` that of ids
    that have a word for a total in them, of which those that say something are `labelled`. `moment` is the timestamp's
    name.
    """

    title: str
    sums: MoneySums = field(default_factory=MoneySums)
    rows: int = 0
    with_money: int = 0
    empty: Counter[str] = field(default_factory=Counter)
    without_moment: list[Line] = field(default_factory=list)
    labelled: list[Line] = field(default_factory=list)
    labels: int = 0
    groups: Groups = field(default_factory=Groups)
    first: list[Line] = field(default_factory=list)
    last: list[Line] = field(default_factory=list)
    largest: list[Line] = field(default_factory=list)
    moment: str = ""
    has_moments: bool = False
    begun: bool = False

    def look_at_last(self, row: pl.DataFrame, cells: pl.DataFrame, columns: Columns) -> None:
        """Take in the last row."""
        self.last = _at_an_end(row, cells, columns)

    @property
    def untimed(self) -> list[Line]:
        """The lines without a timestamp, where that tells something."""
        return self.without_moment if self.has_moments and len(self.without_moment) <= _MOST_UNTIMED else []

    def totals(self) -> Iterator[Line]:
        """The lines whose amount is the sum of all other rows: with it, all rows are twice its amount."""
        lines = {line.row: line for line in (*self._by_amount(), *self.untimed, *self._hinted())}
        for line in lines.values():
            if self.sums.have(EXACT.add(line.amount, line.amount), least=_ROWS):
                yield self._by_its_id(line)

    def at_ends_or_largest(self) -> dict[int, Line]:
        """The rows that may sum up several files, by their numbers."""
        return {line.row: line for line in (*self.first, *self.last, *self.largest)}

    def group_totals(self) -> list[Line]:
        """The lines that sum up groups of rows, unless they are among the `totals`."""
        lines = self.untimed
        found = [self._by_its_id(lines[n]) for n in self.groups.totals()] if lines else []
        known = {line.row for line in self.totals()}
        return found if any(line.row not in known for line in found) else []

    def labelled_lines(self) -> list[Line]:
        """The lines whose ids are labels, unless they are among the `totals`, or too many."""
        if len(self.labelled) > _MOST or 2 * self.labels > self.rows:
            return []
        known = {line.row for line in (*self.totals(), *self.group_totals())}
        return [line for line in self.labelled if line.row not in known]

    def _by_its_id(self, line: Line) -> Line:
        """The line, with the column of ids to be ignored where it would be asked about without the other, too."""
        rows = {one.row for one in (*self.labelled, *self._by_amount())}
        return replace(line, column=self.title) if line.row in rows else line

    @property
    def _others(self) -> int:
        """How many rows have an amount, but for the one that may be the sum of these."""
        return self.with_money - 1

    def _by_amount(self) -> Iterator[Line]:
        """The row with the largest amount, where so many others have one that it is their sum by no chance."""
        ends = {line.row for line in (*self.first, *self.last)}
        for line in self.largest:
            if self._others >= (_MORE if line.row in ends else _MANY):
                yield line

    def _hinted(self) -> Iterator[Line]:
        """The rows at its ends that have a label, or lack what all others have."""
        for line in (*self.first, *self.last):
            lacks = next((column for column in line.lacks if self.empty[column] == 1), None)
            if lacks is not None and self._others >= _MORE - 1:
                why = line.why or f"has no {lacks}, which all others have"
                yield replace(line, why=why, column=self.title)  # with another column ignored it would still lack this
            elif line.why:
                yield line


class DisguisedTotalsGuard:
    """Watches rows that would be sent, though they are the sum of all others of their file, or of a group of them."""

    def __init__(self, ids: IdsOfRows) -> None:
        self._ids = ids
        self._files: dict[str, _File] = {}
        self._end: Callable[[], None] | None = None

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        title = columns.names.get("message_id")
        if title is None or not rows.height or columns.positions["message_id"] in columns.ignored:
            return
        if source not in self._files:
            self._look_at_end()
        file = self._files.setdefault(source, _File(title))
        file.sums.add(Money(rows))
        file.rows += rows.height
        file.with_money += int((rows["amount"] > 0).sum())
        for position in positions_of_labels(batch, columns):
            file.empty[columns.titles[position]] += int(are_empty(batch[str(position)]).sum())
        file.first += [] if file.begun else _at_an_end(rows.head(1), batch.head(1), columns)
        file.begun = True
        self._end = partial(file.look_at_last, rows.tail(1), batch.tail(1), columns)
        _look_at_amounts(file, rows, columns)
        _look_at_labels(file, rows, columns)
        self._look_at_moments(file, rows, columns)

    def _look_at_moments(self, file: _File, rows: pl.DataFrame, columns: Columns) -> None:
        position = columns.positions.get("timestamp")
        if position is None or position in columns.ignored or len(file.without_moment) > _MOST_UNTIMED:
            return
        file.has_moments = file.has_moments or not rows.select(stripped(pl.col("timestamp")).is_null().all()).item()
        if not rows["timestamp"].null_count():
            file.groups.add(rows, _NO_LINES)
            return
        untimed = rows.select(pl.col("timestamp").is_null() & IS_SENT).to_series().arg_true().head(_MOST_UNTIMED + 1)
        file.moment = column = columns.names["timestamp"]
        file.without_moment += lines_of(rows[untimed], f"has no {column}, which others have", column, columns)
        file.groups.add(rows, untimed)

    def _look_at_end(self) -> None:
        """Look at the last row of the file before: of the batch of which no other came behind it."""
        if self._end is not None:
            self._end()
        self._end = None

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        self._look_at_end()
        for source, file in self._files.items():
            self._ids.ask(source, [*file.totals(), *file.group_totals(), *file.labelled_lines()])
        for source, file in self._files.items():
            for line in file.totals():
                yield (
                    f"{source}: {line.place} ({line.id!r}) {_and(line.why)}is the sum of all other rows, "
                    f"{share_of(line)}: it may be a total, and would count twice. "
                    f"{self._ids.way_out(source, file.title, [line], 'leaves it out')}; "
                    f"{ignoring(line.column)} takes it as a row."
                )
            if lines := file.group_totals():
                column = next((line.column for line in lines if line.column == file.title), lines[0].column)
                yield (
                    f"{source}: without a {file.moment}, which others have, and with the sum of a group of rows as "
                    f"amount: {named(lines)}, together {share_of(*lines)}. Such lines may be totals, and would count "
                    f"twice. {self._ids.way_out(source, file.title, lines, 'leaves out what is so called')}; "
                    f"{ignoring(column)} takes all."
                )
            if lines := file.labelled_lines():
                yield (
                    f"{source}: with a word for a total in the place of an id: {named(lines)}, together "
                    f"{share_of(*lines)}. Such lines may sum up others, and would count twice. "
                    f"{self._ids.way_out(source, file.title, lines, 'leaves out what is so called')}; "
                    f"{ignoring(file.title)} takes all."
                )
        yield from self._of_several_files()

    def _of_several_files(self) -> Iterator[str]:
        """A sentence for each row that is the sum of all others of the files, or of those up to its own."""
        whole, above = MoneySums(), MoneySums()
        for file in self._files.values():
            whole.join(file.sums)
        for n, (source, file) in enumerate(self._files.items()):
            above.join(file.sums)
            known = {line.row for line in file.totals()}
            of_several = (whole, above) if n else (whole,)
            for line in file.at_ends_or_largest().values() if len(self._files) > 1 else ():
                twice = EXACT.add(line.amount, line.amount)
                if line.row not in known and any(sums.have(twice, least=_MORE + 1) for sums in of_several):
                    yield (
                        f"{source}: {line.place} ({line.id!r}) is the sum of all other rows of these files, "
                        f"{share_of(line)}: it may be a total, and would count twice. "
                        f"{self._ids.way_out(source, file.title, [line], 'leaves it out')}; "
                        f"{ignoring(file.title)} takes it as a row."
                    )


def _look_at_amounts(file: _File, rows: pl.DataFrame, columns: Columns) -> None:
    """Keep the row with the largest amount of those that would be sent: no other is the sum of all others."""
    at = rows["amount"].arg_max()
    if at is not None and rows["excluded"][at]:
        at = rows.select(pl.when(~pl.col("excluded")).then("amount").arg_max()).item()
    if at is not None and (not file.largest or rows["amount"][at] > file.largest[0].amount):
        file.largest = lines_of(rows[at], "", file.title, columns)


def _look_at_labels(file: _File, rows: pl.DataFrame, columns: Columns) -> None:
    """Note rows that say in the place of an id that they are totals; at an end of the batch a short word is enough."""
    like = like_labels(rows["message_id"])
    at = like.filter(may_be_labels(rows["message_id"].gather(like)))
    if at.is_empty():
        return
    file.labels += at.len()
    says = say_total(rows["message_id"].gather(at)) | at.is_in([0, rows.height - 1])
    file.labelled += lines_of(rows[at.filter(says).head(_MOST + 1)], "", file.title, columns)


def _and(why: str) -> str:
    return f"{why}, and " if why else ""


def _at_an_end(row: pl.DataFrame, cells: pl.DataFrame, columns: Columns) -> list[Line]:
    """The row at an end of the file; by its label in a column that is not its id, amount, type or moment, if any."""
    positions = positions_of_labels(cells, columns)
    texts = {columns.titles[position]: (cells[str(position)].item() or "").strip() for position in positions}
    lacks = tuple(title for title, text in texts.items() if not text)
    column = next((title for title, text in texts.items() if _is_label(text)), "")
    why = f"says {texts[column][:40]!r} in {column}" if column else ""
    return [replace(line, lacks=lacks) for line in lines_of(row, why, column, columns)]


def _is_label(text: str) -> bool:
    cell = pl.Series([text])
    return any(cell.str.contains(pattern).any() for pattern in (SAYS_SO, LABEL, _ALL))
