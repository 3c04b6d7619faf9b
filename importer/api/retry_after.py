"""What a `Retry-After` says: seconds, or a date (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TOLD_S = 1000 * 365.25 * 86_400
"""Any longer wait is as good as this one, which calendars can still name."""
_SECONDS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3: seconds or an HTTP date).

    A date in the past and a negative number are 0, nonsense is None, and no wait is longer than `LONGEST_TOLD_S`.
    Never raises.
    """
    if value is None or not value.isascii():
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    elif moment := _moment(text):
        seconds = (moment - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), LONGEST_TOLD_S)


def told_to_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks to wait, by the API's own clock: that of this machine may be wrong."""
    return retry_after_seconds(headers.get("retry-after"), now=_moment(headers.get("date", "")) or datetime.now(UTC))


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
