"""What the sandbox stored: an append-only file of JSON lines, or the same in memory."""

from __future__ import annotations

import os
import re
import stat
from array import array
from datetime import datetime  # noqa: TC003  (msgspec reads the annotations)
from decimal import Context, Decimal, Inexact
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# Wide enough for any sum of the amounts that the API takes (at most 400 digits either side of the point): a sum that
# would have to be rounded raises instead.
EXACT = Context(prec=2000, traps=[Inexact])


# How every line begins.
_SPECIMEN = b'{"revenue_id":"000000000000000000000000","message_id":"'
_BEGINNING = re.compile(rb'\{"revenue_id":"[0-9a-f]{24}","message_id":".*', re.DOTALL)


class Record(msgspec.Struct, frozen=True):
    """One stored revenue event, and one line of the ledger. `revenue` is the number's text exactly as it arrived."""

    revenue_id: str
    message_id: str
    revenue: str
    attribution_type: str
    offer_id: str | None
    timestamp: str | None
    received_at: datetime
    bulk: bool


class Ledger:
    """The records in the order of their arrival; `total` is the exact sum of their revenue.

    Reading is safe while another thread appends.

    A file that exists is continued: its records count. A last line without its end was never answered for, and is cut.
    Raises `SettingsError` if the file cannot be opened, or is not a ledger; `OSError` from `append`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: list[bytes] = []
        self._ends = array("Q", [0])
        self.total = Decimal(0)
        self._encoder = msgspec.json.Encoder()
        self._file = None if path is None else self._open(path)
        self.opened_with = self.records

    @property
    def records(self) -> int:
        """The number of records."""
        return len(self._lines) if self._path is None else len(self._ends) - 1

    def append(self, records: Sequence[Record]) -> None:
        """Write the records in one go; when this returns they are stored, when it raises `OSError` none of them is."""
        lines = [self._encoder.encode(record) + b"\n" for record in records]
        if self._file is None:
            self._lines += lines
        else:
            self._write(self._file, lines)
        for record in records:
            self.total = EXACT.add(self.total, Decimal(record.revenue))

    def lines(self, after: int = 0, limit: int | None = None) -> Iterator[bytes]:
        """Yield the lines of the records that follow the first `after`, at most `limit`."""
        after = max(after, 0)
        stop = self.records if limit is None else min(self.records, after + max(limit, 0))
        if self._path is None:
            yield from islice(self._lines, after, stop)
        elif after < stop:
            with self._path.open("rb") as file:
                file.seek(self._ends[after])
                yield from islice(file, stop - after)

    def close(self) -> None:
        """Close the file; the records stay readable."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, path: Path) -> int:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            try:
                self._continue(path, file)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise SettingsError(f"The ledger {path} cannot be opened: {error.strerror}.") from None
        return file

    def _continue(self, path: Path, file: int) -> None:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise SettingsError(f"The ledger {path} is not a regular file. Choose another.")
        with path.open("rb") as existing:
            self._load(existing)
        os.truncate(file, self._ends[-1])

    def _load(self, existing: Iterable[bytes]) -> None:
        decoder = msgspec.json.Decoder(Record)
        for number, line in enumerate(existing, start=1):
            if _is_torn(line):
                break
            try:
                record = decoder.decode(line if line.endswith(b"\n") else b"")
                amount = Decimal(record.revenue)
            except (msgspec.DecodeError, ValueError, RecursionError, ArithmeticError):
                raise SettingsError(
                    f"{self._path} is not a sandbox ledger (line {number}); it was left as it is. Choose another file."
                ) from None
            self._ends.append(self._ends[-1] + len(line))
            self.total = EXACT.add(self.total, amount)

    def _write(self, file: int, lines: list[bytes]) -> None:
        data = memoryview(b"".join(lines))
        try:
            # A disk that is nearly full takes a part; the next write then says why.
            while data:
                data = data[os.write(file, data) :]
        except OSError:
            os.truncate(file, self._ends[-1])
            raise
        for line in lines:
            self._ends.append(self._ends[-1] + len(line))


def _is_torn(line: bytes) -> bool:
    """Whether it is a record of ours without its end; anything else without an end is somebody's file."""
    return not line.endswith(b"\n") and bool(_BEGINNING.fullmatch(line + _SPECIMEN[len(line) :]))
