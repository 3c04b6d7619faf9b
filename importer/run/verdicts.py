"""A person's verdict on rows in doubt, after a look at the vendor's dashboard.

The verdict changes the row's fate and is kept as an event with its reason. Both go into the journal in one atomic
replacement, under the lock that imports hold too; RESULTS follows from it.
"""

from __future__ import annotations

import getpass
import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, follow_link
from importer.errors import ResultsError, SettingsError
from importer.journal import (
    Journal,
    ResultsWritten,
    VerdictGiven,
    is_empty,
    journal_path,
)
from importer.model import EXACT, FATE, FIELDS, MAY_COUNT, REVENUE_ID, Share, Status
from importer.plan import load_for_verdicts
from importer.results import COLUMNS, as_written, kept_titles, write
from importer.schema import AMOUNT
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.journal import Event
    from importer.plan import Earlier

# A server may store a request long after its client gave up.
TOO_SOON = timedelta(minutes=10)
NAMED_ROWS = 5
RESOLVED = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows on which a person gave a verdict, which the other verdict corrects until an import acts on it."""
WORDS = {"recorded": True, "not_recorded": False, "not-recorded": False}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person found out about one row: `recorded` or not, why, and the id where the dashboard shows one.

    The row is named by its number, or by its message and whatever else of the five fields tells it from others.
    """

    recorded: bool
    why: str
    row: int | None = None
    source: str | None = None
    revenue_id: str | None = None
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """`row 17 of june.csv`, `message AbC12345`."""
        words = [f"row {self.row}"] if self.row is not None else []
        words += [f"message {text}" for field, text in self.fields if field == "message_id"]
        return ", ".join(words) + (f" of {self.source}" if self.source else "")


@dataclass(frozen=True, slots=True)
class Case:
    """A row in doubt with the verdict on it; it has no `row` any more where the input has it no longer."""

    verdict: Verdict
    place: int
    row: int | None
    source: str
    message_id: str
    revenue: str
    attribution_type: str
    timestamp: str | None
    revenue_id: str | None
    doubt: str
    tried_at: str | None
    was: Status

    @property
    def name(self) -> str:
        """`june.csv row 17`, or that the file has it no longer."""
        return f"{self.source} row {self.row}" if self.row is not None else f"no longer in {self.source}"


def read_verdicts(path: str) -> list[Verdict]:
    """Verdicts from a CSV: row or message_id, verdict (`recorded` or `not_recorded`) and why.

    Where known also source and revenue_id; where several rows are of one message, others of the five fields.

    Raises:
        SettingsError: a column or a value is not what it must be; names the line.
    """
    source = open_inputs([path])[0]
    names = [title.strip().lower() for title in source.header]
    if any(names.count(needed) != 1 for needed in ("verdict", "why")) or not {"row", "message_id"} & set(names):
        raise SettingsError(
            f"{path} must have one column verdict, one column why, and row or message_id; it may have source, "
            "revenue_id, revenue, attribution_type, offer_id and timestamp too."
        )
    verdicts = [
        _verdict(path, dict(zip(names, cells, strict=True)), line, ragged)
        for batch in source.batches()
        for line, ragged, *cells in batch.select("line", "ragged", *map(str, range(len(names)))).iter_rows()
    ]
    if not verdicts:
        raise SettingsError(f"{path} holds no verdicts.")
    return verdicts


def _verdict(path: str, cells: dict[str, str | None], line: int | None, ragged: bool) -> Verdict:
    where = f"{path}, line {line}"
    if ragged:
        raise SettingsError(f"{where}: the line has the wrong number of cells.")
    texts = {name: (text or "").strip() for name, text in cells.items()}
    row, source, revenue_id = (texts.get(name) or None for name in ("row", "source", "revenue_id"))
    if row is None and not texts.get("message_id"):
        raise SettingsError(f"{where}: row or message_id must say which row is meant.")
    if row is not None and not re.fullmatch("[1-9][0-9]{0,9}", row):
        raise SettingsError(f"{where}: row must be the number of a row in the results.")
    word = texts["verdict"].lower()
    if word not in WORDS:
        raise SettingsError(f"{where}: verdict must be recorded or not_recorded.")
    if not texts["why"]:
        raise SettingsError(f"{where}: why must say how you know.")
    recorded = WORDS[word]
    if revenue_id and not recorded:
        raise SettingsError(f"{where}: a row that was not recorded has no revenue_id.")
    if revenue_id:
        check_revenue_id(revenue_id, where)
    fields = tuple((field, texts[field]) for field in FIELDS if texts.get(field))
    return Verdict(recorded, texts["why"], int(row) if row else None, source, revenue_id, fields)


