"""What a column may say of its rows, by the words of its name: a state, yes or no, a moment, their kind."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from importer.schema.columns import word_name
from importer.schema.guards.status.name_sides import tells_sides
from importer.schema.guards.status.name_words import AMOUNTS, Role, roles_of, takes_back
from importer.schema.guards.status.words import folded


class Kind(Enum):
    """How a column tells which rows are no revenue.

    `STATE` may be the state of something else, such as a place. `STATE_OF_ANOTHER` is one of goods or people, and
    `EARLIER` one that is over: a word that nobody knows says nothing there. `MARK` says by its name that rows are told
    apart, and not what for, `BAD_IF_FEW_ARE_FILLED` that there is a reason, and not of what, `CORRECTS` what few rows
    have to say: which document they correct, by whom they were cancelled, what was credited. `BAD_IF_DONE` is a state
    of what takes back, such as a refund that was completed. `PERHAPS_…` is a flag or something else, such as `Test` of
    A and B: only where all of its values are words for yes and no, it is one.
    """

    STATUS = auto()
    STATE = auto()
    STATE_OF_ANOTHER = auto()
    EARLIER = auto()
    BAD_IF_YES = auto()
    BAD_IF_NO = auto()
    PERHAPS_BAD_IF_YES = auto()
    PERHAPS_BAD_IF_NO = auto()
    BAD_IF_DONE = auto()
    BAD_IF_FILLED = auto()
    BAD_IF_FEW_ARE_FILLED = auto()
    CORRECTS = auto()
    BAD_IF_EMPTY = auto()
    TYPE = auto()
    SIDE = auto()
    MARK = auto()
    ANY = auto()


STATES = {Kind.STATUS, Kind.STATE, Kind.STATE_OF_ANOTHER, Kind.EARLIER}
BY_YES = {Kind.BAD_IF_YES, Kind.PERHAPS_BAD_IF_YES, Kind.BAD_IF_DONE}
BY_NO = {Kind.BAD_IF_NO, Kind.PERHAPS_BAD_IF_NO}
BY_FEW = {Kind.BAD_IF_FEW_ARE_FILLED, Kind.CORRECTS}
BY_CONTENT = {Kind.BAD_IF_FILLED, *BY_FEW, Kind.BAD_IF_EMPTY}

_TYPE_ELSEWHERE = "種別 種類 区分 タイプ 类型 類型 种类 유형 종류 구분 סוג نوع ประเภท प्रकार ধরন قسم"
_STATUS_ELSEWHERE = (
    "状态 狀態 状態 状況 狀況 状况 ステータス 상태 สถานะ حالة סטטוס מצב κατάσταση स्थिति وضعیت"  # in other scripts
)


def _as_names(word: str) -> str:
    """A word as names are compared: vowels that are signs part the words of some scripts."""
    return " ".join(roles_of(folded(word))[0])


_STATUS = re.compile(
    r"status|(?:^| )(?:approval|disposition|decision(?! maker)|verdict|entscheidung|change type|row kind|rowkind|"
    r"freigabe|genehmigung|prufung|validation|validierung|validacion|validacao|"
    r"validazione|validering|approbation|aprobacion|aprovacao|approvazione|goedkeuring|zatwierdzenie|godkannande|"
    r"statut|durum|статус|trang thai|allapot|stare|starea|stanje|busena|olek)(?: |$)|"
    + "|".join(map(_as_names, _STATUS_ELSEWHERE.split()))
)
_STATE = re.compile(
    r"(?:^| )(?:state|result|outcome|ergebnis|resultat|resultado|risultato|zustand|etat|estado|stato|situacao|toestand|"
    r"stan|stav|tila)(?: |$)|^(?:(?:deals?|opportunity|opp|pipeline|sales) )?stage(?: name)?$"
)
_RESULT = re.compile(r"(?:^| )(?:result|outcome|ergebnis|resultat|resultado|risultato)(?: |$)")
_OF_IT = re.compile(
    r"(?:^| )(?:orders?|sales?|transactions?|conversions?|commissions?|payments?|payouts?|leads?|actions?|invoices?|"
    r"financial) (?:status|state)(?: |$)"
)
OF_ANOTHER = re.compile(
    r"(?:^| )(?:customer|client|user|member(?:ship)?|visitor|subscri(?:ber|ption)|contact|e ?mail|mail|sms|message|"
    r"delivery|shipping|shipment|fulfil\w*|tracking|stock|inventory|marital|civil|employment|vip|loyalty|tax|address|adresse?|device|"
    r"http|sync|import|export|opt(?: ?in)?|consent|kunden?|klanten?|clienti?|cliente|liefer\w*|versand\w*|lager|"
    r"levering|mitglied\w*|familien\w*|sendung\w*|zustell\w*)(?= )| "
    r"(?:livraison|expedition|envio|entrega|spedizione|consegna|verzending|bezorging|clienti?|cliente)$"
)
"""Words of names that tell of people or goods, not of the row's money."""
_PERHAPS_OF_ANOTHER = re.compile(
    r"(?:^| )(?:campaign|offer|link|product|account|publisher|affiliate|partner|login)(?= )"
)
_EARLIER = re.compile(
    r"(?:^| )(?:previous|prev|prior|former|earlier|old|before|vorherig\w*|vorig\w*|fruher\w*|precedent\w*|ancien\w*|"
    r"anterior|precedente|poprzedni\w*|tidligere|tidigare)(?: |$)"
)
_ABOUT_IT = re.compile(
    r" (?:date|time|datetime|timestamp|at|on|id|note|notes|comment|comments|reason|url|by|count|since|until|changed|"
    r"updated|history|number|nr|ref|reference|grund|datum|zeit|zeitpunkt|nummer)$"
)
_TYPE = re.compile(
    r"(?:^| )(?:type|kind|event|action|category|categoria|categorie|kategorie|typ|art|tipo|soort|rodzaj|genre|"
    r"nature|naturaleza|natura|natureza|tyyppi|laji|tur|turu|тип|вид|категория|типу|виду|tapahtuma|tipi|tip|tipul|typu|"
    r"tipus|fajta|τυποσ|ειδοσ|loai|tipe|jenis|vrsta|tuup|liik|tipas|rusis|tips|veids|druh|slags?|tegund|врста|категорія|"
    r"kategorija|kategoria)(?: |$)|"
    r"^(?:movement|movimiento|movimento|mouvement|bewegung|mutatie|operation|operacion|operacao|operazione|operacja|"
    r"операция|операція|islem|transaction|transaktion|transaccion|transacao|transazione|transactie|tapahtumat|buchung|"
    r"vorgang|buchungstext|entry|booking)$|"
    + "|".join(map(_as_names, _TYPE_ELSEWHERE.split()))
    + r"|(?:typ|art|kategorie)$|^(?:document|documents|doc|dokument|beleg|documento|comprobante)$"
)
_CLASS = re.compile(r"(?:^| )(?:trx|txn|trans|transaction|invoice|document|doc) class$")
_OF_VISITS = re.compile(r"(?:^| )(?:click|visit|visitor|session|traffic|trip|journey|fare) (?:type|kind|category)$")
_CORRECTS = re.compile(
    r"(?:storno|stornierung|gutschrift|korrektur|erstattung|avoir|abono|refund|credit|credit ?note|reversal|"
    r"correction|nota de credito) (?:zu|zur|fur|of|for|to|against|de|sur|di|per)(?: \w+)?|"
    r"(?:original|corrected|credited|reversed|refunded|ursprungs?|urspruengliche|ursprungliche|stornierte|"
    r"korrigierte) ?(?:invoice|document|receipt|rechnung|beleg|facture|factura)"
    r"(?: ?(?:number|no|nr|num|nummer|id|ref|reference))?|"
    r"(?:numero de )?(?:facture|factura|fattura|fatura) (?:original|originale|d origine|de origen|rectificada|"
    r"corrigee)|(?:numer|nr) korekty|storniert\w* ?(?:faktura|rechnungs|beleg)(?: ?(?:number|nummer|nr))?"
)
_CREDITED = re.compile(
    r"(?:total )?credit(?:ed|s)? (?:amount|amt|total|value)|(?:total )?credits|credited|gutgeschrieben|"
    r"(?:gutschrift\w*|avoirs?|ruckvergutung\w*|jovair\w*)(?: \w+)?|ruckgaben?(?: datum)?|(?:importe|monto) "
    r"(?:abonado|acreditado)|(?:total |partial )?returns|retouren|retours|returer|resi|zwroty|возвраты"
)
"""What is credited or comes back in few rows; where most have it, it is how they are paid, or a policy."""
_REASON = re.compile(
    r"(?:(?:correction|adjustment|amend|amendment|change|modification|korrektur|anderungs) ?)?"
    r"(?:reasons?|grund|grunde|motif|motifs|motivo|motivos|motivi|motive|reden|redenen|powod|duvod|arsak|arsag|syy|"
    r"причина|사유|理由|原因)(?: (?:code|codes|text|description|id|name))?"
)
_MARK = re.compile(
    r"(?:row |record |line |order |sale |transaction |conversion )?(?:flag|flags|marker|kennzeichen|kz|op|dml)"
)
_JOINED = re.compile(r"[/&+]| (?:and|or|und|oder|et|ou|y|o|e|en|of) ")
"""Between the things of which a status may be, such as an order and its refund."""
_ASKED = re.compile(r"[ ?:]*(?:\((?:y/n|yes/no|j/n|ja/nein|o/n|s/n|0/1|1/0)\))?[ ?:]*$", re.IGNORECASE)
_MORE_OF_IT = {Role.UNDONE, Role.HOW, Role.WHEN, Role.WHAT}
# What the roles of all words of a name make of it; a `NOT` among them turns a flag around.
_FLAGS = {
    Role.UNDONE: Kind.BAD_IF_YES,
    Role.FAILED: Kind.PERHAPS_BAD_IF_YES,
    Role.BAD: Kind.BAD_IF_YES,
    Role.PERHAPS_BAD: Kind.PERHAPS_BAD_IF_YES,
    Role.DONE: Kind.BAD_IF_NO,
    Role.PERHAPS_DONE: Kind.PERHAPS_BAD_IF_NO,
}
_TURNED = {
    Kind.BAD_IF_YES: Kind.BAD_IF_NO,
    Kind.BAD_IF_NO: Kind.BAD_IF_YES,
    Kind.PERHAPS_BAD_IF_YES: Kind.PERHAPS_BAD_IF_NO,
    Kind.PERHAPS_BAD_IF_NO: Kind.PERHAPS_BAD_IF_YES,
}


