"""States that are revenue in the languages of shops, and those that say so only beside others."""

from __future__ import annotations

import pytest

from importer.schema.guards.given_names import may_be_any_word
from importer.schema.guards.status import StatusGuard
from importer.schema.guards.status.names import Kind
from importer.schema.guards.status.senses import Sense
from importer.schema.guards.status.states import senses_of_states
from tests.schema.guarded import Rows, said

EARNED = (
    "Versendet|Expédiée|Enviado|Spedito|Toimitettu|Lähetetty|Wysłane|Zrealizowane|Zakończone|Odesláno|Vyřízeno|Doručeno|"
    "Fizetve|Teljesítve|Kiszállítva|Lezárva|Plătită|Finalizată|Livrată|Uplaćeno|Tamamlandı|Ödendi|Kargolandı|"
    "Teslim edildi|Оплачен|Выполнен|Доставлен|Завершен|Завершён|Πληρώθηκε|πληρωμένο|Ολοκληρώθηκε|Απεστάλη|支払済|"
    "発送済|完了|入金済み|已付款|已发货|已完成|交易成功|배송완료|구매확정|مدفوع|مكتمل|تم التوصيل|ชำระแล้ว|จัดส่งแล้ว|สำเร็จ|"
    "Đã thanh toán|Hoàn thành|Đã giao|wc-completed"
)
CALLED_OFF = "Annulée|Törölt|Аннулирован|Скасовано|Ακυρώθηκε|Reddedildi|Dibatalkan|Anuliuota|Onbetaald|Neplaceno"


def test_states_in_the_languages_of_shops() -> None:
    values = [value.lower() for value in EARNED.split("|")]
    assert senses_of_states(values, "Status", Kind.STATUS, frozenset()) == dict.fromkeys(values, Sense.EARNED)
    values = [value.lower() for value in CALLED_OFF.split("|")]
    assert Sense.EARNED not in senses_of_states(values, "Status", Kind.STATUS, frozenset()).values()


@pytest.mark.parametrize(
    ("name", "values", "are_good"),
    [
        ("Order status", "completed|processing", True),
        ("Status", "wc-completed|wc-processing", True),
        ("Payment status", "paid|in payment", True),
        ("Action Status", "new|locked|extended|closed", True),
        ("Action Status", "new|locked|extended|corrected", False),
        ("Status", "paid|processing", False),
        ("Payment status", "completed|processing", False),
        ("Status", "processing", False),
        ("Status", "new|closed", False),
        ("Status", "new|extended|closed|approved", False),
        ("Status", "approved|in payment", False),
    ],
)
def test_states_that_say_so_beside_others(name: str, values: str, *, are_good: bool) -> None:
    """The others tell whose states they are: a payment that is processed is not made yet."""
    senses = senses_of_states(values.split("|"), name, Kind.STATUS, frozenset())
    assert (set(senses.values()) == {Sense.EARNED}) is are_good, senses


@pytest.mark.parametrize(
    ("cells", "option"),
    [
        (
            "fulfilled|unfulfilled|restocked|",
            "'Fulfillment Status=,fulfilled,unfulfilled' takes only the rows that are",
        ),
        ("fulfilled|wobbly|restocked", "'Fulfillment Status=fulfilled' takes only the rows that are revenue (add to"),
    ],
)
def test_goods_that_are_still_to_be_sent_are_sold(cells: str, option: str) -> None:
    """Those that came back are left out, and no others; of a word that nobody knows a person must say what it is."""
    rows = [f"{n}|{cell}" for n, cell in enumerate(cells.split("|"), 1)]
    (sentence,) = said(StatusGuard(frozenset()), Rows("june.csv", "Amount|Fulfillment Status", rows))
    assert f"--where {option}" in sentence


@pytest.mark.parametrize(
    ("title", "cells", "is_asked"),
    [
        ("utm_campaign", "refund|refund", False),
        ("Last Name", "Void|Storno", False),
        ("sub2", "refund|refund", False),
        ("Product", "Refund|Refund", False),
        ("Buyer username", "void|void", False),
        ("Promo Code", "REFUND5|REFUND5", False),
        ("Brand", "Void|sale", True),
        ("x7", "refund|refund", True),
        ("Type", "refund|refund", True),
        ("Origin", "recurring|line_item_refund", True),
        ("Origin", "recurring|write_off", True),
        ("Origin", "api|refunded_externally|hosted_page", True),
        ("Origin", "api|recurring|hosted_page", False),
        ("Team", "Real Madrid|Target FC", False),
        ("Adjustment", "|Item Returned", True),
    ],
)
def test_a_name_that_all_rows_have_says_nothing(title: str, cells: str, *, is_asked: bool) -> None:
    """Of people, goods and campaigns; what says of some rows that others are sales is heard there, too."""
    rows = [f"{n}|{cell}" for n, cell in enumerate(cells.split("|"), 1)]
    assert bool(said(StatusGuard(frozenset()), Rows("june.csv", f"Amount|{title}", rows))) is is_asked


@pytest.mark.parametrize(
    ("titles", "are_so"),
    [
        ("Campaign|First Name|customer_name|Nachname|City|aff_sub2|epi|Token 1|Referrer|Username|Фамилия", True),
        ("Type|Status|Origin|x7|Kind|Customer type|Source type|subtotal|sidebar", False),
    ],
)
def test_columns_whose_cells_may_be_any_word(titles: str, *, are_so: bool) -> None:
    assert {title for title in titles.split("|") if may_be_any_word(title) is not are_so} == set()
