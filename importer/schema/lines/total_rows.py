"""Lines that sum up others: a footer, a subtotal. Their money is that of the rows above, and would count twice.

A row with a message id is none: what sums up others has none. A line is one when it says so where an id should be (or,
without an id, in any cell); when a formula adds up other rows; or when it has no id, or a label for one (`Totalsum`, or
anything in a row without a type), and its amount is the sum of all rows above it, or of those since the last such line,
with refunds or without them (of rows below it: `totals_above`). Both count all rows, and those that a person did not
leave out: a total may have been made before a filter or after it. The sum of a single row may be that row again without
its id: it is one where it has no type either, or where lines behind it are sums of several rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import STANDS_FOR_NOTHING, matches, shown, stripped
from importer.schema.lines.running_sums import RunningSums
from importer.schema.lines.total_labels import labels_in
from importer.schema.lines.ways_to_leave_out import way_to_leave_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.schema.columns import Columns

TOTAL_ROW = "total_row"
NAME = (
    r"(?:grand|sub|net|overall|report|page)?[ _-]?totals?|sums?|summary|summe|(?:gesamt|zwischen|end)(?:summe|betrag)?"
    r"|gesamt(?:ergebnis|umsatz)|insgesamt|(?:sous|grand)[ -]total|total (?:g[ée]n[ée]ral|geral|general|gesamt)|totaux"
    r"|(?:sub)?totale|totale (?:generale|complessivo)|(?:sub|eind)?totaa?l|(?:suma|soma)(?: total)?|razem|łącznie|summa"
    r"|celkem|součet|összesen|(?:genel )?toplam|yhteensä|i alt|kokku|iš viso|skupaj|ukupno|всего|итого|разом|усього"
    r"|somme|[Σ∑]|合计|合計|总计|總計|总额|總額|総計|小计|小計|합계|총계|소계"
    r"|totalt|totalsum|sammanlagt|(?:del|mellom|mellan|slut)summ?a?|samtals|(?:kokonais|väli)summa|vahesumma|kopā"
    r"|mezisoučet|medzisúčet|spolu|(?:mind|rész|vég)?össz(?:esen|eg)|sveukupno|podsuma|ergebnis|endergebnis"
    r"|(?:tussen|deel)totaal|ara toplam|общо|всичко|укупно|вкупно|итог|загалом|(?:γενικό |μερικό |υπο)?σύνολο|συνολο"
    r"|tổng(?: cộng| số)?|jumlah|รวม(?:ทั้งหมด)?|ยอดรวม|कुल(?: योग)?|योग|المجموع|(?:ال)?[إا]جمالي|סה[\"״]כ|סך הכו?ל"
    r"|\(all\)|all (?:orders|rows|sales|transactions|conversions)|alle (?:bestellungen|zeilen|umsätze)"
)
"""A word for a total, in many languages."""
NAMED_TOTAL = r".+[ -](?:(?:sub|grand )?total|summe|ergebnis)"
"""A name with a word for a total behind it, as pivot tables write totals of groups."""
SAYS_SO = rf"^(?i:(?:{NAME})(?:[ :：(=,;].*)?|{NAMED_TOTAL})$"
"""What a cell is that says of its row that it sums up others."""
_ALONE = rf"^(?i:(?:{NAME})[:：]?)$"
# Words that have as many characters as a message id.
_AS_LONG_AS_AN_ID = ("Subtotal", "SUBTOTAL", "subtotal", "SubTotal", "Subtotaal", "Endsumme")
_CODES = ("missing_message_id", "invalid_message_id")
_ID = pl.col("message_id")


class TotalRows:
    """Finds them, batch by batch; `begin` starts another file. `any_id`: an id may be such a word by itself."""

    def __init__(self, *, any_id: bool) -> None:
        self._any_id = any_id
        self._of_all = RunningSums()
        self._of_kept: RunningSums | None = None  # the same sums, as long as no row is left out
        self.begin()

    def begin(self, above: Collection[int] = ()) -> None:
        """Begin another file; `above` are numbers of its rows that sum up those below them."""
        self._known = pl.Series([*above], dtype=pl.UInt32)
        self._of_all.begin()
        if self._of_kept is not None:
            self._of_kept.begin()

    def __call__(
        self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns, kept: pl.Series | None = None
    ) -> pl.DataFrame:
        """Give such lines their code, and no amount; `kept` are the rows that nobody left out: all, if it is None."""
        if self._of_kept is None and kept is not None:
            self._of_kept = self._of_all.copy()
        position = columns.positions.get("revenue")
        like = labels_in(rows["message_id"])
        if not self._may_be_some(rows, batch, position, like):
            self._add(rows, kept)
            return rows
        no_id = without_id(rows)
        no_type = without_type(rows, no_id)
        found = self._said(rows, batch, columns, no_id, like)
        found |= rows["row"].is_in(self._known.implode())
        with_none = _with(no_id, like) | _have_neither(rows)
        found = self._with_sums(rows, found, with_none, no_type, kept)
        if not found.any():
            return rows
        cell = pl.lit(None, pl.String) if position is None else batch[str(position)]
        way = _ways_to_leave_out(rows, found, like, columns.names.get("message_id"))
        return rows.with_columns(way, total=found, cell=cell).with_columns(*_as_total()).drop("total", "cell", "way")

    def _add(self, rows: pl.DataFrame, kept: pl.Series | None) -> None:
        money = rows.select("amount", "refund")
        self._of_all.add(money)
        if self._of_kept is not None:
            self._of_kept.add(money if kept is None else money.filter(kept))

    def _with_sums(
        self, rows: pl.DataFrame, found: pl.Series, may_be: pl.Series, no_type: pl.Series, kept: pl.Series | None
    ) -> pl.Series:
        """The lines found, and those of `may_be` that are the sum of all rows, or of those that were kept."""
        found = self._of_all.with_sums(rows, found, may_be, no_type)
        if self._of_kept is None:
            return found
        at = rows.with_row_index("at")["at"] if kept is None else kept.arg_true()
        of_kept = self._of_kept.with_sums(rows[at], found[at], may_be[at], no_type[at])
        return found.scatter(at.filter(of_kept), True)

    def _may_be_some(self, rows: pl.DataFrame, batch: pl.DataFrame, position: int | None, like: pl.Series) -> bool:
        """Whether any row may be such a line: none with an id that is one, and with no formula in its amount."""
        are_broken = rows["error_code"].null_count() < rows.height
        return are_broken or bool(self._any_id or like.len() or f"{position}#sum" in batch.columns)

    def said(self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> pl.Series:
        """The lines that say that they are totals, by a word or by a formula."""
        return self._said(rows, batch, columns, without_id(rows), labels_in(rows["message_id"]))

    def _said(
        self, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns, no_id: pl.Series, like: pl.Series
    ) -> pl.Series:
        named = _named(rows, batch, no_id, like, any_id=self._any_id)
        return named | _added_up(rows, batch, columns.positions.get("revenue"))


def without_id(rows: pl.DataFrame) -> pl.Series:
    """Rows whose message id is empty, or stands for none."""
    is_empty = stripped(_ID).is_null() | matches(STANDS_FOR_NOTHING, stripped(_ID))
    return _with(_none_of(rows), _those(rows["message_id"], _without_good_id(rows), is_empty))


def without_type(rows: pl.DataFrame, no_id: pl.Series) -> pl.Series:
    """Of the rows without an id, those whose type is empty, too."""
    at = (no_id & rows["kind"].is_null()).arg_true()
    is_empty = stripped(pl.col("attribution_type")).is_null()
    return _with(_none_of(rows), _those(rows["attribution_type"], at, is_empty))


def _none_of(rows: pl.DataFrame) -> pl.Series:
    return pl.Series([False]).new_from_index(0, rows.height)


def _with(flags: pl.Series, at: pl.Series) -> pl.Series:
    """The flags, and those at these places."""
    return flags.clone().scatter(at, True) if at.len() else flags


def _those(cells: pl.Series, at: pl.Series, condition: pl.Expr) -> pl.Series:
    """Of these places of a column, where its cells fulfil a condition; the others are not looked at."""
    if at.is_empty():
        return at
    return at.filter(cells.gather(at).to_frame().select(condition.fill_null(value=False)).to_series())


def _without_good_id(rows: pl.DataFrame) -> pl.Series:
    """Where rows have no message id, or something else for one."""
    codes = rows["error_code"]
    return _those(codes, codes.is_not_null().arg_true(), pl.col("error_code").is_in(_CODES))


def _have_neither(rows: pl.DataFrame) -> pl.Series:
    """Rows with something else where an id should be, and no type."""
    no_ids = _those(rows["error_code"], _without_good_id(rows), pl.col("error_code") == "invalid_message_id")
    return without_type(rows, _with(_none_of(rows), no_ids))


def _named(rows: pl.DataFrame, batch: pl.DataFrame, no_id: pl.Series, like: pl.Series, *, any_id: bool) -> pl.Series:
    """Rows that say so: where an id should be; without an id, in any cell."""
    ids = rows["message_id"]
    found = _with(_none_of(rows), _those(ids, like, _ID.is_in(_AS_LONG_AS_AN_ID)))
    found = _with(found, _those(ids, _without_good_id(rows), matches(SAYS_SO, stripped(_ID))))
    if any_id:
        found |= rows.select(matches(_ALONE, _ID)).to_series()
    at = no_id.arg_true()
    if at.is_empty():
        return found
    texts = [name for name in batch.columns if name.isdecimal()]
    says = batch[at].select(pl.any_horizontal(matches(SAYS_SO, stripped(pl.col(name))) for name in texts)).to_series()
    return found.scatter(at.filter(says), True)


def _added_up(rows: pl.DataFrame, batch: pl.DataFrame, position: int | None) -> pl.Series:
    """Rows whose amount a formula adds up from other rows."""
    none = pl.Series([False]).new_from_index(0, rows.height)
    return batch.get_column(f"{position}#sum", default=none).fill_null(value=False)


def _ways_to_leave_out(rows: pl.DataFrame, found: pl.Series, like: pl.Series, title: str | None) -> pl.Series:
    """What to say of the option that leaves such a line out, by what stands where an id should be.

    A line with an id that is one cannot be left out by it: other rows may have that id.
    """
    cells = rows.select(stripped(_ID).fill_null("")).to_series()
    has_good_id = found & ~_with(_with(_none_of(rows), _without_good_id(rows)), like)
    ways = {cell: way_to_leave_out(cell, title) for cell in cells.filter(found & ~has_good_id).unique()}
    way = cells.replace_strict(ways, default="", return_dtype=pl.String)
    return way.scatter(has_good_id.arg_true(), "; take it out of the file").alias("way")


def _as_total() -> Iterator[pl.Expr]:
    """What becomes of such a line: it is invalid, for this before all else."""
    said = pl.format(
        f"{TOTAL_ROW}: The line sums up others{{}}, and is no row: its money is that of the rows{{}}",
        pl.format(" ({})", shown(pl.col("cell"))).fill_null(""),
        pl.col("way"),
    )
    rest = pl.when(pl.col("error_message").is_not_null()).then("; " + pl.col("error_message")).otherwise(pl.lit("."))
    yield pl.when("total").then(pl.lit(TOTAL_ROW)).otherwise("error_code").alias("error_code")
    yield pl.when("total").then(said + rest).otherwise("error_message").alias("error_message")
    for name, nothing in (("amount", None), ("kind", None), ("refund", None), ("month_moved", False)):
        yield pl.when("total").then(nothing).otherwise(name).alias(name)
