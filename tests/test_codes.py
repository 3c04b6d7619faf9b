"""Every code and every status has its words, and they are the same wherever they are shown."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.codes import CODES, MEANING, OTHER_CODES, TITLES, remedy
from importer.journal.rows import STRENGTH
from importer.model import NEVER_SENT, Status
from importer.plan.matching import _ORDER
from importer.report.page.plots import _STACK
from importer.report.reasons import URGENT

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORTER = Path(__file__).parents[1] / "importer"
EVERY = (*CODES, *OTHER_CODES)
RULES = ("schema/**/*.py", "plan/matching.py")
# How codes look that are made elsewhere, and where that is.
MAKERS = (
    "schema/rejects_columns.py",
    "schema/lines/total_rows.py",
    "api/client.py",
    "api/bulk.py",
    "run/verdicts/cases.py",
    "run/verdicts/resolving.py",
)
LOOK = re.compile(r"total_row|(?:numeric|ragged|resolved|echo|unreadable)_[a-z_]+")


def nodes(*patterns: str) -> Iterator[ast.AST]:
    """All of the source in these files."""
    paths = [path for pattern in patterns for path in IMPORTER.glob(pattern)]
    return (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def rules_codes() -> set[str]:
    """Every `pl.lit` in what the rules give as `code`: a keyword, a variable, or the method `_code`."""
    given: list[ast.AST] = []
    for node in nodes(*RULES):
        match node:
            case ast.keyword(arg="code") | ast.Assign(targets=[ast.Name(id="code")]) | ast.FunctionDef(name="_code"):
                given.append(node)
    calls = [call for node in given for call in ast.walk(node) if isinstance(call, ast.Call)]
    words = [call.args[0] for call in calls if ast.unparse(call.func) == "pl.lit" and call.args]
    return {str(word.value) for word in words if isinstance(word, ast.Constant)}


def made_codes() -> set[str]:
    """The codes that stand in the source."""
    words = (str(node.value) for node in nodes(*MAKERS) if isinstance(node, ast.Constant))
    return rules_codes() | {word for word in words if LOOK.fullmatch(word)}


def test_every_code_that_the_program_makes_is_in_the_table() -> None:
    """A code without a line in the table would leave a person without advice."""
    assert {code.word for code in CODES if code.status in NEVER_SENT} <= made_codes()
    assert made_codes() <= {code.word for code in CODES}
    assert len({code.word for code in EVERY}) == len(EVERY)


@pytest.mark.parametrize("code", [*(code.word for code in EVERY), "http_408", "never_heard_of"])
def test_every_code_has_a_remedy(code: str) -> None:
    """For every code there is one sentence that says what to do."""
    for status in (None, *Status):
        assert remedy(code, status).endswith(".")
        assert len(remedy(code, status)) < 160


def test_what_the_table_says_is_what_the_summary_says() -> None:
    """The line of a group of codes is the remedy of each code in it, under the status that the line names."""
    assert {code.word: code.remedy for code in EVERY} == {code.word: remedy(code.word, code.status) for code in EVERY}
    for word in ("internal_error", "save_error"):
        assert remedy(word, Status.FAILED) == remedy("server_error", Status.FAILED)
    for word in ("http_408", "http_503"):
        assert remedy(word, Status.IN_DOUBT) == remedy("http_502", Status.IN_DOUBT)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (Status.PENDING, "why the run stopped"),
        (Status.FAILED, "again later"),
        (Status.IN_DOUBT, "`resolve`"),
        (Status.REJECTED, "The API refused these rows"),
    ],
)
@pytest.mark.parametrize("code", ["unreachable", "unauthorized", "never_heard_of"])
def test_what_to_do_depends_on_what_became_of_the_row(code: str, status: Status, says: str) -> None:
    """A row that was not even sent is not said to have been refused."""
    assert says in remedy(code, status)


def test_every_status_has_its_words() -> None:
    """A title and a meaning for each."""
    assert list(MEANING) == list(TITLES) == list(Status)
    assert TITLES[Status.IN_DOUBT] == "In doubt"


def test_every_status_has_its_place() -> None:
    """Each list in which the statuses have an order or a colour of its own has all that it is about."""
    sent = {*Status} - {*NEVER_SENT}
    fates = {str(fate) for _, fate in _ORDER}
    assert set(STRENGTH) == sent == {status for status in Status if status in fates}
    assert set(_STACK) == {*Status}
    assert {*URGENT, Status.RECORDED} == {*Status}
    style = (IMPORTER / "report" / "templates" / "base.css").read_text("utf-8")
    for status in Status:
        assert len(re.findall(rf"--{status}: #", style)) == style.count("--paper: #"), "light, dark and on paper"
