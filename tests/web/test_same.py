"""Page and command give the same: every option of the form is the option of the command, and RESULTS are equal."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.input_values import input_values
from importer.settings import ByField, Flag, InputSettings, OneOf, options_of
from importer.settings.conditions import Conditions
from importer.settings.kinds import Choices, Number, Whole
from importer.settings.notations import Amount, Delimiter, Period
from importer.web.chosen import arguments, options, profile_text, read_form
from tests.support.commands import LOADED
from tests.support.inputs import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.settings import Option

# A value for each kind of option; where a kind takes several, two of them.
_SAID = {
    Amount: ["1.50"], ByField: ["revenue=Net, gross", "timestamp=a=b"], Choices: ["attribution_type:Verkauf=sale"],
    Conditions: ["a=b,c", "d!=e"], Delimiter: ["tab"], Flag: ["yes"], Number: ["2.5"], Period: ["2026-06"],
    Whole: ["7"],
}  # fmt: skip
_OF_OPTION = {"already": ["abcd1234", "efgh5678"], "timezone": ["Europe/Berlin"], "columns": ["a,b"]}
_FORM = {name: one for name, one in options().items() if name != "profile"}


def said(name: str, one: Option) -> list[str]:
    """What somebody types for an option."""
    if isinstance(one.kind, OneOf):
        return [next(word for word in one.kind.words if word != one.default)]
    return _OF_OPTION.get(name) or _SAID.get(type(one.kind)) or ["x", "y 'z\""][: 2 if one.default == () else 1]


def parsed(command: str, words: Iterable[str]) -> dict[str, Any]:
    """What a command makes of its command line, profiles and all."""
    context = LOADED[command].make_context(command, ["june.csv", *words])
    values = context.params | input_values(context, context.params)
    return {name: value for name, value in values.items() if name != "profile"}


@pytest.mark.parametrize("network", [[], ["everflow"]])
@pytest.mark.parametrize("name", _FORM)
def test_each_option_of_the_form_is_that_of_the_command(name, network, tmp_path):
    one, texts = _FORM[name], said(name, _FORM[name])
    asked = [("timezone", "Asia/Tokyo")] if network and name != "timezone" else []  # which networks ask for
    chosen = read_form([(name, text) for text in texts] + [("profile", text) for text in network] + asked, {})
    profile = tmp_path / "profile.toml"
    profile.write_text(profile_text(chosen), "utf-8")
    values = [f"{text}.results.csv" for text in texts] if name == "already" else texts
    typed = [one.flag] if isinstance(one.kind, Flag) else [f"{one.flag}={value}" for value in values]
    typed += [f"--profile={text}" for text in network] + [f"--timezone={text}" for _, text in asked]
    assert network or parsed("import", typed) != parsed("import", [])
    for command in ("check", "import"):
        if command == "check" and one not in options_of(InputSettings):
            continue
        page = arguments(chosen, profile, lambda other: Path(f"{other}.results.csv"), checking=command == "check")
        assert parsed(command, page) == parsed(command, typed)


_NAMED = ["message_id", "revenue", "attribution_type", "offer_id", "timestamp"]


def plain(number: int) -> bytes:
    return "\n".join([",".join(_NAMED), *(",".join(row.cells) for row in rows(number, plain=True))]).encode()


CASES: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "messy": (
        "june_2026_messy.csv",
        {"keep": "all", "null": ["NULL", "N/A"], "any-message-id": "yes", "duplicates": "post"},
    ),
    "months and types": (
        "june_2026_messy.csv",
        {"period": "2026-06", "max-revenue": "500", "value": "attribution_type:purchase=sale", "timezone": "EST5EDT"},
    ),
    "german": (
        "june_2026_de.csv",
        {
            "map": ["message_id=SendeID", "revenue=Betrag", "attribution_type=Art", "timestamp=Zeitpunkt"],
            "decimal": "comma", "timestamp-format": "%d.%m.%Y %H:%M", "ignore": "Angebot", "key": "Bemerkung",
        },
    ),
    "a network": ("june_2026_awin.csv", {"profile": "awin", "timezone": "Europe/London", "keep": "all"}),
    "a workbook": ("june_2026.xlsx", {"where": ["Attribution Type!=send"], "expect-rows": "300"}),
    "parquet": ("june_2026.parquet", {"keep": "all", "where": "Invoice!=INV-2026-0001"}),
    "no header": (
        plain(9).partition(b"\n")[2],
        {"columns": "message_id,revenue,attribution_type,x,timestamp", "set.offer_id": "4611", "bulk": "4"},
    ),
    "tabs": (b"x\ny\n" + plain(9).replace(b",", b"\t"), {"skip-rows": "2", "delimiter": "tab", "concurrency": "3"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_page_writes_what_the_command_writes(case, make_site, visit, run_here, healthy_server, tmp_path):
    """The commands of the page are run here, and not as its children: which take a second each to begin."""
    source, form = CASES[case][0], CASES[case][1] | {"rate": "0"}
    name, data = (source, Path("sample_data", source).read_bytes()) if isinstance(source, str) else ("x.csv", source)
    site = make_site(healthy_server.url)
    person = visit(site)
    person.get(f"/?token={site.sessions.token}")
    path = person.begin()
    person.put(f"{path}/file?name={name}", data)
    person.done(path, "options", **form)
    history = site.desk.look(path[9:]).history
    ended = run_here(*site.desk.command("import", history, "run-1"), "--no-index", "--quiet")
    (tmp_path / name).write_bytes(data)
    typed = [f"--{option}" if text == "yes" else f"--{option}={text}" for option, text in _flat(form)]
    typed += ["--base-url", healthy_server.url, "--rejects", "rejects.csv"]  # of which RESULTS has a word
    again = run_here("import", name, *typed, "--no-index", "--json", cwd=tmp_path)
    assert ended.json is not None, ended.stderr
    assert (ended.exit, ended.json["by_status"]) == (again.exit, again.json["by_status"])
    assert ended.json["by_status"].get("recorded", {"rows": 0})["rows"] > 0
    results = Path(ended.json["results"])
    assert _without_ids(results) == _without_ids(tmp_path / again.json["results"])


def _flat(form):
    for option, texts in form.items():
        for text in [texts] if isinstance(texts, str) else texts:
            yield ("set", f"{option[4:]}={text}") if option.startswith("set.") else (option, text)


def _without_ids(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    varying = [lines[0].index(name) for name in ("revenue_id", "finished_at")]
    return [[cell for place, cell in enumerate(line) if place not in varying] for line in lines]
