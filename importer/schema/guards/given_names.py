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
_OF_ANOTHER = re.compile(r"(?:^|_)(?:status|state|type|kind|typ|art|tipo|date|amount|total|price|count)(?:_|$)")


def holds_given_names(title: str) -> bool:
    """Whether the cells of a column are names of goods, offers, campaigns or shops, by its own name."""
    plain = plain_words(title)
    return _GIVEN.search(plain) is not None and _OF_ANOTHER.search(plain) is None
