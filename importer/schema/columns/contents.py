"""Which fields a column may hold, by what its first cells are, whatever it is called.

This is for advice alone: what is suggested is never taken without the user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import stands_for_nothing, stripped
from importer.schema.money import COMMA, POINT, with_signs
from importer.schema.text_fields import ATTRIBUTION_TYPES
from importer.schema.time import ABBREVIATIONS, ANY_MONTH, WITHOUT_SUMMER_TIME
from importer.schema.type_words import TYPE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ID = "^[0-9A-Za-z_-]{8}$"
# Of a letter and a digit, or of capitals and small letters in no order that a word has. Few ids are otherwise.
_NO_WORD = "[0-9].*[A-Za-z]|[A-Za-z].*[0-9]|[a-z].*[A-Z]|[A-Z]{2}.*[a-z]"
_NAMED_DATE = "^[0-9]{1,4}-?[A-Za-z]{3}-?[0-9]{2,4}$"
_PREFIX = 2  # characters which all numbers of orders and invoices begin with, and ids do not
_FEWEST_IDS, _DIFFERENT_IDS = 0.5, 0.2  # shares of the cells; codes and offers come again and again
_DATE = r"^[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}(?:[T, ].*)?$"
_NAMED_DAY = rf"[0-9]{{1,4}}\S{{0,3}}[ ./-](?:de )?(?:{ANY_MONTH})|(?:{ANY_MONTH})[. ]+[0-9]{{1,2}}(?:[a-z]{{2}})?"
_DATE_WITH_A_NAME = rf"(?i)^(?:\w+[.,]* )?(?:{_NAMED_DAY})\b.*[0-9]"
_SINCE_1970 = r"^1(?:[0-9]{9}|[0-9]{12}|[0-9]{15})$"
_PARTS = {
    "date": r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4})$",
    "clock": r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?$",
    "offset": r"^(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)$",
    "abbreviation": rf"^(?:UTC|GMT|CET|EET|WET|{'|'.join((*ABBREVIATIONS, *WITHOUT_SUMMER_TIME))})$",
    "UTC": "^(?:Z|UTC|GMT)$",
    "place": r"^[A-Z][A-Za-z]+/[A-Z][A-Za-z_/+-]+$",
    "moment with its zone": r"[0-9] ?(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)(?:\[.*\])?$|^[0-9]{10,16}$",
}
_NO_AMOUNT = r"^(?:0[0-9]+|(?:19|20)[0-9]{6}|[0-9]{10,})$"  # an id with leading zeros, a date, a Unix time
_AS_MONEY = r"[.,][0-9]{1,2}[^0-9]*$|[^0-9.,+()-]"
_AMOUNT = "|".join((POINT.readable, POINT.refund, COMMA.readable, COMMA.refund))
_MISFITS = 50  # one cell of so many may be something else; of a few rows, one: a line of totals
_FEW = 10
_TYPES = (*ATTRIBUTION_TYPES, *(word for words in TYPE_WORDS.values() for word in words))


class Contents:
    """What the first rows of a file, as cells of text, say of its columns."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._rows = rows
        self._columns: dict[int, pl.Series] = {}

    @property
    def are_known(self) -> bool:
        """Whether there are rows to judge by."""
        return bool(self._rows)

    def fit(self, field: str, position: int) -> int | None:
        """Say how well a column fits a field: 0 is not at all, more is better; None where its cells tell nothing."""
        if position not in self._columns:
            self._columns[position] = self._filled(position)
        cells = self._columns[position]
        if cells.is_empty():
            return None
        return _FITS[field](cells) if field in _FITS else 0

    def holds(self, what: str, position: int) -> bool:
        """Whether all cells of a column are bare dates (`date`), times of the day (`clock`), or another of `_PARTS`."""
        cells = self._filled(position)
        return cells.len() > 0 and bool(cells.str.contains(_PARTS[what]).all())

    def values(self, position: int) -> list[str]:
        """The different cells of a column, without those that stand for nothing."""
        return self._filled(position).unique(maintain_order=True).to_list()

    def joined(self, positions: Sequence[int]) -> pl.Series:
        """The cells of columns that together are one, as `--map timestamp=Date+Time` joins them."""
        columns = [self._filled(position) for position in positions]
        whole = [column for column in columns if column.len() == columns[0].len()]
        return pl.select(pl.concat_str(map(pl.lit, whole), separator=" ")).to_series()

    def _filled(self, position: int) -> pl.Series:
        """The cells of a column that are not empty, nor stand for nothing."""
        cells = pl.Series("cell", [row[position] for row in self._rows if position < len(row)], dtype=pl.String)
        stripped_cells = cells.to_frame().select(cell=stripped(pl.col("cell"))).drop_nulls()
        return stripped_cells.filter(~stands_for_nothing()).to_series()


def _fits(matching: pl.Series) -> bool:
    misfits = matching.len() - matching.sum()
    return bool(misfits <= max(matching.len() // _MISFITS, matching.len() >= _FEW))


def _id_fit(cells: pl.Series) -> int:
    if cells.len() > 2 and cells.str.head(_PREFIX).n_unique() == 1:
        return 0
    looks_like_ids = cells.str.contains(_NO_WORD) & ~cells.str.contains(_NAMED_DATE)
    return int(
        _fits(cells.str.contains(_ID))
        and looks_like_ids.sum() >= _FEWEST_IDS * cells.len()
        and cells.n_unique() >= _DIFFERENT_IDS * cells.len()
    )


def _amount_fit(cells: pl.Series) -> int:
    """2 for amounts with cents or a currency, 1 for whole numbers."""
    is_amount = with_signs(cells).str.contains(_AMOUNT) & ~cells.str.contains(_NO_AMOUNT) & ~cells.str.contains(_DATE)
    if not _fits(is_amount):
        return 0
    return 2 if cells.str.contains(_AS_MONEY).any() else 1


def _type_fit(cells: pl.Series) -> int:
    return int(_fits(cells.str.to_lowercase().is_in(_TYPES)))


def _time_fit(cells: pl.Series) -> int | None:
    """Numbers since 1970 may be any others: of them the name tells."""
    if cells.str.contains(_SINCE_1970).all():
        return None
    return int(_fits(cells.str.contains(_DATE) | cells.str.contains(_DATE_WITH_A_NAME)))


_FITS: dict[str, Callable[[pl.Series], int | None]] = {
    "message_id": _id_fit,
    "revenue": _amount_fit,
    "attribution_type": _type_fit,
    "timestamp": _time_fit,
}
