"""A person's verdict on rows in doubt, after a look at the vendor's dashboard, applied.

The verdict changes the row's fate and is kept as an event with its reason. Both go into the journal in one atomic
replacement, under the lock that imports hold too; RESULTS follows from it.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, follow_link
from importer.errors import ResultsError, SettingsError
from importer.journal import Journal, ResultsWritten, VerdictLines, is_empty, journal_path
from importer.model import MAY_COUNT, Share, Status
from importer.plan import load_for_verdicts
from importer.results import COLUMNS, as_written, kept_titles, write
from importer.run.noting import free
from importer.run.user import system_user
from importer.run.verdicts.cases import Cases, cases_of, with_rows
from importer.run.verdicts.changes import Changes, status_after
from importer.run.verdicts.given import Verdicts
from importer.run.verdicts.sole_rows import RESOLVED
from importer.schema import AMOUNT, exact_sum
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.journal import Event
    from importer.plan import Earlier
    from importer.run.verdicts.cases import Case
    from importer.run.verdicts.given import Verdict

# A server may store a request long after its client gave up.
TOO_SOON = timedelta(minutes=10)


def resolve(
    results: str | Path,
    verdicts: Sequence[Verdict],
    confirm: Callable[[Sequence[Case]], bool],
    *,
    sure: bool = False,
    by: str | None = None,
    now: datetime | None = None,
) -> tuple[Cases, bool]:
    """Apply verdicts to rows in doubt, or to correct verdicts on them, all or none; `confirm` is shown the rows first.

    Args:
        sure: take "not recorded" also within ten minutes of the end of the attempt, in which it may still be stored.
        by: who gives the verdicts, which is kept with them; the system's user unless told.
        now: the moment of the verdicts, if not this one.

    Verdicts that stand already change nothing, and are counted. Returns the rows, and whether RESULTS shows the
    verdicts already (otherwise the next import writes it anew).

    Raises:
        ResultsError: there are no such results, a row is not in doubt, or a verdict comes too soon.
        LockedError: an import is using them.
        StorageError: the disk refused; nothing was changed.
    """
    with HeldResults(Path(results)) as held:
        cases = cases_of(held.earlier, with_rows(Verdicts.of(verdicts), held.earlier), held.path)
        if not cases and cases.standing:
            return cases, _may_be_rewritten(held.earlier)
        _refuse_told_before(cases, held.earlier)
        if not sure:
            _refuse_too_soon(cases, now or datetime.now(UTC))
        if not confirm(cases):
            raise SettingsError("Nothing was changed.")
        return cases, held.write(cases, by)


class HeldResults:
    """RESULTS whose journal this process holds, so that no import changes it meanwhile, for verdicts to be written.

    Raises:
        ResultsError: there are no such results, or they cannot be understood.
        LockedError: an import is using them.
    """

    def __init__(self, results: Path) -> None:
        self.path = follow_link(results)
        if not self.path.exists() and is_empty(journal_path(self.path)):
            raise ResultsError(f"{results} does not exist; name the results file of an import.")
        self._journal = Journal(journal_path(self.path))
        try:
            self.earlier = load_for_verdicts(self.path)
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> HeldResults:
        return self

    def __exit__(self, *_: object) -> None:
        self.earlier.close()
        self._journal.close()

    def write(self, cases: Cases, by: str | None = None) -> bool:
        """Write all verdicts or none, once; returns whether RESULTS shows them already. `by` is who gives them.

        Raises:
            StorageError: the disk refused; nothing was changed.
        """
        written = _write(self.path, self._journal, self.earlier, cases, by or system_user())
        free(self.path, written, self.earlier, cases)
        return written is not None


def told_too_soon(tried_at: str | None, now: datetime | None = None) -> str | None:
    """Why "not recorded" cannot be said yet, and when it can, of a row whose attempt ended at `tried_at`; or None.

    `now` is the moment of the verdict, if not this one.
    """
    ended = _moment(tried_at)
    if (now or datetime.now(UTC)) - ended >= TOO_SOON:
        return None
    return (
        "the attempt ended less than ten minutes ago, and a server may store a request long after its client gave up. "
        f"Look again after {ended + TOO_SOON:%Y-%m-%d %H:%M:%S} UTC and give the verdict then, or say --sure now."
    )


def _refuse_too_soon(cases: Cases, now: datetime) -> None:
    soon, last, begin = 0, ("", 0), 0
    for frame in cases.frames():
        tried = frame.with_row_index("at", begin).filter(~pl.col("told_recorded"))
        begin += frame.height
        ended = pl.col("finished_at").str.to_datetime("%+", time_zone="UTC", strict=False)
        late = tried.filter(ended > now - TOO_SOON)
        soon += late.height
        last = max([last, *late.select("finished_at", "at").iter_rows()])
    if not soon:
        return
    others = f", and {soon - 1:,} more" if soon > 1 else ""
    raise ResultsError(f"{cases[last[1]].name}{others}: {told_too_soon(last[0], now)} Nothing was changed.")


def _refuse_told_before(cases: Cases, earlier: Earlier) -> None:
    """Refuse lines of a file that say "not recorded" of an attempt, to the letter, and stand before a later one.

    Such a file was given before: the row was posted then, and that answer was lost, too.
    """
    names = ("source", "message_id", "revenue", "told_why", "finished_at", "told_recorded", "told_line", "status")
    told = cases.columns(*names).with_row_index("at")
    told = told.filter(~pl.col("told_recorded"), pl.col("told_line").is_not_null(), status=str(Status.IN_DOUBT))
    before: dict[tuple[str | None, ...], str] = {}
    for given in earlier.events.verdicts if told.height else ():
        if given.verdict == "not_recorded":
            before[given.source, given.message_id, given.revenue, given.why] = given.at
    for at, *key, finished_at, _, line, _ in told.iter_rows():
        said_at = before.get(tuple(key))
        if said_at is not None and _moment(said_at) < _moment(finished_at):
            raise ResultsError(
                f"{cases[at].name} (line {line} of the file) was said to be not recorded on {said_at}, in these words, "
                f"and was sent again: the answer to that attempt, which ended {finished_at}, was lost, too. Nothing "
                "was changed. Look that attempt up, and give the verdict on it with a reason of its own."
            )


def _moment(tried_at: str | None) -> datetime:
    """When the attempt ended, or began if nobody saw its end; long ago where that is not known."""
    try:
        return datetime.fromisoformat(tried_at or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _write(results: Path, journal: Journal, earlier: Earlier, cases: Cases, by: str) -> str | None:
    """Journal first, then RESULTS, unless that was edited or is behind; returns its digest if it was written."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    changes = Changes(cases, now)
    events: list[Event] = [*earlier.events, _given(cases, by, now)]
    written, whole = None, _may_be_rewritten(earlier)
    with ExitStack() as closing:
        compaction = closing.enter_context(journal.compaction(earlier.header))
        replacement = closing.enter_context(Replacement(results)) if whole else None
        if replacement is not None:
            _rewrite_results(results, replacement, changes, _resolved(earlier, changes))
            totals = _totals(earlier, cases)
            events.append(ResultsWritten(sha256=earlier.known_digest, name=results.name))
            written = replacement.sync()
            events.append(ResultsWritten(sha256=written, name=results.name, totals=totals))
        for fates in _resolved(earlier, changes):
            compaction.add(fates)
        journal.replace(compaction, events)
        if replacement is not None:
            replacement.put()
    return written


