"""From the tables of options to click: what `--help` shows and how the command line refuses what cannot be used."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import section_option, together
from importer.cli.own_options import Profile
from importer.errors import SettingsError
from importer.settings import ByField, File, Flag, Number, OneOf, Section, Texts, Whole, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from importer.cli.base import Decorator
    from importer.settings import Kind, Option


def declare(command: str, *tables: type) -> Decorator:
    """Return a decorator that declares those options of the tables that `command` has."""
    return declare_all(options_for(command, *tables))


def options_for(command: str, *tables: type) -> list[Option]:
    """Return those options of the tables that `command` has."""
    return [one for table in tables for one in options_of(table) if command in (one.commands or (command,))]


def declare_all(options: Sequence[Option], hidden: Collection[str] = ()) -> Decorator:
    """Return a decorator that declares these options, in the order of the help, which leaves out those `hidden`."""
    return together([_declaration(one, hidden=one.name in hidden) for one in _in_order(options) if one.flag])


def _in_order(known: Sequence[Option]) -> list[Option]:
    """The order of the help."""
    place = {one.name: number for number, one in enumerate(known)}
    sections = list(Section)

    def rank(one: Option) -> tuple[int, int, bool]:
        return sections.index(one.section), place.get(one.before, place[one.name]), not one.before

    return sorted(known, key=rank)


def _declaration(one: Option, *, hidden: bool = False) -> Decorator:
    attributes = _of_kind(one.kind) | ({"hidden": True} if hidden else {})
    if not attributes.get("multiple"):
        attributes["default"] = one.default
    return section_option(
        one.section, *filter(None, (one.flag, one.short, one.name)), help=one.help, metavar=one.metavar or None,
        show_default=one.shown or _shown_default(one.default),
        envvar=one.told_by, show_envvar=bool(one.told_by),
        **attributes,
    )  # fmt: skip


def _shown_default(default: object) -> str | bool:
    if isinstance(default, bool):
        return False
    return f"{default:g}" if isinstance(default, float) else True


def _of_kind(kind: Kind) -> dict[str, Any]:
    """What click has to know of a kind of values; most read for themselves what was typed."""
    match kind:
        case Flag():
            return {"is_flag": True}
        case Number():
            return {"type": _Finite(min=0, min_open=kind.above_zero)}
        case OneOf():
            return {"type": click.Choice(kind.words)}
        case File():
            return {"type": FilePath(dir_okay=False, path_type=Path), "callback": ends_in(*kind.suffixes)}
        case ByField():
            return {"type": _typed(kind), "multiple": True, "callback": _by_field}
        case Texts():
            return {"multiple": True}
        case Whole():
            return {"type": click.IntRange(kind.least, kind.most)}
        case Profile():
            return {"is_eager": True, "expose_value": False, "callback": _load_profile}
        case _:
            return {"type": _typed(kind)}


def _typed(kind: Kind) -> Callable[[Any], Any]:
    """Return what reads a value as its kind says; a default is one already."""

    def convert(value: Any) -> Any:
        try:
            return kind.parse(value) if isinstance(value, str) else value
        except SettingsError as error:
            raise click.BadParameter(str(error)) from None

    return convert


class _Finite(click.FloatRange):
    """A number in a range; `inf` and `nan`, which pass a plain comparison, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"'{value}' is not a finite number.", param, ctx)
        return number


class FilePath(click.Path):
    """The path of a file. An empty text, such as an unset variable of the shell gives, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if value == "":
            self.fail("the name is empty. Is a variable of the shell not set?", param, ctx)
        return super().convert(value, param, ctx)


several_results = click.argument("results", nargs=-1, required=True, type=FilePath(), metavar="RESULTS...")
"""The argument of commands that read results files, or patterns of them."""


def ends_in(*suffixes: str) -> Callable[[click.Context, click.Parameter, Path | None], Path | None]:
    """Return the callback of an option whose path must end in one of `suffixes`, if there are any."""

    def judged(_ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
        if suffixes and path is not None and path.suffix.lower() not in suffixes:
            raise click.BadParameter(f"'{path}' does not end in {' or '.join(suffixes)}.", param=param)
        return path

    return judged


def _by_field(_ctx: click.Context, param: click.Parameter, pairs: Iterable[tuple[str, str]] | None) -> dict[str, str]:
    by_field: dict[str, str] = {}
    for field, text in pairs or ():
        if field in by_field:
            raise click.BadParameter(f"'{field}' is given twice.", param=param)
        by_field[field] = text
    return by_field


def _load_profile(ctx: click.Context, _param: click.Parameter, path: str | None) -> None:
    if path is not None:
        from importer.cli.profiles import load_profile  # noqa: PLC0415 - not needed to start up

        load_profile(ctx, path)
