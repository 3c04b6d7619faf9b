"""Our side: every row that was ever sent, and those that never were, as RESULTS and their journals tell."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ImporterError, LockedError, ResultsError
from importer.journal import is_empty, is_held, journal_path
from importer.model import FATE, Status
from importer.plan import load_for_verdicts
from importer.results import read_results
from importer.schema import AMOUNT, FLOAT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.plan import Earlier

BY_A_PERSON = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows whose fate is a person's word, which proves nothing of an export."""
_READ_ALREADY = ("error_code", "error_message", "http_status", "attempts", "finished_at", "doubt_since")


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows of several RESULTS, and what each of these was read from.

    `rows` has the columns of `FATE` that say what and where a row is, and its status; `file` and `place`, the number of
    its RESULTS and of its line in the journal; `amount`, `time` (of the event, UTC), `since` and `until` (the first and
    the last moment at which an attempt of it was under way); `role`: `recorded` by the API's word, `doubt`, `word` (a
    person's verdict), `refused`, or `unsent`.
    """

    paths: tuple[Path, ...]
    earlier: tuple[Earlier, ...]
    rows: pl.DataFrame

    @property
    def inputs(self) -> set[str]:
        """The digests of the files that were imported."""
        return {digest for one in self.earlier for start in one.events.starts for digest in start.digests}

    @property
    def resent(self) -> bool:
        """Whether a run posted rows again whose answers had been lost."""
        starts = (start for one in self.earlier for start in one.events.starts)
        return any(start.options.get("in_doubt") == "resend" for start in starts)


def read_sent(paths: Sequence[Path], held: Sequence[Earlier] = ()) -> Sent:
    """Read RESULTS and their journals; `held` is what the journals say, where this process holds them itself.

    Raises:
        ResultsError: there are no such results, or they cannot be understood.
        LockedError: an import is using one of them.
    """
    earlier, frames = [], []
    for number, path in enumerate(paths):
        if not path.exists() and is_empty(journal_path(path)):
            raise ResultsError(f"{path} does not exist; name the results file of an import.")
        if not held and is_held(journal_path(path)):
            raise LockedError(f"An import is using {path}. Wait for it to end, then compare.")
        with nullcontext(held[number]) if held else closing(load_for_verdicts(path)) as one:
            earlier.append(one)
            frames.append(_understood(_rows(path, one)).with_columns(file=pl.lit(number, pl.UInt32)))
    return Sent(tuple(paths), tuple(earlier), pl.concat(frames).with_row_index("n"))


def _rows(path: Path, earlier: Earlier) -> pl.DataFrame:
    sent = earlier.fates.whole().select(FATE).with_row_index("place")
    unsent = _unsent(path).with_columns(place=pl.lit(None, pl.UInt32)) if earlier.has_results else sent.clear()
    return pl.concat([sent, unsent.select(sent.columns)])


def _unsent(path: Path) -> pl.DataFrame:
    """The lines of RESULTS that no journal knows, because nothing of them was sent."""
    try:
        lines = read_results(path)
    except ImporterError:  # edited beyond reading: the journal tells of all that was sent
        lines = pl.DataFrame(schema=dict.fromkeys((*FATE, "ragged"), pl.String))
    tried = pl.col("attempts").fill_null("0") != "0"
    never = ~pl.col("status").is_in(["recorded", "in_doubt", "rejected", "failed"]) & ~tried
    return lines.filter(never.fill_null(value=False)).select(FATE)


def _understood(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.with_columns(pl.col(pl.String).replace("", None))
    ended, began = _moment("finished_at"), _moment("doubt_since")
    return rows.with_columns(
        pl.col("offer_id").str.replace(FLOAT, "${1}").alias("offer"),
        pl.col("attribution_type").alias("kind"),
        pl.col("revenue").cast(AMOUNT, strict=False).alias("amount"),
        _moment("timestamp").alias("time"),
        pl.coalesce(began, ended).alias("since"),
        # The attempt of a row that was interrupted has no end on record: its beginning stands there.
        pl.max_horizontal(began, ended).alias("until"),
        _role().alias("role"),
    ).drop(_READ_ALREADY)


def _moment(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)


def _role() -> pl.Expr:
    status = pl.col("status")
    return (
        pl.when(pl.col("error_code").is_in(BY_A_PERSON))
        .then(pl.lit("word"))
        .when(status == str(Status.RECORDED))
        .then(pl.lit("recorded"))
        .when(status == str(Status.IN_DOUBT))
        .then(pl.lit("doubt"))
        .when(pl.col("place").is_null())
        .then(pl.lit("unsent"))
        .otherwise(pl.lit("refused"))
    )
