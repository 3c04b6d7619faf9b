"""Which columns of an export hold what is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import InputError, SettingsError
from importer.schema import chosen, match_columns, plain_name, require_header
from importer.settings import EXTRA_FIELDS, condition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.schema import Columns
    from importer.settings import Condition, InputSettings
    from importer.sources import Source

_STORED = ("stored_at", "created_at", "received_at", "recorded_at", "inserted_at", "created", "date_created")
_NEEDED = ("message_id", "revenue")
_SAMPLE = {"message_id": "any", "attribution_type": "sale"}


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """Positions by field, of the five fields and of `EXTRA_FIELDS`; `constants` of `--set`; `others` by position.

    `matched` are the five fields as an import has them, `where` the columns of the `conditions` of `--where`, `advice`
    what is said of a file without message ids.
    """

    matched: Columns
    positions: dict[str, int]
    constants: dict[str, str]
    others: dict[int, str]
    where: tuple[int, ...] = ()
    conditions: tuple[Condition, ...] = ()
    advice: str = ""

    @property
    def has_ids(self) -> bool:
        """Whether it is row by row: each line is of a message."""
        return "message_id" in self.positions or "message_id" in self.constants


def find_columns(source: Source, settings: InputSettings) -> ExportColumns:
    """Find the columns of an export; its attribution type may be missing, and its message id (then it is of totals).

    A column that `--ignore` names is not compared, whichever field it holds.

    Raises:
        InputError: there is no amount, or neither a message id nor a date or offer to add up by.
        SettingsError: `--map` or `--set` contradict each other or the file.
    """
    extra = {field: _extra(source, field, settings.map.get(field)) for field in EXTRA_FIELDS}
    mapping = {field: column for field, column in settings.map.items() if field not in EXTRA_FIELDS}
    require_header(source.header, settings.header, source.name)
    mapping |= chosen(source.header, settings.choose, {**settings.set, **mapping}, source.name)
    names = list(map(plain_name, source.header))
    absent = [field for field in _SAMPLE if field not in {*names, *mapping, *settings.set}]
    lacking = {field: _SAMPLE[field] for field in absent}
    conditions = tuple(map(condition_of, settings.where))
    advice = _refusal(source, mapping, settings) if "message_id" in lacking else ""
    try:
        found = match_columns(
            source.header,
            source.name,
            advice=source.advice,
            mapping=mapping,
            constants={**settings.set, **lacking},
            keep=(),
            where=[condition.column for condition in conditions],
        )
    except InputError as error:
        raise InputError(advice or str(error)) from error
    if advice and not {"timestamp", "offer_id"} & {*found.positions, *found.constants}:
        raise InputError(
            f"{advice} Without a message id a line must at least have a timestamp or an offer_id, to compare totals by."
        )
    own = {field: at for field, at in found.positions.items() if field in mapping or at not in extra.values()}
    positions = {**own, **{field: at for field, at in extra.items() if at is not None}}
    ignored = {plain_name(name) for name in settings.ignore}
    positions = {field: at for field, at in positions.items() if field in _NEEDED or names[at] not in ignored}
    constants = {field: text for field, text in found.constants.items() if field not in lacking}
    others = {at: name for at, name in enumerate(source.header) if at not in positions.values()}
    return ExportColumns(found, positions, constants, others, found.where, conditions, advice)


def _refusal(source: Source, mapping: dict[str, str], settings: InputSettings) -> str:
    """What is said of a file without message ids, which names the column that may hold them."""
    constants = {"attribution_type": "sale", **settings.set}
    constants = {field: text for field, text in constants.items() if field not in {*mapping, *_plain(source.header)}}
    try:
        match_columns(source.header, source.name, advice=source.advice, mapping=mapping, constants=constants, keep=())
    except InputError as error:
        return str(error).partition("; a field that is the same")[0] + "."
    return ""


def _plain(header: Sequence[str]) -> list[str]:
    return list(map(plain_name, header))


def _extra(source: Source, field: str, column: str | None) -> int | None:
    """The column of one of `EXTRA_FIELDS`, as `--map` says or by its own name."""
    plain = _plain(source.header)
    if column is not None:
        at = [i for i, name in enumerate(plain) if name == plain_name(column)]
        if len(at) != 1:
            found = ", ".join(source.header[:20])
            raise SettingsError(f"--map {field}: {source.name} has no column {column!r}. Columns found: {found}.")
        return at[0]
    wanted = _STORED if field == "stored_at" else (field,)
    return next((plain.index(name) for name in wanted if plain.count(name) == 1), None)
