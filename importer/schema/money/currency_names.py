"""How currencies are called: codes of ISO 4217, signs, and the texts beside a number in cells and their formats."""

from __future__ import annotations

import re
import unicodedata

# The codes of money in use (funds, metals and test codes of ISO 4217 are none that a sale is paid in).
_ISO_4217 = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad cdf "
    "chf clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd "
    "hnl hrk htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd "
    "mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln "
    "pyg qar ron rsd rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try "
    "ttd twd tzs uah ugx usd uyu uzs ved ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg"
)
CODES = frozenset(_ISO_4217.split())
COMMON = frozenset(
    {"usd", "eur", "gbp", "cad", "aud", "jpy", "chf", "inr", "brl", "sek", "nok", "dkk", "pln", "mxn", "nzd"}
)
SIGNS = {"usd": "$", "us$": "$", "eur": "€", "gbp": "£", "inr": "₹", "jpy": "¥", "krw": "₩", "ils": "₪", "vnd": "₫",
         "php": "₱", "ngn": "₦", "uah": "₴", "try": "₺", "rub": "₽"}  # fmt: skip

_WORDS = {
    "usd": "us$ u$s usd$ dollar dollars dólar dólares", "eur": "euro euros", "gbp": "pound pounds",
    "pln": "zł zl złotych", "czk": "kč", "chf": "fr fr. sfr sfr. franken", "brl": "r$ reais real", "huf": "ft",
    "ron": "lei leu",
    "bgn": "лв лв.", "rub": "руб руб. р р.", "uah": "грн грн.", "aud": "a$ au$ aud$", "cad": "c$ ca$ cad$ cdn$",
    "nzd": "nz$", "hkd": "hk$", "sgd": "s$", "twd": "nt$", "mxn": "mx$ mex$ mxn$", "inr": "rs rs.", "idr": "rp",
    "myr": "rm", "try": "tl", "rsd": "din din. дин дин.", "zar": "r", "pen": "s/ s/.", "jpy": "yen 円",
    "cny": "rmb 元 yuan", "krw": "원", "kr": "kr kr. kronor kroner", "isk": "íkr",
}  # fmt: skip
_BY_WORD = {word: code for code, words in _WORDS.items() for word in words.split()}
_MAY_BE_OTHERWISE_MEANT = ("r", "р", "real")
_IN_CELLS = CODES | {*_BY_WORD} - {*_MAY_BE_OTHERWISE_MEANT}
NAME = f"(?i:{'|'.join(map(re.escape, sorted(_IN_CELLS, key=lambda name: (-len(name), name))))})"
"""An expression for a code or a name of a currency beside the number in a cell."""
# A sign that several currencies have, and whose it is in a locale: by its number, or its tag in newer workbooks.
_BY_LOCALE = {
    "$": {
        "$": "409 en-us 540a es-us 300a es-ec 440a es-sv", "aud": "c09 en-au", "cad": "1009 en-ca c0c fr-ca",
        "nzd": "1409 en-nz", "mxn": "80a es-mx", "sgd": "4809 en-sg 1004 zh-sg", "hkd": "c04 zh-hk 3c09 en-hk",
        "twd": "404 zh-tw", "ars": "2c0a es-ar", "clp": "340a es-cl", "cop": "240a es-co",
    },
    "kr": {"sek": "41d sv-se 81d", "dkk": "406 da-dk", "nok": "414 nb-no 814 nn-no", "isk": "40f is-is"},
    "¥": {"¥": "411 ja-jp", "cny": "804 zh-cn"},
}  # fmt: skip
_HERE = {
    (sign, place): code
    for sign, codes in _BY_LOCALE.items()
    for code, places in codes.items()
    for place in places.split()
}


def currency_in_format(shown: str) -> str | None:
    """The currency that a number format shows: a code, a sign, or a sign with its locale; None for other texts.

    Args:
        shown: the text beside the number, or a sign and its locale with a line break in between.
    """
    text, _, place = shown.lower().partition("\n")
    text = text.strip()
    found = _BY_WORD.get(text, text)
    if found in _BY_LOCALE and place:
        place = place.lstrip("0")
        return _HERE.get((found, place), f"{found} ({place})")
    if found in CODES or found in _BY_LOCALE or "\n" in shown:
        return SIGNS.get(found, found)
    return _sign_in(text)


def currency_in_cell(text: str) -> str | None:
    """The currency that letters and signs beside an amount name, as `plain_currency` writes it; None if none."""
    plain = plain_currency(text)
    return plain if plain in CODES or plain in _BY_LOCALE or _sign_in(plain) else None


def currency_in_title(title: str) -> str | None:
    """The one currency that the name of a column of amounts tells, as it is written there: `Revenue (USD)`."""
    words = re.findall(r"[^\W\d_]+|[$€£¥₹]", title)
    found = [word for word in words if word in SIGNS.values() or word.lower() in COMMON or _is_code(word)]
    return found[0] if len({*map(plain_currency, found)}) == 1 else None


def _is_code(word: str) -> bool:
    return word.isupper() and word.lower() in CODES


def plain_currency(name: str) -> str:
    """Write a code, a sign or a name in one way: `USD`, `US$` and `$` are `$`."""
    plain = name.strip().lower()
    code = _BY_WORD.get(plain, plain)
    return SIGNS.get(code, code)


# Whose a sign or a short name is, of those that are of several currencies.
_SHARED = {
    "$": "usd aud cad nzd sgd hkd twd mxn ars clp cop uyu bbd bsd bmd bzd bnd dop fjd gyd jmd kyd lrd nad sbd srd ttd "
    "xcd xcg cup zwg mop nio bob",
    "£": "gbp egp lbp syp fkp gip shp ssp sdg", "¥": "jpy cny", "kr": "sek nok dkk isk", "₩": "krw kpw",
    "₹": "inr pkr npr lkr mur scr idr", "try": "try", "₨": "inr pkr npr lkr mur scr", "chf": "chf xof xaf xpf",
    "ron": "ron mdl", "rsd": "rsd mkd", "元": "cny twd hkd",
}  # fmt: skip
_BY_SIGN = {sign: code for code, sign in SIGNS.items() if code in CODES}


def one_name(name: str) -> str:
    """Write what can only be one currency as its code: `US$` is `usd` and `€` is `eur`; `$` may be of several."""
    plain = name.strip().lower()
    of_sign = plain if plain in _SHARED else _BY_SIGN.get(plain, plain)
    return _BY_WORD.get(plain, of_sign)


def are_apart(one: str, other: str) -> bool:
    """Whether two names, as `plain_currency` writes them, cannot be of one currency: `€` and `sek`, not `$` and `cad`.

    What is no name of a currency may be of any.
    """
    these, those = _codes_of(one), _codes_of(other)
    return bool(these and those) and these.isdisjoint(those)


def _codes_of(plain: str) -> frozenset[str]:
    if plain in _SHARED:
        return frozenset(_SHARED[plain].split())
    code = _BY_SIGN.get(plain, plain)
    return frozenset({code} & CODES)


def _sign_in(text: str) -> str | None:
    return next((character for character in text if unicodedata.category(character) == "Sc"), None)
