"""Beginnings of words that say that something was taken back, cancelled, refused or deleted, of goods or of a row.

Folded, as they are compared (see `words.folded`). Those for money that goes back stand in `money_back`.
"""

from __future__ import annotations

import re

_STEMS = {
    "en": (
        "reject declin denied denial disapprov unapprov revers revert refund chargeback clawback void cancel trash "
        "delet invalid fraud writeoff"
    ),
    "de": (
        "storn erstatt ruckerst zuruck ruckbuch rucklast ablehn abgelehn abgewies widerruf gelosch ungultig annul "
        "kreditiert retournier"
    ),
    "fr": "annul rembours refus rejet supprim",
    "es pt": "anul reembols rechaz devuel devolv devoluc estorn rejeit recusad eliminad excluid",
    "it": "rimbors rifiut respint eliminat",
    "nl": "terugb terugg geweig afgewez afkeur afgekeur geannul gecred gestorn verwijderd herroep geretour",
    "da no sv": "annul avvis kansel krediter makul avbrut avbest slettet raderad borttag",
    "fi": "hylatt perutt peruu mitato poistett hyvitett endurgreit",
    "pl": "odrzuc anulow zwrot zwroc wycofan usunie uniewazn",
    "cs sk": "zrus zamit odmit vymaz smazan",
    "hu": "torol ervenytelen elutasit lemond",
    "ro": "anul respins sters",
    "bg mk sr": "анул отказан поништ изтрит обрисан",
    "hr sl": "otkaz ponist preklic obrisan izbrisan",
    "ru uk be": "отмен отклон возвр аннул анул скасов відмін відхил удален видален скасув",
    "et lv lt": "tuhist kustut atcel anul dzest atsaukt istrint",
    "el": "ακυρω διαγρα πιστωτικ",
    "tr": "iptal iade reddedil silindi silinmis",
    "id ms": "dikembalik dibatal pembatal batal dihapus ditolak",
}
_UNDONE = re.compile(
    rf"(?:{'|'.join(stem for stems in _STEMS.values() for stem in stems.split())})\w*|"
    r"returned|disputed?|disputes|removed|creditnotes?|creditmemos?|rma|avoirs?|retourne|retournee|reso|resi|huy|hoan"
)
_ABOUT_IT = re.compile(
    r"\w*(?:[ai]ble|[ai]bile|[ai]vel|bar|f[aä]hig|schutz|versicherung|garantie|fristen|frist|rechte?|quoten?|"
    r"bedingung(?:en)?|frei|etikett|schein|porto|richtlinien?|forsakring|skydd|ratt|villkor|vilkar|rett|sikring|grad|termijn|verzekering|"
    r"voorwaarden|ehto|ehdot|oikeus|vakuutus|turva|prosentti)|visszatero|возвращающ\w*|возвратн\w*|iade(?:li|siz)"
)


def is_undone(word: str) -> bool:
    """Whether a folded word says that something was taken back or refused."""
    return _UNDONE.fullmatch(word) is not None and not says_what_can_be(word)


def says_what_can_be(word: str) -> bool:
    """Whether a folded word says what can be done: what can be refunded has not been.

    Nor has what has a time limit for that, or an insurance against it.
    """
    return _ABOUT_IT.fullmatch(word) is not None
