"""Which columns may hold the fields that a file does not have by name, and the `--map` that says so.

They are told by what others call such columns, and by what their first cells are. A guess is advice, never taken.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.model import REQUIRED_FIELDS
from importer.schema.columns.names import VERY_CLOSE
from importer.schema.time import option_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from importer.schema.columns.contents import Contents
    from importer.schema.columns.names import ColumnNames

_MOST_ALIKE = 3  # columns of which none is likelier; more are no advice
_SURE = {"message_id": 1, "revenue": 2, "attribution_type": 1, "timestamp": 1}  # fits that need no name
_Rating = tuple[bool, int, int]


def advice_for(
    names: ColumnNames, missing: Sequence[str], taken: Collection[int], contents: Contents, absent: Sequence[str] = ()
) -> str:
    """Write what to say of required fields that a file lacks: the columns that may hold them, and their options.

    `absent` are the optional fields that it lacks: whoever follows the advice for the others alone would post without.
    """
    guesses = _guesses(names, missing, taken, contents)
    one = {field: found[0] for field, found in guesses.items() if len(found) == 1}
    unknown = [field for field in missing if not guesses[field]]
    sentences = [
        *_named(names, one, unknown),
        *(_several(names, field, found) for field, found in guesses.items() if len(found) > 1),
    ]
    example = "attribution_type=sale" if "attribution_type" in unknown else "FIELD=VALUE"
    same = "a field that is the same for all rows can be given as --set"
    used = {*taken, *(at for found in guesses.values() for at in found)}
    return " ".join(
        (f"{'; '.join(sentences)}; {same} {example}.", *_hints_of_fields(names, absent, used, lambda: contents))
    )


def hints_for(
    names: ColumnNames,
    *,
    absent: Sequence[str],
    times: Sequence[int],
    zone_is_told: bool,
    used: Collection[int],
    contents: Callable[[], Contents],
) -> Iterator[str]:
    """Yield a sentence for what columns that nothing reads may hold, or complete.

    `absent` are the optional fields that the file lacks, `times` the columns of the timestamp, if it has one.
    """
    yield from _hints_of_fields(names, absent, used, contents)
    if len(times) == 1:
        yield from _hint_of_midnight(names, times[0], used, contents)
    if times and not zone_is_told:
        yield from _hint_of_zone(names, times, used, contents)


def _hints_of_fields(
    names: ColumnNames, absent: Sequence[str], used: Collection[int], contents: Callable[[], Contents]
) -> Iterator[str]:
    taken = set(used)
    for field in absent:
        found = _hinted(names, field, taken, contents)
        taken.update(found)
        parts = _parts_of_time(names, found[0], taken, contents()) if field == "timestamp" and len(found) == 1 else []
        if len(parts) > 1:
            yield _joined(names, parts, contents())
        elif found:
            which = " or ".join(repr(names.shown(at)) for at in found)
            told = [f"{names.map_of(field, at)}{_format_of(field, at, contents)}" for at in found]
            yield f"If {which} holds {field}, say {' or '.join(told)}."


def _format_of(field: str, at: int, contents: Callable[[], Contents]) -> str:
    return option_for(contents().joined([at])) if field == "timestamp" else ""


def likely_columns(
    names: ColumnNames, absent: Sequence[str], used: Collection[int], contents: Contents
) -> dict[str, str]:
    """The column that likely holds each of these fields, which a file lacks by name, as `--map` takes it.

    A field for which there is none, or are several, is not among them.
    """
    required = [field for field in absent if field in REQUIRED_FIELDS]
    found = _guesses(names, required, used, contents)
    taken = {*used, *(at for places in found.values() for at in places)}
    for field in absent:
        if field not in found:
            found[field] = _hinted(names, field, taken, lambda: contents)
            taken.update(found[field])
    one = {field: places[0] for field, places in found.items() if len(places) == 1}
    times = {"timestamp": _parts_of_time(names, one["timestamp"], taken, contents)} if "timestamp" in one else {}
    return {field: "+".join(map(names.title, times.get(field, [at]))) for field, at in one.items()}


def _hinted(names: ColumnNames, field: str, taken: Collection[int], contents: Callable[[], Contents]) -> list[int]:
    """The columns that may hold an optional field: an offer by its name alone, a time by its cells, too."""
    likely = _likeliest(names, field, taken, contents()) if field == "timestamp" and names.others(taken) else []
    near = None if likely else names.nearest(field, taken, VERY_CLOSE)
    return likely if near is None else [near]


def _hint_of_midnight(
    names: ColumnNames, date: int, used: Collection[int], contents: Callable[[], Contents]
) -> Iterator[str]:
    """Yield a sentence where the timestamp's own column has dates alone, and the time of the day stands in another."""
    parts = _parts_of_time(names, date, used, contents()) if names.others(used) else []
    if len(parts) > 1:
        yield f"{names.shown(date)!r} holds dates alone, which count as midnight. {_joined(names, parts, contents())}"


