"""Lines that are no rows: the header again, or another one; a line of dashes, or of averages; a title, a note.

Files that were put together, pages of a report and tables that were drawn have them. Each breaks a rule as a row; what
is said of it is what it is, and how it is left out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import matches, on_one_line, shown, stripped
from importer.schema.columns import KNOWN_NAMES, bare, plain_name
from importer.schema.lines.total_rows import TOTAL_ROW
from importer.schema.lines.ways_to_leave_out import way_to_leave_out
from importer.schema.text_fields import STATISTIC

if TYPE_CHECKING:
    from importer.schema.columns import Columns


class Stray(StrEnum):
    """What such a line is. A `HEADER` is the file's own again, `ANOTHER` has other names, or them in another order."""

    HEADER = "header"
    ANOTHER = "another"
    DRAWN = "drawn"
    STATISTIC = "statistic"
    ALONE = "alone"


_SENTENCES = {
    Stray.HEADER: "The line is the header again, and no row{}",
    Stray.ANOTHER: "The line is a header with other columns, and no row{}",
    Stray.DRAWN: "The line is drawn between rows, and is none{}",
    Stray.STATISTIC: "{} is the line of a report with an average or a count, and no row{}",
    Stray.ALONE: "{} stands alone in its line, as a title or a note does, and is no row{}",
}
# What a line that stands alone has for a code unless that is an id: then it is a row that lacks everything else.
_OF_TITLES = ("invalid_message_id", "missing_message_id", "ragged_row")
_DRAWN = r"^[-=_*~+|:. ]{3,}$"
_FEWEST_NAMES = 2
_TEXT, _KIND = pl.col("text"), pl.col("kind")


def stray_lines(rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Such lines of a batch: their place `at` and `kind`, and `text` and `column` of their first cell.

    Args:
        rows: the normalised rows.
        batch: their cells.
    """
    texts = [name for name in batch.columns if name.isdecimal()]
    found = pl.DataFrame(schema={"at": pl.UInt32, "kind": pl.String, "text": pl.String, "column": pl.UInt32})
    if rows["error_code"].null_count() == rows.height:
        return found
    is_broken = pl.col("error_code").ne(TOTAL_ROW)
    is_statistic = matches(STATISTIC, stripped(pl.col("message_id")))
    at = rows.select((is_broken & (pl.col("amount").is_null() | is_statistic)).arg_true()).to_series()
    if "surplus" in batch.columns:
        at = at.filter(batch["surplus"].gather(at).is_null())
    if at.is_empty():
        return found
    cells = batch[at].select(stripped(pl.col(name)) for name in texts)
    lines = cells.select(
        at=at,
        kind=pl.when(rows[at].select(is_statistic).to_series())
        .then(pl.lit(Stray.STATISTIC))
        .otherwise(_kind(cells, columns)),
        text=pl.coalesce(texts),
        column=pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(int(name), pl.UInt32)) for name in texts),
    )
    return lines.filter(_KIND.is_not_null())


def _kind(cells: pl.DataFrame, columns: Columns) -> pl.Expr:
    filled = pl.sum_horizontal(pl.all().is_not_null())
    names = {name: _plain(pl.col(name)) for name in cells.columns}
    own = {name: plain_name(bare(columns.titles[int(name)])) for name in names}
    are_own = pl.all_horizontal((names[name] == own[name]) | pl.col(name).is_null() for name in names)
    known = [*KNOWN_NAMES, *own.values()]
    are_known = pl.sum_horizontal(name.is_in(known) for name in names.values())
    amount = str(columns.positions.get("revenue"))
    is_header = names[amount].is_in(known) if amount in names else pl.lit(value=False)
    is_header = is_header & (are_known >= _FEWEST_NAMES) & (2 * are_known >= filled)
    is_drawn = pl.any_horizontal(pl.all().str.contains(_DRAWN)) & pl.all_horizontal(
        pl.all().str.contains(r"^[-=_*~+|:. ]+$") | pl.all().is_null()
    )
    return (
        pl.when(is_header & are_own)
        .then(pl.lit(Stray.HEADER))
        .when(is_header)
        .then(pl.lit(Stray.ANOTHER))
        .when(is_drawn)
        .then(pl.lit(Stray.DRAWN))
        .when(filled == 1)
        .then(pl.lit(Stray.ALONE))
    )


def _plain(cell: pl.Expr) -> pl.Expr:
    """A cell as `plain_name` writes names of columns."""
    return cell.str.replace_all(r"[-\s]", "_").str.to_lowercase()


def with_stray_lines_told(rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The rows, where the first thing that is said of such a line is what it is."""
    lines = stray_lines(rows, batch, columns)
    codes = rows["error_code"].gather(lines["at"])
    lines = lines.filter((lines["kind"] != Stray.ALONE) | codes.is_in(_OF_TITLES))
    if lines.is_empty():
        return rows
    at = lines["at"]
    broken = rows[at].select("message_id", "error_code", "error_message")
    broken = broken.with_columns(on_one_line(broken["message_id"]))
    title = columns.names.get("message_id")
    ways = [_way(cell, code, title) for cell, code in broken.select("message_id", "error_code").iter_rows()]
    said = pl.coalesce(pl.when(kind == _KIND).then(_sentence(kind)) for kind in Stray)
    # The first of the sentences gives way to it.
    rest = pl.col("error_message").str.extract(r"^[a-z_]+: .*?(; [a-z_]+: .*)$").fill_null(".")
    message = lines.with_columns(broken, way=pl.Series(ways, dtype=pl.String)).select(
        pl.format("{}: {}{}", "error_code", said, rest)
    )
    return rows.with_columns(rows["error_message"].scatter(at, message.to_series()))


def _sentence(kind: Stray) -> pl.Expr:
    return pl.format(_SENTENCES[kind], *([shown(_TEXT)] if "{} " in _SENTENCES[kind] else []), "way")


def _way(message_id: str, code: str, title: str | None) -> str:
    """How it is left out; no condition is asked of a line with too few cells."""
    way = "" if code == "ragged_row" else way_to_leave_out(message_id, title)
    return way or "; take it out of the file"
