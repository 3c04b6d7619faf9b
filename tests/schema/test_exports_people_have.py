"""Columns and lines that say more than the five fields, as exports have them: each kind with three examples.

Of a question the options that it names are followed, as they are written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGINNING = "message_id,revenue,attribution_type"

# kind: what the question names, and three columns: title, the cells of three rows, how many are left by its advice
QUESTIONS: dict[str, tuple[str, tuple[tuple[str, str, int], ...]]] = {
    "a state that is none of revenue": (
        "some rows may be no revenue",
        (
            ("status", "approved|rejected|approved", 2),
            ("Conversion State", "Confirmed|On-Hold|Confirmed", 2),
            ("Vorgangsstatus", "freigegeben|storniert|freigegeben", 2),
        ),
    ),
    "a state that is none yet": (
        "'pending' 1 row (20.00)",
        (
            ("status", "approved|pending|approved", 2),
            ("Commission Status", "locked|pending|closed", 2),
            ("validation", "accepted|pending|accepted", 2),
        ),
    ),
    "money that went back": (
        "may be no revenue",
        (
            ("status", "paid|reversed|paid", 2),
            ("Refunded at", "|2026-06-09 10:00|", 2),
            ("chargeback_amount", "0.00|20.00|0.00", 2),
        ),
    ),
    "a kind of event that takes back": (
        "1 row (20.00)",
        (
            ("Type", "Sale|Refund|Sale", 2),
            ("Txn Type", "SALE|RFND|BILL", 2),
            ("Buchungsart", "Verkauf|Gutschrift|Verkauf", 2),
            ("Type", "Receive Money|Spend Money|Receive Money", 2),
            ("Record Type", "SentForSettle|SentForRefund|SentForSettle", 2),
            ("Type", "Order|Claim|Order", 2),
            ("Type", "Sale|Hold|Sale", 2),
            ("Tyyppi", "Lasku|Hyvityslasku|Lasku", 2),
            ("Тип операции", "Продажа|Возврат|Продажа", 2),
            ("Tür", "Satış|İade|Satış", 2),
            ("種別", "売上|返金|売上", 2),
            ("交易类型", "销售|退款|销售", 2),
            ("거래 유형", "판매|환불|판매", 2),
            ("סוג", "מכירה|זיכוי|מכירה", 2),
            ("نوع العملية", "بيع|استرداد|بيع", 2),
        ),
    ),
    "money that goes back, beside whatever nobody knows": (
        "'{}' 1 row (20.00)",
        (
            ("Type", "Salg|Kreditnota|Salg", 2),
            ("交易类型", "支付|退款|支付", 2),
            ("Document Type", "Racun|Povrat|Racun", 2),
            ("Kind", "|Sztornó|", 2),
            ("Movement type", "Bán hàng|Hoàn tiền|Bán hàng", 2),
            ("type", "Order|A-to-z Guarantee Claim|Order", 2),
            ("Вид операции", "Реализация|Сторно|Реализация", 2),
            ("Fatura Tipi", "SATIS|IADE|SATIS", 2),
            ("Tapahtuma", "Myynti|Palautus|Myynti", 2),
            ("Jenis", "Penjualan|Pengembalian|Penjualan", 2),
            ("Τύπος", "Απόδειξη|Επιστροφή|Απόδειξη", 2),
            ("Source", "Receivable Invoice|Receivable Credit Note|Spend Money", 1),
        ),
    ),
    "a document that is no sale, or that nobody knows": (
        "'{}' 1 row (20.00)",
        (
            ("Transaction type", "Invoice|Payment|Sales Receipt", 2),
            ("Type", "INV|PI|INV", 2),
            ("Type", "SI|SC|SI", 2),
            ("Type", "Sale|SC|Sale", 2),
            ("Belegart", "Rechnung|Anzahlung|Barverkauf", 2),
            ("Tipo", "Factura|Abono|Factura", 2),
            ("Type", "charge|advance|payment", 2),
            ("Transaction Event Code", "T0006|T1107|T0006", 2),
            ("Kind", "capture|void|capture", 2),
            ("Line type", "item|shipping|item", 2),
            ("Record Type", "Detail|Summary|Detail", 2),
            ("Document", "Invoice|Credit note|Invoice", 2),
        ),
    ),
    "a document that corrects another": (
        "(filled) 1 row (20.00)",
        (
            ("Original invoice", "|INV-1001|", 2),
            ("Storno zu", "|RE-7|", 2),
            ("Facture d'origine", "|F7|", 2),
        ),
    ),
    "a number of another kind of document": (
        "1 row (20.00)",
        (
            ("Invoice Number", "INV-1001|CN-1002|INV-1003", 2),
            ("Belegnummer", "RE-1|GS-2|RE 3", 2),
            ("id", "ch_1a|re_2b|py_3c", 2),
            ("Document Number", "SI-1001|SCR-1001|SI-1002", 2),
            ("Invoice", "INV-1001|INV-1001-CR|INV-1002", 2),
            ("Invoice Number", "2026-1001|2026-1001-CR|2026-1002", 2),
            ("No", "1001|1001 CN2|1002", 2),
            ("Source", "ch_1a|po_2b|ch_3c", 2),
            ("Faktura", "FV/1/06/2026|KOR/1/06/2026|FV/2/06/2026", 2),
            ("Rechnungsnummer", "RE1001|ST1001|RE1002", 2),
            ("Invoice", "INV-7|CRED-1|INV-8", 2),
            ("Reference", "PAY-7|REF-1|PAY-8", 2),
            ("Receipt", "ABCD1234|ABCD1234-RFND|ABCD1235", 2),
        ),
    ),
    "a number of an order or a paper turned around": (
        "1 row (20.00)",
        (
            ("Num", "1001|CM-1007|1002", 2),
            ("Invoice No", "0012|CN-1|0014", 2),
            ("Doc No.", "0012|CN13|0014", 2),
            ("Order Number", "SO1001|RMA1001|SO1002", 2),
            ("Order", "1001|1001-R1|1002", 2),
            ("Name", "#1001|#1001-R1|#1002", 2),
            ("Order", "1001|R-1001|1002", 2),
            ("Ref", "TX7|CB-TX7|TX8", 2),
        ),
    ),
    "a description of money that went back": (
        "1 row (20.00)",
        (
            ("Description", "Charge 7|REFUND FOR CHARGE (order 7)|Charge 8", 2),
            ("Memo", "Order 7|Chargeback withdrawal for ch_7|", 2),
            ("Verwendungszweck", "Rechnung 7|Rückerstattung Rechnung 7|Rechnung 8", 2),
        ),
    ),
    "a number of what took a row back": (
        "(filled) 1 row (20.00)",
        (("Dispute ID", "|dp_1Nabc|", 2), ("Credit note number", "|CN-7|", 2), ("RMA number", "|4711|", 2)),
    ),
    "a flag": (
        "1 row (20.00)",
        (("is_test", "false|true|false", 2), ("Voided?", "N|Y|N", 2), ("isApproved", "1|0|1", 2), ("FKSTO", "|X|", 2)),
    ),
    "a field of an export that says what was undone": (
        "1 row (20.00)",
        (
            ("Generalumkehr (GU)", "0|1|0", 2),
            ("SFAKN", "|90001|", 2),
            ("original", "true|false|true", 2),
            ("correctionReason", "|RETURNED_MERCHANDISE|", 2),
            ("amend_reason", "|price|", 2),
        ),
    ),
    "codes that only their author knows": (
        "of these the program does not know what they say",
        (
            ("status", "1|2|1", 2),
            ("pendingStatus", "A|P|A", 2),
            ("op", "I|D|I", 2),
            ("Billing Type", "F2|G2|F2", 2),
            ("FKART", "F2|S1|F2", 2),
            ("VBTYP", "M|N|M", 2),
            ("Movement Type", "601|651|601", 2),
            ("Status", "approved|X|approved", 2),
        ),
    ),
    "a code that is no sale, beside whatever else": (
        "some rows may be no revenue: {!r} 1 row (20.00)",
        (
            ("Document Type", "RV|DG|RV", 2),
            ("Art", "RV|DG|RV|ZZ", 2),
            ("Type", "SI|SC|SI|SP|ZZ", 2),
            ("Type", "SI|SC|SI|ZZ", 2),
            ("BSCHL", "01|11|01", 2),
            ("BU-Schlüssel", "|20|3", 2),
            ("Type", "Order|Charge|Order", 2),
            ("Version", "Actual|Forecast|Actual", 2),
        ),
    ),
    "a state in other scripts": (
        "some rows may be no revenue",
        (
            ("상태", "승인|거절|승인", 2),
            ("주문 상태", "결제완료|환불|결제완료", 2),
            ("स्थिति", "स्वीकृत|रद्द|स्वीकृत", 2),
        ),
    ),
    "a state in a few letters, or in a word for money": (
        "some rows may be no revenue",
        (
            ("Result", "S|F|S", 2),
            ("State", "A|R|A", 2),
            ("Payment", "paid|unpaid|paid", 2),
        ),
    ),
    "a deal that was lost, or is open": (
        "may be no revenue",
        (
            ("Stage", "Closed Won|Closed Lost|Closed Won", 2),
            ("StageName", "Won|Prospecting|Won", 2),
            ("Deal Stage", "Gewonnen|Verloren|Gewonnen", 2),
            ("Opportunity stage", "closedwon|decisionmakerboughtin|closedwon", 2),
            ("Is Won", "true|false|true", 2),
        ),
    ),
    "a credit note by its class, a flag that says so": (
        "may be no revenue",
        (
            ("Trx Class", "INV|CM|INV", 2),
            ("is_return", "0|1|0", 2),
            ("isReturn", "false|true|false", 2),
            ("Proforma", "N|Y|N", 2),
            ("Pro forma", "no|yes|no", 2),
        ),
    ),
    "a step that takes back": (
        "may be no revenue",
        (
            ("Lifecycle", "locked|corrected|closed", 2),
            ("Stage", "paid|corrected|paid", 2),
            ("Állapot", "jóváhagyva|elutasítva|jóváhagyva", 2),
        ),
    ),
    "a reason that few rows have": (
        "(filled) 1 row (20.00)",
        (
            ("Reason", "|Customer changed her mind|", 2),
            ("Grund", "|zu klein|", 2),
            ("reason_code", "-|17|-", 2),
        ),
    ),
    "a reason that says what was undone, however many rows have one": (
        "1 row (20.00)",
        (
            ("Reason", "gift|rejected by advertiser|birthday", 2),
            ("Grund", "Geschenk|Retoure storniert|Geburtstag", 2),
            ("Motif", "cadeau|commande annulée|fête", 2),
        ),
    ),
    "what went wrong": (
        "may be no revenue: (filled) 1 row (20.00)",
        (
            ("Error", "|card declined|", 2),
            ("Failure Code", "0|51|00", 2),
            ("failedAt", "|2026-06-09 10:00|", 2),
            ("Fehlermeldung", "kein Fehler|Karte abgelehnt|kein Fehler", 2),
            ("Code d'erreur", "|12|", 2),
            ("mensaje de error", "|Tarjeta sin fondos|", 2),
            ("エラー", "|E12|", 2),
        ),
    ),
    "a flag that says in another language what was undone": (
        "'{}' 1 row (20.00)",
        (
            ("Hyvitetty", "Ei|Kyllä|Ei", 2),
            ("Makulerad", "Nej|Ja|Nej", 2),
            ("Geannuleerd", "nee|ja|nee", 2),
            ("Stornat", "nu|da|nu", 2),
            ("Sztornózott", "nem|igen|nem", 2),
            ("Vráceno", "ne|ano|ne", 2),
            ("İade edildi", "Hayır|Evet|Hayır", 2),
            ("Đã hủy", "Không|Có|Không", 2),
            ("Пометка удаления", "Нет|Да|Нет", 2),
            ("Проведен", "Да|Нет|Да", 2),
            ("Повернення", "ні|так|ні", 2),
            ("是否退款", "否|是|否", 2),
            ("返金", "無|有|なし", 2),
            ("취소 여부", "아니오|예|아니오", 2),
            ("ملغي", "لا|نعم|لا", 2),
            ("退款", "未退款|已退款|", 2),
            ("Hyvitys", "|Hyvitetty|", 2),
        ),
    ),
    "an amount or a moment of what was undone, in another language": (
        "(filled) 1 row (20.00)",
        (
            ("Сумма возврата", "0 руб|12,00 руб|", 2),
            ("返金額", "0円|1200円|0円", 2),
            ("İade tutarı", "0,00 TL|12,00 TL|yok", 2),
            ("Valor do reembolso", "R$ 0,00|R$ 12,00|R$0,00", 2),
            ("Kwota zwrotu", "0,00 zł|12,00 zł|brak", 2),
            ("İptal tarihi", "|04.06.2026|yok", 2),
            ("취소일", "|2026-06-04|없음", 2),
            ("Дата возврата", "01.01.0001 0:00:00|04.06.2026 10:00:00|", 2),
            ("Återbetalningsdatum", "|2026-06-04|ingen", 2),
        ),
    ),
    "a part that went back, who undid a row, and other words of exports": (
        "1 row (20.00)",
        (
            ("Partial Refunds", "$0.00|-$5.00|$0.00", 2),
            ("Fully Refunded?", "No|Yes|No", 2),
            ("Refunds & Returns", "0|12|0", 2),
            ("Returns", "0|-12.00|0", 2),
            ("Credited Amount", "0.00|12.00|0.00", 2),
            ("Write-off", "|12.00|", 2),
            ("Refund Type", "|Full|", 2),
            ("Refund No.", "|77|", 2),
            ("Cancelled By", "|ann|", 2),
            ("Reversed with", "|180001|", 2),
            ("Stornierte Fakturanummer", "|9001|", 2),
            ("cb_flag", "0|1|0", 2),
            ("XNEGP", "|X|", 2),
            ("Posting", "Yes|No|Yes", 2),
            ("amended", "false|true|false", 2),
            ("Negative", "no|yes|no", 2),
        ),
    ),
    "a state of a refund, which is none of the sale": (
        "may be no revenue: '{}' 1 row (20.00)",
        (
            ("Refund status", "|Completed|", 2),
            ("Refund", "|Processed|", 2),
            ("Return Status", "None|Approved|None", 2),
            ("Chargeback state", "no chargeback|lost|", 2),
            ("退款状态", "无退款|退款成功|无退款", 2),
            ("Статус возврата", "нет|Выполнен|нет", 2),
        ),
    ),
    "a side of an account, in another language": (
        "of these the program does not know what they say",
        (
            ("Wn/Ma", "Wn|Ma|Wn", 2),
            ("Дт/Кт", "Кт|Дт|Кт", 2),
            ("借方/貸方", "貸方|借方|貸方", 2),
            ("D/A", "A|D|A", 2),
            ("Debet och kredit", "D|K|D", 2),
            ("Auswirkung auf Guthaben", "Haben|Soll|Haben", 2),
        ),
    ),
    "a flag of few letters": (
        "1 row (20.00)",
        (
            ("is_scrub", "0|1|0", 2),
            ("dupe", "N|Y|N", 2),
            ("isNonpayable", "false|true|false", 2),
            ("bounced", "0|1|0", 2),
        ),
    ),
    "a word of revenue turned around": (
        "1 row (20.00)",
        (
            ("delivery_status", "delivered|undelivered|delivered", 2),
            ("Status", "betaald|onbetaald|betaald", 2),
            ("статус", "оплачено|неоплачено|оплачено", 2),
            ("Order status", "settled|unsettled|settled", 2),
        ),
    ),
    "whether it went well": (
        "1 row (20.00)",
        (
            ("success", "true|false|true", 2),
            ("is_success", "1|0|1", 2),
            ("Successful", "S|F|S", 2),
            ("оплачено", "да|нет|да", 2),
        ),
    ),
    "what is held, decided, or a version that is over": (
        "1 row (20.00)",
        (
            ("on_hold", "0|1|0", 2),
            ("Hold", "N|Y|N", 2),
            ("Decision", "keep|scrub|keep", 2),
            ("_change_type", "insert|delete|insert", 2),
            ("is_current", "true|false|true", 2),
        ),
    ),
    "a word of a sale beside one that undoes it, whatever the column is called": (
        "1 row (20.00)",
        (
            ("stage", "won|refunded|won", 2),
            ("delivery", "shipped|rejected|shipped", 2),
            ("Order", "sold|cancelled|sold", 2),
            ("Transaction", "billed|void|invoiced", 2),
            ("Payment", "paid|chargeback|paid", 2),
        ),
    ),
    "currencies in a column": (
        "several currencies",
        (
            ("currency", "USD|EUR|USD", 2),
            ("Währung", "€|$|€", 2),
            ("ccy", "SEK|NOK|SEK", 2),
        ),
    ),
    "a currency that is missing beside others": (
        "in a currency that nobody tells",
        (
            ("currency", "EUR||EUR", 2),
            ("Currency Code", "840|n/a|840", 2),
            ("Moneda", "MXN|-|MXN", 2),
        ),
    ),
    "a quantity or an amount below zero": (
        "1 row may take revenue back",
        (
            ("quantity", "1|-1|2", 2),
            ("Sale Amount", "$40.00|($40.00)|$50.00", 2),
            ("# of Items", "1|-2|3", 2),
            ("Factor", "1|-1|1", 2),
        ),
    ),
    "nothing that was sold, a credit, the whole amount taken back": (
        "1 row may take revenue back",
        (
            ("Quantity", "1|0|2", 2),
            ("Sale Amount", "40.00|40.00 CR|50.00", 2),
            ("Adjustment", "0.00|-20.00|", 2),
            ("Adjusted Payout", "|0|", 2),
            ("Corrected amount", "9.00|0.00|30.00", 2),
        ),
    ),
}

# kind: three columns that ask nothing
SILENT: dict[str, tuple[tuple[str, str], ...]] = {
    "a step or a class of something else": (
        ("Stage", "Main|Acoustic|Main"),
        ("Lifecycle stage", "customer|subscriber|customer"),
        ("Stage", "1|2|3"),
        ("Class", "A|B|A"),
        ("Fare class", "CM|INV|CM"),
        ("Won", "12,000|9,000|12,000"),
        ("Stage", "Closed Won|Closed Won|Closed Won"),
    ),
    "states that all are revenue": (
        ("Status", "approved|locked|paid"),
        ("Zustand", "bezahlt|freigegeben|bezahlt"),
        ("Status", "Aprovado|Completo|Aprovado"),
    ),
    "what is no matter of money that went back": (
        ("Stornoschutz", "ja|nein|ja"),
        ("Widerrufsfrist", "14.07.2026|15.07.2026|16.07.2026"),
        ("Click type", "return|paid|organic"),
        ("Cancel by", "2026-07-01|2026-07-02|2026-07-03"),
        ("Refund type", "Full|Full|Full"),
        ("Gutschriftsnummer", "4711|4712|4713"),
        ("返品送料", "0|500|0"),
        ("是否支持退货", "是|否|是"),
        ("Återbetalning", "0 kr|0,00 kr|nej"),
        ("Peruttu", "Ei|ei|"),
        ("İade", "Hayır|hayır|yok"),
        ("Multiplier", "1|2|1.5"),
    ),
    "events for which networks pay": (
        ("Event Type", "lead|quote|test drive"),
        ("Type", "lead|claim|lead"),
        ("Rate type", "sale|non-refundable|nonrefundable"),
        ("Order type", "erstattbar|reembolsable|rimborsabile"),
        ("Type", "sale|remboursable|reembolsável"),
        ("Document Type", "RV|RV|"),
        ("Type", "sale|install|upsell"),
        ("Goal", "registration|deposit|first deposit"),
        ("Event", "signup|trial|subscription"),
        ("Type", "order|sale|renewal"),
        ("Type", "quote|lead|quote"),
        ("Event type", "quote|quote|quote"),
    ),
    "kinds that only sound like money that goes back": (
        ("Category", "Returns|Tax refund|Debt relief"),
        ("Product type", "Kreditnota|Credit memo|Hoodie"),
        ("Event", "page_view|refund policy viewed|signup"),
        ("Type", "Nonrefundable|Refundable|Flex"),
        ("Type", "Ring|Pendant|Returnable bottle"),
        ("Tipo", "Seguro|Tarjeta de crédito|Préstamo"),
        ("Source", "email|return-flow|paid"),
        ("Campaign", "Invoice|Refund|Summer"),
        ("Payment method", "Invoice|Card|Store credit"),
        ("Tip", "0.00|2.50|0"),
        ("Region", "OK|SC|CN"),
        ("Tipo", "sí|no|sí"),
        ("original", "A|B|A"),
    ),
    "kinds of documents that all are sales": (
        ("Type", "invoice|Sales invoice|Sales Receipt"),
        ("Type", "charge|payment|subscription"),
        ("Type", "purchase|purchase|purchase"),
        ("Belegart", "Rechnung|Barverkauf|Rechnung"),
        ("Type", "Website Payment|PreApproved Payment Bill User Payment|Express Checkout Payment"),
        ("Original invoice", "INV-1|INV-2|"),
    ),
    "numbers of one kind, or of who knows what": (
        ("Invoice Number", "INV-1001|INV-1002|R-7"),
        ("Invoice Number", "2026-1001|CN-1002|2026-1003"),
        ("id", "1001|1002|CR"),
        ("id", "CN-1|GS-2|re_3"),
        ("Source", "google|ch_promo|po_box"),
        ("Order number", "RE-1|CN-2|RE-3"),
        ("Order", "R-1001|R-1002|R-1003"),
        ("Order", "CR1001|US1002|CN1003"),
        ("Order ID", "A-1001|R-1002|1003-R1"),
        ("Order", "1001-CN|1002-DE|1003-CR"),
        ("Order", "RMA1|RMA2|RMA3"),
        ("SKU", "1001|1001-R1|RMA1001"),
        ("Order", "1001|CN-1002|1003"),
        ("Name", "Ruler 30|Ruler 30 cm|Ruler 20"),
        ("Reference", "1001|1001-2|1001-B"),
    ),
    "ways to pay, and what mails say": (
        ("Zahlungsart", "Rechnung|PayPal|Kreditkarte"),
        ("Payment type", "invoice|card|cash"),
        ("Email type", "invoice|reminder|welcome"),
    ),
    "states that mean the same": (
        ("Estado", "Pagada|Completada|Facturada"),
        ("Status", "paid|fully paid|Paid in full"),
        ("Status", "bezahlt|vollständig bezahlt|bezahlt"),
    ),
    "states of goods and people": (
        ("Fulfillment Status", "fulfilled||partial"),
        ("customer_status", "new|returning|existing"),
        ("emailStatus", "opened|delivered|"),
    ),
    "what a row was before": (
        ("previous_status", "lead||sale"),
        ("Old status", "A||B"),
        ("Vorheriger Status", "neu||x"),
    ),
    "changes, and amounts with their sides": (
        ("Adjustment", "0.00|-2.00|0.50"),
        ("Correction", "-1.00|-1.00|-1.00"),
        ("Adjusted Payout", "0|0|0"),
        ("Adjusted Payout", "10.00|19.00|"),
        ("Sale Amount", "40.00 DR|40.00 DR|50.00 DR"),
    ),
    "one currency that differs from that of no other amount": (
        ("Order Amount", "$40.00|$30.00|$50.00"),
        ("Payout", "40.00 EUR|30.00 EUR|5.00 EUR"),
        ("Currency", "USD|US$|USD"),
    ),
    "places and ways to pay": (
        ("State", "CA|NY|CA"),
        ("Payment", "visa|Credit card|paypal"),
        ("Lifecycle", "new|locked|extended"),
    ),
    "reasons of most rows, and notes": (
        ("Reason", "birthday|gift|"),
        ("Motif", "a|b|a"),
        ("Comment", "|gift wrap|"),
        ("Reason", "abandoned cart|win-back|birthday"),
        ("Reason", "not rejected|approved|gift"),
    ),
    "words in texts": (
        ("note", "rejected at first, then approved|pending review|"),
        ("product", "Void Filler|Cancel-It App|Test Kit"),
        ("campaign", "refund_cart|pending_cart|x"),
        ("Description", "Hoodie, refundable|Refund protection|Order 7, see our refund policy"),
        ("Notes", "refund asked for, and refused||"),
        ("Text", "Refund now: your order|Hi|Hi"),
    ),
    "errors that were none, and how large they are": (
        ("Error", "OK|success|no error"),
        ("Failure Code", "0|00|none"),
        ("Error rate", "0.1|0.2|0.1"),
        ("Message", "Your order|x|y"),
        ("Test message", "|A|B"),
        ("failed", "false|0|no"),
    ),
    "goods that wait beside such that left": (
        ("Fulfillment Status", "fulfilled|unfulfilled|"),
        ("Shipping status", "shipped|unshipped|shipped"),
        ("Scrubs", "blue|green|blue"),
    ),
    "words of a sale, and columns that are only called like a state": (
        ("stage", "won|shipped|sold"),
        ("hold", "phone|chair|x"),
        ("returns", "3|0|12"),
        ("Current", "yes|no|yes"),
        ("Success rate", "0.1|0.2|0.1"),
        ("Decision maker", "CEO|CTO|CEO"),
        ("delivery", "home|store|home"),
    ),
    "one currency": (("currency", "USD|usd| USD"), ("Devise", "€|€|€"), ("market", "EUR|EUR|EUR")),
}

# a title, and a text of one row among hundreds that differ
AMONG_MANY = (
    ("Type", "refund #199"),
    ("Description", "REFUND FOR CHARGE (order 99)"),
    ("Status", "Refunded"),
    ("Memo/Description", "Voided"),
    ("Comment", "Returned order 5005"),
    ("Notes", "Refunded 12/6 (see ticket 5)"),
    ("Internal note", "cancelled by Ann"),
    ("Note", "Order cancelled by customer"),
    ("Memo", "VOID: INV-9"),
    ("Hinweis", "wurde zurückgebucht"),
)
CALM_AMONG_MANY = (
    ("Event", "refund policy viewed"),
    ("Type", "Refundable 7"),
    ("Campaign", "Refund"),
    ("Description", "Void fill air pillows"),
    ("Comment", "Cancel anytime"),
    ("Notes", "Please cancel if not in stock; refunds to the card"),
    ("Customer note", "Cancelled my last order; this is the new one"),
    ("Note", "Void fill please"),
)

# kind: the amounts of three rows, what is said, and how many are left by the option that is named
SIGNS = {
    "signs of several currencies": (("$24.99", "€149.00", "$1.00"), "several currencies", 2),
    "codes of several currencies": (("24.99 EUR", "24.99 PLN", "5 EUR"), "several currencies", 2),
    "names of several currencies": (("5 kr", "5 zł", "6 kr"), "several currencies", 2),
}

# kind: three lines below rows of 10.00, 20.00 and 30.00
TOTALS = {
    "the word where an id should be": ("Total,60.00,,", "Gesamtsumme,60.00,sale,x", "SUBTOTAL,30.00,,"),
    "a word of another language": (
        "Totalt,9.00,,",
        "Σύνολο,9.00,,",
        "Összesen,9.00,,",
        "Łącznie,9.00,,",
        "(all),9.00,,",
    ),
    "an amount that is the sum, without an id": (",60.00,,", ',"60.00",sale,', ",60,,all"),
}

# kind: three headers, with cells of messages, amounts and types below; the first two columns in their advice
HEADERS = {
    "of other languages": (
        ("Nachricht", "Betrag", "Typ"),
        ("Nachrichten-ID", "Umsatz netto", "Ereignis"),
        ("ID du message", "Montant", "Type d'événement"),
    ),
    "told by their cells": (("ref", "x1", "y"), ("affComments", "paid to us", "z"), ("SRC", "Val €", "what")),
}


# export: its header, three rows, the options of its advice in which something is to be chosen, and the first time
EXPORTS = {
    "Shopify": (
        "Name,Financial Status,Paid at,Currency,Shipping,Taxes,Total,Discount Amount,Created at,Refunded Amount,x",
        ("#1,paid,2026-06-01 10:05:00 +0200,USD,0.50,0.10,2.60,0.00,2026-06-01 10:00:00 +0200,0.00,",),
        {"Total"},
        {"Created at"},
        "2026-06-01T08:00:00Z",
    ),
    "Stripe": (
        "id,Created date (UTC),Amount,Currency,Converted Amount,Converted Currency,Fee,Status,Disputed Amount,x",
        (
            "ch_1,2026-06-01 10:00:00,20.00,eur,22.00,usd,0.88,Paid,0.00,",
            "ch_2,2026-06-02 10:00:00,30.00,gbp,42.00,usd,0.98,Paid,0.00,",
        ),
        {"Converted Amount", "Amount"},
        {"Created date (UTC)"},
        "2026-06-01T10:00:00Z",
    ),
    "Awin": (
        "ID,Transaction Date,Validation Date,Status,Sale Amount,Commission Amount,Surcharge,x",
        ("1,03/06/2026 10:00,,approved,9.00,1.50,0.00,", "2,15/06/2026 10:00,,approved,8.00,0.50,0.00,"),
        {"Commission Amount", "Sale Amount"},
        {"Transaction Date"},
        "2026-06-03T10:00:00Z",
    ),
    "PayPal": (
        "Date,Time,TimeZone,Status,Currency,Gross,Fee,Net,Sales Tax,Balance,x",
        ("06/15/2026,10:00:00,PDT,Completed,USD,20.00,-0.88,19.12,1.00,100.00,",),
        {"Gross", "Net"},
        {"Date+Time+TimeZone"},
        "2026-06-15T17:00:00Z",
    ),
    "Impact": (
        "Action Id,Status,Creation Date,Event Date,Locking Date,Sale Amount,Payout,Currency,Discount,Tax,x",
        ("1.1,APPROVED,2026-06-02T10:00:00Z,2026-06-01T10:00:00Z,2026-07-01T10:00:00Z,9.00,1.00,USD,0.00,0.10,",),
        {"Payout", "Sale Amount"},
        {"Creation Date", "Event Date"},
        "2026-06-01T10:00:00Z",
    ),
    "a shop in Germany": (
        "Bestellung,Bestelldatum,Lieferdatum,Gesamtbetrag inkl. MwSt,MwSt.,Versandkosten,Gebühr,x",
        ("1,15.06.2026 10:00,18.06.2026 08:00,24.99,4.00,3.50,0.50,",),
        {"Gesamtbetrag inkl. MwSt"},
        {"Bestelldatum"},
        "2026-06-15T10:00:00Z",
    ),
    "an API": (
        "charge,created,updated,value_cents_free,fee,x",
        ("1,1780308000,1780394400,20.00,0.50,",),
        {"value_cents_free"},
        {"created"},
        "2026-06-01T10:00:00Z",
    ),
}


def written(path: Path, title: str, cells: Sequence[str]) -> Path:
    lines = [f'tfb0raD{n},{n}0.00,sale,"{cell}"' for n, cell in enumerate(cells, 1)]
    path.write_text("\n".join([f"{BEGINNING},{title}", *lines]), "utf-8")
    return path


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_column_that_says_more_is_a_question(tmp_path: Path, kind: str) -> None:
    """With rows and money; `--where` takes what is revenue, `--ignore` all."""
    named, columns = QUESTIONS[kind]
    for title, cells, left in columns:
        file = written(tmp_path / "june.csv", title, cells.split("|"))
        found = heard(file)
        assert (found.exit_status, found.posted) == (2, 0), title
        assert named.format(cells.split("|")[1]) in found.said
        assert f"{title!r}" in found.said
        assert heard(file, where=found.options("--where")[:1]).posted == left, title
    assert heard(file, ignore=found.options("--ignore")[:1]).posted == 3


@pytest.mark.parametrize("kind", SILENT)
def test_a_column_that_says_nothing_more_asks_nothing(tmp_path: Path, kind: str) -> None:
    """It is named as unused, and that is all."""
    for title, cells in SILENT[kind]:
        found = heard(written(tmp_path / "june.csv", title, cells.split("|")))
        assert (found.posted, found.exit_status) == (3, 0), found.said
        assert found.said.startswith(f"june.csv: columns that are not used: {title}.")


@pytest.mark.parametrize(
    ("title", "text", "is_asked"), [*((*one, True) for one in AMONG_MANY), *((*one, False) for one in CALM_AMONG_MANY)]
)
def test_one_text_among_hundreds(tmp_path: Path, title: str, text: str, *, is_asked: bool) -> None:
    """A column of kinds that has too many for a few is no less one."""
    file = tmp_path / "june.csv"
    lines = [f"tfb0r{n:03},{n}.00,sale,{text if n == 598 else f'batch #{n}'}" for n in range(1, 603)]
    file.write_text("\n".join([f"{BEGINNING},{title}", *lines]), "utf-8")
    found = heard(file)
    assert found.posted == (0 if is_asked else 602), found.said
    if is_asked:
        assert f"first in june.csv row 598: {text!r} 1 row (598.00)" in found.said
        assert heard(file, where=found.options("--where")).posted == 601
        assert heard(file, ignore=found.options("--ignore")).posted == 602


@pytest.mark.parametrize("kind", SIGNS)
def test_amounts_that_show_several_currencies(tmp_path: Path, kind: str) -> None:
    """They would be summed as one."""
    amounts, named, left = SIGNS[kind]
    lines = [f"tfb0raD{n},{amount},sale" for n, amount in enumerate(amounts)]
    file = tmp_path / "june.csv"
    file.write_text("\n".join([BEGINNING, *lines]), "utf-8")
    found = heard(file)
    assert named in found.said
    assert heard(file, currency=found.options("--currency")[0]).posted == left
    assert heard(file, ignore=found.options("--ignore")).posted == 3


@pytest.mark.parametrize(
    ("currency", "cells"),
    [("EUR", ["$5", "$6", "7.00"]), ("sek", ["5 kr", "6 zł", "7"]), ("Euro", ["7 CAD", "€ 3", "£1"])],
)
def test_amounts_that_show_another_currency_than_a_column_says(tmp_path: Path, currency: str, cells: list[str]) -> None:
    """Column and sign cannot both be right; what has no sign, or one of both, says nothing against it."""
    file = tmp_path / "june.csv"
    lines = [f"tfb0raD{n},{cell},sale,{currency}" for n, cell in enumerate(cells)]
    file.write_text("\n".join([f"{BEGINNING},Currency", *lines]), "utf-8")
    found = heard(file)
    assert f"says {currency!r} of " in found.said
    assert "one of the two is wrong" in found.said
    assert heard(file, ignore=found.options("--ignore")).posted == 3


@pytest.mark.parametrize(
    ("title", "cells", "said"),
    [
        ("Revenue (USD)", ["€5", "€6", "€7"], "says 'USD' of 3 rows (18.00) whose amounts show €"),
        ("Betrag EUR", ["$5", "6", "7"], "says 'EUR' of 1 row (5.00) whose amounts show $"),
        ("amount_gbp", ["5 SEK", "£6", "7"], "says 'gbp' of 1 row (5.00) whose amounts show SEK"),
        ("Revenue (USD)", ["$5", "US$6", "7"], ""),
        ("Total in EUR/USD", ["€5", "€6", "€7"], ""),
        ("All sales", ["€5", "€6", "€7"], ""),
    ],
)
def test_amounts_that_show_another_currency_than_their_header(
    tmp_path: Path, title: str, cells: list[str], said: str
) -> None:
    """It names one currency; two of them, or other words, deny nothing."""
    file = tmp_path / "june.csv"
    lines = [f"tfb0raD{n},{cell},sale" for n, cell in enumerate(cells)]
    file.write_text("\n".join([f"message_id,{title},attribution_type", *lines]), "utf-8")
    found = heard(file, map={"revenue": title})
    assert said in found.said
    assert found.posted == (0 if said else 3)
    assert heard(file, map={"revenue": title}, ignore=(title,)).posted == 3


# header, cells of the columns between message and type, and which of them may be the revenue without a question
PAIRS = {
    "Stripe's payments": ("Amount,Currency,Converted Amount,Converted Currency", "5,eur,6,usd|7,gbp,9,usd", {2}),
    "Stripe's balance": (
        "gross,currency,customer_facing_amount,customer_facing_currency",
        "5,usd,4,eur|7,usd,6,gbp",
        {0},
    ),
    "what was sold, and what is paid for it": (
        "Sale Amount,Sale Currency,Payout,Payout Currency",
        "50,EUR,5.00,USD|70,GBP,7,USD",
        {2},
    ),
    "both in several": ("Amount,Currency,Converted Amount,Converted Currency", "5,eur,6,usd|7,gbp,9,eur", set()),
    "one of its own that is not everywhere": (
        "Amount,Currency,Paid Amount,Paid Currency",
        "5,eur,6,usd|7,gbp,9,",
        set(),
    ),
    "another that is of no other amount": ("Amount,Currency,Order Currency", "5,usd,eur|7,usd,gbp", set()),
    "one for all": ("Order Amount,Payout,Currency", "50,5,eur|70,7,usd", set()),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_an_amount_and_its_currency_go_together(tmp_path: Path, kind: str) -> None:
    """Where the revenue's own column says one currency of all rows, that of another amount says nothing."""
    header, cells, calm = PAIRS[kind]
    file = tmp_path / "june.csv"
    lines = [f"tfb0raD{n},{line},sale" for n, line in enumerate(cells.split("|"))]
    file.write_text("\n".join([f"message_id,{header},attribution_type", *lines]), "utf-8")
    for at, title in enumerate(header.split(",")):
        if "urrency" not in title:
            found = heard(file, map={"revenue": title})
            assert found.posted == (2 if at in calm else 0), (title, found.said)


