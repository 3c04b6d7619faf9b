"""What a `Retry-After` says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.retry_after import LONGEST_TOLD_S, retry_after_seconds

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("-3", 0),
        ("+3", 3),
        ("0", 0),
        ("soon", None),
        ("7 s", None),
        ("1e3", None),
        ("NaN", None),
        ("inf", None),
        ("٣", None),
        ("999999999", 999999999),
        ("9" * 400, LONGEST_TOLD_S),
        ("Mon, 01 Jun 2026 12:00:30 GMT", 30),
        ("Mon, 01 Jun 2026 14:00:30 +0200", 30),
        ("Monday, 01-Jun-26 12:00:30 GMT", 30),
        ("Mon Jun  1 12:00:30 2026", 30),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_TOLD_S),
        ("Mon, 99 Foo 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after(value, seconds):
    """Seconds and dates are understood, past ones mean at once, absurd ones are bounded, nonsense is nothing."""
    assert retry_after_seconds(value, now=NOW) == seconds


@given(st.text())
def test_retry_after_never_raises(value):
    """Whatever stands in the header, the answer is nothing or a number of seconds that a calendar can name."""
    seconds = retry_after_seconds(value, now=NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_TOLD_S
