"""The first pass: every row of every file is read and judged before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import real_path
from importer.model import KEY, Share
from importer.plan.approval import RowsDigest
from importer.plan.batches import batches_of
from importer.plan.carried_cells import CarriedCells
from importer.plan.checked import SHORT_LINE, Checked, shares_by_kind, short_line, total_of, total_rows_among
from importer.plan.control_totals import compare_control_totals
from importer.plan.index import index_for
from importer.plan.input_rules import columns_of, conditions_of, kept_titles, leaves_out, row_filter_of, rules_of
from importer.plan.keyed import with_keys_apart
from importer.plan.keys import KEYS
from importer.plan.notices import about_floats, about_keyless, about_lists, about_unused, about_wrapping
from importer.plan.others import folders_of
from importer.plan.rereading import Rereader
from importer.results import results_in
from importer.schema import (
    DecimalEvidence,
    Guards,
    Normaliser,
    TotalRows,
    equal_before,
    kept,
    looked_at,
    marked,
    require_ignored,
    row_keys,
    scheme_of,
    shard_of,
    warning_of,
    with_stray_lines_told,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.disk import Spool
    from importer.model import Listener
    from importer.plan.past import Earlier
    from importer.schema import Columns
    from importer.settings import InputSettings
    from importer.sources import Source


_SPOOLED_ROWS = 50_000
"""As many rows are in memory at once in the second pass, with all their texts."""
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
        self._scheme = scheme_of(settings.key)
        self._compared = compared
        self._index = short_line(compared=compared, reread=reread is not None, keyed=self._scheme is not None)
        self._normalise = Normaliser(rules_of(settings, offers, now))
        self._total_rows = TotalRows(any_id=settings.any_message_id)
        conditions = conditions_of(sources, settings)
        self._exclude = row_filter_of(conditions, settings)
        self._exclude_ahead = row_filter_of(conditions, settings)
        self._evidence = DecimalEvidence() if settings.decimal is None else None
        self._columns = [replace(columns_of(source, settings, conditions), address=source.cell) for source in sources]
        for source, columns in zip(sources, self._columns, strict=True):
            source.use(columns.used, alone=not self._with_raw, also=looked_at(columns, source.glimpse, settings.null))
        self._guards = Guards(
            hidden_decided=settings.hidden is not None,
            some_left_out=leaves_out(settings),
            null=settings.null,
            told=about_lists(sources, self._columns),
        )
        require_ignored(settings.ignore, {source.name: source.header for source in sources})
        self._carried = CarriedCells(sources, self._columns, with_raw=self._with_raw)
        self._whole, self._summing = Share(), 0
        self._digest = RowsDigest()
        self._keyless = 0
        self._parts: list[pl.DataFrame] = []
        self._checked = Checked(
            pl.DataFrame(schema=SHORT_LINE),
            self._sources,
            timezone=settings.timezone,
            key_scheme=self._scheme,
            keep=kept_titles(self._carried.kept, keyed=self._scheme is not None),
            raw_titles=self._carried.raw,
            positions={source.name: columns.positions for source, columns in zip(sources, self._columns, strict=True)},
        )

    def run(self, listener: Listener) -> Checked:
        """Read and judge everything.

        Raises:
            InputError: a file, or the revenue column as a whole, cannot be trusted.
            ControlError: the control totals differ.
        """
        self._checked.warnings += filter(None, [warning_of(self._settings.timezone)])
        self._checked.warnings += about_unused(self._sources, self._columns)
        for number, source in enumerate(self._sources):
            listener.stage(f"Checking {source.name}")
            self._read(number, source)
        if self._evidence is not None:
            self._evidence.verdict()
        self._guards.verdict()
        self._checked.currency = self._guards.currency()
        self._finish()
        self._checked.control = Share(self._whole.rows - self._summing, self._whole.revenue)
        compare_control_totals(self._settings, self._checked.control, self._summing)
        return self._checked

    def _read(self, file: int, source: Source) -> None:
        columns = self._columns[file]
        for whole, normalised in batches_of(source, columns, self._normalise, self._total_rows, self._exclude_ahead):
            rows = self._judged(normalised, whole, columns)
            self._look(source, rows, whole, columns)
            self._take(file, source, self._carried.added(rows, whole, source, columns))
        self._checked.warnings += source.warnings
        self._checked.warnings += about_floats(source.name, self._normalise.floats)
        self._checked.warnings += about_wrapping(source.name, self._normalise.unwrapped)
        self._checked.warnings += about_keyless(source.name, self._settings.key, self._keyless)
        self._normalise.begin()
        self._keyless = 0

    def _judged(self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
        """The normalised rows of a batch, with all that is wrong about each, and what leaves it out."""
        told = None if columns.equal_before is None else batch[str(columns.equal_before)]
        rows = rows.with_columns(equal_before(rows, told))
        if self._reread is not None:
            rows = self._reread(rows, batch, columns)
        if self._scheme is not None:
            rows = with_keys_apart(rows, row_keys(batch, columns.key, self._settings.null, self._scheme))
        why = self._exclude.why(batch, columns)
        rows = self._total_rows(rows, batch, columns, kept(rows, why))
        return marked(with_stray_lines_told(rows, batch, columns), why)

    def _look(self, source: Source, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """Note what only the file as a whole can tell."""
        if self._scheme is not None:
            self._keyless += int((rows[KEY].is_null() & rows["error_code"].is_null()).sum())
        self._guards.look(source.name, rows, batch, columns)
        position = columns.positions.get("revenue")
        if self._evidence is not None and position is not None:
            cells = _speaking_cells(batch, position, rows)
            self._evidence.add(source.name, source.delimiter, cells, lambda line: source.cell(line, position))

    def _take(self, file: int, source: Source, rows: pl.DataFrame) -> None:
        """Count the rows, those of other shards in the control totals only, and keep what later stages need."""
        by_kind = shares_by_kind(rows)
        self._whole += total_of(by_kind)
        self._summing += total_rows_among(rows)
        self._digest.add(rows)
        if self._settings.shard is not None:
            part, parts = self._settings.shard
            is_ours = shard_of(rows, parts) == part - 1
            if self._compared:
                self._checked.other_shards.append(rows.filter(~is_ours & rows["key_a"].is_not_null()).select(KEYS))
            rows = rows.filter(is_ours)
            by_kind = shares_by_kind(rows)
        self._checked.add(source, rows, by_kind)
        # Lazy, because the parts of an event are used more than once.
        short = rows.lazy().select(*self._index, pl.lit(file, pl.UInt32).alias("file"))
        self._parts.append(short.collect(engine="in-memory"))
        if self._spool is not None:
            for some in rows.drop(*_ONLY_NOW).with_columns(source=pl.lit(source.name)).iter_slices(_SPOOLED_ROWS):
                self._spool.add(some)

    def _finish(self) -> None:
        checked = self._checked
        checked.warnings += self._exclude.remarks()
        checked.warnings += self._guards.remarks()
        if self._parts:
            checked.index = pl.concat(self._parts)
        checked.rows_digest = self._digest.hexdigest()
        checked.by_kind = dict(sorted(checked.by_kind.items()))
        checked.by_month = dict(sorted(checked.by_month.items()))


def _speaking_cells(batch: pl.DataFrame, position: int, rows: pl.DataFrame) -> pl.DataFrame:
    """The revenue cells that a person or a program punctuated: not typed numbers, nor what may be another column's."""
    cells = batch.select("row", "line", cell=str(position))
    as_written = rows["error_code"].is_null() & (rows["revenue"] == cells["cell"])
    silent = (
        batch["ragged"]
        | rows["revenue"].is_null()
        | batch.get_column(f"{position}#number", default=batch["ragged"]).fill_null(value=False)
    )
    cells = cells.with_columns(as_written=as_written)
    return cells.filter(~silent) if silent.any() else cells
