"""Options: each becomes its field of the settings, and what cannot be used is refused with a sentence."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.cli.base import Session
from importer.cli.commands import _input_values, check, import_
from importer.cli.program import run
from importer.cli.sandbox import sandbox
from importer.sandbox import SandboxSettings
from importer.settings import InputSettings, Settings, options_of
from tests.support import inside
from tests.support.commands import COMMANDS, LOADED


def parse(*args: str, command: click.Command = import_) -> dict[str, Any]:
    """The values that the settings are made of."""
    with command.make_context(command.name, ["june.csv", *args], obj=Session()) as ctx:
        return {**ctx.params, **_input_values(ctx, ctx.params)}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TRACKLY_BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("command", "settings"), [(import_, Settings), (check, InputSettings)])
def test_defaults_are_those_of_settings(command: click.Command, settings: type) -> None:
    """Without options, every setting has the default that `settings` gives it."""
    values = parse(command=command)
    named = {field.name: values[field.name] for field in fields(settings) if field.name in values}
    assert settings(**named) == settings(inputs=("june.csv",))


@pytest.mark.parametrize(("command", "settings"), [(import_, Settings), (check, InputSettings)])
def test_every_setting_has_an_option(command: click.Command, settings: type) -> None:
    """Every setting but the key can be chosen on the command line, and `check` takes all that concern the input."""
    assert {one.name for one in options_of(settings) if one.flag or one.name == "inputs"} <= {
        option.name for option in command.params
    }


@pytest.mark.parametrize(
    ("args", "name", "value"),
    [
        ("-o out.parquet", "results", Path("out.parquet")),
        ("--results out.csv", "results", Path("out.csv")),
        ("--base-url http://localhost:1/v2/revenue", "base_url", "http://localhost:1"),
        ("--allow-http --base-url http://host", "base_url", "http://host"),
        ("--rate 0", "rate", 0.0),
        ("--rate 2.5", "rate", 2.5),
        ("--concurrency 1024", "concurrency", 1024),
        ("--timeout 0.5", "timeout_s", 0.5),
        ("--attempts 1", "attempts", 1),
        ("--outage-wait 0", "outage_wait_s", 0.0),
        ("--stop-after 1", "stop_after", 1),
        ("--in-doubt resend", "in_doubt", "resend"),
        ("--duplicates skip", "duplicates", "skip"),
        ("--already a.csv --already b*.csv", "already", ("a.csv", "b*.csv")),
        ("--overlap allow", "overlap", "allow"),
        ("--keep invoice --keep all", "keep", ("invoice", "all")),
        ("--map message_id=SubID", "map", {"message_id": "SubID"}),
        ("--map message_id=a=b", "map", {"message_id": "a=b"}),
        ("--map 'Message-ID= Sub ID '", "map", {"message_id": "Sub ID"}),
        ("--map 'attribution type=Kind' --map revenue=Sum", "map", {"attribution_type": "Kind", "revenue": "Sum"}),
        ("--set offer_id=007", "set", {"offer_id": "007"}),
        ("--timezone Europe/Berlin", "timezone", "Europe/Berlin"),
        ("--timestamp-format %d/%m/%Y", "timestamp_format", ("%d/%m/%Y",)),
        ("--timestamp-format %s --timestamp-format %F", "timestamp_format", ("%s", "%F")),
        ("--value offer_id:A=B=C", "value", ("offer_id:A=B=C",)),
        ("--ambiguous latest", "ambiguous", "latest"),
        ("--decimal comma", "decimal", "comma"),
        ("--delimiter ';'", "delimiter", ";"),
        ("--delimiter tab", "delimiter", "\t"),
        (r"--delimiter '\t'", "delimiter", "\t"),
        ("--delimiter '\x01'", "delimiter", "\x01"),
        ("--sheet June --sheet May", "sheet", ("June", "May")),
        ("--max-unpacked 64GiB", "max_unpacked", 64 << 30),
        ("--max-unpacked 500MB", "max_unpacked", 500_000_000),
        ("--max-unpacked 1000", "max_unpacked", 1000),
        ("--any-message-id", "any_message_id", True),
        ("--strict", "strict", True),
        ("--expect-rows 0", "expect_rows", 0),
        ("--expect-total 1234.50", "expect_total", Decimal("1234.50")),
        ("--expect-total 999999999999999999.000000000000000001", "expect_total",
         Decimal("999999999999999999.000000000000000001")),
        ("--limit 0", "limit", 0),
        ("--shard 1/1", "shard", (1, 1)),
        ("--shard 3/10000", "shard", (3, 10000)),
        ("--bulk 100", "bulk", 100),
        ("--retry-rejected", "retry_rejected", True),
        ("--allow-missing", "allow_missing", True),
        ("--resume-only", "resume_only", True),
        ("--no-index", "no_index", True),
        ("--rejects bad.csv", "rejects", Path("bad.csv")),
        ("--report r.html", "report", Path("r.html")),
        ("--sandbox", "sandbox", True),
    ],
)  # fmt: skip
def test_option_becomes_setting(args: str, name: str, value: object) -> None:
    """Each option is one field of the settings."""
    values = parse(*shlex.split(args))
    assert values[name] == value
    assert Settings(**{field.name: values[field.name] for field in fields(Settings) if field.name in values})


@pytest.mark.parametrize(
    "words",
    [
        ("check", "a.csv", "-o", ""),
        ("import", "a.csv", "--results", ""),
        ("import", "a.csv", "--rejects", ""),
        ("import", "a.csv", "--report", ""),
        ("report", ""),
        ("report", "a.csv", "--html", ""),
        ("resolve", "", "--row", "1"),
    ],
)
def test_an_empty_name_is_no_file(words, tmp_path):
    """A variable of the shell that is not set gives an empty text: it is said, and nothing is read or written."""
    result = inside.run(*words, cwd=tmp_path)
    assert (result.exit, "the name is empty" in result.stderr) == (2, True), result
    assert list(tmp_path.iterdir()) == []


def test_environment_names_the_api_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """TRACKLY_BASE_URL is the base URL unless --base-url says otherwise; empty, it says nothing."""
    monkeypatch.setenv("TRACKLY_BASE_URL", "https://other.example/api/")
    assert parse()["base_url"] == "https://other.example/api"
    assert parse("--base-url", "https://third.example")["base_url"] == "https://third.example"
    monkeypatch.setenv("TRACKLY_BASE_URL", "")
    assert parse()["base_url"] == "https://app.tracklysms.com/api"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("--rate -1", "'--rate'"),
        ("--rate nan", "not a finite number"),
        ("--rate inf", "not a finite number"),
        ("--concurrency 0", "'--concurrency'"),
        ("--concurrency 1025", "'--concurrency'"),
        ("--timeout 0", "'--timeout'"),
        ("--timeout inf", "not a finite number"),
        ("--attempts 0", "'--attempts'"),
        ("--outage-wait -0.1", "'--outage-wait'"),
        ("--stop-after 0", "'--stop-after'"),
        ("--bulk 0", "'--bulk'"),
        ("--bulk 101", "'--bulk'"),
        ("--limit -1", "'--limit'"),
        ("--expect-rows -1", "'--expect-rows'"),
        ("--shard 0/4", "such as 1/4"),
        ("--shard 5/4", "such as 1/4"),
        ("--shard 1/10001", "such as 1/4"),
        ("--shard 1", "such as 1/4"),
        ("--shard ١/٤", "such as 1/4"),
        ("--expect-total 1,234.50", "thousands separators"),
        ("--expect-total 1.234,50", "thousands separators"),
        ("--expect-total 1e3", "plain amount"),
        ("--expect-total -1", "plain amount"),
        ("--expect-total nan", "plain amount"),
        ("--expect-total $5", "plain amount"),
        ("--expect-total ''", "plain amount"),
        ("--map messageid=SubID", "Did you mean 'message_id'?"),
        ("--map total=Sum", "message_id, revenue, attribution_type"),
        ("--map revenue", "lacks the part after the field"),
        ("--map 'revenue= '", "lacks the part after the field"),
        ("--map revenue=a --map Revenue=b", "'revenue' is given twice"),
        ("--set revenue=1 --set revenue=2", "'revenue' is given twice"),
        ("--map revenue=a --set revenue=2", "choose one"),
        ("--delimiter ab", "not one character"),
        ("--delimiter 5", "not one character"),
        ("--delimiter '\"'", "not one character"),
        ("--delimiter §", "not one character"),
        ("--max-unpacked 0", "not a size"),
        ("--max-unpacked much", "not a size"),
        ("--in-doubt maybe", "'hold', 'resend'"),
        ("--duplicates no", "'hold', 'post', 'skip'"),
        ("--decimal dot", "'point', 'comma'"),
        ("--log-format xml", "'text', 'json'"),
        ("--sandbox --base-url http://localhost", "choose one"),
        ("--base-url http://host", "--allow-http"),
        ("--base-url nonsense", "https://"),
        ("--results .", "directory"),
        ("--profile missing.toml", "missing.toml cannot be read"),
        ("- --api-key-file -", "cannot be both"),
        ("--api-key-fil x", "--api-key-file"),
        ("--nonsense", "--nonsense"),
    ],
)
def test_unusable_option_is_refused(args: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that cannot be used ends the command with 2 and one `error:` line that says what is wrong."""
    assert run(["import", "june.csv", *shlex.split(args)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert sentence in err


@pytest.mark.parametrize("args", [["import"], ["check"], ["nonsense"], ["import", "x.csv", "--rate", "x"]])
def test_usage_error_names_the_help(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is used wrongly ends with 2 and names the help that explains it."""
    assert run(args) == 2
    assert "--help'" in capsys.readouterr().err


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The bare command shows its help and ends with 2."""
    assert run([]) == 2
    assert "Usage: revenue-importer" in capsys.readouterr().err


@given(text=st.text(max_size=20))
def test_total_is_exact_or_refused(text: str) -> None:
    """--expect-total is the very number that was typed, or an error."""
    option = next(option for option in import_.params if option.name == "expect_total")
    try:
        value = option.type.convert(text, option, None)
    except click.BadParameter:
        return
    assert format(value, "f") == text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_sections_defaults_and_an_example(command: click.Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Each --help groups the options by purpose and ends in an example, within 80 columns."""
    assert run([command.name or "", "--help"]) == 0
    text = capsys.readouterr().out
    assert "\n  Examples:\n" in text
    assert "\nOutput:\n" in text
    assert "\nOptions:\n" not in text
    described, examples = text.split("  Examples:\n")
    assert max(map(len, described.splitlines())) <= 80
    for option in command.params:
        assert getattr(option, "hidden", False) or option.opts[0] in text or option.name == "inputs"
    assert all(line.startswith("    revenue-importer ") for line in examples.splitlines())


def test_help_of_import_shows_defaults_and_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """The help says what holds when nothing is said, and which environment variables count."""
    run(["import", "--help"])
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    for shown in ("default: 100", "default: 32", "default: 30", "default: 5;", "default: 900", "default: 20",
                  "default: hold", "default: UTC", "default: ISO 8601", "TRACKLY_BASE_URL", "TRACKLY_API_KEY",
                  ):  # fmt: skip
        assert shown in text, shown
    assert "--api-key " not in text


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_can_be_typed(command: click.Command) -> None:
    """Every example in a --help is a command line that parses."""
    examples = [line.split() for line in (command.epilog or "").splitlines() if "revenue-importer" in line]
    assert examples
    for _, name, *args in examples:
        chosen = LOADED[name]
        assert chosen.make_context(name, args, obj=Session())


def test_sandbox_offers_every_choice_of_the_sandbox() -> None:
    """The options of `sandbox` are the settings of the sandbox, by the same names; only the key comes from a file."""
    talking = {"log_format", "quiet", "debug"}
    offered = {option.name for option in sandbox.params} - talking - {"api_key"}
    wanted = {field.name for field in fields(SandboxSettings)} - {"api_key"} | {"api_key_file"}
    assert offered == wanted


@pytest.mark.parametrize("text", ["10", "10-", "-10-20", "a-b", "10:20"])
def test_outage_is_a_span(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An outage of the sandbox is START-END in seconds."""
    assert run(["sandbox", "--outage", text]) == 2
    assert "START-END" in capsys.readouterr().err
