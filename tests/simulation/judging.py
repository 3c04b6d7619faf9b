"""What must be true of rows, records and doubts, whatever happened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.simulation.vendor import OUTAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.simulation.history import Known, Run
    from tests.simulation.vendor import Posted


class BrokenError(AssertionError):
    """A promise is broken; the text says which one, and by which rows."""


def check(complaints: Iterator[str]) -> None:
    """Raise `BrokenError` if there are any."""
    if found := list(complaints):
        raise BrokenError("; ".join(found))


def after_a_crash(run: Run, known: Mapping[str, Known], posted: Sequence[Posted]) -> Iterator[str]:
    """Of what a crash left: nothing is stored that would be posted again, nothing recorded that is not stored."""
    stored = stored_of(posted)
    if not run.options.resend:
        yield from (f"{row} is stored {times} times" for row, times in stored.items() if times > 1)
    for row in stored:
        status = known[row].status if row in known else "new"
        if status not in ("recorded", "in_doubt"):
            yield f"{row} is stored, and looks {status}"
    yield from (
        f"{row} is recorded, and not stored" for row in known if known[row].status == "recorded" and row not in stored
    )
    in_flight = sum(one.in_flight for one in known.values())
    if in_flight > run.most_in_flight:
        yield f"{in_flight} rows were in flight, at most {run.most_in_flight} are promised"


def after_a_run(run: Run, known: Mapping[str, Known]) -> Iterator[str]:
    """Of a run that has ended: the same, no doubt without a reason, and few of them while answers are lost."""
    yield from after_a_crash(run, known, run.vendor.posted)
    if len(run.options.interrupts) < 2:
        reasons = {row for posted in run.vendor.posted if not posted.fate.sure for row in posted.ids}
        reasons |= {row for row, one in run.known_before.items() if one.status == "in_doubt"}
        yield from (
            f"{row} is in doubt for no reason"
            for row, one in known.items()
            if one.status == "in_doubt" and not one.in_flight and row not in reasons
        )
    yield from _in_an_outage(run)


def _in_an_outage(run: Run) -> Iterator[str]:
    """While every answer is lost, no more rows are sent than in flight and until the run stops, but to resend them."""
    options = run.options
    lost = [row for posted in run.vendor.posted[len(run.before) :] if posted.fate.name in OUTAGES for row in posted.ids]
    is_one = any(kind in OUTAGES for _, kind in options.weather)
    most = options.in_flight + max(options.stop_after, 3 * (options.bulk or 1))
    if is_one and not options.resend and len(lost) > most:
        yield f"{len(lost)} rows were sent while every answer was lost, at most {most} are promised"


def after_all(run: Run, known: Mapping[str, Known]) -> Iterator[str]:
    """Of the run that continued in fine weather: no row is missing, and what was never in doubt is recorded."""
    yield from after_a_run(run, known)
    if run.sent is None or run.sent.stop is not None:
        yield f"the run that continues stops: {run.sent and run.sent.stop}"
        return
    for row in run.options.rows:
        status = known[row].status if row in known else "lost"
        if status not in ("recorded", "in_doubt", "rejected"):
            yield f"{row} is {status} after all"


def stored_of(posted: Sequence[Posted]) -> Counter[str]:
    """How often each row is stored, or will be."""
    return Counter(row for request in posted for row in request.stored)
