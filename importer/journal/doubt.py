"""Since when a row is in doubt, and the sentence that tells a person what to look for.

The journal keeps the moment, in `doubt_since`, beside the sentence. RESULTS has the sentence alone, and so have the
journals of version 0.1.0: from these, and only from these, the moment is read out of it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from importer.model import Status

LOOK_UP = (
    "; look for message {}, revenue {}, from {} on (UTC), and again some minutes later before you say not recorded"
)
"""What a person needs to look a row in doubt up: its message, its amount, the moment of the attempt.

The end is open: a server may store a request long after its client gave up.
"""
_LOOK_UP_BETWEEN = "; look for message {}, revenue {}, between {} and {} (UTC)"
"""What early versions wrote, who knew less of servers."""

_MOMENT = r"(\d{4}-\d\d-\d\dT[\d:.]+Z)"
_MARK = LOOK_UP.partition("{}")[0]


def _pattern(template: str) -> str:
    """What the sentence is found by: its beginning, and its moments up to `(UTC)`."""
    _, _, *between, end = template.split("{}")
    moments = _MOMENT.join([*between, end[: end.index("(UTC)")]])
    return f"(?s){_MARK}.*?{moments}" + re.escape("(UTC)")


_FROM, _BETWEEN = _pattern(LOOK_UP), _pattern(_LOOK_UP_BETWEEN)


def doubt_sentence(what: str, message_id: str, revenue: str, since: str) -> str:
    """The sentence: what happened, and what to look for."""
    return what + LOOK_UP.format(message_id, revenue, since)


def with_doubt_since(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the old format, whose sentence alone says since when they are in doubt, with `doubt_since`."""
    said = pl.coalesce(pl.col("error_message").str.extract(pattern) for pattern in (_FROM, _BETWEEN))
    is_in_doubt = pl.col("status") == str(Status.IN_DOUBT)
    return rows.with_columns(doubt_since=pl.coalesce("doubt_since", pl.when(is_in_doubt).then(said)))


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence taken apart: what happened, since when the row is in doubt and until when, as far as it says."""

    what: str
    since: str | None = None
    until: str | None = None


def read_doubt_sentence(sentence: str) -> Told:
    """Take apart what RESULTS says of a row in doubt."""
    what, _, look_up = sentence.partition(_MARK)
    if "(UTC)" not in look_up:
        return Told(sentence)
    if found := re.search(_FROM, sentence):
        return Told(what, since=found[1])
    found = re.search(_BETWEEN, sentence)
    return Told(what, found[1], found[2]) if found else Told(what)
