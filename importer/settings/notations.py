"""Kinds of values that are typed in a notation of their own: sizes, amounts, shards, periods, digests, delimiters."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from importer.errors import SettingsError
from importer.settings.kinds import Kind, Text, Whole

MAX_SHARDS = 10_000


class Size(Kind):
    """A number of bytes, typed with a unit."""

    typed = "a size such as 500MB or 64GiB"

    def settle(self, value: object) -> int:
        """The number."""
        return Whole(1).settle(value)

    def read(self, text: str) -> int:
        """`500MB` is 500 times a million bytes, `64GiB` is 64 times 2^30."""
        found = re.fullmatch(r"([0-9]{1,12}) ?([KMGT]?)(i?)B?", text, re.IGNORECASE)
        if not found:
            return 0
        unit: int = (1024 if found[3] else 1000) ** " KMGT".index(found[2].upper() or " ")
        return int(found[1]) * unit


class Amount(Kind):
    """A sum of money, exact: digits, and at most 18 more behind a decimal point."""

    typed = "a plain amount: write 1234.50, without thousands separators"

    def settle(self, value: object) -> Decimal:
        """The amount, which may be a text or a whole number; a float is not exact."""
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if isinstance(value, float | bool) or not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,18})?", text):
            raise ValueError("a plain amount such as '1234.50', without thousands separators")
        return Decimal(text)

    def to_json(self, value: Decimal) -> str:
        """All of its digits: a JSON number may lose some."""
        return f"{value:f}"


class Part(Kind):
    """Which of how many parts of the input, counted from 1: `(2, 4)`, typed `2/4`."""

    typed = f"I/N with 1 <= I <= N <= {MAX_SHARDS}, such as 1/4"

    def settle(self, value: object) -> tuple[int, int]:
        """The pair."""
        match value:
            case (int() as part, int() as parts) if not isinstance(part, bool) and 1 <= part <= parts <= MAX_SHARDS:
                return part, parts
        raise ValueError(f"(i, n) with 1 <= i <= n <= {MAX_SHARDS:,}")

    def read(self, text: str) -> tuple[int, ...]:
        """The two numbers around the slash."""
        return tuple(map(int, text.split("/"))) if re.fullmatch(r"[0-9]{1,5}/[0-9]{1,5}", text) else ()


class Period(Kind):
    """The days from one to another, both included: a month, a quarter, a year, a day, or two days with a slash."""

    typed = "a period such as 2026-06, 2026-Q2 or 2026-06-01/2026-06-15"

    def settle(self, value: object) -> str:
        """Its first and its last day, `2026-06-01/2026-06-30`."""
        first, slash, last = Text().settle(value).strip().partition("/")
        try:
            days = _days(first), _days(last if slash else first)
        except ValueError:
            days = None
        if days is None or days[0][0] > days[1][1]:
            raise ValueError(self.typed)
        return f"{days[0][0]}/{days[1][1]}"


def _days(text: str) -> tuple[date, date]:
    """The first and the last day of what is written as `2026`, `2026-Q2`, `2026-06` or `2026-06-15`."""
    found = re.fullmatch(r"([12][0-9]{3})(?:-[Qq]([1-4])|-([01][0-9])(?:-([0-3][0-9]))?)?", text.strip(), re.ASCII)
    if not found:
        raise ValueError(text)
    year, quarter, month, day = (int(group) if group else None for group in found.groups())
    assert year is not None
    if month and day:
        return date(year, month, day), date(year, month, day)
    first = 3 * quarter - 2 if quarter else month if month is not None else 1
    last = first + 2 if quarter else first if month is not None else 12
    after = date(year + last // 12, last % 12 + 1, 1)
    return date(year, first, 1), after - timedelta(days=1)


class PlanDigest(Kind):
    """The digest of a plan, as `check` prints it; small or capital letters, with `sha256:` in front or without it."""

    typed = "the digest of a plan: sha256: and 64 digits, as `check` prints it"

    def settle(self, value: object) -> str:
        """`sha256:` and 64 hexadecimal digits."""
        found = re.fullmatch(r"(?:sha256:)?([0-9a-f]{64})", Text().settle(value).strip().lower())
        if found is None:
            raise ValueError(self.typed)
        return f"sha256:{found[1]}"


class Delimiter(Kind):
    r"""One ASCII character that is no letter, digit, quote or line end; `tab`, `\t` and `\x01` are names of one."""

    typed = "one character such as , ; | or tab"

    def settle(self, value: object) -> str:
        """The character; for a text that is none there is a sentence of its own."""
        text = Text().settle(value)
        found = "\t" if text.lower() in {"tab", "\\t"} else text
        if re.fullmatch(r"\\x[0-7][0-9a-fA-F]", text):
            found = chr(int(f"0{text[1:]}", 0))
        if len(found) == 1 and found.isascii() and not found.isalnum() and found not in '"\r\n\0':
            return found
        raise SettingsError(
            f"--delimiter {text!r} cannot be used: give one ASCII character, such as , ; | or tab, or \\x01."
        )
