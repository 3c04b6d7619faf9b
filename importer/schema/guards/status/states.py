"""What the values of a column of states, flags or words say of their rows, some only beside the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from importer.schema.guards.status.ledger_names import is_of_a_mode
from importer.schema.guards.status.names import STATES, Kind, plain_words
from importer.schema.guards.status.senses import Sense, is_mark, sense_of
from importer.schema.guards.status.words import TESTS, folded, word_set

if TYPE_CHECKING:
    from collections.abc import Collection


class _Beside(NamedTuple):
    """States that are revenue in a program, which is told by one of its other states."""

    good: frozenset[str]
    others: frozenset[str]


_PROGRAMS = (
    _Beside(frozenset(["processing", "wc processing"]), frozenset(["completed", "wc completed"])),  # WooCommerce
    _Beside(frozenset(["in payment"]), frozenset(["paid"])),  # Odoo: the money is on its way to the bank
)
_OF_CJ = word_set("new extended locked closed")
# A payment that is processed is not made yet; an order that is, is paid.
_OF_PAYMENTS = re.compile(r"(?:^| )(?:payments?|payouts?|transactions?|transfers?|charges?|zahlung\w*)(?: |$)")


def senses_of_states(values: Collection[str], name: str, kind: Kind, null: frozenset[str]) -> dict[str, Sense]:
    """The sense of each value (in lower case) of a column of this name and kind.

    Among words a letter, such as `X`, is a code and no yes.
    """
    senses = {value: sense_of(value, kind, null) for value in values}
    if is_of_a_mode(name):
        senses |= {value: Sense.BAD for value in values if folded(value) in TESTS}
    if kind in STATES:
        senses |= dict.fromkeys(_good_beside_others(values, name), Sense.EARNED)
        if not all(not value or is_mark(value) for value in values):
            codes = [value for value, sense in senses.items() if sense is Sense.EARNED and len(value) == 1]
            senses |= {value: Sense.UNKNOWN for value in codes if value.isascii()}
    return senses


def _good_beside_others(values: Collection[str], name: str) -> list[str]:
    plain = {value: folded(value) for value in values}
    told = frozenset(plain.values()) - {""}
    if _OF_PAYMENTS.search(plain_words(name)) and "in payment" not in told:
        return []
    good = {word for one in _PROGRAMS if not one.others.isdisjoint(told) for word in one.good}
    if len(told & _OF_CJ) > 2 and told <= _OF_CJ | {"corrected"}:  # fewer may be of anyone
        good |= _OF_CJ
    return [value for value, word in plain.items() if word in good]
