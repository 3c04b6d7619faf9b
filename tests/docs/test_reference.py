"""The reference is that of the program: options, codes, statuses, fields, columns, and the keys of its JSON."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

from importer.cli.profiles.reading import read_profile
from importer.model import FIELDS, Status
from importer.results import COLUMNS
from tests.docs.documents import FINANCE, REFERENCE, ROOT
from tests.docs.generated import parts, regenerated

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_generated_parts_are_those_of_the_program() -> None:
    """Every option of every command with its meaning and default, every code with its remedy, and none besides."""
    for name, part in parts().items():
        assert f"<!-- {name} -->\n{part}<!-- /{name} -->" in REFERENCE.text
    assert regenerated(REFERENCE.text) == REFERENCE.text


def test_statuses_are_the_seven() -> None:
    """The table has every status, in the order of the program."""
    assert [cell.strip("`") for cell in REFERENCE.table("status")] == [str(status) for status in Status]


def test_fields_are_the_five() -> None:
    """The table of columns has every field, in the order of the program; the document for finance names them, too."""
    assert [cell.strip("`") for cell in REFERENCE.table("field")] == list(FIELDS)
    assert re.findall(r"^- `(\w+)`[:,]", FINANCE.text, re.MULTILINE) == list(FIELDS)


def test_exit_statuses_are_complete() -> None:
    """The table has all exit statuses, none twice."""
    assert [int(number) for cell in REFERENCE.table("exit") for number in cell.split(",")] == [
        0,
        1,
        2,
        3,
        129,
        130,
        143,
    ]


def test_the_columns_of_results_are_all_there() -> None:
    """The table has the columns of RESULTS in their order; `…` stands for those between two of the five fields."""
    named = [name for cell in REFERENCE.table("column") for name in re.findall(r"`(\w+)`", cell)]
    fields = slice(named.index(FIELDS[0]), named.index(FIELDS[-1]) + 1)
    assert "…" in next(cell for cell in REFERENCE.table("column") if FIELDS[0] in cell)
    named[fields] = FIELDS
    assert named == list(COLUMNS)


def test_the_profile_can_be_read(tmp_path: Path) -> None:
    """The profile in the reference is one that the program takes."""
    (block,) = REFERENCE.blocks("toml")
    (tmp_path / "p.toml").write_text(block, "utf-8")
    assert {"map", "keep", "decimal", "timezone", "timestamp_format"} == read_profile(str(tmp_path / "p.toml")).keys()


def test_the_keys_of_the_summary_are_those_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has the keys of the object that the session shows; some are only there when needed, or of a check."""
    (printed,) = (step.output for step in REFERENCE.steps() if step.command.endswith("--json"))
    described = {name for cell in REFERENCE.table("key") for name in re.findall(r"`(\w+)`", cell)}
    of_a_check = {"to_post", "largest", "examples", "without_timestamp", "control_totals"}
    assert json.loads(printed.splitlines()[-1]).keys() == described - {"not_in_input"} - of_a_check


def test_the_keys_of_the_report_are_those_of_json(tmp_path: Path) -> None:
    """The table has the keys of `report --json`."""
    from importer.report import make_report, report_fields
    from tests.support.books import a_book, line

    cells = re.findall(r"^\| (`.*?) \|", REFERENCE.text.partition("`report --json`")[2], re.MULTILINE)
    described = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert described == report_fields(make_report([a_book(tmp_path / "r.csv", [line(1)])])).keys()


def test_the_words_for_why_a_run_stopped_are_complete() -> None:
    """`stopped` is one of the words that are listed."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "importer").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    stops = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Stop" and call.args]
    listed = REFERENCE.text.partition("`stopped` is one of")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == {word.value for word in stops if isinstance(word, ast.Constant)}
