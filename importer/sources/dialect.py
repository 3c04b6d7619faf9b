"""What the user says of how the files are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.settings import InputSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What cannot be told by looking at a file, or is told wrongly by a look; nothing is said of what is None or empty.

    `delimiter` separates the cells of CSV, `sheets` are those of workbooks. `skip_rows` lines (rows of a sheet)
    stand above the header; `columns` are the names of the columns of files without one. With `backslash`, one before a
    quote within a quoted cell takes away its meaning. `max_unpacked` are the most bytes that a packed CSV file may
    unpack to.
    """

    delimiter: str | None = None
    sheets: tuple[str, ...] = ()
    skip_rows: int = 0
    columns: tuple[str, ...] = ()
    backslash: bool = False
    max_unpacked: int | None = None


def dialect_of(settings: InputSettings) -> Dialect:
    """What the settings say of how the files are written."""
    return Dialect(
        delimiter=settings.delimiter,
        sheets=settings.sheet,
        skip_rows=settings.skip_rows,
        columns=settings.columns,
        backslash=settings.escape == "backslash",
        max_unpacked=settings.max_unpacked,
    )
