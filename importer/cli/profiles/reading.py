"""A saved mapping: a TOML file of input options by name. It says how to read a file, never where or whether to post."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import PROFILE
from importer.cli.own_options import Launch, Style
from importer.cli.profiles import shipped
from importer.errors import SettingsError
from importer.settings import ByField, Choices, Flag, Settings, Texts, Whole, options_of
from importer.text import holds_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.settings import Kind

_OPTIONS = {one.word: one for table in (Settings, Launch, Style) for one in options_of(table)}
_ALLOWED = {name: one.kind for name, one in _OPTIONS.items() if one.in_profiles}
_OWN = {"ask": dict, "verified": str}  # what a profile says of itself, beside options
_KEY_NAMES = frozenset({"key", "api_key", "apikey", "x_api_key", "token", "secret", "trackly_api_key"})

_BEGINS_A_KEY = "trk_"
JOINED = ("where", "value", "ignore", "null")
"""Options of which a profile's values stay beside those on the command line that are about something else."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile as a command has it, besides the defaults that it gave the command's options.

    `name`: what somebody called it. `pairs`: what it says with `map` and `set`, and `lists`: with options of which each
    value is about something else, such as `where`; both are joined with what is typed.
    `fields`: settings that the command line does not have. `asks`: options that have to be typed, each with why.
    `verified`: when and from what it was made.
    """

    name: str
    pairs: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, object]
    asks: Mapping[str, str]
    verified: str


def load_profile(ctx: click.Context, name: str) -> None:
    """Make the profile's values the defaults of this command, judged by the options' own rules."""
    path = shipped.path_of(name)
    parameters = {parameter.name: parameter for parameter in ctx.command.params}
    values = read_profile(path)
    judged: dict[str, Any] = {}
    for option, value in values.items():
        try:
            judged[option] = parameters[option].process_value(ctx, value) if option in parameters else value
        except click.BadParameter as error:
            raise SettingsError(f"Profile {path}, {spelled(option)}: {error.message}") from None
    pairs = {kind: judged.pop(kind, {}) for kind in ("map", "set")}
    lists = {name: judged[name] for name in JOINED if name in judged}
    asks, verified = judged.pop("ask", {}), judged.pop("verified", "")
    ctx.default_map = {option: values[option] for option in judged if option in parameters}
    fields = {option: value for option, value in judged.items() if option not in parameters}
    ctx.meta[PROFILE] = Loaded(name, pairs, lists, fields, asks, verified)


def read_profile(path: str) -> dict[str, object]:
    """Return the options in the TOML file at `path`, named with `_`, as the command line would give them.

    `map`, `set` and `keep` are lists of text (`FIELD=COLUMN`), a flag is a bool, `choose` a list of columns by field,
    `ask` a text by option; all others are text.

    Raises:
        SettingsError: the file cannot be read, is not TOML (with the line), or sets what no profile may.
    """
    profile: dict[str, object] = {}
    for key, value in _parse(path).items():
        name = key.replace("-", "_")
        _check_name(path, key, name, value)
        if name in profile:
            raise SettingsError(f"Profile {path} sets {key} twice, with - and with _.")
        profile[name] = _as_given(path, name, value)
    return profile


def _parse(path: str) -> dict[str, object]:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        listed = (
            f" The networks that come with the program are {', '.join(shipped.names())}."
            if Path(path).name == path
            else ""
        )
        raise SettingsError(f"Profile {path} cannot be read: {error.strerror}.{listed}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"Profile {path} is not UTF-8 text. Save it as UTF-8.") from error
    if holds_key(text):
        raise SettingsError(f"Profile {path} holds an API key. Take it out: a profile is made to be shared.")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"Profile {path} is not valid TOML: {error}.") from error


def _check_name(path: str, key: str, name: str, value: object) -> None:
    is_secret = isinstance(value, str) and value.startswith(_BEGINS_A_KEY)  # `key` names columns
    if (name in _ALLOWED or name in _OWN) and not (name in _KEY_NAMES and is_secret):
        return
    if name.lower() in _KEY_NAMES:
        raise SettingsError(f"Profile {path} holds an API key ({key}). Take it out: a profile is made to be shared.")
    if name in _OPTIONS:
        raise SettingsError(
            f"Profile {path} sets {key}, which decides what is posted, or where, and so belongs on the command line. "
            f"A profile may set {_listed()}."
        )
    close = difflib.get_close_matches(name, _ALLOWED, n=1)
    hint = f" Did you mean {spelled(close[0])}?" if close else ""
    raise SettingsError(f"Profile {path} sets {key}, which is no option.{hint} A profile may set {_listed()}.")


def _as_given(path: str, name: str, value: object) -> object:
    if name in _OWN:
        return _own(path, name, value)
    kind = _ALLOWED[name]
    if isinstance(kind, ByField) and isinstance(value, dict):
        value = [_pair(path, name, field, text) for field, text in value.items()]
    if isinstance(kind, Texts) and isinstance(value, str):
        value = [value]
    if isinstance(kind, Whole) and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not _is_like(kind, value):
        raise SettingsError(f"Profile {path}: {spelled(name)} must be {_expected(name, kind)}.")
    return value


def _own(path: str, name: str, value: object) -> object:
    """What a profile says of itself."""
    texts = value.values() if isinstance(value, dict) else [value]
    if isinstance(value, _OWN[name]) and all(isinstance(text, str) for text in texts):
        return value
    expected = "text in quotes" if name == "verified" else 'a table, such as [ask] with timezone = "why"'
    raise SettingsError(f"Profile {path}: {name} must be {expected}.")


def _is_like(kind: Kind, value: object) -> bool:
    """Whether the value has the type that the command line gives to an option of this kind."""
    if isinstance(kind, ByField | Texts):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(kind, Choices):
        return isinstance(value, dict) and all(_is_like(Texts(), columns) for columns in value.values())
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
    if isinstance(kind, Choices):
        return f'a table, such as [{name}] with revenue = ["…", "…"]'
    return "text in quotes, or a list of it" if isinstance(kind, Texts) else "text in quotes"


def spelled(name: str) -> str:
    """What a profile calls an option, as it is written there."""
    return name.replace("_", "-")


def _listed() -> str:
    return ", ".join(spelled(name) for name in _ALLOWED)
