"""Proven verdicts, written to the journals of the rows that they are on: all of a RESULTS, or none."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.evidence import evidence_texts, with_lines
from importer.reconciling.rule import RECORDED
from importer.reconciling.sent import Sent, read_sent
from importer.run import SLICE_ROWS, Cases, HeldResults, as_verdicts

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

    def write(self, found: Reconciliation, verdicts: Collection[str], why: str, by: str | None) -> Reconciliation:
        """Write the proven `verdicts`, given `by` somebody; returns the same with what was written.

        Raises:
            StorageError: the disk refused; of that RESULTS nothing was changed.
        """
        assert found.sent is not None
        doubts = found.doubts.select("n", "verdict").with_row_index("at")
        proven = found.sent.placed(doubts.filter(pl.col("verdict").is_in(list(verdicts))))
        for (number,), rows in proven.partition_by("file", as_dict=True).items():
            held = self._held[int(str(number))]
            given = (_verdicts(found.doubts[part["at"]], found, why) for part in rows.iter_slices(SLICE_ROWS))
            held.write(Cases(held.earlier.fates, given, rows["place"]), by)
        return replace(found, applied={verdict: int((proven["verdict"] == verdict).sum()) for verdict in verdicts})


@contextmanager
def held_desk(paths: Sequence[Path]) -> Iterator[Desk]:
    """Hold all of these RESULTS.

    Raises:
        LockedError: an import is using one of them.
    """
    with ExitStack() as closing:
        yield Desk([closing.enter_context(HeldResults(path)) for path in paths])


def _verdicts(rows: pl.DataFrame, found: Reconciliation, why: str) -> pl.DataFrame:
    """The verdicts on these rows, each with what it rests on."""
    rows = with_lines(rows, found.lines)
    evidence = rows.select(
        pl.lit(found.export).alias("export"),
        pl.lit(found.sha256).alias("sha256"),
        pl.col("of_lines").alias("lines"),
        pl.struct(list(found.guards)).alias("guards"),
    )
    return as_verdicts(
        rows.select(
            (pl.col("verdict") == RECORDED).alias("recorded"),
            pl.format("{} ({})", pl.lit(why), pl.lit(evidence_texts(rows, found))).alias("why"),
            pl.col("line_id").alias("revenue_id"),
            evidence.select(pl.struct(pl.all()).struct.json_encode().alias("evidence")).to_series(),
        )
    )
