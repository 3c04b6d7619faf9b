"""What a value of the file is called here (`--value`), put in its place before the rules see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SettingsError
from importer.model import FIELDS
from importer.schema.cells import stripped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORM = "it is written FIELD:FROM=TO, such as attribution_type:Verkauf=sale"


def value_names(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """Read `FIELD:FROM=TO`: of each field, what its values (in lower case) are called here.

    The last `=` is the one between the two: a value of the file may hold more of them.

    Raises:
        SettingsError: a text has another form, or two give one value two names.
    """
    names: dict[str, dict[str, str]] = {}
    for text in texts:
        field, value, name = _parts(text)
        before = names.setdefault(field, {}).setdefault(value, name)
        if before != name:
            raise SettingsError(f"--value {field}: {value!r} is called both {before!r} and {name!r}; choose one.")
    return names


def _parts(text: str) -> tuple[str, str, str]:
    head, colon, rest = text.partition(":")
    value, equals, name = (part.strip() for part in rest.rpartition("="))
    field = head.strip().lower().replace("-", "_").replace(" ", "_")
    if not (colon and equals and value and name):
        raise SettingsError(
            f"--value {text!r} cannot be read: {_FORM}. An empty cell is no value; see --set and --null."
        )
    if field not in FIELDS:
        raise SettingsError(
            f"--value {text!r}: there is no field {head.strip()!r}; the fields are {', '.join(FIELDS)}."
        )
    return field, value.lower(), name


def renamed(cells: pl.Series, names: Mapping[str, str]) -> pl.Series:
    """Put the names in place of the values that have one, without regard to case and surrounding space."""
    value = stripped(pl.col(cells.name)).str.to_lowercase()
    name = value.replace_strict(dict(names), default=None, return_dtype=pl.String)
    return cells.to_frame().select(pl.coalesce(name, cells.name).alias(cells.name)).to_series()
