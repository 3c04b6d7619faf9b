"""Which column of a file holds which field, and what to say when that is not clear."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Protocol

from importer.errors import InputError, SettingsError
from importer.model import FIELDS, REQUIRED_FIELDS
from importer.schema.columns.advice import advice_for, hints_for
from importer.schema.columns.contents import Contents
from importer.schema.columns.headless import displaced, seems_a_row
from importer.schema.columns.known_names import KNOWN_NAMES, without_accents
from importer.schema.columns.names import (
    EQUAL_BEFORE,
    REASONS,
    ColumnNames,
    ColumnNotFoundError,
    plain_name,
    safe_name,
    word_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Line = tuple[int, Sequence[str]]


class FirstRows(Protocol):
    """Gives the cells of a file's first rows; `decode`: even if that takes more than a look at it."""

    def __call__(self, *, decode: bool) -> Sequence[Sequence[str]]:
        """Return them as text, one below the other."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns mean.

    `positions` has the column of each field that the file has, counted from 0; `joined` all columns of a field that
    several make up, the first of which is in `positions`; `constants` the fields that are the same for all rows;
    `unused` the names of columns that nothing reads, and `hints` a sentence for each optional field that one of them
    may hold; `keep` name and position of the columns to repeat in the results; `reasons` and `messages` the columns of
    a rejects file that say why a row was refused, and `equal_before` the one that tells of equal rows. `where` has the
    column of each condition on rows, `ignored` the columns that are to have no say, and `silent` title and position of
    all others that decide nothing: what they hold may still say that rows are no revenue, and so may what is left of
    those that are `narrowed`, of which conditions only leave out values. `names` are those of the columns of fields,
    `key` the columns that make rows of equal fields different. `address` tells where in a workbook the cell of a line
    and a column is.
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
    key: tuple[int, ...] = ()
    ignored: frozenset[int] = frozenset()
    silent: tuple[tuple[str, int], ...] = dataclass_field(default=(), compare=False)
    narrowed: tuple[tuple[str, int], ...] = dataclass_field(default=(), compare=False)
    joined: Mapping[str, tuple[int, ...]] = dataclass_field(default_factory=dict)
    names: Mapping[str, str] = dataclass_field(default_factory=dict, compare=False)
    titles: tuple[str, ...] = dataclass_field(default=(), compare=False)
    address: Callable[[int, int], str | None] = dataclass_field(default=lambda *_: None, compare=False)

    def place(self, row: int, line: int | None, position: int) -> str:
        """Where a cell is, in words: `row 7`, of a workbook `row 7, June!B12`."""
        address = None if line is None else self.address(line, position)
        return f"row {row:,}" + (f", {address}" if address else "")

    @property
    def used(self) -> frozenset[int]:
        """The columns whose cells are read as fields, kept, or looked at."""
        told = () if self.equal_before is None else (self.equal_before,)
        joined = (position for positions in self.joined.values() for position in positions)
        kept = (position for _, position in self.keep)
        return frozenset((*self.positions.values(), *joined, *kept, *self.where, *self.key, *self.reasons, *told))

    @property
    def offer(self) -> tuple[tuple[str, int], ...]:
        """Title and position of the column that is the offer, unless it decides, or is to have no say."""
        at = self.positions.get("offer_id")
        return () if at is None or at in self.ignored or at in self.where else ((self.titles[at], at),)


def match_columns(
    header: Sequence[str],
    source_name: str,
    *,
    advice: str = "",
    beginning: Callable[[], Sequence[Line]] = list,
    first_rows: FirstRows = lambda *, decode: [],  # noqa: ARG005 - where there are none
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    keep: Sequence[str],
    where: Sequence[str] = (),
    left_out: Sequence[str] = (),
    key: Sequence[str] = (),
    ignore: Sequence[str] = (),
    zone_is_told: bool = True,
) -> Columns:
    """Find the fields in a header, without regard to case, surrounding space, BOM, or `-` or space for `_`.

    Args:
        header: the header's cells, as read.
        source_name: what messages call the file.
        advice: a sentence for when a column is missing.
        beginning: gives the first lines of the file with their numbers, where the header may not be the first.
        first_rows: gives the cells of the first rows, for advice by what columns hold (see `Source.first_rows`).
        mapping: field to column name; wins over the field's own name.
        constants: field to value, for fields that the file lacks.
        keep: names of columns to repeat in the results; `all` is every column that is not used otherwise.
        where: names of columns that say which rows are meant.
        left_out: those of them of which some values are left out, and none is chosen.
        key: names of columns that make rows of equal fields different.
        ignore: names of columns that are to have no say; those that the file lacks are passed over.
        zone_is_told: whether the user has said in which zone times are written.

    Raises:
        InputError: a column is missing, or there are two for one field; the message has the `--map` that would help.
        SettingsError: `mapping` or `constants` name no field, or contradict each other or the file.

    """
    mapping, constants = _by_field(mapping, "--map"), _by_field(constants, "--set")
    names = ColumnNames(header, source_name)
    try:
        columns = _matched(names, mapping, constants, keep, where, key, ignore, first_rows, zone_is_told=zone_is_told)
        apart = {names.find(column, "--where") for column in left_out} - columns.ignored - {*columns.positions.values()}
        return replace(columns, narrowed=tuple((names.title(at), at) for at in sorted(apart)))
    except ColumnNotFoundError as error:
        known = KNOWN_NAMES | {plain_name(column) for column in mapping.values()}
        elsewhere = displaced(names.exact, beginning(), lambda cell: _is_among(known, cell))
        raise InputError(f"{source_name} {elsewhere}" if elsewhere else f"{error} {advice}".rstrip()) from error


def _is_among(known: frozenset[str], name: str) -> bool:
    return not known.isdisjoint(map(without_accents, (plain_name(name), word_name(name))))


def _matched(
    names: ColumnNames,
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    keep: Sequence[str],
    where: Sequence[str],
    key: Sequence[str],
    ignore: Sequence[str],
    first_rows: FirstRows,
    *,
    zone_is_told: bool,
) -> Columns:
    if mapping and seems_a_row(names.exact):
        raise ColumnNotFoundError(f"{names.source_name} has no header.")
    mapped = {field: _columns(names, field, column) for field, column in mapping.items()}
    positions = _positions(names, mapped)
    _refuse_constants(names, positions, constants)
    _require(names, positions, constants, first_rows)
    fields = frozenset((*positions.values(), *(position for several in mapped.values() for position in several)))
    kept = _kept(names, keep, fields)
    meant = tuple(names.find(column, "--where") for column in where)
    ignored = frozenset(position for column in ignore for position in names.like(column))
    apart = _key(names, key, fields)
    used = fields | {position for _, position in kept} | {*meant, *apart} | ignored
    reasons, messages = (names.named(name, fields) for name in REASONS)
    told = names.named(EQUAL_BEFORE, fields) if reasons and messages else ()
    return Columns(
        positions=positions,
        constants=constants,
        unused=tuple(names.shown(position) for position in names.others(used)),
        keep=kept,
        reasons=reasons,
        messages=messages,
        equal_before=told[-1] if told else None,
        hints=tuple(
            hints_for(
                names,
                absent=_optional(positions, constants),
                times=[] if "timestamp" not in positions else mapped.get("timestamp", (positions["timestamp"],)),
                zone_is_told=zone_is_told,
                used=used,
                contents=lambda: Contents(first_rows(decode=False)),
            )
        ),
        where=meant,
        key=apart,
        ignored=ignored,
        silent=tuple((names.title(at), at) for at in names.all_but(fields | {*meant} | ignored)),
        joined={field: several for field, several in mapped.items() if len(several) > 1},
        names={field: names.title(at) for field, at in positions.items()},
        titles=tuple(map(names.title, range(len(names.exact)))),
    )


def _positions(names: ColumnNames, mapped: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """The column of each field that the file has: the one that is mapped, else the one of the field's own name."""
    _refuse_shared(names, mapped)
    positions = {field: several[0] for field, several in mapped.items()}
    taken = frozenset(position for several in mapped.values() for position in several)
    for field in FIELDS:
        if field not in mapped and (position := names.own_column(field, taken)) is not None:
            positions[field] = position
    return positions


