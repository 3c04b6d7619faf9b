"""How networks and shops call the state of a row, in the languages of their exports; without accents, as compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from importer.schema.guards.status.undone import is_undone, says_what_can_be

if TYPE_CHECKING:
    from collections.abc import Collection

_APART = re.compile(r"[\s_-]+")


def folded(value: str) -> str:
    """A value as words are looked up: `On_Hold` is `on hold`, and `validé` is `valide`; Korean syllables stay whole."""
    split = unicodedata.normalize("NFKD", value.casefold())
    plain = unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))
    return _APART.sub(" ", plain).strip()


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as they are looked up."""
    return frozenset(folded(word) for word in text.split())


_PHRASES = (
    "closed lost",
    *("not approved", "non approved", "un approved", "not valid", "charge back", "charged back", "partially refunded"),
    *("partial refund", "on hold", "awaiting approval", "under review", "in review", "pending approval", "claw back"),
    *("paid back", "payed back", "money back", "given back", "sent back"),
    *("in progress", "in process", "in dispute", "credit note", "in bearbeitung", "in prüfung", "nicht bestätigt"),
    *("en attente", "en cours", "non validé", "non validée", "no válido", "no aprobado", "en espera", "não aprovado"),
    *("em análise", "in attesa", "in sospeso", "non valido", "in behandeling", "niet goedgekeurd", "w trakcie"),
)
_NO_REVENUE = (
    "rejected reject declined decline denied disapproved unapproved reversed reversal reverted refunded refund "
    "chargeback chargebacks clawback void voided cancelled canceled cancellation invalid invalidated pending "
    "unconfirmed unverified fraud fraudulent disputed scrubbed trashed abgelehnt storniert storno stornierung "
    "erstattet erstattung rückerstattet rückerstattung zurückerstattet gutschrift ausstehend schwebend ungültig "
    "ungueltig zurückgewiesen widerrufen rückbuchung rücklastschrift annulliert unbestätigt gelöscht refusé "
    "refusée rejeté rejetée annulé annulée annulation remboursé remboursée remboursement invalide invalidé "
    "contesté impayé rechazado rechazada anulado anulada reembolsado reembolsada reembolso devolución pendiente "
    "inválido inválida denegado denegada cancelado cancelada rejeitado rejeitada recusado recusada estornado "
    "estornada estorno devolução pendente negado negada rifiutato rifiutata respinto respinta annullato annullata "
    "stornato stornata rimborsato rimborsata rimborso cancellato cancellata afgewezen afgekeurd geweigerd "
    "geannuleerd terugbetaald teruggedraaid ongeldig openstaand odrzucona odrzucony odrzucone anulowana anulowany "
    "closedlost verloren perdu perdue perdido perdida perso persa "
    "anulowane oczekująca oczekujący zwrócona zwrot avvisad avvist afvist annullerad annulleret återbetald "
    "refunderet refundert zamítnuto zrušeno unpaid "
    "거절 거절됨 거부 반려 취소 취소됨 취소완료 환불 환불완료 무효 보류 대기 승인대기 미승인 반품 실패"
)
NO_REVENUE = word_set(_NO_REVENUE) | {*map(folded, _PHRASES)}
"""A row in such a state is none that counts, or none yet."""

