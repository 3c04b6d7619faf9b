"""The vendor's side: the lines of an export, as texts, amounts and moments."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.reconciling.columns import ExportColumns, find_columns
from importer.reconciling.mark import marked
from importer.results import may_be_results
from importer.schema import (
    AMOUNT,
    FLOAT,
    DecimalEvidence,
    RevenueRule,
    RowFilter,
    TimestampRule,
    cells_of,
    currencies_of,
    exact_sum,
    local_clock,
    plain_name,
    refuse_tune_as_records,
    renamed,
    stripped,
    timestamp_formats,
    typed_cells,
    unwrapped,
    value_names,
)
from importer.settings import EXTRA_FIELDS
from importer.sources import dialect_of, open_inputs
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.settings import InputSettings
    from importer.sources import Source

_SLICE_ROWS = 50_000
_NEVER = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Export:
    """An export, read.

    `lines` has, of each line, `v` (its number from 0), `line` (in the file; of Parquet the record), `message_id`,
    `amount`, `kind`, `offer`, `time` (UTC), `revenue_id`, `stored` (UTC) and `ours` (false where `--ours` says that
    another source than this import stored it), null where the export does not say. `zone` is that of its times,
    `decimals` how many any amount has, `others` the cells of the columns that nothing reads. `aside` are the message
    ids of lines that were left out, by `--where`, `--currency` or `--hidden`, or because the mark of `--ours` is empty:
    they are compared with nothing, and yet a line of this message is there.
    """

    name: str
    sha256: str
    lines: pl.DataFrame
    columns: ExportColumns
    decimals: int
    others: pl.DataFrame
    zone: str = "UTC"
    notes: tuple[str, ...] = ()
    aside: pl.Series = field(default_factory=lambda: pl.Series("message_id", [], dtype=pl.String))

    @property
    def has_revenue_ids(self) -> bool:
        """Whether lines name the API's own id."""
        return self.lines["revenue_id"].null_count() < self.lines.height


def read_export(path: str, settings: InputSettings, ours: str | None = None) -> Export:
    """Read the one file of an export.

    Raises:
        InputError: it cannot be read, or a line cannot be understood; names the line.
        SettingsError: an option does not fit it.
    """
    sources = open_inputs([path], dialect_of(settings))
    if len(sources) != 1:
        raise InputError(f"{path} is {len(sources)} files; --against takes one. Put them together, each line once.")
    source = sources[0]
    if may_be_results(source.header):
        raise InputError(f"{source.name} is a results file of this program. --against takes the vendor's export.")
    refuse_tune_as_records(source.header, source.name)
    columns = find_columns(source, settings)
    exclude = RowFilter(columns.conditions, skip_hidden=settings.hidden == "skip", currency=settings.currency)
    batches = [_told_apart(batch, exclude, columns, source, settings.hidden) for batch in source.batches()]
    cells = pl.concat(batches, how="diagonal") if batches else _no_cells(source)
    cells = cells.hstack(marked(cells, source, ours))
    meant, aside = cells.filter(~pl.col("excluded")), cells.filter(pl.col("excluded") | pl.col("unmarked"))
    _check_whole(source, meant, columns)
    export = _Reader(source, settings, columns, meant).read()
    return _with_aside(export, _Reader(source, settings, columns, aside).message_ids())


def _with_aside(export: Export, aside: pl.Series) -> Export:
    if aside.is_empty():
        return export
    what = "--where, --currency, --hidden or an empty mark of --ours"
    note = f"{rows_text(len(aside))} of the export left out, by {what}."
    return replace(export, aside=aside, notes=(*export.notes, note))


def _told_apart(
    batch: pl.DataFrame, exclude: RowFilter, columns: ExportColumns, source: Source, hidden: str | None
) -> pl.DataFrame:
    """The lines, and which are `excluded`; what a workbook hides is asked about, as in an import."""
    if hidden is None and "hidden" in batch.columns and batch["hidden"].any():
        raise InputError(
            f"{source.name} hides {int(batch['hidden'].sum()):,} rows, as a filter does. Say --hidden read to compare "
            "with all, or --hidden skip to leave them out."
        )
    rows = batch.select("row", pl.lit(None, pl.String).alias("error_message"))
    return batch.with_columns(exclude(rows, batch, columns.matched)["excluded"])


