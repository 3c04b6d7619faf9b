"""Results files and their journals, read once and reconciled as one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer import __version__
from importer.codes import remedy
from importer.journal import read_doubt_sentence
from importer.model import MAY_COUNT, Doubts, Share, Status, added
from importer.report import checks
from importer.report.accounts import Account, account
from importer.report.amounts import STATUSES, Reading, understood
from importer.report.breakdown import by_day, by_kind, by_month, by_offer, crossing
from importer.report.figures import Listed, Reason, Report, ResultsFile
from importer.report.reading import open_book
from importer.report.runs import runs_of, throughput_of, verdicts_of
from importer.report.steps import next_steps, skips_equals
from importer.report.tallies import Tallies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.report.checks import Check
    from importer.report.reading import Book

# What may be counted twice first, what only waits last.
_URGENT = (
    *(Status.IN_DOUBT, Status.REJECTED, Status.INVALID, Status.DUPLICATE, Status.FAILED, Status.PENDING),
    Status.EXCLUDED,
)


def make_report(paths: Sequence[Path], *, timezone: str | None = None) -> Report:
    """Read results files and their journals and reconcile them as one.

    `timezone` is the zone of days and months beside UTC; that of the run unless told.

    Raises:
        ResultsError: one cannot be read, or is not a results file.
        JournalError: a journal is damaged.
    """
    books = [open_book(path) for path in paths]
    zone = timezone or Reading(books[0].options).timezone
    readings = [Reading(book.options, zone) for book in books]
    tallies = Tallies()
    for number, (book, reading) in enumerate(zip(books, readings, strict=True)):
        for lines in book.lines():
            tallies.add(understood(lines, reading), number, book.name)
    return _report(books, readings, tallies)


def _report(books: Sequence[Book], readings: Sequence[Reading], tallies: Tallies) -> Report:
    accounts = _accounts(books, readings, tallies)
    by_status = _added(one.by_status for one in accounts)
    unlisted = _added(one.unlisted for one in accounts)
    kept = {Status(status): part for (status,), part in tallies.kept.by("status").items() if status in MAY_COUNT}
    total = sum((one.total for one in accounts), Share())
    reasons = _reasons(tallies, equals_decided=all(map(skips_equals, books)))
    codes = {reason.code: reason.share for reason in reasons}
    runs = tuple(run for book in books for run in runs_of(book))
    targets = tuple(sorted(tallies.targets or {target for book in books if (target := book.target)}))
    return Report(
        made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=__version__,
        files=_files(books, accounts),
        targets=targets,
        sources=tallies.sources,
        provisional=any(book.unfinished for book in books),
        total=total,
        by_status=by_status,
        kept=kept,
        unlisted=unlisted,
        checks=tuple(_checks(books, tallies, accounts)),
        kinds=by_kind(tallies, unlisted),
        offers=by_offer(tallies, unlisted),
        days=by_day(tallies, unlisted),
        local_days=by_day(tallies, unlisted, "local_day"),
        months=by_month(tallies, unlisted),
        local_months=by_month(tallies, unlisted, "local_day"),
        timezone=readings[0].shown_zone,
        month_end=crossing(tallies),
        reasons=reasons,
        lists=_lists(tallies, by_status, kept, unlisted),
        runs=runs,
        verdicts=tuple(verdict for book in books for verdict in verdicts_of(book)),
        throughput=throughput_of(runs, tallies.seconds),
        steps=tuple(next_steps(books, by_status, _doubts(books, tallies), codes, targets)),
    )


def _doubts(books: Sequence[Book], tallies: Tallies) -> list[Doubts]:
    """Where rows are in doubt: of the input, or left by earlier runs and no longer in it."""
    sums = tallies.fates.by("book", "status"), tallies.kept.by("book", "status")
    several = len(tallies.sources) > 1
    found = []
    for number, book in enumerate(books):
        here, gone = (part.get((str(number), str(Status.IN_DOUBT)), Share()).rows for part in sums)
        found.append(Doubts(str(book.path), here, gone, several=several))
    return [doubts for doubts in found if doubts.here or doubts.gone]


def _accounts(books: Sequence[Book], readings: Sequence[Reading], tallies: Tallies) -> list[Account]:
    totals = tallies.total.by("book")
    found = tallies.fates.by("book", "status")
    accounts = []
    for number, (book, reading) in enumerate(zip(books, readings, strict=True)):
        fates = {status: part for (one, status), part in found.items() if one == str(number)}
        accounts.append(account(book, totals.get((str(number),), Share()), fates, reading))
    return accounts


def _added(parts: Iterable[Mapping[Status, Share]]) -> dict[Status, Share]:
    sums = added(parts)
    return {status: sums[status] for status in Status if status in sums}


def _checks(books: Sequence[Book], tallies: Tallies, accounts: Sequence[Account]) -> Iterator[Check]:
    total = sum((one.total for one in accounts), Share())
    yield checks.identity(total, _added(one.by_status for one in accounts))
    yield from checks.control_totals(books, total)
    for number, (book, one) in enumerate(zip(books, accounts, strict=True)):
        yield from checks.input_total(book, one.total, one.by_status)
        yield from checks.journal_agrees(number, book, tallies)
    places = tallies.all_places()
    yield checks.readable(tallies)
    yield checks.once(places, books)
    yield checks.complete(places, books)


def _files(books: Sequence[Book], accounts: Sequence[Account]) -> tuple[ResultsFile, ...]:
    source = {True: "journal", False: "results"}
    return tuple(
        ResultsFile(
            str(book.path), book.name, one.total, book.sha256, source[book.unfinished], book.shard, book.has_journal
        )
        for book, one in zip(books, accounts, strict=True)
    )


def _reasons(tallies: Tallies, *, equals_decided: bool) -> tuple[Reason, ...]:
    shares = tallies.fates.by("status", "code")
    found = [
        Reason(Status(status), code, share, remedy(code, Status(status), equals_decided=equals_decided))
        for (status, code), share in shares.items()
        if code and status in STATUSES and status != Status.RECORDED
    ]
    return tuple(sorted(found, key=lambda one: (_URGENT.index(one.status), -one.share.revenue, one.code)))


def _lists(
    tallies: Tallies, by_status: Mapping[Status, Share], kept: Mapping[Status, Share], unlisted: Mapping[Status, Share]
) -> tuple[Listed, ...]:
    """The lists of open rows; among those in doubt are also the ones that are no longer in the input."""
    lists = []
    for status in _URGENT:
        lines = tuple(_line(line) for line in tallies.first(str(status)).iter_rows(named=True))
        share = by_status.get(status, Share())
        share += kept.get(status, Share()) if status is Status.IN_DOUBT else Share()
        if lines or share.rows:
            lists.append(Listed(status, share, unlisted.get(status, Share()).rows, lines))
    return tuple(lists)


def _line(line: Mapping[str, str | None]) -> dict[str, str]:
    """A line as text, with what a person needs to look a row in doubt up: the UTC window of its last attempt."""
    shown = {name: text or "" for name, text in line.items()}
    if shown["status"] == Status.IN_DOUBT:
        doubt = read_doubt_sentence(shown["error_message"])
        shown["what"] = doubt.what
        shown["from"] = doubt.since or ""
        # Nobody knows until when a request can still arrive: only early versions said so.
        shown["to"] = doubt.until or ("" if doubt.since else shown["finished_at"])
    return shown
