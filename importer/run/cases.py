"""Which row in doubt each verdict means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import polars as pl

from importer.disk import Packed
from importer.errors import ResultsError, SettingsError
from importer.model import FIELDS, Status
from importer.results import cell_as_written
from importer.run.sole_rows import RESOLVED, sole_places
from importer.run.verdicts import Verdict, Verdicts, verdict_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
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
    """

    def __init__(self, fates: Fates, verdicts: Iterable[pl.DataFrame], places: pl.Series) -> None:
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
    """The row in doubt of each verdict; of equal rows, which are as good as each other, each verdict takes the next."""
    clear = sole_places(earlier.fates, verdicts)
    open_ = clear.is_null().arg_true()
    some = verdicts.at(open_)
    named = _Named(earlier.fates, some)
    taken = named.places & set(clear) if len(open_) else set()
    for number, verdict in zip(open_, some, strict=True):
        chosen = _chosen(named.by(verdict), verdict, taken, results)
        clear[number] = chosen.place
        taken.add(chosen.place)
    return Cases(earlier.fates, verdicts.frames(), clear)


class _Fate(NamedTuple):
    """What a verdict needs to know of a fate; `place` is that among all fates."""

    place: int
    row: str | None
    source: str
    message_id: str
    revenue: str
    attribution_type: str
    offer_id: str | None
    timestamp: str | None
    status: str
    revenue_id: str | None
    error_code: str | None
    error_message: str | None
    finished_at: str | None

    @property
    def content(self) -> tuple[str, ...]:
        """The five fields, of which an empty one and a missing one are the same."""
        return tuple(getattr(self, field) or "" for field in FIELDS)


class _Named:
    """The fates that some verdict may mean, found by row or message: of thousands of verdicts each looks at a few."""

    def __init__(self, fates: Fates, verdicts: Verdicts) -> None:
        rows = {str(verdict.row) for verdict in verdicts if verdict.row is not None}
        ids = {told for verdict in verdicts for told in _told(dict(verdict.fields).get("message_id", ""))}
        is_meant = pl.col("row").is_in(sorted(rows)) | pl.col("message_id").is_in(sorted(ids))
        self._by_row, self._by_id = defaultdict[str, list[_Fate]](list), defaultdict[str, list[_Fate]](list)
        self.places, first = set[int](), 0
        for part in fates.parts(_Fate._fields[1:]) if len(verdicts) else ():
            meant = part.with_row_index("place", first).filter(is_meant).select(_Fate._fields)
            first += part.height
            for fate in map(_Fate._make, meant.iter_rows()):
                self.places.add(fate.place)
                self._by_row[fate.row or ""].append(fate)
                self._by_id[fate.message_id].append(fate)

    def by(self, verdict: Verdict) -> list[_Fate]:
        """The fates of the rows that a verdict names."""
        if verdict.row is not None:
            found = self._by_row.get(str(verdict.row), [])
        else:
            found = [fate for told in _told(dict(verdict.fields)["message_id"]) for fate in self._by_id.get(told, [])]
        return [fate for fate in found if _is_meant(fate, verdict)]


def _chosen(at: Sequence[_Fate], verdict: Verdict, taken: Container[int], results: Path) -> _Fate:
    """The row in doubt, of those that a verdict names, that no verdict before it has."""
    files = sorted({fate.source for fate in at})
    if verdict.row is not None and len(files) > 1:  # also where one of them alone is in doubt: it may not be meant
        raise SettingsError(f"Several files have a {verdict.name} ({', '.join(files)}); say which with --source.")
    doubtful = [fate for fate in at if fate.status == Status.IN_DOUBT]
    doubtful = doubtful or [fate for fate in at if fate.error_code == RESOLVED[verdict.recorded]]  # the other verdict
    open_ = [fate for fate in doubtful if fate.place not in taken]
    if doubtful and not open_:
        raise SettingsError(f"{verdict.name} is named twice; give each row one verdict. Nothing was changed.")
    if not open_:
        is_ = f"is {at[0].status}" if at else "was not sent, or is not there"
        raise ResultsError(
            f"{verdict.name} of {results.name} {is_}; only a row in doubt can be resolved, or a verdict on one "
            "corrected. Nothing was changed."
        )
    if len({fate.content for fate in open_}) > 1:
        raise SettingsError(_which(open_, verdict, results))
    return open_[0]


def _is_meant(fate: _Fate, verdict: Verdict) -> bool:
    """Whether a fate is of the row that is named."""
    if verdict.row is not None and fate.row != str(verdict.row):
        return False
    if verdict.source is not None and fate.source != verdict.source:
        return False
    return all(_is_same(getattr(fate, field), field, text) for field, text in verdict.fields)


def _is_same(value: str | None, field: str, text: str) -> bool:
    return value in _told(text) or (field == "revenue" and value is not None and _amount(value) == _amount(text))


def _told(text: str) -> tuple[str, ...]:
    """What a cell may mean: one copied from RESULTS may have an apostrophe in front."""
    return (text, cell_as_written(text)) if text.startswith("'") else (text,)


def _amount(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _which(doubtful: Sequence[_Fate], verdict: Verdict, results: Path) -> str:
    """Say that several rows in doubt are named, and how to name one."""
    if verdict.row is not None:
        return (
            f"{verdict.name} of {results.name} is another row now than it was. Run the import again (it holds rows in "
            "doubt), then resolve."
        )
    few = list({fate.content: fate for fate in reversed(doubtful)}.values())[::-1][:NAMED_ROWS]
    named = "; ".join(
        (f"{fate.source} row {fate.row}" if fate.row else f"no longer in {fate.source}")
        + f": {fate.revenue}, {fate.attribution_type}, {fate.timestamp or 'no timestamp'}"
        for fate in few
    )
    return (
        f"Several rows in doubt are of {verdict.name} ({named}). Say which with --row and --source. One that has left "
        "its file has no row: say which with --from, a CSV with message_id, verdict and why, and as many of revenue, "
        "attribution_type, offer_id and timestamp as tell it from the others, as they stand in the results."
    )
