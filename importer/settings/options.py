"""How an option is declared: once, with all that the program's parts have to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from importer.errors import SettingsError

if TYPE_CHECKING:
    from importer.settings.kinds import Kind

    Value = TypeVar("Value")


class Section(StrEnum):
    """The headings under which the help lists the options, in its order."""

    READING = "Reading"
    MONEY = "Money and time"
    CONTROL = "Duplicates and control"
    API = "The API"
    SENDING = "Sending"
    CLUSTER = "More than one machine"
    RESULTS = "Results"
    OUTPUT = "Output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    The help lists an option where its table has it, in its `section`; `before` names another that it is to precede
    there. `default` is the value when nothing is said, `shown` what the help says in its place. `commands` are those
    that have it, of the commands that use its table: all, when empty.

    `in_profiles`: a saved mapping may set it. It then says how a file is read, never what is posted, or where.
    `recorded`: its place among the options in the journal's start event, and so in the report; None, when it is not
    there. Places are never given anew, so that reports of old journals and new ones read alike.
    `repeated`: a command that goes on with an import must have it too, so that the report writes it out.
    """

    name: str = ""
    default: Any
    kind: Kind
    flag: str
    short: str
    metavar: str
    help: str
    section: Section
    before: str
    shown: str
    variable: str
    commands: tuple[str, ...]
    in_profiles: bool
    recorded: int | None
    repeated: bool

    def settle(self, value: object) -> object:
        """Return the value in its one form.

        Raises:
            SettingsError: it cannot be used.
        """
        if value is None and self.default is None:
            return None
        try:
            return self.kind.settle(value)
        except (TypeError, ValueError):
            # A text is not repeated where one is expected: it could be the key.
            shown = f"of type {type(value).__name__}" if isinstance(self.default, str) else repr(value)
            raise SettingsError(f"{self.name} is {shown}; it must be {self.kind.wanted}.") from None


def option(
    default: Value,
    kind: Kind,
    flag: str = "",
    section: Section = Section.OUTPUT,
    help: str = "",  # noqa: A002 - what everybody calls it
    *,
    short: str = "",
    metavar: str = "",
    before: str = "",
    shown: str = "",
    variable: str = "",
    commands: tuple[str, ...] = (),
    in_profiles: bool = False,
    recorded: int | None = None,
    repeated: bool = False,
    is_secret: bool = False,
) -> Value:
    """Declare a field of a table (a dataclass) as an option; typed as its default. See `Option`.

    Without a `flag` it cannot be chosen on the command line; a secret is in no `repr`.
    """
    one = Option(
        default=default, kind=kind, flag=flag, short=short, metavar=metavar, help=help, section=section, before=before,
        shown=shown, variable=variable, commands=commands, in_profiles=in_profiles, recorded=recorded,
        repeated=repeated,
    )  # fmt: skip
    about = {Option: one}
    if default == {}:  # which every object is to have anew
        return cast("Value", field(default_factory=dict, metadata=about))
    return field(default=default, repr=not is_secret, metadata=about)


def options_of(table: type) -> tuple[Option, ...]:
    """The options that a table declares, in order."""
    if table not in _OPTIONS:
        _OPTIONS[table] = tuple(replace(one.metadata[Option], name=one.name) for one in fields(table))
    return _OPTIONS[table]


_OPTIONS: dict[type, tuple[Option, ...]] = {}
