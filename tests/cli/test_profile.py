"""Profiles: a saved mapping may say how to read a file, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.commands import check, import_
from importer.cli.program import run
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
    "timestamp_format": ("%d.%m.%Y",),
    "ambiguous": "earliest",
    "decimal": "comma",
    "delimiter": "\t",
    "sheet": ("June",),
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
    assert parse("--profile", profile(b"\xef\xbb\xbf" + b'sheet = "June"'))["sheet"] == ("June",)


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


JOINED = """
where = ["Status=approved", "Currency=USD", "Status!=test"]
value = ["attribution_type:Verkauf=sale", "attribution_type:Klick=click"]
ignore = ["Note"]
null = ["-", "n/a"]
timestamp-format = "%d.%m.%Y"
"""


@pytest.mark.parametrize(
    ("typed", "option", "meant"),
    [
        (["--where", "status=pending"], "where", ("Currency=USD", "status=pending")),
        (["--where", " CURRENCY !=EUR"], "where", ("Status=approved", "Status!=test", " CURRENCY !=EUR")),
        (["--where", "Country=US"], "where", ("Status=approved", "Currency=USD", "Status!=test", "Country=US")),
        ([], "where", ("Status=approved", "Currency=USD", "Status!=test")),
        (
            ["--value", "attribution-type: verkauf=click"],
            "value",
            ("attribution_type:Klick=click", "attribution-type: verkauf=click"),
        ),
        (["--ignore", "State", "--ignore", "NOTE"], "ignore", ("State", "NOTE")),
        (["--null", "NULL"], "null", ("-", "n/a", "NULL")),
        (["--timestamp-format", "%d/%m/%Y"], "timestamp_format", ("%d/%m/%Y",)),
    ],
)
def test_what_is_typed_replaces_what_is_about_the_same(
    profile: Any, typed: list[str], option: str, meant: tuple[str, ...]
) -> None:
    """A condition on another column, a name of another value, stays: to look at pending rows lets no euros in."""
    assert parse(*typed, "--profile", profile(JOINED))[option] == meant


def test_what_is_joined_is_saved_whole(profile: Any, tmp_path: Path) -> None:
    """`--save-profile` writes the conditions that held, and next month they hold by its name alone."""
    header = "message_id,revenue,attribution_type,Status,Currency,Country"
    rows = ["tfb0raDP,1,sale,approved,USD,US", "tfb0raDQ,2,sale,pending,USD,US", "tfb0raDR,4,sale,approved,EUR,DE"]
    (tmp_path / "june.csv").write_text("\n".join([header, *rows]), "utf-8")
    saved = tmp_path / "saved.toml"
    given = ("--where", "Status=approved,pending", "--where", "Country=US", "--save-profile", str(saved))
    path = profile('where = ["Status=approved", "Currency=USD"]')
    assert run(["check", str(tmp_path / "june.csv"), "--profile", path, *given]) == 0
    assert parse("--profile", str(saved))["where"] == ("Currency=USD", "Status=approved,pending", "Country=US")


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


NETWORKS = {
    "awin": "id,click_ref,commission,commission_status,date",
    "cj": "Event Date,SID,Status,Publisher Commission (USD),Commission ID",
    "everflow": "conversion_id,sub1,date,status,payout",
    "rakuten": "Member ID (U1),Order ID,Transaction Date,Transaction Time,SKU,Total Commission",
}


def checked(folder: Path, header: str, *options: str) -> int:
    """Check a file that has only this header, as a network's export."""
    export = folder / "export.csv"
    export.write_text(header + "\n")
    return run(["check", str(export), *options])


