"""Results files and their journals, read once and reconciled as one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer import __version__
from importer.disk import as_paths
from importer.model import MAY_COUNT, Doubts, Share, Status, added
from importer.report import checks
from importer.report.accounts import Account, account, sent_so_far
from importer.report.amounts import Reading, understood
from importer.report.breakdown import by_day, by_kind, by_month, by_offer, by_source, crossing
from importer.report.copies import Origin, refuse_copies
from importer.report.currency import currencies_of, currency_of, tell_apart
from importer.report.equals import by_fate
from importer.report.figures import ANY, Report, ResultsFile, adds_up
from importer.report.parts import parts_of
from importer.report.places import Places
from importer.report.reading import open_book
from importer.report.reasons import reasons_of
from importer.report.runs import runs_of, throughput_of, total_as_read, verdicts_of
from importer.report.sentences import share_of_rows
from importer.report.shared_rows import SharedRows
from importer.report.steps import next_steps
from importer.report.tallies import Tallies
from importer.schema import TOTAL_ROW
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.report.checks import Check, Told
    from importer.report.currency import BookCurrency
    from importer.report.reading import Book


def make_report(paths: str | Path | Sequence[str | Path], *, timezone: str | None = None) -> Report:
    """Read results files and their journals and reconcile them as one.

    `timezone` is the zone of days and months beside UTC; that of the run unless told.

    Raises:
        ResultsError: one cannot be read, or is not a results file, or two of them are copies.
        JournalError: a journal is damaged.
    """
    names = as_paths(paths)
    places = Places(several=len(names) > 1)
    books = [open_book(path, places.of_journal) for path in names]
    refuse_copies([Origin.of(book) for book in books])
    currencies = currencies_of(books)
    tallies = Tallies(currencies if tell_apart(currencies) else None, places=places)
    zone = timezone or Reading(books[0].options).timezone
    readings = [Reading(book.options, zone) for book in books]
    shared = SharedRows(books, readings)
    for number, (book, reading) in enumerate(zip(books, readings, strict=True)):
        for lines in book.lines():
            tallies.add(shared.marked(understood(lines, reading), number), number, book, reading)
    return _report(books, readings, tallies, currencies)


def _report(
    books: Sequence[Book], readings: Sequence[Reading], tallies: Tallies, currencies: Sequence[BookCurrency]
) -> Report:
    accounts = _accounts(books, readings, tallies)
    again = {Status(status): part for (status,), part in tallies.again.by("status").items()}
    by_status = _less(_added(one.by_status for one in accounts), again)
    unlisted = _added(one.unlisted for one in accounts)
    kept = {Status(status): part for (status,), part in tallies.kept.by("status").items() if status in MAY_COUNT}
    total = sum((one.total for one in accounts), Share()) - _sum(again.values())
    equals = tallies.equals.fates(tallies.places)
    reasons = reasons_of(books, tallies, unlisted, equals, equals_decided=all(one.skips_equals for one in readings))
    codes = {reason.code: reason.share for reason in reasons}
    runs = tuple(
        run for book, reading in zip(books, readings, strict=True) for run in runs_of(book, sent_so_far(book, reading))
    )
    parts = [part for (part,) in tallies.fates.by("part")]
    currency = currency_of(currencies, parts, by_parts=tallies.currencies is not None)
    alone = adds_up(currency, tallies.sources, parts)
    told = share_text if alone else share_of_rows
    split = None if alone else () if currency.untold else parts_of(tallies)
    each = [part for part in split or () if currency.by_parts and part.value != ANY]
    checked = tuple(_checks(books, tallies, accounts, checks.identity(total, by_status, told, each), told))
    targets = tuple(sorted(tallies.targets or {target for book in books if (target := book.target)}))
    return Report(
        made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=__version__,
        files=_files(books, accounts),
        targets=targets,
        sources=tallies.sources,
        provisional=any(book.unfinished for book in books),
        total=total,
        counted=None if (counted := _counted(books)) is None else counted - _sum(again.values()),
        again=_sum(again.values()).rows,
        by_status=by_status,
        left_out=sum((reason.share for reason in reasons if reason.settled), Share()),
        refunds_by_code=added({code: share} for (_, code), share in tallies.refunds.items()),
        currency=currency,
        kept=kept,
        unlisted=unlisted,
        checks=checked,
        inputs=by_source(tallies.by_source),
        split=split,
        kinds=by_kind(tallies.fates, unlisted),
        offers=by_offer(tallies.offers, unlisted),
        days=by_day(tallies.days, unlisted),
        local_days=by_day(tallies.days, unlisted, "local_day"),
        months=by_month(tallies.days, unlisted),
        local_months=by_month(tallies.days, unlisted, "local_day"),
        timezone=readings[0].shown_zone,
        month_end=crossing(tallies.days),
        reasons=reasons,
        runs=runs,
        verdicts=tuple(verdict for book in books for verdict in verdicts_of(book)),
        throughput=throughput_of(runs, tallies.seconds),
        steps=tuple(
            next_steps(
                books,
                by_status,
                _doubts(books, tallies),
                codes,
                targets,
                failed=_failed(checked),
                equals=by_fate(equals),
            )
        ),
        equals=equals,
    )


def _counted(books: Sequence[Book]) -> Share | None:
    """What the runs counted when they read the input, taken apart from its lines in RESULTS."""
    found = [total_as_read(book) for book in books]
    return None if None in found else sum((part for part in found if part is not None), Share())


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
    """What each of them holds, with the rows that count in another one."""
    totals = added([tallies.total.by("book"), tallies.again.by("book")])
    found = added([tallies.fates.by("book", "status"), tallies.again.by("book", "status")])
    accounts = []
    for number, (book, reading) in enumerate(zip(books, readings, strict=True)):
        fates = {status: part for (one, status), part in found.items() if one == str(number)}
        accounts.append(account(book, totals.get((str(number),), Share()), fates, reading))
    return accounts


def _added(parts: Iterable[Mapping[Status, Share]]) -> dict[Status, Share]:
    sums = added(parts)
    return {status: sums[status] for status in Status if status in sums}


def _failed(checked: Iterable[Check]) -> list[str]:
    return list(dict.fromkeys(check.title for check in checked if check.ok is False))


def _less(sums: Mapping[Status, Share], parts: Mapping[Status, Share]) -> dict[Status, Share]:
    left = {status: share - parts.get(status, Share()) for status, share in sums.items()}
    return {status: share for status, share in left.items() if share != Share() or status not in parts}


def _sum(shares: Iterable[Share]) -> Share:
    return sum(shares, Share())


def _checks(
    books: Sequence[Book], tallies: Tallies, accounts: Sequence[Account], identity: Check, told: Told
) -> Iterator[Check]:
    total = _sum(one.total for one in accounts)
    yield identity
    summing = sum(part.rows for (_, code), part in tallies.fates.by("status", "code").items() if code == TOTAL_ROW)
    unlisted = _added(one.unlisted for one in accounts).get(Status.INVALID, Share()).rows
    yield from checks.control_totals(books, total, range(summing, summing + unlisted + 1))
    for number, (book, one) in enumerate(zip(books, accounts, strict=True)):
        yield from checks.input_total(book, one.total, one.by_status, told)
        yield from checks.journal_agrees(number, book, tallies)
    yield checks.readable(tallies)
    yield checks.once(tallies.places, books)
    yield checks.complete(tallies.places, books)


def _files(books: Sequence[Book], accounts: Sequence[Account]) -> tuple[ResultsFile, ...]:
    source = {True: "journal", False: "results"}
    return tuple(
        ResultsFile(
            str(book.path), book.name, one.total, book.sha256, source[book.unfinished], book.shard, book.has_journal
        )
        for book, one in zip(books, accounts, strict=True)
    )
