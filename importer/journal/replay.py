"""What the intents and outcomes that a journal has after its compacted part make of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Parts
from importer.journal.doubt import LOOK_UP
from importer.journal.rows import INTENT_WITH_KEY, OUTCOME
from importer.model import FATE, FIELDS, KEY, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ALWAYS = {"n", "attempt", "sent_at", "prior", "attempts_before", "message_id", "revenue"}
_MOMENT = "%Y-%m-%dT%H:%M:%S%.3fZ"
# Of millions of rows, texts that repeat, numbers and times are not kept as texts.
_INTEGERS = pl.col("n").cast(pl.UInt32), pl.col("attempt").cast(pl.Int64)
INTENT_TYPES = (
    *_INTEGERS,
    pl.col("prior", "attempts_before").cast(pl.Int64),
    pl.col("sent_at").str.to_datetime(_MOMENT, time_unit="ms"),
)
OUTCOME_TYPES = (
    *_INTEGERS,
    pl.col("status", "http_status", "error_code", "doubt_since").cast(pl.Categorical()),
    pl.col("finished_at").str.to_datetime(_MOMENT, time_unit="ms"),
)
_AWAITED = "interrupted while the answer was awaited"
PART_ROWS, MOST_ROWS = 50_000, 2**32 - 1


class LiveRows:
    """Takes the intents and outcomes as they come in the journal, and has the rows, a part of the input at a time.

    The lines wait on disk; those of one part alone are in memory when its rows are made of them.

    Args:
        columns: those wanted of a row's own content.
        ends: where each part ends, in rows of the input, ascending.
    """

    def __init__(self, columns: Sequence[str], ends: Sequence[int] = range(PART_ROWS, MOST_ROWS, PART_ROWS)) -> None:
        self._columns = columns
        self._intents, self._outcomes = Parts(ends), Parts(ends)

    def add(self, intents: pl.DataFrame, outcomes: pl.DataFrame) -> None:
        """Take what comes next, each with the number of its `line` in the journal."""
        self._intents.add(intents)
        self._outcomes.add(outcomes)

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows of every part in turn."""
        return map(self._part, range(len(self._intents.ends)))

    def some(self) -> Iterator[pl.DataFrame]:
        """The rows of those parts that have any, in turn; with a key only where a row of the part has one."""
        return (_without_vain_key(self._part(part)) for part in sorted(self._intents.known()))

    def _part(self, part: int) -> pl.DataFrame:
        intents = self._intents[part]
        if not intents:
            return no_live_rows()
        return _rows(pl.concat(intents), pl.concat(self._outcomes[part] or [_no_outcomes()]), self._columns)

    def close(self) -> None:
        """Give the room back."""
        self._intents.close()
        self._outcomes.close()


def is_in_flight() -> pl.Expr:
    """Whether a live row has an intent without an outcome: in doubt, unless its run still waits for the answer."""
    awaited = pl.col("error_message").str.starts_with(_AWAITED)
    return ((pl.col("error_code") == "interrupted") & awaited).fill_null(value=False)


def _without_vain_key(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop(KEY) if KEY in rows.columns and rows[KEY].null_count() == rows.height else rows


def no_live_rows() -> pl.DataFrame:
    """The rows of a run that sent nothing."""
    return pl.DataFrame(schema={**dict.fromkeys(FATE, pl.String), "n": pl.UInt32, "prior": pl.Int64})


def _no_outcomes() -> pl.DataFrame:
    kinds = {"line": pl.UInt32, **dict.fromkeys(OUTCOME, pl.String)}
    return pl.DataFrame(schema=kinds).with_columns(OUTCOME_TYPES)


def wanted_of_intents(columns: Sequence[str]) -> list[str]:
    """What must be read of an intent for the rows with these columns."""
    return [name for name in INTENT_WITH_KEY if name in _ALWAYS or name in columns]


def _rows(intents: pl.DataFrame, outcomes: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """One line a row that was sent; an intent without an outcome is in doubt."""
    settled = outcomes.unique("n", keep="last").rename({"line": "settled", "attempt": "tries"})
    tried = intents.select("n", tried_attempt="attempt", tried_at="sent_at", tried="line").unique("n", keep="last")
    rows = intents.filter(pl.col("prior").is_not_null()).drop("line", "attempt", "sent_at")
    rows = rows.unique("n", keep="first", maintain_order=True)
    rows = rows.join(settled, on="n", how="left", maintain_order="left")
    rows = rows.join(tried, on="n", how="left", maintain_order="left")
    open_ = pl.col("settled").is_null() | (pl.col("settled") < pl.col("tried"))
    tried_at = pl.col("tried_at").dt.strftime(_MOMENT)
    asked = pl.format(f"{_AWAITED}{LOOK_UP}", "message_id", "revenue", tried_at)
    attempts = pl.col("attempts_before") + pl.when(open_).then("tried_attempt").otherwise("tries")
    return rows.select(
        *(name for name in ("row", "source", *FIELDS) if name in columns),
        status=pl.when(open_).then(pl.lit(str(Status.IN_DOUBT))).otherwise(pl.col("status").cast(pl.String)),
        revenue_id=pl.when(~open_).then("revenue_id"),
        error_code=pl.when(open_).then(pl.lit("interrupted")).otherwise(pl.col("error_code").cast(pl.String)),
        error_message=pl.when(open_).then(asked).otherwise("error_message"),
        http_status=pl.when(~open_).then(pl.col("http_status").cast(pl.String)),
        attempts=attempts.cast(pl.String),
        finished_at=pl.when(open_).then("tried_at").otherwise("finished_at").dt.strftime(_MOMENT),
        doubt_since=pl.when(open_).then(tried_at).otherwise(pl.col("doubt_since").cast(pl.String)),
        n="n",
        prior="prior",
        **({KEY: KEY} if KEY in columns else {}),
    )
