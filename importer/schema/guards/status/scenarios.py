"""Rows of what was planned beside those of what was: `Plan` and `Ist`, `Forecast` and `Actual`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.schema.guards.status.names import plain_words
from importer.schema.guards.status.senses import Sense
from importer.schema.guards.status.words import folded, word_set

if TYPE_CHECKING:
    from collections.abc import Collection

_ACTUAL = word_set(
    "actual actuals ist istwert istwerte réel réels réalisé real reales realizado effettivo effettivi consuntivo "
    "werkelijk realisatie faktisk faktiskt utfall toteuma toteutunut wykonanie rzeczywiste skutečnost skutečné tény "
    "realizat реально факт фактический фактически gerçekleşen fiili aktual realisasi 実績 实际 實際 实绩 실적 실제 "
    "فعلي בפועל"
)
_PLANNED = word_set(
    "plan planned planwert planwerte planung budget budgeted budgets forecast forecasts projection projected target "
    "targets goal goals soll sollwert sollwerte prognose prognosen vorschau prévision prévisions prévu prévisionnel "
    "objectif previsión presupuesto presupuestado objetivo previsto previsione preventivo begroting begroot prognos "
    "prognoos budsjett ennuste budjetti suunnitelma budżet prognoza plán rozpočet terv buget план прогноз бюджет "
    "bütçe tahmin hedef anggaran rencana 計画 予算 見込 見込み 目標 计划 計劃 预算 預算 预测 目标 계획 예산 예측 "
    "목표 مخطط ميزانية תקציב"
)
_ALL = _PLANNED | _ACTUAL | word_set("data value values werte daten figures sales revenue umsatz version v q fy")
_NAMES = re.compile(r"(?:^| )(?:scenarios?|szenario|scenario|escenario|wertart|value type|plan version)(?: |$)")


def senses_of_scenarios(values: Collection[str], name: str) -> dict[str, Sense]:
    """What the values (in lower case) of a column say of their rows, if they tell planned from actual ones; else none.

    Where all of them are planned, only a column that is called so says it: a `Budget` may be what was sold.
    """
    found = {value: _told(value) for value in values}
    planned = [value for value, word in found.items() if word in _PLANNED]
    actual = [value for value, word in found.items() if word in _ACTUAL]
    are_all = len(planned) == len(found) and _NAMES.search(plain_words(name)) is not None
    if not planned or not (actual or are_all):
        return {}
    others = {value: Sense.UNKNOWN if value else Sense.EMPTY for value in values}
    return others | dict.fromkeys(planned, Sense.BAD) | dict.fromkeys(actual, Sense.EARNED)


def _told(value: str) -> str:
    """The first word of a value that has none but such, and numbers: `Plan 2026`, and not `Real Madrid`."""
    words = re.findall(r"[^\W\d]+", folded(value))
    return words[0] if words and _ALL.issuperset(words) else ""
