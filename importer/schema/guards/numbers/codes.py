"""Letters by which numbers say what they number: sales, or what is none, in the languages of bookkeeping programs.

All are folded. What is spelled out (`REFUND-7`, `İADE-7`, `7 VOID`) is told by the words by which kinds and states are
told, too.
"""

from __future__ import annotations

from functools import lru_cache

from importer.schema.guards.status import (
    NO_REVENUE,
    OFFERED,
    TAKEN_BACK,
    begins_with_back,
    folded,
    gives_back,
    is_nothing_but_back,
    is_undone,
)


def _codes(*texts: str) -> frozenset[str]:
    return frozenset(folded(code) for text in texts for code in text.split())


INVOICES = _codes("inv invoice si sinv re rg rech ar fa fac fact fv fs ft pay pmt")
"""They number sales: one of them is enough, where a credit note stands beside it."""
SALES = INVOICES | _codes(
    "sin pin psi pinv pm pos sale sales bill trx txn trn tx ra vr rnr rechnung f facture fra factura fattura fatura nf "
    "nfs nfe fak fakt faktura faktury faktúra vf vfa fp sz szla számla l la lasku fat satış sat рн пр сч сф реал τπ "
    "τιμ xs xsck 销售 売 請求 매출"
)
ORDER_SALES = _codes(
    "ord order orders so sale sales trx txn tx web pos best auf auftrag cmd commande ped pedido zam obj tilaus 注文 "
    "订单"
)
CREDITS = _codes(
    "cn cm cr crn scr scn cred kn ks gs gut st sto av nc ncr rect rk kor fk fkor fvk dob rf rfd ref ret est quo"
)
"""Beside an invoice's number they are credit notes, refunds and estimates for certain."""
_BY_LANGUAGE = {
    "en": "sc pcr psc psr sr srn scm cnr cdn rcn rtn rtv rvs rev rv qu qt qte pf pro prf cxl cb chb",
    "de": "gu gsr sr kre kr an ang ab ls",
    "fr": "avo fav favo dev dv",
    "es pt it": "ab abn rec rce nce nac ndc pre pres",
    "nl": "cf cnf crf vcf",
    "pl": "zw kfs kfv kf fks fkr",
    "cs sk": "od odd opd ov dbp",
    "hu": "szt jov hely",
    "fi et": "hl hyv hy kra",
    "sv da no": "kf kred kreditf",
    "tr": "iad",
    "hr sr sl": "odo knj",
    "ru uk bg": "вз воз возв кор корр кс ки пв",
    "el": "πισ πτ ακ",
    "zh ja ko": "th xsth tk tkd hc hz 退 赤 返",
}
LIKELY_CREDITS = CREDITS | _codes(*_BY_LANGUAGE.values())
"""They are so where most others number sales; another shop's numbers may begin so, too."""
PAIRS = {"f": _codes("a r n c"), "fa": _codes("a"), "fac": _codes("r a"), "fv": _codes("d k"), "l": _codes("h")}
"""Single letters that number credit notes where nearly all have those of a sale."""
ONLY_WITHOUT = {"sr": _codes("ar tr"), "ab": _codes("a")}
"""Beside these they are other things: a `Schlussrechnung` ends a row of `Abschlagsrechnungen`."""
BEHIND = _codes("cr cn cm crn")
"""Behind the number of a document, `1001-CR`, they turn it around."""
EXTRA = (CREDITS - _codes("ref est quo kn")) | _codes("rtn cxl rvs rev cb chb sc 退 赤 返")
"""They turn a number around that without them is written like most others."""
MARKS = CREDITS | _codes("cb chb rev rtn void")
"""They turn the number around that stands beside them, where that is another row's."""
LETTERS = _codes("r c")
"""They are such marks, too."""
OF_ORDERS_TOO = _codes("cm crn scn scr rf rfd ref ret rtn rvs rev chb cxl sto kor dob hyv iad 退 赤 返")
"""Of all these, those that are no country or place, by which shops number orders."""

_LONG = ["inv", "invoice", "sinv", "si", "fac", "fact", "fv", "fat", "fak", "rg", "rech", "bill"]
COMPOUND = frozenset(
    [f"r{sale}" for sale in _LONG if len(sale) > 2]
    + [f"{sale}{code}" for sale in _LONG for code in ("cn", "cr", "cm", "ret", "rev")]
)
"""Both in one: Odoo numbers the refunds of `INV/2026/7` as `RINV/2026/8`."""
CODES = LIKELY_CREDITS.union(EXTRA, MARKS, LETTERS, COMPOUND, *PAIRS.values())
"""All letters that may say so, beside others."""

_CLEAR = _codes(
    "rma rfnd cxl cxld cncl rvrs rvsl cgbk chbk void voids proforma draft drafts entwurf brouillon borrador bozza "
    "payout payouts lieferschein mahnung auftragsbestätigung abono abonos kredit hủy huỷ batal"
)
_NOT_BESIDE = _codes("card cards karte carte tax sale sales paid")
"""Words beside which others say something else: a `credit card`, a `credit sale`."""
_CHANCE = 4
"""A word of so many letters may be chance."""


@lru_cache(4096)
def spells_out(words: tuple[str, ...]) -> bool:
    """Whether words of a number say that it is that of no sale: `reversal of`, `cancelled`, `iade`, `quote`."""
    if not _NOT_BESIDE.isdisjoint(words):
        return False
    text = " ".join(words)
    return gives_back(text) or "pro forma" in text or any(map(_is_clear, words))


@lru_cache(4096)
def begins_so(text: str) -> bool:
    """Whether a text of many words, folded, begins with what says so: `reversal of 7 for smith`, `gutschrift 7`."""
    words = text.split()
    first = words[0] if words else ""
    are_words = sum(map(str.isalpha, words)) > 1 or len(first) > _CHANCE
    return first.isalpha() and are_words and (begins_with_back(text) or is_nothing_but_back(" ".join(words[:2])))


def _is_clear(word: str) -> bool:
    is_listed = word in TAKEN_BACK or word in NO_REVENUE or word in OFFERED or is_undone(word)
    return word in _CLEAR or gives_back(word) or (is_listed and (len(word) >= _CHANCE or not word.isascii()))
