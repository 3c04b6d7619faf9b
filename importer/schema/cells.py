"""What all fields share: a rule, cells without surrounding white space or safe to show, verdicts put in their place."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

# A sentence for the cells that fulfil a condition; `{}` stands for the cell.
Reason = tuple[pl.Expr, str | pl.Expr]

CELL = pl.col("cell")
NUMBER = pl.col("number")
SHOWN = pl.col("shown")
SHOWN_CHARACTERS = 40

# Without a width, and without a meaning at the end of a text; the last is the byte order mark of pasted cells.
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
# Unicode's White_Space.
_AROUND = ZERO_WIDTH + (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# What programs write for no value at all (databases, R, pandas, Excel, Java, scripts). No field takes it for a value.
STANDS_FOR_NOTHING = (
    r"^(?i:[(\[<]?(?:null|nil|none|n/?a|nan|nat|not set|undefined|not available|not applicable|keine angabe)[)\]>]?"
    r"|[(\[<](?:blank|empty|leer|unknown|missing|direct|other|no value)[)\]>]|n\.d\.?|s/d|k\.\s?a\.?|\\n|n\.a\.?|n/d"
    r"|#n/a(?: n/a)?|#na|#null!?"
    r"|-?1\.#(?:ind|qnan)|-nan|[-‐‑–—−]+|\?+|\.)$"
)
# In the languages of spreadsheets: #NV, #WERT!, #BEZUG!, #¡VALOR!, #N/D, #VALEUR!, #WAARDE!
SPREADSHEET_ERROR = r"^#(?:N[/.]?[ADBV]|[¡¿]?\p{Lu}[\p{Lu}\d/ .-]{1,18}[!?]|#+)$"
_LINE_BREAKS = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}
# C0, DEL, C1, spaces that are none, and the invisible characters that reorder or hide what a terminal shows.
_UNSAFE = "[\x00-\x1f\x7f-\xa0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb]"


_UNSEEN = _UNSAFE.replace("[\x00-\x1f", "[\x00-\x08\x0b\x0c\x0e-\x1f")
_NAMED = {
    char: f"U+{ord(char):04X}"
    for char in re.findall(_UNSAFE, "".join(map(chr, (*range(0x3001), *range(0xFEFF, 0xFFFC)))))
    if char not in _LINE_BREAKS
}


class Rule(ABC):
    """The rule of a field.

    `typed` is the kind of typed cells that the rule is told of, as `number` (see `Source.batches`); `trusts_numbers` is
    false where one is looked at closely, whatever it is. `may_have_apostrophes` is true where one in front may be text.
    """

    field: str
    typed = "number"
    may_have_apostrophes = False
    trusts_numbers = True

    @abstractmethod
    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell is sent as it stands, without `judge` (false also for some that could be)."""

    @abstractmethod
    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text`, what would be sent, and `code`, why not, to `cell` and `number`; both, if it can be read."""

    @abstractmethod
    def reasons(self) -> list[Reason]:
        """The sentences for judged cells that have a code: that of the first condition which a cell fulfils counts."""


def stripped(cell: pl.Expr) -> pl.Expr:
    """Take off white space (any of Unicode's) and characters without a width around the text; null if none is left."""
    bare = cell.str.strip_chars(_AROUND)
    return pl.when(bare != "").then(bare)


def are_empty(cells: pl.Series) -> pl.Series:
    """Where cells of a batch have no text: some programs quote such cells, too, or fill them up with spaces."""
    perhaps = (cells < "!").arg_true()  # what begins with a space or is empty, as hardly any of other cells
    nothing = cells.gather(perhaps).str.strip_chars() == ""
    return cells.is_null().scatter(perhaps.filter(nothing), True)


def on_one_line(cells: pl.Series) -> pl.Series:
    """The texts as a person can type them: stripped, without characters that have no width, all lines in one.

    Empty cells and those in which nothing is left are empty texts.
    """
    if cells.str.contains_any(["\n", "\r", *ZERO_WIDTH]).any():
        cells = cells.str.replace_all(f"[{ZERO_WIDTH}]", "").str.replace_all(r"[ \t]*[\r\n]+[ \t]*", " ")
    return cells.to_frame("cell").select(stripped(CELL).fill_null("")).to_series()


def shown(cell: pl.Expr) -> pl.Expr:
    """Put the cell in quotes, at most 40 characters of it, with nothing that a terminal would obey.

    The first character that cannot be seen is named behind it.
    """
    more = pl.when(cell.str.len_chars() > SHOWN_CHARACTERS).then(pl.lit("…")).otherwise(pl.lit(""))
    short = cell.str.head(SHOWN_CHARACTERS) + more
    unseen = cell.str.extract(f"({_UNSEEN})").replace_strict(_NAMED, default=None, return_dtype=pl.String)
    named = pl.format(" (with {})", unseen).fill_null("")
    return pl.lit("'") + short.str.replace_many(_LINE_BREAKS).str.replace_all(_UNSAFE, "\ufffd") + pl.lit("'") + named


def matches(pattern: str, cell: pl.Expr = CELL) -> pl.Expr:
    """Tell whether the cell matches the regular expression (false for empty cells)."""
    return cell.str.contains(pattern).fill_null(value=False)


def stands_for_nothing() -> pl.Expr:
    """Tell whether the cell is a word for no value, or what a spreadsheet shows in place of one."""
    return matches(STANDS_FOR_NOTHING) | matches(SPREADSHEET_ERROR)


def first_of(reasons: Iterable[Reason]) -> pl.Expr:
    """Choose the sentence of the first condition that a cell fulfils, with the column `shown` in place of `{}`."""
    return pl.coalesce(pl.when(condition).then(_sentence(sentence)) for condition, sentence in reasons)


def place(raw: pl.Series, at: pl.Series, judged: pl.Series, *, blank: pl.Series | None) -> pl.Series:
    """Put the judged cells in place of the raw ones at the positions `at`; null where `blank` is true."""
    if at.len() == raw.len():
        return judged.alias(raw.name)
    placed = raw.clone().scatter(at, judged) if at.len() else raw
    return placed if blank is None else placed.zip_with(~blank, pl.Series([None], dtype=raw.dtype))


def _sentence(sentence: str | pl.Expr) -> pl.Expr:
    if isinstance(sentence, pl.Expr):
        return sentence
    return pl.format(sentence, SHOWN) if "{}" in sentence else pl.lit(sentence)
