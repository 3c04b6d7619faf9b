"""Verdicts on rows in doubt, as a person gives them: one, or many from a CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from importer.disk import Packed
from importer.errors import SettingsError
from importer.model import FIELDS, REVENUE_ID
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WORDS = {"recorded": True, "not_recorded": False, "not-recorded": False}
_COLUMNS = ("results", "row", "source", *FIELDS, "verdict", "why", "revenue_id")
_ROW = "[1-9][0-9]{0,9}"
_CELL = r"(?:.+!)?\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_ID = f"^(?:{REVENUE_ID.pattern})$"
_BAD_ID = "{}: a revenue id is 1 to 128 printable ASCII characters without white space. Copy it again."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person found out about one row: `recorded` or not, why, and the id where the dashboard shows one.

    The row is named by its number, by the address of a cell of it in its workbook, or by its message and whatever else
    of the five fields tells it from others.
    `evidence` is what a program found it by, as JSON has it, `line` where it stands in its file.
    """

    recorded: bool
    why: str
    row: int | None = None
    cell: str | None = None
    source: str | None = None
    revenue_id: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    evidence: Mapping[str, Any] | None = None
    line: int | None = None

    @property
    def name(self) -> str:
        """`row 17 of june.csv`, `message AbC12345`."""
        words = [f"row {self.row}"] if self.row is not None else []
        words += [f"message {text}" for field, text in self.fields if field == "message_id"]
        return ", ".join(words) + (f" of {self.source}" if self.source else "")


_KINDS = {
    "recorded": pl.Boolean(), "why": pl.String(), "row": pl.Int64(), "cell": pl.String(), "source": pl.String(),
    "revenue_id": pl.String(), **dict.fromkeys(FIELDS, pl.String()), "evidence": pl.String(),
    "line": pl.Int64(),
}  # fmt: skip


class Verdicts(Sequence[Verdict]):
    """Many verdicts, as columns: those of `Verdict`, each of its fields apart, and its evidence as JSON text.

    Of a million the sentences are long: they are packed, and come out some at a time.
    """

    COLUMNS = tuple(_KINDS)

    def __init__(self, frames: Iterable[pl.DataFrame]) -> None:
        self._frames = Packed()
        for frame in (pl.DataFrame(schema=_KINDS), *frames):
            self._frames.add(as_verdicts(frame))

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> Verdicts:
        """The same, if they are not columns already."""
        if isinstance(verdicts, Verdicts):
            return verdicts
        lines = [
            {name: getattr(one, name, None) for name in _KINDS}
            | dict(one.fields)
            | {"evidence": None if one.evidence is None else json.dumps(one.evidence, separators=(",", ":"))}
            for one in verdicts
        ]
        return cls([pl.DataFrame(lines, schema=_KINDS)])

    def frames(self) -> Iterator[pl.DataFrame]:
        """All of them, some at a time."""
        return iter(self._frames)

    def columns(self, *names: str) -> pl.DataFrame:
        """These columns of all."""
        return self._frames.columns(names)

    def at(self, numbers: pl.Series) -> Verdicts:
        """Those with these numbers."""
        return Verdicts([self._frames.at(numbers)])

    def __len__(self) -> int:
        return self._frames.rows

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> list[Verdict]: ...
    def __getitem__(self, index: int | slice) -> Verdict | list[Verdict]:
        wanted = range(len(self))[index]
        numbers = [wanted] if isinstance(wanted, int) else [*wanted]
        found = [*self.at(pl.Series(numbers, dtype=pl.UInt32))]
        return found[0] if isinstance(index, int) else found

    def __iter__(self) -> Iterator[Verdict]:
        return (verdict_of(line) for frame in self._frames for line in frame.iter_rows(named=True))


