"""What stands beside a document or payment that is a sale for certain, and kinds that are none by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.schema.guards.status.kinds import senses_of_kinds
from importer.schema.guards.status.senses import Sense
from tests.support.checked import heard

if TYPE_CHECKING:
    from pathlib import Path

_ASKED = {Sense.BAD, Sense.UNKNOWN}

# a title, a kind that is a sale, and what is asked about beside it
NO_SALES = [
    (
        "Transaction type",
        "Invoice",
        (
            "Pro forma|Pro-forma|Proforma invoice|Vendor Credit|Delayed Credit|Bill|Bill Payment|Payment|"
            "Purchase Order|Sales Order|Deposit|Journal Entry|Expense|Overpayment|Prepayment|Delivery note|Reminder|"
            "Discount|Tax|Bad debt|Statement charge|Spend money|Draft invoice|VOID Invoice|Vendor Invoice|Void"
        ),
    ),
    ("Doc type", "INV", "CN|CM|SC|EST|PI|PO"),
    ("Type", "ACCREC", "ACCRECCREDIT|ACCPAY"),
    (
        "Type",
        "charge",
        (
            "stripe_fee|application_fee|tax_fee|fee_credit|topup|reserve_transaction|network_cost|advance|payout|"
            "issuing_authorization_hold|connect_collection_transfer|payment_refund"
        ),
    ),
    (
        "Type",
        "Express Checkout Payment",
        (
            "Account Hold for Open Authorization|Temporary Hold|Reserve Hold|Request Received|Invoice Sent|"
            "Mass Pay Payment|Bank Deposit to PP Account|Transfer to bank|Partner fee|Order"
        ),
    ),
    ("Type", "Payment", "Temporary Hold|Invoice Sent|Mass Pay Payment|Partner fee|stripe_fee|topup"),
    ("Transaction Event Code", "T0006", "T1107|T0400|T0001"),
    (
        "Belegart",
        "Rechnung",
        (
            "Rechnungskorrektur|Teilgutschrift|Rückzahlung|Proforma-Rechnung|Proformarechnung|Kostenvoranschlag|"
            "Auftragsbestätigung|Lieferschein|Mahnung|Zahlungserinnerung|Eingangsrechnung|Anzahlung|GS|Entgelt|"
            "Umbuchung|Bestellung"
        ),
    ),
    (
        "Type",
        "Facture",
        "Facture proforma|Pro forma|Acompte|Bon de commande|Rétrofacturation|Virement|Commission|Facture d'avoir",
    ),
    (
        "Tipo",
        "Factura",
        (
            "Abono|Factura rectificativa|Rectificativa|Factura proforma|Cotización|Anulación|Contracargo|Anticipo|"
            "Pedido|Albarán|Gasto|Cargo|Tasa|Transferencia"
        ),
    ),
    ("Type", "Sale", "Pro forma|void|Journal Entry|stripe_fee|Kostenvoranschlag|Rückzahlung|Teilgutschrift"),
    ("Line type", "product", "tax|shipping|discount|Grand total"),
]


@pytest.mark.parametrize(("title", "sale", "kinds"), NO_SALES)
def test_what_stands_beside_a_sale_is_asked_about(title: str, sale: str, kinds: str) -> None:
    """Each by itself; the sale is one all the same."""
    for kind in kinds.lower().split("|"):
        senses = senses_of_kinds([sale.lower(), kind], title, frozenset())
        assert senses[sale.lower()] is Sense.EARNED, kind
        assert senses[kind] in _ASKED, kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Type", "Credit Memo"),
        ("Transaction type", "Estimate"),
        ("Type", "Quote"),
        ("Type", "Avoir"),
        ("Type", "payout"),
        ("Reporting category", "fee"),
        ("Type", "Bill"),
        ("Document type", "Pro forma"),
        ("Tipo", "Nota de crédito"),
        ("Mode", "test"),
        ("Environment", "sandbox"),
    ],
)
def test_a_column_of_nothing_but_no_sales_is_a_question(tmp_path: Path, title: str, kind: str) -> None:
    """No row is left by `--where`, so that it names none; `--ignore` takes them."""
    file = tmp_path / "june.csv"
    file.write_text(f"message_id,revenue,attribution_type,{title}\ntfb0raD1,10,sale,{kind}\ntfb0raD2,20,sale,{kind}\n")
    found = heard(file)
    assert f"some rows may be no revenue: {kind!r} 2 rows (30.00)." in found.said
    assert not found.options("--where")
    assert heard(file, ignore=found.options("--ignore")).posted == 2


def test_a_kind_that_nobody_knows_is_asked_about_when_the_known_ones_are_left_out(tmp_path: Path) -> None:
    """To leave out credit memos says nothing of `Tab`."""
    file = tmp_path / "june.csv"
    rows = [f"tfb0raD{n},{n},sale,{kind}" for n, kind in enumerate(("Invoice", "Credit memo", "Tab", "Invoice"))]
    file.write_text("\n".join(["message_id,revenue,attribution_type,Type", *rows]))
    found = heard(file, where=("Type!=Credit memo",))
    assert "'Tab' 1 row (2.00): of these the program does not know what they say" in found.said
    assert heard(file, where=found.options("--where")).posted == 2
