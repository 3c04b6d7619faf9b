"""Kinds of documents and events that give money back, in the languages of exports, and what only sounds like them."""

from __future__ import annotations

import pytest

from importer.schema.guards.status.money_back import gives_back, is_nothing_but_back
from importer.schema.guards.status.words import folded

GIVES_BACK = {
    "English": "Refund|partial-refund|Chargeback|Charged back|Reversal|Sales Credit Note|Customer returns|"
    "Returned goods|Cancelled invoice|A-to-z Guarantee Claim|Money back",
    "German": "Gutschrift|Stornorechnung|Rückerstattung|Rückzahlung|Rücklastschrift|Rechnungskorrektur|Retoure",
    "French": "Remboursement|Avoir|Facture d'avoir|Note de crédit|Retour client",
    "Spanish, Portuguese": "Reembolso|Devolución|Contracargo|Nota de crédito|Factura rectificativa|Estorno",
    "Italian": "Rimborso|Nota di credito|Storno|Reso",
    "Dutch": "Terugbetaling|Creditnota|Creditfactuur|Restitutie",
    "Scandinavian": "Kreditnota|Kreditfaktura|Återbetalning|Tilbagebetaling|Refusjon|Kreditering",
    "Finnish, Icelandic": "Hyvityslasku|Palautus|Endurgreiðsla",
    "Polish": "Zwrot|Faktura korygująca|Korekta faktury|Obciążenie zwrotne",
    "Czech, Slovak": "Vratka|Dobropis|Storno|Vrácení peněz|Refundácia|Zrušeno",
    "Hungarian": "Sztornó|Sztornószámla|Jóváíró számla|Visszatérítés|Helyesbítő számla",
    "Romanian": "Storno|Rambursare|Factură de stornare|Notă de credit",
    "Bulgarian": "Възстановяване|Кредитно известие|Сторно|Връщане",
    "Croatian, Serbian, Slovene": "Povrat|Povraćaj|Knjižno odobrenje|Повраћај|Vračilo|Dobropis",
    "Ukrainian, Russian": "Повернення|Сторно|Возврат товара|Кредит-нота|Чарджбэк",
    "Baltic": "Kreeditarve|Tagasimakse|Kredītrēķins|Atmaksa|Grąžinimas|Kreditinė sąskaita",
    "Greek": "Πιστωτικό|Πιστωτικό τιμολόγιο|Επιστροφή χρημάτων|Ακυρωτικό",
    "Turkish": "İADE|İade faturası|Geri ödeme|Ters ibraz|iptal",
    "Vietnamese": "Hoàn tiền|Trả hàng",
    "Indonesian, Malay": "Pengembalian|Pengembalian dana|Nota kredit|Bayaran balik|Retur penjualan",
    "Thai, Hindi": "คืนเงิน|ใบลดหนี้|रिफंड|धनवापसी|क्रेडिट नोट",
    "Chinese": "退款|红字发票|退货|紅字|冲销|取消",
    "Japanese": "返金|返品|赤伝|赤伝票|払い戻し|キャンセル",
    "Korean": "환불|반품|결제 취소|차지백",
    "Hebrew, Arabic": "זיכוי|חשבונית זיכוי|استرداد|إشعار دائن|مرتجع",
}
IS_NONE = {
    "what can be given back": "Refundable|non-refundable|not refundable|Erstattbar|Remboursable|rimborsabile|zwrotny",
    "what is sold": "Refund protection|Stornoversicherung|Tax refund|Returnable bottle|Refund shield",
    "what may say so, and many other things": "Return|Returning|Credit|Credit card|Adjustment|Test|Claim|Void|Retour",
    "sales": "Sale|Salg|Köp|支付|Számla|Račun|Τιμολόγιο|Πιστωτική κάρτα|세금계산서|결제|Продаж|Bán hàng|ขาย|销售",
    "no": "no refund|keine Gutschrift|sans remboursement",
}


@pytest.mark.parametrize(("values", "is_so"), [(GIVES_BACK, True), (IS_NONE, False)])
def test_what_says_that_money_goes_back(values: dict[str, str], *, is_so: bool) -> None:
    """However it is spelled: in capitals, without accents, with signs."""
    for language, texts in values.items():
        found = {text: gives_back(folded(spelled)) for text in texts.split("|") for spelled in (text, text.upper())}
        assert found == dict.fromkeys(found, is_so), language


@pytest.mark.parametrize(
    ("values", "is_so"),
    [
        ("Refund|partial refund|refund issued|Order refund 12|order.refunded|退款|Credit note", True),
        ("refund policy viewed|Refund cart|your refund is here|Sale|refundable", False),
    ],
)
def test_what_says_nothing_else(values: str, *, is_so: bool) -> None:
    """An event or a category may have any name with such a word in it."""
    assert {value for value in values.split("|") if is_nothing_but_back(folded(value)) is not is_so} == set()
