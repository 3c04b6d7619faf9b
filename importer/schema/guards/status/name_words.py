"""The words of headers that say what became of a row: cancelled, approved, a test; when, why and how much of it."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Role(Enum):
    """What a word says in a header.

    `UNDONE` is taken back or refused, `RETURN` the same unless it is a way back (a return date), `FAILED` what went
    wrong with it, `BAD` no revenue otherwise, `PERHAPS_BAD` and `PERHAPS_DONE` words that often say something else,
    `DONE` revenue, `CONSENT` the deed by which it becomes that, `NOT` turns these around; `WHEN` and `WHAT` ask for a
    moment, and for an amount, a reason or a number. `OTHER` is every other word.
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
    OTHER = auto()


_UNDONE = re.compile(
    r"(?:reject|declin|denied|denial|disapprov|unapprov|revers|revert|refund|chargeback|clawback|void|cancel|trash|"
    r"delet|invalid|fraud|storn|erstatt|ruckerst|zuruck|ruckbuch|rucklast|ablehn|abgelehn|abgewies|widerruf|gelosch|"
    r"ungultig|annul|rembours|anulad|anulac|reembols|rechaz|devuel|devolv|devoluc|estorn|rejeit|recusad|rimbors|rifiut|"
    r"respint|terugb|terugg|geweig|afgewez|afkeur|afgekeur|odrzuc|anulow|zwrot|zwroc|refus|rejet|avvis|hylatty|hylatt|"
    r"отмен|отклон|возвр|iptal|iade)\w*|returned|disputed?|disputes|removed|creditnotes?|creditmemos?|rma"
)
_CAN_BE = re.compile(r"\w*(?:[ai]ble|[ai]bile|[ai]vel|bar|f[aä]hig)")
_WORDS = {
    Role.RETURN: "return returns retoure retouren retour retours",
    Role.FAILED: (
        "failed failure failures error errors err fehler fehlers erreur erreurs echec errores fallo erro erros "
        "falha errore errori fout fouten chyba chyby fejl fel ошибка ошибки hata エラー 오류 错误 錯誤"
    ),
    Role.BAD: "unpaid spam scrubbed dummy blacklisted unbezahlt unconfirmed unverified bot bots robot crawler fake",
    Role.PERHAPS_BAD: (
        "pending test tests testing duplicate duplicated sandbox demo correction corrected adjustment "
        "inactive disabled blocked suspended suspicious expired ignore ignored exclude excluded archived superseded "
        "obsolete hold onhold held scrub dup dupe dupes duplicates bounce bounced throttled"
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
        "live production prod active aktiv actif activo ativo attivo actief enabled counted ok okay iscurrent original"
    ),
    Role.CONSENT: (
        "approval validation confirmation verification locking freigabe bestatigung bestatigungs genehmigung "
        "genehmigungs validierung validierungs approbation aprobacion aprovacao approvazione goedkeuring goedkeurings"
    ),
    Role.NOT: "not non un nicht niet nie no",
    Role.WHEN: (
        "at on date time timestamp datetime datum am um le el il op when zeit zeitpunkt zeitstempel dato day data fecha"
    ),
    Role.WHAT: (
        "amount amt sum total value qty quantity count number num nr units reason reasons code codes grund motive "
        "motif motivo betrag bedrag menge anzahl aantal montant importe importo valor reden id ref reference nummer "
        "note notes comment comments remark message messages msg text details meldung beschreibung description mensaje "
        "codigo codice kod messaggio mensagem melding descripcion descricao descrizione"
    ),
}
_ROLE = {word: role for role, words in _WORDS.items() for word in words.split()}
_PASSED_OVER = frozenset(
    word
    for words in (
        "is was has have been are be ist wurde hat est es flag flagged indicator ind kennzeichen mode modus bool",
        "boolean order orders sale transaction transactions trx txn conversion conversions commission commissions",
        "sales item items payment payments action record event lead row bestellung auftrag net gross usd eur",
        "gbp yn y n the of d l der die das de du del des della van for fur",
    )
    for word in words.split()
)
"""Words that say of what it is said, or how: an order, a flag."""
_APART = (
    (re.compile(r"\bcharged? back\b"), "chargeback"),
    (re.compile(r"\bclaw(?:ed)? back\b"), "clawback"),
    (re.compile(r"\bcredit (note|memo)\b"), r"credit\1"),
    (re.compile(r"(?<![^\W_])on[ _]hold(?![^\W_])"), "onhold"),
    (re.compile(r"(?<![^\W_])is[ _](?:current|latest)(?![^\W_])"), "iscurrent"),
)
# Fields of SAP and DATEV as they are exported, by what they mean.
_FIELDS = {
    "fksto": "storno",
    "xreversal": "reversal",
    "xstov": "storno",
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
_COMPOUND = re.compile(
    r"(.{4,})(datum|grund|betrag|bedrag|zeitpunkt|zeit|reden|menge|anzahl|aantal|kennzeichen|nummer|status|dato|meldung|melding)"
)
_TAIL = re.compile(
    r"(.{4,}?)(timestamp|datetime|date|time|at|(?<!i)on|reason|amount|message|flag|qty|quantity|code|count|mode|modus|order|id)"
)
_HEAD = re.compile(r"(is|was|has|non|order|sale|transaction|conversion|payment)(.{4,})")


def roles_of(name: str) -> tuple[list[str], frozenset[Role]]:
    """The words of a folded name, and the roles that they have together; words put together are told apart.

    So `stornodatum`, `cancelledat` and `isrefunded` (programs drop capitals) have two words each.
    """
    name = _FIELDS.get(name, name)
    for pattern, one in _APART:
        name = pattern.sub(one, name)
    words = [part for word in re.findall(r"[^\W_]+", name) for part in _parts(word)]
    return words, frozenset(_role(word) for word in words if word not in _PASSED_OVER)


def is_undone(word: str) -> bool:
    """Whether a folded word says that something was taken back or refused."""
    return _UNDONE.fullmatch(word) is not None and not says_what_can_be(word)


def says_what_can_be(word: str) -> bool:
    """Whether a folded word says what can be done: what can be refunded has not been."""
    return _CAN_BE.fullmatch(word) is not None


def _role(word: str) -> Role:
    if word in _ROLE:
        return _ROLE[word]
    return Role.UNDONE if is_undone(word) else Role.OTHER


def _parts(word: str) -> Iterator[str]:
    if compound := _COMPOUND.fullmatch(word):
        yield from compound.groups()
    elif (tail := _TAIL.fullmatch(word)) and _role(tail[1]) is not Role.OTHER:
        yield from tail.groups()
    elif (head := _HEAD.fullmatch(word)) and _role(head[2]) is not Role.OTHER:
        yield from head.groups()
    else:
        yield word
