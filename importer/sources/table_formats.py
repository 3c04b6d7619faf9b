"""Folders of a table format with a manifest (Delta, Iceberg, Hudi): their files hold superseded rows, too.

A corrected row stands in a new file there, and the old one stays for readers of old versions. Only the manifest knows
which files count, so none of them is read by itself.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST = 12  # folders of partitions that a table may have above its files


class _Format(NamedTuple):
    """A table format: the folder that holds its manifest, how its files there may end, and how to export its rows."""

    name: str
    folder: str
    endings: tuple[str, ...]
    export: str


_DUCKDB = "COPY (SELECT * FROM {}('{}')) TO 'revenue.parquet'"
_FORMATS = (
    _Format("Delta", "_delta_log", (".json", ".checkpoint.parquet"),
            f"in DuckDB: {_DUCKDB.format('delta_scan', '{}')}"),
    _Format("Iceberg", "metadata", (".metadata.json",), f"in DuckDB: {_DUCKDB.format('iceberg_scan', '{}')}"),
    _Format("Hudi", ".hoodie", ("",),
            "in Spark: spark.read.format('hudi').load('{}').write.parquet('revenue.parquet')"),
)  # fmt: skip


Holds = Callable[[PurePath, tuple[str, ...]], bool]
"""Whether a folder has a file with one of these endings."""


def refuse_tables(files: Iterable[PurePath], holds: Holds, shown: Callable[[PurePath], str] = str) -> None:
    """Refuse files that lie in the folder of such a table, or in one within it; `shown` names a folder for the user.

    Raises:
        InputError: one does; the message says how to export what the table holds now.
    """
    holds = functools.cache(holds)
    folders = dict.fromkeys(folder for file in files for folder in list(file.parents)[:_DEEPEST])
    for folder in folders:
        for form in _FORMATS:
            if holds(folder / form.folder, form.endings):
                table = shown(folder)
                raise InputError(
                    f"{table} is a table of {form.name} (it has a folder {form.folder}): its files hold superseded "
                    "rows, too, which would be posted beside those that replaced them. Nothing was posted. Export what "
                    f"the table holds now, and import that file; {form.export.format(table)}."
                )


def on_disk(folder: PurePath, endings: tuple[str, ...]) -> bool:
    """Whether a folder on a disk has a file with one of these endings."""
    try:
        return any(name.endswith(endings) for name in os.listdir(folder))  # noqa: PTH208 - names are all that is asked
    except OSError:
        return False


def from_here(folder: PurePath) -> str:
    """A folder as a person here would type it."""
    relative = os.path.relpath(folder)
    return str(folder) if relative.startswith("..") else relative
