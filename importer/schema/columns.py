"""Which column of a file holds which field, and what to say when that is not clear."""

from __future__ import annotations

import difflib
import re
import shlex
from collections import Counter
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from importer.errors import InputError, SettingsError
from importer.model import FIELDS, REQUIRED_FIELDS
from importer.schema.cells import ZERO_WIDTH
from importer.schema.headless import displaced, seems_a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    Line = tuple[int, Sequence[str]]

REASONS = ("error_code", "error_message")  # the columns of a rejects file that say why
EQUAL_BEFORE = "equal_before"  # and the one that it may have: how many equal rows are not in the file
_NAMES_SHOWN = 20
_SHOWN_CHARACTERS = 40
# Names under which networks and shops export a field. Suggested, never taken: only the user knows.
_OTHER_NAMES = {
    "message_id": (
        *("messageid", "msg_id", "msgid", "sms_id", "send_id", "sendid"),
        *("aff_sub", "aff_sub1", "aff_sub2", "aff_sub3", "aff_sub4", "aff_sub5"),
        *("affiliate_unique1", "affiliate_unique2", "affiliate_unique3", "affiliate_unique4", "affiliate_unique5"),
        *("sub_id", "subid", "sub_id1", "subid1", "sub1", "s1", "clickid", "click_id", "source"),
    ),
    "revenue": (
        *("amount", "payout", "sale_amount", "conversion_payout", "commission", "earnings", "order_value"),
        *("price", "value", "total", "sum"),
    ),
    "attribution_type": ("attribution", "type", "event_type", "event", "conversion_type", "action", "goal"),
    "offer_id": ("offerid", "offer", "oid", "external_offer_id", "trackly_offer_id"),
    "timestamp": ("time_stamp", "timestamp_utc", "event_time", "occurred_at", "created_at", "datetime", "date", "ts"),
}
_KNOWN_NAMES = frozenset((*FIELDS, *(name for names in _OTHER_NAMES.values() for name in names)))
_ZERO_WIDTH = re.compile(f"[{ZERO_WIDTH}]")
_LIKE_A_TIME = re.compile(r"(?:^|_)(?:date|time|datetime|date_time|timestamp|time_stamp)(?:_|$)|_(?:at|on|utc)$")
# What only resembles an optional field must do so closely: an order is no offer.
_CLOSE, _VERY_CLOSE = 0.6, 0.8


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns mean.

    `positions` has the column of each field that the file has, counted from 0; `joined` all columns of a field that
    several make up, the first of which is in `positions`; `constants` the fields that are the same for all rows;
    `unused` the names of columns that nothing reads, and `hints` a sentence for each optional field that one of them
    may hold; `keep` name and position of the columns to repeat in the results; `reasons` and `messages` the columns of
    a rejects file that say why a row was refused, and `equal_before` the one that tells of equal rows. `where` has the
    column of each condition on rows, `ignored` the columns that are to have no say, and `silent` name and position of
    all others that decide nothing: what they hold may still say that rows are no revenue. `names` are those of the
    columns of fields.
    """

    positions: Mapping[str, int]
    constants: Mapping[str, str]
    unused: tuple[str, ...] = ()
    keep: tuple[tuple[str, int], ...] = ()
    reasons: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    equal_before: int | None = None
    hints: tuple[str, ...] = ()
    where: tuple[int, ...] = ()
    ignored: frozenset[int] = frozenset()
    silent: tuple[tuple[str, int], ...] = dataclass_field(default=(), compare=False)
    joined: Mapping[str, tuple[int, ...]] = dataclass_field(default_factory=dict)
    names: Mapping[str, str] = dataclass_field(default_factory=dict, compare=False)

    @property
    def used(self) -> frozenset[int]:
        """The columns whose cells are read as fields, kept, or looked at."""
        told = () if self.equal_before is None else (self.equal_before,)
        joined = (position for positions in self.joined.values() for position in positions)
        kept = (position for _, position in self.keep)
        return frozenset((*self.positions.values(), *joined, *kept, *self.where, *self.reasons, *told))


def match_columns(
    header: Sequence[str],
    source_name: str,
    *,
    advice: str = "",
    beginning: Callable[[], Sequence[Line]] = list,
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    keep: Sequence[str],
    where: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Columns:
    """Find the fields in a header, without regard to case, surrounding space, BOM, or `-` or space for `_`.

    Args:
        header: the header's cells, as read.
        source_name: what messages call the file.
        advice: a sentence for when a column is missing.
        beginning: gives the first lines of the file with their numbers, where the header may not be the first.
        mapping: field to column name; wins over the field's own name.
        constants: field to value, for fields that the file lacks.
        keep: names of columns to repeat in the results; `all` is every column that is not used otherwise.
        where: names of columns that say which rows are meant.
        ignore: names of columns that are to have no say; those that the file lacks are passed over.

    Raises:
        InputError: a column is missing, or there are two for one field; the message has the `--map` that would help.
        SettingsError: `mapping` or `constants` name no field, or contradict each other or the file.

    """
    mapping, constants = _by_field(mapping, "--map"), _by_field(constants, "--set")
    names = _Names(header, source_name)
    try:
        return _matched(names, mapping, constants, keep, where, ignore)
    except _NotFoundError as error:
        known = _KNOWN_NAMES | {plain_name(column) for column in mapping.values()}
        elsewhere = displaced(names.exact, beginning(), lambda cell: plain_name(cell) in known)
        raise InputError(f"{source_name} {elsewhere}" if elsewhere else f"{error} {advice}".rstrip()) from error


class _NotFoundError(InputError):
    """A column is not in the header."""


def _matched(
    names: _Names,
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    keep: Sequence[str],
    where: Sequence[str],
    ignore: Sequence[str],
) -> Columns:
    if mapping and seems_a_row(names.exact):
        raise _NotFoundError(f"{names.source_name} has no header.")
    columns = {field: _columns(names, field, column) for field, column in mapping.items()}
    _refuse_shared(names, columns)
    positions = {field: several[0] for field, several in columns.items()}
    joined = {field: several for field, several in columns.items() if len(several) > 1}
    taken = frozenset(position for several in columns.values() for position in several)
    for field in FIELDS:
        if field not in mapping and (position := names.own_column(field, taken)) is not None:
            positions[field] = position
    for field in constants:
        if field in positions:
            column = names.shown(positions[field])
            raise SettingsError(
                f"--set {field}: {names.source_name} has this field, in its column {column}; a constant is for a "
                "field that the file lacks."
            )
    _require(names, positions, constants)
    fields = taken | frozenset(positions.values())
    kept = _kept(names, keep, fields)
    meant = tuple(names.find(column, "--where") for column in where)
    ignored = frozenset(position for column in ignore for position in names.like(column))
    used = fields | {position for _, position in kept} | {*meant} | ignored
    unused = tuple(names.shown(position) for position in names.others(used))
    reasons, messages = (names.named(name, fields) for name in REASONS)
    told = names.named(EQUAL_BEFORE, fields) if reasons and messages else ()
    hints = _hints(names, positions, constants, used)
    silent = tuple((names.shown(position), position) for position in names.others(fields | {*meant} | ignored))
    return Columns(
        positions, constants, unused, kept, reasons, messages, told[-1] if told else None, hints, where=meant,
        ignored=ignored, silent=silent, joined=joined,
        names={field: names.shown(at) for field, at in positions.items()},
    )  # fmt: skip


def require_ignored(ignore: Sequence[str], sources: Mapping[str, Sequence[str]]) -> None:
    """Raise `InputError` for an ignored column that none of the sources (header by name) has: it is misspelt."""
    for column in ignore:
        files = [_Names(header, name) for name, header in sources.items()]
        if files and not any(names.like(column) for names in files):
            files[0].find(column, "--ignore")


class _Names:
    """The names of a file's columns, and the ways to find one."""

    def __init__(self, header: Sequence[str], source_name: str) -> None:
        self.source_name = source_name
        self.exact = [_bare(name) for name in header]
        self.plain = [plain_name(name) for name in header]
        self._added = {*REASONS, EQUAL_BEFORE} if set(REASONS) <= set(self.plain) else set(REASONS)

    def own_column(self, field: str, taken: Collection[int]) -> int | None:
        found = self.named(field, taken)
        if len(found) > 1:
            which = " and ".join(f"{self.shown(i)} (column {i + 1})" for i in found)
            raise InputError(
                f"{self.source_name} has {len(found)} columns for {field}: {which}. {self._choice(field, found)}"
            )
        return found[0] if found else None

    def _choice(self, field: str, found: Sequence[int]) -> str:
        if len({self.exact[i] for i in found}) < len(found):
            return "Rename all but one."
        return f"Choose with {' or '.join(self.map_of(field, i) for i in found)}."

    def map_of(self, field: str, position: int) -> str:
        """Write the option that takes a field from a column."""
        return f"--map {field}={shlex.quote(self.shown(position))}"

    def has(self, wanted: str) -> bool:
        return wanted.strip() in self.exact or plain_name(wanted) in self.plain

    def find(self, wanted: str, option: str) -> int:
        """Return the position of the column that an option names: to the letter, or else as headers match."""
        found = self.like(wanted)
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{option}: {self.source_name} has {len(found)} columns named {_safe(wanted)!r}.")
        match = difflib.get_close_matches(plain_name(wanted), self.plain, n=1)
        hint = f" Did you mean {self.shown(self.plain.index(match[0]))}?" if match else ""
        raise _NotFoundError(f"{option}: {self.source_name} has no column {_safe(wanted)!r}.{hint} {self.listing()}")

    def like(self, wanted: str) -> list[int]:
        """Return the positions of the columns of a name: to the letter, or else as headers match."""
        found = [i for i, name in enumerate(self.exact) if name == wanted.strip()]
        return found or [i for i, name in enumerate(self.plain) if name == plain_name(wanted)]

    def nearest(self, field: str, taken: Collection[int], cutoff: float = _CLOSE) -> int | None:
        """Return the column that may hold a field by another name."""
        free = {self.plain[i]: i for i in reversed(self.others(taken))}
        known = next((name for name in _OTHER_NAMES.get(field, ()) if name in free), None)
        match = [known] if known else difflib.get_close_matches(field, free, n=1, cutoff=cutoff)
        if field == "timestamp" and not match:
            match = [name for name in free if _LIKE_A_TIME.search(name)][-1:]
        return free[match[0]] if match else None

    def named(self, name: str, taken: Collection[int]) -> tuple[int, ...]:
        return tuple(i for i, found in enumerate(self.plain) if found == name and i not in taken)

    def others(self, taken: Collection[int]) -> list[int]:
        return [i for i, name in enumerate(self.plain) if i not in taken and name not in self._added]

    def shown(self, position: int) -> str:
        return _safe(self.exact[position]) or f"column {position + 1}"

    def listing(self) -> str:
        return shown_names([self.shown(i) for i in range(len(self.exact))])