def as_verdicts(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of `Verdicts` of a frame that has some of them; the others are null."""
    known = {name: pl.col(name).cast(kind) for name, kind in _KINDS.items() if name in frame.columns}
    lacking = {name: pl.lit(None, kind) for name, kind in _KINDS.items() if name not in frame.columns}
    return frame.select(**{name: (known | lacking)[name] for name in _KINDS})


def verdict_of(line: Mapping[str, Any]) -> Verdict:
    """The verdict of a line of `Verdicts.frames`."""
    return Verdict(
        line["recorded"], line["why"], line["row"], line["cell"], line["source"], line["revenue_id"],
        tuple((field, line[field]) for field in FIELDS if line[field] is not None),
        None if line["evidence"] is None else json.loads(line["evidence"]), line["line"],
    )  # fmt: skip


def read_verdicts(path: str, results: Path | None = None, *, why: str | None = None) -> Verdicts:
    """Verdicts from a CSV, or a workbook: row or message_id, verdict (`recorded` or `not_recorded`) and why.

    `why` holds for lines that say nothing of their own.

    Where known also source and revenue_id; where several rows are of one message, others of the five fields. Lines
    without a verdict are left out, and so are those whose column `results` names other results than `results`.

    Raises:
        SettingsError: a column or a value is not what it must be; names the line.
    """
    source = open_inputs([path])[0]
    names = [title.strip().lower() for title in source.header]
    needed = ("verdict",) if why else ("verdict", "why")
    if any(names.count(name) != 1 for name in needed) or not {"row", "message_id"} & set(names):
        raise SettingsError(
            f"{path} must have one column verdict, one column why, and row or message_id; it may have source, "
            "revenue_id, revenue, attribution_type, offer_id and timestamp too."
        )
    positions = {name: str(at) for at, name in enumerate(names) if name in _COLUMNS}
    verdicts = Verdicts(_understood(path, _texts(batch, positions, why), results) for batch in source.batches())
    if not verdicts:
        of = "" if results is None else f" on rows of {results.name}"
        raise SettingsError(f"{path} holds no verdicts{of}.")
    return verdicts


def _texts(batch: pl.DataFrame, positions: Mapping[str, str], why: str | None) -> pl.DataFrame:
    """The cells that are read, without space around them, null where empty."""
    cells = {name: pl.col(at).str.strip_chars().replace("", None) for name, at in positions.items()}
    absent = {name: pl.lit(None, pl.String) for name in _COLUMNS if name not in cells}
    texts = batch.select("line", "ragged", **cells, **absent)
    return texts.with_columns(pl.coalesce("why", pl.lit(why, pl.String)).alias("why"))


def _understood(path: str, texts: pl.DataFrame, results: Path | None) -> pl.DataFrame:
    """The verdicts on rows of these results; raises where a line is not what it must be."""
    others = [name for name in texts["results"].unique() if name and results and Path(name).name != results.name]
    is_meant = pl.col("verdict").is_not_null() & ~pl.col("results").is_in(others).fill_null(value=False)
    is_row, is_cell = (pl.col("row").str.contains(f"^(?:{pattern})$") for pattern in (_ROW, _CELL))
    recorded = pl.col("verdict").str.to_lowercase().replace_strict(WORDS, default=None, return_dtype=pl.Boolean)
    texts = texts.with_columns(recorded=recorded, is_meant=is_meant)
    is_fine = (
        pl.coalesce(is_row | is_cell, pl.col("message_id").is_not_null())
        & pl.col("recorded").is_not_null()
        & pl.col("why").is_not_null()
        & (pl.col("revenue_id").is_null() | (pl.col("recorded") & pl.col("revenue_id").str.contains(_ID)))
    )
    wrong = texts.filter(pl.col("ragged") | (pl.col("is_meant") & ~is_fine.fill_null(value=False)))
    if wrong.height:
        raise _refusal(path, wrong.row(0, named=True))
    return texts.filter("is_meant").with_columns(
        pl.when(is_row).then("row").cast(pl.Int64).alias("row"), cell=pl.when(is_cell & ~is_row).then("row")
    )


def _refusal(path: str, texts: Mapping[str, Any]) -> SettingsError:
    """What is wrong with a line."""
    where = f"{path}, line {texts['line']}"
    if texts["ragged"]:
        return SettingsError(f"{where}: the line has the wrong number of cells.")
    if texts["row"] is None and texts["message_id"] is None:
        return SettingsError(f"{where}: row or message_id must say which row is meant.")
    if texts["row"] is not None:
        row_or_cell(texts["row"], where)
    if texts["recorded"] is None:
        return SettingsError(f"{where}: verdict must be recorded or not_recorded.")
    if texts["why"] is None:
        return SettingsError(f"{where}: why must say how you know.")
    if not texts["recorded"]:
        return SettingsError(
            f"{where}: a row that was not recorded has no revenue_id: empty that cell, which may hold "
            "the one that an answer for another row named."
        )
    return SettingsError(_BAD_ID.format(where))


def row_or_cell(text: str, where: str) -> tuple[int | None, str | None]:
    """What names a row: its number in the results, or a cell of its workbook (`B12`, `June!B12`).

    Raises `SettingsError`, which names the place, for anything else.
    """
    if re.fullmatch(_ROW, text):
        return int(text), None
    if re.fullmatch(_CELL, text):
        return None, text
    raise SettingsError(
        f"{where}: row must be its number in the results, or a cell of it in its workbook, such as B12 or June!B12."
    )


def check_revenue_id(text: str, where: str) -> None:
    """Raise SettingsError, which names the place, when `text` cannot be an id of the API's."""
    if not REVENUE_ID.fullmatch(text):
        raise SettingsError(_BAD_ID.format(where))
