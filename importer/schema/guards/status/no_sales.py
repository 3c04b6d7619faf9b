"""Kinds of lines that are no sale: what a provider keeps, moves or holds, what was only offered, and other papers."""

from __future__ import annotations

import re

from importer.schema.guards.status.words import folded, is_credit_note, is_negated, word_set

OFFERED = word_set(
    "estimate estimates quote quotes quotation quotations devis angebot angebote kostenvoranschlag presupuesto "
    "cotización cotizaciones offerte preventivo claim claims tarjous árajánlat προσφορά teklif penawaran 見積 見積書 "
    "報價 报价 报价单 견적 견적서 ใบเสนอราคา"
) | frozenset(map(folded, ("коммерческое предложение", "комерційна пропозиція", "báo giá", "عرض سعر", "הצעת מחיר")))
"""What may become a sale, or take one back; an event that is paid for, where leads are."""
_FEES = word_set("fee fees gebühr gebühren frais comisión comisiones")
_HELD = word_set("authorization authorisation")
_ENDINGS = re.compile(  # of words that are put together: `MerchantPayout`, `Servicegebühr`
    r"\w{3,}(?:payouts?|reversed|failed|deductions?|corrections?|corrected|adjustments?|transfers?|(?<!f)fees?|"
    r"gebuhr(?:en)?|auszahlung(?:en)?|umbuchung(?:en)?|authorization|authorisation)|(?:misc|payment)costs?"
)
_NO_SALES = word_set(
    "payout payouts auszahlung auszahlungen transfer transfers reserve reserves authorization authorisation auth "
    "preauth preauthorization topup expense expenses entgelt umbuchung umbuchungen lieferschein lieferscheine mahnung "
    "mahnungen zahlungserinnerung auftragsbestätigung auftragsbestätigungen eingangsrechnung eingangsrechnungen "
    "albarán accpay accpaycredit accreccredit hold holds authorised authorized paidout holdback holdbacks "
    "requestforinformation notificationoffraud"
) | frozenset(
    map(
        folded,
        (
            *("vendor credit", "delayed credit", "delayed charge", "bill payment", "bill credit", "purchase order"),
            *("purchase invoice", "purchase bill", "vendor invoice", "supplier invoice", "vendor bill"),
            *("vendor payment", "journal entry", "customer receipt", "sales overpayment", "sales prepayment"),
            *("delivery note", "packing slip", "bad debt", "spend money", "statement charge", "network cost"),
            *("reserve transaction", "connect collection transfer", "issuing authorization hold", "top up"),
            *("bon de commande", "bon de livraison", "facture fournisseur", "orden de compra", "factura de compra"),
            *("facture d'achat", "factura de proveedor", "outgoing transfer", "balance transfer", "balance reserve"),
            *("paid out", "opening balance", "closing balance", "other transaction", "invoice compensation"),
            *("request for information", "retrieval request", "shipping services", "shipping label"),
        ),
    )
)
_MAY_BE_SOLD = word_set(
    "transfer transfers reserve reserves hold holds auth authorised authorized topup expense expenses"
) | {"top up", "shipping services", "shipping label", "outgoing transfer"}
_PAPERS = re.compile(r"\bpro ?forma|\bfees? (?:fixed|percentage|variable)$|retrocharge|garantieantrag")
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
# Beside a sale of documents; elsewhere each of these may be another thing, as what is sold: a `Budget` tariff.
_OF_DOCUMENTS = {
    "not written, or written for a time to come": (
        "draft drafts forecast forecasts budget budgets budgeted planned projection projected projections scheduled "
        "entwurf entwürfe prognose planumsatz brouillon prévision prévisions borrador previsión rascunho previsão "
        "bozza previsione concept kladde utkast luonnos ennuste szkic prognoza koncept piszkozat ciornă чернова "
        "черновик план прогноз бюджет чернетка πρόχειρο taslak bütçe tahmin draf anggaran 下書き 仮売上 予算 計画 "
        "見込 見込み 草稿 預估 预估 预算 预测 计划 초안 예산 예상 مسودة ميزانية טיוטה תקציב پیش‌نویس मसौदा"
    ),
    "offered, where a word may also be a special offer": (
        "orçamento tilbud offert oferta ofertă wycena nabídka ponuka"
    ),
    "what was called off, refused or not paid, or is asked about": (
        "revoked rescinded withdrawn rollback undone annulled lost bounced abandoned inquiry enquiry edit edits "
        "edited uncollectible reimbursement reimbursements kulanz wandlung minderung ausbuchung abgebrochen "
        "annahmeverweigerung testbestellung reklamation reklamationen reklamacje offen uneinbringlich "
        "forderungsausfall rétractation échec litige irrécouvrable impagado retracto incobrable recesso insoluto "
        "herroeping afventer fortrydelse avbruten nekad väntande avslått angret avbestilt wycofane odmítnuto "
        "zamietnuté respins refuzat брак спор тест"
    ),
    "what is put right": (
        "adjust anpassung anpassungen berichtigung berichtigungen rettelse rättelse oikaisu korjaus corecție "
        "корректировка исправление коригування düzeltme koreksi 訂正 修正 更正 정정 تصحيح תיקון διόρθωση"
    ),
    "more than a word": (
        "rolled_back written_off write_down credit_applied quick_entry zálohová_faktura solde_initial "
        "report_à_nouveau saldo_inicial saldo_iniziale eröffnungssaldo beginsaldo начальное_сальдо điều_chỉnh "
        "ters_kayıt módosító_számla"
    ),
}
# By themselves: a `Sales commission` is what a network pays.
_ALONE = {
    "what is taken off, or given": (
        "rebate rebates allowance allowances discount discounts promotion promotions promo bonus commission "
        "commissions tax taxes vat rabatt skonto nachlass provision steuer bonifikation ristourne remise descuento "
        "desconto sconto korting accredito abono abonos odobrenje ťarchopis скидка знижка indirim diskon 値引 値引き "
        "割引 折扣 할인 خصم הנחה"
    ),
    "what is paid before, moved, kept or owed": (
        "deposit deposits prepayment prepayments anzahlung anzahlungen vorauszahlung acompte anticipo acconto "
        "aanbetaling voorschot adiantamento zaliczka záloha előleg díjbekérő аванс предоплата депозит 前受金 手付金 "
        "内金 定金 押金 预付款 선금 계약금 보증금 debt debts repay release uncollectible misc holding received "
        "retried change retained übertrag überträge anfangssaldo saldovortrag 期首残高 期初余额 기초잔액 "
        "liquidations verify verification"
    ),
}
_BESIDE = word_set("sale sales order orders invoice customer payment revenue sent new")


