"""The columns of a sheet of rows: which of them say anything, how wide they are, and how many fit on paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.codes import FURTHER, words
from importer.model import Status
from importer.report.addresses import address
from importer.report.reading import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from importer.report.figures import Report

# In the order of the sheet: what identifies a row, what it says, what became of it, and how.
_FRONT = {"row": "Row", "cell": "Cell", "source": "File"}
_FIELDS = {"message_id": "Message id", "revenue": "Revenue", "part": "Currency", "as_read": "Revenue as read"}
_FIELDS |= {"attribution_type": "Type", "offer_id": "Offer", "local_time": "Timestamp ({})"}
_FATE = {"reason": "Reason", "error_code": "Code", "what": "What happened", "equal_to": "The earlier row is"}
_HOW = {"utc_time": "Timestamp (UTC)", "revenue_id": "Revenue id", "finished_at": "Settled (UTC)"}
_HOW |= {"attempts": "Attempts", "http_status": "HTTP status"}
_HOW |= {"results": "Results file", "target": "API"}
# These stay where every row has the same: they are what a reader looks for.
_ALWAYS = ("row", "message_id", "revenue", "local_time", "utc_time", "reason", "error_code")
_WIDEST, _WIDEST_TEXT, _WIDEST_CODE, _MONEY = 28, 46, 20, 14
_TIME = 20
# Letters of 11 points, all columns with the room between them, that a landscape page holds in 8 points, also in the
# broad letters that a program takes which lacks the workbook's own.
_PAGE, _BETWEEN = 168, 0.75


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: what it holds of a line, its header, its width in letters, whether texts need more lines."""

    key: str
    title: str
    width: float
    wraps: bool = False


@dataclass(slots=True)
class Look:
    """What a first look at the rows of a sheet leaves: of each column the longest text, and whether all are alike."""

    rows: int = 0
    longest: dict[str, int] = field(default_factory=dict)
    alike: dict[str, str | None] = field(default_factory=dict)

    def add(self, lines: pl.DataFrame) -> None:
        """Take some lines that were made `shown`."""
        for name in lines.columns:
            texts = lines[name]
            if texts.dtype != pl.String:
                continue
            texts = texts.fill_null("")
            self.longest[name] = max(self.longest.get(name, 0), int(texts.str.len_chars().max() or 0))  # type: ignore[arg-type]
            first = texts[0] if name not in self.alike else self.alike[name]
            self.alike[name] = first if first is not None and bool((texts == first).all()) else None
        self.rows += lines.height

    def columns(self, zone: str, *, keep: Sequence[str], always: Sequence[str] = ()) -> tuple[Column, ...]:
        """The columns of the sheet: not those that are empty, or alike in all of several rows."""
        kept = {KEPT + name: name for name in keep}
        titles = {**_FRONT, **kept, **_FIELDS, **_FATE, **_HOW}
        if zone == "UTC":
            del titles["local_time"]
        if self.longest.get("as_read", 0) == 0:
            del titles["as_read"]
        shown = [name for name in titles if self._says_something(name, (*_ALWAYS, *kept, *always))]
        return tuple(self._column(name, titles[name], zone) for name in shown)

    def said_once(self, columns: Sequence[Column]) -> Iterator[str]:
        """What is the same in every row, and so has no column."""
        titles = {**_FIELDS, **_FATE, **_HOW}
        there = {"local_time", *(column.key for column in columns)}
        for name, title in {"source": "File", **titles}.items():
            if name not in there and self.alike.get(name):
                yield f"{title} {self.alike[name]}"

    def _says_something(self, name: str, always: Sequence[str]) -> bool:
        if not self.longest.get(name):
            return False
        return name in always or self.rows < 2 or self.alike.get(name) is None

    def _column(self, name: str, title: str, zone: str) -> Column:
        width = self._width(name, title)
        return Column(name, title.format(zone), width, wraps=self.longest.get(name, 0) > width)

    def _width(self, name: str, title: str) -> float:
        if name in ("local_time", "utc_time", "finished_at"):
            return _TIME
        widest = {"what": _WIDEST_TEXT, "reason": _WIDEST_CODE, "error_code": _WIDEST_CODE}.get(name, _WIDEST)
        least = _MONEY if name == "revenue" else len(title.format("")) + 2
        return max(least, min(self.longest.get(name, 0) + 1, widest))


def part_column(report: Report) -> str:
    """The column by which parts that must not be added up are told apart."""
    if not report.by_currency:
        return "source"
    return KEPT + report.currency.column if report.currency.column else "part"


def on_page(columns: Sequence[Column]) -> int:
    """How many of the columns fit beside each other in letters that can be read."""
    room = float(_PAGE)
    for number, column in enumerate(columns):
        room -= column.width + _BETWEEN
        if room < 0:
            return max(number, 1)
    return len(columns)


def shown(lines: pl.DataFrame, name: str, sheets: Mapping[tuple[str, str], Mapping[str, Any]]) -> pl.DataFrame:
    """Lines that were made `understood`, with the texts of the columns; `name` is that of their results file."""
    fraction = pl.col("utc").str.extract(r"(\.[0-9]{1,3})[0-9]*Z$").fill_null("")
    clock = pl.from_epoch("local", time_unit="s").dt.to_string("%Y-%m-%dT%H:%M:%S")
    code = pl.col("error_code").fill_null("")
    found = lines.with_columns(
        pl.lit(name).alias("results"),
        pl.coalesce(pl.concat_str(clock, fraction, pl.lit("Z")), "timestamp").alias("local_time"),
        pl.coalesce("utc", "timestamp").alias("utc_time"),
        pl.when(pl.col("status") == str(Status.INVALID)).then("revenue").alias("as_read"),
        pl.col("error_message").str.strip_prefix(code + ": ").str.replace_many(FURTHER).alias("what"),
        _in_words(lines["error_code"]),
    )
    return found.with_columns(_cells(found, sheets))


def _in_words(codes: pl.Series) -> pl.Series:
    names = {code: words(code) for code in codes.drop_nulls().unique()}
    return codes.replace_strict(names, default=None, return_dtype=pl.String).alias("reason")


def _cells(lines: pl.DataFrame, sheets: Mapping[tuple[str, str], Mapping[str, Any]]) -> pl.Series:
    """Where the rows that are not recorded stand, of workbooks."""
    if not sheets:
        return pl.Series("cell", [None] * lines.height, dtype=pl.String)
    rows = lines.select("results", "source", "row", pl.col("error_code", "status")).fill_null("").iter_rows(named=True)
    told = (None if row["status"] == Status.RECORDED else address(row, sheets) for row in rows)
    return pl.Series("cell", list(told), dtype=pl.String)
