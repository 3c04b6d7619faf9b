"""How networks and shops call the state of a row, in the languages of their exports; as cells are compared."""

from __future__ import annotations

import re

_WORDS = {
    "en": "rejected reject declined decline denied disapproved unapproved reversed reversal reverted refunded refund "
    "chargeback chargebacks void voided cancelled canceled cancellation invalid invalidated pending unconfirmed "
    "fraud fraudulent disputed scrubbed",
    "de": "abgelehnt storniert storno erstattet rückerstattet zurückerstattet ausstehend schwebend ungültig ungueltig "
    "zurückgewiesen widerrufen rückbuchung rücklastschrift annulliert unbestätigt",
    "fr": "refusé refusée rejeté rejetée annulé annulée remboursé remboursée invalide invalidé contesté impayé",
    "es": "rechazado rechazada anulado anulada reembolsado reembolsada pendiente inválido inválida denegado denegada",
    "pt": "rejeitado rejeitada recusado recusada cancelado cancelada estornado estornada pendente negado negada",
    "it": "rifiutato rifiutata respinto respinta annullato annullata stornato stornata rimborsato rimborsata pendente "
    "cancellato cancellata",
    "nl": "afgewezen afgekeurd geweigerd geannuleerd terugbetaald teruggedraaid ongeldig openstaand",
    "pl": "odrzucona odrzucony odrzucone anulowana anulowany anulowane oczekująca oczekujący zwrócona zwrot",
}
_PHRASES = (
    *("not approved", "non approved", "un approved", "not valid", "charge back", "charged back", "partially refunded"),
    *("partial refund", "on hold", "awaiting approval", "under review", "in review", "pending approval"),
    *("in bearbeitung", "nicht bestätigt", "en attente", "non validé", "non validée", "no válido", "não aprovado"),
    *("em análise", "in attesa", "in sospeso", "non valido", "in behandeling", "niet goedgekeurd"),
)
NO_REVENUE = frozenset(word for words in _WORDS.values() for word in words.split()) | {*_PHRASES}
"""A row in such a state is none that counts, or none yet."""

_ALSO = (
    "hold held review failed failure expired deleted removed returned return dispute unpaid blocked duplicate test "
    "offen retoure retourniert retourné litige devuelto devolvido reso geretourneerd open"
)
ALSO_IN_A_STATUS = frozenset(_ALSO.split())
"""So is one in these; by themselves, without a column that is called a status, they may mean something else."""

_COUNTS = (
    "approved confirmed accepted valid validated verified paid locked closed new extended completed complete success "
    "successful succeeded active processed settled converted payable cleared ok done bonus "
    "bestätigt genehmigt freigegeben bezahlt gültig akzeptiert abgeschlossen approuvé approuvée validé validée "
    "confirmé confirmée accepté acceptée payé payée aprobado aprobada confirmado confirmada aceptado aceptada pagado "
    "pagada aprovado aprovada aceito pago paga approvato approvata confermato confermata accettato pagato goedgekeurd "
    "bevestigd geaccepteerd betaald zatwierdzona zatwierdzony zaakceptowana "
    "sale sales order purchase payment lead transaction conversion charge"
)
COUNTS = frozenset(_COUNTS.split())
"""States, and kinds of events, beside which the others may stand in one column."""

_YES, _NO = "true yes y t 1 x ja oui si sí sim tak", "false no n f 0 nein non não nee nie"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())

_NAMES = re.compile(
    r"status|(?:^|_)(?:state|approval|disposition|zustand|freigabe|genehmigung|statut|état|etat|estado|stato|situação|"
    r"situacao|toestand|stan)(?:_|$)"
)
_ABOUT_IT = re.compile(r"_(?:date|time|at|on|id|note|notes|comment|comments|reason|url|by|count|grund|datum)$")
_FLAGS = re.compile(
    r"^(?:is_|was_)?(?:refunded|refund|reversed|reversal|chargeback|charged_back|voided|void|cancelled|canceled|rejected"
    r"|declined|fraud|invalid|pending|test|storniert|erstattet|annulé|remboursé|anulado|annullato|geannuleerd)$"
)


def is_status_name(plain: str) -> bool:
    """Whether a column of this name tells a state of its row."""
    return _NAMES.search(plain) is not None and _ABOUT_IT.search(plain) is None


def is_flag_name(plain: str) -> bool:
    """Whether a column of this name says yes of rows that do not count."""
    return _FLAGS.match(plain) is not None


def says_no_revenue(value: str) -> bool:
    """Whether a cell of a column that is called a status says so: a word, perhaps with more behind it."""
    words = value.split(" ", 2)
    start = re.split(r"[^\w ]", value, maxsplit=1)[0].strip()
    known = NO_REVENUE | ALSO_IN_A_STATUS
    return not known.isdisjoint((value, start, words[0], " ".join(words[:2])))