@pytest.mark.parametrize("cells", ["$100|€90|$50", "100 USD|90 EUR|50 USD", "kr 100|£90|"])
def test_several_currencies_in_another_column_of_amounts(tmp_path: Path, cells: str) -> None:
    """They are a question where nothing tells the currency of the revenue."""
    file = written(tmp_path / "june.csv", "Order Amount", cells.split("|"))
    found = heard(file)
    assert "rows are in several currencies" in found.said
    assert heard(file, ignore=found.options("--ignore")).posted == 3


@pytest.mark.parametrize("cells", ["-1|-1|-1", "-1|-2|-1", "(1)|(1)|(3)"])
def test_quantities_that_are_all_below_zero(tmp_path: Path, cells: str) -> None:
    """Nothing else is below zero throughout because of how it is written."""
    file = written(tmp_path / "june.csv", "Quantity", cells.split("|"))
    assert "3 rows may take revenue back" in heard(file).said
    assert heard(file, ignore=("Quantity",)).posted == 3
    assert heard(written(file, "Sale Amount", cells.split("|"))).posted == 3


@pytest.mark.parametrize("kind", TOTALS)
def test_a_line_that_sums_up_others_is_in_no_sum(tmp_path: Path, kind: str) -> None:
    """Whatever else stands in it."""
    file = written(tmp_path / "june.csv", "note", ("", "", ""))
    rows = file.read_text("utf-8")
    for line in TOTALS[kind]:
        file.write_text(f"{rows}\n{line}\n", "utf-8")
        found = heard(file, expect_total="60.00")
        assert found.codes.get("total_row") == 1, line
        assert found.posted == 3


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_are_known(tmp_path: Path, kind: str) -> None:
    """The advice, followed as it is written, reads the file; a guess is never taken."""
    for header in HEADERS[kind]:
        file = tmp_path / "june.csv"
        cells = ("tfb0raDP,24.99,sale", "nv8QL5Yr,17.50,click", "kT93mQ0x,5.25,sale")
        file.write_text("\n".join([",".join(header), *cells]), "utf-8")
        found = heard(file)
        assert found.exit_status == 2
        maps = dict(one.split("=", 1) for one in found.options("--map"))
        assert heard(file, map=maps).posted == 3, header


