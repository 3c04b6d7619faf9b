"""Rows below a line that says that they are others than those above: a title such as `Refunds`, or another header."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Share
from importer.schema.guards.reading import ignoring
from importer.schema.guards.status import TAKEN_BACK, Kind, Sense, folded, sense_of
from importer.schema.lines import Stray, stray_lines
from importer.schema.money import exact_sum
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.columns import Columns

_TELLING = (Stray.HEADER, Stray.ANOTHER, Stray.ALONE)
_LONGEST = 60  # characters of a title; more are a sentence about something
_MOST = 5_000  # such lines in a file, beyond which they are its rows


@dataclass(slots=True)
class _Section:
    """The rows below such a line that would be sent; `why` is what it is, and `what_to_do` about them."""

    why: str
    what_to_do: str
    below: Share = field(default_factory=Share)


@dataclass(slots=True)
class _File:
    """The sections of a file, and those in which the next row is: by the last title, and by the last header."""

    found: list[_Section] = field(default_factory=list)
    lines: int = 0
    by_title: _Section | None = None
    by_header: _Section | None = None

    def begin(self, kind: Stray, section: _Section | None) -> None:
        """Go on below another title, or another header."""
        if kind is Stray.ALONE:
            self.by_title = section
        else:
            self.by_header = section
        if section is not None:
            self.found.append(section)

    def add(self, rows: pl.DataFrame) -> None:
        """Take in rows between such lines."""
        if rows.height and (self.by_title or self.by_header):
            sent = rows.filter(pl.col("error_code").is_null() & ~pl.col("excluded"))
            for section in filter(None, (self.by_title, self.by_header)):
                section.below += Share(sent.height, exact_sum(sent["amount"]))


class SectionsGuard:
    """Hears such lines wherever they are, also where they themselves are left out."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        file, begin = self._files.setdefault(source, _File()), 0
        lines = stray_lines(rows, batch, columns).filter(pl.col("kind").is_in(_TELLING))
        file.lines += lines.height
        for at, kind, text, column in lines.iter_rows() if file.lines <= _MOST else ():
            file.add(rows.slice(begin, at - begin))
            begin = at  # it breaks a rule, and is none of the rows that count
            place = columns.place(rows["row"][at], rows["line"][at], column)
            line = "" if rows["line"][at] is None else f" (line {rows['line'][at]:,})"
            file.begin(Stray(kind), _section(Stray(kind), f"{place}{line}", text, columns, column))
        file.add(rows.slice(begin))

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, file in self._files.items():
            for section in file.found if file.lines <= _MOST else ():
                if section.below.rows:
                    yield f"{source}: {section.why}: {share_text(section.below)} below it {section.what_to_do}"


def _section(kind: Stray, place: str, text: str, columns: Columns, column: int) -> _Section | None:
    """What begins with such a line, if a person must know."""
    if kind is Stray.ANOTHER:
        return _Section(
            f"{place} is another header than the first, with other columns or in another order",
            "would be read by the first one. Split the file above that line, so that each part has its own header, and "
            "import the parts.",
        )
    if kind is not Stray.ALONE or column in columns.ignored or not _says_no_revenue(text):
        return None
    return _Section(
        f"{place}, {text!r}, stands alone in its line, as the title of a part does",
        f"may be no revenue. If so, take that part out of the file; {ignoring(columns.titles[column])} takes them as "
        "rows.",
    )


def _says_no_revenue(text: str) -> bool:
    plain = text.strip(" :=*#-").lower()
    is_bad = sense_of(plain, Kind.STATUS, frozenset()) is Sense.BAD or folded(plain) in TAKEN_BACK
    return is_bad and len(plain) <= _LONGEST