def check_revenue_id(text: str, where: str) -> None:
    """Raise SettingsError, which names the place, when `text` cannot be an id of the API's."""
    if not REVENUE_ID.fullmatch(text):
        raise SettingsError(
            f"{where}: a revenue id is 1 to 128 printable ASCII characters without white space. Copy it again."
        )


def resolve(
    results: Path,
    verdicts: Sequence[Verdict],
    confirm: Callable[[Sequence[Case]], bool],
    *,
    sure: bool = False,
    now: datetime | None = None,
) -> tuple[list[Case], bool]:
    """Apply verdicts to rows in doubt, all or none; `confirm` is shown the rows first.

    Args:
        sure: take "not recorded" also within ten minutes of the end of the attempt, in which it may still be stored.
        now: the moment of the verdicts, if not this one.

    Returns the rows, and whether RESULTS shows the verdicts already (otherwise the next import writes it anew).

    Raises:
        ResultsError: there are no such results, a row is not in doubt, or a verdict comes too soon.
        LockedError: an import is using them.
        StorageError: the disk refused; nothing was changed.
    """
    results = follow_link(results)
    if not results.exists() and is_empty(journal_path(results)):
        raise ResultsError(f"{results} does not exist; name the results file of an import.")
    journal = Journal(journal_path(results))
    try:
        earlier = load_for_verdicts(results)
        cases = _cases(earlier, verdicts, results)
        if not sure:
            _refuse_too_soon(cases, now or datetime.now(UTC))
        if not confirm(cases):
            raise SettingsError("Nothing was changed.")
        return cases, _write(results, journal, earlier, cases)
    finally:
        journal.close()


def _refuse_too_soon(cases: Sequence[Case], now: datetime) -> None:
    soon = [case for case in cases if not case.verdict.recorded and now - _tried_at(case) < TOO_SOON]
    if not soon:
        return
    last = max(soon, key=_tried_at)
    until = (_tried_at(last) + TOO_SOON).strftime("%Y-%m-%d %H:%M:%S UTC")
    others = f", and {len(soon) - 1:,} more" if len(soon) > 1 else ""
    raise ResultsError(
        f"{last.name}{others}: the attempt ended less than ten minutes ago, and a server may "
        f"store a request long after its client gave up. Nothing was changed. Look again after {until} and give the "
        "verdict then, or say --sure now."
    )


