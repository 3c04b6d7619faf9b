"""Numbers of documents, payments and orders: which ones say that they number no sale, and which never do."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.schema.guards.numbers import DocumentNumbers, may_number_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = {
    "numbers of documents and payments": (
        "Invoice No|Doc No.|Voucher No|Document Number|External Document No.|Tax Invoice No|"
        "Invoice #|invoice.number|No.|Reference Number|Transaction|txn_id|Charge ID|id|Source|"
        "Belegfeld 1|Rechnungs-Nr.|Belegnummer|Angebot/Rechnung|Numéro de facture|N° de pièce|"
        "Nº Factura|N.º do documento|Numero documento|Factuurnummer|Nr faktury|Faktura nr|"
        "Číslo dokladu|Számlaszám|Laskun numero|Bilagsnummer|Număr factură|Broj računa|"
        "Fatura Numarası|Номер документа|№ документа|Αριθμός παραστατικού|رقم الفاتورة|מספר חשבונית|"
        "伝票番号|单据编号|發票號碼|전표번호|เลขที่ใบแจ้งหนี้|Số hóa đơn"
    ),
    "numbers of orders": (
        "Order|Order #|Order Name|Name|Bestellnummer|Numéro de commande|Nº pedido|Nr zamówienia|"
        "Tilausnumero|Sipariş No|Номер заказа|注文番号|订单编号|주문번호"
    ),
}
NO_NAMES = (
    "SKU|Item No|Customer No|Customer ID|Click ID|Voucher|Voucher Code|Voucher ID|VAT number|Tax No|"
    "Phone number|Coupon|Order date|Invoice amount|Order source|Sales rep|Payment|Memo|Card number|"
    "Serial number|PO Number|Room No"
)


def test_names_of_columns_of_numbers() -> None:
    wrong = [name for names in NAMES.values() for name in names.split("|") if not may_number_documents(name)]
    assert (wrong, [name for name in NO_NAMES.split("|") if may_number_documents(name)]) == ([], [])


def asked_about(name: str, *parts: Sequence[str | None]) -> list[str]:
    """The numbers that are asked about, in batches of a file."""
    numbers = DocumentNumbers(name)
    for cells in parts:
        rows = pl.DataFrame(
            {"row": range(1, len(cells) + 1), "amount": ["1.00"] * len(cells)},
            schema_overrides={"row": pl.UInt32, "amount": pl.Decimal(38, 2)},
        )
        numbers.look("june.csv", rows, pl.Series(cells, dtype=pl.String))
    found = [*numbers.verdict()]
    return [cell for cells in parts for cell in cells if cell and found and f"{cell!r} " in found[0]]


def month(number: str, other: str = "", size: int = 40) -> list[str]:
    """Numbers written so, from 1001 on, and another one among them."""
    cells = [number.format(1001 + at) for at in range(size)]
    return [*cells[: size // 2], *([other] if other else []), *cells[size // 2 :]]


ASKED = (
    (
        "Invoice No|{}",
        (
            "1001 VOID|Cancelled 1001|1001 (refund)|1001_REFUND|RET1001|1001-RTN|1001R|1001-C|R1001|"
            "CN-1|Credit memo for 7|Pro forma 7|Draft|Quote 7|Storno 7|Avoir-7|Abono 7|Devolución 7|"
            "Nota di credito 7|RESO-7|Zwrot 7|KOREKTA/7|dobropis7|SZTORNO-7|HYVITYS-7|Kreditnota 7|"
            "Retur-7|İADE-7|IPTAL 7|Возврат 7|СТОРНО-7|Повернення 7|отменен 7|退款7|退-7|返品7|赤伝7|"
            "赤7|환불-7|취소 7|คืนเงิน 7|استرداد 7|החזר 7|Επιστροφή 7|Estorno 7|Annulé 7|"
            "Geannuleerd 7|Anulowano 7|Zrušeno 7|Makulerad 7|Peruttu 7|Törölve 7|Anulat 7|Otkazano 7|"
            "batal 7|Hoàn tiền 7"
        ),
    ),
    (
        "Invoice|INV-{}",
        "INV-1001-VOID|INVCN-7|RINV-7|INV-CR-7|C-1001|R-1001|INV-1001C|INV-1001-C|SC-7|PCR-7|QU-7|PF-7|TEST-7|CXL-7",
    ),
    ("Document|SIN-{}", "SCN-7|SCR-7|SR-7"),
    ("Voucher No|SI/26/{}", "CN/26/7|CDN/26/7"),
    ("No.|PS-INV{}", "PS-CR1001"),
    ("Reference|ACC-SINV-2026-{}", "ACC-SINV-RET-2026-00001"),
    ("Receipt|ABCD{}-SALE", "ABCD7-RFND|ABCD7-CGBK"),
    ("Belegfeld 1|RE-2026-{}", "GU-2026-7|GS-7|SR-2026-7|RK-7|AN-2026-7|AB-2026-7|Gutschrift 7|STORNO-RE-2026-1001"),
    ("N° facture|FA2026{}", "AV20267|AVOIR7|DEV20267|A20267"),
    ("Nº Factura|F-2026-{}", "R-2026-7|NC-7|AB-2026-7|RECT-7|A-2026-7"),
    ("Factuur|VF{}", "CF7|CR-2026-7|CREDIT7"),
    ("Nr faktury|FV/{}/2026", "KFS/1/2026|FKS/1/2026|ZW/1/2026|KOR FV/1001/2026"),
    ("Doklad|FV2026{}", "D20267|OD20267|DOB7"),
    ("Számla|SZ-2026-{}", "SZT-2026-7|JOV-7"),
    ("Lasku|L-{}", "HL-7|H-7"),
    ("Faktura|FAK-{}", "KN-7|KRE-7"),
    ("Fatura No|FAT2026{}", "IAD20267|IADE7"),
    ("Номер|РН-{}", "ВЗ-7|ВОЗ-7"),
    ("单据编号|XS{}", "TH7|XSTH7|TK7"),
    ("Order Number|#{}", "#1001-CANCELLED|#1001R|#1001-C|#RMA7|RET-7|#7-CXL"),
    ("Order ID|ORD-{}", "RFND-7|REF-7|ORD-1001-RET|TEST-7"),
    ("Payment ID|PM000{}", "RF0007"),
    ("Transaction|TRX-{}", "REF-7|VOID-7|TRX-1001-REV"),
)


@pytest.mark.parametrize(("column", "others"), ASKED)
def test_a_number_of_no_sale(column: str, others: str) -> None:
    """One of them among forty is asked about, and nothing else."""
    name, _, number = column.partition("|")
    found = {other: asked_about(name, month(number, other)) for other in others.split("|")}
    assert found == {other: [other] for other in found}


def test_a_number_of_no_sale_among_texts_and_in_other_batches() -> None:
    people = ("Ito", "Lee", "Khan", "Novak", "Rossi", "Silva", "Kim", "Ek", "Berg", "Roth", "Sato", "Bauer", "Moreau")
    texts = [f"Order {1000 + at} {who}" for at, who in enumerate(people * 2)]
    for other in ("Reversal of 1007 for Kim", "REFUND 1001 Lee", "Credit note 7 Roth", "İade 7 Berg"):
        assert asked_about("Reference", [*texts, other]) == [other]
    assert asked_about("Invoice", ["CN-1", "CN-2"], ["INV-1", "INV-2"], ["CN-3"]) == ["CN-1", "CN-2", "CN-3"]
    assert asked_about("Invoice", [None] * 40, month("INV-{}", "CN-7")) == ["CN-7"]
    assert asked_about("Invoice", [f"CN-{at}" for at in range(250)] + month("INV-{}", size=5_000))[:2] == [
        "CN-0",
        "CN-1",
    ]


def test_ids_of_refunds_beside_those_of_payments() -> None:
    for payment, refund in (("tr_", "re_"), ("pay_", "rfnd_"), ("txn_01h", "adj_01h"), ("pi_3", "re_3")):
        assert asked_about("Payment ID", month(payment + "{}aB", f"{refund}7Qx")) == [f"{refund}7Qx"]
    assert asked_about("id", ["re_1Ab", "re_2cr"], ["ch_3x", "ch_4y"], ["re_5"]) == ["re_1Ab", "re_2cr", "re_5"]
    assert asked_about("id", ["re_1Ab", "re_2cr"]) == []


SILENT = {
    "all numbers begin so": ("Invoice|CR-{}", "Facture|AV-{}", "Order|R-{}", "Order|RMA{}", "Order|VOID-{}", "No|{}-R"),
    "they say nothing": ("Invoice No|2026/Q2/{}", "Order|EU-2026-{}", "Reference|Order {}", "Order|STORE-{}"),
}
SHOPS = (
    ("Invoice No", "A-{} B-{} C-{} R-{}"),
    ("Order No", "DE-{} FR-{} CN-{} CR-{} US-{}"),
    ("Order", "{} {}-CN {}-DE"),
    ("Order Number", "#{} #{}-R #{}-B #{}-A"),
    ("Order Number", "#{0} #{0}-A #{0}-B #{0}-C"),
    ("Invoice Number", "INV-{} SR-{} RE-{} CS-{}"),
    ("Rechnungsnummer", "RE-{} RE-{} RE-{} AR-{} SR-{} TR-{}"),
    ("Rechnungsnummer", "RE-{} RE-{} MUC-{} HH-{} ABO-{}"),
    ("Reference", "Order {}|INV-{}|Credit card {}"),
    ("Transaction", "TRX-{} PAY-{} POS-{}"),
)


def test_numbers_of_sales() -> None:
    for column in (column for columns in SILENT.values() for column in columns):
        name, _, number = column.partition("|")
        assert asked_about(name, month(number)) == [], column
    for name, numbers in SHOPS:
        forms = numbers.split("|") if "|" in numbers else numbers.split()
        cells = [forms[at % len(forms)].format(1001 + at // (len(forms) if "0" in numbers else 1)) for at in range(60)]
        assert asked_about(name, cells) == [], numbers


CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TENS = "0123456789"
RANDOM: dict[str, Callable[[Callable[[str, int], str]], str]] = {
    "base 36": lambda some: some(TENS + CAPITALS, 8),
    "short base 36": lambda some: some(TENS + CAPITALS, 4),
    "base 62 behind a prefix": lambda some: f"in_{some(TENS + CAPITALS + CAPITALS.lower(), 20)}",
    "ids of refunds by themselves": lambda some: f"re_{some(TENS + CAPITALS + CAPITALS.lower(), 16)}",
    "hexadecimal": lambda some: some("0123456789abcdef", 24),
    "short hexadecimal": lambda some: some("0123456789ABCDEF", 6),
    "UUID": lambda some: "-".join(some("0123456789abcdef", size) for size in (8, 4, 4, 4, 12)),
    "groups of four": lambda some: "-".join(some(TENS + CAPITALS, 4) for _ in range(4)),
    "groups of three": lambda some: f"{some(CAPITALS, 3)}-{some(TENS, 3)}",
    "two letters and a number": lambda some: some(CAPITALS, 2) + some(TENS, 4),
    "a letter behind": lambda some: some(TENS, 4) + some(CAPITALS, 1),
    "random behind an invoice": lambda some: f"INV-{some(TENS + CAPITALS, 6)}",
}


def test_random_numbers_never_say_so() -> None:
    """In a thousand months of each kind nothing was asked; here are some of them."""
    chance = random.Random(20260601)

    def some(letters: str, size: int) -> str:
        return "".join(chance.choices(letters, k=size))

    for at in range(220):
        kind, number = [*RANDOM.items()][at % len(RANDOM)]
        name = ("Transaction ID", "Order ID", "Invoice Number", "Reference")[at % 4]
        cells = [number(some) for _ in range((5, 40, 200)[at % 3])]
        assert asked_about(name, cells) == [], (kind, cells[:3])
