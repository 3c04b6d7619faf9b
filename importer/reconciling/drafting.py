"""The draft of verdicts: a CSV that `resolve --from` reads, with the evidence for whoever checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement
from importer.errors import ResultsError, StorageError
from importer.model import FIELDS
from importer.reconciling.evidence import evidence_texts, with_lines
from importer.reconciling.guards import SENTENCES
from importer.results import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reconciling.outcome import Reconciliation

_FIRST = ("results", "row", "source", *FIELDS, "verdict", "why", "revenue_id")
_SLICE_ROWS = 50_000
_THEN = ("suggested", "open_because", "export", "sha256", "lines")


def write_draft(found: Reconciliation, path: Path) -> None:
    """Write it, for the owner only, whole or not at all; rows that are open have no verdict.

    Raises:
        ResultsError: `path` cannot be written.
    """
    try:
        with Replacement(path) as replacement:
            _draft(found, found.doubts.clear()).write_csv(replacement.file, line_terminator="\r\n")
            for rows in found.doubts.iter_slices(_SLICE_ROWS):
                lines = _draft(found, rows)
                lines.write_csv(replacement.file, include_header=False, line_terminator="\r\n")
            replacement.sync()
            replacement.put()
    except (OSError, StorageError) as error:
        raise ResultsError(
            f"{path} cannot be written ({error}). Close it where it is open, or choose another."
        ) from error


def _draft(found: Reconciliation, rows: pl.DataFrame) -> pl.DataFrame:
    """Some rows in doubt as lines of the draft."""
    rows = with_lines(found.in_full(rows), found.lines)
    failed = [[SENTENCES[name] for name in names] for names in rows["failed"]]
    told: dict[str, Sequence[str] | pl.Series] = {
        "results": [found.results[file] for file in rows["file"]],
        "why": evidence_texts(rows, found),
        "open_because": ["; ".join(sentences) for sentences in failed],
        "lines": [" ".join(map(str, lines)) for lines in rows["of_lines"]],
    }
    cells = rows.with_columns(pl.Series(name, texts, dtype=pl.String) for name, texts in told.items()).with_columns(
        pl.when(pl.col("verdict").is_not_null()).then("reconciled: " + pl.col("why")).alias("why"),
        pl.col("line_id").alias("revenue_id"),
        export=pl.lit(found.export),
        sha256=pl.lit(found.sha256),
        **{name: pl.when(name).then(pl.lit("yes")).otherwise(pl.lit("no")) for name in found.guards},
    )
    return cells.select(*_FIRST, *_THEN, *found.guards).with_columns(map(harmless, (*_FIRST, *_THEN)))
