"""Which columns of an export hold what is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema import ColumnNames, chosen, match_columns, require_header
from importer.settings import EXTRA_FIELDS, condition_of

if TYPE_CHECKING:
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
        InputError: a column is missing; or there is no amount, or neither a message id nor a date or offer to add up
            by.
        SettingsError: `--map` or `--set` contradict each other or the file.
    """
    names = ColumnNames(source.header, source.name)
    extra = {field: _extra(names, field, settings.map.get(field)) for field in EXTRA_FIELDS}
    mapping = {field: column for field, column in settings.map.items() if field not in EXTRA_FIELDS}
    require_header(source.header, settings.header, source.name)
    mapping |= chosen(source.header, settings.choose, {**settings.set, **mapping}, source.name)
    absent = [field for field in _SAMPLE if field not in {*names.plain, *mapping, *settings.set}]
    lacking = {field: _SAMPLE[field] for field in absent}
    conditions = tuple(condition_of(text, names.has) for text in settings.where)
    advice = _refusal(source, names, mapping, settings) if "message_id" in lacking else ""
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
    ignored = {at for column in settings.ignore for at in names.like(column)}
    positions = {field: at for field, at in positions.items() if field in _NEEDED or at not in ignored}
    constants = {field: text for field, text in found.constants.items() if field not in lacking}
    others = {at: name for at, name in enumerate(source.header) if at not in positions.values()}
    return ExportColumns(found, positions, constants, others, found.where, conditions, advice)


def _refusal(source: Source, names: ColumnNames, mapping: dict[str, str], settings: InputSettings) -> str:
    """What is said of a file without message ids, which names the column that may hold them."""
    constants = {"attribution_type": "sale", **settings.set}
    constants = {field: text for field, text in constants.items() if field not in {*mapping, *names.plain}}
    try:
        match_columns(source.header, source.name, advice=source.advice, mapping=mapping, constants=constants, keep=())
    except InputError as error:
        return str(error).partition("; a field that is the same")[0] + "."
    return ""


def _extra(names: ColumnNames, field: str, column: str | None) -> int | None:
    """The column of one of `EXTRA_FIELDS`, as `--map` says or by its own name."""
    if column is not None:
        return names.find(column, f"--map {field}")
    wanted = _STORED if field == "stored_at" else (field,)
    called = (names.named(name, ()) for name in wanted)
    return next((found[0] for found in called if len(found) == 1), None)
