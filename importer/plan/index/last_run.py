"""Whether the files at hand tell of the last run that posted into results, of which the index has a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import FIELDS, MAY_COUNT
from importer.plan.keys import are_in, event, spelling
from importer.plan.matching import HELD_WHY
from importer.text import as_text

if TYPE_CHECKING:
    from pathlib import Path

    from importer.plan.fates import Fates
    from importer.plan.index.note import Note
    from importer.plan.past import Earlier

_ALIKE = (["event", "revenue"], ["spelling", "attribution_type", "revenue"])


def is_told(note: Note, earlier: Earlier) -> bool:
    """Whether their journal does, or where none tells of a run, RESULTS as it was written."""
    return note.is_told_by_files(earlier.events, earlier.known_digest)


def are_told(note: Note, recorded: pl.Series, earlier: Earlier) -> bool:
    """Whether a run knows all rows of the note: by their content they are `recorded`, or were, or may have been."""
    lines = earlier.fates.lines
    counted = lines["key_a"].filter(lines["status"].is_in(MAY_COUNT))
    return bool(note.rows().is_in(pl.concat([recorded, counted]).implode()).all())


def has_its_attempts(note: Note, earlier: Earlier) -> bool:
    """Whether RESULTS that another program saved, and whose journal is gone, have a row that was sent in that run.

    They are no older copy then, though lines may be gone.
    """
    if earlier.events.posting or note.untold or note.began is None:
        return False
    told = pl.col("error_code").str.starts_with("resolved_").fill_null(value=False)
    moment = pl.col("finished_at").str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    parts = earlier.fates.parts(("error_code", "finished_at"))
    return any(part.filter(~told).select((moment >= note.began).any()).item() for part in parts)


def held_for(fates: Fates, numbers: pl.Series, results: Path) -> pl.Series:
    """The numbers of the rows that `results`, which have all these fates, hold for those with these `numbers` alone.

    They look like these, and like no other that may have been recorded.
    """
    lines, why = fates.lines, HELD_WHY["looks_recorded"].format(as_text(results.name))
    held = (lines["error_message"].cast(pl.String) == why).fill_null(value=False).arg_true()
    if held.is_empty() or numbers.is_empty():
        return held.clear()
    known = lines["status"].is_in(MAY_COUNT).arg_true()
    known = known.filter(~known.is_in(numbers.implode()))
    of_held, meant, others = (_comparable(fates, some) for some in (held, numbers, known))
    is_meant, is_other = (_is_in(of_held, some) for some in (meant, others))
    return held.filter(is_meant & ~is_other)


def _comparable(fates: Fates, numbers: pl.Series) -> pl.DataFrame:
    texts = fates.at(numbers, FIELDS)
    amount = pl.col("revenue").cast(pl.Float64, strict=False)  # to be compared alone
    return texts.select(event(), spelling(), "attribution_type", revenue=amount)


def _is_in(rows: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    found = pl.repeat(value=False, n=rows.height, eager=True)
    for names in _ALIKE:
        found |= are_in(rows, others, names)
    return found
