"""What a value of a column says of its rows: that they are revenue, that they are none, nothing, or who knows."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import pairwise

import polars as pl

from importer.schema.cells import STANDS_FOR_NOTHING
from importer.schema.guards.reading import FILLED, is_few
from importer.schema.guards.status.codes import is_code_of_credits
from importer.schema.guards.status.money_back import gives_back, is_nothing_but_back
from importer.schema.guards.status.name_words import Role, roles_of
from importer.schema.guards.status.names import BY_CONTENT, BY_NO, BY_YES, STATES, Kind
from importer.schema.guards.status.no_sales import is_no_sale
from importer.schema.guards.status.words import (
    BUT,
    EARNED,
    KINDS,
    NEUTRAL,
    NO,
    NO_REVENUE,
    ONLY_IN_A_STATUS,
    TAKEN_BACK,
    WHOLLY,
    YES,
    folded,
    is_called_off,
    is_credit_note,
    is_negated,
    is_negative,
    says_undone,
    takes_back,
)
from importer.schema.guards.status.yes_no import (
    CAME_ABOUT,
    HAPPENED,
    NO_AS_WRITTEN,
    NO_OF_FLAGS,
    REFUSED,
    YES_OF_FLAGS,
)

_NOTHING = re.compile(STANDS_FOR_NOTHING)
# A date that stands for none, and zero as an amount.
_ZERO = (
    r"^(?:0000|0001|1899|1900|1970)-|^(?:0?1|30)[./](?:0?1|12)[./](?:0001|1899|1900|1970)(?: |$)|"
    r"^00[./]00[./]0000(?: |$)|^(?:(?:[a-z]{3}|kr|rs|r)\.? ?)?[^\w]*[0.,]+[^\w]*(?: ?[^\W\d_]{1,4}\.?)?$"
)
_NO_ERROR = (
    r"^(?:no|without|keine?|sans|aucune?|sin|sem|senza|nessun|geen|ingen|brak|bez) "
    r"(?:errors?|failures?|fehler|erreurs?|errore?s?|erros?|errori|fout(?:en)?|fel|fejl|chyb)"
)
_NO_TESTS = re.compile(r"\btest (?:drive|ride)s?\b")  # what a car dealer pays a lead for


_OF_DEEDS = {Kind.BAD_IF_YES, Kind.BAD_IF_DONE}


class Sense(Enum):
    """What a value says of its rows.

    `TAKEN_BACK` is bad beside values that are earned, `NEUTRAL` a word that stands beside others, and `UNKNOWN` one of
    no list.
    """

    EARNED = auto()
    BAD = auto()
    TAKEN_BACK = auto()
    NEUTRAL = auto()
    UNKNOWN = auto()
    EMPTY = auto()


def filled(cells: pl.Series, kind: Kind, null: frozenset[str]) -> pl.Series:
    """The cells of a column of moments or reasons, with one word for all that hold one.

    They may be as many as the rows. That nothing went wrong is nothing; reasons that say what was undone are kept.
    """
    kept = cells.str.contains(STANDS_FOR_NOTHING) | cells.str.contains(_ZERO) | cells.is_in(["", *NO_AS_WRITTEN, *null])
    if kind is Kind.BAD_IF_FILLED:
        kept |= cells.is_in([*EARNED]) | cells.str.contains(_NO_ERROR)
    if kind is Kind.BAD_IF_FEW_ARE_FILLED and is_few(reasons := cells.unique()):
        kept |= cells.is_in([reason for reason in reasons if says_undone(reason)])
    return cells.to_frame("cell").select(pl.when(kept).then("cell").otherwise(pl.lit(FILLED))).to_series()


def with_amounts_filled(cells: pl.Series) -> pl.Series:
    """The cells of a flag, with one word for all that hold more than a word: `Refunded` on 5 June, or of 12.50."""
    other = cells.str.contains("[0-9]") & ~cells.is_in([*YES, *NO]) & ~cells.str.contains(_ZERO)
    return cells.to_frame("cell").select(pl.when(other).then(pl.lit(FILLED)).otherwise("cell")).to_series()


def sense_of(value: str, kind: Kind, null: frozenset[str]) -> Sense:
    """Tell what a value (in lower case) says in a column of this kind; a word of `null` is an empty cell."""
    if value == FILLED:
        return Sense.EARNED if kind in {*BY_NO, Kind.BAD_IF_EMPTY} else Sense.BAD
    if kind is Kind.SIDE:
        return Sense.UNKNOWN if value and value not in null else Sense.EMPTY
    if kind is Kind.BAD_IF_FEW_ARE_FILLED and says_undone(value):
        return Sense.BAD
    if kind in BY_CONTENT or not value or value in null or _NOTHING.match(value):
        return Sense.EMPTY
    if kind is Kind.MARK and is_mark(value):
        return Sense.UNKNOWN
    if kind is Kind.TYPE:
        return _in_a_type(folded(value))
    return _in_a_status(folded(value)) if kind in STATES else _in_a_flag(folded(value), kind)


def is_mark(value: str) -> bool:
    """Whether a value is yes, no, or one character: it says nothing by itself."""
    return len(value) == 1 or folded(value) in YES | NO


def _in_a_flag(word: str, kind: Kind) -> Sense:
    """In a column that is called a flag, or is looked at only where all of its values are known."""
    if kind in _OF_DEEDS and (sense := _of_a_deed(word, kind)):
        return sense
    if word in NO_REVENUE or (is_nothing_but_back(word) and not re.search(r"\d", word)):  # `REFUND5` is a coupon
        return Sense.BAD
    if word in EARNED or word in KINDS:
        return Sense.EARNED
    is_no = word in NO_OF_FLAGS or re.search(_ZERO, word) is not None
    if kind in BY_YES | BY_NO and (is_no or word in YES_OF_FLAGS):
        return Sense.BAD if is_no == (kind in BY_NO) else Sense.EARNED
    if word in TAKEN_BACK or is_credit_note(word):
        return Sense.TAKEN_BACK
    return Sense.NEUTRAL if word in NEUTRAL else Sense.UNKNOWN


def _of_a_deed(word: str, kind: Kind) -> Sense | None:
    """Of a refund or a cancellation: whether it came about; None where the word does not tell."""
    if kind is Kind.BAD_IF_DONE and (word in REFUSED or is_negated(word)):
        return Sense.UNKNOWN if word in REFUSED else Sense.EARNED
    said = roles_of(word)[1]
    if Role.UNDONE in said and said <= {Role.UNDONE, Role.NOT}:
        return Sense.EARNED if Role.NOT in said else Sense.BAD
    return Sense.BAD if word in (CAME_ABOUT if kind is Kind.BAD_IF_DONE else HAPPENED) else None


def _in_a_type(value: str) -> Sense:
    """In a column that is called a type or a kind: of sales, orders and payments, and of what takes them back."""
    value = _NO_TESTS.sub("", value)
    words = re.findall(r"\w+", value)
    if value in NO_REVENUE and value not in ONLY_IN_A_STATUS:
        return Sense.BAD
    if (
        value in TAKEN_BACK
        or value == "void"
        or is_code_of_credits(value)
        or takes_back(words)
        or is_called_off(value)
        or gives_back(value)
        or is_no_sale(value)
    ):
        return Sense.TAKEN_BACK
    if any(word in EARNED or word in KINDS for word in [value, *words]):
        return Sense.EARNED
    return Sense.NEUTRAL if value in NEUTRAL else Sense.UNKNOWN


def _in_a_status(value: str) -> Sense:
    """In a column that is called a status: by its words, of which the first says most.

    `approved, was pending` says two things, and `no chargeback` who knows what: these are not known.
    """
    words = re.findall(r"\w+", value)
    if len(words) > 1 and words[0] in WHOLLY:
        words = words[1:]
    if value in NO_REVENUE or (len(words) > 1 and words[-1] == "back"):
        return Sense.BAD
    if len(words) > 1 and value in EARNED:
        return Sense.EARNED
    if not words or value.isdecimal():
        return Sense.UNKNOWN
    if len(words) == 1 and words[0] in YES | NO:
        return Sense.EARNED if words[0] in YES else Sense.BAD
    bad = [is_negative(word) for word in words] + [" ".join(pair) in NO_REVENUE for pair in pairwise(words)]
    bad += [gives_back(" ".join(words))]
    if is_negated(" ".join(words)):
        return Sense.UNKNOWN if any(bad) else Sense.BAD
    if words[0] in EARNED:
        return Sense.UNKNOWN if any(bad) or not BUT.isdisjoint(words) else Sense.EARNED
    if any(bad):
        return Sense.BAD
    if words[0] in KINDS:
        return Sense.EARNED
    return Sense.NEUTRAL if words[0] in NEUTRAL else Sense.UNKNOWN
