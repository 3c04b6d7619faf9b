"""Which row in doubt each verdict means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from importer.disk import Packed
from importer.errors import ResultsError, SettingsError
from importer.model import Status
from importer.plan import held_for
from importer.run.verdicts.given import Verdict, Verdicts, verdict_of
from importer.run.verdicts.named_rows import NamedRows, NotInDoubtError, chosen
from importer.run.verdicts.named_rows import stands as is_standing
from importer.run.verdicts.sole_rows import sole_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from importer.plan import Earlier, Fates

NAMED_ROWS = 5
SLICE_ROWS = 50_000
_FACTS = (
    *("row", "source", "message_id", "revenue", "attribution_type", "timestamp"),
    *("status", "revenue_id", "error_code", "error_message", "finished_at"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A row in doubt with the verdict on it; it has no `row` any more where the input has it no longer."""

    verdict: Verdict
    place: int
    row: int | None
    source: str
    message_id: str
    revenue: str
    attribution_type: str
    timestamp: str | None
    revenue_id: str | None
    doubt: str
    tried_at: str | None
    was: Status

    @property
    def name(self) -> str:
        """`june.csv row 17`, or that the file has it no longer."""
        return f"{self.source} row {self.row}" if self.row is not None else f"no longer in {self.source}"


def with_rows(verdicts: Verdicts, earlier: Earlier) -> Verdicts:
    """The verdicts with a row's number in place of the cell that names it, by what the last import said of its sheets.

    Raises `SettingsError` where that is not known, or not clear.
    """
    cells = verdicts.columns("cell", "source")
    at = cells["cell"].is_not_null().arg_true()
    if at.is_empty():
        return verdicts
    named = [_row_of(cell, source, earlier) for cell, source in cells[at].iter_rows()]
    rows, sources = (pl.Series(values) for values in zip(*named, strict=True))
    return Verdicts(_with_rows(verdicts, at, rows, sources))


def _with_rows(verdicts: Verdicts, at: pl.Series, rows: pl.Series, sources: pl.Series) -> Iterator[pl.DataFrame]:
    begin = 0
    for frame in verdicts.frames():
        first, after = (int(at.search_sorted(place)) for place in (begin, begin + frame.height))
        here, part = at.slice(first, after - first) - begin, slice(first, after)
        yield frame.with_columns(
            pl.lit(None, pl.String).alias("cell"),
            frame["row"].scatter(here, rows[part]),
            frame["source"].scatter(here, sources[part]),
        )
        begin += frame.height


def _row_of(named: str, source: str | None, earlier: Earlier) -> tuple[int, str]:
    """The number and the file of the row that a cell of a workbook is in."""
    sheet, _, address = named.rpartition("!")
    sheet = sheet.strip("'").replace("''", "'")
    start = earlier.events.last_start
    sheets = [fact for fact in (start.inputs if start else ()) if "rows_above" in fact]
    meant = [
        fact
        for fact in sheets
        if (not sheet or str(fact["sheet"]).casefold() == sheet.casefold()) and source in (None, fact["name"])
    ]
    if len(meant) != 1:
        known = ", ".join(f"{fact['name']} ({fact['sheet']})" for fact in sheets[:NAMED_ROWS]) or "none"
        raise SettingsError(
            f"{named} is a cell of {'no' if not meant else 'more than one'} sheet that these results are of "
            f"({known}). Say which with SHEET!CELL and --source, or give the row's number. Nothing was changed."
        )
    row = int(re.sub("[^0-9]", "", address)) - int(meant[0]["rows_above"])
    if row < 1:
        raise SettingsError(f"{named} is above the data of its sheet. Nothing was changed.")
    return row, str(meant[0]["name"])


