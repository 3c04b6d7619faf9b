"""Columns that hold several values a row, which no text tells: a status among them is a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.columns import bare
from importer.schema.guards.reading import ignoring
from importer.schema.guards.status.names import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.schema.columns import Columns


def statuses_in_lists(columns: Columns, listed: Callable[[int], Sequence[str]]) -> Iterator[str]:
    """A sentence, but for its beginning, for each list in which a status may stand (see `Source.listed`)."""
    for title, position in columns.silent:
        inside = next(filter(_is_status, listed(position)), None)
        if inside is not None:
            yield (
                f"the column {title!r}, which nothing reads, holds a list in each row, and {inside!r} in it may say "
                "that rows are no revenue; what a list holds cannot be read here. Export the file with that status as "
                f"a column of its own, one value a row; {ignoring(title)} takes all rows."
            )


def _is_status(name: str) -> bool:
    """By its name, which may be in the plural."""
    return any(kind_of(bare(one)) not in {Kind.ANY, Kind.TYPE} for one in (name, name.lower().removesuffix("s")))
