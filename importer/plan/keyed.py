"""Rows with a key of the user's (`--key`): which fate belongs to which of them.

Equal fields with another key are another event, so the key is a part of `KEYS` there. What was recorded without a key,
or under another `--key`, says nothing of the key, so each such fate still counts for one row of equal content: it is
dealt out to the rows that no fate with their own key has taken, in the order of the input, and gets that row's `KEYS`.
In the same way a row without a key takes a fate of equal content that has one. Fates of a run without `--key` are left
as they are: their content alone counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY, MAY_COUNT
from importer.plan.fates import IS_HELD
from importer.plan.keys import KEYS, with_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONTENT = ["content_a", "content_b"]
_PAIRS = {"here": pl.UInt32, "there": pl.UInt32}


def number_of(scheme: str | None) -> pl.Expr:
    """The key as one number, for one process only; null where there is none, or it is not of this scheme."""
    digest = pl.col(KEY)
    is_ours = pl.lit(value=True) if scheme is None else digest.str.starts_with(f"{scheme}:")
    return pl.when(is_ours & digest.is_not_null()).then(digest.hash(20)).alias(KEY)


def told_apart(number: pl.Series) -> list[pl.Expr]:
    """`KEYS` with the key in them; done once more, without it."""
    known = pl.lit(number).is_not_null()
    return [
        pl.when(known).then(pl.col(name) ^ pl.lit(number.hash(seed))).otherwise(name).alias(name)
        for seed, name in enumerate(KEYS, 21)
    ]


def with_keys_apart(rows: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Normalised rows with their keys as text, which are in their `KEYS` then."""
    keyed = rows.with_columns(keys)
    return keyed.with_columns(told_apart(keyed.select(number_of(None)).to_series()))


def content_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `KEYS` of their fields alone."""
    return rows.with_columns(told_apart(rows[KEY])) if KEY in rows.columns else rows


def dealt(
    index: pl.DataFrame, fates: pl.DataFrame, already: pl.DataFrame, scheme: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Own fates and those of other results with the `KEYS` of the rows of `index` that they belong to.

    Both come with `KEYS` of their content alone, and with `KEY` where any has one.
    Those that may have been counted take their rows first: those with the row's own key, of either, then own ones
    before others. A row that was held for other results before is the first that these hold again.
    """
    if scheme is None:
        return fates, already
    rows, own, others = _rows(index), _known(fates, scheme), _known(already, scheme)
    counted = pl.col("status").is_in(MAY_COUNT)
    is_held = IS_HELD.fill_null(value=False)
    sent, held, rest = own.filter(counted), own.filter(is_held), own.filter(~counted & ~is_held)
    there = others.filter(counted)
    exact = _side_by_side(rows, sent, KEYS)
    known_there = _side_by_side(_without(rows, exact), there, KEYS)
    first = pl.concat([exact, _by_rank(_without(_without(rows, exact), known_there), _left(sent, exact))])
    free = _without(rows, first)
    again = _paired(_first_those_in(known_there, free), held)
    free = _first_those_in(again, free)
    elsewhere = pl.concat([known_there, _by_rank(_without(free, known_there), _left(there, known_there))])
    last = _paired(_without(_without(free, elsewhere), again), rest)
    own = _as_paired(own, rows, [first, again, last])
    others = _as_paired(others, rows, [elsewhere])
    in_vain = _paired(_as_rows(own.filter(is_held)), others.filter(~counted))
    others = _as_paired(others, _as_rows(own), [in_vain])
    return _with_keys_of(fates, own), _with_keys_of(already, others)


def dealt_elsewhere(rows: pl.DataFrame, fates: pl.DataFrame, scheme: str | None) -> pl.DataFrame:
    """The fates of other results with the `KEYS` of rows that they belong to: of those to `post` first.

    A row that is known by an own fate without its key (`dealt`) may be another one of equal content: the fate there
    with its key then counts for any of those.
    """
    if scheme is None:
        return fates
    known, here = _known(fates, scheme), _rows(rows.sort(~pl.col("post"), maintain_order=True))
    unsure = rows.filter("dealt").select(KEYS).unique()
    at = known.join(unsure, on=KEYS, how="semi")["there"]
    is_unsure = pl.col("there").is_in(at.implode())
    known = known.with_columns(pl.when(~is_unsure).then(KEY).alias(KEY))
    known = known.with_columns(
        pl.when(is_unsure).then(content).otherwise(key).alias(key) for key, content in zip(KEYS, _CONTENT, strict=True)
    )
    return _with_keys_of(fates, _as_paired(known, here, [_paired(here, known)]))


