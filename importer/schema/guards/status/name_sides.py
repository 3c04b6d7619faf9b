"""Names of columns that tell on which side of an account an amount stands, where amounts have no sign of their own.

DATEV, SAP, PayPal and banks export them, as accountants of each language call debit and credit.
"""

from __future__ import annotations

import re

_WORDS = (
    "soll haben|debit credit|debiet credit|debe haber|dare avere|debet credit|debet kredit|debit kredit|winien ma|"
    "ma dati dal|tartozik kovetel|дебет кредит|дебит кредит|borc alacak|duguje potrazuje|借方 貸方|借方 贷方|借 贷|"
    "借 貸|차변 대변|χρεωση πιστωση|مدين دائن|חובה זכות|dr cr"
)
_LETTERS = "s h|d c|d h|d a|wn ma|md d|t k|дт кт|д к|d k|no co|in out"
"""These are sides only with a stroke between them."""
_BETWEEN = r"(?: ?[/|-] ?| (?:und|oder|or|and|y|o|e|et|ou|i|и|och|og) | )?"


def _pairs(sides: str, between: str) -> str:
    pairs = [side.rpartition(" ") for side in sides.split("|")]
    return "|".join(f"{one}{between}{other}|{other}{between}{one}" for one, _, other in pairs)


_SIDE = re.compile(
    rf"(?<![a-z])(?:{_pairs(_WORDS, _BETWEEN)})(?![a-z])|(?<!\w)(?:{_pairs(_LETTERS, r' ?[/|] ?')})(?!\w)|"
    r"(?<![a-z])(?:impact|impatto|impacto|effect|effet|auswirkung|wplyw) (?:\w+ )*(?:balance|guthaben|saldo|solde)|"
    r"balance impact|shkzg|^(?:sign|vorzeichen|signe|signo|segno|sens)$"
)


def tells_sides(name: str) -> bool:
    """Whether a folded name says debit and credit: `soll/haben kennzeichen`, `дт/кт`, `auswirkung auf guthaben`."""
    return _SIDE.search(name) is not None
