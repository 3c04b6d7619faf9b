"""Names of columns that tell on which side of an account an amount stands, where amounts have no sign of their own.

DATEV, SAP, PayPal and banks export them, as accountants of each language call debit and credit.
"""

from __future__ import annotations

import re

_WORDS = (
    "soll haben|debit credit|debiet credit|debe haber|dare avere|debet credit|debet kredit|debit kredit|winien ma|"
    "ma dati dal|tartozik kovetel|дебет кредит|дебит кредит|borc alacak|duguje potrazuje|借方 貸方|借方 贷方|借 贷|"
    "借 貸|차변 대변|χρεωση πιστωση|مدين دائن|חובה זכות|dr cr|cdt dbt"
)
_LETTERS = "s h|d c|d h|d a|wn ma|md d|t k|дт кт|д к|d k|no co|in out"
"""These are sides only with a stroke between them."""
_PAIRS = [
    (one, other, are_words)
    for sides, are_words in ((_WORDS, True), (_LETTERS, False))
    for one, _, other in (side.rpartition(" ") for side in sides.split("|"))
]
_BETWEEN = r"(?: ?[/|-] ?| (?:und|oder|or|and|y|o|e|et|ou|i|и|och|og) | )?"
_OTHER = re.compile(
    r"(?<![a-z])(?:impact|impatto|impacto|effect|effet|auswirkung|wplyw) (?:\w+ )*(?:balance|guthaben|saldo|solde)|"
    r"balance impact|shkzg|^(?:sign|vorzeichen|signe|signo|segno|sens)$"
)


def tells_sides(name: str) -> bool:
    """Whether a folded name says debit and credit: `soll/haben kennzeichen`, `дт/кт`, `auswirkung auf guthaben`."""
    return _OTHER.search(name) is not None or any(
        one in name and other in name and _stand_together(name, one, other, are_words=are_words)
        for one, other, are_words in _PAIRS
        if are_words or "/" in name or "|" in name
    )


def _stand_together(name: str, one: str, other: str, *, are_words: bool) -> bool:
    """Whether the name has one side beside the other, in either order."""
    between, letter = (_BETWEEN, "[a-z]") if are_words else (r" ?[/|] ?", r"\w")
    return re.search(rf"(?<!{letter})(?:{one}{between}{other}|{other}{between}{one})(?!{letter})", name) is not None
