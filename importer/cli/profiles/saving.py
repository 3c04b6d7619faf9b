"""The input options of a command, written as a profile: next month's command is short."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from importer.cli.profiles.reading import read_profile, spelled
from importer.disk import Replacement, check_writable
from importer.errors import SettingsError
from importer.settings import InputSettings, Section, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.settings import Option

_OF_INPUT = (Section.READING, Section.MONEY, Section.CONTROL)


class SavedProfile:
    """A profile that is to be written to `path`.

    Raises:
        SettingsError: there is another file, which is no profile and so is not overwritten.
        StorageError: it cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists():
            self._refuse_other_files()
        check_writable(path, "--save-profile")

    def save(self, settings: InputSettings) -> None:
        """Write the options of `settings` that a profile may set and that are not as they are without being said."""
        with Replacement(self._path) as replacement:
            replacement.file.write("".join(f"{line}\n" for line in _lines(settings)).encode())
            replacement.sync()
            replacement.put()

    def _refuse_other_files(self) -> None:
        try:
            read_profile(str(self._path))
        except SettingsError:
            raise SettingsError(
                f"--save-profile: {self._path} is no profile, so it is not overwritten. Choose another name."
            ) from None


def left_out(settings: InputSettings) -> tuple[str, ...]:
    """The options of a command that say what is read and what stops it, and that a profile may not set."""
    return tuple(
        one.flag
        for one in options_of(InputSettings)
        if one.flag and not one.in_profiles and one.section in _OF_INPUT and _is_said(one, settings)
    )


def _is_said(one: Option, settings: InputSettings) -> bool:
    return one.to_json(getattr(settings, one.name)) != one.to_json(one.default)


def _lines(settings: InputSettings) -> Iterator[str]:
    tables = {}
    for one in options_of(InputSettings):
        if not one.in_profiles or not _is_said(one, settings):
            continue
        value = one.to_json(getattr(settings, one.name))
        name = spelled(one.word)
        if isinstance(value, dict):
            tables[name] = value
        else:
            yield f"{name} = {_written(value)}"
    for name, table in tables.items():
        yield from _table(name, _still_to_choose(table, settings) if name == "choose" else table)


def _still_to_choose(choices: Mapping[str, object], settings: InputSettings) -> Mapping[str, object]:
    """The choices that were not made: a column that was named stands in `map`."""
    return {field: columns for field, columns in choices.items() if field not in {*settings.map, *settings.set}}


def _table(name: str, table: Mapping[str, object]) -> Iterator[str]:
    if table:
        yield ""
        yield f"[{name}]"
        yield from (f"{_key(name)} = {_written(value)}" for name, value in table.items())


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _written(name)


def _written(value: object) -> str:
    """A value in TOML: texts and lists of them are written as JSON writes them, but for one character."""
    if isinstance(value, bool):
        return str(value).lower()
    text = value if isinstance(value, list | tuple) else str(value)
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
