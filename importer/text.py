"""Text that people read: names and cells made safe to show, lines of CSV, amounts, durations, tables, wrapped lines."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import textwrap
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from importer.model import Share

WIDTH = 80
_WIDEST = 140


@dataclass(frozen=True, slots=True)
class Screen:
    """What lines are laid out for: how many columns, and whether it shows colours."""

    width: int = WIDTH
    coloured: bool = False

    @classmethod
    def of(cls, stream: TextIO, *, coloured: bool) -> Screen:
        """The screen behind a stream; a file or a pipe has 80 columns, a very wide terminal is not used up."""
        if not stream.isatty():
            return cls(coloured=coloured)
        return cls(max(40, min(shutil.get_terminal_size().columns, _WIDEST)), coloured)


_SCREEN: ContextVar[Screen] = ContextVar("screen", default=Screen())  # noqa: B039 - it is frozen


@contextmanager
def shown_on(screen: Screen) -> Iterator[None]:
    """Lay out lines for a screen as long as this lasts; otherwise they are for 80 columns without colours."""
    before = _SCREEN.set(screen)
    try:
        yield
    finally:
        _SCREEN.reset(before)


def painted(text: str, colour: str) -> str:
    """The text in a colour (the number of an SGR sequence), where the screen shows any and one is named."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and _SCREEN.get().coloured else text


# -- made safe to show -------------------------------------------------------------------------------------------------

# What Python reads a byte as that belongs to no character.
_NO_TEXT = re.compile("[\ud800-\udfff]")
# Control characters and line separators, everything that changes the direction of text or cannot be seen, and
# surrogates, which no encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def as_text(name: str | os.PathLike[str]) -> str:
    r"""The name, with `\xe9` for each byte that belongs to no character."""
    return _NO_TEXT.sub(_escaped, os.fspath(name))


def is_text(name: str | os.PathLike[str]) -> bool:
    """Whether every byte of the name belongs to a character."""
    return _NO_TEXT.search(os.fspath(name)) is None


def safe_text(text: str, limit: int | None = None) -> str:
    r"""Return `text` as one line that a terminal only shows: `\n`, `\x1b`, `\u202e` instead of what they would do.

    Whatever comes from a file, a file name or the API passes through here before it is printed. With `limit`, a
    longer line is cut to so many characters and ends in an ellipsis.
    """
    # A cell can be a hundred megabytes long: cut it first.
    head = text if limit is None else text[: limit + 1]
    line = _UNSAFE.sub(_escaped, head)
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


def _escaped(match: re.Match[str]) -> str:
    r"""A character in a form that can be written anywhere: `\n`, `\x1b`, `\u202e`, a byte that is no text as `\xe9`."""
    return match[0].encode("unicode_escape").decode("ascii").replace("\\udc", "\\x")


def csv_line(cells: Iterable[str | None], delimiter: str = ",") -> str:
    """Write cells as one line of CSV, without its end."""
    text = io.StringIO()
    # It quotes a CR or LF in a cell only where that is its line end.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


# -- amounts and numbers of rows ---------------------------------------------------------------------------------------


def plain(value: Decimal) -> str:
    """Return the amount in plain notation, digits as they are: what programs read."""
    return f"{value:f}"


def amount(value: Decimal, places: int = 2) -> str:
    """Return the exact amount with thousands separators and at least `places` decimals: what people read."""
    return f"{value:,.{max(places, decimal_places([value]))}f}"


def rows_text(rows: int) -> str:
    """Return `1 row`, `1,204 rows`."""
    return f"{rows:,} row" if rows == 1 else f"{rows:,} rows"


def further_text(rows: int) -> str:
    """Return `also in 5 rows that are counted by another reason`."""
    return f"also in {rows_text(rows)} that {'is' if rows == 1 else 'are'} counted by another reason"


def share_text(share: Share) -> str:
    """Return `3 rows (74.97)`."""
    return f"{rows_text(share.rows)} ({amount(share.revenue)})"


def share_fields(share: Share) -> dict[str, int | str]:
    """Return the share as a JSON object: the revenue as text, in plain notation."""
    return {"rows": share.rows, "revenue": plain(share.revenue)}


def decimal_places(values: Iterable[Decimal]) -> int:
    """How many decimals amounts need that are to line up: as many as the longest has, and two at least."""
    return max([2, *(-int(value.as_tuple().exponent) for value in values)])


