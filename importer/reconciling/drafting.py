"""The draft of verdicts: a CSV that `resolve --from` reads, with the evidence for whoever checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement
from importer.errors import ResultsError, StorageError
from importer.model import FIELDS
from importer.reconciling.applying import evidence_text
from importer.reconciling.guards import SENTENCES
from importer.results import harmless

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reconciling.outcome import Reconciliation

_FIRST = ("results", "row", "source", *FIELDS, "verdict", "why", "revenue_id")
_THEN = ("suggested", "open_because", "export", "sha256", "lines")


def write_draft(found: Reconciliation, path: Path) -> None:
    """Write it, for the owner only, whole or not at all; rows that are open have no verdict.

    Raises:
        ResultsError: `path` cannot be written.
    """
    kinds = dict.fromkeys((*_FIRST, *_THEN, *found.guards), pl.String)
    lines = [_line(row, found) for row in found.doubts.iter_rows(named=True)]
    frame = pl.DataFrame(lines, schema=kinds).with_columns(harmless(name) for name in kinds)
    try:
        with Replacement(path) as replacement:
            frame.write_csv(replacement.file, line_terminator="\r\n")
            replacement.sync()
            replacement.put()
    except (OSError, StorageError) as error:
        raise ResultsError(
            f"{path} cannot be written ({error}). Close it where it is open, or choose another."
        ) from error


def _line(row: dict[str, object], found: Reconciliation) -> dict[str, str | None]:
    failed, lines = row["failed"], row["of_lines"]
    file = row["file"]
    return {
        "results": found.results[file] if isinstance(file, int) else None,
        **{name: None if row[name] is None else str(row[name]) for name in ("row", "source", *FIELDS)},
        "verdict": None if row["verdict"] is None else str(row["verdict"]),
        "why": f"reconciled: {evidence_text(row, found)}" if row["verdict"] is not None else None,
        "revenue_id": None if row["line_id"] is None else str(row["line_id"]),
        "suggested": None if row["suggested"] is None else str(row["suggested"]),
        "open_because": "; ".join(SENTENCES[name] for name in failed) if isinstance(failed, list) else None,
        "export": found.export,
        "sha256": found.sha256,
        "lines": " ".join(map(str, lines)) if isinstance(lines, list) else None,
        **{name: "yes" if row[name] else "no" for name in found.guards},
    }