_STEMS = (
    "reject declin denied denial disapprov unapprov revers revert refund chargeback clawback voided cancel invalid "
    "pend unconfirm fraud disput scrub trash unverif unvalid unpaid error erron duplic delet remov expir restock "
    "reimburs stall rfnd cgbk insf cncl rvrs rjct aguard fail block disqualif unqualif suspen suspect await waiting "
    "abandon uncollect overdue refus undeliver abgelehn abgewies ablehn zurück erstatt rückerst rücker rückbuch "
    "rücklast rückgab gutschrift storn lösch gelösch geloesch ausstehend schweb ungültig ungueltig widerruf annul "
    "unbestätig prüfung retour abgelaufen fehlgeschl rejet rembours impaye contest litig supprim rechaz anulad "
    "reembols devol devuel deneg estorn rejeit recus negad expirad fallid rifiut respint rimbors scadut afgewez "
    "afgekeur geweiger geannul terugb terugg ongeldig openstaand odrzuc anulow oczekuj hylat zwrot zwroc rückzahl "
    "rechnungskorr rechnungsbericht korrekturrech teilgutschr retrofactur anulac contracarg rectificativ "
    "rettificativ avvis afvis återbetal refunder zamit zrus отклон отмен возвр ожид iptal iade beklem redded hyvity "
    "palaut peruut сторно 返金 返品 取消 キャンセル 返还 退款 退货 退貨 作废 作廢 환불 반품 취소 החזר זיכוי ביטול "
    "בוטל استرداد مرتجع إلغاء ملغ revok rescind nullif odottaa odottav hyljät keskeyt törölt törölve lemond elutasít "
    "érvénytelenít függőb anulir otkazan odbijen poništ zavrnjen reklamac аннул анулир анульов скасов відхил відмов "
    "отказ рекламац поништ одбијен очаква очіку просроч ακυρω απορριφ εκκρεμ reddedil dibatal ditolak tertunda "
    "anuliu atmest atšaukt atcelt noraid tühist tagasilük gekanselleer kanseller makuler"
)
_STEM = re.compile("|".join(sorted(map(re.escape, word_set(_STEMS)))))
_PARTS = (  # in scripts that part no words, or put others before them
    "无效 無效 拒绝 拒絕 拒否 取消 撤销 撤銷 关闭 關閉 保留 否認 却下 無効 失敗 失败 中止 취소 반송 보류 대기 거절 "
    "무효 실패 ยกเลิก ปฏิเสธ โมฆะ รอดำเนินการ รอชำระ अस्वीकृत निरस्त रद्द लंबित বাতিল مرفوض قيد_الانتظار معلق ابطال منسوخ "
    "נדחה ממתין מבוטל לא_אושר لغو từ_chối đã_hủy hủy_đơn chờ_xử_lý"
)
_PART = re.compile("|".join(re.escape(folded(part)) for part in _PARTS.split()) + "|^(?:待|未|仮)")
_WITHIN = re.compile("(?<!un)(?<!non)(?<!not)(?:refund|chargeback|gutschrift|storno|hyvitys)")  # SentForRefund
ONLY_IN_A_STATUS = word_set(
    "void hold held review failed failure return returns returned test tests testing draft drafts credit "
    "credits credited avoir spam bounced blacklisted offen reso devuelto geretourneerd open nok ko archived "
    "verloren perdu perdue perdido perdida perso persa lost inactive due owed owing expected required"
)
"""By themselves, without a column that is called a status, these may mean something else."""

