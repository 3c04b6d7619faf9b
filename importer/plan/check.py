"""The first pass: every row of every file is read and judged before anything is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import real_path
from importer.errors import ControlError
from importer.model import EXACT, Share
from importer.plan.approval import RowsDigest
from importer.plan.checked import SHORT_LINE, Checked, shares_by_kind, short_line, total_of
from importer.plan.other_results import folders_of
from importer.plan.rereading import Rereader
from importer.plan.results_index import index_for
from importer.results import COLUMNS, results_in
from importer.schema import (
    BEYOND,
    DecimalEvidence,
    Guards,
    Limits,
    Normaliser,
    RowFilter,
    Rules,
    TotalRows,
    chosen,
    equal_before,
    floats_among,
    handed_on,
    looked_at,
    match_columns,
    refuse_tune,
    require_header,
    require_ignored,
    shard_of,
    warning_of,
    with_reasons,
    without_reasons,
)
from importer.settings import condition_of
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.disk import Spool
    from importer.model import Listener
    from importer.plan.past import Earlier
    from importer.schema import Columns
    from importer.settings import InputSettings
    from importer.sources import Source


# What the second pass has from elsewhere, or not at all.
_ONLY_NOW = ("key_a", "key_b", "amount", "before", "excluded", "instant", "refund")


def check_input(
    sources: Sequence[Source],
    settings: InputSettings,
    earlier: Earlier,
    results: Path | None,
    spool: Spool | None,
    offers: frozenset[str] | None,
    listener: Listener,
) -> Checked:
    """Read and judge every row of `sources`, with all that the comparison with earlier and other results needs.

    `spool` is where the rows go for the second pass, if there is one; `offers` are those of the account, if they were
    asked for.

    Raises:
        InputError: a file, or the revenue column as a whole, cannot be trusted.
        ControlError: the control totals differ.
    """
    return Check(
        sources,
        settings,
        now=datetime.now(UTC),
        spool=spool,
        offers=offers,
        reread=Rereader(settings, earlier.events) if earlier.exists or settings.already else None,
        compared=earlier.exists or spool is not None or _will_be_compared(sources, settings, results),
    ).run(listener)


def _will_be_compared(sources: Sequence[Source], settings: InputSettings, results: Path | None) -> bool:
    """Whether there are other results, named or nearby, that may record an older version of this input."""
    if settings.already or settings.overlap != "stop":
        return bool(settings.already)
    if (index := index_for(settings)) is not None and index:
        return True
    return bool(results_in(folders_of(sources, results)) - {real_path(results) if results else None})


class Check:
    """Runs the first pass over `sources`.

    Args:
        spool: where the rows go for the second pass; None when there is none.
        offers: the names of the account's offers; None when any may be sent.
        reread: where there were runs before: their identity for rows that break a rule now. Then the index has message
            ids, too, for comparison with rows that went missing, and the rules that are broken.
        compared: whether there are earlier or other results, whose rows may be nearly the same: the index then has
            moments and offers, which cost time.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        settings: InputSettings,
        *,
        now: datetime,
        spool: Spool | None,
        offers: frozenset[str] | None = None,
        reread: Rereader | None = None,
        compared: bool = False,
    ) -> None:
        self._sources = list(sources)
        self._settings = settings
        self._spool = spool
        self._reread = reread
        self._with_raw = settings.rejects is not None
        self._index = short_line(compared=compared, reread=reread is not None)
        self._normalise = Normaliser(_rules(settings, offers, now))
        self._guards = Guards(hidden_decided=settings.hidden is not None)
        self._total_rows = TotalRows(any_id=settings.any_message_id)
        self._exclude = RowFilter(list(map(condition_of, settings.where)), skip_hidden=settings.hidden == "skip")
        self._evidence = DecimalEvidence() if settings.decimal is None else None
        self._columns = [_columns(source, settings) for source in sources]
        for source, columns in zip(sources, self._columns, strict=True):
            source.use(columns.used, alone=not self._with_raw, also=looked_at(columns))
        require_ignored(settings.ignore, {source.name: source.header for source in sources})
        self._kept = _united(name for columns in self._columns for name, _ in columns.keep)
        self._raw = _united(title for source in sources for title in without_reasons(source.header))
        self._whole = Share()
        self._digest = RowsDigest()
        self._floats = 0
        self._parts: list[pl.DataFrame] = []
        self._checked = Checked(
            pl.DataFrame(schema=SHORT_LINE),
            self._sources,
            timezone=settings.timezone,
            keep=tuple(name if name not in COLUMNS else f"{name} (input)" for name in self._kept),
            raw_titles=self._raw if self._with_raw else (),
            positions={source.name: columns.positions for source, columns in zip(sources, self._columns, strict=True)},
        )

    def run(self, listener: Listener) -> Checked:
        """Read and judge everything.

        Raises:
            InputError: a file, or the revenue column as a whole, cannot be trusted.
            ControlError: the control totals differ.
        """
        self._checked.warnings += filter(None, [warning_of(self._settings.timezone)])
        self._warn_about_unused()
        for number, source in enumerate(self._sources):
            listener.stage(f"Checking {source.name}")
            self._total_rows.begin()
            for batch in _read_ahead(source.batches()):
                self._take(number, source, batch)
            self._checked.warnings += source.warnings
            self._warn_about_floats(source)
            self._warn_about_wrapping(source)
        if self._evidence is not None:
            self._evidence.verdict()
        self._guards.verdict()
        checked = self._checked
        checked.warnings += self._exclude.remarks()
        if self._parts:
            checked.index = pl.concat(self._parts)
        checked.rows_digest = self._digest.hexdigest()
        checked.by_kind = dict(sorted(checked.by_kind.items()))
        checked.by_month = dict(sorted(checked.by_month.items()))
        _compare_control_totals(self._settings, self._whole)
        return checked

    def _warn_about_unused(self) -> None:
        """One warning for all files that have the same columns too many."""
        files: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for source, columns in zip(self._sources, self._columns, strict=True):
            files.setdefault((columns.unused, columns.hints), []).append(source.name)
        for (unused, hints), names in files.items():
            if unused:
                more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
                text = f"{names[0]}{more}: columns that are not used: {', '.join(unused)}."
                self._checked.warnings.append(" ".join((text, *hints)))

    def _warn_about_floats(self, source: Source) -> None:
        if self._floats:
            self._checked.warnings.append(
                f"{source.name}: {rows_text(self._floats)} with an offer_id such as 4521.0: some program took the "
                "offers for numbers. Each counts as the offer without .0 where rows are compared, and is sent as it "
                "stands. If the offer has no .0 at Trackly, have the file written with the offers as text."
            )
            self._floats = 0

    def _warn_about_wrapping(self, source: Source) -> None:
        count = self._normalise.unwrapped
        if count:
            self._checked.warnings.append(
                f'{source.name}: cells written as ="…", with a \' or U+001F before the text, or with characters of no '
                f"width in it ({count:,}) count as that text. Programs write so to keep leading zeros."
            )
            self._normalise.unwrapped = 0

    def _take(self, file: int, source: Source, batch: pl.DataFrame) -> None:
        columns = self._columns[file]
        batch = with_reasons(batch, columns)
        rows = self._normalise(batch, columns)
        told = None if columns.equal_before is None else batch[str(columns.equal_before)]
        rows = rows.with_columns(equal_before(rows, told))
        self._floats += floats_among(rows["offer_id"])
        if self._reread is not None:
            rows = self._reread(rows, batch, columns)
        rows = self._total_rows(rows, batch, columns)
        rows = self._exclude(rows, batch, columns)
        self._guards.look(source.name, rows, batch, columns)
        position = columns.positions.get("revenue")
        if self._evidence is not None and position is not None:
            self._evidence.add(source.name, source.delimiter, _speaking_cells(batch, position, rows))
        rows = self._with_kept(rows, batch, columns)
        if self._with_raw:
            rows = self._with_raw_cells(rows, batch, source, columns)
        by_kind = shares_by_kind(rows)
        self._whole += total_of(by_kind)
        self._digest.add(rows)
        if self._settings.shard is not None:
            part, parts = self._settings.shard
            rows = rows.filter(shard_of(rows, parts) == part - 1)
            by_kind = shares_by_kind(rows)
        self._checked.add(source, rows, by_kind)
        self._parts.append(rows.select(*self._index, pl.lit(file, pl.UInt32).alias("file")))
        if self._spool is not None:
            self._spool.add(rows.drop(*_ONLY_NOW).with_columns(source=pl.lit(source.name)))

    def _with_kept(self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
        here = dict(columns.keep)
        cells = [_cell(batch, here.get(name)).alias(f"keep_{i}") for i, name in enumerate(self._kept)]
        return rows.with_columns(cells) if cells else rows

    def _with_raw_cells(
        self, rows: pl.DataFrame, batch: pl.DataFrame, source: Source, columns: Columns
    ) -> pl.DataFrame:
        positions = {title: i for i, title in reversed(list(enumerate(source.header)))}
        cells = [_cell(batch, positions.get(title)).alias(f"raw_{i}") for i, title in enumerate(self._raw)]
        rows = rows.with_columns(cells)
        surplus = handed_on(batch, columns)
        if surplus is None:
            return rows
        beyond = pl.format("{} " + BEYOND + "{}", "error_message", surplus)
        return rows.with_columns(pl.coalesce(beyond, "error_message").alias("error_message"))


def _rules(settings: InputSettings, offers: frozenset[str] | None, now: datetime) -> Rules:
    return Rules(
        timezone=settings.timezone,
        ambiguous=settings.ambiguous,
        timestamp_format=settings.timestamp_format,
        decimal=settings.decimal,
        any_message_id=settings.any_message_id,
        null=frozenset(settings.null),
        limits=Limits(period=settings.period, max_revenue=settings.max_revenue, offers=offers),
        value=settings.value,
        now=now,
    )


def _columns(source: Source, settings: InputSettings) -> Columns:
    if not settings.allow_tune:
        refuse_tune(source.header, source.name)
    require_header(source.header, settings.header, source.name)
    said = {**settings.set, **settings.map}
    return match_columns(
        source.header,
        source.name,
        advice=source.advice,
        beginning=source.beginning,
        mapping={**settings.map, **chosen(source.header, settings.choose, said, source.name)},
        constants=settings.set,
        keep=settings.keep,
        where=[condition_of(text).column for text in settings.where],
        ignore=settings.ignore,
    )


def _compare_control_totals(settings: InputSettings, whole: Share) -> None:
    """Compare what a person expects with the whole input, all shards of it, invalid rows included."""
    rows, revenue = whole.rows, whole.revenue
    expected_rows, expected_total = settings.expect_rows, settings.expect_total
    if expected_rows is not None and expected_rows != rows:
        raise ControlError(
            f"The input has {rows:,} rows, not the {expected_rows:,} of --expect-rows. Nothing was posted. "
            "Make sure that this is the whole file, and the right one."
        )
    if expected_total is not None and expected_total != revenue:
        difference = EXACT.subtract(revenue, expected_total)
        raise ControlError(
            f"The revenue of the input is {revenue:,f}, not the {expected_total:,f} of --expect-total (difference "
            f"{difference:,f}). Nothing was posted. Rows whose revenue cannot be read do not count: see `check`."
        )


def _read_ahead(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same batches, each read while the one before it is judged: a second processor has something to do."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _cell(batch: pl.DataFrame, position: int | None) -> pl.Series:
    """A column of the file, or nothing for each line where this file does not have it."""
    if position is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, batch.height)
    return batch[str(position)]


def _speaking_cells(batch: pl.DataFrame, position: int, rows: pl.DataFrame) -> pl.DataFrame:
    """The revenue cells that a person or a program punctuated: not typed numbers, nor what may be another column's."""
    cells = batch.select("row", cell=str(position))
    as_written = rows["error_code"].is_null() & (rows["revenue"] == cells["cell"])
    silent = (
        batch["ragged"]
        | rows["revenue"].is_null()
        | batch.get_column(f"{position}#number", default=batch["ragged"]).fill_null(value=False)
    )
    return cells.with_columns(as_written=as_written).filter(~silent)


def _united(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
