"""Words for money that goes back to a customer: refunds, credit notes, chargebacks, cancelled invoices, returned goods.

They say so whatever stands beside them. What may say another thing by itself (`return`, `credit`, `adjustment`) is in
`words`.
"""

from __future__ import annotations

import re

from importer.schema.guards.status.undone import is_undone, says_what_can_be
from importer.schema.guards.status.words import folded, is_credit_note, is_negated, word_set

# Beginnings of words.
_STEMS = {
    "en": "refund rfnd chargeback cgbk clawback reversal creditnote creditmemo",
    "de": (
        "gutschrift storn rückerst erstatt zurückerst rückzahl rückbuch rücklast rückbelast rückvergüt rücküberw "
        "retoure rücksend rechnungskorr korrekturrech warengutschr teilgutschr kundengutschr rechnungsgutschr "
        "warenrücks rückabwick rückgabe rueckerst rueckzahl rueckbuch ruecklast rueckbelast rueckabwick ruecksend "
        "generalumkehr lastschriftrück"
    ),
    "fr": "rembours retrofactur contrepass extourn",
    "es": "reembols devoluc contracarg rectificativ extorn",
    "pt": "estorn restitui",
    "it": "rimbors rettificativ riaccredit",
    "nl": "terugbetal terugboek restitut creditnota creditfactu retourzend crediter gecrediteer gestorneer terugstort",
    "da no sv": (
        "kreditnota kreditfaktura kreditering refusion refusjon tilbagebetal tilbagefør tilbakebetal tilbakefør "
        "återbetal återför återköp kreditert krediteret krediterad returnering"
    ),
    "fi is": (
        "hyvity hyvitet palautus palautet maksupalautu peruutus peruutet mitätöi takaisinper takaisinvel endurgreið "
        "kreditreikn bakfær"
    ),
    "pl": "zwrot zwróc korygując",
    "cs sk": "vratk vrátk vrácen vráten dobropis refundac refundác",
    "hu": "sztorn jóváír visszatér visszautal visszáru visszaküld visszavét helyesbít",
    "ro": "rambursa stornar restituir returnat",
    "eu sq af": "itzulketa rimbursim kthim kredietnota gekrediteer",
    "bg mk": "възстановен възстановяван сторн връщан върнат рефунд",
    "hr sr sl": "povrat povraćaj vračil povračil поврат повраћ",
    "ru uk be": (
        "возврат возвращ возмещен сторн кредитнот корректировочн чарджб рефанд повернен повернут коригуюч відшкод "
        "вяртан"
    ),
    "et lv lt": "kreeditarv krediitarv tagasimaks tagasta tagastus storneer kredītrēķin atmaks atgriez grąžin",
    "el": "επιστροφ ακυρωτικ αντιλογισμ αντιλογιστικ",
    "tr": "iade",
    "id ms": "pengembalian pemulangan bayaranbalik",
    "uz kk az": "qaytarish qaytarma qaytarildi қайтару қайтарылған qaytarılma",
    "ka hy": "დაბრუნება վերադարձ",
    "sw": "marejesho",
}
# Parts of texts, in scripts that part no words, or put others before them.
_PARTS = {
    "zh": (
        "退款 退货 退貨 退费 退費 退票 退单 退單 返还 返還 红字 紅字 红冲 紅沖 冲红 沖紅 冲销 沖銷 拒付 贷记通知 "
        "贷记凭证 贷项 貸項 销退 銷退 銷貨退回 折讓 撤销 撤銷 已取消 已作废 已作廢 交易取消 交易关闭 交易關閉 "
        "订单取消 訂單取消"
    ),
    "ja": (
        "返金 返品 返却 返戻 赤伝 払い戻し 払戻 チャージバック クレジットノート クレジットメモ マイナス伝票 貸方票 "
        "売上取消 注文取消"
    ),
    "ko": (
        "환불 반품 환급 차지백 마이너스세금계산서 마이너스_세금계산서 결제취소 결제_취소 주문취소 주문_취소 승인취소 "
        "승인_취소 매출취소 매출_취소 대변메모 대변_메모"
    ),
    "th": "คืนเงิน คืนสินค้า รับคืน ใบลดหนี้ ยกเลิกแล้ว",
    "hi bn": "धनवापसी वापसी रिफंड रिफ़ंड क्रेडिट_नोट ফেরত রিফান্ড लौटाया रद्द_किया",
    "ta": "வாபஸ் திரும்பப்_பெறுதல்",
    "he": "החזר זיכוי הוחזר סטורנו הכחשת",
    "ar fa ur": (
        "استرداد استرجاع مرتجع مردود مرجوع بازپرداخت عودت واپسی ریفنڈ إشعار_دائن رد_المبلغ مسترد إرجاع برگشت لغو_شده "
        "تم_الإلغاء"
    ),
}
# In a few words, as they stand.
_PHRASES = (
    r"charged? back|claw(?:ed)? back|money back|"
    r"(?:sales?|customer|goods|product|order|item|merchandise) return(?:s|ed)?|"
    r"return(?:s|ed)?(?: of| from)? (?:goods|items?|merchandise|orders?)|return(?:s|ed)? from customers?|"
    r"guarantee claim|"
    r"(?:cancell?ed|cancellation|corrective|correction|corrected|negative|reversed) (?:of )?(?:invoice|document|bill)|"
    r"invoice (?:cancell?ation|correction|reversal)|(?:facture|note) d avoir|retour (?:client|marchandises?|produits?)|"
    r"(?:korekta|faktura koryg\w*|anulowan\w*) (?:faktury|sprzedazy|dokumentu)|obciazeni\w* zwrotn\w*|"
    r"nota? (?:de |di )?credit[oa]?\b|factur\w* (?:de )?storn\w*|kredit(?:ni)? ?not[aeiu]?\b|nota kredit|"
    r"knjizn\w* odobrenj\w*|odobrenje kupcu|kreditin\w* saskait\w*|kredita rekin\w*|opravny danov\w*|"
    r"кредит\w* (?:нота|известие)|корректировка (?:реализации|продажи|долга)|књижн\w* одобрењ\w*|"
    r"πιστωτικ(?!\w* καρτ)\w*|geri odem\w*|ters ibraz|alacak dekont\w*|satistan iade|"
    r"hoan (?:tien|tra|lai|hang)|tra (?:hang|lai)|boi hoan|giay bao co|huy [dđ]on|[dđ]a huy|bayar(?:an)? balik|"
    r"tolak bayar|dana kembali|faktur retur|retur penjualan|geri odendi|ters kay[ıi]t|l[əe]gv edil|bekor qiling|"
    r"kreditna nota|nota (?:kredytowa|di variazione)|opravn\w* (?:doklad|faktur)|odstoupeni od|angrat kop|"
    r"pulangan (?:jualan|bayaran)"
)
_NOT_ITSELF = re.compile(
    r"\w*(?:schutz|versicherung|insurance|protect\w*|policy|policies|shield|assurance|assicurazion\w*|verzekering|"
    r"ubezpieczen\w*|seguro)|tax|taxes|steuer\w*|podatk\w*|sans|aucune?|ohne|bez|geen|ingen|nessun\w*|"
    r"\w*[ae]bilir|edilemez"
)
"""Words by which a text tells of refunds, and is none: what is sold, what the state gives back, what never is."""
_CAN_BE = re.compile(
    r"zwrotn\w*|возвратн\w*|povratn\w*|повратн\w*|\w*itheto\w*|\w*bil[aei]?|tagastatav\w*|atgriezam\w*|grazinam\w*|"
    r"palautettav\w*|iadeli"
)
"""What can be given back, beside such words in `says_what_can_be`."""
_ALONE = word_set(
    "avoir avoirs reso resi korekta korekty palaut dikembalikan pulangan "
    "取消 取り消し キャンセル ยกเลิก रद्द ملغي ملغى إلغاء ביטול בוטל iptal отмена отменен отменено скасовано "
    "скасування "
    "анулиран анулирано отказано anulat anulată anulare zrušeno zrušené zrušená otkazano poništeno preklicano "
    "tühistatud atcelts atšaukta ακύρωση ακυρώθηκε törölve érvénytelenítve dibatalkan pembatalan "
    "peruttu makulerad kansellert batal anuliuota anulēts анулирана аннулирован аннулировано "
    "аннулирование анульовано скасований ακυρωμένη מבוטל מבוטלת ملغاة لغو ابطال عكس imefutwa hủy huỷ "
    "törölt gekanselleer поништено 撤回"
)
"""Words that say so by themselves, and may say other things beside others."""
_BESIDE = word_set(
    "partial partially partly full fully total totally manual automatic auto customer client sale sales order orders "
    "payment payments purchase item items goods product of for de du del di da la le a the an to from with invoice "
    "rechnung facture factura fattura faktura faktury credit note notes nota memo issued requested request completed "
    "processed approved pending created line lines open amount externally external returned teil teilweise partiel "
    "partielle parcial parziale event on charge"
)