# -- durations ---------------------------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Return `12.4 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes, rest = _clock(seconds)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def rough_duration(seconds: float) -> str:
    """Return `40 s`, `3 min`, `2 h`: a duration that is only estimated."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def stopwatch(seconds: float) -> str:
    """Return `0:40`, `1:02:03`: how long something has been going on."""
    hours, minutes, rest = _clock(seconds)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _clock(seconds: float) -> tuple[int, int, int]:
    minutes, rest = divmod(round(seconds), 60)
    return *divmod(minutes, 60), rest


# -- lines of a screen -------------------------------------------------------------------------------------------------

_SHORTEST_NAME, _LONGEST_NAME = 16, 32
_LONGEST_WORD = 128
_LONGEST_CELL = 24
_QUOTED = r"""(?:'[^']*'|"[^"]*")+"""
_OPTION = re.compile(rf"(?<!\S)--[a-z][a-z-]* (?:[^\s'\"]*[=:])?(?:{_QUOTED}|[^\s'\"]+)")
_KEPT_SPACE = "\x1f"  # which no safe text holds


class TableLine(NamedTuple):
    """A line of a table: a name on the left, a number of rows, some amounts, a note behind them; and its colour."""

    name: str
    rows: int
    amounts: Sequence[Decimal]
    note: str = ""
    colour: str = ""


def table(heads: Sequence[str], lines: Sequence[TableLine], *, sums: int = 0) -> list[str]:
    """Lay out a table whose amounts all have one number of decimals, with a rule above the last `sums` lines.

    `heads` stand above the names and above each column of figures. Names are made safe, and have as many lines as they
    need in what the figures leave of the screen, never less than 16 characters; no word of them is cut.
    """
    places = decimal_places(value for line in lines for value in line.amounts)
    figures = [heads[1:], *((f"{line.rows:,}", *(amount(value, places) for value in line.amounts)) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*figures, strict=True)]
    figures_width = sum(2 + width for width in widths)
    room = min(max(_SCREEN.get().width - 2 - figures_width, _SHORTEST_NAME), _LONGEST_NAME)
    names = [_name_lines(name, room) for name in (heads[0], *(line.name for line in lines))]
    name_width = max((len(text) for texts in names for text in texts if len(text) <= room), default=room)
    laid_out = []
    for number, (texts, cells) in enumerate(zip(names, figures, strict=True)):
        if sums and number == len(names) - sums:
            laid_out.append("  " + "-" * (name_width + figures_width))
        line = lines[number - 1] if number else TableLine("", 0, ())
        right = "".join(f"  {text:>{width}}" for text, width in zip(cells, widths, strict=True))
        laid_out += _table_line(texts, f"{right}  {line.note}", name_width, line.colour)
    return laid_out


def _table_line(texts: Sequence[str], behind: str, width: int, colour: str) -> list[str]:
    """The lines of one name, with its figures behind the first; below a word that is too long for its column."""
    place = int(len(texts[0]) > width)
    texts = [*texts, ""][: max(len(texts), place + 1)]
    return [
        f"  {painted(text, colour)}{' ' * (width - len(text))}{behind if number == place else ''}".rstrip()
        for number, text in enumerate(texts)
    ]


def _name_lines(name: str, room: int) -> list[str]:
    """A name in lines of so many characters, broken between words only."""
    safe = safe_text(name, _LONGEST_WORD)
    return textwrap.wrap(safe, room, break_long_words=False, break_on_hyphens=False) or [""]


def columns(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> list[str]:
    """Lay out texts under their heads, made safe and cut to 24 characters; an empty one is a dash."""
    cells = [heads, *([safe_text(text or "-", _LONGEST_CELL) for text in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]


def wrapped(text: str, indent: str = "", hanging: str = "", width: int | None = None) -> list[str]:
    """Break prose into lines that a terminal only shows, `hanging` in front of the second and all others.

    Paths and the like stay whole, however long, and so does an option with its value: it is there to be copied.
    """
    lines = textwrap.wrap(
        _OPTION.sub(lambda found: found[0].replace(" ", _KEPT_SPACE), safe_text(text)),
        width or _SCREEN.get().width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_KEPT_SPACE, " ") for line in lines]


def set_apart(blocks: Iterable[Iterable[str]]) -> list[str]:
    """The lines of all blocks that have any, with an empty line between two of them."""
    lines: list[str] = []
    for block in filter(None, map(list, blocks)):
        lines += ["", *block] if lines else block
    return lines


def shown(path: Path) -> str:
    """The path as a person here would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


DOCUMENTED_KEY = re.compile(r"trk_[0-9A-Za-z]{32}")
"""An API key, as the vendor's documentation shows it."""
# A key that was cut short or doubled counts only as a whole argument: file names begin like that too.
_WITHIN = re.compile(rf"{DOCUMENTED_KEY.pattern}|(?:\A|=)trk_[0-9A-Za-z]{{16,64}}\Z")


def holds_key(text: str) -> bool:
    """Tell whether a text (an argument, a file name, a file, a field of a form) holds what looks like an API key."""
    return _WITHIN.search(text) is not None
