"""Profiles: a saved mapping may say how to read a file, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.commands import check, import_, run
from tests.cli.test_options import parse

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
timezone = "Europe/Berlin"
timestamp-format = "%d.%m.%Y"
ambiguous = "earliest"
decimal = "comma"
delimiter = "tab"
sheet = "June"
any-message-id = true
keep = ["invoice", "note"]

[map]
message_id = "SubID"
revenue = "Netto = €"

[set]
attribution_type = "sale"
"""
READ = {
    "timezone": "Europe/Berlin",
    "timestamp_format": "%d.%m.%Y",
    "ambiguous": "earliest",
    "decimal": "comma",
    "delimiter": "\t",
    "sheet": "June",
    "any_message_id": True,
    "keep": ("invoice", "note"),
    "map": {"message_id": "SubID", "revenue": "Netto = €"},
    "set": {"attribution_type": "sale"},
}


@pytest.fixture
def profile(tmp_path: Path) -> Any:
    """Write a profile and name it."""

    def write(text: str | bytes) -> str:
        path = tmp_path / "profile.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


@pytest.mark.parametrize("command", [import_, check])
@pytest.mark.parametrize("spelling", ["-", "_"])
def test_profile_sets_the_input_options(profile: Any, command: Any, spelling: str) -> None:
    """Every input option can come from a profile, spelled with - or with _, wherever --profile stands."""
    path = profile(FULL.replace("stamp-f", f"stamp{spelling}f").replace("any-message-id", f"any{spelling}message_id"))
    values = parse("--profile", path, command=command)
    assert {name: values[name] for name in READ} == READ


def test_profile_with_a_byte_order_mark(profile: Any) -> None:
    """A profile that an editor saved with a byte-order mark is read all the same."""
    assert parse("--profile", profile(b"\xef\xbb\xbf" + b'sheet = "June"'))["sheet"] == "June"


@pytest.mark.parametrize(
    "text", ['map = ["message_id=SubID"]', '[map]\nmessage_id = "SubID"', '[map]\nMessage-ID = "SubID"']
)
def test_mapping_can_be_a_table_or_a_list(profile: Any, text: str) -> None:
    """A mapping is a table, or a list of FIELD=COLUMN as on the command line."""
    assert parse("--profile", profile(text))["map"] == {"message_id": "SubID"}


def test_command_line_wins(profile: Any) -> None:
    """What the command line says holds; mappings are merged by field, and a column replaces a constant."""
    path = profile(FULL)
    values = parse(
        "--timezone", "UTC", "--keep", "all", "--map", "revenue=Total", "--map", "attribution_type=Kind",
        "--set", "message_id=abcd1234", "--profile", path,
    )  # fmt: skip
    assert values["timezone"] == "UTC"
    assert values["keep"] == ("all",)
    assert values["map"] == {"revenue": "Total", "attribution_type": "Kind"}
    assert values["set"] == {"message_id": "abcd1234"}
    assert values["decimal"] == "comma"


@pytest.mark.parametrize(
    "name",
    ["base-url", "base_url", "yes", "duplicates", "overlap", "in-doubt", "allow-missing", "strict", "results", "bulk",
     "rate", "timeout", "outage-wait", "retry-rejected", "limit", "sandbox", "already", "expect-total", "profile",
     "allow-http", "api-key-file", "shard", "json"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["import", "check"])
def test_profile_cannot_decide_what_is_posted(
    profile: Any, name: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A profile that sets the URL, or any option that decides what is posted, is refused by name."""
    assert run([command, "june.csv", "--profile", profile(f'{name} = "allow"')]) == 2
    err = capsys.readouterr().err
    assert f"sets {name}, which decides what is posted" in err
    assert "timestamp-format" in err


@pytest.mark.parametrize("name", ["api-key", "api_key", "key", "token", "TRACKLY_API_KEY", "X-Api-Key"])
def test_profile_cannot_hold_the_key(profile: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile with an API key in it is refused, and the key is not shown."""
    assert run(["import", "june.csv", "--profile", profile(f'{name} = "trk_secretsecret"')]) == 2
    err = capsys.readouterr().err
    assert "API key" in err
    assert "secret" not in err


@pytest.mark.parametrize("text", ["{}", "{} = 1", 'decimal = "{}"', '[map]\n{} = "x"', 'sheet = ["{}"]', "# {}"])
def test_profile_that_is_the_file_of_the_key(profile: Any, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with a key in it, wherever, is no profile; the refusal does not repeat the key."""
    key = "trk_" + "Ab12" * 8
    assert run(["check", "june.csv", "--profile", profile(text.format(key))]) == 2
    err = capsys.readouterr().err
    assert "holds an API key" in err
    assert key not in err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('time-zone = "UTC"', "Did you mean timezone?"),
        ('colour = "red"', "colour, which is no option"),
        ('timezone = "UTC"\ntimezone = "UTC"\nsheet = "a"', "at line 2"),
        ("timezone = UTC", "at line 1"),
        ("a = " + "[" * 5000, "not valid TOML"),
        (b'sheet = "\xff"', "not UTF-8"),
        ("timezone = 1", "timezone must be text in quotes"),
        ('any-message-id = "yes"', "any-message-id must be true or false"),
        ("keep = [1]", "keep must be"),
        ("[map]\nmessage_id = 1", "map.message_id must be text"),
        ('map = "message_id=a"', "map must be a table"),
        ('[map]\nmesage_id = "a"', "Did you mean 'message_id'?"),
        ('map = ["revenue=a", "revenue=b"]', "given twice"),
        ('[map]\nrevenue = "a"\n[set]\nrevenue = "1"', "choose one"),
        ('timestamp_format = "a"\ntimestamp-format = "b"', "twice"),
        ('decimal = "dot"', "'point', 'comma'"),
        ('delimiter = "ab"', "not one character"),
    ],
)
def test_unusable_profile_is_refused(
    profile: Any, text: str | bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A profile that cannot be used is refused with its name and what is wrong in it."""
    assert run(["check", "june.csv", "--profile", profile(text)]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1
