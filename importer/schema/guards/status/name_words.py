"""The words of headers that say what became of a row: cancelled, approved, a test; when, why and how much of it."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from importer.schema.guards.status.money_back import begins_so
from importer.schema.guards.status.name_scripts import in_english
from importer.schema.guards.status.undone import is_undone
from importer.schema.guards.status.words import folded, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator


class Role(Enum):
    """What a word says in a header.

    `UNDONE` is taken back or refused, `RETURN` the same unless it is a way back (a return date), `FAILED` what went
    wrong with it, `BAD` no revenue otherwise, `PERHAPS_BAD` and `PERHAPS_DONE` words that often say something else,
    `DONE` revenue, `CONSENT` the deed by which it becomes that, `NOT` turns these around; `WHEN` and `WHAT` ask for a
    moment, and for an amount, a reason or a number. `OTHER` is every other word; so are those of `HOW` (by whom, of
    which type) and `BESIDE` (a part, an invoice) where nothing is undone: beside that, the latter say nothing more.
    """

    UNDONE = auto()
    RETURN = auto()
    FAILED = auto()
    BAD = auto()
    PERHAPS_BAD = auto()
    DONE = auto()
    PERHAPS_DONE = auto()
    CONSENT = auto()
    NOT = auto()
    WHEN = auto()
    WHAT = auto()
    HOW = auto()
    BESIDE = auto()
    OTHER = auto()


_AMOUNTS = (
    "amount amt sum total value qty quantity count units betrag bedrag menge anzahl aantal montant importe importo "
    "valor belopp beløb beløp summa määrä kwota kwoty částka suma összeg összege tutar tutarı tutari miktar miktarı "
    "сумма суммы сума износ iznos ποσό jumlah nilai wartość hodnota értéke quantité cantidad quantidade quantità ilość "
    "количество"
)
AMOUNTS = word_set(_AMOUNTS)
"""Words that ask how much of a row was taken back, which may be less than all."""
_WORDS = {
    Role.RETURN: "return returns retoure retouren retour retours retur returer rückgabe rückgaben",
    Role.FAILED: (
        "failed failure failures error errors err fehler fehlers erreur erreurs echec errores fallo erro erros "
        "falha errore errori fout fouten chyba chyby fejl fel ошибка ошибки hata エラー 오류 错误 錯誤"
    ),
    Role.BAD: (
        "unpaid spam scrubbed dummy blacklisted unbezahlt unconfirmed unverified bot bots robot crawler fake proforma"
    ),
    Role.PERHAPS_BAD: (
        "pending test tests testing duplicate duplicated sandbox demo correction corrected adjustment "
        "inactive disabled blocked suspended suspicious expired ignore ignored exclude excluded archived superseded "
        "obsolete hold onhold held scrub dup dupe dupes duplicates bounce bounced throttled amended negative negativ "
        "negatif negativo ujemny"
    ),
    Role.DONE: (
        "approved paid valid validated confirmed verified accepted payable billable commissionable qualified eligible "
        "locked settled captured cleared success successful succeeded successfully erfolgreich erfolg exitoso exitosa "
        "reussi sucesso riuscito geslaagd оплачено оплачен "
        "bezahlt gultig bestatigt freigegeben genehmigt paye valide approuve confirme "
        "pagado aprobado confirmado valido pago aprovado pagato approvato confermato betaald goedgekeurd geldig "
        "zatwierdzone hyvaksytty godkand godkendt godkjent одобрено подтверждено"
    ),
    Role.PERHAPS_DONE: (
        "live won production prod active aktiv actif activo ativo attivo actief enabled counted ok okay iscurrent "
        "original posted posting gebucht проведен проведена проведено проведений"
    ),
    Role.CONSENT: (
        "approval validation confirmation verification locking freigabe bestatigung bestatigungs genehmigung "
        "genehmigungs validierung validierungs approbation aprobacion aprovacao approvazione goedkeuring goedkeurings"
    ),
    Role.NOT: "not non un nicht niet nie no nem nu ne ikke inte ei не",
    Role.WHEN: (
        "at on date time timestamp datetime datum am um le el il op when zeit zeitpunkt zeitstempel dato day data "
        "fecha päivä pvm päivämäärä päiväys kuupäev datums dátum dátuma időpont čas tarih tarihi ngày tanggal tarikh "
        "dzień дата дату дати время час ημερομηνία"
    ),
    Role.WHAT: (
        f"{_AMOUNTS} reason reasons code codes grund motive num number nr id ref reference nummer motif motivo reden "
        "note notes comment comments remark message messages msg text details meldung beschreibung description "
        "mensaje codigo codice kod messaggio mensagem melding descripcion descricao descrizione syy orsak årsak årsag "
        "powód motyw důvod dôvod razlog oka nedeni sebebi причина причини λόγος alasan lý số numero número número "
        "numer číslo szám száma numara numarası номер broj številka αριθμός nomor numurs numeris"
    ),
    Role.HOW: (
        "who by with mit von durch par con door przez av type types typ method methode art tipo aika gebühr kosten"
    ),
    Role.BESIDE: (
        "partial partially partly part full fully teil teilweise voll vollständig komplett partiel partielle "
        "partiellement parcial parcialmente parziale parzialmente gedeeltelijk volledig delvis częściowy częściowo "
        "issued processed requested initiated created completed made received externally manually open invoice "
        "invoices rechnung rechnungs factura facture fattura fatura factuur faktura faktury document documents doc "
        "docs dokument beleg money funds geld peněz peniaze pieniędzy środków novca pénz средств коштов грошей dana "
        "tiền пометка признак флаг flaga příznak oznaka"
    ),
}
_ROLE = {folded(word): role for role, words in _WORDS.items() for word in words.split()}
_PASSED_OVER = frozenset(
    word
    for words in (
        "is was has have to been are be ist wurde hat est es flag flagged indicator ind kennzeichen mode modus bool",
        "boolean order orders sale transaction transactions trx txn conversion conversions commission commissions",
        "sales item items payment payments action record event lead row bestellung auftrag net gross usd eur",
        "gbp yn y n the of d l der die das de du del des della van for fur do dos dei delle und and et edildi edilmis",
        "kz cents edilen oldu byl byla bylo bol bola bolo fost este je jest zostal zostala zostalo lett blev",
        "ble đa",
    )
    for word in words.split()
)
"""Words that say of what it is said, or how: an order, a flag."""
_APART = (
    (re.compile(r"\bcharged? back\b"), "chargeback"),
    (re.compile(r"\bclaw(?:ed)? back\b"), "clawback"),
    (re.compile(r"\bcredit (note|memo)\b"), r"credit\1"),
    (re.compile(r"\b(?:writ(?:e|ten)|charged?) ?offs?\b|\bbad debts?\b"), "writeoff"),
    (
        re.compile(
            r"\b(?:(?:paid|money|given|sent|rolled) back|geri odem\w*|geri odendi|ters (?:ibraz|kayit)|hoan "
            r"(?:tien|tra|hang|lai)|tra (?:hang|lai)|bayaran balik|bayar balik|dana kembali|obciazeni\w* zwrotn\w*|"
            r"not[ae] (?:de |di )?credito?|kreditn\w* not\w*|nota kredit|кредит нот\w*|returns?(?: and |\W+)refunds?|"
            r"refunds?(?: and |\W+)returns?)\b"
        ),
        "refund",
    ),
    (re.compile(r"\b(?:is |has )cb$|^cb (?=flag|date|amount|reason)"), "chargeback "),
    (re.compile(r"\b(cancel|return|refund|void|reverse|reject|zwrot|anulowanie) (?:by|do)\b"), r"\1 deadline"),
    (re.compile(r"^is ?returns?$"), "returned"),
    (re.compile(r"^(?:is )?pro forma$"), "proforma"),
    (re.compile(r"(?<=\w) no$|^no (?=de )"), " number "),
    (re.compile(r"\bby (?:the )?(?:user|customer|client|buyer|seller|merchant|admin|advertiser|publisher)\b"), "by"),
    (
        re.compile(r"\breturned to (?:stock|sender|warehouse|seller|merchant)\b|\breturn (?=requested|initiated)"),
        "returned ",
    ),
    (re.compile(r"(?<![^\W_])on[ _]hold(?![^\W_])"), "onhold"),
    (re.compile(r"(?<![^\W_])is[ _](?:current|latest)(?![^\W_])"), "iscurrent"),
)
# Fields of SAP and DATEV as they are exported, by what they mean.
_FIELDS = {
    "fksto": "storno",
    "xreversal": "reversal",
    "xstov": "storno",
    "xnegp": "storno",
    "stokz": "storno",
    "stgrd": "storno grund",
    "loekz": "deleted",
    "sfakn": "storno nummer",
    "stblg": "storno nummer",
    "abgru": "storno grund",
    "fkart": "billing type",
    "vbtyp": "document type",
    "blart": "document type",
    "auart": "document type",
    "bwart": "movement type",
    "generalumkehr (gu)": "storno",
    "generalumkehr": "storno",
    "gu": "storno",
}
_DEED = re.compile(r"refund|chargeback|disput|cancel|storn|reversal|annul|anul|iptal|отмен|скасув")
_COMPOUND = re.compile(
    r"(.{4,})(datum|grund|betrag|bedrag|zeitpunkt|zeit|reden|menge|anzahl|aantal|kennzeichen|nummer|status|dato|meldung|"
    r"melding|belopp|belob|belop|summa|maara|paivamaara|paiva|pvm|syy|orsak|arsak|arsag)"
)
_TAIL = re.compile(
    r"(.{4,}?)(timestamp|datetime|date|time|(?<=ed|al|el|nd|id|ck)(?:at|on)|reason|amount|message|flag|qty|quantity|code|"
    r"count|mode|modus|order|id|aika|gebuhr|kosten)"
)
_HEAD = re.compile(r"(is|was|has|non|order|sale|transaction|conversion|payment|teil|voll)(.{4,})")


def roles_of(name: str) -> tuple[list[str], frozenset[Role]]:
    """The words of a folded name, and the roles that they have together; words put together are told apart.

    So `stornodatum`, `cancelledat` and `isrefunded` (programs drop capitals) have two words each.
    """
    name = in_english(_FIELDS.get(name, name))
    for pattern, one in _APART:
        name = pattern.sub(one, name)
    words = [part for word in re.findall(r"[^\W_]+", name) for part in _parts(word)]
    return words, _beside_each_other({_role(word) for word in words if word not in _PASSED_OVER})


def takes_back(words: list[str]) -> bool:
    """Whether words of a name have one for what takes a sale back, such as a refund, which has states of its own."""
    return any(_ROLE.get(word) is Role.RETURN or begins_so(word) or _DEED.match(word) for word in words)


def _beside_each_other(roles: set[Role]) -> frozenset[Role]:
    if Role.UNDONE in roles:
        return frozenset(roles - {Role.BESIDE})
    return frozenset(Role.OTHER if role in {Role.HOW, Role.BESIDE} else role for role in roles)


def _role(word: str) -> Role:
    if word in _ROLE:
        return _ROLE[word]
    return Role.UNDONE if is_undone(word) or begins_so(word) else Role.OTHER


def _parts(word: str) -> Iterator[str]:
    if compound := _COMPOUND.fullmatch(word):
        yield from compound.groups()
    elif (tail := _TAIL.fullmatch(word)) and _role(tail[1]) is not Role.OTHER:
        yield from tail.groups()
    elif (head := _HEAD.fullmatch(word)) and _role(head[2]) is not Role.OTHER:
        yield from head.groups()
    else:
        yield word
