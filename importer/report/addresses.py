"""Where a row stands in a workbook: the address of the cell that its reason is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.report.reading import Book


def workbooks(books: Iterable[Book]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What the journals know of inputs that are sheets of workbooks, by the names of RESULTS and input."""
    starts = ((book.name, book.events.last_start) for book in books)
    facts = ((name, fact) for name, start in starts if start for fact in start.inputs)
    return {(name, str(fact.get("name"))): fact for name, fact in facts if fact.get("rows_above") is not None}


def address(line: Mapping[str, str], known: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """`Sheet1!B17`: the cell of the field that the code names, otherwise of the message id; empty of other files.

    Journals of early versions do not know the columns: then the row of the sheet alone.
    """
    fact = known.get((line["results"], line["source"]))
    if fact is None or not line["row"].isdecimal():
        return ""
    row = int(line["row"]) + int(fact["rows_above"])
    columns: Mapping[str, str] = fact.get("columns") or {}
    found = (column for field, column in columns.items() if field.split("_")[0] in line["error_code"])
    column = next(found, columns.get("message_id"))
    return f"{column}{row}" if column else f"{fact.get('sheet')} row {row}"
