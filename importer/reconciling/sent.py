"""Our side: every row that was ever sent, and those that never were, as RESULTS and their journals tell."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Packed, is_locked
from importer.errors import ImporterError, LockedError, ResultsError
from importer.journal import is_empty, journal_path, no_fates, with_a_run_in_common
from importer.model import FATE, Share, Status, added
from importer.plan import load_for_verdicts
from importer.results import read_results
from importer.schema import AMOUNT, FLOAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.plan import Earlier

BY_A_PERSON = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows whose fate is a person's word, which proves nothing of an export."""
TEXTS = ("row", "source", "revenue", "attribution_type", "offer_id", "timestamp")
"""What of a row is only shown; its message is among what is compared."""
_WORD = pl.Categorical()
_PLACE = pl.col("file", "place")


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows of several RESULTS, and what each of these was read from.

    `rows` has what is compared: `n`, the number of a row; `file` and `place`, the number of its RESULTS and of its line
    in the journal; `message_id`, `revenue_id`, `status`, `offer`, `kind` (its attribution type), `amount`, `time` (of
    the event, UTC), `since` and `until` (the first and the last moment at which an attempt of it was under way);
    `role`: `recorded` by the API's word, `doubt`, `word` (a person's verdict), `refused`, or `unsent`. `texts` has what
    is only shown.
    """

    paths: tuple[Path, ...]
    earlier: tuple[Earlier, ...]
    rows: pl.DataFrame
    texts: Packed

    def in_full(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Some of the rows, by their number `n`, with all that is known of them, their texts, too."""
        return self.placed(rows, pl.all().exclude(rows.columns)).hstack(self.texts.at(rows["n"]))

    def placed(self, rows: pl.DataFrame, more: pl.Expr = _PLACE) -> pl.DataFrame:
        """Some of the rows with `file` and `place`, or what else is asked of them."""
        return rows.hstack(self.rows.select(more.gather(rows["n"])))

    @property
    def inputs(self) -> set[str]:
        """The digests of the files that were imported."""
        return {digest for one in self.earlier for start in one.events.starts for digest in start.digests}

    @property
    def resent(self) -> bool:
        """Whether a run posted rows again whose answers had been lost."""
        starts = (start for one in self.earlier for start in one.events.starts)
        return any(start.options.get("in_doubt") == "resend" for start in starts)

    def resting_on(self, sha256: str) -> dict[str, Share]:
        """What of the rows was judged by an export with this digest, by verdict: it cannot but agree with these.

        A draft of verdicts names the beginning of the digest in its reasons, as `evidence_texts` writes them.
        """
        judged: dict[tuple[object, ...], tuple[str, Share]] = {}
        for number, one in enumerate(self.earlier):
            for given in one.events.verdicts:
                place = (number, given.source, given.row, given.message_id, given.revenue)
                judged.pop(place, None)
                if f"SHA-256 {sha256[:16]}" in (given.why or ""):
                    judged[place] = given.verdict, Share.of_row(given.revenue)
        return added({verdict: share} for verdict, share in judged.values())


def read_sent(paths: Sequence[Path], held: Sequence[Earlier] = ()) -> Sent:
    """Read RESULTS and their journals; `held` is what the journals say, where this process holds them itself.

    Raises:
        ResultsError: there are no such results, they cannot be understood, or two of them are copies.
        LockedError: an import is using one of them.
    """
    earlier, frames, texts = [], [], Packed()
    for number, path in enumerate(paths):
        if not path.exists() and is_empty(journal_path(path)):
            raise ResultsError(f"{path} does not exist; name the results file of an import.")
        if not held and is_locked(journal_path(path)):
            raise LockedError(f"An import is using {path}. Wait for it to end, then compare.")
        with nullcontext(held[number]) if held else closing(load_for_verdicts(path)) as one:
            earlier.append(one)
            for part in _rows(path, one):
                texts.add(part.select(TEXTS))
                frames.append(_understood(part).with_columns(file=pl.lit(number, pl.UInt32)))
    rows = pl.concat(frames)
    _refuse_copies(paths, earlier, rows)
    return Sent(tuple(paths), tuple(earlier), rows.with_row_index("n"), texts)


def _refuse_copies(paths: Sequence[Path], earlier: Sequence[Earlier], rows: pl.DataFrame) -> None:
    """A row in doubt that stands in two copies would be looked for twice, and of one be said not to be recorded."""
    runs = {number: one.events.began for number, one in enumerate(earlier)}
    for number, other in (*with_a_run_in_common(runs), *_with_rows_in_common(earlier, rows)):
        raise ResultsError(
            f"{paths[number]} is a copy of {paths[other]}, or an older state of it: both tell of the same attempts, "
            "and each row of these would be compared twice. Name one of them, the one that imports go on with."
        )


def _with_rows_in_common(earlier: Sequence[Earlier], rows: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """Files without a journal, with others in which an attempt for the same message ended at the same moment."""
    loose = [number for number, one in enumerate(earlier) if not one.has_journal]
    if not loose or len(earlier) == 1:
        return
    ended = rows.select("file", "message_id", "amount", "until").drop_nulls().unique()
    some = ended.filter(pl.col("file").is_in(loose))
    met = some.join(ended, on=["message_id", "amount", "until"], suffix="_there")
    yield from met.filter(pl.col("file") != pl.col("file_there")).select("file", "file_there").head(1).iter_rows()


def _rows(path: Path, earlier: Earlier) -> Iterator[pl.DataFrame]:
    """The rows that a journal knows, and those that RESULTS alone has, some at a time: their sentences are long."""
    place = 0
    for part in earlier.fates.parts(FATE):
        yield _nulled(part.with_row_index("place", place))
        place += part.height
    unsent = _unsent(path) if earlier.has_results else no_fates()
    yield _nulled(unsent.select(pl.lit(None, pl.UInt32).alias("place"), *FATE))


def _nulled(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(pl.String).replace("", None))


def _unsent(path: Path) -> pl.DataFrame:
    """The lines of RESULTS that no journal knows, because nothing of them was sent."""
    tried = pl.col("attempts").fill_null("0") != "0"
    never = ~pl.col("status").is_in(["recorded", "in_doubt", "rejected", "failed"]) & ~tried
    try:
        return read_results(path, only=never.fill_null(value=False)).select(FATE)
    except ImporterError:  # edited beyond reading: the journal tells of all that was sent
        return no_fates()


def _understood(rows: pl.DataFrame) -> pl.DataFrame:
    ended, began = _moment("finished_at"), _moment("doubt_since")
    return rows.select(
        *("place", "message_id", "revenue_id"),
        pl.col("status").cast(_WORD),
        pl.col("offer_id").str.replace(FLOAT, "${1}").alias("offer").cast(_WORD),
        pl.col("attribution_type").alias("kind").cast(_WORD),
        pl.col("revenue").cast(AMOUNT, strict=False).alias("amount"),
        _moment("timestamp").alias("time"),
        pl.coalesce(began, ended).alias("since"),
        # The attempt of a row that was interrupted has no end on record: its beginning stands there.
        pl.max_horizontal(began, ended).alias("until"),
        _role().alias("role").cast(_WORD),
    )


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
