"""How columns of the numbers of documents, payments and orders are called, in the languages of exports."""

from __future__ import annotations

import re
from functools import lru_cache

from importer.schema.columns import plain_words, without_accents


def _words(text: str) -> str:
    return "|".join(re.escape(without_accents(word.casefold())) for word in text.split())


_PAPERS = _words(
    "invoice invoices document documents doc journal transaction trans receipt angebot rechnung rechnungs beleg "
    "belegfeld buchungs buchungsbeleg vorgangs transaktions facture factures pièce factura facturas fattura fatura "
    "faktura fakturas faktury faktúra faktúry factuur documento documentos comprobante folio dokument dokumentu "
    "dokumentů dokumenta doklad dokladu bizonylat bizonylati számla számlák bilag verifikat verifikation tosite lasku "
    "laskun boekstuk arve dokumendi rēķina rēķins sąskaita sąskaitos račun računa belge evrak fiş dekont faktur "
    "transaktion transacción transação transazione transactie документ документа документу счет счета счёт рахунок "
    "рахунку накладная накладной накладна рачун рачуна фактура фактури фактуры παραστατικο παραστατικού τιμολόγιο "
    "τιμολογίου فاتورة الفاتورة المستند מסמך חשבונית चालान बिल"
)
_OF_PAPERS = _words("sales sale tax vat customer external ext posted")
_BY_NUMBER = _words("charge payment source txn trx re rg rech inv voucher bill memo entry posting slip nota note pago")
"""Columns so called may hold other things, where they are not called numbers."""
_ORDERS = _words(
    "order orders sale sales purchase bestellung bestell bestellungs auftrag auftrags commande commandes pedido ordine "
    "ordini bestelling bestel zamówienie zamówienia objednávka objednávky rendelés tilaus tilauksen ordre beställning "
    "comandă comenzii sipariş pesanan encomenda narudžba narudžbe заказ заказа замовлення поръчка παραγγελία "
    "παραγγελίας"
)
_NUMBERS = _words(
    "number numbers num no nr nro id nummer nummern número numer číslo čísla szám száma sorszáma reference ref "
    "referenz referencia referência riferimento référence nomor nomer broj numurs numeris število šifra numarası "
    "numara număr številka номер № αριθμός رقم מספר संख्या"
)
_EASTERN_PAPERS = _words(
    "伝票 請求 請求書 请求書 領収 領収書 取引 单据 單據 単据 发票 發票 凭证 憑證 交易 流水 "
    "전표 송장 계산서 세금계산서 청구서 영수증 거래 문서"
)
_EASTERN_ORDERS = _words("注文 受注 订单 訂單 주문")
_EASTERN_NUMBERS = _words("番号 编号 編號 号 號 番號 号码 號碼 번호 no id")
"""They stand behind other words, often without a space."""
_IN_THAI = rf"{_words('เลขที่')}(?:{_words('ใบแจ้งหนี้ ใบกำกับภาษี ใบเสร็จ เอกสาร')})"
_BESIDE = re.compile(_words("de di d do da del della du des la le l el of the n en til av za o на"))

_ONE = rf"(?:(?:(?:{_OF_PAPERS})_)*(?:{_PAPERS})(?:(?:s|n|en|e)?(?:{_NUMBERS}))?|{_NUMBERS})"
_OF_DOCUMENTS = re.compile(
    rf"{_ONE}(?:_{_ONE})*|source|(?:{_BY_NUMBER})_?(?:{_NUMBERS})(?:_(?:{_NUMBERS}))*|(?:{_NUMBERS})_(?:{_BY_NUMBER})|"
    rf"(?:{_EASTERN_PAPERS})?_?(?:{_EASTERN_NUMBERS})|{_IN_THAI}|so_hoa_đon|so_chung_tu"
)
_OF_ORDERS = re.compile(
    rf"(?:{_ORDERS})(?:(?:s|n|_)?(?:{_NUMBERS}|name)(?:_(?:{_NUMBERS}))*)?|(?:{_NUMBERS})_(?:{_ORDERS})|name|so_don_hang|"
    rf"(?:{_EASTERN_ORDERS})_?(?:{_EASTERN_NUMBERS})?"
)
_OF_VOUCHERS = re.compile("voucher_(?:id|ref|reference)")
"""Which may be those with which a customer pays."""
_BETWEEN = re.compile(r"[\s_/°#:.,'’()\[\]&+-]+|[0-9]+")


@lru_cache(4096)
def may_number_documents(name: str) -> bool:
    """Whether a column has the numbers of documents, payments or orders, by its name."""
    plain = _plain(name)
    is_so = _OF_DOCUMENTS.fullmatch(plain) is not None and _OF_VOUCHERS.fullmatch(plain) is None
    return is_so or number_orders(name)


@lru_cache(4096)
def number_orders(name: str) -> bool:
    """Whether these are the numbers of orders."""
    return _OF_ORDERS.fullmatch(_plain(name)) is not None


def _plain(name: str) -> str:
    """The words of a name but for those that only stand beside others: `Numéro de facture` is `numero_facture`."""
    words = [word for word in _BETWEEN.sub("_", plain_words(name)).split("_") if word]
    kept = [word for word in words if _BESIDE.fullmatch(word) is None]
    return "_".join(kept or words)
