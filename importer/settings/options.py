"""How an option is declared: once, with all that the program's parts have to know of it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.settings.kinds import Kind

Value = TypeVar("Value")
About = ParamSpec("About")


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


@dataclass(frozen=True, eq=False)  # each generated method costs time at every start
class Option:
    """One option.

    Without a `flag` it cannot be chosen on the command line. The help lists an option where its table has it, in its
    `section`; `before` names another that it is to precede there. `default` is the value when nothing is said, `shown`
    what the help says in its place, `variable` one of the environment that may say it; with `in_environment` it is
    called after the flag: REVENUE_IMPORTER_RATE. `commands` are those that have
    the option, of the commands that use its table: all, when empty.

    `in_profiles`: a saved mapping may set it. It then says how a file is read, never what is posted, or where.
    `recorded`: its place among the options in the journal's start event, and so in the report; None, when it is not
    there. A new option takes the next number: places are never given anew, so that reports of old and new journals
    read alike. It stands there as its kind's `to_json` says.
    `repeated`: a command that goes on with an import must have it too, so that the report writes it out.
    `decides`: of an option of the input, whether it decides what is posted, or where, so that the plan covers it; not
    one that only says where to write, or how much may be read.
    `is_secret`: it is in no `repr`.
    """

    default: Any
    kind: Kind
    flag: str = ""
    section: Section = Section.OUTPUT
    help: str = ""
    _: KW_ONLY
    name: str = ""
    short: str = ""
    metavar: str = ""
    before: str = ""
    shown: str = ""
    variable: str = ""
    in_environment: bool = False
    commands: tuple[str, ...] = ()
    in_profiles: bool = False
    recorded: int | None = None
    repeated: bool = False
    decides: bool = True
    is_secret: bool = False

    @property
    def word(self) -> str:
        """What profiles and the environment call it: its flag with `_`, or its name where it has no flag."""
        return self.flag.removeprefix("--").replace("-", "_") or self.name

    @property
    def told_by(self) -> str | None:
        """The variable of the environment that may say the value, if there is one."""
        return self.variable or (f"REVENUE_IMPORTER_{self.word.upper()}" if self.in_environment else None)

    def settle(self, value: object) -> object:
        """Return the value in its one form.

        Raises:
            SettingsError: it cannot be used.
        """
        if value is None and self.default is None:
            return None
        try:
            return self.kind.settle(value)
        except ValueError as error:
            # A text is not repeated where one is expected: it could be the key.
            shown = f"of type {type(value).__name__}" if isinstance(self.default, str) else repr(value)
            raise SettingsError(f"{self.name} is {shown}; it must be {error}.") from None

    def to_json(self, value: object) -> object:
        """Return how a settled value stands in the journal."""
        return None if value is None else self.kind.to_json(value)


def _declaring(make: Callable[Concatenate[Any, About], Option]) -> Callable[Concatenate[Value, About], Value]:
    """Return what makes a field of a table with an `Option` about it, and has the type of the default."""

    def declare(default: Value, /, *args: About.args, **about: About.kwargs) -> Value:
        one = make(default, *args, **about)
        if default == {}:  # which every object is to have anew
            return cast("Value", field(default_factory=dict, metadata={Option: one}))
        return field(default=default, repr=not one.is_secret, metadata={Option: one})

    return declare


option = _declaring(Option)
"""Declares an option, as `Option` does, where a table has the default of a field."""


def options_of(table: type) -> tuple[Option, ...]:
    """The options that a table declares, in order."""
    if table not in _OPTIONS:
        _OPTIONS[table] = tuple(replace(one.metadata[Option], name=one.name) for one in fields(table))
    return _OPTIONS[table]


_OPTIONS: dict[type, tuple[Option, ...]] = {}


def settle_all(chosen: object) -> None:
    """Bring every value of a table's object, which is frozen, into its one form.

    Raises:
        SettingsError: one cannot be used.
    """
    for one in options_of(type(chosen)):
        object.__setattr__(chosen, one.name, one.settle(getattr(chosen, one.name)))