def _phrases(table: dict[str, str]) -> frozenset[str]:
    return frozenset(folded(word.replace("_", " ")) for words in table.values() for word in words.split())


_NONE, _NONE_ALONE = _phrases(_OF_DOCUMENTS), _phrases(_ALONE)


def is_no_sale(value: str) -> bool:
    """Whether a kind of line, folded, is no sale beside such as are."""
    last = value.rpartition(" ")[2]
    is_fee = (last in _FEES or last in _HELD or _ENDINGS.fullmatch(last) is not None) and not is_negated(value)
    is_listed = value in OFFERED or value in _NO_SALES or _PAPERS.search(value) is not None
    return is_fee or is_listed or _BETWEEN_ACCOUNTS.search(value) is not None


def is_no_sale_beside_any(value: str) -> bool:
    """Whether a kind of document is no sale even beside such as nobody knows: a fee or a transfer may be sold."""
    is_listed = value in _NO_SALES and value not in _MAY_BE_SOLD
    return is_listed or _BETWEEN_ACCOUNTS.search(value) is not None


def is_no_sale_alone(value: str) -> bool:
    """Whether such a kind is no sale even where the column has no other."""
    return is_no_sale(value) or value in _NEVER_SALES or is_credit_note(value)


def is_no_sale_of_documents(value: str) -> bool:
    """Whether a kind, folded, is none beside sales in a column of documents and bookings: `Draft`, `Sales forecast`."""
    words = re.findall(r"\w+", value)
    told = [word for word in words if word not in _BESIDE]
    return value in _NONE | _NONE_ALONE or (bool(told) and all(map(_NONE.__contains__, told)))
