"""A person's verdict on rows in doubt, after a look at the vendor's dashboard.

The verdict changes the row's fate and is kept as an event with its reason. Both go into the journal in one atomic
replacement, under the lock that imports hold too; RESULTS follows from it.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.earlier import load_earlier, read_results
from importer.errors import ResultsError, SettingsError
from importer.history import FATE, row_lines
from importer.journal import Journal, event_line, header_line, journal_path
from importer.records import Status
from importer.results import COLUMNS, Replacement, as_written, digest_of, write
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from importer.earlier import Earlier

CHUNK_ROWS = 5_000
WORDS = {"recorded": True, "not_recorded": False, "not-recorded": False}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person found out about one row: `recorded` or not, why, and the id where the dashboard shows one."""

    row: int
    recorded: bool
    why: str
    source: str | None = None
    revenue_id: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A row in doubt with the verdict on it."""

    verdict: Verdict
    place: int
    source: str
    message_id: str
    revenue: str
    attribution_type: str
    timestamp: str | None
    doubt: str


def read_verdicts(path: str) -> list[Verdict]:
    """Verdicts from a CSV: row, verdict (`recorded` or `not_recorded`) and why; source and revenue_id where known.

    Raises:
        SettingsError: a column or a value is not what it must be; names the line.
    """
    source = open_inputs([path])[0]
    names = [title.strip().lower() for title in source.header]
    for needed in ("row", "verdict", "why"):
        if needed not in names:
            raise SettingsError(
                f"{path} has no column {needed}; it needs row, verdict and why (source, revenue_id if known)."
            )
    verdicts = []
    for batch in source.batches():
        lines = batch.rename({str(i): f"cell_{name}" for i, name in enumerate(names)})
        verdicts += [_verdict(path, line) for line in lines.iter_rows(named=True)]
    return verdicts


def _verdict(path: str, line: dict[str, Any]) -> Verdict:
    cells = {name[5:]: (text or "").strip() for name, text in line.items() if name.startswith("cell_")}
    where = f"{path}, line {line['line']}"
    if not cells["row"].isdecimal():
        raise SettingsError(f"{where}: row must be the number of a row in the results.")
    word = cells["verdict"].lower()
    if word not in WORDS:
        raise SettingsError(f"{where}: verdict must be recorded or not_recorded.")
    if not cells["why"]:
        raise SettingsError(f"{where}: why must say how you know.")
    return Verdict(
        int(cells["row"]), WORDS[word], cells["why"], cells.get("source") or None, cells.get("revenue_id") or None
    )


def resolve(results: Path, verdicts: Sequence[Verdict], confirm: Callable[[Sequence[Case]], bool]) -> list[Case]:
    """Apply verdicts to rows in doubt, all or none; `confirm` is shown the rows first.

    Raises:
        ResultsError: there are no such results, or a row is not in doubt.
        LockedError: an import is using them.
        StorageError: the disk refused; nothing was changed.
    """
    if not results.exists() and not journal_path(results).exists():
        raise ResultsError(f"{results} does not exist; name the results file of an import.")
    journal = Journal(journal_path(results))
    try:
        earlier = _load(results)
        cases = [_case(earlier, verdict, results) for verdict in verdicts]
        if len({case.place for case in cases}) != len(cases):
            raise SettingsError("One row is named twice; give each row one verdict.")
        if not confirm(cases):
            raise SettingsError("Nothing was changed.")
        _write(results, journal, earlier, cases)
        return cases
    finally:
        journal.close()


def _load(results: Path) -> Earlier:
    from importer.history import load  # noqa: PLC0415 - only where it is needed

    header = load(journal_path(results)).header
    if header:
        return load_earlier(results, target=header.get("target", ""), shard=header.get("shard"))
    targets = read_results(results)["target"].drop_nulls().unique().to_list()
    if len(targets) != 1:
        raise ResultsError(f"{results} does not say into which API it was imported; its journal is needed.")
    earlier = load_earlier(results, target=targets[0], shard=None)
    earlier.header = {"target": targets[0], "shard": None}
    return earlier


def _case(earlier: Earlier, verdict: Verdict, results: Path) -> Case:
    at = earlier.fates.with_row_index("place").filter(pl.col("row") == str(verdict.row))
    if verdict.source is not None:
        at = at.filter(pl.col("source") == verdict.source)
    named = f"row {verdict.row}" + (f" of {verdict.source}" if verdict.source else "")
    doubtful = at.filter(pl.col("status") == Status.IN_DOUBT)
    if doubtful.height > 1:
        files = ", ".join(doubtful["source"].to_list())
        raise SettingsError(f"Several files have a {named} in doubt ({files}); say which with --source.")
    if doubtful.is_empty():
        is_ = f"is {at['status'][0]}" if at.height else "was not sent, or is not there"
        raise ResultsError(f"{named} of {results.name} {is_}; only a row in doubt can be resolved.")
    fate = doubtful.row(0, named=True)
    return Case(
        verdict, fate["place"], fate["source"], fate["message_id"], fate["revenue"], fate["attribution_type"],
        fate["timestamp"], f"{fate['error_code']}: {fate['error_message'] or ''}",
    )  # fmt: skip


def _write(results: Path, journal: Journal, earlier: Earlier, cases: Sequence[Case]) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fates = _changed(earlier.fates, cases, now)
    events = [*earlier.events, *(_event(case, now) for case in cases)]
    whole = earlier.has_results and not earlier.edited and (earlier.in_order or not earlier.has_journal)
    replacement = Replacement(results) if whole else None
    rewriter = journal.rewrite()
    try:
        if replacement is not None:
            _rewrite_results(results, replacement, cases, now)
            digest = replacement.sync()
            old = {"event": "results", "sha256": digest_of(results), "name": results.name}
            events += [old, {"event": "results", "sha256": digest, "name": results.name}]
        rewriter.write(header_line(**{name: earlier.header.get(name) for name in ("target", "shard")}))
        for part in fates.iter_slices(CHUNK_ROWS):
            rewriter.write(row_lines(part), rows=part.height)
        rewriter.write(b"".join(event_line(**event) for event in events))
        journal.replace(rewriter)
        if replacement is not None:
            replacement.put()
    finally:
        rewriter.discard()
        if replacement is not None:
            replacement.__exit__()


def _event(case: Case, now: str) -> dict[str, object]:
    verdict = case.verdict
    return {
        "event": "verdict",
        "at": now,
        "by": _user(),
        "row": verdict.row,
        "source": case.source,
        "message_id": case.message_id,
        "revenue": case.revenue,
        "verdict": "recorded" if verdict.recorded else "not_recorded",
        "revenue_id": verdict.revenue_id,
        "why": verdict.why,
        "doubt": case.doubt,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return "unknown"


def _changes(cases: Sequence[Case], now: str, keys: list[str]) -> pl.DataFrame:
    lines = [
        {
            "row": str(case.verdict.row),
            "source": case.source,
            "place": case.place,
            "new_status": str(Status.RECORDED if case.verdict.recorded else Status.PENDING),
            "new_error_code": "resolved_recorded" if case.verdict.recorded else "resolved_not_recorded",
            "new_error_message": f"resolved: {case.verdict.why}",
            "new_revenue_id": case.verdict.revenue_id,
            "new_finished_at": now,
        }
        for case in cases
    ]
    frame = pl.DataFrame(lines, schema_overrides={"place": pl.UInt32, "new_revenue_id": pl.String})
    return frame.select(*keys, pl.col("^new_.*$"))


def _changed(lines: pl.DataFrame, cases: Sequence[Case], now: str) -> pl.DataFrame:
    return _with_changes(lines.select(FATE).with_row_index("place"), _changes(cases, now, ["place"]), ["place"]).select(
        FATE
    )


def _with_changes(lines: pl.DataFrame, changes: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    lines = lines.join(changes, on=keys, how="left", maintain_order="left")
    hit = pl.col("new_status").is_not_null()
    names = ("status", "error_code", "error_message", "revenue_id", "finished_at")
    return lines.with_columns(pl.when(hit).then(f"new_{name}").otherwise(name).alias(name) for name in names)


def _rewrite_results(results: Path, replacement: Replacement, cases: Sequence[Case], now: str) -> None:
    source = open_inputs([str(results)])[0]
    titles = [*COLUMNS, *source.header[len(COLUMNS) :]]
    changes = _changes(cases, now, ["row", "source"])
    treated = results.suffix.lower() == ".csv"

    def frames() -> object:
        for batch in source.batches():
            lines = batch.select(pl.col(str(i)).alias(title) for i, title in enumerate(titles))
            lines = lines.with_columns(as_written(title) for title in titles) if treated else lines
            in_doubt = lines["status"] == str(Status.IN_DOUBT)
            changed = _with_changes(lines, changes, ["row", "source"]).select(titles)
            yield lines.with_columns(
                pl.when(in_doubt).then(changed[title]).otherwise(lines[title]).alias(title) for title in titles
            )

    write(replacement, frames(), titles[len(COLUMNS) :])  # type: ignore[arg-type]