def _no_cells(source: Source) -> pl.DataFrame:
    kinds = {"row": pl.UInt32, "line": pl.UInt32, "ragged": pl.Boolean, "excluded": pl.Boolean}
    return pl.DataFrame(schema={**kinds, **dict.fromkeys(map(str, range(len(source.header))), pl.String)})


def _check_whole(source: Source, cells: pl.DataFrame, columns: ExportColumns) -> None:
    """Refuse an export whose lines are cut, whose ids became numbers, or whose amounts are of several currencies."""
    ragged = cells.filter("ragged")
    if ragged.height:
        raise InputError(
            f"{source.name}, line {_place(ragged)}: the line has the wrong number of cells, so that the export "
            "cannot be trusted as a whole. Export it again."
        )
    at = columns.positions.get("message_id")
    if at is not None and f"{at}#number" in cells.columns and cells[f"{at}#number"].any():
        raise InputError(
            f"{source.name}: its message ids are numbers, so that leading zeros may be gone. Export it again with the "
            "column as text."
        )
    for at, name in columns.others.items():
        if "currency" in plain_name(name):
            found = cells[str(at)].str.strip_chars().str.to_uppercase().replace("", None).drop_nulls().unique().sort()
            _one_currency(source, found, f"the column {name}", f"--where {shlex.quote(f'{name}=CURRENCY')}")
    if "revenue" in columns.positions:
        shown = currencies_of(cells, columns.positions["revenue"]).drop_nulls().unique().sort()
        _one_currency(source, shown.str.to_uppercase(), "the amounts", "--currency CURRENCY")


def _one_currency(source: Source, found: pl.Series, where: str, option: str) -> None:
    if len(found) > 1:
        raise InputError(
            f"{source.name} mixes currencies in {where}: {', '.join(found.head(5))}. Amounts of several currencies "
            f"cannot be compared. Export one currency, or choose the lines of one with {option}."
        )


def _place(rows: pl.DataFrame) -> str:
    return f"{rows['line'].fill_null(rows['row'])[0]:,}"


