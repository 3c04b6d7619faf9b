"""Names in scripts that part no words, or join others to them: `取消日`, `환불금액`, `是否退款`, `المبلغ المسترد`."""

from __future__ import annotations

import re

from importer.schema.guards.status.money_back import with_refunds
from importer.schema.guards.status.words import folded

_UNDONE = {
    "cancelled": (
        "取消 取り消し 取消し キャンセル 撤销 撤銷 作废 作廢 无效 無効 無效 删除 刪除 削除 却下 취소 무효 삭제 거절 "
        "반려 ยกเลิก โมฆะ रद्द निरस्त ملغية ملغاة ملغي ملغى إلغاء الغاء لغو ابطال محذوف מבוטל ביטול בוטל סטורנו"
    ),
    "refunded": "منسوخ مستردة مسترد مسترجع برگشت הוחזר מוחזר लौटाया",
}
_BESIDE = {
    "flag": "是否 有无 有無 标志 標誌 标记 標記 フラグ 여부 已经 已 済み 済 成功 완료 됨 ได้ แล้ว ال تم شده किया गया",
    "not": "没有 沒有 未 无 無 没 不 非 미 לא غير नहीं ไม่ได้",
    "partial": "部分 一部 全额 全額 全部 부분 전액",
    "amount": "金额 金額 总额 總額 额 額 금액 액 مبلغ סכום राशि จำนวนเงิน ยอดเงิน ยอด",
    "date": "日期 日時 日付 时间 時間 日 일자 일시 날짜 일 تاريخ تاریخ תאריך तिथि दिनांक วันที่",
    "reason": "原因 理由 사유 سبب סיבה סיבת कारण เหตุผล",
    "number": "笔数 筆數 单号 單號 编号 編號 番号 数量 數量 件数 数 번호 수량 رقم מספר संख्या เลขที่",
    "type": "类型 類型 種別 区分 유형 방식 方式",
    "order": "订单 訂單 注文 주문 交易 取引 거래 결제 支付 付款 売上 매출",
}
"""What stands beside these in such names."""


def _pattern(table: dict[str, str]) -> re.Pattern[str]:
    words = sorted((folded(word) for words in table.values() for word in words.split()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {folded(word): english for english, words in table.items() for word in words.split()}


_UNDONE_PATTERN, _BESIDE_PATTERN = _pattern(_UNDONE), _pattern(_BESIDE)
_ENGLISH = _by_word(_UNDONE) | _by_word(_BESIDE)


def in_english(name: str) -> str:
    """A folded name, with the English words for those that say in such scripts what was undone, and what of it."""
    told = _UNDONE_PATTERN.sub(_translated, with_refunds(name))
    return name if told == name else _BESIDE_PATTERN.sub(_translated, told)


def _translated(found: re.Match[str]) -> str:
    return f" {_ENGLISH[found[0]]} "
