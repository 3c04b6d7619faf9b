"""A saved mapping: a TOML file of input options by name. It says how to read a file, never where or whether to post."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from importer.api import holds_key
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection

_TABLES = ("map", "set")
_LISTS = ("keep",)
_FLAGS = ("any_message_id",)
_TEXTS = ("timezone", "timestamp_format", "ambiguous", "decimal", "delimiter", "sheet", "max_unpacked")
_ALLOWED = (*_TABLES, *_LISTS, *_TEXTS, *_FLAGS)
_KEY_NAMES = frozenset({"key", "api_key", "apikey", "x_api_key", "token", "secret", "trackly_api_key"})


def read_profile(path: str, other_options: Collection[str] = ()) -> dict[str, object]:
    """Return the options in the TOML file at `path`, named with `_`, as the command line would give them.

    `map`, `set` and `keep` are lists of text (`FIELD=COLUMN`), `any_message_id` a bool, all others text.
    `other_options` are the names of options that exist but that a profile must not set. Raises SettingsError for a
    file that cannot be read, is not TOML (with the line), or sets anything else than the input options.
    """
    profile: dict[str, object] = {}
    for key, value in _parse(path).items():
        name = key.replace("-", "_")
        _check_name(path, key, name, other_options)
        if name in profile:
            raise SettingsError(f"Profile {path} sets {key} twice, with - and with _.")
        profile[name] = _as_given(path, name, value)
    return profile


def _parse(path: str) -> dict[str, object]:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"Profile {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"Profile {path} is not UTF-8 text. Save it as UTF-8.") from error
    if holds_key(text):
        raise SettingsError(f"Profile {path} holds an API key. Take it out: a profile is made to be shared.")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"Profile {path} is not valid TOML: {error}.") from error


def _check_name(path: str, key: str, name: str, other_options: Collection[str]) -> None:
    if name in _ALLOWED:
        return
    if name.lower() in _KEY_NAMES:
        raise SettingsError(f"Profile {path} holds an API key ({key}). Take it out: a profile is made to be shared.")
    if name in {option.replace("-", "_") for option in other_options}:
        raise SettingsError(
            f"Profile {path} sets {key}, which decides what is posted, or where, and so belongs on the command line. "
            f"A profile may set {_listed()}."
        )
    close = difflib.get_close_matches(name, _ALLOWED, n=1)
    hint = f" Did you mean {_spelled(close[0])}?" if close else ""
    raise SettingsError(f"Profile {path} sets {key}, which is no option.{hint} A profile may set {_listed()}.")


def _as_given(path: str, name: str, value: object) -> object:
    if name in _FLAGS and isinstance(value, bool):
        return value
    if name in _TEXTS and isinstance(value, str):
        return value
    if name in _LISTS and isinstance(value, str):
        return [value]
    if name in _TABLES and isinstance(value, dict):
        value = [_pair(path, name, field, text) for field, text in value.items()]
    if name in (*_LISTS, *_TABLES) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise SettingsError(f"Profile {path}: {_spelled(name)} must be {_expected(name)}.")


def _pair(path: str, name: str, field: str, text: object) -> str:
    # A number would have lost its leading zeros here, and an offer id is not a number.
    if not isinstance(text, str):
        raise SettingsError(f'Profile {path}: {name}.{field} must be text in quotes: {field} = "…".')
    return f"{field}={text}"


def _expected(name: str) -> str:
    if name in _FLAGS:
        return "true or false"
    if name in _TABLES:
        return f'a table, such as [{name}] with message_id = "…", or a list of "FIELD=…"'
    return "text in quotes, or a list of it" if name in _LISTS else "text in quotes"


def _spelled(name: str) -> str:
    return name.replace("_", "-")


def _listed() -> str:
    return ", ".join(_spelled(name) for name in _ALLOWED)
