"""The table of options: one declaration is all that an option needs, and every part of the program keeps to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Literal

import click
import pytest

from importer.cli.base import Command
from importer.cli.commands import check, import_
from importer.cli.options import declare
from importer.cli.own_options import Launch, Style
from importer.cli.profiles.reading import read_profile
from importer.errors import SettingsError
from importer.run.job import started
from importer.settings import (
    ByField,
    Flag,
    InputSettings,
    OneOf,
    Option,
    Section,
    Settings,
    Texts,
    option,
    options_of,
    recorded_options,
)
from tests.support.commands import COMMANDS
from tests.support.option_values import other_value

ROOT = Path(__file__).resolve().parents[2]
NOT_ON_THE_COMMAND_LINE = {
    "inputs": "the arguments",
    "api_key": "never an argument",
    "header": "in profiles only",
    "choose": "in profiles only",
}
SETTINGS = options_of(Settings)
CHOSEN = [one for one in SETTINGS if one.name not in NOT_ON_THE_COMMAND_LINE]
OWN = [one for table in (Launch, Style) for one in options_of(table)]
RECORDED = (
    *("rate", "concurrency", "timeout_s", "attempts", "outage_wait_s", "stop_after", "in_doubt", "duplicates"),
    *("overlap", "timezone", "timestamp_format", "ambiguous", "decimal", "any_message_id", "strict", "limit", "bulk"),
    *("retry_rejected", "allow_missing", "already", "keep", "delimiter", "sheet", "max_unpacked", "base_url"),
    "allow_http",
)
"""What journals have had since the first version, in this order: reports of all of them read alike."""
each_with_own = pytest.mark.parametrize("one", [*CHOSEN, *OWN], ids=lambda one: one.name)


def commands_of(one: Option) -> list[click.Command]:
    """The commands that have the option, by its declaration."""
    if one in CHOSEN:
        return [import_, check] if one.name in {other.name for other in options_of(InputSettings)} else [import_]
    table = Launch if one in options_of(Launch) else Style
    names = one.commands or {"check", "import", *(["report", "sandbox"] if table is Style else [])}
    return [command for command in COMMANDS if command.name in names]


def shown(one: Option, command: click.Command) -> tuple[str, str, str] | None:
    """Heading, name and text of the option in the help of a command; None where it has no such option."""
    for parameter in command.params:
        if one.flag in parameter.opts:
            record = parameter.get_help_record(click.Context(command))
            return parameter.section, *record
    return None


@each_with_own
def test_the_help_has_it(one: Option) -> None:
    """It stands under its heading, with its meaning and default, in the help of the commands that have it."""
    assert one.flag.startswith("--")
    assert commands_of(one)
    for command in (check, import_):
        section, name, text = shown(one, command) or ("", "", "")
        assert bool(name) == (command in commands_of(one))
        if name:
            assert (section, name.startswith(one.short or one.flag), one.metavar in name) == (one.section, True, True)
            assert text.startswith(one.help)
            assert f"default: {one.shown}" in text or not one.shown


@each_with_own
def test_the_documents_have_it(one: Option) -> None:
    """A table of options has a line for it, with its meaning."""
    meaning = one.help.replace("|", "\\|")
    texts = [path.read_text("utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))]
    lines = [line for text in texts for line in text.splitlines() if f"| {meaning} |" in line]
    assert any(re.match(rf"\| `(-\w, )?{one.flag}[ `]", line) for line in lines)


@pytest.mark.parametrize("one", SETTINGS, ids=lambda one: one.name)
def test_a_value_of_no_kind_is_refused(one: Option) -> None:
    """Python is told the name of the setting and what it must be; its default can be given."""
    with pytest.raises(SettingsError, match=rf"^{one.name} is .*; it must be .+\.$"):
        Settings(**{one.name: object()})
    assert Settings(**{one.name: one.default}) == Settings()


@each_with_own
def test_a_profile_may_set_it_or_not(one: Option, tmp_path) -> None:
    """What its declaration says; and only how a file is read may be said in a profile."""
    values = {ByField: '["revenue=a"]', Texts: '["a"]', Flag: "true"}
    name = one.flag.removeprefix("--")
    path = tmp_path / "profile.toml"
    path.write_text(f"{name} = {values.get(type(one.kind), chr(34) + 'a' + chr(34))}", "utf-8")
    if one.in_profiles:
        assert read_profile(str(path)).keys() == {one.name}
        assert one.section in (Section.READING, Section.MONEY)
    else:
        with pytest.raises(SettingsError, match=f"sets {name}, which decides what is posted"):
            read_profile(str(path))


@pytest.mark.parametrize(("name", "text"), [("header", '["a"]'), ("choose", '{revenue = ["a", "b"]}')])
def test_what_only_a_profile_sets(name: str, text: str, tmp_path) -> None:
    """Some settings describe the file that a profile is for, and are no options of a command."""
    path = tmp_path / "profile.toml"
    path.write_text(f"{name} = {text}", "utf-8")
    assert read_profile(str(path)).keys() == {name}


def test_the_journal_keeps_what_is_recorded() -> None:
    """The start event has exactly the recorded options in the order of their places, which are never given anew."""
    places = [one.recorded for one in recorded_options()]
    assert places[:26] == [*range(1, 27)]
    assert places == sorted(set(places)), "a new option takes a later number than all others"
    settings = Settings(rate=7, keep=["invoice"], delimiter="tab", expect_rows=3, expect_total="1.50")
    facts = started(settings, "target", [], {}).to_json()
    assert facts["options"] == {one.name: one.to_json(getattr(settings, one.name)) for one in recorded_options()}
    assert [*facts["options"]][: len(RECORDED)] == [*RECORDED]
    assert (facts["options"]["keep"], facts["options"]["delimiter"]) == (("invoice",), "\t")
    assert facts["control"] == {"rows": 3, "revenue": "1.50"}


@pytest.mark.parametrize("one", SETTINGS, ids=lambda one: one.name)
def test_an_option_of_any_kind_can_be_recorded(one: Option) -> None:
    """Any option may be recorded: its Kind says how a value stands in the journal, its default among them."""
    value = one.settle(other_value(one))
    for settled in (value, one.default):
        back = json.loads(json.dumps(one.to_json(settled)))
        assert one.settle(tuple(back) if isinstance(settled, tuple) else back) == settled


def test_what_a_next_run_needs_is_recorded() -> None:
    """A report can write out only what the journal has."""
    assert all(one.recorded and one.flag for one in SETTINGS if one.repeated)


def test_no_two_options_are_one() -> None:
    """Each flag is that of one option, and every option but a few can be chosen on the command line."""
    flags = [flag for one in [*CHOSEN, *OWN] for flag in (one.flag, one.short) if flag]
    assert len(flags) == len(set(flags))
    assert {one.name for one in SETTINGS if not one.flag} == NOT_ON_THE_COMMAND_LINE.keys()
    assert [one.name for one in SETTINGS] == [field.name for field in fields(Settings)]


Colour = Literal["red", "green"]


@dataclass(frozen=True, slots=True, kw_only=True)
class More(Settings):
    """The settings with an option of which nothing else in the program knows."""

    colour: Colour = option("red", OneOf(Colour), "--colour", Section.SENDING, "Of the rows.")


@click.command(cls=Command)
@declare("import", More)
@click.pass_context
def more(ctx: click.Context, /, **given: object) -> object:
    """Tell what was given."""
    return given["colour"]


def test_a_declaration_is_enough() -> None:
    """A new option has a line in the help, a default, and the same limits from both sides, by its declaration alone."""
    colour = options_of(More)[-1]
    assert shown(colour, more) == ("Sending", "--colour [red|green]", "Of the rows.  [default: red]")
    assert more.main(["--colour", "green"], standalone_mode=False) == "green"
    assert (more.main([], standalone_mode=False), More().colour) == ("red", "red")
    with pytest.raises(click.BadParameter, match="'red', 'green'"):
        more.main(["--colour", "blue"], standalone_mode=False)
    with pytest.raises(SettingsError, match="colour is of type str; it must be one of red, green"):
        More(colour="blue")


def test_a_check_foretells_an_import_with_defaults() -> None:
    """What a check does not say is default in the import that it foretells; what an import says is kept."""
    said = InputSettings(inputs="june.csv", strict=True, expect_total=Decimal(5))
    assert Settings.of(said) == Settings(inputs="june.csv", strict=True, expect_total="5")
    whole = Settings(inputs="june.csv", limit=3)
    assert Settings.of(whole) is whole
