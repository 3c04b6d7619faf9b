"""A short line for each row of results and journals: what the controls compare. Keys are hashes of this process."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from importer.model import MAY_COUNT, NEVER_SENT, Status
from importer.report.amounts import STATUSES, measured, sent_amounts

_ROW = ("source", "row", "message_id", "whole", "parts")
_SENT = [str(status) for status in {*Status} - {*NEVER_SENT, Status.PENDING}]
_FATE = pl.Enum(STATUSES)
_EMPTY = pl.DataFrame(
    schema={"book": pl.UInt32, "source": pl.UInt32, "place": pl.UInt32}
    | dict.fromkeys(("in_input", "again", "sent"), pl.Boolean)
    | dict.fromkeys(("row_key", "fate_key"), pl.UInt64)
    | {"fate": _FATE}
)


@dataclass(slots=True)
class Places:
    """Of each line its book, source (by its number in `names`), place, keys, fate; `several`: of more than one book."""

    several: bool = False
    names: dict[str, int] = field(default_factory=dict)
    _parts: list[pl.DataFrame] = field(default_factory=list)

    def add(self, lines: pl.DataFrame, book: int) -> None:
        """Take a batch of lines. What makes two rows the same in two files only matters where there are two."""
        number = pl.lit(book, pl.UInt32).alias("book")
        sent = pl.col("status").is_in(_SENT).alias("sent")
        key = row_key() if self.several else pl.lit(0, pl.UInt64).alias("row_key")
        fate = pl.col("status").cast(_FATE, strict=False).alias("fate")
        source = self._numbered(lines["source"])
        self._parts.append(lines.select(number, source, "place", "in_input", "again", sent, key, fate_key(), fate))

    def all(self) -> pl.DataFrame:
        """All of them."""
        return pl.concat(self._parts) if self._parts else _EMPTY

    def name(self, source: int) -> str:
        """The name of a source."""
        return list(self.names)[source]

    def of_journal(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of a journal, each with its source, place and key, and whether it has a line in RESULTS (`shown`).

        Of rows that left the input only those have one that may have been counted.
        """
        rows = rows.with_columns(pl.col(pl.String).replace("", None))
        shown = pl.col("row").is_not_null() | pl.col("status").is_in(MAY_COUNT)
        known = measured(rows, sent_amounts(rows["revenue"]))
        return known.select(self._numbered(rows["source"]), "place", fate_key(), shown.alias("shown"))

    def _numbered(self, sources: pl.Series) -> pl.Series:
        names = sources.fill_null("")
        for name in names.unique(maintain_order=True):
            self.names.setdefault(name, len(self.names))
        return names.replace_strict(self.names, return_dtype=pl.UInt32).alias("source")


def row_key() -> pl.Expr:
    """What makes a line the same row in two files: its place and content."""
    return _hashed(*_ROW, "attribution_type", "offer_id", "timestamp").alias("row_key")


def fate_key() -> pl.Expr:
    """What RESULTS and its journal have to agree on: the row's place, message, amount and status."""
    return _hashed(*_ROW, "status").alias("fate_key")


def _hashed(*names: str) -> pl.Expr:
    return pl.struct(names).hash(11)
