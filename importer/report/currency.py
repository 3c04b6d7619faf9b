"""In which currency the amounts are, as far as the results and their journals say it: nothing is asserted unchecked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.report.figures import Currency
from importer.report.reading import KEPT
from importer.schema import may_be_currency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.reading import Book
    from importer.report.tallies import Tallies


def currency_of(books: Sequence[Book], tallies: Tallies) -> Currency:
    """By a kept column, row by row; otherwise by what the import of each results file noted, or was told."""
    if tallies.currency_name:
        found = [name for (name,) in tallies.fates.by("part")]
        column = tallies.currency_name.removeprefix(KEPT)
        where = ", where it is filled" if any(found) and "" in found else ""
        return Currency(tuple(sorted(filter(None, found))), f"the column {column}{where}", column, "" in found)
    told = [_of_book(book) for book in books]
    known = dict(filter(None, told))
    if None in told:
        return Currency()
    return Currency(tuple(sorted(known)), ", ".join(dict.fromkeys(known.values())))


def _of_book(book: Book) -> tuple[str, str] | None:
    """The currency of a results file, and by what it is known; None where nothing says it of all rows."""
    start = book.events.last_start
    if start is not None and start.currency:
        name, column = start.currency
        return name, f"the column {column} of every row"
    if chosen := book.options.get("currency"):
        return str(chosen), "--currency, beside which an amount that shows another is left out"
    return next(filter(None, map(_of_condition, book.options.get("where") or ())), None)


def _of_condition(where: str) -> tuple[str, str] | None:
    """What `--where` says of the rows that it lets through, if it names one value of a column of currencies."""
    column, _, value = where.partition("=")
    if not value or column.endswith("!") or "," in value or not may_be_currency(column):
        return None
    return value.strip(), f"--where {where}"
