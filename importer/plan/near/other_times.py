"""Rows to post that other results record with the same message, amount and type, and at another time.

By the rules these are other events: a subscription that renews, a click that comes again. They are posted. But where
nearly all that results record comes again so, and nothing there did before, the input may be the same events with
another of their times (of payment instead of the conversion), so a warning names them and what to do in either case.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY, Share
from importer.plan.keyed import number_of
from importer.plan.keys import event, moment_as_saved, spelling
from importer.plan.near.newer_version import moment_text, unmatched
from importer.plan.near.shifts import NEARLY_ALL
from importer.schema import AMOUNT, exact_sum
from importer.text import amount, rows_text, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from importer.plan.checked import Checked

_MANY, _LEAST = 10, 2
"""Rows that must come again, where they are nearly all that is recorded of their messages; fewer must be at least half
of the input's rows whose messages are recorded. A single one says nothing.
"""
_USUAL = 10
"""Where recorded rows came again at other times before, a tenth as many as now, that is usual."""
_NAMED_IDS = 20
_WITH_A_MEANING = frozenset(',"=!')
"""Characters that have a meaning in `--where`."""
_ALIKE = ["event", "amount"]


@dataclass(frozen=True, slots=True)
class OtherTimes:
    """The `rows` to post that `results` record at other times: their places, both moments and the `message_id`.

    They are `alone` where no further row to post has their message: a condition on its id would leave that out, too.
    """

    results: Path
    rows: pl.DataFrame

    @classmethod
    def between(cls, results: Path, rows: pl.DataFrame, fates: pl.DataFrame, scheme: str | None) -> OtherTimes | None:
        """Those of the valid `rows`, where they are many and nearly all that these `fates` have of their messages."""
        if "moment" not in rows.columns or min(fates.height, int(rows["due"].sum())) < _LEAST:
            return None
        known = fates.with_columns(event(), amount=pl.col("revenue").cast(AMOUNT, strict=False))
        known = known.join(rows.select("event"), on="event", how="semi", maintain_order="left")
        if known.height < _LEAST:
            return None
        known = unmatched(known, rows).with_columns(moment_as_saved().alias("was"))
        moved = _paired(rows.filter("due"), known, scheme)
        if moved.height < _LEAST:
            return None
        moved = moved.with_columns(alone=_are_alone(moved, rows))
        is_most = moved.height >= NEARLY_ALL * known.height and 2 * moved.height >= min(rows.height, fates.height)
        if moved.height >= _MANY and is_most:
            return cls(results, moved)
        messages = fates.select(spelling())
        return (
            cls(results, moved) if 2 * moved.height >= rows.join(messages, on="spelling", how="semi").height else None
        )


def _paired(due: pl.DataFrame, known: pl.DataFrame, scheme: str | None) -> pl.DataFrame:
    """Each row with one recorded row that differs in its time, and perhaps its offer; both are in the order of time."""
    keyed = scheme is not None and KEY in known.columns
    on = [*_ALIKE, KEY] if keyed else _ALIKE
    known = known.select(*_ALIKE, "was", "message_id", *([number_of(scheme)] if keyed else []))
    due = due.select(*_ALIKE, "moment", "file", "row", *([KEY] if keyed else []))
    due, known = due.sort("moment", maintain_order=True), known.sort("was", maintain_order=True)
    due, known = (rows.with_columns(nth=pl.int_range(pl.len()).over(on)) for rows in (due, known))
    pairs = due.join(known, on=[*on, "nth"]).filter(pl.col("moment") != pl.col("was"))
    return pairs.sort("file", "row")


def _are_alone(moved: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Which of the rows have messages of which no others are to be posted."""
    places = ["file", "row"]
    others = rows.filter(pl.col("post") | pl.col("due")).join(moved, on=places, how="anti")["spelling"]
    spelt = moved.select(places).join(rows, on=places, maintain_order="left")["spelling"]
    return ~spelt.is_in(others.implode())


def warnings_of(
    checked: Checked, found: Sequence[OtherTimes], recorded: Callable[[], Iterable[pl.DataFrame]]
) -> Iterator[str]:
    """A sentence for each of those `found`, unless it is usual in what all other results have `recorded`."""
    usual = _come_again(recorded()) if found else 0
    for one in found:
        if usual < min(one.rows.height, _MANY) or _USUAL * usual < one.rows.height:
            yield _sentence(checked, one)


def _come_again(recorded: Iterable[pl.DataFrame]) -> int:
    """How many events of one message, type and amount (and key) are recorded at several times."""
    revenue = pl.col("revenue").cast(AMOUNT, strict=False)
    facts = (event(), moment_as_saved(), revenue.alias("amount"))
    frames = (fates.select(*facts, *([KEY] if KEY in fates.columns else [])) for fates in recorded)
    rows = pl.concat(frames, how="diagonal")
    times = rows.group_by(pl.all().exclude("moment")).agg(pl.col("moment").drop_nulls().n_unique())
    return times.filter(pl.col("moment") > 1).height


def _sentence(checked: Checked, found: OtherTimes) -> str:
    rows = found.rows
    first = rows.row(0, named=True)
    share = Share(rows.height, exact_sum(rows["amount"]))
    place = f"{checked.name(first['file'])} row {first['row']}"
    return (
        f"{rows_text(share.rows)} to post ({amount(share.revenue)}) have message, amount and type of rows that "
        f"{shown(found.results)} records at other times (such as {place}: {moment_text(first['moment'])}, recorded "
        f"with {moment_text(first['was'])}). If they are further events, such as renewals, nothing is to be done. If "
        "they are the same events with another of their times, such as that of payment, they would count twice, and "
        f"--already does not hold them: {_way_out(checked, rows)}."
    )


def _way_out(checked: Checked, rows: pl.DataFrame) -> str:
    """How rows are left out: by their message ids, where these are few; those whose message has other rows by hand."""
    alone, beside = rows.filter("alone"), rows.filter(~pl.col("alone"))
    ids = alone["message_id"].unique(maintain_order=True).to_list()
    titles = {checked.title(int(file), "message_id") for file in rows["file"].unique()}
    title = titles.pop() if len(titles) == 1 else None
    has_meaning = title is None or not _WITH_A_MEANING.isdisjoint("".join([title, *ids]))
    if has_meaning or not ids or max(len(ids), beside.height) > _NAMED_IDS:
        return "take them out of the file"
    condition = shlex.quote(f"{title}!=" + ",".join(ids))
    if beside.is_empty():
        return f"leave them out with --where {condition}"
    named = ", ".join(f"{checked.name(file)} row {row}" for file, row in beside.select("file", "row").iter_rows())
    others = f"leave the others out with --where {condition}"
    return f"take {named} out of the file, as other rows have the same message; {others}"
