"""Columns of kinds: of what they are by their names, which ledger their values tell, and what each is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.schema.guards.status.documents import Entry, Ledger, entry_of, ledger_of
from importer.schema.guards.status.kinds import senses_of_kinds
from importer.schema.guards.status.ledger_names import (
    is_of_a_mode,
    is_of_documents,
    is_of_events,
    may_be_of_a_ledger,
)
from importer.schema.guards.status.name_words import Role, roles_of
from importer.schema.guards.status.no_sales import is_no_sale, is_no_sale_alone
from importer.schema.guards.status.senses import Sense
from importer.schema.guards.status.undone import is_undone

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("values", "ledger"),
    [
        ("invoice", Ledger.DOCUMENTS),
        ("Tax_Invoice", Ledger.DOCUMENTS),
        ("sales receipt", Ledger.DOCUMENTS),
        ("charge|invoice", Ledger.DOCUMENTS),
        ("x|charge", Ledger.PAYMENTS),
        ("captured", Ledger.PAYMENTS),
        ("website payments", Ledger.PAYMENTS),
        ("express checkout payment", Ledger.PAYMENTS),
        ("preapproved payment bill user payment", Ledger.PAYMENTS),
        ("t0006", Ledger.PAYMENTS),
        ("t0020", Ledger.PAYMENTS),
        ("product|charge", Ledger.PAYMENTS),
        ("line item", Ledger.LINES),
        ("x|product", Ledger.LINES),
        ("receipt", None),
        ("vendor invoice", None),
        ("payment", None),
        ("website", None),
        ("website transfer", None),
        ("t0001", None),
        ("t0008", None),
        ("t0009", None),
        ("t00066", None),
        ("sale", None),
        ("x", None),
    ],
)
def test_which_ledger_values_tell(values: str, ledger: Ledger | None) -> None:
    """One of them is a sale for certain, with nothing beside it that may make it another thing."""
    assert ledger_of(values.split("|")) is ledger


@pytest.mark.parametrize(
    ("ledger", "entries"),
    [
        (
            Ledger.DOCUMENTS,
            {
                Entry.SALE: "invoice|sale|receipt|charge|website payment|t0006|tax invoice|cash sale|Accept_Invoice",
                Entry.NO_SALE: "tax|gift wrap|pro forma|hold|open|payout|credit|vendor invoice|draft",
                Entry.EVENT: "lead|signup bonus",
                Entry.OTHER: "product|payment|banana|of|online",
            },
        ),
        (
            Ledger.PAYMENTS,
            {
                Entry.SALE: "sale|payment|charge|website payment|t0006|cash sale",
                Entry.NO_SALE: "shipping|pro forma|hold|open|payout|credit|vendor payment",
                Entry.EVENT: "lead|free trial",
                Entry.OTHER: "product|invoice|receipt|tax invoice|banana|online",
            },
        ),
        (
            Ledger.LINES,
            {
                Entry.SALE: "product|line item",
                Entry.NO_SALE: "tax|gift wrap|shipping|vat",
                Entry.EVENT: "banana|invoice|pro forma|hold|sale|payout|lead|credit",
            },
        ),
    ],
)
def test_what_a_kind_is_in_its_ledger(ledger: Ledger, entries: dict[Entry, str]) -> None:
    found = {entry: list(values.split("|")) for entry, values in entries.items()}
    assert found == {
        entry: [value for value in values if entry_of(value.lower(), ledger) is entry]
        for entry, values in found.items()
    }


EARNED, BAD, NEUTRAL, UNKNOWN, EMPTY = Sense.EARNED, Sense.BAD, Sense.NEUTRAL, Sense.UNKNOWN, Sense.EMPTY


@pytest.mark.parametrize(
    ("name", "senses"),
    [
        (
            "Type",
            {"invoice": EARNED, "payment": UNKNOWN, "credit": BAD, "free trial": NEUTRAL, "refund": BAD, "": EMPTY},
        ),
        ("Type", {"invoice": EARNED, "return": BAD, "approved": UNKNOWN, "void": BAD}),
        ("Payment type", {"invoice": EARNED, "payment": EARNED, "credit": BAD, "online": NEUTRAL}),
        ("Type", {"order": EARNED, "return": BAD, "x": NEUTRAL, "quote": BAD}),
        ("Event type", {"order": EARNED, "return": BAD, "x": NEUTRAL, "quote": NEUTRAL}),
        ("Type", {"lead": EARNED, "return": BAD, "quote": NEUTRAL}),
        ("Type", {"return": NEUTRAL, "x": NEUTRAL, "refund": BAD}),
        ("Type", {"credit memo": BAD, "": EMPTY, "keine": EMPTY}),
        ("Type", {"credit memo": BAD, "x": NEUTRAL}),
        ("Type", {"kreditnota": BAD, "": EMPTY, "sala": NEUTRAL}),
        ("Event type", {"refund issued": BAD, "refund policy viewed": NEUTRAL, "x": NEUTRAL}),
        ("Category", {"tax refund": NEUTRAL, "refund policies": NEUTRAL, "rimborso parziale": BAD, "x": NEUTRAL}),
        ("Product type", {"kreditnota": NEUTRAL, "x": NEUTRAL}),
        ("Type", {"kreditnota": BAD, "sztornó": BAD}),
        ("Event type", {"credit memo": NEUTRAL}),
        ("Product type", {"credit memo": NEUTRAL}),
        ("Type", {"": EMPTY}),
    ],
)
def test_what_kinds_say_beside_each_other(name: str, senses: dict[str, Sense]) -> None:
    """A payment is a sale beside no invoice; what takes back is bad beside what earns, or where it is all there is.

    What says that money goes back is bad beside anything else.
    """
    assert senses_of_kinds(senses, name, frozenset(["keine"])) == senses


def told(tell: Callable[[str], bool], values: str) -> list[str]:
    return [value for value in values.split("|") if tell(value)]


@pytest.mark.parametrize(
    ("tell", "yes", "no"),
    [
        (
            may_be_of_a_ledger,
            "Type|Tipo|Document type|Type of product|Event type|Belegart|Mode|My kind",
            "Payment type|Zahlungsart|Kartentyp|Product type|Producto tipo|Tipo producto|Kundentyp|Customer type",
        ),
        (
            is_of_documents,
            "Type|Tipo|Kind|Doc type|Document type|Transaction type|Txn type|Belegart|Buchungsart|Reporting category",
            "My kind|Event type|Transaction event|Payment document type|Mode|Lead type",
        ),
        (is_of_events, "Event type|Action|Lead type|Type of event", "Type|Events type|Leader type|Kind"),
        (is_of_a_mode, "Mode|Payment mode|Environment|env", "Modes|Mode of payment|Type"),
        (
            is_no_sale,
            (
                "estimate|fee|stripe fee|payout|bill payment|facture d'achat|pro forma|proforma invoice|withdrawal|"
                "currency conversion|temporary hold|mass pay|transfer to bank|transfer|invoice sent|gebuhr"
            ),
            "no fee|fee for sale|unproforma|money sent|transfers to|bill|avoir|credit note|test|sale",
        ),
        (
            is_no_sale_alone,
            "estimate|fee|bill|avoir|credit note|nota de credito|test|writeoff|correction",
            "no fee|sale|void|refund",
        ),
        (
            is_undone,
            "refunded|ungultig|returned|disputed|removed|stornodatum|annulat|peruttu|makulerad|отменен|ακυρωθηκε|huy",
            "refundable|erstattbar|return|remove|stornoschutz|widerrufsfrist|peruutusturva|iadeli|возвратныи",
        ),
    ],
)
def test_what_names_and_kinds_tell(tell: Callable[[str], bool], yes: str, no: str) -> None:
    assert told(tell, yes) == yes.split("|")
    assert told(tell, no) == []


@pytest.mark.parametrize(
    ("name", "words", "roles"),
    [
        ("stornodatum", "storno datum", {Role.UNDONE, Role.WHEN}),
        ("grunddatum", "grund datum", {Role.WHAT, Role.WHEN}),
        ("rejectstatus", "reject status", {Role.UNDONE, Role.OTHER}),
        ("cancelledat", "cancelled at", {Role.UNDONE, Role.WHEN}),
        ("approvedon", "approved on", {Role.DONE, Role.WHEN}),
        ("approvalon", "approval on", {Role.CONSENT, Role.WHEN}),
        ("refundreason", "refund reason", {Role.UNDONE, Role.WHAT}),
        ("returnedqty", "returned qty", {Role.UNDONE, Role.WHAT}),
        ("isrefunded", "is refunded", {Role.UNDONE}),
        ("saleapproved", "sale approved", {Role.DONE}),
        ("saledate", "sale date", {Role.WHEN}),
        ("nonapproved", "non approved", {Role.DONE, Role.NOT}),
        ("paymentid", "paymentid", {Role.OTHER}),
        ("nonrefundable", "nonrefundable", {Role.OTHER}),
        ("order cancelled", "order cancelled", {Role.UNDONE}),
        ("commission", "commission", set()),
        ("charged back", "chargeback", {Role.UNDONE}),
        ("charge_back", "charge back", {Role.OTHER}),
        ("stornat", "stornat", {Role.UNDONE}),
        ("partial refunds", "partial refunds", {Role.UNDONE}),
        ("partial payment", "partial payment", {Role.OTHER}),
        ("refund by", "refund deadline", {Role.UNDONE, Role.OTHER}),
        ("refunded by", "refunded by", {Role.UNDONE, Role.HOW}),
        ("approved by", "approved by", {Role.DONE, Role.OTHER}),
        ("refund no", "refund number", {Role.UNDONE, Role.WHAT}),
        ("peruutusaika", "peruutus aika", {Role.UNDONE, Role.HOW}),
        ("cancelled by the customer", "cancelled by", {Role.UNDONE, Role.HOW}),
        ("refund requested on", "refund requested on", {Role.UNDONE, Role.WHEN}),
        ("return requested", "returned requested", {Role.UNDONE}),
        ("return label requested", "return label requested", {Role.RETURN, Role.OTHER}),
        ("teilstorno", "teil storno", {Role.UNDONE}),
        ("storno kz", "storno kz", {Role.UNDONE}),
        ("退款金额", "refund amount", {Role.UNDONE, Role.WHAT}),
        ("未取消", "not cancelled", {Role.UNDONE, Role.NOT}),
        ("返品送料", "refund 送料", {Role.UNDONE, Role.OTHER}),
        ("送料金額", "送料金額", {Role.OTHER}),
        ("clawed back", "clawback", {Role.UNDONE}),
        ("credit note", "creditnote", {Role.UNDONE}),
        ("credit memo number", "creditmemo number", {Role.UNDONE, Role.WHAT}),
        ("correction", "correction", {Role.PERHAPS_BAD}),
        ("on_hold", "onhold", {Role.PERHAPS_BAD}),
        ("person holder", "person holder", {Role.OTHER}),
        ("is latest", "iscurrent", {Role.PERHAPS_DONE}),
        ("failed at", "failed at", {Role.FAILED, Role.WHEN}),
        ("unpaid", "unpaid", {Role.BAD}),
    ],
)
def test_words_that_are_written_together(name: str, words: str, roles: set[Role]) -> None:
    """They are told apart where the first of them says something of the row."""
    assert roles_of(name) == (words.split(), roles)
