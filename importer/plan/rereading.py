"""Rows that break a rule, read again as the runs before may have read them: what was sent is recognised for ever.

A clock that was put back makes a recorded row `future_timestamp`, an option that was left out makes its message id or
its date unreadable, a later version may refuse what an earlier one sent. What became of such a row stands all the
same, so its content must be known.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import SettingsError
from importer.schema import Normaliser, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.journal import Events
    from importer.schema import Columns
    from importer.settings import InputSettings

_NEVER = datetime(9990, 1, 1, tzinfo=UTC)
_OPTIONS = ("timezone", "ambiguous", "timestamp_format", "decimal", "null", "value")
_KEYS = ("key_a", "key_b")


class Rereader:
    """Gives rows that break a rule the identity that they had for a run which could read them.

    Args:
        settings: of this run.
        events: of the journal: the runs before, with their options.
    """

    def __init__(self, settings: InputSettings, events: Events) -> None:
        before = [start.options for start in events.starts]
        ways = [{name: getattr(settings, name) for name in _OPTIONS}]
        ways += [{name: options[name] for name in _OPTIONS if name in options} for options in reversed(before)]
        self._normalisers = [normaliser for way in _distinct(ways) for normaliser in _normaliser(way)]

    def __call__(self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
        """`rows` as a `Normaliser` made them of `batch`, with the keys of those that break a rule and can be read."""
        for normalise in self._normalisers:
            open_ = rows.select(pl.col("key_a").is_null()).to_series() & ~batch["ragged"]
            at = open_.arg_true()
            if at.is_empty():
                break
            with suppress(SettingsError):  # a constant of this run may be none by the rules of that one
                rows = _with_keys(rows, at, normalise(batch[at], columns))
        return rows


def _with_keys(rows: pl.DataFrame, at: pl.Series, again: pl.DataFrame) -> pl.DataFrame:
    """Take over the keys of rows that are valid when they are read again, and whose amount is what is counted now."""
    same = again["key_a"].is_not_null() & (again["amount"] == rows["amount"].gather(at)).fill_null(value=False)
    return rows.with_columns(rows[key].scatter(at.filter(same), again[key].filter(same)) for key in _KEYS)


def _distinct(ways: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [way for n, way in enumerate(ways) if way not in ways[:n]]


def _normaliser(way: Mapping[str, Any]) -> list[Normaliser]:
    """The normaliser of this way to read; none where its zone or format is none any more."""
    with suppress(SettingsError):
        return [Normaliser(Rules(**{**way, "null": frozenset(way.get("null") or ())}, as_sent=True, now=_NEVER))]
    return []
