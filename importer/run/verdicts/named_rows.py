"""Verdicts that may mean several rows, or a row that another verdict means, too: these are looked at one by one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.errors import ResultsError, SettingsError
from importer.model import FIELDS, Status
from importer.results import cell_as_written
from importer.run.verdicts.sole_rows import RESOLVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from importer.plan import Fates
    from importer.run.verdicts.given import Verdict, Verdicts

_NAMED_ROWS = 5


class NotInDoubtError(ResultsError):
    """The row that a verdict names is not, or was never, in doubt: `what` it is, with the `verdict`."""

    def __init__(self, verdict: Verdict, what: str, results: Path) -> None:
        super().__init__(
            f"{verdict.name} of {results.name} {what}; only a row in doubt can be resolved, or a verdict on one "
            "corrected. Nothing was changed."
        )
        self.verdict, self.what = verdict, what


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


class NamedRows:
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


def chosen(at: Sequence[_Fate], verdict: Verdict, taken: Mapping[int, Verdict], results: Path) -> _Fate | None:
    """The row, of those that a verdict names, that it is on: in doubt, or else as it says, or else to be corrected.

    None where a verdict before it says the same of that row: `taken` are the rows that have one.

    Raises:
        SettingsError: several rows are named, or one that has another verdict.
        NotInDoubtError: none of them is, or was, in doubt.
    """
    files = sorted({fate.source for fate in at})
    if verdict.row is not None and len(files) > 1:  # also where one of them alone is in doubt: it may not be meant
        raise SettingsError(f"Several files have a {verdict.name} ({', '.join(files)}); say which with --source.")
    kinds = ([fate for fate in at if is_so(fate, verdict)] for is_so in (_is_doubtful, stands, _is_corrected))
    open_ = next(filter(None, ([fate for fate in kind if fate.place not in taken] for kind in kinds)), [])
    if len({fate.content for fate in open_}) > 1:
        raise SettingsError(_which(open_, verdict, results))
    if open_:
        return open_[0]
    _refuse_another([taken[fate.place] for fate in at if fate.place in taken], verdict)
    if not any(fate.place in taken for fate in at):
        raise NotInDoubtError(verdict, f"is {at[0].status}" if at else "was not sent, or is not there", results)
    return None


def _refuse_another(before: Iterable[Verdict], verdict: Verdict) -> None:
    """Refuse a verdict on a row that has another one of the same file."""
    for other in before:
        ids = {other.revenue_id, verdict.revenue_id} - {None}
        if other.recorded != verdict.recorded or len(ids) > 1:
            lines = "" if None in (other.line, verdict.line) else f" (lines {other.line} and {verdict.line})"
            raise SettingsError(
                f"{verdict.name} is named twice, and not with one verdict{lines}; give each row one verdict. Nothing "
                "was changed."
            )


def _is_doubtful(fate: _Fate, _verdict: Verdict) -> bool:
    return fate.status == Status.IN_DOUBT


def _is_corrected(fate: _Fate, verdict: Verdict) -> bool:
    """Whether the fate has the other verdict, or the same with another id."""
    return fate.error_code == RESOLVED[verdict.recorded] or (_has_it(fate, verdict) and not stands(fate, verdict))


def stands(fate: _Fate, verdict: Verdict) -> bool:
    """Whether the fate has this verdict already."""
    return _has_it(fate, verdict) and verdict.revenue_id in (None, fate.revenue_id)


def _has_it(fate: _Fate, verdict: Verdict) -> bool:
    return fate.error_code == RESOLVED[not verdict.recorded]


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
    few = list({fate.content: fate for fate in reversed(doubtful)}.values())[::-1][:_NAMED_ROWS]
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