_EARNED = (
    "closedwon gewonnen gagné gagnée ganado ganada vinto vinta "
    "approved approve confirmed accepted valid validated verified paid locked closed completed complete success "
    "successful succeeded live production settled converted payable cleared ok okay done bonus captured fulfilled "
    "finished finalized finalised delivered shipped dispatched sold won billed invoiced accredited acreditado "
    "acreditada bestätigt bestaetigt genehmigt freigegeben frei bezahlt gezahlt ausgezahlt ausbezahlt beglichen "
    "vergütet gültig akzeptiert abgeschlossen abgerechnet approuvé approuvée validé validée confirmé confirmée "
    "accepté acceptée payé payée réglé réglée encaissé aprobado aprobada confirmado confirmada aceptado aceptada "
    "validado validada pagado pagada completado aprovado aprovada aceito pago paga concluído approvato approvata "
    "confermato confermata accettato pagato pagata validato completato goedgekeurd bevestigd geaccepteerd betaald "
    "uitbetaald geldig completada concluida facturado facturada cobrado cobrada liquidado liquidada saldado saldada "
    "pagados pagadas complété complétée finalisé finalisée réussi réussie soldé soldée acquitté acquittée facturé "
    "facturée encaissée faturado faturada finalizzato finalizzata saldato saldata fatturato fatturata conclusi "
    "riuscito riuscita voldaan zatwierdzona zatwierdzony zatwierdzone zaakceptowana zaakceptowany potwierdzona "
    "opłacona zapłacone godkänd godkendt godkjent betalt betald bekräftad schváleno zaplaceno одобрено оплачено "
    "подтверждено onaylandı hyväksytty hyväksytyt maksettu erledigt zugestellt complet complète terminé terminée "
    "livré livrée completo completa terminado terminada finalizado finalizada entregado entregada concluída entregue "
    "completata concluso conclusa consegnato afgerond voltooid geleverd versendet versandt geliefert expédié "
    "expédiée envoyé envoyée enviado enviada spedito spedita consegnata verzonden skickad levererad slutförd afsendt "
    "leveret gennemført sendt levert fullført toimitettu lähetetty valmis suoritettu wysłane wysłano zrealizowane "
    "zrealizowano zakończone zakończono dostarczone dostarczono opłacone opłacono zapłacono odesláno vyřízeno "
    "doručeno dokončeno uhrazeno zaplatené uhradené odoslané doručené vybavené dokončené schválené fizetve kifizetve "
    "teljesítve kiszállítva lezárva jóváhagyva elfogadva plătit plătită achitat achitată livrat livrată finalizat "
    "finalizată aprobat aprobată încasat încasată expediat expediată plaćeno uplaćeno isporučeno završeno potvrđeno "
    "plačano plačana dostavljeno zaključeno apmokėta įvykdyta pristatyta apmaksāts izpildīts piegādāts tasutud "
    "makstud lõpetatud saadetud оплачен оплачена оплачены выполнен выполнена выполнено доставлен доставлена "
    "доставлено завершен завершена завершено подтвержден подтверждена одобрен одобрена отгружен отгружено отправлен "
    "отправлено проведен исполнен исполнено сплачено виконано доставлено підтверджено схвалено відправлено отримано "
    "платена платено изпълнена завършена доставена потвърдена изпратена плаћено испоручено завршено πληρωμένο "
    "πληρωμένη πληρωμένος πληρώθηκε εξοφλημένο ολοκληρώθηκε ολοκληρωμένο ολοκληρωμένη απεστάλη παραδόθηκε εγκρίθηκε "
    "ödendi tamamlandı kargolandı gönderildi lunas dibayar selesai dikirim terkirim disetujui berhasil 支払済 "
    "支払済み 支払い済み 支払完了 入金済 入金済み 決済完了 発送済 発送済み 出荷済 出荷済み 配達完了 完了 取引完了 "
    "承認済 承認済み 已付款 已支付 已付 支付成功 付款成功 交易成功 交易完成 已发货 已發貨 已出货 已出貨 已收货 "
    "已签收 已簽收 已送达 已完成 已结算 已結算 已确认 已確認 已批准 已审核 完成 成功 승인 승인됨 승인완료 확정 완료 "
    "결제완료 입금완료 배송완료 발송완료 구매확정 거래완료 정산완료 مدفوع مدفوعة مكتمل مكتملة مؤكد مؤكدة מאושר שולם "
    "הושלם נמסר נשלח تکمیل پرداخت पूर्ण स्वीकृत ชำระแล้ว ชำระเงินแล้ว จัดส่งแล้ว สำเร็จ เสร็จสิ้น อนุมัติแล้ว"
)
_EARNED_PHRASES = (
    *(
        "wc completed",
        "teslim edildi",
        "đã thanh toán",
        "hoàn thành",
        "đã giao",
        "đã giao hàng",
        "đã duyệt",
        "thành công",
    ),
    *("تم التوصيل", "تم الدفع", "تم الشحن", "تم التسليم", "پرداخت شده", "تکمیل شده", "भुगतान किया गया"),
)
EARNED = word_set(_EARNED) | {*map(folded, _EARNED_PHRASES)}
"""States that say that a row is revenue."""
KINDS = word_set(
    "sale sales order purchase payment lead transaction conversion charge bill rebill rebills upsell upsells renewal "
    "renewals recurring invoice invoices receipt receipts verkauf bestellung rechnung kauf zahlung vente commande "
    "achat paiement facture factures venta pedido compra factura facturas venda fatura faturas vendita ordine "
    "acquisto pagamento fattura fatture verkoop bestelling aankoop betaling factuur facturen sprzedaż zamówienie "
    "faktura faktury lasku myynti tilaus продажа заказ оплата покупка счет satış sipariş ödeme fatura 売上 販売 注文 "
    "請求書 销售 銷售 订单 訂單 付款 发票 판매 매출 주문 결제 מכירה הזמנה חשבונית بيع مبيعات طلب فاتورة receive "
    "sentforsettle salg køb ordre försäljning köp beställning kvittering myynnit ostos kuitti paragon rachunek "
    "objednávka prodej prodejka účtenka predaj objednávky nákup számla eladás értékesítés rendelés vásárlás vânzare "
    "vânzări comandă factură chitanță продажба фактура поръчка рахунок замовлення продаж реализация чек рачун "
    "продаја račun prodaja porudžbina narudžba naročilo sąskaita pardavimas užsakymas rēķins pārdošana pasūtījums "
    "arve müük tellimus τιμολόγιο πώληση παραγγελία απόδειξη penjualan faktur pesanan pembelian jualan satışlar fiş "
    "ขาย การขาย คำสั่งซื้อ ใบแจ้งหนี้ बिक्री ऑर्डर चालान فروش سفارش فاکتور বিক্রয় বিক্রি فروخت"
) | frozenset(map(folded, ("bán hàng", "hóa đơn", "đơn hàng")))
"""Kinds of events that are revenue, where nothing else is said of them."""
TAKEN_BACK = word_set(
    "return returns returned correction corrections corrected adjustment adjustments credit credits test tests "
    "retoure retouren rückgabe rückgaben rücksendung korrektur korrekturen retour retours avoir avoirs ajustement "
    "devolución devoluciones corrección ajuste ajustes devolução correção reso resi rettifica correzione retouren "
    "correctie zwrot korekta retur sandbox staging memo creditnote creditnota kreditnota kreditnote writeoff"
)
"""Kinds of events that take revenue back, or were none, beside such as bring some: by themselves they may be others."""
TESTS = word_set("test tests testing sandbox staging")
"""Kinds of modes and environments in which nothing is earned."""
_CREDIT_NOTES = re.compile(
    "credit (?:note|memo)|nota d[ei] credito|nota de abono|note de credit|credit nota|kredit nota|write off|charge off"
)
NEUTRAL = word_set("new extended active processed unfulfilled unshipped")
"""States that stand beside others, and say neither."""