@lru_cache(4096)
def kind_of(name: str) -> Kind:
    """The kind of a column of this name; `Voided?` and `Refunded (Y/N)` are called what their words say.

    Of `data.refunded`, as the fields of nested records are called, the last part tells where the whole does not.
    """
    asked = _ASKED.sub("", name)
    kind = _kind_of(asked)
    return _kind_of(asked.rpartition(".")[2]) if kind is Kind.ANY else kind


def may_be_of_places(name: str) -> bool:
    """Whether a column of states may be one of countries' states and provinces; results and statuses are none."""
    plain = folded(word_name(name))
    return _STATUS.search(plain) is None and _RESULT.search(plain) is None


def may_number_steps(name: str) -> bool:
    """Whether a column of states may number the steps of something, as `Stage` 1, 2 and 3."""
    return " stage" in f" {plain_words(name)}"


def may_tell_of_a_part(name: str) -> bool:
    """Whether a column may say how much of its row was taken back, which may be less than all."""
    return kind_of(name) is Kind.BAD_IF_YES or not AMOUNTS.isdisjoint(plain_words(name).split())


def plain_words(name: str) -> str:
    """A name by its words, folded, as patterns look for them."""
    return " ".join(roles_of(folded(word_name(name)))[0])


def _kind_of(name: str) -> Kind:
    words, roles = roles_of(folded(word_name(name)))
    plain = " ".join(words)
    if _CORRECTS.fullmatch(plain) or _CREDITED.fullmatch(plain) or {Role.UNDONE, Role.HOW} <= roles <= _MORE_OF_IT:
        return Kind.CORRECTS
    if found := _by_content(roles):
        return found
    if _REASON.fullmatch(plain):
        return Kind.BAD_IF_FEW_ARE_FILLED
    if tells_sides(folded(name)) or tells_sides(plain):
        return Kind.SIDE
    if not _ABOUT_IT.search(plain) and (state := _state(plain)):
        return Kind.BAD_IF_DONE if takes_back(words) and not _JOINED.search(folded(name)) else state
    if flag := _flag(roles):
        return flag
    if _MARK.fullmatch(plain):
        return Kind.MARK
    is_type = _TYPE.search(plain) and not _OF_VISITS.search(plain)
    return Kind.TYPE if is_type or _CLASS.search(plain) else Kind.ANY


