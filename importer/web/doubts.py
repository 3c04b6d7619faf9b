"""Rows in doubt: what a person is to look up, and the verdict on one or on many, which `resolve` writes down."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import Replacement
from importer.errors import ImporterError
from importer.model import FIELDS
from importer.run import DOUBTFUL, rows_in_doubt, write_template
from importer.web.children import run_to_end
from importer.web.desk import StepError
from importer.web.verdicts import refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from importer.web.desk import Desk
    from importer.web.verdicts import Verdicts

    Row = Mapping[str, Any]  # of text, or None

SHOWN = 200
NO_ROWS = pl.DataFrame(schema=dict.fromkeys(DOUBTFUL, pl.String))
_VERDICTS = {"recorded": "recorded", "not_recorded": "not_recorded", "not-recorded": "not_recorded"}
_TIMEOUT_S = 300.0
_MOST_CHARACTERS = 1000
_NAMES = ("row", "source", "message_id", "revenue_id")
_OTHERS = "These are not the rows that were shown: some have a verdict by now. Look at them again; nothing was changed."


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows in doubt: those with a code, and with a text in one of their fields, in any case of letters."""

    code: str = ""
    text: str = ""

    def takes(self) -> pl.Expr:
        """Whether a row is one of these."""
        wanted = self.text.lower()
        fields = [pl.col(name).fill_null("").str.to_lowercase() for name in ("source", *FIELDS)]
        has_text = pl.any_horizontal(field.str.contains(wanted, literal=True) for field in fields)
        has_code = pl.lit(not self.code) | (pl.col("error_code") == self.code).fill_null(value=False)
        return has_code & has_text


class Doubts:
    """The rows in doubt of imports. Steps raise `StepError` where they are not due, and then change nothing."""

    def __init__(self, desk: Desk, verdicts: Verdicts) -> None:
        self._desk, self._verdicts = desk, verdicts

    def rows(self, import_id: str) -> pl.DataFrame:
        """All rows in doubt, as the journal has them; none where there are no results yet."""
        try:
            return rows_in_doubt(self._desk.folder.results(import_id))
        except ImporterError:
            return NO_ROWS

    def settle(self, who: str, import_id: str, form: Mapping[str, str]) -> None:
        """Write down a verdict on one row."""
        verdict, why = _verdict(form), _why(form)
        if any(len(form.get(name, "")) > _MOST_CHARACTERS for name in _NAMES):
            raise StepError(400, "That is too long to name a row.")
        if not form.get("row") and not form.get("message_id"):
            raise StepError(400, "Name the row.")
        named = {name: form[name] for name in _NAMES if form.get(name)}
        options = [f"--{name.replace('_', '-')}={text}" for name, text in named.items()]
        options += [f"--{verdict.replace('_', '-')}", f"--why={why}"]
        with self._verdicts.occupied(import_id, "noting a verdict"):
            given = [(verdict, {"why": why, **named})]
            self._verdicts.write(who, import_id, given, lambda: self._resolve(who, import_id, form, options))

    def settle_many(
        self, who: str, import_id: str, picked: Sequence[str], which: Filter | None, form: Mapping[str, str]
    ) -> None:
        """Write down one verdict on the rows that were `picked`, or on all that a filter takes: on all or none.

        With a filter the form's `count` is how many rows it took when they were shown.
        """
        verdict, why = _verdict(form), _why(form)
        with self._verdicts.occupied(import_id, "noting verdicts"):
            rows = self.rows(import_id)
            chosen = _chosen(rows, picked) if which is None else rows.select(which.takes()).to_series().to_list()
            expected = str(len(set(picked))) if which is None else form.get("count", "")
            if which is None and not picked:
                raise StepError(400, "Choose rows first.")
            if not any(chosen) or str(sum(chosen)) != expected:
                raise StepError(409, _OTHERS)
            number = len(self._desk.log.of(import_id))
            path = self._desk.folder.output(import_id, f"verdicts-{number}", ".csv")
            self._fill_in(import_id, path, [verdict if one else "" for one in chosen], why)
            given = [(verdict, {"why": why, "rows": sum(chosen)})]
            self._verdicts.write(who, import_id, given, lambda: self._resolve(who, import_id, form, [f"--from={path}"]))

    def _fill_in(self, import_id: str, path: Path, verdicts: Sequence[str], why: str) -> None:
        """The file that `resolve` takes, with the rows in doubt in their order."""
        try:
            write_template(self._desk.folder.results(import_id), path)
        except ImporterError as error:
            raise StepError(409, str(error)) from None
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *lines = csv.reader(file)
        if len(lines) != len(verdicts):
            raise StepError(409, _OTHERS)
        said = [[verdict, why if verdict else "", *line[2:]] for verdict, line in zip(verdicts, lines, strict=True)]
        _rewrite(path, [header, *said])

    def _resolve(self, who: str, import_id: str, form: Mapping[str, str], options: Sequence[str]) -> str:
        sure = ["--sure"] if form.get("sure") else []
        command = ["resolve", str(self._desk.folder.results(import_id)), *options, *sure, f"--by={who}", "--yes"]
        return refusal(*run_to_end(command, self._desk.environment, _TIMEOUT_S))


def _chosen(rows: pl.DataFrame, picked: Collection[str]) -> list[bool]:
    return [pick(row) in picked for row in rows.iter_rows(named=True)]


def pick(row: Row) -> str:
    """What names a row in doubt on the page."""
    said = "\0".join(str(row[name] or "") for name in ("source", "row", *FIELDS))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _rewrite(path: Path, lines: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    with Replacement(path) as replacement:
        replacement.file.write(text.getvalue().encode())
        replacement.sync()
        replacement.put()


def _verdict(form: Mapping[str, str]) -> str:
    if form.get("verdict", "") not in _VERDICTS:
        raise StepError(400, "The verdict is recorded or not_recorded.")
    return _VERDICTS[form["verdict"]]


def _why(form: Mapping[str, str]) -> str:
    why = form.get("why", "").strip()[:_MOST_CHARACTERS]
    if not why:
        raise StepError(400, "Say how you know: the reason is kept with the verdict.")
    return why
