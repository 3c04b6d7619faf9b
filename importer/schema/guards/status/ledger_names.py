"""Of what a column tells the kinds, by its name: of documents, of events, of ways to pay, of tests."""

from __future__ import annotations

import re

from importer.schema.guards.status.names import OF_ANOTHER, plain_words

_OF_PAYING = re.compile(  # by invoice, by card
    r"(?:^| )(?:pay(?:ment)?|tender|card|funding|paiement|reglement|pago|pagamento|betaal\w*|platnosci|platby)(?: |$)|"
    r"(?:zahl|zahlungs|bezahl|karten)(?:typ|art)$"
)
_OF_OTHER_THINGS = re.compile(
    r"(?:^| )(?:product|offer|campaign|ad|template|newsletter|media|content|page|link|file|business|company|plan|"
    r"notification|vertical|traffic|source|produkt|artikel|produit|producto|prodotto)(?= )|"
    r" (?:produit|producto|prodotto|produto)$|(?:kunden|produkt|artikel|versand|liefer)(?:typ|art)$"
)
_OF_EVENTS = re.compile(r"(?:^| )(?:event|action|goal|lead|conversion|ereignis|aktion|evento|accion|evenement)(?: |$)")
_DOCUMENTS = r"document|(?:^| )doc(?: |$)|dokument|beleg|comprobante"
_OF_DOCUMENTS = re.compile(
    rf"{_DOCUMENTS}|^(?:type|typ|tipo|art|soort|rodzaj|nature|naturaleza|natura|natureza|kind)$|transa[ck]|"
    r"(?:^| )(?:txn|trx|trans|entry|record|reporting|vorgang\w*|buchung\w*|operation|"
    r"operacion|billing|movement)(?: |$)"
)
_NAMED_FOR_DOCUMENTS = re.compile(rf"{_DOCUMENTS}|billing (?:doc )?type|movement type")
_OF_CATEGORIES = re.compile(r"categ|kategor|категор|(?:^| )genre(?: |$)")
_OF_PRICES = re.compile(
    r"(?:^| )(?:sales?|orders?|price|pricing|deal|rate|fare|discount) (?:type|kind|category)(?: |$)"
)
_OF_ORIGINS = re.compile(r"(?:^| )origin$")
_OF_A_MODE = re.compile(r"(?:^| )(?:mode|modus|environment|env|umgebung|entorno|environnement)$")


def may_be_of_a_ledger(name: str) -> bool:
    """Whether a column of kinds may tell those of documents and bookings; not how was paid, nor what mails say."""
    plain = plain_words(name)
    return not any(pattern.search(plain) for pattern in (_OF_PAYING, _OF_OTHER_THINGS, OF_ANOTHER))


def is_of_documents(name: str) -> bool:
    """Whether a column of kinds tells by its name, or denies by no word of it, that they are those of documents."""
    return may_be_of_a_ledger(name) and _OF_DOCUMENTS.search(plain_words(name)) is not None and not is_of_events(name)


def is_named_for_documents(name: str) -> bool:
    """Whether a column of kinds says by its name that they are those of documents."""
    return is_of_documents(name) and _NAMED_FOR_DOCUMENTS.search(plain_words(name)) is not None


def is_of_events(name: str) -> bool:
    """Whether a column of kinds tells those of events, for which networks pay."""
    return _OF_EVENTS.search(plain_words(name)) is not None


def is_of_categories(name: str) -> bool:
    """Whether a column tells into what goods, offers or campaigns are sorted."""
    return _OF_CATEGORIES.search(plain_words(name)) is not None


def is_of_prices(name: str) -> bool:
    """Whether a column tells at what price, or how, something was sold: at a discount, by a draft order."""
    return _OF_PRICES.search(plain_words(name)) is not None


def is_of_origins(name: str) -> bool:
    """Whether a column tells what made a transaction: a shop, a renewal, a refund."""
    return _OF_ORIGINS.search(plain_words(name)) is not None


def is_of_a_mode(name: str) -> bool:
    """Whether a column tells of each row whether it was made in a test."""
    return _OF_A_MODE.search(plain_words(name)) is not None
