"""What a profile knows of a file's header: the columns that it must have, and fields that two of them could hold."""

from __future__ import annotations

import difflib
import shlex
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema.columns.names import plain_name, shown_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def require_header(header: Sequence[str], expected: Sequence[str], source_name: str) -> None:
    """Refuse a file that lacks columns which its profile knows it by.

    Raises:
        InputError: the message names what is missing, what is nearest to it, and what the file has.
    """
    names = {plain_name(name): name for name in header}
    missing = [name for name in expected if plain_name(name) not in names]
    if missing:
        raise InputError(
            f"{source_name} is not the export that the profile is for: it has no column "
            f"{' and no column '.join(_with_nearest(name, names) for name in missing)}. {shown_names(header)} "
            "Choose the export, or in it the columns, that the profile names; for another one leave --profile out and "
            "name its columns with --map."
        )


def _with_nearest(name: str, names: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(plain_name(name), names, n=1)
    return f"{name!r}" + (f" (but {names[near[0]]!r})" if near else "")


def chosen(
    header: Sequence[str], choices: Mapping[str, Sequence[str]], said: Mapping[str, str], source_name: str
) -> dict[str, str]:
    """Return the mapping of the fields for which only one of several possible columns is there.

    Args:
        choices: for a field, the columns that could hold it.
        said: what somebody said of fields; those are not looked at.

    Raises:
        InputError: several are there, and only the user knows which is meant: the message has the `--map` of each.
    """
    names = {plain_name(name) for name in header}
    found = {
        field: [column for column in columns if plain_name(column) in names]
        for field, columns in choices.items()
        if field not in said
    }
    for field, columns in found.items():
        if len(columns) > 1:
            maps = [f"--map {field}={shlex.quote(column)}" for column in columns]
            raise InputError(
                f"{source_name}: {field} could be in {' or '.join(columns)}, and a wrong guess would cost money. "
                f"Say {' or '.join(maps)}."
            )
    return {field: columns[0] for field, columns in found.items() if columns}
