"""Verdicts as lines of the journal: of a million the texts alone are kept, packed, until somebody asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from importer.disk import Packed
from importer.journal.events import Event, VerdictGiven

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal.events import Json

BEGINNING = '{"event":"verdict"'
"""How the JSON of every verdict begins."""
_CHUNK_ROWS = 5_000
_PLAIN = ("at", "by", "row", "source", "message_id", "revenue", "verdict", "revenue_id", "why", "doubt")


class VerdictLines(Event):
    """Verdicts that follow each other in a journal."""

    __slots__ = ("_texts",)
    KIND: ClassVar[str] = VerdictGiven.KIND

    def __init__(self) -> None:
        self._texts = Packed()

    def add(self, texts: pl.Series) -> None:
        """The next ones, as JSON."""
        self._texts.add(texts.alias("json").to_frame())

    def add_given(self, verdicts: pl.DataFrame) -> None:
        """The next ones, of a frame with the columns of `VerdictGiven`; `evidence` is JSON already, or null."""
        for some in verdicts.iter_slices(_CHUNK_ROWS):  # evidence is long: that of fewer rows at once
            self.add(_as_json(some))

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._texts.rows

    def __iter__(self) -> Iterator[VerdictGiven]:
        for frame in self._texts:
            for text in frame["json"]:
                yield VerdictGiven.from_json(json.loads(text))

    def lines(self) -> Iterator[bytes]:
        """Their lines, some at a time."""
        for frame in self._texts:
            for part in frame.iter_slices(_CHUNK_ROWS):
                yield "".join(f"E\t{text}\n" for text in part["json"]).encode()

    def to_json(self) -> Json:
        """There is no one object of several verdicts: `lines` has one of each."""
        raise NotImplementedError


def _as_json(verdicts: pl.DataFrame) -> pl.Series:
    plain = pl.struct(pl.lit(VerdictLines.KIND).alias("event"), *_PLAIN).struct.json_encode()
    texts = verdicts.select(json=plain, evidence="evidence").select(
        pl.when(pl.col("evidence").is_null())
        .then("json")
        .otherwise(pl.format('{},"evidence":{}{}', pl.col("json").str.head(-1), "evidence", pl.lit("}")))
    )
    return texts.to_series()
