"""Input files of known content, and for every row what an API should have stored of it.

Nothing is random: row `i` is the same in every file that holds it, so `rows(100)` and `rows(50, start=100)` share no
message id. What is said here of a cell's meaning is said by hand, not computed by rules like the product's own.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
MOST_ROWS = 1_000_000

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_OFFERS = (None, "4521", "007", "65f1a2b3c4d5e6f7a8b9c0d1", "summer, “blue”", "1e5", None, "=2+3", "TRUE")
_UTC_TEXT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z")


class Content(NamedTuple):
    """The five fields of a row by value and instant: what identifies it, whoever wrote it."""

    message_id: str
    revenue: Decimal
    attribution_type: str
    offer_id: str | None
    timestamp: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Content:
        """The content of a ledger record, or of a line of results whose cells are as sent."""
        return cls(
            record["message_id"],
            Decimal(record["revenue"]),
            record["attribution_type"],
            record.get("offer_id") or None,
            instant(record.get("timestamp")),
        )


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row: the cells of the file, and what they mean.

    `content` is what is stored (None: the row is invalid, for the reason `code`); `digits` the revenue as it has to
    stand in the request; `revenue` what the row adds to the input's total, None when the cell cannot be read.
    """

    cells: tuple[str, ...]
    content: Content | None
    digits: str | None
    revenue: Decimal | None
    code: str | None = None

    @property
    def message_id(self) -> str:
        """The message id as it stands in the file, without white space around it."""
        return self.cells[0].strip()


def rows(n: int, *, start: int = 0, plain: bool = False) -> list[InputRow]:
    """`n` valid rows, no two with the same message id.

    Ids like numbers, dates, booleans and formulas, amounts of one to fourteen digits in every allowed form, offers,
    zones, fractions. With `plain`: amounts like `1.23`, times in UTC, one offer.
    """
    if start + n > MOST_ROWS:
        raise ValueError(f"there are {MOST_ROWS} different rows")
    return [_plain_row(i) if plain else _row(i) for i in range(start, start + n)]


def invalid_rows() -> list[InputRow]:
    """A row for each common way of being wrong, with its code; their message ids are in no `rows`."""
    good = ("Invalid0", "9.75", "sale", "4521", "2025-03-01T00:00:00Z")
    table: list[tuple[str, int, str]] = [
        ("missing_message_id", 0, ""),
        ("invalid_message_id", 0, "short"),
        ("invalid_message_id", 0, "with sp8"),
        ("missing_revenue", 1, ""),
        ("negative_revenue", 1, "-1.00"),
        ("invalid_revenue", 1, "12 34"),
        ("invalid_revenue", 1, "nan"),
        ("missing_attribution_type", 2, ""),
        ("invalid_attribution_type", 2, "gift"),
        ("invalid_offer_id", 3, "x" * 129),
        ("invalid_timestamp", 4, "02/08/2026"),
        ("invalid_timestamp", 4, "2025-02-29"),
        ("future_timestamp", 4, "2999-01-01"),
    ]
    made = []
    for i, (code, place, cell) in enumerate(table):
        cells = [f"Invalid{_base(i, 1)}", *good[1:]]
        cells[place] = cell
        made.append(InputRow(tuple(cells), None, None, None if place == 1 else Decimal(good[1]), code))
    return made


def total(chosen: Iterable[InputRow]) -> Decimal:
    """The exact sum over all rows whose revenue can be read."""
    return sum((row.revenue for row in chosen if row.revenue is not None), Decimal(0))


def write_csv(
    path: Path,
    chosen: Sequence[InputRow],
    *,
    header: Sequence[str] = FIELDS,
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> Path:
    """Write a CSV file of these rows and return its path."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
        writer.writerow(header)
        writer.writerows(row.cells for row in chosen)
    return path


def instant(text: str | None) -> str | None:
    """A UTC time text in its shortest form; anything that is not one comes back as it is."""
    match = _UTC_TEXT.fullmatch(text or "")
    if not match:
        return text or None
    fraction = (match[2] or "").rstrip("0")
    return f"{match[1]}.{fraction}Z" if fraction else f"{match[1]}Z"


def _row(i: int) -> InputRow:
    cell, digits = _amount(i)
    kind = ("sale", "click", "send")[i % 3]
    offer = _OFFERS[i % len(_OFFERS)]
    written, meant = _time(i)
    cells = (_message_id(i), cell, (kind, kind.upper(), f" {kind.title()} ")[i // 3 % 3], offer or "", written)
    content = Content(cells[0], Decimal(digits), kind, offer, meant)
    return InputRow(cells, content, digits, content.revenue)


def _plain_row(i: int) -> InputRow:
    digits = f"{i + 1}.{i % 90 + 10}"
    when = f"{_EPOCH + timedelta(seconds=7 * i):%Y-%m-%dT%H:%M:%SZ}"
    cells = (_message_id(i), digits, ("sale", "click", "send")[i % 3], "4521", when)
    content = Content(cells[0], Decimal(digits), *cells[2:])
    return InputRow(cells, content, digits, content.revenue)


def _message_id(i: int) -> str:
    shapes = (
        f"{i:08d}",
        f"{i % 10}e{i:06d}",
        f"TRUE{_base(i, 4, 36)}",
        f"Zq{_base(i * 48271 % 2147483647, 6)}",
        f"-{i:06d}_",
        f"_{_base(i, 6)}-",
        f"20{i:06d}",
        f"{i:06d}E9",
    )
    return shapes[i % len(shapes)]


def _amount(i: int) -> tuple[str, str]:
    """A cell, and the digits that it stands for."""
    d = i + 1
    shapes = (
        (f"{d}.99", f"{d}.99"),
        (f"{d}.90", f"{d}.90"),
        (f"{d}", f"{d}"),
        (f"0.{d:07d}", f"0.{d:07d}"),
        (f"{d:,}.50", f"{d}.50"),
        (f"${d}.25", f"{d}.25"),
        (f"+{d}.5", f"{d}.5"),
        (f"{d}e3", f"{d}000"),
        (f".{d:07d}", f"0.{d:07d}"),
        (f" {d}{d % 10000:04d}.{d % 1000:03d} ", f"{d}{d % 10000:04d}.{d % 1000:03d}"),
        ("0", "0"),
    )
    return shapes[i % len(shapes)]


def _time(i: int) -> tuple[str, str | None]:
    """A cell, and the instant in UTC that it stands for."""
    at = _EPOCH + timedelta(seconds=7 * i)
    east, west = at + timedelta(hours=5, minutes=30), at - timedelta(hours=8)
    meant = f"{at:%Y-%m-%dT%H:%M:%S}"
    shapes = (
        (f"{meant}Z", f"{meant}Z"),
        (f"{at:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%dT%H:%M}:00Z"),
        (f"{at:%Y-%m-%d}", f"{at:%Y-%m-%d}T00:00:00Z"),
        ("", None),
        (f"{east:%Y-%m-%dT%H:%M:%S}+05:30", f"{meant}Z"),
        (f"{west:%Y-%m-%d %H:%M:%S}-0800", f"{meant}Z"),
        (f"{meant}.250", f"{meant}.25Z"),
        (f"{east:%Y-%m-%dT%H:%M:%S}.000001+05:30", f"{meant}.000001Z"),
    )
    return shapes[i % len(shapes)]


def _base(number: int, width: int, base: int = 62) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = _ALPHABET[digit] + digits
    return digits.rjust(width, "0")