def _hint_of_zone(
    names: ColumnNames, times: Sequence[int], used: Collection[int], contents: Callable[[], Contents]
) -> Iterator[str]:
    """Yield a sentence where the zone of a timestamp in these columns, which do not tell it, stands in another one."""
    others = [at for at in names.others(used) if names.is_called_zone(at)]
    if len(others) != 1 or contents().holds("moment with its zone", times[-1]) or contents().holds("UTC", others[0]):
        return
    shown, places = names.shown(others[0]), contents().values(others[0])
    told = f"If {shown!r} tells the zone of the times, which are read in UTC,"
    if contents().holds("place", others[0]) and len(places) == 1:
        yield f"{told} say --timezone {shlex.quote(places[0])}."
    elif _is_zone(names, others[0], contents()) and not any("+" in names.title(at) for at in (*times, *others)):
        yield f"{told} say --map timestamp={shlex.quote('+'.join(map(names.title, (*times, *others))))}."


def _is_zone(names: ColumnNames, at: int, contents: Contents) -> bool:
    """Whether a column holds offsets, or is called a zone and holds its abbreviations, which may be other codes."""
    return contents.holds("offset", at) or (names.is_called_zone(at) and contents.holds("abbreviation", at))


def _joined(names: ColumnNames, parts: Sequence[int], contents: Contents) -> str:
    together = " and ".join(repr(names.shown(at)) for at in parts)
    joined = shlex.quote("+".join(names.title(at) for at in parts))
    return f"If {together} together hold timestamp, say --map timestamp={joined}{option_for(contents.joined(parts))}."


def _parts_of_time(names: ColumnNames, date: int, taken: Collection[int], contents: Contents) -> list[int]:
    """A column of bare dates, and those of the time of the day, and of the zone, that make a moment of it.

    Nothing but the column where none of the others, or several, can be so.
    """
    if not contents.holds("date", date):
        return [date]
    others = [at for at in names.others(taken) if "+" not in names.title(at)]
    clocks = [at for at in others if contents.holds("clock", at)]
    zones = [at for at in others if _is_zone(names, at, contents)]
    if len(clocks) != 1 or "+" in names.title(date):
        return [date]
    return [date, *clocks, *(zones if len(zones) == 1 else [])]


def _guesses(
    names: ColumnNames, missing: Sequence[str], taken: Collection[int], contents: Contents
) -> dict[str, list[int]]:
    """The columns that may hold each field, none of them twice: the first choice is that of the surest field."""
    found: dict[str, list[int]] = {field: [] for field in missing}
    gone, left = set(taken), list(missing)
    while left:
        surest = max(left, key=lambda field: _best(names, field, gone, contents))
        left.remove(surest)
        found[surest] = _likeliest(names, surest, gone, contents)
        gone.update(found[surest])
    return found


def _best(names: ColumnNames, field: str, taken: Collection[int], contents: Contents) -> _Rating:
    return max(_ratings(names, field, taken, contents).values(), default=(False, 0, 0))


def _likeliest(names: ColumnNames, field: str, taken: Collection[int], contents: Contents) -> list[int]:
    """The columns of which none is likelier than another; by names alone, the first of those that others have."""
    if not contents.are_known:
        near = names.nearest(field, taken)
        return [] if near is None else [near]
    ratings = _ratings(names, field, taken, contents)
    best = max(ratings.values(), default=None)
    found = [at for at, rating in ratings.items() if rating == best]
    amounts = _amounts(ratings) if field == "revenue" else []
    if amounts and len(amounts) <= _MOST_ALIKE:
        return amounts
    if best is not None and not best[0]:
        near = names.nearest(field, {*names.others(()), *taken}.difference(found))
        return [] if near is None else [near]
    return found if len(found) <= _MOST_ALIKE else []


def _amounts(ratings: dict[int, _Rating]) -> list[int]:
    """All columns that fit and are called amounts: what was ordered and what was earned of it, none likelier."""
    return [at for at, (is_fit, likeness, _) in ratings.items() if is_fit and likeness]


def _ratings(names: ColumnNames, field: str, taken: Collection[int], contents: Contents) -> dict[int, _Rating]:
    """How likely each column is: whether its cells fit, then by its name, then by how well they fit.

    What is not of 8 characters may be an id, too (`--any-message-id`), if its name says so; what is no amount is none.
    """
    ratings = {}
    for at in names.others(taken):
        if names.is_of_another(field, at):
            continue
        fit, likeness = contents.fit(field, at), names.likeness(field, at)
        by_name = likeness and (fit != 0 or field == "message_id")
        if by_name or (fit or 0) >= _SURE[field]:
            ratings[at] = (bool(fit), likeness, fit or 0)
    return ratings


def _named(names: ColumnNames, found: dict[str, int], unknown: Sequence[str]) -> Iterator[str]:
    """The fields with one likely column, and those with none."""
    if not found and not unknown:
        return
    holds = [
        f"{names.shown(at)}{'' if names.likeness(field, at) else ', by its cells,'} holds {field}"
        for field, at in found.items()
    ]
    condition = f"If {' and '.join(holds)}, say" if holds else "Name the file's own with"
    maps = (names.map_of(field, at) for field, at in found.items())
    yield f"{condition} {' '.join((*maps, *(f'--map {field}=COLUMN' for field in unknown)))}"


def _several(names: ColumnNames, field: str, found: Sequence[int]) -> str:
    which = " or ".join(names.shown(at) for at in found)
    return f"{field} may be in {which}: say {_maps(names, field, found)}"


def _maps(names: ColumnNames, field: str, found: Sequence[int]) -> str:
    return " or ".join(names.map_of(field, at) for at in found)
