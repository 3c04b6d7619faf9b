"""What the values of a column of kinds say, each beside the others: `Payment` is one thing beside `Invoice`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.guards.given_names import holds_given_names
from importer.schema.guards.status.codes import codes_of
from importer.schema.guards.status.documents import (
    Entry,
    Ledger,
    entry_of,
    ledger_of,
    may_be_a_fee,
    tells_of_events,
)
from importer.schema.guards.status.ledger_names import (
    is_named_for_documents,
    is_of_categories,
    is_of_documents,
    is_of_events,
    is_of_origins,
    is_of_prices,
    may_be_of_a_ledger,
)
from importer.schema.guards.status.money_back import gives_back, is_nothing_but_back
from importer.schema.guards.status.names import Kind
from importer.schema.guards.status.no_sales import (
    OFFERED,
    is_no_sale_alone,
    is_no_sale_beside_any,
    is_no_sale_of_documents,
)
from importer.schema.guards.status.scenarios import senses_of_scenarios
from importer.schema.guards.status.senses import Sense, sense_of
from importer.schema.guards.status.words import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OF_ENTRIES = {Entry.SALE: Sense.EARNED, Entry.NO_SALE: Sense.BAD, Entry.OTHER: Sense.UNKNOWN}


def senses_of_kinds(values: Collection[str], name: str, null: frozenset[str]) -> dict[str, Sense]:
    """The sense of each value (in lower case) of a column of this name.

    `UNKNOWN` are only those of documents of which a person must know what they are: elsewhere events have any name.
    What gives money back is bad beside whatever else, in whatever words; where it is all there is, it may be so called.
    """
    found = _beside_each_other(values, name, null)
    plain = [*map(folded, values)]
    fees = [value for value in values if found[value] is Sense.EARNED and may_be_a_fee(folded(value), plain)]
    found |= dict.fromkeys(fees, Sense.UNKNOWN)
    back = [value for value in values if gives_back_in(folded(value), name)]
    return found | dict.fromkeys(back, Sense.BAD) if len(back) < len(values) else found


def is_ledger(values: Collection[str], name: str) -> bool:
    """Whether a column that is not called one of kinds tells them all the same, as some of its values are invoices.

    So do codes of its program, what was planned beside what was, and what made a transaction.
    """
    if not may_be_of_a_ledger(name) or holds_given_names(name):
        return False
    is_told = bool(senses_of_scenarios(values, name) or codes_of(values, name))
    return is_told or is_of_origins(name) or ledger_of(values) is Ledger.DOCUMENTS


def senses_of_documents(values: Collection[str], name: str, null: frozenset[str]) -> dict[str, Sense]:
    """The sense of each value (in lower case) of such a column: what it does not say for certain, it does not say."""
    if told := senses_of_scenarios(values, name) or _senses_of_codes(values, name):
        return told
    senses = {value: sense_of(value, Kind.ANY, null) for value in values}
    found: dict[str, Sense] = {
        value: Sense.NEUTRAL if sense is Sense.UNKNOWN else sense for value, sense in senses.items()
    }
    sales = [value for value in values if entry_of(value, Ledger.DOCUMENTS) is Entry.SALE]
    back = [value for value in values if gives_back(folded(value))]
    return found | dict.fromkeys(sales, Sense.EARNED) | dict.fromkeys(back, Sense.BAD)


def gives_back_in(value: str, name: str) -> bool:
    """Whether a value, folded, says so in such a column: of events and categories, where it says nothing else."""
    if not may_be_of_a_ledger(name):
        return False
    return is_nothing_but_back(value) if is_of_events(name) or is_of_categories(name) else gives_back(value)


def _senses_of_codes(values: Collection[str], name: str) -> dict[str, Sense]:
    """Beside codes that are known, nobody knows what another one is."""
    codes = codes_of(values, name)
    if not codes:
        return {}
    others = {value: Sense.UNKNOWN if value else Sense.EMPTY for value in values}
    return others | {value: Sense.EARNED if is_sale else Sense.BAD for value, is_sale in codes.items()}


def _beside_each_other(values: Collection[str], name: str, null: frozenset[str]) -> dict[str, Sense]:
    if may_be_of_a_ledger(name) and (told := senses_of_scenarios(values, name)):
        return told
    senses = {value: sense_of(value, Kind.TYPE, null) for value in values}
    if codes := _senses_of_codes(values, name):
        return codes | {value: sense for value, sense in senses.items() if sense in {Sense.BAD, Sense.EMPTY}}
    if _tells_documents(values, name):
        none = [value for value in values if is_no_sale_of_documents(folded(value))]
        senses |= dict.fromkeys(none, Sense.TAKEN_BACK)
    ledger = ledger_of(values) if may_be_of_a_ledger(name) else None
    if ledger is not None:
        return {value: _in_a_ledger(value, sense, ledger) for value, sense in senses.items()}
    if is_of_documents(name) and _are_no_sales(senses):
        return {value: sense if sense is Sense.EMPTY else Sense.BAD for value, sense in senses.items()}
    if is_named_for_documents(name) and _is_none_known(senses):
        return senses
    is_bad = Sense.EARNED in senses.values()
    passes = OFFERED if is_of_events(name) or any("lead" in folded(value) for value in values) else frozenset[str]()
    found = {value: _of_events(sense, is_bad=is_bad and folded(value) not in passes) for value, sense in senses.items()}
    none = [value for value in values if is_of_documents(name) and is_no_sale_beside_any(folded(value))]
    return found | dict.fromkeys(none, Sense.BAD)


def _tells_documents(values: Collection[str], name: str) -> bool:
    """Whether a column may tell documents and bookings: no events, nor into what goods are sorted, nor prices."""
    is_of_others = is_of_events(name) or is_of_prices(name) or (is_of_categories(name) and not is_of_documents(name))
    return may_be_of_a_ledger(name) and not is_of_others and not tells_of_events(values)


def _in_a_ledger(value: str, sense: Sense, ledger: Ledger) -> Sense:
    entry = entry_of(value, ledger)
    if sense in {Sense.TAKEN_BACK, Sense.BAD, Sense.EMPTY} or entry is Entry.EVENT:
        return _of_events(sense, is_bad=True)
    return _OF_ENTRIES[entry]


def _of_events(sense: Sense, *, is_bad: bool) -> Sense:
    if sense is Sense.TAKEN_BACK and is_bad:
        return Sense.BAD
    return Sense.NEUTRAL if sense in {Sense.TAKEN_BACK, Sense.UNKNOWN} else sense


def _are_no_sales(senses: Mapping[str, Sense]) -> bool:
    """Whether all values that say something are kinds that are never a sale."""
    told = [value for value, sense in senses.items() if sense is not Sense.EMPTY]
    return bool(told) and all(is_no_sale_alone(value) or gives_back(value) for value in map(folded, told))


def _is_none_known(senses: Mapping[str, Sense]) -> bool:
    """Whether there are several values, of which nobody knows one."""
    told = [sense for sense in senses.values() if sense is not Sense.EMPTY]
    return len(told) > 1 and set(told) == {Sense.UNKNOWN}
