"""What the options of an input mean for its files: rules, columns, and conditions on rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.model import KEY
from importer.results import COLUMNS
from importer.schema import (
    ColumnNames,
    Limits,
    RowFilter,
    Rules,
    chosen,
    match_columns,
    refuse_tune,
    require_header,
)
from importer.settings import condition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from importer.schema import Columns
    from importer.settings import Condition, InputSettings
    from importer.sources import Source


def row_filter_of(conditions: Sequence[Condition], settings: InputSettings) -> RowFilter:
    """What leaves out rows by the options."""
    return RowFilter(conditions, skip_hidden=settings.hidden == "skip", currency=settings.currency)


def leaves_out(settings: InputSettings) -> bool:
    """Whether options leave out rows, by what stands in them or by their time."""
    return bool(settings.where or settings.hidden == "skip" or settings.currency or settings.period)


def rules_of(settings: InputSettings, offers: frozenset[str] | None, now: datetime) -> Rules:
    """What the rules of the fields need of the options."""
    return Rules(
        timezone=settings.timezone,
        ambiguous=settings.ambiguous,
        timestamp_format=settings.timestamp_format,
        decimal=settings.decimal,
        any_message_id=settings.any_message_id,
        null=frozenset(settings.null),
        limits=Limits(period=settings.period, max_revenue=settings.max_revenue, offers=offers),
        value=settings.value,
        now=now,
    )


def conditions_of(sources: Sequence[Source], settings: InputSettings) -> list[Condition]:
    """The conditions as they are read beside the header of the first file: the others must have the columns, too.

    Raises:
        InputError: some files have a column, and others have not.
    """
    names = [ColumnNames(source.header, source.name) for source in sources]
    found = [condition_of(text, lambda column: any(one.has(column) for one in names[:1])) for text in settings.where]
    for condition in found:
        having, lacking = ([one for one in names if one.has(condition.column) is has] for has in (True, False))
        if having and lacking:
            raise InputError(
                f"{lacking[0].no_column(condition.column, '--where')}, which {having[0].source_name} has. Import the "
                f"files that have it by themselves, with this option, and the others without it. {lacking[0].listing()}"
            )
    return found


def columns_of(source: Source, settings: InputSettings, conditions: Sequence[Condition]) -> Columns:
    """Which column of a file is which field, by its header and the options.

    Raises:
        InputError: that is not clear, or it is no file to import.
    """
    if not settings.allow_tune:
        refuse_tune(source.header, source.name)
    require_header(source.header, settings.header, source.name)
    said = {**settings.set, **settings.map}
    return match_columns(
        source.header,
        source.name,
        advice=source.advice,
        beginning=source.beginning,
        first_rows=source.first_rows,
        mapping={**settings.map, **chosen(source.header, settings.choose, said, source.name)},
        constants=settings.set,
        keep=settings.keep,
        where=[condition.column for condition in conditions],
        left_out=sorted({one.column for one in conditions} - {one.column for one in conditions if not one.is_not}),
        key=settings.key,
        ignore=settings.ignore,
        zone_is_told=settings.timezone != "UTC",
    )


def kept_titles(names: Iterable[str], *, keyed: bool) -> tuple[str, ...]:
    """The names that kept columns have in RESULTS, beside those that RESULTS has anyway."""
    own = (*COLUMNS, KEY) if keyed else COLUMNS
    return tuple(name if name not in own else f"{name} (input)" for name in names)
