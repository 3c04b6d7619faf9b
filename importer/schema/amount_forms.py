"""How an amount may be written: digits and separators, a currency beside them, and the signs of a refund.

A currency is one sign of Unicode's class of currency signs, or a code of ISO 4217. It says nothing of the amount: the
account has one currency. A code stands for a sign while the cell is taken apart, so that one grammar serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# The codes of money in use (funds, metals and test codes of ISO 4217 are none that a sale is paid in).
_CODES = (
    "AED|AFN|ALL|AMD|ANG|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|"
    "BWP|BYN|BZD|CAD|CDF|CHF|CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|"
    "FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HRK|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|"
    "JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|"
    "MOP|MRU|MUR|MVR|MWK|MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|"
    "QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|"
    "TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XCG|XOF|XPF|YER|"
    "ZAR|ZMW|ZWG"
)
CURRENCY_CODE = f"(?i:{_CODES})"
_SIGN_OF_A_CODE = "¤"

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
    """Write the first code of a currency in each cell as the sign `¤`."""
    if not cells.str.contains("[A-Za-z]{3}").any():
        return cells
    return cells.str.replace(CURRENCY_CODE, _SIGN_OF_A_CODE)


def bare_number(cell: pl.Expr, style: Style) -> pl.Expr:
    """Take away all but digits, the decimal mark (as a point), and an exponent, of a cell that is an amount."""
    unsigned = cell.str.strip_chars_start("+$€£")
    others = rf"{CURRENCY}|[{style.group}{APOSTROPHES}{SPACES}\t]"
    bare = unsigned.str.replace_all(others, "").str.strip_chars("+" + _MINUS_CHARACTERS)
    return bare if style.point == "." else bare.str.replace(style.point, ".", literal=True)