_BEGINNING = re.compile("|".join(re.escape(stem) for stems in _STEMS.values() for stem in sorted(word_set(stems))))
_PART = re.compile("|".join(re.escape(folded(part)) for parts in _PARTS.values() for part in parts.split()))
_PHRASE = re.compile(rf"\b(?:{_PHRASES})")

# Rare parts of the phrases, and of those for credit notes in `words`; small, with accents and without them.
_IN_PHRASES = (
    "charge_back charged_back claw_back clawed_back money_back guarantee_claim credit_note credit_memo write_off "
    "charge_off invoice_cancel cancelled_invoice canceled_invoice corrective_ correction_invoice corrected_invoice "
    "negative_invoice reversed_invoice sales_return customer_return goods_return product_return return_of "
    "return_from returned_ return_order order_return item_return merchandise_return avoir retour_ korekt koryguj "
    "zwrotn nota_de_cr nota_di_cr nota_cr note_de_cr nota_kr kredit_not knjižn odobrenje_kup sąskait rēķin opravný "
    "нота известие корректировка одобрењ πιστωτικ ödem ibraz dekont hoàn trả_ bayaran_balik bayar_balik huỷ hủy "
    "giấy_báo ödend ters_kay ləğv bekor_q kreditna_n nota_kred nota_di_v odstoup ångrat_k angrat_k tolak_bayar "
    "dana_kembali faktur_retur pulangan"
)
_UNDONE_SPELLED = "void cancel annul storn rejet refus denied declin revers revert"
_DONE = (
    "voided refunded cancelled canceled reversed storniert erstattet rückerstattet zurückgebucht annulé annulée "
    "remboursé remboursée anulado anulada reembolsado reembolsada cancelado cancelada estornado estornada stornato "
    "stornata rimborsato rimborsata annullato annullata geannuleerd terugbetaald gecrediteerd anulowane anulowano "
    "zwrócone zwrócono återbetald krediterad krediteret hyvitetty peruttu возвращено отменено аннулировано"
)
_DONE_TO_IT = re.compile(
    rf"(?:(?:the )?(?:order|invoice|payment|bestellung|rechnung|commande|pedido|ordine) (?:was |wurde )?|wurde )?"
    rf"(?:{'|'.join(sorted(word_set(_DONE)))})\b|void ?[:#(0-9]"
)
_WORDS = [
    word
    for words in (*_STEMS.values(), *_PARTS.values(), _IN_PHRASES, _UNDONE_SPELLED, _DONE)
    for word in words.split()
]
SPELLINGS = sorted(
    {spelled for word in _WORDS for spelled in (word.replace("_", " "), folded(word) + " " * word.endswith("_"))}
)
"""Parts of texts, in small letters, of which each that says so has one."""