@pytest.mark.parametrize("network", NETWORKS)
def test_network_profile_knows_its_header(
    network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's export is read by its bare name, whatever lies in the folder; another export is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / network).mkdir()
    profile = ("--profile", network, "--timezone", "Europe/London")
    assert checked(tmp_path, NETWORKS[network], *profile) == 0, capsys.readouterr().err
    assert f"Profile {network}, made from" in capsys.readouterr().err
    columns = NETWORKS[network].split(",")
    assert checked(tmp_path, ",".join(["x", *columns[1:]]), *profile) == 2
    assert f"it has no column {columns[0]!r}" in capsys.readouterr().err


@pytest.mark.parametrize("network", NETWORKS)
def test_network_profile_asks_for_the_zone(network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No network's export names its zone, and a wrong guess moves money into another month."""
    assert checked(tmp_path, NETWORKS[network], "--profile", network) == 2
    assert f"Profile {network} needs --timezone on the command line" in capsys.readouterr().err


def test_a_profile_of_ones_own_is_called_as_it_was_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that has a network's name is not that network's profile, and no message says so."""
    own = tmp_path / "awin.toml"
    own.write_text('[ask]\ntimezone = "Ask the shop."\n')
    assert checked(tmp_path, NETWORKS["awin"], "--profile", str(own)) == 2
    assert f"Profile {own} needs --timezone" in " ".join(capsys.readouterr().err.split())


def test_two_columns_that_could_be_the_amount(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which of two amounts is meant is asked, and either answer works; one amount alone is no question."""
    header, profile = "conversion_id,sub1,date,status,revenue,payout", ("--profile", "everflow", "--timezone", "UTC")
    assert checked(tmp_path, header, *profile) == 2
    assert "Say --map revenue=revenue or --map revenue=payout." in capsys.readouterr().err
    for column in ("revenue", "payout"):
        assert checked(tmp_path, header, *profile, "--map", f"revenue={column}") == 0
    assert checked(tmp_path, header.replace(",revenue", ""), *profile) == 0
    assert checked(tmp_path, header.replace(",payout", ""), *profile) == 0


def test_unknown_network_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """A bare name that is neither a file nor a network is answered with the networks."""
    assert run(["check", "june.csv", "--profile", "awinn"]) == 2
    assert "awin, cj, everflow, rakuten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("verified = 1", "verified must be text"),
        ('ask = "timezone"', "ask must be a table"),
        ('choose = ["revenue"]', "choose must be a table"),
        ("[choose]\nrevenue = [1]", "choose must be a table"),
    ],
)
def test_what_a_profile_says_of_itself(
    profile: Any, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Notes, questions and choices have a form of their own."""
    assert run(["check", "june.csv", "--profile", profile(text)]) == 2
    assert sentence in capsys.readouterr().err


def test_saved_profile_says_what_the_command_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What --save-profile writes reads the same file the same way, with whatever characters."""
    export = tmp_path / "export.csv"
    export.write_text('Click "ü"\tNetto\\€\tWann\nAbC12345\t24,99\t01.06.2026\n', encoding="utf-8")
    typed = [
        *("--map", 'message_id=Click "ü"', "--map", "revenue=Netto\\€", "--map", "timestamp=Wann"),
        *("--set", "attribution_type=sale", "--keep", "all", "--delimiter", "tab", "--any-message-id"),
        *("--decimal", "comma", "--timestamp-format", "%d.%m.%Y", "--timezone", "Europe/Berlin"),
        *("--max-unpacked", "5MB"),
    ]
    saved = tmp_path / "saved.toml"
    assert run(["check", str(export), *typed, "--save-profile", str(saved)]) == 0
    said = parse(*typed, command=check)
    assert {name: parse("--profile", str(saved), command=check)[name] for name in said} == said
    assert run(["check", str(export), "--profile", str(saved)]) == 0
    capsys.readouterr()


def test_saved_profile_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A period is of one month, and control totals of one file: they are named, and the profile has the others."""
    export = tmp_path / "export.csv"
    export.write_text("message_id,revenue,attribution_type\nAbC12345,24.99,sale\n", encoding="utf-8")
    saved = tmp_path / "saved.toml"
    typed = ["--max-revenue", "100", "--expect-rows", "1", "--duplicates", "skip"]
    assert run(["check", str(export), *typed, "--save-profile", str(saved)]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "Not in it, so to be said again where they are meant: --duplicates, --expect-rows." in said
    assert "max-revenue" in saved.read_text()
    assert "duplicates" not in saved.read_text()


def test_saved_profile_has_what_another_profile_said(tmp_path: Path) -> None:
    """A profile that was made from another one holds both, and what was asked is answered in it."""
    saved = tmp_path / "mine.toml"
    header = "conversion_id,sub1,date,status,revenue,payout"
    profile = ("--profile", "everflow", "--timezone", "Asia/Tokyo", "--map", "revenue=payout")
    assert checked(tmp_path, header, *profile, "--save-profile", str(saved)) == 0
    assert checked(tmp_path, header, "--profile", str(saved)) == 0
    text = saved.read_text()
    assert 'revenue = "payout"' in text
    assert 'timezone = "Asia/Tokyo"' in text
    assert checked(tmp_path, "conversion_id,sub1,date,revenue,payout", "--profile", str(saved)) == 2


@pytest.mark.parametrize("command", ["check", "import"])
def test_other_files_are_not_overwritten(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--save-profile takes the place of a profile, and of no other file; an input that is refused saves nothing."""
    export = tmp_path / "export.csv"
    export.write_text("message_id,revenue\nAbC12345,1.00\n")
    other = tmp_path / "other.toml"
    other.write_text("[tool]\nname = 1\n")
    assert run([command, str(export), "--sandbox", "--save-profile", str(other)]) == 2
    assert "is no profile, so it is not overwritten" in capsys.readouterr().err
    assert other.read_text() == "[tool]\nname = 1\n"
    assert run([command, str(export), "--sandbox", "--save-profile", str(tmp_path / "new.toml")]) == 2
    assert not (tmp_path / "new.toml").exists()
