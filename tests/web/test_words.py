"""What the command says reaches the page in the page's words: nothing is advised that cannot be done there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from importer.web.chosen import options
from importer.web.words import CHOICES, LABELS, in_words, linked
from tests.support.inputs import rows

_FORM = Path("importer/web/templates/columns.html.j2").read_text("utf-8")
# Rooms whose sentences a check, a run, a verdict or a report may end with; `codes.py` has what to do about rows.
_ROOMS = (
    "api",
    "disk",
    "journal",
    "plan",
    "reconciling",
    "results",
    "run",
    "schema",
    "send",
    "sources",
    "codes.py",
    "errors.py",
)
_COMMANDS = re.compile(
    r"(?<![\w-])--[a-z]|`(?:check|import|resolve|reconcile|report|revenue-importer)\b|TRACKLY_|same command"
)


def _sentences():
    """Every text of these rooms that is no docstring, with braces for what is put in."""
    for room in _ROOMS:
        place = Path("importer") / room
        for file in [place] if place.suffix else sorted(place.rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            whole = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
            inner = {id(part) for node in whole for part in ast.walk(node) if part is not node}
            inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if id(node) not in inner and (text := _text(node)).count(" ") >= 3:
                    yield f"{file}:{node.lineno}", text


def _text(node) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def test_no_sentence_of_the_command_speaks_of_a_command_line():
    found = list(_sentences())
    assert sum(bool(_COMMANDS.search(text)) for _, text in found) > 100  # they do, where they are written
    assert [(where, in_words(text)) for where, text in found if _COMMANDS.search(in_words(text))] == []


def test_the_form_has_every_option_under_the_name_that_sentences_use():
    names = {one.flag.removeprefix("--") for one in options().values()}
    assert set(LABELS) == names | {"profile"}
    assert [name for name in LABELS if f'"{name}"' not in _FORM] == []
    assert set(CHOICES) <= set(LABELS)


def test_a_label_leads_to_its_place_in_the_form_and_what_a_file_says_is_text():
    said = linked(in_words("'<b>' is no offer: say --null '<b>', or --decimal comma"), "/imports/x")
    assert said == (
        '&#39;&lt;b&gt;&#39; is no offer: say “<a href="/imports/x/columns#o-null">Words for an empty cell</a>” '
        '&#39;&lt;b&gt;&#39;, or “<a href="/imports/x/columns#o-decimal">How amounts are written</a>”: “1.234,56”'
    )


def test_files_are_named_without_their_place_wherever_the_page_was_started(make_site, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = make_site().desk.words
    for place in (tmp_path / "data", "data"):
        assert words(f"{place}/uploads/ab12/v1/file/june.pdf is not CSV") == "june.pdf is not CSV"
    assert words("/other/data/uploads/ab12/v1/file/june.pdf") == "/other/data/uploads/ab12/v1/file/june.pdf"


@pytest.fixture
def two(warm_commands, make_site, visit, healthy_server, monkeypatch, tmp_path):
    """An import that ran, and another of the same rows and one more, which its check refused; and who made them."""
    monkeypatch.chdir(tmp_path)  # the command writes paths as they are from here
    site = make_site(healthy_server.url)
    person = visit(site)
    person.get(f"/?token={site.sessions.token}")
    lines = ["message_id,revenue,attribution_type,offer_id,timestamp"]
    lines += [",".join(row.cells) for row in rows(7, plain=True)]
    first = person.approved("\n".join(lines[:7]).encode())
    person.done(first, "run")
    person.wait(first, "done")
    return person, first, person.bring("\n".join(lines).encode())


def test_what_is_said_of_rows_of_another_import_works_when_it_is_followed(two, tmp_path):
    person, first, second = two
    first_id = first.rsplit("/", 1)[1]
    problem = person.state(second)["problem"]
    assert f"leave such rows out with “Other imports to compare” “June” ({first_id})" in problem
    assert "“Rows that other results record already”: “are no reason to stop: they may count twice”" in problem
    for text in (problem, re.sub(r"<[^>]+>", "", person.get(second).text)):
        assert not re.search(r"--|results\.csv|data/", text)
    assert f'<option value="{first_id}">“June” ({first_id})</option>' in person.get(f"{second}/columns").text
    path = f"data/results/{first_id}.results.csv"
    answer = re.search(r'name="already" value="(\w+)"', person.get(second).text)  # of the question
    assert answer
    for said in (answer[1], str(tmp_path / path), path):
        person.done(second, "columns", already=said)
        found = person.state(second)
        assert (found["state"], found["summary"]["by_code"]) == ("checked", {"already_recorded": 6})
        assert found["summary"]["to_post"]["rows"] == 1
        person.done(second, "columns", already="")
        assert person.state(second)["problem"] == problem


def test_results_that_are_none_of_this_page_are_no_other_import(two, tmp_path):
    person, first, second = two
    stranger = tmp_path / f"{first.rsplit('/', 1)[1]}.results.csv"
    answer = person.post(f"{second}/options", already=str(stranger))
    assert (answer.status_code, "“Other imports to compare”" in answer.json()["error"]) == (400, True)