def _tried_at(case: Case) -> datetime:
    """When the attempt ended, or began if nobody saw its end; long ago where that is not known."""
    try:
        return datetime.fromisoformat(case.tried_at or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _cases(earlier: Earlier, verdicts: Sequence[Verdict], results: Path) -> list[Case]:
    """The row in doubt of each verdict; of equal rows, which are as good as each other, each verdict takes the next."""
    fates = earlier.fates.with_row_index("place")
    cases: list[Case] = []
    for verdict in verdicts:
        taken = [case.place for case in cases]
        cases.append(_case(fates, verdict, taken, results))
    return cases


def _case(fates: pl.DataFrame, verdict: Verdict, taken: Sequence[int], results: Path) -> Case:
    at = fates.filter(_is_meant(verdict))
    files = sorted(set(at["source"]))
    if verdict.row is not None and len(files) > 1:  # also where one of them alone is in doubt: it may not be meant
        raise SettingsError(f"Several files have a {verdict.name} ({', '.join(files)}); say which with --source.")
    doubtful = at.filter(pl.col("status") == Status.IN_DOUBT)
    if doubtful.is_empty():
        doubtful = at.filter(pl.col("error_code") == RESOLVED[verdict.recorded])  # the other verdict
    open_ = doubtful.filter(~pl.col("place").is_in(taken))
    if open_.is_empty() and not doubtful.is_empty():
        raise SettingsError(f"{verdict.name} is named twice; give each row one verdict. Nothing was changed.")
    if open_.is_empty():
        is_ = f"is {at['status'][0]}" if at.height else "was not sent, or is not there"
        raise ResultsError(
            f"{verdict.name} of {results.name} {is_}; only a row in doubt can be resolved, or a verdict on one "
            "corrected. Nothing was changed."
        )
    if open_.unique(FIELDS).height > 1:
        raise SettingsError(_which(open_, verdict, results))
    fate = open_.row(0, named=True)
    return Case(
        verdict, fate["place"], int(fate["row"]) if fate["row"] else None, fate["source"], fate["message_id"],
        fate["revenue"], fate["attribution_type"], fate["timestamp"], fate["revenue_id"],
        f"{fate['error_code']}: {fate['error_message'] or ''}", fate["finished_at"], Status(fate["status"]),
    )  # fmt: skip


def _is_meant(verdict: Verdict) -> pl.Expr:
    """Whether a fate is of the row that is named; a cell copied from RESULTS may have an apostrophe in front."""
    meant = pl.lit(value=True)
    if verdict.row is not None:
        meant = meant & (pl.col("row") == str(verdict.row))
    if verdict.source is not None:
        meant = meant & (pl.col("source") == verdict.source)
    for field, text in verdict.fields:
        told = pl.select(pl.lit(text).alias(field)).select(field, as_written(field).alias("plain")).row(0)
        same = pl.col(field).is_in(told)
        meant = meant & (same | _same_amount(text) if field == "revenue" else same)
    return meant


def _same_amount(text: str) -> pl.Expr:
    return pl.col("revenue").cast(AMOUNT, strict=False) == pl.lit(text).cast(AMOUNT, strict=False)


def _which(doubtful: pl.DataFrame, verdict: Verdict, results: Path) -> str:
    """Say that several rows in doubt are named, and how to name one."""
    if verdict.row is not None:
        return (
            f"{verdict.name} of {results.name} is another row now than it was. Run the import again (it holds rows in "
            "doubt), then resolve."
        )
    few = doubtful.unique(FIELDS, maintain_order=True).head(NAMED_ROWS)
    named = "; ".join(
        (f"{source} row {row}" if row else f"no longer in {source}") + f": {revenue}, {kind}, {at or 'no timestamp'}"
        for source, row, revenue, kind, at in few.select(
            "source", "row", "revenue", "attribution_type", "timestamp"
        ).iter_rows()
    )
    return (
        f"Several rows in doubt are of {verdict.name} ({named}). Say which with --row and --source. One that has left "
        "its file has no row: say which with --from, a CSV with message_id, verdict and why, and as many of revenue, "
        "attribution_type, offer_id and timestamp as tell it from the others, as they stand in the results."
    )


def _write(results: Path, journal: Journal, earlier: Earlier, cases: Sequence[Case]) -> bool:
    """Journal first, then RESULTS, unless that was edited or is behind; returns whether RESULTS was written."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fates = _changed(earlier.fates, cases, now)
    events: list[Event] = [*earlier.events, *(_event(case, now) for case in cases)]
    whole = earlier.has_results and (earlier.current if earlier.has_journal else True)
    with ExitStack() as closing:
        compaction = closing.enter_context(journal.compaction(earlier.header))
        replacement = closing.enter_context(Replacement(results)) if whole else None
        if replacement is not None:
            _rewrite_results(results, replacement, cases, fates, now)
            totals = _totals(earlier, cases)
            events.append(ResultsWritten(sha256=earlier.known_digest, name=results.name))
            events.append(ResultsWritten(sha256=replacement.sync(), name=results.name, totals=totals))
        compaction.add(fates)
        journal.replace(compaction, events)
        if replacement is not None:
            replacement.put()
    return whole


def _totals(earlier: Earlier, cases: Sequence[Case]) -> dict[str, Share] | None:
    """The totals that were noted with RESULTS, after the verdicts; None where a version before this noted none."""
    last = earlier.events[-1] if earlier.events else None
    if not isinstance(last, ResultsWritten) or last.totals is None:
        return None
    shares = dict(last.totals)
    for case in cases:
        if case.row is None:  # of a row that left the input the totals do not tell
            continue
        status, revenue = _status(case), Decimal(case.revenue)
        before = shares.get(case.was, Share())
        shares[case.was] = Share(before.rows - 1, EXACT.subtract(before.revenue, revenue))
        shares[status] = shares.get(status, Share()) + Share(1, revenue)
    return {status: shares[status] for status in Status if status in shares and shares[status].rows}


def _status(case: Case) -> Status:
    return Status.RECORDED if case.verdict.recorded else Status.PENDING


def _event(case: Case, now: str) -> VerdictGiven:
    verdict = case.verdict
    return VerdictGiven(
        at=now,
        by=_user(),
        row=case.row,
        source=case.source,
        message_id=case.message_id,
        revenue=case.revenue,
        verdict="recorded" if verdict.recorded else "not_recorded",
        revenue_id=verdict.revenue_id,
        why=verdict.why,
        doubt=case.doubt,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return "unknown"


def _changes(cases: Sequence[Case], now: str, keys: list[str]) -> pl.DataFrame:
    lines = [
        {
            "row": None if case.row is None else str(case.row),
            "source": case.source,
            "place": case.place,
            "new_status": str(_status(case)),
            "new_error_code": "resolved_recorded" if case.verdict.recorded else "resolved_not_recorded",
            "new_error_message": f"resolved: {case.verdict.why}",
            "new_revenue_id": case.verdict.revenue_id or (case.revenue_id if case.verdict.recorded else None),
            "new_finished_at": now,
            "new_doubt_since": None,
        }
        for case in cases
    ]
    kinds = {"row": pl.String, "place": pl.UInt32, "new_revenue_id": pl.String, "new_doubt_since": pl.String}
    frame = pl.DataFrame(lines, schema_overrides=kinds)
    return frame.select(*keys, pl.col("^new_.*$"))


def _changed(lines: pl.DataFrame, cases: Sequence[Case], now: str) -> pl.DataFrame:
    return _with_changes(lines.select(FATE).with_row_index("place"), _changes(cases, now, ["place"]), ["place"]).select(
        FATE
    )


def _with_changes(lines: pl.DataFrame, changes: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    lines = lines.join(changes, on=keys, how="left", maintain_order="left")
    hit = pl.col("new_status").is_not_null()
    names = ("status", "error_code", "error_message", "revenue_id", "finished_at", "doubt_since")
    own = [name for name in names if name in lines.columns]
    return lines.with_columns(pl.when(hit).then(f"new_{name}").otherwise(name).alias(name) for name in own)


def _rewrite_results(
    results: Path, replacement: Replacement, cases: Sequence[Case], fates: pl.DataFrame, now: str
) -> None:
    """The same lines with the verdicts; at the end those `fates` that left the input and may have been counted."""
    source = open_inputs([str(results)])[0]
    keep = kept_titles(source.header, results)
    titles = [*COLUMNS, *keep]
    changes = _changes(cases, now, ["row", "source"])
    treated = results.suffix.lower() == ".csv"

    def frames() -> Iterator[pl.DataFrame]:
        target = None
        for batch in source.batches():
            lines = batch.select(pl.col(str(i)).alias(title) for i, title in enumerate(titles))
            lines = lines.with_columns(as_written(title) for title in titles) if treated else lines
            target = lines["target"].drop_nulls().first() or target
            lines = lines.filter(pl.col("row").fill_null("") != "")
            open_ = (pl.col("status") == str(Status.IN_DOUBT)) | pl.col("error_code").is_in(RESOLVED)
            changed = _with_changes(lines, changes, ["row", "source"]).select(titles)
            yield lines.with_columns(
                pl.when(open_).then(changed[title]).otherwise(lines[title]).alias(title) for title in titles
            )
        gone = fates.filter((pl.col("row").fill_null("") == "") & pl.col("status").is_in(MAY_COUNT))
        absent = (pl.lit(None, pl.String).alias(title) for title in keep)
        yield gone.with_columns(pl.lit(target, pl.String).alias("target"), *absent).select(titles)

    write(replacement, frames(), keep)
