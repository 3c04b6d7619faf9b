"""Exports that cannot be compared, each with a sentence that says what to do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.plan import spelt
from importer.reconciling.scale import USUAL_ZONES, wall

if TYPE_CHECKING:
    from importer.reconciling.classes import Classes
    from importer.reconciling.export import Export

_MOST = 0.5  # of the recorded rows, before it is said that something is wrong with all of them
_LEAST = 3
_QUARTER = 15 * 60
_LONGEST = 15 * 3600


def check_export(export: Export) -> None:
    """Refuse an export whose lines are no records of their own.

    Raises:
        InputError: two lines are of one record, or a line counts several.
    """
    ids = export.lines.filter(pl.col("revenue_id").is_not_null())
    again = ids.filter(~pl.col("revenue_id").is_first_distinct())
    if again.height:
        first = ids.filter(pl.col("revenue_id") == again["revenue_id"][0])["line"][0]
        raise InputError(
            f"{export.name}: {again.height:,} lines repeat the revenue_id of another (line {again['line'][0]:,} that "
            f"of line {first:,}): records are listed more than once. Export it again, or put each line into it once."
        )
    for at, name in export.columns.others.items():
        plain = name.strip().lower()
        if plain in {"conversions", "count", "quantity", "records", "events"}:
            numbers = export.others[str(at)].cast(pl.Float64, strict=False)
            if (numbers > 1).any():
                raise InputError(
                    f"{export.name} is not row by row: its column {name} counts several in one line. Export it with "
                    "one line a record."
                )


def check_mark(rows: pl.DataFrame, export: Export) -> None:
    """Refuse a mark of `--ours` that lines with our own revenue ids do not have, or no line at all.

    Raises:
        InputError: it does not mark what came by the API.
    """
    ids = rows.filter(pl.col("role") == "recorded")["revenue_id"].drop_nulls()
    wrong = export.lines.filter(~pl.col("ours") & pl.col("revenue_id").is_in(ids.implode()))
    if wrong.height:
        raise InputError(
            f"--ours does not mark what came by the API: line {wrong['line'][0]:,} of {export.name} has the revenue id "
            "of a recorded row and is not marked. Choose another column or value."
        )
    if export.lines.height and not export.lines["ours"].any():
        raise InputError(f"--ours: no line of {export.name} has that value. Choose another column or value.")


def check_comparison(classes: Classes, export: Export, zone: str) -> None:
    """Refuse a comparison in which most recorded rows are missed for one reason.

    Raises:
        InputError: ids are damaged, all times are shifted, ids of records are of another kind, amounts are sums.
    """
    _refuse_other_messages(classes, export)
    rows = classes.rows.filter((pl.col("role") == "recorded") & pl.col("taken").is_null())
    lost = rows.join(classes.counts.filter(pl.col("missing") > 0).select("c"), on="c", how="semi")
    lines = classes.lines.filter(~pl.col("taken"))
    _refuse_shifted(classes, lost, lines, export, zone)
    if lost.height < _LEAST:
        return
    _refuse_damaged_ids(lost, lines, export)
    _refuse_sums(lost, lines, export)
    _refuse_other_ids(classes, export)


def _refuse_other_messages(classes: Classes, export: Export) -> None:
    """A line with the revenue id of a row has its message id, too, unless that was damaged."""
    lines = classes.lines.select(taken="v", line="line", written="message_id")
    pairs = classes.rows.drop_nulls("taken").join(lines, on="taken", how="inner", maintain_order="left")
    other = pairs.filter(pl.col("written").ne_missing(pl.col("message_id")))
    if other.height:
        first = other.row(0, named=True)
        raise InputError(
            f"{export.name}, line {first['line']:,}: the message id {first['written'] or 'is empty'} has the "
            f"revenue id of a row with the message id {first['message_id']}: the message ids are damaged "
            f"({other.height:,} lines). Export it again with the column as text."
        )


def _refuse_damaged_ids(lost: pl.DataFrame, lines: pl.DataFrame, export: Export) -> None:
    known = lines["message_id"].unique()
    strange = lost.filter(~pl.col("message_id").is_in(known.implode()))
    told = "message_id", "a", spelt()
    spelled = strange.select(told).join(lines.select(told), on=["spelling", "a"], how="inner")
    hit = spelled["message_id"].n_unique()
    if hit >= _LEAST and hit > _MOST * strange["message_id"].n_unique():
        ours, theirs = spelled.row(0, named=True)["message_id"], spelled.row(0, named=True)["message_id_right"]
        raise InputError(
            f"{export.name}: the message ids are damaged: {hit:,} differ from those that were sent in case or leading "
            f"zeros alone ({theirs or 'nothing'} for {ours}). Export it again with the column as text."
        )


def _refuse_shifted(classes: Classes, lost: pl.DataFrame, lines: pl.DataFrame, export: Export, zone: str) -> None:
    keys = ["message_id", "a"]
    lines = lines.filter(pl.col("message_id").is_in(lost["message_id"].unique().implode()))
    one_each = [side.filter(pl.len().over(keys) == 1) for side in (lost, lines)]
    pairs = one_each[0].select(*keys, "time", ours="t").join(one_each[1].select(*keys, theirs="t"), on=keys)
    their = classes.lines.select(taken="v", theirs="t")
    by_id = classes.rows.drop_nulls("taken").select("taken", "time", ours="t").join(their, on="taken")
    told = ["time", "ours", "theirs"]
    pairs = pl.concat([pairs.select(told), by_id.select(told)]).drop_nulls()
    gaps = Counter((pairs["theirs"] - pairs["ours"]).dt.total_seconds().to_list())
    hours = Counter({gap: n for gap, n in gaps.items() if gap % _QUARTER == 0 and 0 < abs(gap) <= _LONGEST})
    if sum(hours.values()) < _LEAST or sum(hours.values()) <= _MOST * pairs.height or len(hours) > 2:
        return
    names = _fitting(pairs, zone)
    advice = f"say --timezone {names[0]}" if names else "say with --timezone the zone of the vendor's account"
    others = f" ({' and '.join(names[1:])} would fit, too)" if names[1:] else ""
    gap = " or ".join(_hours(seconds) for seconds in sorted(hours))
    raise InputError(
        f"{export.name}: {sum(hours.values()):,} recorded rows are in it with times that are {gap} from those sent, "
        f"read in {zone}: its times are of another zone. If they are, {advice}{others}."
    )


def _hours(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'+' if seconds > 0 else '-'}{hours}:{minutes:02}"


def _fitting(pairs: pl.DataFrame, zone: str) -> list[str]:
    """The usual zones in which all times agree."""
    shift = timedelta(minutes=1)

    def fits(name: str) -> bool:
        return bool(pairs.select(((wall(name) - pl.col("theirs")).abs() < shift).all()).item())

    return [name for name in USUAL_ZONES if name != zone and fits(name)][:3]


def _refuse_sums(lost: pl.DataFrame, lines: pl.DataFrame, export: Export) -> None:
    """Lines that hold the sum of all rows of a message are no records."""
    sums = lost.group_by("message_id").agg(pl.col("a").sum(), pl.len().alias("rows")).filter(pl.col("rows") > 1)
    single = lines.filter(pl.len().over("message_id") == 1).select("message_id", "a", "line")
    hit = sums.join(single, on=["message_id", "a"])
    if hit.height >= _LEAST and hit.height > _MOST * sums.height:
        raise InputError(
            f"{export.name} is not row by row: {hit.height:,} of its lines hold the sum of several rows of a message "
            f"(line {hit['line'].sort()[0]:,}). Export it with one line a record."
        )


def _refuse_other_ids(classes: Classes, export: Export) -> None:
    """A column of ids in which no recorded row is found is none of the API's."""
    named = classes.rows.filter((pl.col("role") == "recorded") & pl.col("revenue_id").is_not_null())
    if export.has_revenue_ids and named.height and named["taken"].null_count() == named.height:
        raise InputError(
            f"{export.name}: its column revenue_id holds none of the ids that the API gave to the {named.height:,} "
            "recorded rows: it is of another account, or of another kind of id. If it is that, leave it out: --ignore "
            "revenue_id, or the name of the column that --map revenue_id names."
        )
