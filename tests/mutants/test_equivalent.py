"""Survivors that are listed are of the code as it is, and are found again."""

from __future__ import annotations

from pathlib import Path

from tests.mutants.equivalent import change, listed, reason

ROOT = Path(__file__).resolve().parents[2]


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def test_what_is_listed_is_in_the_code():
    """An entry for code that is no longer there would excuse a mistake that nobody has looked at."""
    gone = [e for e in listed() if _without_blanks(e["code"]) not in _without_blanks((ROOT / e["file"]).read_text())]
    assert gone == []


def test_what_is_listed_has_a_reason_and_is_a_change():
    """Each has a sentence of its own."""
    for entry in listed():
        assert entry["code"] != entry["mistake"]
        assert entry["reason"].endswith(".")


def test_a_diff_is_found_wherever_its_lines_stand():
    """Line numbers and what stands around do not matter: they change with every commit."""
    lines = ("--- mutation diff ---", "--- a/importer/x.py", "+++ b/importer/x.py", "@@ -9,2 +9,2 @@", " if y:")
    diff = "\n".join([*lines, "-    a = (1 +", "-         b)", "+    a = (2 +", "+         b)"])
    assert change(diff) == ("importer/x.py", "a = (1 + b)", "a = (2 + b)")
    assert reason(diff) is None