def gives_back(value: str) -> bool:
    """Whether a value of a column of kinds, folded, says that money goes back: `partial refund`, `Sztornó`, `退款`."""
    words = re.findall(r"\w+", value)
    if is_negated(value) or any(map(_NOT_ITSELF.fullmatch, words)):
        return False
    return value in _ALONE or any(map(_is_back, words)) or _PART.search(value) is not None or _says_so(words)


def is_nothing_but_back(value: str) -> bool:
    """Whether such a value says so, and tells nothing else by its other words, as `refund policy viewed` does."""
    words = re.findall(r"[^\W\d]+", value)
    return gives_back(value) and (len(words) == 1 or all(_is_back(word) or word in _BESIDE for word in words))


def begins_with_back(value: str) -> bool:
    """Whether a description, folded, begins so, or tells nothing else: `refund for charge (order 7)`."""
    words = re.findall(r"\w+", value)
    is_so = bool(words) and (_is_back(words[0]) or _PHRASE.match(" ".join(words)) is not None or value in _ALONE)
    return (is_so and gives_back(value)) or is_nothing_but_back(value)


def says_undone_alone(value: str) -> bool:
    """Whether a description, folded, tells nothing but that its line was undone: `Voided`, `Cancelled order 7`."""
    words = re.findall(r"[^\W\d]+", value)
    undone = [word == "void" or is_undone(word) for word in words]
    return any(undone) and all(is_so or word in _BESIDE for word, is_so in zip(words, undone, strict=True))


def begins_undone(value: str) -> bool:
    """Whether a note, folded, begins with what was done to its row: `refunded 12/6, see ticket 5`, `void: inv 9`."""
    return _DONE_TO_IT.match(value) is not None


def _is_back(word: str) -> bool:
    return _BEGINNING.match(word) is not None and not says_what_can_be(word) and _CAN_BE.fullmatch(word) is None


def _says_so(words: list[str]) -> bool:
    text = " ".join(words)
    return is_credit_note(text) or _PHRASE.search(text) is not None


def begins_so(word: str) -> bool:
    """Whether a folded word of a name says so: `palautettu`, `rambursat`."""
    return _is_back(word) and _NOT_ITSELF.fullmatch(word) is None


def with_refunds(name: str) -> str:
    """A folded name with `refund` for each word that says so in a script that parts no words: `refund 金额`."""
    return _PART.sub(" refund ", name)
