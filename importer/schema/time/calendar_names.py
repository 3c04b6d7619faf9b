"""Months and days of the week as programs write them, in the languages of exports.

No word of these means two of a kind, but for the `DOUBTFUL` ones, which are other months in languages beside these.
"""

from __future__ import annotations

import re
import unicodedata

# By the numbers of the months: English, German, French, Spanish, Portuguese, Italian, Dutch; Polish (as in dates),
# Danish, Norwegian, Swedish. In the Unicode CLDR's spelling, with the short forms that are in use.
_MONTHS = (
    "january jan januar jänner jän janvier janv enero ene janeiro gennaio gen januari stycznia sty",
    "february feb februar feber février févr fév febrero fevereiro fev febbraio februari lutego lut",
    "march mar märz mär mrz mars marzo março maart mrt marca marts",
    "april apr avril avr abril abr aprile kwietnia kwi",
    "may mai mayo maio maggio mag mei maja maj",
    "june jun juni juin junio junho giugno giu czerwca cze",
    "july jul juli juillet juil julio julho luglio lug lipca lip",
    "august aug août agosto ago augustus sierpnia sie augusti",
    "september sep sept septembre septiembre setiembre setembro settembre set sett września wrz",
    "october oct oktober okt octobre octubre outubro out ottobre ott października paź",
    "november nov novembre noviembre novembro listopada lis",
    "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia gru desember des",
)
_DAYS = (
    "monday mon montag mo lundi lun lunes segunda seg lunedì maandag ma poniedziałek pon mandag man måndag mån",
    "tuesday tue tues dienstag di mardi mar martes terça ter martedì dinsdag wtorek wt tirsdag tir tisdag tis",
    "wednesday wed mittwoch mi mercredi mer miércoles mié quarta qua mercoledì woensdag wo środa śr onsdag ons",
    "thursday thu thur thurs donnerstag do jeudi jeu jueves jue quinta qui giovedì gio donderdag czwartek czw torsdag",
    "friday fri freitag fr vendredi ven viernes vie sexta sex venerdì vrijdag vr piątek pt fredag fre",
    "saturday sat samstag sonnabend sa samedi sam sábado sáb sabato sab zaterdag za sobota sob lørdag lør lördag lör",
    "sunday sun sonntag so dimanche dim domingo dom domenica zondag zo niedziela niedz nd søndag søn söndag sön",
)


def _numbers(lines: tuple[str, ...]) -> dict[str, int]:
    """The number of each name, in the forms that accents have in files, or without them."""
    return {form: at for at, line in enumerate(lines, 1) for name in line.split() for form in _forms(name)}


def _forms(name: str) -> set[str]:
    split = unicodedata.normalize("NFD", name)
    umlauts = name.replace("ä", "ae")
    return {name, split, umlauts, "".join(c for c in split if not unicodedata.combining(c))}


def _any_of(names: dict[str, int]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


MONTHS = _numbers(_MONTHS)
"""The number of each month, by its names in lower case."""
DAYS = _numbers(_DAYS)
"""The number of each day of the week, from Monday, by its names in lower case."""
ANY_MONTH = _any_of(MONTHS)
"""An expression for the name of a month, in lower case."""
ANY_DAY = _any_of(DAYS)
"""An expression for the name of a day of the week, in lower case."""
DOUBTFUL = {
    "lip": "July in Polish, and June in Croatian",
    "lis": "November in Polish, and October in Croatian",
    "listopada": "November in Polish, and October in Croatian",
}
"""Names that are two months, with what they are; only other names beside them tell which is meant."""
_OF_POLISH = (
    "stycznia sty lutego lut kwietnia kwi czerwca cze lipca sierpnia sie września wrz października paź grudnia gru"
)
TELLING = frozenset(form for name in _OF_POLISH.split() for form in _forms(name))
"""Names of months that only the language has in which the doubtful ones are as they stand in `MONTHS`."""
