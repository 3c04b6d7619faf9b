"""Kinds of documents and bookings, as accounting programs, payment providers and reports of lines export them.

A column that names one which is a sale for certain tells the kinds of a ledger. What stands beside it is a sale only if
it is known for one: the payment of an invoice is the same money once more, and who knows what `PI` is.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from importer.schema.guards.status.no_sales import is_no_sale, is_no_sale_of_documents
from importer.schema.guards.status.words import EARNED, ONLY_IN_A_STATUS, folded, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

_INVOICES = word_set(
    "invoice invoices inv rechnung rechnungen ausgangsrechnung ausgangsrechnungen verkaufsrechnung kundenrechnung "
    "barrechnung schlussrechnung facture factures factura facturas fatura faturas fattura fatture factuur facturen "
    "verkoopfactuur faktura faktury faktúra accrec teilrechnung teilrechnungen"
)
_SALES = _INVOICES | word_set(
    "sale sales receipt receipts verkauf verkäufe barverkauf quittung kassenbon kassenbeleg vente ventes venta "
    "ventas venda vendas vendita vendite verkoop sprzedaż ticket tickets recibo recibos boleta reçu scontrino "
    "ricevuta kassabon paragon prodejka účtenka"
)
_MAY_BE_FEES = word_set("charge charges")
_CHARGES = _MAY_BE_FEES | word_set("capture captures captured")
_SUBSCRIBED = word_set("subscription recurring membership donation")
_ORDERS = _SALES | word_set(
    "order orders purchase purchases bestellung bestellungen commande commandes achat achats pedido pedidos compra "
    "compras ordine ordini acquisto bestelling zamówienie заказ 注文 订单 訂單 주문"
)
"""Words that say what a charge is not, beside them: eBay charges sellers for its services."""
_PAYMENTS = _CHARGES | word_set("payment payments sale sales zahlung zahlungen paiement paiements pago pagos pagamento")
_QUALIFIERS = EARNED | word_set(
    "tax vat cash pos online web website mobile retail store shop card credit debit direct express checkout paypal "
    "ebay auction preapproved user general recurring subscription membership donation virtual terminal accept "
    "received customer client commercial standard simple simplified simplificada ordinaria ordinary final electronic "
    "electrónica électronique elettronica receivable accounts product products service services bar kunden de di "
    "caisse of from vom immediata differita końcowa"
)
"""What may stand beside a word of a sale and leaves it one; what nobody knows (a vendor's invoice) may not."""
_OF_PAYPAL = word_set("website express ebay preapproved general")
_PAYPAL_CODE = re.compile(r"t00(?!0[189])\d\d")  # payments received; of these, not those to many and for postage
_LINES = word_set(
    "itemprice principal item items product products detail details line lines position positions artikel"
) | {
    "line item",
    "order line",
}
_BESIDE_LINES = word_set(
    "summary total totals subtotal subtotals tax taxes vat shipping handling discount discounts tip tips gratuity "
    "itemfees promotion itemwithheldtax postage surcharge header footer summe zwischensumme gesamt versand "
    "versandkosten steuer rabatt livraison taxe remise envío impuesto descuento"
) | {"sub total", "grand total", "sales tax", "shipping cost", "gift wrap"}


_EVENTS = word_set(
    "lead leads install installs signup signups registration registrations subscription subscriptions renewal "
    "renewals rebill rebills upsell upsells trial trials conversion conversions recurring ftd"
)
"""Kinds of events for which networks pay, and which say nothing against what stands beside them."""
_PAID_FOR = word_set("lead leads install installs signup signups registration registrations ftd conversion conversions")


class Ledger(Enum):
    """What a column of kinds tells apart: documents, payments, or the lines of orders."""

    DOCUMENTS = auto()
    PAYMENTS = auto()
    LINES = auto()


class Entry(Enum):
    """What a kind is in its ledger; `OTHER` may be anything."""

    SALE = auto()
    NO_SALE = auto()
    EVENT = auto()
    OTHER = auto()


def ledger_of(values: Iterable[str]) -> Ledger | None:
    """The ledger whose kinds these values (in lower case) are; None where none is a sale for certain."""
    found = [*map(folded, values)]
    if any(_is_invoice(_words(value)) or value == "sales receipt" for value in found):
        return Ledger.DOCUMENTS
    if any(_is_certain_payment(value) and not may_be_a_fee(value, found) for value in found):
        return Ledger.PAYMENTS
    return Ledger.LINES if not _LINES.isdisjoint(found) else None


def entry_of(value: str, ledger: Ledger) -> Entry:
    """What a value (in lower case) is beside the sales of a ledger, where it takes nothing back."""
    plain = folded(value)
    words = _words(plain)
    if ledger is Ledger.LINES:
        return Entry.SALE if plain in _LINES else Entry.NO_SALE if plain in _BESIDE_LINES else Entry.EVENT
    is_none = is_no_sale(plain) or is_no_sale_of_documents(plain)
    if is_none or plain in ONLY_IN_A_STATUS or plain in _BESIDE_LINES:
        return Entry.NO_SALE
    if _consists_of(words, _SALES if ledger is Ledger.DOCUMENTS else _PAYMENTS) or _is_certain_payment(plain):
        return Entry.SALE
    return Entry.EVENT if not _EVENTS.isdisjoint(words) else Entry.OTHER


def may_be_a_fee(value: str, others: Iterable[str]) -> bool:
    """Whether a charge, folded, may be one for services of who wrote the file, as others are orders and sales."""
    words = _words(value)
    may_be = not _MAY_BE_FEES.isdisjoint(words) and (_SUBSCRIBED | _ORDERS).isdisjoint(words)
    return may_be and any(_consists_of(_words(one), _ORDERS) for one in others)


def tells_of_events(values: Iterable[str]) -> bool:
    """Whether some of these values are events for which networks pay, and which are no documents."""
    return any(not _PAID_FOR.isdisjoint(_words(folded(value))) for value in values)


def _is_invoice(words: list[str]) -> bool:
    return not _INVOICES.isdisjoint(words) and _consists_of(words, _SALES)


def _is_certain_payment(value: str) -> bool:
    words = _words(value.replace("payment bill user payment", "payment"))  # as PayPal calls those by agreement
    is_of_paypal = not _OF_PAYPAL.isdisjoint(words) and _consists_of(words, _PAYMENTS)
    return value in _CHARGES or is_of_paypal or _PAYPAL_CODE.fullmatch(value) is not None


def _consists_of(words: list[str], sales: frozenset[str]) -> bool:
    """Whether these are words of a sale, with nothing beside them that may make it another thing."""
    return not sales.isdisjoint(words) and all(word in sales or word in _QUALIFIERS for word in words)


def _words(value: str) -> list[str]:
    return re.findall(r"\w+", value)
