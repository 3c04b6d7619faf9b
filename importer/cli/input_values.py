"""How the input is read, as the command line and a profile say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import PROFILE
from importer.cli.own_options import values_of
from importer.errors import SettingsError
from importer.settings import InputSettings, condition_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.cli.profiles import Loaded


def input_values(ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of InputSettings that were given: the profile's are merged in, the command line wins.

    Raises:
        SettingsError: a field is both a column and a constant, or the profile asks for what was not said.
    """
    values = values_of(InputSettings, given)
    profile: Loaded | None = ctx.meta.get(PROFILE)
    if profile is not None:
        _require_answers(profile, ctx)
        values |= profile.fields
        values["map"], values["set"] = _mapping(profile.pairs, given)
        values |= {name: _joined(name, said, values[name]) for name, said in profile.lists.items()}
    both = sorted(values["map"].keys() & values["set"].keys())
    if both:
        raise SettingsError(f"{both[0]} is taken from a column (--map) and is a constant (--set): choose one.")
    return values


def _require_answers(profile: Loaded, ctx: click.Context) -> None:
    """Refuse to guess what a profile leaves to whoever uses it."""
    for option, why in profile.asks.items():
        if ctx.get_parameter_source(option.replace("-", "_")) is not click.core.ParameterSource.COMMANDLINE:
            flag = f"--{option.replace('_', '-')}"
            raise SettingsError(f"Profile {profile.name} needs {flag} on the command line: {why}")


def _joined(name: str, profile: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """Return what both say: a value on the command line replaces those of the profile that are about the same.

    A condition (`where`) is about its column, a name of a value (`value`) about that value, any other about itself.
    """
    said = {_subject(name, text) for text in given}
    return (*(text for text in profile if _subject(name, text) not in said), *given)


def _subject(name: str, text: str) -> str:
    if name == "null":
        return text
    if name == "where":
        text = condition_of(text).column
    elif name == "value":
        text = text.rpartition("=")[0]
    return "_".join(text.replace("-", " ").replace("_", " ").replace(":", " : ").split()).casefold()


def _mapping(
    profile: Mapping[str, Mapping[str, str]], given: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return `map` and `set` of both, by field: what the command line says of a field wins."""
    said = {*given["map"], *given["set"]}
    columns, constants = (
        {**{field: text for field, text in profile[kind].items() if field not in said}, **given[kind]}
        for kind in ("map", "set")
    )
    return columns, constants