_NEW = word_set("new first neu neukunde nouveau nouvelle nuevo nueva novo nova nuovo nuova nieuw ny")
_KNOWN = word_set(
    "returning existing repeat guest bestehend bestandskunde stammkunde existant existante recurrente existente "
    "esistente bestaand"
)

YES = word_set("true yes y t 1 x ja oui si sí sim tak ✓ ✔ ✅ ☑ 👍 はい 是 예 да evet")
NO = word_set("false no n f 0 nein non não nee nie ✗ ✘ ❌ ☒ ✖ ☐ 👎 いいえ 否 아니오 нет hayır")

_NOT_EARNED = re.compile("(?:un|non|not|in|dis|nicht|niet|on|nie|ne|не|미|o|u)(.{4,})")
_WAITING = re.compile(
    "(?:pend|await|waiting|hold|held|review|draft|unconfirm|unverif|unvalid|ausstehend|schweb|unbestatig|prufung|offen|"
    "attente|espera|attesa|sospeso|behandeling|openstaand|oczekuj|ожид|bekle|aguard|open$)"
)
_ALONE = word_set("credit credits")  # a credit card takes nothing back
WHOLLY = word_set(
    "fully completely entirely vollständig komplett entièrement intégralement totalmente completamente íntegramente "
    "interamente volledig"
)
"""Words before a state that leave it what it is."""
BUT = word_set("but except until unless aber außer bis mais sauf jusqu pero salvo hasta mas ma fino maar tot")
"""Words behind which a state says something else."""
_NEGATIONS = word_set("not no non un never nicht noch kein keine não nao nie niet sin sem senza ikke inte еще не без")
_STILL_TO_DO = re.compile(r"(?:por|da|te|zu|to be|yet to) \w|a \w+r[e]?$")


def is_negative(word: str) -> bool:
    """Whether a word of a column that is called a status says that a row is no revenue, or none yet."""
    return word in NO_REVENUE or word in ONLY_IN_A_STATUS or _STEM.match(word) is not None or _is_turned(word)


def _is_turned(word: str) -> bool:
    """Whether a word is one that says revenue, turned around in one word: `undelivered`, `onbetaald`, `неоплачено`."""
    turned = _NOT_EARNED.fullmatch(word)
    return turned is not None and turned[1] in EARNED and word not in NEUTRAL | EARNED


def says_undone(value: str) -> bool:
    """Whether a text, of a reason, says that something was taken back or refused: `rejected by the advertiser`."""
    words = re.findall(r"\w+", folded(value))
    undone = [word in NO_REVENUE or is_undone(word) for word in words]
    return any(undone) and not any(map(_NEGATIONS.__contains__, words))


def takes_back(words: list[str]) -> bool:
    """Whether a kind of event, by its words, takes revenue back: `partial refund`, `Retoure (Teil)`; `credit` alone."""
    return any(map(_is_taken_back, words)) or is_credit_note(" ".join(words))


def is_called_off(value: str) -> bool:
    """Whether a kind, folded, says in a language that parts no words that something was called off, or waits."""
    return _PART.search(value) is not None


def _is_taken_back(word: str) -> bool:
    if word in NO_REVENUE or word in TAKEN_BACK - _ALONE:
        return True
    return not says_what_can_be(word) and (_STEM.match(word) is not None or _WITHIN.search(word) is not None)


def is_credit_note(value: str) -> bool:
    """Whether a kind of document, folded, is one that gives money back: `sales credit note`."""
    return _CREDIT_NOTES.search(value) is not None


def are_of_customers(values: Collection[str]) -> bool:
    """Whether these values tell new customers from others: `new`, `returning`; `new` alone may be a row's own state."""
    found = {folded(value) for value in values}
    return found <= _NEW | _KNOWN and not found.isdisjoint(_KNOWN)


def is_waiting(value: str) -> bool:
    """Whether a value only says that something has not happened yet: `pending`, `not confirmed`."""
    words = re.findall(r"\w+", folded(value))
    return any(_WAITING.match(word) or _is_turned(word) for word in words) or is_negated(" ".join(words))


def is_negated(value: str) -> bool:
    """Whether a value says that something has not happened: `no aprobado`, `à valider`."""
    first, _, rest = value.partition(" ")
    return bool(rest) and (first in _NEGATIONS or _STILL_TO_DO.match(value) is not None)
