"""The fields that are words: the message id, the attribution type and the offer id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import (
    CELL,
    NUMBER,
    SHOWN,
    SPREADSHEET_ERROR,
    STANDS_FOR_NOTHING,
    Reason,
    Rule,
    matches,
    stands_for_nothing,
)
from importer.schema.type_words import TYPE_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTRIBUTION_TYPES = ("sale", "click", "send")
MAX_OFFER_ID_CHARACTERS = 128
_CONTROL_CHARACTERS = "[\x00-\x1f\x7f-\x9f]"

_CODE = pl.col("code")
_ANY_ID = "^[!-~]{1,64}$"
_SHORT_ID = "^[0-9A-Za-z_-]{8}$"
# The same without the ids that begin and end with a dash: one of dashes alone stands for no id.
_SHORT_ID_AT_A_GLANCE = "^(?:[0-9A-Za-z_][0-9A-Za-z_-]{7}|-[0-9A-Za-z_-]{6}[0-9A-Za-z_])$"
# With a digit, which is in none of the words that stand for nothing; without the `#` of a spreadsheet's errors; and
# without a sign in front that may be no part of the text.
_TEXT_AT_A_GLANCE = r"""^(?:[0-9]|[!"$-&(-<>-~][!"$-~]*[0-9])[!"$-~]*$"""


STATISTIC = (
    r"^(?i:(?:average|avg|mean|median|count|minimum|maximum|durchschnitt|mittelwert|anzahl|moyenne|nombre|media"
    r"|conteo|m[ée]dia|gemiddelde|aantal|[śs]rednia|liczba)[:.]?)$"
)
"""What a report calls a line with something else than a sum, in place of an id; none has eight characters."""


class MessageIdRule(Rule):
    """`message_id` is 8 of `[0-9A-Za-z_-]`; with `any_id`, 1 to 64 printable ASCII characters without white space."""

    field = "message_id"
    trusts_numbers = False

    def __init__(self, *, any_id: bool) -> None:
        self._any_id = any_id
        self._pattern = _ANY_ID if any_id else _SHORT_ID
        self.may_have_apostrophes = any_id

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        if self._any_id:
            return matches(_TEXT_AT_A_GLANCE, cell) & matches(_ANY_ID, cell)
        return matches(_SHORT_ID_AT_A_GLANCE, cell)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` and `code` to the columns `cell` and `number`; both, to ids that some run may have sent."""
        code = (
            pl.when(CELL.is_null())
            .then(pl.lit("missing_message_id"))
            .when(NUMBER)
            .then(pl.lit("numeric_message_id"))
            .when(~matches(self._pattern) | stands_for_nothing() | matches(STATISTIC))
            .then(pl.lit("invalid_message_id"))
        )
        return cells.with_columns(code=code, text=pl.when(~NUMBER & matches(_ANY_ID)).then(CELL))

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        return [*_DAMAGED_IDS, *(_OTHER_IDS if self._any_id else _SHORT_IDS)]


_LENGTH = CELL.str.len_chars()
_S = pl.when(_LENGTH == 1).then(pl.lit("")).otherwise(pl.lit("s"))
_DAMAGED_IDS: list[Reason] = [
    (_CODE == "missing_message_id", "The message id is empty."),
    (
        _CODE == "numeric_message_id",
        "{} is a number in the file, so that leading zeros may be gone: store the column as text and export it again.",
    ),
    (
        matches(r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+$"),
        "{} is what a spreadsheet made of an id like a number: export the file again with the column as text.",
    ),
    (
        matches(r"^(?i:(?:grand|sub)?[ -]?totals?|sum|summe|gesamt|total général|totale)\b.*$"),
        "{} looks like the totals line of a report, which is no row: take it out of the file.",
    ),
    (
        matches(STATISTIC),
        "{} looks like the line of a report with an average or a count, which is no row.",
    ),
    (matches(r"[{}%\[\]<>]"), "{} is a macro that was not filled in when the link was clicked."),
    (matches(SPREADSHEET_ERROR), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
    (
        matches(STANDS_FOR_NOTHING) | matches("^(?i:unknown)$"),
        "{} stands for no id, and a row without its message id cannot be attributed.",
    ),
    (
        matches(r"^(?:[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}|[0-9]{1,2}[-. ][A-Za-z]{3}(?:[-. ][0-9]{2,4})?)$"),
        "{} looks like a date: a spreadsheet may have made it of an id, or it is another column's.",
    ),
]
_SHORT_IDS: list[Reason] = [
    (
        matches("^[0-9]{1,7}$"),
        pl.format("{} has {} digit{}, not 8: a spreadsheet may have taken leading zeros away.", SHOWN, _LENGTH, _S),
    ),
    (
        matches("^[0-9A-Za-z_-]+$"),
        pl.format(
            "{} has {} character{}; message ids have 8 (--any-message-id accepts ids imported from elsewhere).",
            SHOWN,
            _LENGTH,
            _S,
        ),
    ),
    (pl.lit(value=True), "{} is not a message id: 8 letters, digits, `_` or `-`."),
]
_OTHER_IDS: list[Reason] = [
    (CELL.str.len_chars() > 64, "{} has more than 64 characters."),
    (pl.lit(value=True), "{} has white space or characters beyond ASCII, which no message id has."),
]


class AttributionTypeRule(Rule):
    """`attribution_type` is `sale`, `click` or `send`, in upper or lower case."""

    field = "attribution_type"

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands."""
        sale, click, send = (cell == kind for kind in ATTRIBUTION_TYPES)
        return (sale | click | send).fill_null(value=False)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (lower case) and `code` to the column `cell`."""
        lower = CELL.str.to_lowercase()
        code = (
            pl.when(CELL.is_null())
            .then(pl.lit("missing_attribution_type"))
            .when(~self.canonical(lower))
            .then(pl.lit("invalid_attribution_type"))
        )
        return cells.with_columns(code=code).with_columns(text=pl.when(_CODE.is_null()).then(lower))

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        return [
            (_CODE == "missing_attribution_type", "The attribution type is empty."),
            (matches(r"^[+$€£]*[0-9.,]+$"), "{} is a number, not `sale`, `click` or `send`: cells may have moved."),
            *(_meant(kind, words) for kind, words in TYPE_WORDS.items()),
            (pl.lit(value=True), "{} is not `sale`, `click` or `send`."),
        ]


def _meant(kind: str, words: Sequence[str]) -> Reason:
    """A word that others have for a type: only the user knows whether it is one here."""
    sentence = pl.format(
        f"{{}} is not `sale`, `click` or `send`: if it is a {kind}, say --value attribution_type:{{}}={kind}.",
        SHOWN,
        CELL,
    )
    return CELL.str.to_lowercase().is_in(list(words)), sentence


class OfferIdRule(Rule):
    """`offer_id` is any text of at most 128 characters without control characters, or nothing."""

    field = "offer_id"
    may_have_apostrophes = True

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        plain = cell.str.contains(_TEXT_AT_A_GLANCE) & (cell.str.len_bytes() <= MAX_OFFER_ID_CHARACTERS)
        return plain.fill_null(value=True)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (some run may have sent any) and `code` to the column `cell`."""
        bad = matches(_CONTROL_CHARACTERS) | (CELL.str.len_chars() > MAX_OFFER_ID_CHARACTERS) | stands_for_nothing()
        return cells.with_columns(code=pl.when(bad).then(pl.lit("invalid_offer_id")), text=CELL)

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        return [
            (CELL.str.len_chars() > MAX_OFFER_ID_CHARACTERS, "{} has more than 128 characters."),
            (
                matches(STANDS_FOR_NOTHING),
                pl.format("{} stands for no offer: say --null {} if such cells are empty.", SHOWN, SHOWN),
            ),
            (
                matches(SPREADSHEET_ERROR),
                "{} is what a spreadsheet shows when a formula fails: it stands for no offer.",
            ),
            (pl.lit(value=True), "{} has control characters (a line break or a tab within the cell, for example)."),
        ]
