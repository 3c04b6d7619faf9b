"""What the first pass found: the short line of each row, and the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXAMPLES_A_CODE, UNKNOWN_KIND, Example, Finding, Share
from importer.plan.keys import event, moment, spelling
from importer.schema import exact_sum, exact_sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.sources import Source

SHORT_LINE: dict[str, pl.DataType | type[pl.DataType]] = {
    "valid": pl.Boolean,
    "excluded": pl.Boolean,
    "key_a": pl.UInt64,
    "key_b": pl.UInt64,
    "amount": pl.Decimal(38, 18),
    "row": pl.UInt32,
    "line": pl.UInt32,
    "event": pl.UInt64,
    "moment": pl.Datetime("us", "UTC"),
    "before": pl.UInt32,
    "spelling": pl.UInt64,
    "broken": pl.Categorical(),
    "file": pl.UInt32,
}


@dataclass(slots=True)
class Checked:
    """What the first pass found. `index` has one short line for each input row; texts are in the spool.

    `rows_digest` is of every row of the input, of those of other shards too.
    """

    index: pl.DataFrame
    sources: list[Source]
    total: Share = Share()
    by_kind: dict[str, Share] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    without_timestamp: Share = Share()
    month_moved: Share = Share()
    warnings: list[str] = field(default_factory=list)
    keep: tuple[str, ...] = ()
    raw_titles: tuple[str, ...] = ()
    rows_digest: str = ""

    positions: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def with_cells(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings with the cells that they are about, where the input is a workbook."""
        sources = {source.name: source for source in self.sources}

        def with_cell(example: Example, code: str) -> Example:
            source = sources.get(example.source)
            if source is None or example.line is None:
                return example
            return replace(example, cell=source.cell(example.line, _position(self.positions[source.name], code)))

        return tuple(replace(one, examples=tuple(with_cell(x, one.code) for x in one.examples)) for one in found)

    @property
    def names(self) -> pl.Series:
        """The names of all input files, by number."""
        return pl.Series([source.name for source in self.sources], dtype=pl.String)

    def name(self, file: int) -> str:
        """The name of the input file with this number."""
        return self.sources[file].name

    def add(self, source: Source, rows: pl.DataFrame, by_kind: dict[str, Share]) -> None:
        """Count normalised rows of a source, whose shares by attribution type are `by_kind`."""
        self.total += total_of(by_kind)
        for kind, share in by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, Share()) + share
        rows = rows.filter(~pl.col("excluded"))
        good = pl.col("error_code").is_null()
        self.without_timestamp += _share(rows, good & pl.col("timestamp").is_null())
        self.month_moved += _share(rows, good & pl.col("month_moved"))
        for (code,), group in rows.filter(~good).group_by("error_code", maintain_order=True):
            found = self.findings.get(str(code), Finding(str(code), Share()))
            examples = found.examples + _examples(source.name, group, EXAMPLES_A_CODE - len(found.examples))
            self.findings[str(code)] = Finding(str(code), found.share + _share(group), examples)


def short_line(*, with_moments: bool, reread: bool) -> list[pl.Expr | str]:
    """The columns of `SHORT_LINE` but for the file; what only comparisons need where there is what to compare."""
    return [
        (pl.col("error_code").is_null() & ~pl.col("excluded")).alias("valid"),
        "excluded",
        pl.col("key_a", "key_b").fill_null(0),
        pl.col("amount", "row", "line"),
        event(),
        *([moment()] if with_moments else []),
        pl.col("before"),
        *([spelling(), pl.col("error_code").cast(pl.Categorical()).alias("broken")] if reread else []),
    ]


def _share(rows: pl.DataFrame, chosen: pl.Expr | None = None) -> Share:
    amounts = rows["amount"] if chosen is None else rows.select(pl.col("amount").filter(chosen)).to_series()
    return Share(len(amounts), exact_sum(amounts))


def shares_by_kind(rows: pl.DataFrame) -> dict[str, Share]:
    """The shares of the attribution types; together they are the share of all rows."""
    return {str(kind or UNKNOWN_KIND): Share(size, revenue) for kind, size, revenue in exact_sums(rows, "kind")}


def total_of(shares: dict[str, Share]) -> Share:
    """All of these shares together."""
    return sum(shares.values(), Share())


def _position(positions: Mapping[str, int], code: str) -> int:
    """The column of the field that a code is about: the first, where it is about all of the row."""
    return next((at for field, at in positions.items() if field.split("_")[0] in code), 0)


def _examples(source: str, rows: pl.DataFrame, most: int) -> tuple[Example, ...]:
    few = rows.head(max(most, 0)).select("row", "line", "error_message")
    return tuple(Example(source, row, line, text) for row, line, text in few.iter_rows())
