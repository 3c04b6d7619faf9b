"""Names of zones that are none of IANA's: what they can mean, for advice. Which one it is, only the user knows.

An abbreviation is the time of several zones, or of one half of the year only. Names of Windows are those of the
"Date and time" settings and of many exports, each with the zone that Unicode's CLDR gives it for the whole world.
"""

from __future__ import annotations

import re

# What has a name of IANA's and is no zone that people live in: it knows no summer time.
WITHOUT_SUMMER_TIME = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
}

_NEW_YORK, _CHICAGO, _DENVER, _LOS_ANGELES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_SYDNEY, _KOLKATA = "Australia/Sydney", "Asia/Kolkata"
ABBREVIATIONS = {
    "EDT": (_NEW_YORK, "America/Toronto"),
    "ET": (_NEW_YORK, "America/Toronto"),
    "CST": (_CHICAGO, "Asia/Shanghai", "America/Mexico_City", "America/Havana"),
    "CDT": (_CHICAGO, "America/Winnipeg", "America/Havana"),
    "CT": (_CHICAGO, "America/Winnipeg"),
    "MDT": (_DENVER, "America/Edmonton"),
    "MT": (_DENVER, "America/Edmonton", "America/Phoenix"),
    "PST": (_LOS_ANGELES, "America/Vancouver", "Asia/Manila"),
    "PDT": (_LOS_ANGELES, "America/Vancouver"),
    "PT": (_LOS_ANGELES, "America/Vancouver"),
    "AKST": ("America/Anchorage",),
    "AKDT": ("America/Anchorage",),
    "HDT": ("Pacific/Honolulu", "America/Adak"),
    "AST": ("America/Halifax", "Asia/Riyadh", "America/Puerto_Rico"),
    "ADT": ("America/Halifax", "Atlantic/Bermuda"),
    "NST": ("America/St_Johns",),
    "NDT": ("America/St_Johns",),
    "BRT": ("America/Sao_Paulo",),
    "ART": ("America/Argentina/Buenos_Aires",),
    "CLT": ("America/Santiago",),
    "COT": ("America/Bogota",),
    "PET": ("America/Lima",),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "IST": (_KOLKATA, "Europe/Dublin", "Asia/Jerusalem"),
    "WEST": ("Europe/Lisbon",),
    "CEST": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "MEZ": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "MESZ": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "EEST": ("Europe/Athens", "Europe/Kyiv", "Europe/Helsinki"),
    "MSK": ("Europe/Moscow",),
    "TRT": ("Europe/Istanbul",),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "PKT": ("Asia/Karachi",),
    "ICT": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"),
    "WIB": ("Asia/Jakarta",),
    "SGT": ("Asia/Singapore",),
    "HKT": ("Asia/Hong_Kong",),
    "PHT": ("Asia/Manila",),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "AWST": ("Australia/Perth",),
    "ACST": ("Australia/Adelaide", "Australia/Darwin"),
    "ACDT": ("Australia/Adelaide",),
    "AEST": (_SYDNEY, "Australia/Brisbane", "Australia/Melbourne"),
    "AEDT": (_SYDNEY, "Australia/Melbourne"),
    "NZST": ("Pacific/Auckland",),
    "NZDT": ("Pacific/Auckland",),
    "SAST": ("Africa/Johannesburg",),
    "WAT": ("Africa/Lagos",),
    "CAT": ("Africa/Maputo", "Africa/Johannesburg"),
    "EAT": ("Africa/Nairobi",),
}
"""The zones that an abbreviation can mean, the likely ones first."""

