"""Kinds of lines that are no sale: what a provider keeps, moves or holds, what was only offered, and other papers."""

from __future__ import annotations

import re

from importer.schema.guards.status.words import folded, is_credit_note, is_negated, word_set

OFFERED = word_set(
    "estimate estimates quote quotes quotation quotations devis angebot angebote kostenvoranschlag presupuesto "
    "cotización cotizaciones offerte preventivo claim claims"
)
"""What may become a sale, or take one back; an event that is paid for, where leads are."""
_FEES = word_set("fee fees gebühr gebühren frais comisión comisiones")
_NO_SALES = word_set(
    "payout payouts auszahlung auszahlungen transfer transfers reserve reserves authorization authorisation auth "
    "preauth preauthorization topup expense expenses entgelt umbuchung umbuchungen lieferschein lieferscheine mahnung "
    "mahnungen zahlungserinnerung auftragsbestätigung auftragsbestätigungen eingangsrechnung eingangsrechnungen "
    "albarán accpay accpaycredit accreccredit hold holds"
) | frozenset(
    map(
        folded,
        (
            *("vendor credit", "delayed credit", "delayed charge", "bill payment", "bill credit", "purchase order"),
            *(
                "purchase invoice",
                "vendor invoice",
                "supplier invoice",
                "vendor bill",
                "vendor payment",
                "journal entry",
            ),
            *("delivery note", "packing slip", "bad debt", "spend money", "statement charge", "network cost"),
            *("reserve transaction", "connect collection transfer", "issuing authorization hold", "top up"),
            *("bon de commande", "bon de livraison", "facture fournisseur", "orden de compra", "factura de compra"),
            *("facture d'achat", "factura de proveedor"),
        ),
    )
)
_PAPERS = re.compile(r"\bpro ?forma")
# Money that goes from one account, or one currency, to another, or is held: PayPal and banks list it beside payments.
_BETWEEN_ACCOUNTS = re.compile(
    r"currency conversion|conversion de devises?|w(?:ä|a|ae)hrungsumrechnung|conversi[oó]n de (?:divisas?|moneda)|"
    r"conversione (?:di |della )?valuta|valuta ?omrekening|\bwithdrawals?\b|\bretiros?\b|\bprelievo\b|"
    r"\b(?:account|temporary|reserve|general|balance|payment) hold\b|\bmass pay|\bmass payment|\bdeposit to\b|"
    r"\btransfer (?:to|from)\b|\b(?:request|invoice) (?:received|sent)\b"
)
_NEVER_SALES = word_set(
    "bill bills avoir avoirs adjustment adjustments correction corrections korrektur korrekturen test tests sandbox "
    "staging creditnote creditnota kreditnota kreditnote writeoff"
)


def is_no_sale(value: str) -> bool:
    """Whether a kind of line, folded, is no sale beside such as are."""
    last = value.rpartition(" ")[2]
    is_fee = last in _FEES and not is_negated(value)
    is_listed = value in OFFERED or value in _NO_SALES or _PAPERS.search(value) is not None
    return is_fee or is_listed or _BETWEEN_ACCOUNTS.search(value) is not None


def is_no_sale_alone(value: str) -> bool:
    """Whether such a kind is no sale even where the column has no other."""
    return is_no_sale(value) or value in _NEVER_SALES or is_credit_note(value)