def is_dealt(rows: pl.DataFrame, fates: pl.DataFrame, prior: pl.Series, scheme: str) -> pl.Series:
    """Whether a row is known by a fate that does not have its key."""
    numbers = fates.select(number_of(scheme)).to_series() if KEY in fates.columns else _no_numbers(fates.height)
    index = pl.select(pl.when(prior >= 0).then(prior)).to_series()
    return ((prior >= 0) & numbers.gather(index).ne_missing(rows[KEY])).alias("dealt")


def dealt_lines(fates: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The fates of a journal and the lines of the RESULTS beside it, each line with the `KEYS` of its fate.

    A program may have cut the keys off, or RESULTS is of a run with another `--key`.
    """
    keys = (frame[KEY].drop_nulls() for frame in (fates, lines) if KEY in frame.columns)
    scheme = next((str(found[-1]).partition(":")[0] for found in keys if len(found)), None)
    if scheme is None:
        return fates, lines
    known, told = _known(fates, scheme), _known(lines, scheme)
    told = _as_paired(told, _as_rows(known), [_paired(_as_rows(known), told)])
    return _with_keys_of(fates, known), _with_keys_of(lines, told)


def with_another_key(rows: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """The pairs of rows (`here`) and fates (`there`) that are equal but for the key, in their order."""
    here = content_of(rows).with_row_index("here").filter(pl.col("due") | pl.col("settled"))
    return _side_by_side(here, with_keys(fates).with_row_index("there"), KEYS)


def _rows(index: pl.DataFrame) -> pl.DataFrame:
    """The rows that have a content: valid ones first, then those that could be read when they were sent."""
    rows = index.with_row_index("here").filter(pl.col("key_a") != 0)
    rows = rows.sort(~pl.col("valid"), maintain_order=True).select("here", *KEYS, KEY)
    content = content_of(rows)
    return rows.with_columns(content[key].alias(name) for key, name in zip(KEYS, _CONTENT, strict=True))


def _known(fates: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Fates, whose `KEYS` are of their content alone, with the key in them and as a number, and their index `there`."""
    content = fates.with_row_index("there")
    content = content.with_columns(pl.col(key).alias(name) for key, name in zip(KEYS, _CONTENT, strict=True))
    number = content.select(number_of(scheme)).to_series() if KEY in fates.columns else _no_numbers(fates.height)
    return content.with_columns(told_apart(number)).with_columns(number.alias(KEY))


def _no_numbers(height: int) -> pl.Series:
    return pl.Series(KEY, [None], dtype=pl.UInt64).new_from_index(0, height)


def _as_rows(fates: pl.DataFrame) -> pl.DataFrame:
    return fates.select(pl.col("there").alias("here"), *KEYS, *_CONTENT, KEY)


def _paired(rows: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """Which fate (`there`) belongs to which row (`here`), in their order: by key, then where one of both has none."""
    exact = _side_by_side(rows, fates, KEYS)
    return pl.concat([exact, _by_rank(_without(rows, exact), _left(fates, exact))])


def _by_rank(rows: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """The pairs of equal content where the fate has no key, then of those where the row has none."""
    keyless = pl.col(KEY).is_null()
    found = _side_by_side(rows, fates.filter(keyless), _CONTENT)
    rows, fates = _without(rows, found), _left(fates, found)
    return pl.concat([found, _side_by_side(rows.filter(keyless), fates, _CONTENT)])


def _left(fates: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    return fates.join(pairs, on="there", how="anti", maintain_order="left")


def _first_those_in(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([_among(rows, pairs), _without(rows, pairs)])


def _side_by_side(rows: pl.DataFrame, fates: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    if rows.is_empty() or fates.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    numbered = [frame.with_columns(nth=pl.int_range(pl.len()).over(on)) for frame in (rows, fates)]
    return (
        numbered[0]
        .select("here", *on, "nth")
        .join(numbered[1].select("there", *on, "nth"), on=[*on, "nth"])
        .select(list(_PAIRS))
    )


def _without(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    return rows.join(pairs, on="here", how="anti", maintain_order="left")


def _among(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    return rows.join(pairs, on="here", how="semi", maintain_order="left")


def _with_keys_of(fates: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    return fates.with_columns(known[key] for key in KEYS)


def _as_paired(fates: pl.DataFrame, rows: pl.DataFrame, pairs: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Fates with the `KEYS` of their rows."""
    met = pl.concat(pairs).join(rows.select("here", *KEYS), on="here", how="inner")
    return fates.with_columns(fates[key].scatter(met["there"], met[key]) for key in KEYS)
