"""What stops a run because of other results files: they record rows to post, or an older version of this export."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import OverlapError
from importer.journal import journal_path
from importer.plan.index import at_work, is_there
from importer.plan.near import NAMED_ROWS, changes_named, is_most, ways_of
from importer.plan.others.other_results import folders_of
from importer.text import amount, rows_text, shown

NAMED_RESULTS = 8

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from importer.model import Share
    from importer.plan.checked import Checked
    from importer.plan.index import Lost
    from importer.plan.near import NearOverlap
    from importer.plan.others.other_results import OtherResults


def refuse_overlaps(
    checked: Checked, rows: pl.DataFrame, others: OtherResults, results: Path | None, *, begun: bool
) -> None:
    """Raise `OverlapError` where other results record rows to post, or a run imports one of the inputs now."""
    overlaps = others.overlaps(rows, folders_of(checked.sources, results), begun=begun)
    if others.at_work:
        raise at_work(sorted(map(shown, others.at_work)))
    near = [(overlap.results, overlap.share) for overlap in others.near]
    if overlaps:
        said = "Rows of this input are recorded or in doubt in other results already"
        _refuse(said, overlaps, checked, others.near, others.copies)
    if others.index is not None and others.index.lost:
        _refuse_lost(others.index.lost, others.own, is_for_others=bool(others.near))
    if is_most(others.near, rows):
        _refuse_near(checked, near, others.near)
    for overlap in others.near:
        others.warnings.append(
            f"{rows_text(overlap.share.rows)} to post ({amount(overlap.share.revenue)}) may stand in "
            f"{shown(overlap.results)} already, nearly the same ({_alike(checked, [overlap])}): if they are the same "
            f"events, leave them out with --already {shlex.quote(shown(overlap.results))}."
        )
    others.near.clear()


def about_older_copy(
    checked: Checked, rows: pl.DataFrame, others: OtherResults, results: Path | None, *, begun: bool
) -> None:
    """With `--overlap allow`: warn where RESULTS themselves are an older copy, and rows to post may be recorded since.

    Raises:
        OverlapError: other results record such rows, too. Who posts these knowingly, each hour perhaps, has not said
            that what was posted into RESULTS may be posted again.
    """
    lost = others.index.lost_here(others.own, rows) if others.index is not None else {}
    if not lost:
        return
    try:
        has_others = bool(others.overlaps(rows, folders_of(checked.sources, results), begun=begun) or others.near)
    except OverlapError:  # nobody can read what is there, and that was allowed
        has_others = True
    if has_others:
        _refuse_lost(lost, others.own, is_for_others=True)
    others.warnings.append(
        f"{shown(others.own)} and its journal are older than the last import into them, which may have recorded "
        f"{_share(lost[others.own])}: these rows are posted, some of them once more perhaps."
    )


def _refuse(
    said: str,
    overlaps: list[tuple[Path, Share]],
    checked: Checked | None = None,
    near: Sequence[NearOverlap] = (),
    copies: Collection[Path] = (),
) -> None:
    """Refuse with the results and shares of `overlaps`, and with what is `near` beside these."""
    beside = ""
    if near and checked is not None:
        also = _named([(overlap.results, overlap.share) for overlap in near])
        beside = f". Further rows look recorded ({_alike(checked, near)}): {also}"
    paths = dict.fromkeys([*(path for path, _ in overlaps), *(overlap.results for overlap in near)])
    leave_out = " ".join(f"--already {shlex.quote(shown(path))}" for path in paths)
    raise OverlapError(
        f"{said}: {_named(overlaps)}{beside}. Nothing was posted. Continue there with --results, leave such rows out "
        f"with {leave_out}, or post them once more with --overlap allow.{_of_copies(overlaps, copies)}"
    )


def _of_copies(overlaps: list[tuple[Path, Share]], copies: Collection[Path]) -> str:
    """What to do with doubts that were settled in these results, and still stand in a copy of them."""
    named = [shown(path) for path, _ in overlaps if path in copies]
    if not named:
        return ""
    return (
        f" {named[0]} is a copy of these results, or an older state of them, and does not know what was decided here "
        f"since: rows that were not recorded are posted when that is said there, too (resolve {shlex.quote(named[0])})."
    )


def _refuse_near(checked: Checked, near: list[tuple[Path, Share]], overlaps: Sequence[NearOverlap]) -> None:
    """Refuse rows that are nearly those of other results. They may be other events: a feed of each hour looks so."""
    leave_out = " ".join(f"--already {shlex.quote(shown(path))}" for path, _ in near)
    raise OverlapError(
        f"Rows of this input look recorded already in other results ({_alike(checked, overlaps)}): {_named(near)}. "
        f"Nothing was posted. If they are the same events, leave them out with {leave_out}; {_if_others(overlaps)}, "
        "--overlap allow posts them."
    )


def _if_others(overlaps: Sequence[NearOverlap]) -> str:
    if any(overlap.rows["restated"].any() for overlap in overlaps):
        return "what is recorded cannot be corrected by a post; if they are further events"
    return "if they are others (the same messages clicked again an hour later)"


def _named(overlaps: Sequence[tuple[Path, Share]]) -> str:
    named = "; ".join(
        f"{shown(path)} ({rows_text(share.rows)}, {amount(share.revenue)})" for path, share in overlaps[:NAMED_RESULTS]
    )
    return named + (f" and {len(overlaps) - NAMED_RESULTS} more" if len(overlaps) > NAMED_RESULTS else "")


def _refuse_lost(lost: Mapping[Path, Lost], own: Path, *, is_for_others: bool) -> None:
    """Rows to post were recorded, or may have been, by an import whose results or journal are gone.

    `is_for_others`: to allow an overlap is what other results need already.
    """
    results = own if own in lost else min(lost)
    gone = lost[results]
    begin_anew = "or post these rows, some of them once more perhaps, with --overlap allow"
    if is_there(results):
        elsewhere = ", other --results, and these named with --already" if results == own and is_for_others else ""
        raise OverlapError(
            f"The last import into {shown(results)} is not in {shown(journal_path(results))}: that file is gone, or "
            f"an older copy of it was put back. The import may have recorded {_share(gone)}. Nothing was posted. Put "
            f"both files back as that import left them, and run the same command again; {begin_anew}{elsewhere}."
        )
    raise OverlapError(
        f"Results of an earlier import of {_share(gone)} {'lay here and ' if results == own else ''}are gone: "
        f"{shown(results)}. Nothing was posted, as what was recorded would count twice. Put the file back with "
        f"its journal, or name it where it is now with --already PATH; {begin_anew}."
    )


def _share(gone: Lost) -> str:
    more = " or more" if gone.note.has_only_some else ""
    return f"{rows_text(gone.share.rows)}{more} of this input ({amount(gone.share.revenue)})"


def _alike(checked: Checked, near: Sequence[NearOverlap]) -> str:
    """How rows are nearly those of other results, and the first of them; of those stated anew how they were."""
    all_rows = pl.concat(overlap.rows for overlap in near)
    rows, restated = all_rows.filter(~pl.col("restated")), all_rows.filter("restated")
    anew = f"the same message with {ways_of(restated['how'])}; {changes_named(checked, restated)}"
    if rows.is_empty():
        return anew
    named = [f"{checked.name(file)} row {row}" for file, row in rows.select("file", "row").head(NAMED_ROWS).iter_rows()]
    alike = f"the same message, amount and type; {ways_of(rows['how'])}; such as {', '.join(named)}"
    return f"{alike}. Others: {anew}" if restated.height else alike


def refuse_newer(checked: Checked, newer: list[tuple[Path, pl.DataFrame]]) -> None:
    """The input is a newer version of an export that was imported: what is recorded cannot be corrected by a post."""
    for results, changed in newer:
        if changed.is_empty():
            continue
        raise OverlapError(
            f"The input is a newer version of the export that {shown(results)} records: {rows_text(changed.height)} "
            f"to post changed since ({changes_named(checked, changed)}). Nothing was posted: what is recorded cannot "
            f"be corrected, and {_what_to_do(changed.height)}"
        )


def _what_to_do(changed: int) -> str:
    if changed == 1:
        return (
            "the row would count beside it. Take it out of the input; if it is a further event, --allow-missing posts "
            "it."
        )
    return (
        "the rows would count beside it. Take those that were corrected out of the input; the others, if they are "
        "further events, --allow-missing posts."
    )
