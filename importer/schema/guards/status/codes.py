"""Codes of documents and bookings, as accounting programs print them: `SI` and `SC`, `RV` and `DG`, `01` and `11`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from importer.schema.guards.status.ledger_names import is_of_documents
from importer.schema.guards.status.names import plain_words
from importer.schema.guards.status.words import folded, word_set

if TYPE_CHECKING:
    from collections.abc import Collection


class _Codes(NamedTuple):
    """Those of one program: `name` is that of its column, where it is not one of kinds of documents.

    A code of `known` is one of this program, too, of which a person must say what it is.
    """

    sales: frozenset[str]
    no_sales: frozenset[str]
    known: frozenset[str] = frozenset()
    name: re.Pattern[str] | None = None


_PROGRAMS = (
    _Codes(  # Sage 50
        word_set("si"),
        word_set("sc scn scr sp"),
        word_set("sa sd sr pi pc pp pr pa pd br bp cr cp vr vp jd jc"),
    ),
    _Codes(  # SAP: kinds of documents
        word_set("rv dr"),
        word_set("dg dz kr kg kz zp"),
        word_set("ab sa da ka re rn wa we wl sb"),
    ),
    _Codes(  # SAP: posting keys
        word_set("01 1"),
        word_set("02 2 11 12 15 16 21 22 31 32"),
        word_set("03 04 05 06 07 08 09 3 4 5 6 7 8 9 13 14 17 18 19 40 50"),
        re.compile(r"bschl|posting key|buchungsschlussel"),
    ),
    _Codes(  # DATEV: the key of a tax; before it may stand one that undoes the booking (a `Generalumkehr`)
        frozenset(map(str, (*range(20), *range(40, 60), *range(90, 100)))) | {""},
        frozenset(f"{undone}{tax}" for undone in "23678" for tax in range(10)),
        name=re.compile(r"bu|bu schlussel|buschlussel"),
    ),
)
_CREDITS = word_set("sc cn crn cm cr rf rfd ref ret rtn rma cxl cxld chbk cbk cgbk scn")
"""Of any program: of credit notes, refunds, returns, cancellations and chargebacks."""


def is_code_of_credits(value: str) -> bool:
    """Whether a kind, folded, is such a code; beside a sale it is none."""
    return value in _CREDITS


def codes_of(values: Collection[str], name: str) -> dict[str, bool]:
    """Of a column of codes (in lower case) those that are known: whether each is a sale.

    Only beside a sale of its program a code is one: `SC` alone is also a country.
    """
    found = {value: folded(value) for value in values}
    for program in _PROGRAMS:
        is_so_called = program.name.fullmatch(plain_words(name)) if program.name else is_of_documents(name)
        if is_so_called and not program.sales.isdisjoint(found.values()) and _are_others(program, found.values()):
            codes = program.sales | program.no_sales
            return {value: code in program.sales for value, code in found.items() if code in codes}
    return {}


def _are_others(program: _Codes, codes: Collection[str]) -> bool:
    """Whether some are other codes of this program, or none is anything else; of numbers all must be codes."""
    others = program.no_sales | program.known
    are_all = others.union(program.sales, [""]).issuperset(codes)
    return are_all if program.name else are_all or not others.isdisjoint(codes)