_WINDOWS = """
Dateline=Etc/GMT+12; UTC-11=Etc/GMT+11; Aleutian=America/Adak; Hawaiian=Pacific/Honolulu; Alaskan=America/Anchorage
Marquesas=Pacific/Marquesas; Pacific=America/Los_Angeles; Pacific Standard Time (Mexico)=America/Tijuana
US Mountain=America/Phoenix; Mountain=America/Denver; Mountain Standard Time (Mexico)=America/Mazatlan
Yukon=America/Whitehorse; Central=America/Chicago; Central Standard Time (Mexico)=America/Mexico_City
Central America=America/Guatemala; Canada Central=America/Regina; Easter Island=Pacific/Easter; Eastern=America/New_York
Eastern Standard Time (Mexico)=America/Cancun; US Eastern=America/Indiana/Indianapolis; SA Pacific=America/Bogota
Haiti=America/Port-au-Prince; Cuba=America/Havana; Turks And Caicos=America/Grand_Turk; Atlantic=America/Halifax
Venezuela=America/Caracas; SA Western=America/La_Paz; Central Brazilian=America/Cuiaba; Pacific SA=America/Santiago
Paraguay=America/Asuncion; Newfoundland=America/St_Johns; E. South America=America/Sao_Paulo
SA Eastern=America/Cayenne; Argentina=America/Argentina/Buenos_Aires; Greenland=America/Nuuk
Montevideo=America/Montevideo; Bahia=America/Bahia; Tocantins=America/Araguaina; Magallanes=America/Punta_Arenas
Saint Pierre=America/Miquelon; Azores=Atlantic/Azores; Cape Verde=Atlantic/Cape_Verde; GMT=Europe/London
Greenwich=Atlantic/Reykjavik; Morocco=Africa/Casablanca; Sao Tome=Africa/Sao_Tome; W. Europe=Europe/Berlin
Central Europe=Europe/Budapest; Romance=Europe/Paris; Central European=Europe/Warsaw; W. Central Africa=Africa/Lagos
GTB=Europe/Bucharest; E. Europe=Europe/Chisinau; FLE=Europe/Kyiv; Middle East=Asia/Beirut; Egypt=Africa/Cairo
South Africa=Africa/Johannesburg; Israel=Asia/Jerusalem; Jordan=Asia/Amman; Syria=Asia/Damascus; Libya=Africa/Tripoli
Namibia=Africa/Windhoek; Sudan=Africa/Khartoum; South Sudan=Africa/Juba; Kaliningrad=Europe/Kaliningrad
West Bank=Asia/Hebron; Turkey=Europe/Istanbul; Russian=Europe/Moscow; Belarus=Europe/Minsk; Volgograd=Europe/Volgograd
Arabic=Asia/Baghdad; Arab=Asia/Riyadh; E. Africa=Africa/Nairobi; Iran=Asia/Tehran; Arabian=Asia/Dubai
Azerbaijan=Asia/Baku; Georgian=Asia/Tbilisi; Caucasus=Asia/Yerevan; Mauritius=Indian/Mauritius; Saratov=Europe/Saratov
Russia Time Zone 3=Europe/Samara; Afghanistan=Asia/Kabul; West Asia=Asia/Tashkent; Pakistan=Asia/Karachi
Ekaterinburg=Asia/Yekaterinburg; Qyzylorda=Asia/Qyzylorda; India=Asia/Kolkata; Sri Lanka=Asia/Colombo
Nepal=Asia/Kathmandu; Central Asia=Asia/Bishkek; Bangladesh=Asia/Dhaka; Omsk=Asia/Omsk; Myanmar=Asia/Yangon
SE Asia=Asia/Bangkok; N. Central Asia=Asia/Novosibirsk; Altai=Asia/Barnaul; Tomsk=Asia/Tomsk; W. Mongolia=Asia/Hovd
North Asia=Asia/Krasnoyarsk; China=Asia/Shanghai; Singapore=Asia/Singapore; Taipei=Asia/Taipei
North Asia East=Asia/Irkutsk; Ulaanbaatar=Asia/Ulaanbaatar; W. Australia=Australia/Perth; Aus Central W.=Australia/Eucla
Tokyo=Asia/Tokyo; Korea=Asia/Seoul; North Korea=Asia/Pyongyang; Yakutsk=Asia/Yakutsk; Transbaikal=Asia/Chita
Cen. Australia=Australia/Adelaide; AUS Central=Australia/Darwin; E. Australia=Australia/Brisbane
AUS Eastern=Australia/Sydney; Tasmania=Australia/Hobart; West Pacific=Pacific/Port_Moresby; Vladivostok=Asia/Vladivostok
Lord Howe=Australia/Lord_Howe; Central Pacific=Pacific/Guadalcanal; Magadan=Asia/Magadan; Norfolk=Pacific/Norfolk
Bougainville=Pacific/Bougainville; Sakhalin=Asia/Sakhalin; Russia Time Zone 10=Asia/Srednekolymsk
Russia Time Zone 11=Asia/Kamchatka; New Zealand=Pacific/Auckland; Fiji=Pacific/Fiji; UTC+12=Etc/GMT-12
Chatham Islands=Pacific/Chatham; Tonga=Pacific/Tongatapu; Samoa=Pacific/Apia; Line Islands=Pacific/Kiritimati
"""


# Most names of Windows end so; those that do not are in the list as they are.
_ENDING = re.compile(r" (?:standard|daylight|summer) time$")
_WHOLE_NAME = re.compile(r" time |^utc[+-]")


def windows_zones() -> dict[str, str]:
    """Return the zone of each name of Windows, in lower case and without `standard time` at its end."""
    pairs = (pair.strip().split("=") for pair in _WINDOWS.replace("\n", ";").split(";") if pair.strip())
    return {name.casefold(): zone for name, zone in pairs}


def zones_meant(name: str) -> tuple[str, ...]:
    """Return the zones that a name which is none of IANA's can mean; none, when it is not known."""
    found = ABBREVIATIONS.get(name.strip().upper())
    if found:
        return found
    plain = name.strip().casefold()
    stem = _ENDING.sub("", plain)
    known = windows_zones()
    zone = known.get(stem) if stem != plain else known.get(plain) if _WHOLE_NAME.search(plain) else None
    return (zone,) if zone else ()


def warning_of(zone: str) -> str | None:
    """Return what to warn of where a zone was named that knows no summer time, and hardly is what is meant."""
    if zone not in WITHOUT_SUMMER_TIME:
        return None
    meant = WITHOUT_SUMMER_TIME[zone]
    return (
        f"--timezone {zone} is the same all year and knows no summer time: where clocks are put forward, its times are "
        f"an hour off in summer. If the place is meant, say --timezone {meant}."
    )
