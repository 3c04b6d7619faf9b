"""How many rows, and how much, have which fate: by the lines of RESULTS, or by the plan of a run that has not ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.journal import RunStart
from importer.model import NEVER_SENT, Share, Status, added
from importer.report.amounts import STATUSES, Reading, sums_by_status
from importer.report.reading import as_lines
from importer.report.runs import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.report.reading import Book


@dataclass(frozen=True, slots=True)
class Account:
    """One RESULTS: the file's total, its parts by status, and the parts of which there are no lines to show."""

    total: Share
    by_status: Mapping[Status, Share]
    unlisted: Mapping[Status, Share] = field(default_factory=dict)


def account(book: Book, total: Share, found: Mapping[str, Share], reading: Reading) -> Account:
    """`total` is the sum of all lines of the input, `found` the sums by status, taken apart from each other."""
    listed = {Status(status): part for status, part in found.items() if status in STATUSES}
    if not book.unfinished:
        return Account(total, listed)
    found_by_plan = by_plan(book, lambda: _live(book, reading), listed, goes_on=book.goes_on)
    if found_by_plan is None:
        return Account(total, listed)
    whole, by_status = found_by_plan
    unlisted = {status: by_status.get(status, Share()) - listed.get(status, Share()) for status in Status}
    return Account(whole, by_status, {status: part for status, part in unlisted.items() if part != Share()})


def by_plan(
    book: Book, live: Callable[[], Mapping[Status, Share]], listed: Mapping[Status, Share], *, goes_on: bool
) -> tuple[Share, dict[Status, Share]] | None:
    """All of the input and its parts, where not every row has a line: by what was planned, and what came of it.

    `live` are the sums of what the last run sent, `listed` those of all rows that the journal knows; `goes_on` as in
    `ImportRecord`. None where the journal has no plan.
    """
    last = next((event for event in reversed(book.events) if counted(event)), None)
    if last is None:
        return None
    plan = {Status(status): part for status, part in (counted(last) or {}).items() if status in STATUSES}
    whole = sum(plan.values(), Share())
    began = isinstance(last, RunStart) and goes_on and not book.compacted_since
    by_status = _moved(plan, live()) if began else _completed(whole, plan, listed)
    if began and book.options.get("in_doubt") == "resend":
        by_status = _still_in_doubt(by_status, listed)
    return whole, {status: part for status, part in by_status.items() if part.rows or part.revenue}


def sent_so_far(book: Book, reading: Reading) -> dict[Status, Share]:
    """What the last run sent, by what became of it; empty where its outcomes stand with all others by now."""
    if not (book.unfinished and book.goes_on) or book.compacted_since:
        return {}
    live = _live(book, reading)
    return {status: live[status] for status in Status if status in live}


def _live(book: Book, reading: Reading) -> dict[Status, Share]:
    return sums_by_status(as_lines(book.history.live.drop("n", "prior")), reading)


def _moved(plan: Mapping[Status, Share], live: Mapping[Status, Share]) -> dict[Status, Share]:
    """What was sent in this run was pending when it began."""
    moved = sum(live.values(), Share())
    return added([{**plan, Status.PENDING: plan.get(Status.PENDING, Share()) - moved}, live])


def _still_in_doubt(parts: Mapping[Status, Share], listed: Mapping[Status, Share]) -> dict[Status, Share]:
    """Rows in doubt that are to be sent again are planned as pending, and in doubt until that has an answer."""
    waiting = listed.get(Status.IN_DOUBT, Share()) - parts.get(Status.IN_DOUBT, Share())
    return {
        **parts,
        Status.IN_DOUBT: listed.get(Status.IN_DOUBT, Share()),
        Status.PENDING: parts.get(Status.PENDING, Share()) - waiting,
    }


def _completed(whole: Share, plan: Mapping[Status, Share], listed: Mapping[Status, Share]) -> dict[Status, Share]:
    """All outcomes stand together: rows that were never sent count by the plan, the others by their fates."""
    parts: dict[Status, Share] = {status: part for status, part in listed.items() if status != Status.PENDING}
    parts |= {status: plan[status] for status in NEVER_SENT if status in plan}
    return {**parts, Status.PENDING: whole - sum(parts.values(), Share())}
