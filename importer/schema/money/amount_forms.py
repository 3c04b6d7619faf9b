"""How an amount may be written: digits and separators, a currency beside them, and the signs of a refund.

A currency is one sign of Unicode's class of currency signs, a code of ISO 4217, or a usual name (`kr`, `R$`, `zł`). It
says nothing of the amount: the account has one currency. A name stands for a sign while the cell is taken apart, so
that one grammar serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.schema.money.currency_names import NAME

if TYPE_CHECKING:
    import polars as pl

_SIGN_OF_A_NAME = "¤"
_MAY_BE_A_NAME = r"\p{L}[\p{L}\p{Sc}./]|\p{Lo}"

# Unicode's spaces: a figure, thin, or no-break space between groups, or any between a number and its currency.
SPACES = r"\p{Zs}"
APOSTROPHES = "'’"
# A hyphen, Unicode's minus, and what programs that typeset texts make of a hyphen.
MINUSES = "-−‐‑–﹣－"
CURRENCY = r"[\p{Sc}--[¢￠]]"
"""An expression for the sign of a currency; a cent is a hundredth of one, and what it counts another amount."""
_SPACE = rf"[{SPACES}\t]*"
_MINUS = f"[{MINUSES}]"
_MINUS_CHARACTERS = MINUSES + "()"


@dataclass(frozen=True, slots=True)
class Style:
    """How a number is punctuated, as regular expressions, and the word of `--decimal` for it."""

    point: str
    group: str
    option: str

    @property
    def number(self) -> str:
        """The digits alone: with an exponent, or in groups of three behind one kind of separator."""
        point = f"[{self.point}]"
        scientific = rf"(?:[0-9]+(?:{point}[0-9]+)?|{point}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
        groups = "|".join(rf"(?:[{one}][0-9]{{3}})+" for one in (self.group, APOSTROPHES, SPACES))
        return rf"(?:{scientific}|[1-9][0-9]{{0,2}}(?:{groups})(?:{point}[0-9]+)?)"

    @property
    def readable(self) -> str:
        """An amount of 0 or more, perhaps with a plus and a currency in front or behind."""
        return rf"^\+?{self._money}$"

    @property
    def refund(self) -> str:
        """A negative amount: a minus in front or behind, within or without the currency, or brackets around it."""
        number, money = self.number, self._money
        forms = (
            rf"{_MINUS}{_SPACE}{money}",
            rf"{CURRENCY}{_SPACE}{_MINUS}{_SPACE}{number}",
            rf"{money}{_SPACE}{_MINUS}",
            rf"{number}{_SPACE}{_MINUS}{_SPACE}{CURRENCY}",
            rf"\({_SPACE}{money}{_SPACE}\)",
            rf"{CURRENCY}{_SPACE}\({_SPACE}{number}{_SPACE}\)",
            rf"\({_SPACE}{number}{_SPACE}\){_SPACE}{CURRENCY}",
        )
        return f"^(?:{'|'.join(forms)})$"

    @property
    def _money(self) -> str:
        number = self.number
        return rf"(?:{number}|{CURRENCY}{_SPACE}{number}|{number}{_SPACE}{CURRENCY})"


POINT = Style(point=".", group=",", option="point")
COMMA = Style(point=",", group=".", option="comma")


def with_signs(cells: pl.Series) -> pl.Series:
    """Write the first code or name of a currency in each cell as the sign `¤`."""
    if not cells.str.contains(_MAY_BE_A_NAME).any():
        return cells
    return cells.str.replace(NAME, _SIGN_OF_A_NAME)


def bare_number(cell: pl.Expr, style: Style) -> pl.Expr:
    """Take away all but digits, the decimal mark (as a point), and an exponent, of a cell that is an amount."""
    unsigned = cell.str.strip_chars_start("+$€£")
    others = rf"{CURRENCY}|[{style.group}{APOSTROPHES}{SPACES}\t]"
    bare = unsigned.str.replace_all(others, "").str.strip_chars("+" + _MINUS_CHARACTERS)
    return bare if style.point == "." else bare.str.replace(style.point, ".", literal=True)