def _may_be_rewritten(earlier: Earlier) -> bool:
    """Whether RESULTS says what the journal does: otherwise the next import writes it."""
    return earlier.has_results and (earlier.current or not earlier.has_journal)


def _resolved(earlier: Earlier, changes: Changes) -> Iterator[pl.DataFrame]:
    """The fates with the verdicts, some at a time."""
    place = 0
    for part in earlier.fates.parts():
        yield changes.on_fates(part, place)
        place += part.height


def _totals(earlier: Earlier, cases: Cases) -> dict[str, Share] | None:
    """The totals that were noted with RESULTS, after the verdicts; None where a version before this noted none."""
    last = earlier.events[-1] if earlier.events else None
    if not isinstance(last, ResultsWritten) or last.totals is None:
        return None
    shares = dict(last.totals)
    for frame in cases.frames():
        here = frame.filter(pl.col("row").is_not_null())  # of a row that left the input the totals do not tell
        kinds = here.select("status", "told_recorded", amount=pl.col("revenue").cast(AMOUNT))
        for (was, recorded), rows in kinds.partition_by("status", "told_recorded", as_dict=True).items():
            share, status = Share(rows.height, exact_sum(rows["amount"])), status_after(bool(recorded))
            shares[str(was)] = shares.get(str(was), Share()) - share
            shares[status] = shares.get(status, Share()) + share
    return {status: shares[status] for status in Status if status in shares and shares[status].rows}


def _given(cases: Cases, by: str, now: str) -> VerdictLines:
    """The verdicts as the journal keeps them."""
    given = VerdictLines()
    word = pl.when("told_recorded").then(pl.lit("recorded")).otherwise(pl.lit("not_recorded"))
    for frame in cases.frames():
        facts = frame.select(
            pl.lit(now).alias("at"),
            pl.lit(by).alias("by"),
            pl.col("row").cast(pl.Int64, strict=False),
            *("source", "message_id", "revenue"),
            word.alias("verdict"),
            pl.col("told_revenue_id").alias("revenue_id"),
            pl.col("told_why").alias("why"),
            pl.format("{}: {}", "error_code", pl.col("error_message").fill_null("")).alias("doubt"),
            pl.col("told_evidence").alias("evidence"),
        )
        given.add_given(facts)
    return given


def _rewrite_results(results: Path, replacement: Replacement, changes: Changes, fates: Iterable[pl.DataFrame]) -> None:
    """The same lines with the verdicts; at the end those `fates` that left the input and may have been counted."""
    source = open_inputs([str(results)])[0]
    keep = kept_titles(source.header, results)
    titles = [*COLUMNS, *keep]
    treated = results.suffix.lower() == ".csv"

    def frames() -> Iterator[pl.DataFrame]:
        target = None
        for batch in source.batches():
            lines = batch.select(pl.col(str(i)).alias(title) for i, title in enumerate(titles))
            lines = lines.with_columns(as_written(title) for title in titles) if treated else lines
            target = lines["target"].drop_nulls().first() or target
            lines = lines.filter(pl.col("row").fill_null("") != "")
            open_ = (pl.col("status") == str(Status.IN_DOUBT)) | pl.col("error_code").is_in(RESOLVED)
            changed = changes.on_lines(lines).select(titles)
            yield lines.with_columns(
                pl.when(open_).then(changed[title]).otherwise(lines[title]).alias(title) for title in titles
            )
        for part in fates:
            gone = part.filter((pl.col("row").fill_null("") == "") & pl.col("status").is_in(MAY_COUNT))
            absent = (pl.lit(None, pl.String).alias(title) for title in keep if title not in gone.columns)
            yield gone.with_columns(pl.lit(target, pl.String).alias("target"), *absent).select(titles)

    write(replacement, frames(), keep)