class Cases(Sequence[Case]):
    """The rows in doubt that verdicts are on, in the order of these; of a million the facts are packed.

    Args:
        verdicts: all of them as columns, some at a time.
        places: which fate each of them means.
        standing: how many further verdicts say what stands already.

    `freed` is how many rows of the input were held for some that have left it, and are not recorded.
    """

    freed = 0

    def __init__(self, fates: Fates, verdicts: Iterable[pl.DataFrame], places: pl.Series, *, standing: int = 0) -> None:
        self.standing = standing
        self._frames, begin = Packed(), 0
        for some in verdicts:
            here = places.slice(begin, some.height).alias("place")
            facts = fates.at(here, _FACTS).with_columns(pl.col(pl.String).replace("", None))
            lines = some.rename({name: f"told_{name}" for name in some.columns})
            self._frames.add(facts.hstack([here]).hstack(lines))
            begin += some.height

    def frames(self) -> Iterator[pl.DataFrame]:
        """The same as columns: those of a fate, its `place`, and those of the verdict as `told_…`."""
        return iter(self._frames)

    def columns(self, *names: str) -> pl.DataFrame:
        """These columns of all."""
        return self._frames.columns(names)

    def at(self, numbers: pl.Series, names: Sequence[str]) -> pl.DataFrame:
        """These columns of the rows with these numbers."""
        return self._frames.at(numbers, names)

    def counted(self) -> tuple[int, int]:
        """How many are recorded, and how many are not and have left the input."""
        here = [frame.select("told_recorded", "row") for frame in self.frames()]
        recorded = sum(int(frame["told_recorded"].sum()) for frame in here)
        return recorded, sum(frame.filter(~pl.col("told_recorded") & pl.col("row").is_null()).height for frame in here)

    def __len__(self) -> int:
        return self._frames.rows

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> list[Case]: ...
    def __getitem__(self, index: int | slice) -> Case | list[Case]:
        wanted = range(len(self))[index]
        numbers = pl.Series([wanted] if isinstance(wanted, int) else list(wanted), dtype=pl.UInt32)
        found = list(map(_case, self._frames.at(numbers).iter_rows(named=True))) if len(numbers) else []
        return found[0] if isinstance(index, int) else found

    def __iter__(self) -> Iterator[Case]:
        return (_case(line) for frame in self._frames for line in frame.iter_rows(named=True))


def _case(line: Mapping[str, Any]) -> Case:
    verdict = verdict_of({name: line[f"told_{name}"] for name in Verdicts.COLUMNS})
    return Case(
        verdict, line["place"], int(line["row"]) if line["row"] else None, line["source"], line["message_id"],
        line["revenue"], line["attribution_type"], line["timestamp"], line["revenue_id"],
        f"{line['error_code']}: {line['error_message'] or ''}", line["finished_at"], Status(line["status"]),
    )  # fmt: skip


def cases_of(earlier: Earlier, verdicts: Verdicts, results: Path) -> Cases:
    """The row of each verdict; of equal rows, which are as good as each other, each verdict takes the next.

    Verdicts that stand already, or were given before for the same row, are counted, and nothing more. Raises
    `ResultsError` for rows that are not in doubt, of a file for all of them at once.
    """
    places, stands = sole_places(earlier.fates, verdicts)
    open_ = places.is_null().arg_true()
    some = verdicts.at(open_)
    named = NamedRows(earlier.fates, some)
    known = places.is_in(sorted(named.places)).arg_true() if len(open_) else open_
    taken = dict(zip(places.gather(known), verdicts.at(known), strict=True))
    settled: list[NotInDoubtError] = []
    for number, verdict in zip(open_, some, strict=True):
        try:
            fate = chosen(named.by(verdict), verdict, taken, results)
        except NotInDoubtError as error:
            settled.append(error)
            continue
        stands[number] = fate is None or is_standing(fate, verdict)
        if fate is not None:
            places[number] = fate.place
            taken[fate.place] = verdict
    _refuse_settled(settled, results)
    new = (~stands).arg_true()
    some = verdicts if len(new) == len(verdicts) else verdicts.at(new)
    cases = Cases(earlier.fates, some.frames(), places.gather(new), standing=int(stands.sum()))
    told = cases.columns("place", "row", "told_recorded")
    gone = told.filter(pl.col("row").is_null() & ~pl.col("told_recorded"))["place"]
    cases.freed = len(held_for(earlier.fates, gone, results))
    return cases


def _refuse_settled(settled: Sequence[NotInDoubtError], results: Path) -> None:
    """Refuse verdicts on rows that are not in doubt, with the lines of their file to take out."""
    if not settled:
        return
    if settled[0].verdict.line is None:
        raise settled[0]
    told = [f"line {one.verdict.line} ({one.verdict.name} {one.what})" for one in settled[:NAMED_ROWS]]
    lines = ", ".join(str(one.verdict.line) for one in settled)
    which = f": lines {lines}" if len(settled) > NAMED_ROWS else ""
    out = "this line" if len(settled) == 1 else "these lines"
    raise ResultsError(
        f"Of the file, {', '.join(told)}{', …' if which else ''}: in {results.name} only a row in doubt can be "
        "resolved, or a verdict on one corrected. Nothing was changed. Such a row was settled before, and perhaps "
        f"posted since: take {out} out of the file, and give the rest again{which}."
    )
