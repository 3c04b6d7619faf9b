"""What a column may say of its rows, by its name: a state, yes or no, when something happened to them, their kind."""

from __future__ import annotations

import re
from enum import Enum, auto

from importer.schema.guards.status_words import folded


class Kind(Enum):
    """How a column tells which rows are no revenue."""

    STATUS = auto()
    BAD_IF_YES = auto()
    BAD_IF_NO = auto()
    BAD_IF_FILLED = auto()
    TYPE = auto()
    SIDE = auto()
    ANY = auto()


_STATUS = re.compile(
    r"status|(?:^| )(?:state|approval|disposition|result|outcome|ergebnis|"
    r"resultat|resultado|risultato|zustand|freigabe|genehmigung|statut|etat|estado|stato|situacao|"
    r"toestand|stan|stav|durum|статус)(?: |$)"
)
_ABOUT_IT = re.compile(r" (?:date|time|at|on|id|note|notes|comment|comments|reason|url|by|count|grund|datum)$")
_IS = r"^(?:is |was |has been |ist )?"
_UNDONE = (
    "refunded|refund|reversed|reversal|chargeback|charged back|clawback|voided|void|cancelled|canceled|cancellation|"
    "rejected|declined|denied|deleted|disapproved|trashed|storniert|storno|stornierung|erstattet|geloscht|abgelehnt|"
    "annule|rembourse|anulado|cancelado|reembolsado|rechazado|annullato|rimborsato|geannuleerd|terugbetaald"
)
_BAD_IF_YES = re.compile(
    rf"{_IS}(?:{_UNDONE}|fraud|fraudulent|invalid|pending|test|duplicate|disputed|returned|correction|"
    r"corrected|adjustment|credit note|removed|unpaid|spam)$"
)
_BAD_IF_NO = re.compile(
    rf"{_IS}(?:approved|paid|valid|validated|confirmed|verified|accepted|payable|billable|commissionable|qualified|eligible|locked|bezahlt|gultig|bestatigt|freigegeben|"
    "genehmigt|paye|valide|approuve|confirme|pagado|aprobado|confirmado|valido|pago|aprovado|pagato|approvato|"
    "confermato|betaald|goedgekeurd|geldig)$"
)
_BAD_IF_FILLED = re.compile(
    rf"^(?:(?:{_UNDONE}|returned|disputed|removed) (?:at|on|date|time|timestamp|date time|datum|am|um|le|el|il|op)|"
    rf"(?:date|datum|time)(?: of)? (?:{_UNDONE})|"
    r"(?:reject(?:ion|ed)?|revers(?:al|ed)|declined?|denial|refund|cancel(?:led|lation)?|void|chargeback|storno|"
    r"ablehnungs?) ?(?:reasons?|codes?|grund|motive?)|(?:grund|reason|motif|motivo)(?: (?:for|of|der|de))? "
    r"(?:rejection|reversal|refund|cancellation|ablehnung|stornierung|refus|annulation|rechazo))$"
)
_TYPE = re.compile(
    r"(?:^| )(?:type|kind|event|action|category|categoria|categorie|kategorie|typ|art|tipo|soort|rodzaj|genre)(?: |$)|"
    r"(?:typ|art|kategorie)$"
)
# Of accounts, whose amounts have no sign of their own: DATEV, SAP, PayPal, banks.
_SIDE = re.compile(
    r"soll ?[/-]? ?(?:und |oder )?haben|(?:^|\W)(?:s ?/ ?h|h ?/ ?s|d ?/ ?c|c ?/ ?d|dr ?/? ?cr|cr ?/? ?dr)(?:\W|$)|"
    r"debit ?[/-]? ?(?:or |and )?credit|credit ?[/-]? ?(?:or |and )?debit|debe ?[/-]? ?(?:y |o )?haber|"
    r"dare ?[/-]? ?avere|debet ?[/-]? ?credit|balance impact|shkzg|^(?:sign|vorzeichen|signe|signo|segno|sens)$"
)
_ASKED = re.compile(r"[ ?:]*(?:\((?:y/n|yes/no|j/n|ja/nein|o/n|s/n|0/1|1/0)\))?[ ?:]*$")


def kind_of(name: str) -> Kind:
    """The kind of a column of this name; `Voided?` and `Refunded (Y/N)` are called what their words say.

    Of `order.state`, as the fields of nested records are called, the last part tells where the whole does not.
    """
    plain = _ASKED.sub("", folded(name))
    kind = _kind_of(plain)
    return _kind_of(plain.rpartition(".")[2].strip()) if kind is Kind.ANY else kind


def _kind_of(plain: str) -> Kind:
    if _BAD_IF_FILLED.match(plain):
        return Kind.BAD_IF_FILLED
    if _SIDE.search(plain):
        return Kind.SIDE
    if _STATUS.search(plain) and not _ABOUT_IT.search(plain):
        return Kind.STATUS
    if _BAD_IF_YES.match(plain):
        return Kind.BAD_IF_YES
    if _BAD_IF_NO.match(plain):
        return Kind.BAD_IF_NO
    return Kind.TYPE if _TYPE.search(plain) else Kind.ANY
