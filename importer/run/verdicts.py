"""Verdicts on rows in doubt, as a person gives them: one, or many from a CSV."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import SettingsError
from importer.model import FIELDS, REVENUE_ID
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = {"recorded": True, "not_recorded": False, "not-recorded": False}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person found out about one row: `recorded` or not, why, and the id where the dashboard shows one.

    The row is named by its number, by the address of a cell of it in its workbook, or by its message and whatever else
    of the five fields tells it from others.
    `evidence` is what a program found it by, as JSON has it.
    """

    recorded: bool
    why: str
    row: int | None = None
    cell: str | None = None
    source: str | None = None
    revenue_id: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    evidence: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """`row 17 of june.csv`, `message AbC12345`."""
        words = [f"row {self.row}"] if self.row is not None else []
        words += [f"message {text}" for field, text in self.fields if field == "message_id"]
        return ", ".join(words) + (f" of {self.source}" if self.source else "")


def read_verdicts(path: str, results: Path | None = None, *, why: str | None = None) -> list[Verdict]:
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
    verdicts = [
        _verdict(path, {**texts, "why": texts.get("why") or why or ""}, line)
        for batch in source.batches()
        for line, ragged, *cells in batch.select("line", "ragged", *map(str, range(len(names)))).iter_rows()
        if (texts := _texts(path, dict(zip(names, cells, strict=True)), line, ragged)) and _is_meant(texts, results)
    ]
    if not verdicts:
        of = "" if results is None else f" on rows of {results.name}"
        raise SettingsError(f"{path} holds no verdicts{of}.")
    return verdicts


def _is_meant(texts: dict[str, str], results: Path | None) -> bool:
    """Whether a line has a verdict, on a row of these results."""
    named = texts.get("results")
    return bool(texts["verdict"]) and (not named or results is None or Path(named).name == results.name)


def _texts(path: str, cells: dict[str, str | None], line: int | None, ragged: bool) -> dict[str, str]:
    if ragged:
        raise SettingsError(f"{path}, line {line}: the line has the wrong number of cells.")
    return {name: (text or "").strip() for name, text in cells.items()}


def _verdict(path: str, texts: dict[str, str], line: int | None) -> Verdict:
    where = f"{path}, line {line}"
    row, source, revenue_id = (texts.get(name) or None for name in ("row", "source", "revenue_id"))
    if row is None and not texts.get("message_id"):
        raise SettingsError(f"{where}: row or message_id must say which row is meant.")
    number, cell = row_or_cell(row, where) if row else (None, None)
    word = texts["verdict"].lower()
    if word not in WORDS:
        raise SettingsError(f"{where}: verdict must be recorded or not_recorded.")
    if not texts["why"]:
        raise SettingsError(f"{where}: why must say how you know.")
    recorded = WORDS[word]
    if revenue_id and not recorded:
        raise SettingsError(f"{where}: a row that was not recorded has no revenue_id.")
    if revenue_id:
        check_revenue_id(revenue_id, where)
    fields = tuple((field, texts[field]) for field in FIELDS if texts.get(field))
    return Verdict(recorded, texts["why"], number, cell, source, revenue_id, fields)


def row_or_cell(text: str, where: str) -> tuple[int | None, str | None]:
    """What names a row: its number in the results, or a cell of its workbook (`B12`, `June!B12`).

    Raises `SettingsError`, which names the place, for anything else.
    """
    if re.fullmatch("[1-9][0-9]{0,9}", text):
        return int(text), None
    if re.fullmatch(r"(?:.+!)?\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}", text):
        return None, text
    raise SettingsError(
        f"{where}: row must be its number in the results, or a cell of it in its workbook, such as B12 or June!B12."
    )


def check_revenue_id(text: str, where: str) -> None:
    """Raise SettingsError, which names the place, when `text` cannot be an id of the API's."""
    if not REVENUE_ID.fullmatch(text):
        raise SettingsError(
            f"{where}: a revenue id is 1 to 128 printable ASCII characters without white space. Copy it again."
        )
