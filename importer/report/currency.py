"""In which currency the amounts are, as far as the results and their journals say it: nothing is asserted unchecked.

A kept column says it row by row; otherwise the import of a results file noted one of every row, or was told one. Then
the rows that it left out may be of any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.report.figures import ANY, Currency
from importer.report.reading import KEPT
from importer.schema import may_be_currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.report.reading import Book


@dataclass(frozen=True, slots=True)
class BookCurrency:
    """What is known of one results file.

    `column` is the kept one that says the currency row by row. Otherwise `name` is that of all rows, by what `known_by`
    says; if it was `chosen`, but for those that were left out. `untold`: its rows have this column of currencies, which
    no line repeats before the run has ended.
    """

    name: str = ""
    known_by: str = ""
    chosen: bool = False
    column: str = ""
    untold: str = ""

    def part(self) -> pl.Expr:
        """The currency of each line; empty where it does not say one."""
        if self.column:
            return pl.col(KEPT + self.column).fill_null("").str.strip_chars().str.to_uppercase()
        if not self.chosen:
            return pl.lit(self.name)
        left_out = (pl.col("status") == str(Status.EXCLUDED)).fill_null(value=False)
        return pl.when(left_out).then(pl.lit(ANY)).otherwise(pl.lit(self.name))


def currencies_of(books: Sequence[Book]) -> list[BookCurrency]:
    """What is known of each results file."""
    return [_of_book(book) for book in books]


def tell_apart(found: Sequence[BookCurrency]) -> bool:
    """Whether rows have to be told apart by currency: they say it themselves, or the files are not all of one."""
    return any(one.column or one.chosen for one in found) or len({one.name for one in found if one.name}) > 1


def currency_of(found: Sequence[BookCurrency], parts: Iterable[str], *, by_parts: bool) -> Currency:
    """All results together; `parts` are the currencies of their rows, where these are told apart (`by_parts`)."""
    untold = next((one.untold for one in found if one.untold), "")
    if untold:
        return Currency(untold=untold)
    if not by_parts:
        known = {one.name: one.known_by for one in found}
        return Currency() if "" in known else Currency(tuple(sorted(known)), ", ".join(dict.fromkeys(known.values())))
    seen = set(parts)
    names = tuple(sorted(seen - {"", ANY}))
    if len(names) < 2 and not all(one.name or one.column for one in found):
        return Currency(by_parts=True)
    columns = {one.column for one in found}
    column = columns.pop() if len(columns) == 1 else ""
    return Currency(names, _known_by(found, names, unsaid="" in seen), column, "" in seen, by_parts=True)


def _known_by(found: Sequence[BookCurrency], names: Sequence[str], *, unsaid: bool) -> str:
    where = ", where it is filled" if names and unsaid else ""
    told = [f"the column {one.column}{where}" if one.column else one.known_by for one in found]
    return ", ".join(dict.fromkeys(filter(None, told)))


def _of_book(book: Book) -> BookCurrency:
    if not book.unfinished and (column := next(filter(may_be_currency, book.keep), None)):
        return BookCurrency(column=column)
    if chosen := book.options.get("currency"):
        by = "--currency, beside which an amount that shows another is left out"
        return BookCurrency(str(chosen), by, chosen=True)
    for where in book.options.get("where") or ():
        if name := _of_condition(where):
            return BookCurrency(name, f"--where {where}", chosen=True)
    start = book.events.last_start
    if start is not None and start.currency:
        name, column = start.currency
        return BookCurrency(name, f"the column {column} of every row")
    return BookCurrency(untold=_untold(book))


def _of_condition(where: str) -> str:
    """What `--where` says of the rows that it lets through, if it names one value of a column of currencies."""
    column, _, value = where.partition("=")
    is_one = value and not column.endswith("!") and "," not in value
    return value.strip() if is_one and may_be_currency(column) else ""


def _untold(book: Book) -> str:
    """The column of currencies that the results will have of a run which has not ended.

    With all columns it is one that had to be ignored, as an input of several currencies is refused otherwise.
    """
    kept = list(book.options.get("keep") or ())
    named = [*kept, *(book.options.get("ignore") or ())] if "all" in kept else kept
    return next(filter(may_be_currency, named), "") if book.unfinished else ""