@pytest.mark.parametrize("export", EXPORTS)
def test_one_refusal_tells_of_every_field(tmp_path: Path, export: str) -> None:
    """Times, too, with their format; no fee, tax or refund is offered as the revenue. Followed, the file is read."""
    header, lines, amounts, times, first = EXPORTS[export]
    file = tmp_path / "june.csv"
    rows = [f"{line}{message}" for line, message in zip(lines * 2, ("tfb0raDP", "nv8QL5Yr"), strict=False)]
    file.write_text("\n".join([header, *rows]), "utf-8")
    found = heard(file)
    maps = [one.split("=", 1) for one in found.options("--map")]
    assert {column for field, column in maps if field == "revenue"} == amounts
    assert {column for field, column in maps if field == "timestamp"} == times
    given = dict(maps) | {"message_id": "x"}
    del given["attribution_type"]
    formats = tuple(found.options("--timestamp-format")[:1])
    zone = "America/Los_Angeles" if "--timezone" in found.said else "UTC"
    read = heard(file, map=given, set={"attribution_type": "sale"}, timestamp_format=formats, timezone=zone)
    assert read.posted == 2, read.said
    assert read.column("timestamp")[0] == first


@pytest.mark.parametrize("first", ["tfb0raDP,24.99,sale,", "00012345,1e3,click,4521", 'aB_c-D12,"1,249.00",SALE,x'])
def test_a_first_line_that_is_data_is_no_header(tmp_path: Path, first: str) -> None:
    """It is never offered for `--map`; with the names of its columns it is a row."""
    file = tmp_path / "june.csv"
    file.write_text(f"{first}\nnv8QL5Yr,17.50,sale,4521\n", "utf-8")
    found = heard(file)
    assert "--columns" in found.said
    assert "--map" not in found.said
    assert heard(file, columns=("message_id", "revenue", "attribution_type", "offer_id")).posted == 2


def test_many_files_are_one_question_and_one_warning(tmp_path: Path) -> None:
    """A folder of daily exports does not say the same a hundred times; a currency for each file is two currencies."""
    files = []
    for n, (title, cell) in enumerate((("Invoice", "7"), ("Invoice", "8"), ("Invoice", "9"), ("Region", "x"))):
        files.append(written(tmp_path / f"{n}.csv", title, [cell]))
        files[-1].write_text(files[-1].read_text("utf-8").replace("tfb0raD1", f"tfb0raD{n}"), "utf-8")
    unused = "0.csv and 2 more: columns that are not used: Invoice.", "3.csv: columns that are not used: Region."
    assert heard(*files).said == "\n".join(unused)
    for file, currency in zip(files, ("USD", "EUR", "usd", "USD"), strict=True):
        written(file, "Currency", [currency])
    assert "'USD' 3 rows (30.00), 'EUR' 1 row (10.00)" in heard(*files).said
    assert heard(*files, where=("currency=eur",)).posted == 1
