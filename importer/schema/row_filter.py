"""Rows that a person leaves out: by what stands in a column, by the currency, or because the workbook hides them.

Of a ragged row nobody can tell which cell belongs to which column, so no condition is asked of it: it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import on_one_line
from importer.schema.guards import currencies_of
from importer.schema.limits import OUTSIDE_PERIOD
from importer.schema.money import plain_currency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.schema.columns import Columns
    from importer.settings import Condition

HIDDEN = "Hidden in the workbook, and left out by --hidden skip."
_VALUES_NAMED = 8


class RowFilter:
    """Tells of each row of a batch whether it is left out, and remembers what the columns held."""

    def __init__(self, conditions: Sequence[Condition], *, skip_hidden: bool, currency: str | None = None) -> None:
        self._conditions = [_Wanted(condition) for condition in conditions]
        self._skip_hidden = skip_hidden
        self._currency = currency
        self._in_it = self._in_others = 0

    def __call__(self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
        """Add `excluded` to normalised rows; `error_message` of such a row begins with why it is left out."""
        return marked(rows, self.why(batch, columns))

    def why(self, batch: pl.DataFrame, columns: Columns) -> pl.Series | None:
        """Why each row of a batch is left out, null where it is not; None where no option leaves out any."""
        reasons = []
        if self._skip_hidden and "hidden" in batch.columns:
            reasons.append(pl.when(batch["hidden"]).then(pl.lit(HIDDEN)))
        if self._currency is not None and (position := columns.positions.get("revenue")) is not None:
            is_other = self._is_in_another(batch, position, self._currency)
            reasons.append(pl.when(is_other).then(pl.lit(f"Left out by --currency {self._currency}.")))
        for wanted, position in zip(self._conditions, columns.where, strict=True):
            left_out = ~wanted.holds(batch, position) & ~batch["ragged"]
            reasons.append(pl.when(left_out).then(pl.lit(f"Left out by --where {wanted.condition.text}.")))
        return pl.select(pl.coalesce(reasons)).to_series() if reasons else None

    def remarks(self) -> Iterator[str]:
        """What to say of conditions that left nothing, or everything, or name values that are nowhere."""
        for wanted in self._conditions:
            yield from wanted.remarks()
        if self._in_others and not self._in_it:
            yield f"--currency {self._currency}: no amount shows this currency, and all that show another are excluded."

    def _is_in_another(self, batch: pl.DataFrame, position: int, currency: str) -> pl.Series:
        """Whether the amount is in another currency, row by row."""
        found = currencies_of(batch, position)
        is_it = (found == plain_currency(currency)).fill_null(value=False)
        is_other = found.is_not_null() & ~is_it & ~batch["ragged"]
        self._in_it += int(is_it.sum())
        self._in_others += int(is_other.sum())
        return is_other


def marked(rows: pl.DataFrame, why: pl.Series | None) -> pl.DataFrame:
    """Normalised rows with `excluded`, and with `why` in front of the `error_message` of those that are."""
    if why is None:
        return rows.with_columns(excluded=pl.lit(value=False))
    broken = pl.col("error_message").fill_null("")
    message = pl.when(pl.col("why").is_not_null()).then((pl.col("why") + " " + broken).str.strip_chars_end())
    rows = rows.with_columns(why=why).with_columns(
        excluded=pl.col("why").is_not_null(), error_message=pl.coalesce(message, "error_message")
    )
    return rows.drop("why")


def kept(rows: pl.DataFrame, why: pl.Series | None) -> pl.Series | None:
    """The rows that no option leaves out, neither by `RowFilter.why` nor by the period; None where these are all."""
    found = rows["error_code"].ne_missing(OUTSIDE_PERIOD)
    if why is not None:
        found &= why.is_null()
    return None if found.all() else found


class Values:
    """The values of a condition: a cell is one of them without case and surrounding space, or as a number."""

    def __init__(self, values: Sequence[str]) -> None:
        words = on_one_line(pl.Series(values, dtype=pl.String))
        self.words = words.str.to_lowercase().unique(maintain_order=True)
        self.numbers = self.words.cast(pl.Float64, strict=False).drop_nulls()

    def among(self, batch: pl.DataFrame, position: int, cells: pl.Series) -> pl.Series:
        """Whether a column, whose `plain_cells` these are, has one of the values, row by row."""
        found = cells.is_in(self.words.implode())
        are_numbers: pl.Series | None = batch.get_column(f"{position}#number", default=None)
        if are_numbers is None or self.numbers.is_empty():
            return found
        same = are_numbers & cells.cast(pl.Float64, strict=False).is_in(self.numbers.implode())
        return found | same.fill_null(value=False)


def plain_cells(batch: pl.DataFrame, position: int) -> pl.Series:
    """The cells of a column as conditions see them: lower case, on one line; empty where there is nothing."""
    return on_one_line(batch[str(position)]).str.to_lowercase()


class _Wanted:
    """One condition, and which rows it met."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._values = Values(condition.values)
        self._seen: set[str] = set()
        self._others: dict[str, None] = {}
        self._kept = self._rows = 0

    def holds(self, batch: pl.DataFrame, position: int) -> pl.Series:
        """Whether the condition holds, row by row."""
        cells = plain_cells(batch, position)
        found = self._values.among(batch, position, cells)
        self._note(batch[str(position)], cells, found, batch["ragged"])
        return ~found if self.condition.is_not else found

    def _note(self, written: pl.Series, cells: pl.Series, found: pl.Series, ragged: pl.Series) -> None:
        self._rows += int((~ragged).sum())
        self._kept += int(((found ^ pl.Series([self.condition.is_not])) & ~ragged).sum())
        if len(self._seen) < len(words := self._values.words):
            self._seen.update(words.filter(words.is_in(cells.filter(found).implode())))
        if len(self._others) < _VALUES_NAMED and not found.all():
            others = written.filter(~found).fill_null("").unique(maintain_order=True).head(_VALUES_NAMED)
            self._others.update(dict.fromkeys(text.strip() for text in others))

    def remarks(self) -> Iterator[str]:
        condition = self.condition
        if not self._rows:
            return
        held = f" The column holds {self._held()}." if self._others else ""
        if not self._kept:
            yield f"--where {condition.text} leaves no row at all: every row is excluded.{held}"
        elif self._kept == self._rows:
            yield f"--where {condition.text} leaves out no row: all {self._rows:,} are kept.{held}"
        elif strange := self._strange():
            yield f"--where {condition.text}: no row has {strange}.{held}"

    def _strange(self) -> str:
        if self._values.numbers.len():
            return ""
        return ", ".join(repr(value) for value in self._values.words if value not in self._seen)

    def _held(self) -> str:
        named = [repr(text[:40]) if text else "empty cells" for text in list(self._others)[:_VALUES_NAMED]]
        return ", ".join(named)