def _by_field(values: Mapping[str, str], option: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in values.items():
        field = plain_name(name)
        if field not in FIELDS:
            match = difflib.get_close_matches(field, FIELDS, n=1)
            hint = f"did you mean {match[0]}?" if match else f"the fields are {', '.join(FIELDS)}."
            raise SettingsError(f"{option}: there is no field {_safe(name)!r}; {hint}")
        if field in fields:
            raise SettingsError(f"{option}: {field} is given twice.")
        fields[field] = value
    return fields


def _columns(names: _Names, field: str, wanted: str) -> tuple[int, ...]:
    """Return the column that `--map` names; of a timestamp perhaps several, `Date+Time`, if none is called so."""
    parts = [part for part in wanted.split("+") if part.strip()]
    if field != "timestamp" or len(parts) < 2 or names.has(wanted):
        return (names.find(wanted, f"--map {field}"),)
    return tuple(names.find(part, f"--map {field}") for part in parts)


def _refuse_shared(names: _Names, columns: Mapping[str, tuple[int, ...]]) -> None:
    counts = Counter(position for several in columns.values() for position in several)
    for position, count in counts.items():
        if count > 1:
            fields = [field for field, several in columns.items() if position in several]
            who = f"{' and '.join(fields)} cannot both be" if len(fields) > 1 else f"{fields[0]} has twice"
            raise SettingsError(f"--map: {who} the column {names.shown(position)}.")


def _require(names: _Names, positions: Mapping[str, int], constants: Mapping[str, str]) -> None:
    missing = [field for field in REQUIRED_FIELDS if field not in positions and field not in constants]
    if not missing:
        return
    taken = set(positions.values())
    maps, guesses = [], []
    for field in missing:
        near = names.nearest(field, taken)
        if near is not None:
            taken.add(near)
            guesses.append(f"{names.shown(near)} holds {field}")
        maps.append(names.map_of(field, near) if near is not None else f"--map {field}=COLUMN")
    condition = f"If {' and '.join(guesses)}, say" if guesses else "Name the file's own with"
    raise _NotFoundError(
        f"{names.source_name} has no column for {' and '.join(missing)}. {names.listing()} {condition} "
        f"{' '.join(maps)}; a field that is the same for all rows can be given as --set FIELD=VALUE."
    )


def _hints(
    names: _Names, positions: Mapping[str, int], constants: Mapping[str, str], used: frozenset[int]
) -> tuple[str, ...]:
    absent = [f for f in FIELDS if f not in REQUIRED_FIELDS and f not in positions and f not in constants]
    near = {field: names.nearest(field, used, _VERY_CLOSE) for field in absent}
    return tuple(
        f"If {names.shown(position)!r} holds {field}, say {names.map_of(field, position)}."
        for field, position in near.items()
        if position is not None
    )


def _kept(names: _Names, keep: Sequence[str], used: frozenset[int]) -> tuple[tuple[str, int], ...]:
    positions: dict[int, None] = {}
    for name in keep:
        found = names.others(used) if name.strip().lower() == "all" else [names.find(name, "--keep")]
        positions.update(dict.fromkeys(found))
    titles = Counter(names.exact[position] for position in positions)
    return tuple(
        (name if name and titles[name] == 1 else f"{name} (column {position + 1})".lstrip(), position)
        for position in positions
        for name in [names.exact[position]]
    )


def shown_names(names: Sequence[str]) -> str:
    """Write the sentence that lists a file's columns."""
    shown, more = [_safe(name) for name in names[:_NAMES_SHOWN]], len(names) - _NAMES_SHOWN
    return f"Columns found: {', '.join(shown) or 'none'}{f' and {more:,} more' if more > 0 else ''}."


def plain_name(name: str) -> str:
    """Write a header cell as headers are compared: without regard to case and separators."""
    return re.sub(r"[-\s]", "_", _bare(name)).casefold()


def _bare(name: str) -> str:
    """Take off space around a name, and characters without a width, which nobody sees, wherever they are."""
    return _ZERO_WIDTH.sub("", name).strip(" \t\r\n\xa0")


def _safe(name: str) -> str:
    """Write the name on one line, without what a terminal would obey, and not too long."""
    short = name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
    return "".join(character if character.isprintable() else "\ufffd" for character in short)
