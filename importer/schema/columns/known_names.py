"""Names under which networks, shops and spreadsheets of several languages have a field.

They are suggested, never taken: only the user knows. Names stand here as `plain_name` writes them, without accents.
"""

from __future__ import annotations

import re
import unicodedata

from importer.model import FIELDS

OTHER_NAMES = {
    "message_id": (
        *("messageid", "msg_id", "msgid", "sms_id", "send_id", "sendid"),
        *("aff_sub", "aff_sub1", "aff_sub2", "aff_sub3", "aff_sub4", "aff_sub5"),
        *("affiliate_unique1", "affiliate_unique2", "affiliate_unique3", "affiliate_unique4", "affiliate_unique5"),
        *("sub_id", "subid", "sub_id1", "subid1", "sub1", "s1", "clickid", "click_id", "source"),
        *("message", "nachricht", "bericht", "mensaje", "mensagem", "messaggio"),
    ),
    "revenue": (
        *("amount", "payout", "sale_amount", "conversion_payout", "commission", "earnings", "order_value"),
        *("price", "value", "total", "sum"),
        *("betrag", "umsatz", "erlos", "einnahmen", "provision", "bestellwert", "summe", "preis", "wert"),
        *("montant", "chiffre_d'affaires", "ca", "revenu", "revenus", "recette", "somme", "prix", "valeur"),
        *("importe", "monto", "ingresos", "ingreso", "venta_total", "comision", "precio", "valor"),
        *("receita", "montante", "comissao", "preco", "importo", "ricavo", "ricavi", "fatturato", "incasso"),
        *("commissione", "prezzo", "valore", "bedrag", "omzet", "opbrengst", "commissie", "prijs", "waarde"),
    ),
    "attribution_type": (
        *("attribution", "type", "event_type", "event", "conversion_type", "action", "goal"),
        *("art", "typ", "ereignis", "ereignistyp", "ereignisart", "aktion", "vorgang", "evenement"),
        *("type_d'evenement", "type_evenement", "tipo", "tipo_de_evento", "tipo_evento", "evento", "accion"),
        *("acao", "azione", "soort", "gebeurtenis", "actie"),
    ),
    "offer_id": (
        *("offerid", "offer", "oid", "external_offer_id", "trackly_offer_id"),
        *("angebot", "angebots_id", "angebot_id", "angebotsnummer", "offre", "id_offre", "offre_id"),
        *("oferta", "id_oferta", "oferta_id", "offerta", "id_offerta", "offerta_id", "aanbieding", "aanbieding_id"),
    ),
    "timestamp": (
        *(
            "time_stamp",
            "timestamp_utc",
            "event_time",
            "occurred_at",
            "created_at",
            "created",
            "datetime",
            "date",
            "ts",
        ),
        *("datum", "zeitstempel", "zeitpunkt", "uhrzeit", "datum/uhrzeit", "horodatage", "date_et_heure"),
        *("date_heure", "fecha", "fecha_y_hora", "fecha_hora", "data_e_ora", "data_ora", "data_e_hora"),
        *("data_hora", "tijdstip", "tijdstempel"),
    ),
}
KNOWN_NAMES = frozenset((*FIELDS, *(name for names in OTHER_NAMES.values() for name in names)))
_MESSAGE = "(?:nachrichten?|bericht|mensaje|mensagem|messaggio|message|msg|sms)"
# What a name has in it that is one of these and something more: `Umsatz netto`, `ID du message`.
_LIKE = {
    "message_id": re.compile(rf"(?:^|_){_MESSAGE}.{{0,8}}(?:id|nummer|kennung)$|(?:^|_)id.{{1,10}}{_MESSAGE}(?:_|$)"),
    "revenue": re.compile(
        "betrag|umsatz|montant|importe|importo|bedrag|omzet|amount|revenue|fatturato|receita|commission|comision|comissao|"
        "commissie|payout|earning|provision|verdienst|turnover|order_?value|sale_?value"
    ),
    "timestamp": re.compile(
        r"(?:^|_)(?:date|time|datetime|date_time|timestamp|time_stamp|fecha|zeit|tijd)(?:_|$)|_(?:at|on|utc)$"
        r"|datum(?:_|$)|zeitstempel|zeitpunkt|horodatage|tijdstip"
    ),
}
# Amounts and moments of something else, and what is said about an amount.
_UNLIKE = {
    "revenue": re.compile(
        r"tax|vat|shipping|fee(?:s|_|$)|discount|refund|return|balance|cost|tip|rate|percent|currency|type|status|date|"
        r"disput|chargeback|revers|coupon|voucher|quantity|weight|stock|score|latitude|longitude|exchange|surcharge|"
        r"postage|freight|adjustment|"
        r"(?:^|_)(?:id|name|reason|at|mwst|ust|iva|tva|btw|gst|qty|units?|duties|duty|steuern?|versand\w*|rabatt\w*|"
        r"gebuhr\w*|frais|remise|port|livraison|descuento|envio|impuestos?|sconto|spedizione|frete|desconto|korting|"
        r"verzend\w*|saldo|solde|zip|plz|phone|age|year|month|day)(?:_|$)"
    ),
    "timestamp": re.compile(
        r"refund|return|reject|declin|cancel|disput|chargeback|revers|void|storn|erstatt|rembours|annul|expir|updat|"
        r"modif|changed|geandert|delet|birth|geburt|naissance|nacimiento|nascita|validat|approv|lock|freigabe|payout|"
        r"auszahl|shipped|shipping|deliver|fulfil|liefer|versand|(?:^|_)(?:due|next|dob)(?:_|$)"
    ),
}


# What an amount is with or without, `Total incl. tax`, says not that it is another one.
_WITH = re.compile(
    r"[_(]+(?:incl\w*|excl\w*|inkl\w*|exkl\w*|inc|ex|with|without|before|after|net_of|less|mit|ohne|vor|nach|avec|sans|"
    r"hors|con|sin|com|sem|senza|met|zonder)[._].*"
)


def without_accents(name: str) -> str:
    """Write a name without its accents, which some programs drop: `Événement` is `Evenement`."""
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))


def is_like(field: str, name: str) -> bool:
    """Tell whether a plain name has in it what columns of a field are called."""
    plain = without_accents(name)
    return field in _LIKE and not is_unlike(field, plain) and _LIKE[field].search(plain) is not None


def is_unlike(field: str, name: str) -> bool:
    """Tell whether a plain name without accents plainly is that of something else: a fee is no revenue."""
    return field in _UNLIKE and _UNLIKE[field].search(_WITH.sub("", name)) is not None
