"""What is unusual about what would be posted: read off the figures of the check, and off those of the import before.

Each is a sentence for who approves. None of it stops anything: what is wrong for certain, the check refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.model import EXACT, Share
from importer.text import amount, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Summary = Mapping[str, Any]  # JSON

_FEW_ROWS = 20  # of fewer, an average says little
_TIMES_THE_AVERAGE = 20
_HALF = Decimal("0.5")
_SMALL_MONTH = Decimal("0.05")
_MANY_LEFT_OUT = Decimal("0.1")
_NO_MONTH = ("no timestamp", "unreadable")


@dataclass(frozen=True, slots=True)
class Before:
    """The import that ran before: its name, and what its check said."""

    name: str
    summary: Summary


def unusual(summary: Summary, before: Before | None) -> list[str]:
    """What somebody should look at before approving; nothing where there is nothing to post."""
    posted = _share(summary.get("to_post"))
    if not posted.rows:
        return []
    return [
        *_large(summary, posted), *_months(summary), *_left_out(summary, posted),
        *(_against(before, posted) if before is not None else ()),
    ]  # fmt: skip


def _large(summary: Summary, posted: Share) -> Iterator[str]:
    large = [(one, Decimal(one["revenue"])) for one in summary.get("largest", ())]
    if posted.rows < _FEW_ROWS or not large or not posted.revenue:
        return
    first, most = large[0]
    times = EXACT.divide(most, _average(posted))
    if times >= _TIMES_THE_AVERAGE:
        yield f"The largest amount, {_money(most)} in row {first['row']:,}, is {times:,.0f} times the average."
    together = sum((each for _, each in large), Decimal(0))
    if posted.rows > 2 * len(large) and together > _HALF * posted.revenue:
        part = 100 * together / posted.revenue
        yield f"The {len(large)} largest rows make up {part:.0f} % of the money."


def _months(summary: Summary) -> Iterator[str]:
    """Of months that rows to post may be of: those of refused dates are none."""
    shares = {name: _share(share) for name, share in summary["by_month"].items()}
    rows = sum(share.rows for share in shares.values())
    first, last = ((summary.get(which) or "")[:7] for which in ("first_timestamp", "last_timestamp"))
    months = {name: share for name, share in shares.items() if name not in _NO_MONTH and first <= name <= last}
    most = max(months, key=lambda name: months[name].rows, default="")
    for name, share in months.items():
        if name != most and share.rows <= _SMALL_MONTH * rows:
            yield f"{share_text(share)} of {name} among those of {most}: do they belong in this file?"
    if missing := _share(summary.get("without_timestamp")).rows:
        yield f"{rows_text(missing)} without a time: the API counts these when they are posted."


def _left_out(summary: Summary, posted: Share) -> Iterator[str]:
    left = summary["rows"] - posted.rows
    if left > _MANY_LEFT_OUT * summary["rows"]:
        yield f"{100 * left / summary['rows']:.0f} % of the rows would not be posted."


def _against(before: Before, posted: Share) -> Iterator[str]:
    """Where it is far from the import before."""
    known = _share(before.summary.get("to_post"))
    if not known.rows or not known.revenue or not posted.revenue:
        return
    for what, now, then in (
        ("rows", Decimal(posted.rows), Decimal(known.rows)),
        ("revenue", posted.revenue, known.revenue),
        ("average amount", _average(posted), _average(known)),
    ):
        if not _HALF < now / then < 1 / _HALF:
            told = [f"{number:,}" if what == "rows" else _money(number) for number in (now, then)]
            yield f"Compared with {before.name}: {what} {told[0]}, {told[1]} then."


def _average(share: Share) -> Decimal:
    return EXACT.divide(share.revenue, Decimal(share.rows))


def _money(number: Decimal) -> str:
    return amount(round(number, 2), 2)


def _share(share: Mapping[str, Any] | None) -> Share:
    return Share(share["rows"], Decimal(share["revenue"])) if share else Share()
