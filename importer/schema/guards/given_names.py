"""Columns of names that people give to what they sell and advertise: these may be any word, `Total` or `Refund`."""

from __future__ import annotations

import re

from importer.schema.columns import plain_words

_GIVEN = re.compile(
    r"(?:^|_)(?:brands?|marke|marque|marca|campaigns?|kampagnen?|campagnes?|campana|campanha|kampanj|kampanie|utm|"
    r"products?|produkte?|produits?|productos?|prodott[oi]|produtos?|items?|artikel|articles?|articulos?|articol[oi]|"
    r"sku|merchants?|stores?|shops?|retailers?|advertisers?|creatives?|keywords?|ad|ads|adset|adgroup|ad_?group|"
    r"coupons?|vouchers?|gutschein|tags?|subject|betreff|headline|variants?|collection|publishers?|"
    r"(?:offer|angebots?|offre|oferta|offerta)_?(?:name|title|nom|nombre|nome))(?:_|$)|^(?:offer|angebot|offre|oferta)$|"
    r"(?:produkt|artikel|marken|kampagnen|angebots?)name$|brand_?name$|ブランド|商品|品名|キャンペーン|品牌|브랜드|상품|캠페인|"
    r"бренд|кампани|товар"
)
_OF_PEOPLE = re.compile(
    r"(?:^|_)(?:name|firstname|lastname|surname|forename|nom|prenom|nombre|apellidos?|cognome|sobrenome|naam|achternaam|"
    r"nachname|vorname|nazwisko|imie|prijmeni|jmeno|nev|nume|efternamn|etternavn|fornavn|sukunimi|etunimi|soyad|"
    r"user(?:name)?|login|nickname|buyer|customer|client|cliente|kunde|klant|company|firma|contact|city|stadt|ort|ville|"
    r"ciudad|citta|street|street_?\d|address)(?:_\d)?(?:_|$)|фамили|имя|姓|名前|이름|성명"
)
_OF_TRACKING = re.compile(
    r"(?:^|_)(?:(?:aff_?)?sub_?(?:id)?_?\d*|s\d|epi_?\d?|click_?refs?_?\d*|sid_?\d*|token_?\d+|p\d|"
    r"var_?\d+|custom_?(?:variable_?|field_?|var_?)?\d*|adv_?\d|tid|referr?er|promo(?:_?code)?|source|medium|placement|page|url)(?:_|$)"
)
_OF_ANOTHER = re.compile(r"(?:^|_)(?:status|state|type|kind|typ|art|tipo|date|amount|total|price|count)(?:_|$)")


def holds_given_names(title: str) -> bool:
    """Whether the cells of a column are names of goods, offers, campaigns or shops, by its own name."""
    return _is_one_of(title, _GIVEN)


def may_be_any_word(title: str) -> bool:
    """Whether the cells of a column are names of any sort, of people and places too, or marks of who tracks clicks."""
    return _is_one_of(title, _GIVEN, _OF_PEOPLE, _OF_TRACKING)


def _is_one_of(title: str, *patterns: re.Pattern[str]) -> bool:
    plain = plain_words(title)
    return any(pattern.search(plain) for pattern in patterns) and _OF_ANOTHER.search(plain) is None
