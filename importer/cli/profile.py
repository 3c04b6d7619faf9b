"""A saved mapping: a TOML file of input options by name. It says how to read a file, never where or whether to post."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.api import holds_key
from importer.cli.base import PROFILE_PAIRS
from importer.cli.own_options import Launch, Style
from importer.errors import SettingsError
from importer.settings import ByField, Flag, Settings, Texts, Whole, options_of

if TYPE_CHECKING:
    from importer.settings import Kind

_OPTIONS = {
    one.flag.removeprefix("--").replace("-", "_") or one.name: one
    for table in (Settings, Launch, Style)
    for one in options_of(table)
}
_ALLOWED = {name: one.kind for name, one in _OPTIONS.items() if one.in_profiles}
_KEY_NAMES = frozenset({"key", "api_key", "apikey", "x_api_key", "token", "secret", "trackly_api_key"})


def load_profile(ctx: click.Context, path: str) -> None:
    """Make the profile's values the defaults of this command, judged by the options' own rules."""
    parameters = {parameter.name: parameter for parameter in ctx.command.params}
    values = read_profile(path)
    judged = {}
    for name, value in values.items():
        try:
            judged[name] = parameters[name].process_value(ctx, value)
        except click.BadParameter as error:
            raise SettingsError(f"Profile {path}, {_spelled(name)}: {error.message}") from None
    ctx.meta[PROFILE_PAIRS] = {kind: judged.get(kind, {}) for kind in ("map", "set")}
    ctx.default_map = {name: value for name, value in values.items() if name not in {"map", "set"}}


def read_profile(path: str) -> dict[str, object]:
    """Return the options in the TOML file at `path`, named with `_`, as the command line would give them.

    `map`, `set` and `keep` are lists of text (`FIELD=COLUMN`), a flag is a bool, all others are text.

    Raises:
        SettingsError: the file cannot be read, is not TOML (with the line), or sets what no profile may.
    """
    profile: dict[str, object] = {}
    for key, value in _parse(path).items():
        name = key.replace("-", "_")
        _check_name(path, key, name)
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


def _check_name(path: str, key: str, name: str) -> None:
    if name in _ALLOWED:
        return
    if name.lower() in _KEY_NAMES:
        raise SettingsError(f"Profile {path} holds an API key ({key}). Take it out: a profile is made to be shared.")
    if name in _OPTIONS:
        raise SettingsError(
            f"Profile {path} sets {key}, which decides what is posted, or where, and so belongs on the command line. "
            f"A profile may set {_listed()}."
        )
    close = difflib.get_close_matches(name, _ALLOWED, n=1)
    hint = f" Did you mean {_spelled(close[0])}?" if close else ""
    raise SettingsError(f"Profile {path} sets {key}, which is no option.{hint} A profile may set {_listed()}.")


def _as_given(path: str, name: str, value: object) -> object:
    kind = _ALLOWED[name]
    if isinstance(kind, ByField) and isinstance(value, dict):
        value = [_pair(path, name, field, text) for field, text in value.items()]
    if isinstance(kind, Texts) and isinstance(value, str):
        value = [value]
    if isinstance(kind, Whole) and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not _is_like(kind, value):
        raise SettingsError(f"Profile {path}: {_spelled(name)} must be {_expected(name, kind)}.")
    return value


def _is_like(kind: Kind, value: object) -> bool:
    """Whether the value has the type that the command line gives to an option of this kind."""
    if isinstance(kind, ByField | Texts):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, bool if isinstance(kind, Flag) else str)


def _pair(path: str, name: str, field: str, text: object) -> str:
    # A number would have lost its leading zeros here, and an offer id is not a number.
    if not isinstance(text, str):
        raise SettingsError(f'Profile {path}: {name}.{field} must be text in quotes: {field} = "…".')
    return f"{field}={text}"


def _expected(name: str, kind: Kind) -> str:
    if isinstance(kind, Flag):
        return "true or false"
    if isinstance(kind, ByField):
        return f'a table, such as [{name}] with message_id = "…", or a list of "FIELD=…"'
    return "text in quotes, or a list of it" if isinstance(kind, Texts) else "text in quotes"


def _spelled(name: str) -> str:
    return name.replace("_", "-")


def _listed() -> str:
    return ", ".join(_spelled(name) for name in _ALLOWED)
