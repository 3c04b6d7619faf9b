"""What the first pass found: the short line of each row, and the numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXAMPLES_A_CODE, FIELDS, UNKNOWN_KIND, Example, Finding, Share, largest_examples
from importer.plan.keyed import number_of
from importer.plan.keys import KEYS, event, moment, offer, spelling
from importer.schema import (
    NO_TIMESTAMP,
    TOTAL_ROW,
    UNREADABLE,
    calendar_months,
    earliest,
    exact_first,
    exact_last,
    exact_sum,
    exact_sums,
    first_and_last,
    further_codes,
    largest,
    latest,
    local_clock,
    stripped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.schema import LocalClock
    from importer.sources import Source

_VALID = pl.col("error_code").is_null() & ~pl.col("excluded")
_SAMPLE_FROM = 200  # rows of which the first that will be posted are shown

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
    "offer": pl.UInt64,
    "before": pl.UInt32,
    "key": pl.UInt64,
    "spelling": pl.UInt64,
    "broken": pl.Categorical(),
    "file": pl.UInt32,
}


@dataclass(slots=True)
class Checked:
    """What the first pass found. `index` has one short line for each input row; texts are in the spool.

    `rows_digest` is of every row of the input, of those of other shards too; so is `control`, what control totals are
    compared with: all rows, invalid ones included, but no lines that sum up others.
    `by_month` has calendar months of `timezone`; `sample` the five fields of the first valid rows, with
    their place in `index`; `key_scheme` names the columns of `--key`, and then `index` has `key`, which is in its keys.
    `currency` is the one that every row says it is in, and the column that says so. `other_shards` are the keys of the
    rows that are not of this shard, where they are compared.
    """

    index: pl.DataFrame
    sources: list[Source]
    total: Share = Share()
    control: Share = Share()
    by_kind: dict[str, Share] = field(default_factory=dict)
    by_month: dict[str, Share] = field(default_factory=dict)
    timezone: str = "UTC"
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    refunds: Share = Share(0, Decimal("0.00"))
    sample: list[tuple[int, tuple[str | None, ...]]] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    further: Counter[str] = field(default_factory=Counter)
    without_timestamp: Share = Share()
    month_moved: Share = Share()
    warnings: list[str] = field(default_factory=list)
    keep: tuple[str, ...] = ()
    raw_titles: tuple[str, ...] = ()
    rows_digest: str = ""
    key_scheme: str | None = None
    currency: tuple[str, str] | None = None
    other_shards: list[pl.DataFrame] = field(default_factory=list)
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

    def left_out(self) -> pl.DataFrame:
        """The keys of the rows that are in the input, and that this run leaves out: by a condition, a rule, a shard."""
        here = self.index.filter(~pl.col("valid") & (pl.col("key_a") != 0)).select(KEYS)
        return pl.concat([here, *self.other_shards])

    def name(self, file: int) -> str:
        """The name of the input file with this number."""
        return self.sources[file].name

    def title(self, file: int, field_name: str) -> str | None:
        """What the column of a field is called in the input file with this number; None where it has none."""
        source = self.sources[file]
        position = self.positions[source.name].get(field_name)
        return None if position is None else source.header[position]

    def add(self, source: Source, rows: pl.DataFrame, by_kind: dict[str, Share]) -> None:
        """Count normalised rows of a source, whose shares by attribution type are `by_kind`."""
        self._add_to_sample(rows)
        whole = total_of(by_kind)
        self._add_times(rows, whole)
        self.total += whole
        for kind, share in by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, Share()) + share
        if rows["excluded"].any():
            rows = rows.filter(~pl.col("excluded"))
        self._add_refunds(rows)
        good = pl.col("error_code").is_null()
        if rows["timestamp"].null_count():
            self.without_timestamp += _share(rows, good & pl.col("timestamp").is_null())
        if rows["month_moved"].any():
            self.month_moved += _share(rows, good & pl.col("month_moved"))
        if rows["error_code"].null_count() < rows.height:
            self._add_findings(source, rows.filter(~good))

    def _add_findings(self, source: Source, broken: pl.DataFrame) -> None:
        self.further += further_codes(broken["error_message"])
        for (code,), group in broken.group_by("error_code", maintain_order=True):
            found = self.findings.get(str(code), Finding(str(code), Share()))
            examples = largest_examples(found.examples, _examples(source.name, group))
            self.findings[str(code)] = Finding(str(code), found.share + _share(group), examples)

    def _add_times(self, rows: pl.DataFrame, whole: Share) -> None:
        """Count months of all rows, which are `whole`, and note the first and the last moment that is sent."""
        span = first_and_last(rows["instant"])
        for month, share in self._months(rows, span, whole):
            self.by_month[month] = self.by_month.get(month, Share()) + share
        sent = rows["timestamp"]
        if rows["error_code"].null_count() < rows.height or rows["excluded"].any():
            sent = sent.filter(rows["error_code"].is_null() & ~rows["excluded"])
            span = first_and_last(sent)
        if span is not None:
            self._note(sent, *span)

    def _months(self, rows: pl.DataFrame, span: tuple[str, str] | None, whole: Share) -> Iterator[tuple[str, Share]]:
        """The share of each month; where the span says that all rows are of one, nothing has to be counted."""
        clock = local_clock(self.timezone)
        if span is not None and not rows["instant"].null_count():
            first, last = calendar_months(pl.Series(span), clock)
            if first == last:
                yield first, whole
                return
        month = _month_names(rows, clock)
        for name, size, revenue in exact_sums(rows.select("amount", month=month), "month"):
            yield str(name), Share(size, revenue)

    def _note(self, sent: pl.Series, first: str, last: str) -> None:
        if self.first_timestamp is None or first[:19] <= self.first_timestamp[:19]:
            self.first_timestamp = earliest((self.first_timestamp, exact_first(sent, first)))
        if self.last_timestamp is None or last[:19] >= self.last_timestamp[:19]:
            self.last_timestamp = latest((self.last_timestamp, exact_last(sent, last)))

    def _add_refunds(self, rows: pl.DataFrame) -> None:
        if rows["refund"].null_count() < rows.height:
            self.refunds += Share(int(rows["refund"].count()), exact_sum(rows["refund"]))

    def _add_to_sample(self, rows: pl.DataFrame) -> None:
        """Keep the first valid rows, of which the first that will be posted are shown: `total` has those before."""
        missing = _SAMPLE_FROM - len(self.sample)
        if missing > 0:
            at = rows.select(_VALID.arg_true()).to_series().head(missing)
            cells = rows.select(FIELDS)[at].iter_rows()
            self.sample += [(self.total.rows + n, fields) for n, fields in zip(at, cells, strict=True)]


def _month_names(rows: pl.DataFrame, clock: LocalClock) -> pl.Series:
    found = calendar_months(rows["instant"], clock)
    if not found.null_count():
        return found
    ragged = (rows["error_code"] == "ragged_row").fill_null(value=False)
    is_absent = rows.select(stripped(pl.col("timestamp")).is_null()).to_series() & ~ragged
    why = pl.select(pl.when(is_absent).then(pl.lit(NO_TIMESTAMP)).otherwise(pl.lit(UNREADABLE))).to_series()
    return found.zip_with(found.is_not_null(), why)


def short_line(*, compared: bool, reread: bool, keyed: bool) -> list[pl.Expr | str]:
    """The columns of `SHORT_LINE` but for the file; what only comparisons need where there is what to compare."""
    return [
        _VALID.alias("valid"),
        "excluded",
        pl.col("key_a", "key_b").fill_null(0),
        pl.col("amount", "row", "line"),
        event(),
        *([moment(), offer()] if compared else []),
        pl.col("before"),
        *([number_of(None)] if keyed else []),
        *([spelling()] if compared or reread else []),
        *([pl.col("error_code").cast(pl.Categorical()).alias("broken")] if reread else []),
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


def total_rows_among(rows: pl.DataFrame) -> int:
    """How many of some normalised rows are lines that sum up others."""
    if rows["error_code"].null_count() == rows.height:
        return 0
    return rows.filter((pl.col("error_code") == TOTAL_ROW) & ~pl.col("excluded")).height


def _position(positions: Mapping[str, int], code: str) -> int:
    """The column of the field that a code is about: the first, where it is about all of the row."""
    return next((at for field, at in positions.items() if field.split("_")[0] in code), 0)


def _examples(source: str, rows: pl.DataFrame) -> tuple[Example, ...]:
    few = largest(rows, EXAMPLES_A_CODE).select("row", "line", "error_message", "amount")
    return tuple(Example(source, row, line, text, amount=amount) for row, line, text, amount in few.iter_rows())
