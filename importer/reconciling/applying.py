"""Proven verdicts, written to the journals of the rows that they are on: all of a RESULTS, or none."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.rule import RECORDED
from importer.reconciling.sent import Sent, read_sent
from importer.run import HeldResults, Verdict, case_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from importer.reconciling.outcome import Reconciliation


class Desk:
    """Several RESULTS, held from before they are read until the verdicts are written."""

    def __init__(self, held: Sequence[HeldResults]) -> None:
        self._held = held

    def read(self) -> Sent:
        """What was sent, as the journals tell that are held."""
        return read_sent([one.path for one in self._held], [one.earlier for one in self._held])

    def write(self, found: Reconciliation, verdicts: Collection[str], why: str) -> Reconciliation:
        """Write the proven `verdicts`; returns the same with what was written.

        Raises:
            StorageError: the disk refused; of that RESULTS nothing was changed.
        """
        proven = found.doubts.filter(pl.col("verdict").is_in(list(verdicts)))
        for (number,), rows in proven.partition_by("file", as_dict=True).items():
            held = self._held[int(str(number))]
            fates = held.earlier.fates.whole().with_row_index("place")
            held.write([
                case_of(fates.row(row["place"], named=True), _verdict(row, found, why))
                for row in rows.iter_rows(named=True)
            ])  # fmt: skip
        return replace(found, applied={verdict: int((proven["verdict"] == verdict).sum()) for verdict in verdicts})


@contextmanager
def held_desk(paths: Sequence[Path]) -> Iterator[Desk]:
    """Hold all of these RESULTS.

    Raises:
        LockedError: an import is using one of them.
    """
    with ExitStack() as closing:
        yield Desk([closing.enter_context(HeldResults(path)) for path in paths])


def _verdict(row: dict[str, object], found: Reconciliation, why: str) -> Verdict:
    return Verdict(
        recorded=row["verdict"] == RECORDED,
        why=f"{why} ({evidence_text(row, found)})",
        revenue_id=_text(row["line_id"]),
        evidence={
            "export": found.export, "sha256": found.sha256, "lines": row["of_lines"],
            "guards": {name: row[name] for name in found.guards},
        },
    )  # fmt: skip


def evidence_text(row: dict[str, object], found: Reconciliation) -> str:
    """What a verdict rests on, in words."""
    where = f"{found.export}, SHA-256 {found.sha256[:16]}…"
    lines = row["of_lines"]
    if isinstance(lines, list) and lines:
        several = "line" if len(lines) == 1 else "lines"
        return f"{several} {', '.join(f'{line:,}' for line in lines[:5])} of {where}"
    return f"no line of {where}, which has all {found.found:,} recorded rows"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