def _refuse_constants(names: ColumnNames, positions: Mapping[str, int], constants: Mapping[str, str]) -> None:
    for field in constants:
        if field in positions:
            raise SettingsError(
                f"--set {field}: {names.source_name} has this field, in its column {names.shown(positions[field])}; a "
                "constant is for a field that the file lacks."
            )


def require_ignored(ignore: Sequence[str], sources: Mapping[str, Sequence[str]]) -> None:
    """Raise `InputError` for an ignored column that none of the sources (header by name) has: it is misspelt."""
    for column in ignore:
        files = [ColumnNames(header, name) for name, header in sources.items()]
        if files and not any(names.like(column) for names in files):
            files[0].find(column, "--ignore")


def _by_field(values: Mapping[str, str], option: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in values.items():
        field = plain_name(name)
        if field not in FIELDS:
            match = difflib.get_close_matches(field, FIELDS, n=1)
            hint = f"did you mean {match[0]}?" if match else f"the fields are {', '.join(FIELDS)}."
            raise SettingsError(f"{option}: there is no field {safe_name(name)!r}; {hint}")
        if field in fields:
            raise SettingsError(f"{option}: {field} is given twice.")
        fields[field] = value
    return fields


def _columns(names: ColumnNames, field: str, wanted: str) -> tuple[int, ...]:
    """Return the column that `--map` names; of a timestamp perhaps several, `Date+Time`, if none is called so."""
    parts = [part for part in wanted.split("+") if part.strip()]
    if field != "timestamp" or len(parts) < 2 or names.has(wanted):
        return (names.find(wanted, f"--map {field}"),)
    return tuple(names.find(part, f"--map {field}") for part in parts)


def _refuse_shared(names: ColumnNames, columns: Mapping[str, tuple[int, ...]]) -> None:
    counts = Counter(position for several in columns.values() for position in several)
    for position, count in counts.items():
        if count > 1:
            fields = [field for field, several in columns.items() if position in several]
            who = f"{' and '.join(fields)} cannot both be" if len(fields) > 1 else f"{fields[0]} has twice"
            raise SettingsError(f"--map: {who} the column {names.shown(position)}.")


def _require(
    names: ColumnNames, positions: Mapping[str, int], constants: Mapping[str, str], first_rows: FirstRows
) -> None:
    missing = [field for field in REQUIRED_FIELDS if field not in positions and field not in constants]
    if missing:
        contents, absent = Contents(first_rows(decode=True)), _optional(positions, constants)
        advice = advice_for(names, missing, set(positions.values()), contents, absent)
        raise ColumnNotFoundError(
            f"{names.source_name} has no column for {' and '.join(missing)}. {names.listing()} {advice}"
        )


def _optional(positions: Mapping[str, int], constants: Mapping[str, str]) -> list[str]:
    """The optional fields that the file does not have, nor anybody gives."""
    return [f for f in FIELDS if f not in REQUIRED_FIELDS and f not in positions and f not in constants]


def _kept(names: ColumnNames, keep: Sequence[str], used: frozenset[int]) -> tuple[tuple[str, int], ...]:
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


def _key(names: ColumnNames, key: Sequence[str], fields: frozenset[int]) -> tuple[int, ...]:
    """The columns of `--key`, in the order of their names: the order in the command says nothing."""
    found = dict.fromkeys(names.find(column, "--key") for column in sorted(key, key=plain_name))
    for position in found:
        if position in fields:
            raise SettingsError(
                f"--key: {names.shown(position)} is the column of a field in {names.source_name}, by which rows are "
                "told apart already. Name a column that the import does not send, such as a conversion number."
            )
    return tuple(found)
