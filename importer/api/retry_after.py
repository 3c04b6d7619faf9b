"""What a `Retry-After` says: seconds, or a date (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


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
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_TOLD_S)


_SECONDS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


LONGEST_TOLD_S = 1000 * 365.25 * 86_400
"""Any longer wait is as good as this one, which calendars can still name."""
