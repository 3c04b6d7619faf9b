"""What stands beside a document or payment that is a sale for certain, and kinds that are none by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.schema.guards.status.kinds import is_ledger, senses_of_documents, senses_of_kinds
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
    ("amount-type", "ItemPrice", "ItemFees|Promotion|ItemWithheldTax"),
    ("transaction-type", "Order", "other-transaction|Debt|Refund_Retrocharge"),
    (
        "Type",
        "Sale",
        (
            "Draft|Forecast|Sales forecast|Budget|Planned|Quote|Deposit|Opening balance|Lost|Rebate|Allowance|RMA|"
            "CXL|chbk|Rolled back|Rollback|Revoked|Rescinded|Withdrawn|Uncollectible|Bounced|Inquiry|"
            "Retrieval request|Edit|TAX|HOLDBACK|COMMISSION|PURCHASE_FEE_FIXED|Bonus"
        ),
    ),
    (
        "Record Type",
        "Settled",
        (
            "Received|Authorised|CaptureFailed|MerchantPayout|SettledReversed|DepositCorrection|BalanceTransfer|"
            "MiscCosts|RequestForInformation"
        ),
    ),
    ("Type", "payment", "outgoing-transfer|balance-reserve|invoice-compensation"),
    ("Kind", "sale", "emv_authorization|change"),
    ("Type", "Order", "Charge|Other charge|Shipping label|Order_Retrocharge|Hold"),
    ("Typ", "Bestellung", "Anpassung|Übertrag|Servicegebühr|Versand durch Amazon Lagergebühr|A-bis-z-Garantieantrag"),
    ("Type", "Sales invoice", "Purchase bill|Sales overpayment|Customer Receipt"),
    ("Type", "Vânzare", "Payout|Journal entry|Vendor bill"),
    (
        "Typ",
        "Verkauf",
        "Kulanz|Wandlung|Minderung|Reklamation|Rückabwicklung|Ruecklastschrift|Ausbuchung|Abgebrochen|Anzahlung",
    ),
    ("Type", "Vente", "Extourne|Rétractation|Échec|Acompte|Brouillon|Litige"),
    ("Tipo", "Venta", "Abono|Extorno|Impagado|Retracto|Anticipo|Borrador|Saldo inicial"),
    ("Tipo", "Vendita", "Recesso|Accredito|Nota di variazione|Insoluto|Bozza"),
    ("Soort", "Verkoop", "Herroeping|Gestorneerd|Terugstorting|Gecrediteerd|Concept"),
    ("Type", "Salg", "Krediteret|Tilbud|Rettelse|Afventer|Fortrydelse|Avslått|Angret|Kladde"),
    ("Typ", "Försäljning", "Krediterad|Avbruten|Nekad|Offert|Rättelse|Ångrat köp|Väntande"),
    ("Rodzaj", "Sprzedaż", "Nota kredytowa|Oferta|Wycena|Wycofane|Zaliczka"),
    ("Druh", "Prodej", "Odmítnuto|Nabídka|Zálohová faktura|Opravný doklad|Odstoupení od smlouvy|Ťarchopis"),
    ("Tip", "Vânzare", "Respins|Refuzat|Corecție|Ofertă"),
    ("Tyyppi", "Lasku", "Hyvitetty|Tarjous|Luonnos|Oikaisu|Takaisinveloitus|Maksupalautus|Odottaa"),
    ("Tipus", "Számla", "Törölt|Lemondva|Elutasítva|Árajánlat|Díjbekérő|Piszkozat|Függőben"),
    ("Вид", "Продажа", "Аннулирован|Корректировка|Отказ|Черновик|Возмещение|План|Коммерческое предложение"),
    ("Вид", "Продаж", "Скасований|Анульовано|Коригування|Відхилено|Чернетка"),
    ("Вид", "Фактура", "Анулирана|Отказана|Рекламация"),
    ("Είδος", "Τιμολόγιο", "Ακυρωμένη|Απορρίφθηκε|Προσφορά|Πρόχειρο"),
    ("Tür", "Satış", "Geri Ödendi|Ters kayıt|Düzeltme|Teklif|Taslak"),
    ("種別", "売上", "訂正|無効|却下|見積書|値引|売上取消|保留|下書き|仮売上|貸方票"),
    ("类型", "销售", "已撤销|已取消|已作废|更正|贷记凭证|报价|草稿|待处理|无效|預估|交易关闭"),
    ("유형", "판매", "주문취소|정정|견적|대변메모|반송|매출취소"),
    ("نوع", "فاتورة", "مسترد|مرفوض|إرجاع|تصحيح|عرض سعر|قيد الانتظار|مسودة|تم الإلغاء"),
    ("נוע", "חשבונית", "מבוטל|הוחזר|נדחה|הצעת מחיר|טיוטה|ממתין"),
    ("प्रकार", "बिक्री", "निरस्त|लौटाया|अस्वीकृत|रद्द किया गया"),
    ("ประเภท", "ขาย", "ยกเลิกแล้ว|โมฆะ|ปฏิเสธ|ใบเสนอราคา|รับคืน"),
    ("Loại", "Bán hàng", "Hủy|Huỷ|Đã hủy|Hủy đơn|Hoàn hàng|Từ chối|Báo giá|Điều chỉnh"),
    ("Jenis", "Penjualan", "Retur|Batal|Ditolak|Penawaran|Koreksi|Bayar balik"),
    ("Tipas", "Sąskaita", "Anuliuota|Anulēts|Tagastus"),
]
# a title, and kinds that are sales, or who knows what, beside each other
HONEST = [
    ("Type", "Coffee|Tea|Order"),
    ("Category", "Sale|Budget|Deposit|Lost & found"),
    ("Product type", "Sale|Deposit|Tax"),
    ("Type", "lead|deposit|sale"),
    ("Event type", "Sale|Deposit|Registration"),
    ("Type", "charge|payment"),
    ("Type", "Subscription charge|Sale"),
    ("Typ", "Kurs|Gebühr|Buch"),
    ("Type", "Tour|Transfer"),
    ("Type", "Order|Draft day deal|Planner"),
    ("Typ", "Rechnung|Teilrechnung|Schlussrechnung"),
    ("Tipo", "Fattura|Fattura immediata|Fattura differita"),
    ("Druh", "Faktura|Účtenka|Prodejka"),
    ("Type", "SI|DE|FR"),
    ("Type", "SC|DE|FR"),
    ("Тип", "Продажа|Спорт"),
    ("Tip", "Vânzare|Abonament"),
    ("Sale type", "Sale|Discount|Promotion"),
    ("Order type", "Order|Draft"),
]
# a title, and what is heard of its values: sales, what is none, and who knows what
TOLD = [
    ("Type", "si", "sc|sp", "sa|zz"),
    ("Art", "rv", "dg", "zz"),
    ("BSCHL", "01", "11|12", "40"),
    ("BU-Schlüssel", "|9|40", "20|83", ""),
    ("Version", "actual", "plan|budget 2026", ""),
    ("Wertart", "ist", "plan", "delta"),
    ("区分", "実績", "予算", ""),
    ("Scenario", "", "forecast|budget", ""),
]


@pytest.mark.parametrize(("title", "sale", "kinds"), NO_SALES)
def test_what_stands_beside_a_sale_is_asked_about(title: str, sale: str, kinds: str) -> None:
    """Each by itself; the sale is one all the same."""
    for kind in kinds.lower().split("|"):
        senses = senses_of_kinds([sale.lower(), kind], title, frozenset())
        assert senses[sale.lower()] is Sense.EARNED, kind
        assert senses[kind] in _ASKED, kind


@pytest.mark.parametrize(("title", "kinds"), HONEST)
def test_kinds_that_say_nothing_of_each_other(title: str, kinds: str) -> None:
    """What is sold may be called so, and other events are paid for."""
    senses = senses_of_kinds(kinds.lower().split("|"), title, frozenset())
    assert _ASKED.isdisjoint(senses.values()), senses


@pytest.mark.parametrize(("title", "sales", "none", "unknown"), TOLD)
def test_codes_and_plans_beside_what_they_are_told_by(title: str, sales: str, none: str, unknown: str) -> None:
    """Whatever else stands beside them; without what tells them they are any words."""
    told = ((Sense.EARNED, sales), (Sense.BAD, none), (Sense.UNKNOWN, unknown))
    senses = {value: sense for sense, values in told for value in values.split("|") if values or sense is Sense.EARNED}
    senses = {value: sense for value, sense in senses.items() if value or title.startswith("BU")}
    tell = senses_of_documents if is_ledger(senses, title) else senses_of_kinds
    assert tell(senses, title, frozenset()) == senses
    others = ["xx", *none.split("|")]
    assert not is_ledger(others, title)


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