def _state(plain: str) -> Kind | None:
    is_status = _STATUS.search(plain) is not None
    if not is_status and not _STATE.search(plain):
        return None
    if _EARLIER.search(plain):
        return Kind.EARLIER
    if is_status and _OF_IT.search(plain):
        return Kind.STATUS
    if OF_ANOTHER.search(plain):
        return Kind.STATE_OF_ANOTHER
    return Kind.STATUS if is_status and not _PERHAPS_OF_ANOTHER.search(plain) else Kind.STATE


def _by_content(roles: frozenset[Role]) -> Kind | None:
    """A column of moments, amounts or reasons: of what was taken back or went wrong, or of what made a row revenue."""
    what = roles - {Role.WHEN, Role.WHAT}
    if what == {Role.FAILED}:
        return Kind.BAD_IF_FILLED
    if what == {Role.UNDONE} != roles or (what == {Role.RETURN} and roles == {Role.RETURN, Role.WHAT}):
        return Kind.BAD_IF_FILLED
    is_consent = bool(what) and what <= {Role.DONE, Role.CONSENT}
    return Kind.BAD_IF_EMPTY if is_consent and roles - what == {Role.WHEN} else None


def _flag(roles: frozenset[Role]) -> Kind | None:
    what = roles - {Role.NOT}
    kinds = {_FLAGS.get(role) for role in what}
    kind = kinds.pop() if len(kinds) == 1 else None
    return _TURNED[kind] if kind and Role.NOT in roles else kind