class _Reader:
    """Reads the columns of one export, whole."""

    def __init__(self, source: Source, settings: InputSettings, columns: ExportColumns, cells: pl.DataFrame) -> None:
        self._source, self._settings, self._columns, self._cells = source, settings, columns, cells

    def read(self) -> Export:
        """All of it."""
        lines = self._cells.select(
            pl.coalesce("line", "row").alias("line"),
            "ours",
        ).with_columns(
            self._words("message_id"),
            self._words("attribution_type").str.to_lowercase().alias("kind"),
            self._words("offer_id").str.replace(FLOAT, "${1}").alias("offer"),
            self._words("revenue_id"),
            self._amounts(),
            self._moments("timestamp").alias("time"),
            self._moments("stored_at").alias("stored"),
        )
        others = self._cells.select("row", *map(str, self._columns.others))
        lines, notes = _without_total(lines, self._columns)
        facts = self._source.facts()
        return Export(
            self._source.name,
            str(facts["sha256"]),
            lines.with_row_index("v"),
            self._columns,
            _decimals(lines["amount"]),
            others,
            self._settings.timezone,
            notes,
        )

    def message_ids(self) -> pl.Series:
        """The message ids, where the export has them."""
        return self._words("message_id").drop_nulls()

    def _raw(self, field: str) -> pl.Series:
        columns, at = self._columns, self._columns.positions.get(field)
        if at is None and field not in columns.constants:
            return pl.Series(field, [None], dtype=pl.String).new_from_index(0, self._cells.height)
        if field in EXTRA_FIELDS:
            return self._cells[str(at)].alias(field)
        return cells_of(field, self._cells, columns.matched, list(self._settings.null)).alias(field)

    def _words(self, field: str) -> pl.Series:
        words = self._raw(field).to_frame().select(stripped(pl.col(field))).to_series()
        words = unwrapped(words, may_have_apostrophes=field == "offer_id")
        names = value_names(self._settings.value).get(field)
        return renamed(words, names) if names else words

    def _frame(self, field: str, kind: str) -> pl.DataFrame:
        """The cells of a field as its rule takes them: `at`, `cell`, and `number` where it is a typed one."""
        typed = typed_cells(field, kind, self._cells, self._columns.matched) if field not in EXTRA_FIELDS else None
        no = pl.lit(value=False).alias("number")
        frame = self._words(field).alias("cell").to_frame().with_row_index("at")
        return frame.with_columns(no if typed is None else typed.fill_null(value=False).alias("number"))

    def _amounts(self) -> pl.Series:
        """The amounts; a negative one, which takes back what was stored before, stays negative."""
        frame = self._frame("revenue", "number")
        if self._settings.decimal is None and "revenue" in self._columns.positions:
            evidence = DecimalEvidence()
            written = self._cells.select("row", "line", cell=frame["cell"], as_written=pl.lit(value=False))
            written = written.filter(~frame["number"]).drop_nulls("cell")
            at = self._columns.positions["revenue"]
            address = partial(self._source.cell, position=at)
            evidence.add(self._source.name, self._source.delimiter, written, address)
            evidence.verdict()
        judged = _in_slices(RevenueRule(self._settings.decimal or "point").judge, frame, "text", "refund")
        amount, refund = (pl.col(name).cast(AMOUNT, strict=False) for name in ("text", "refund"))
        amounts = judged.select(pl.coalesce(amount, -refund).alias("amount")).to_series()
        if amounts.null_count():
            raise InputError(self._unreadable(amounts.is_null().arg_true()[0], "revenue", "the amount"))
        return amounts

    def _moments(self, field: str) -> pl.Series:
        frame = self._frame(field, "date")
        none = pl.Series(field, [None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, frame.height)
        if frame["cell"].null_count() == frame.height:
            return none
        rule = TimestampRule(
            clock=local_clock(self._settings.timezone), ambiguous="earliest",
            formats=timestamp_formats(self._settings.timestamp_format), now=_NEVER,
        )  # fmt: skip
        judged = _in_slices(rule.judge, frame, "at", "cell", "code", "text")
        bad = judged.filter(pl.col("cell").is_not_null() & pl.col("text").is_null())
        if bad.height and field == "stored_at" and "stored_at" not in self._settings.map:
            return none  # a column that only by its name may be the time of storing
        if bad.height:
            raise InputError(self._unreadable(int(bad["at"][0]), field, f"the time ({bad['code'][0]})"))
        return judged["text"].str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)

    def _unreadable(self, at: int, field: str, what: str) -> str:
        cell = re.sub(r"[\x00-\x1f]", "?", str(self._raw(field)[at] or ""))[:40]
        hint = {
            "revenue": "--decimal comma reads 1.234,56; --where leaves out lines that are no records.",
        }.get(field, f"--timestamp-format says how times are written, --ignore {field} leaves the column out.")
        return f"{self._source.name}, line {_place(self._cells[at])}: {what} {cell!r} cannot be read. {hint}"


def _in_slices(judge: Callable[[pl.DataFrame], pl.DataFrame], frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """What a rule says of the cells; of hundreds of thousands at once it would need several times their room."""
    parts = frame.iter_slices(_SLICE_ROWS) if frame.height else (frame,)
    return pl.concat([judge(part).select(names) for part in parts])


def _decimals(amounts: pl.Series) -> int:
    """How many decimals the export has: as many as any of its amounts."""
    fractions = amounts.cast(pl.String).str.extract(r"\.([0-9]*?)0*$").drop_nulls().str.len_chars()
    most = fractions.max()
    return most if isinstance(most, int) else 0


def _without_total(lines: pl.DataFrame, columns: ExportColumns) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Leave out a last line that sums up the others: no message, and their sum as its amount."""
    if lines.height < 3 or "message_id" not in columns.positions:
        return lines, ()
    last, rest = lines[-1], lines[:-1]
    word = (last["message_id"][0] or "").lower().strip(":")
    if word not in {"", "total", "totals", "sum", "summe", "gesamt"} or exact_sum(rest["amount"]) != last["amount"][0]:
        return lines, ()
    return rest, (f"Line {last['line'][0]:,} is the total of the others and is left out.",)
