"""The table of faults in README.md names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).parents[1]
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", (FOLDER / "README.md").read_text())


def functions(path: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(path.read_text())) if hasattr(node, "args") and hasattr(node, "name")
    }


def test_every_test_in_the_table_of_faults_exists():
    """Who follows the table from a fault to its test finds it, under that name."""
    there = {str(path.relative_to(FOLDER)): functions(path) for path in FOLDER.rglob("*.py")}
    assert len(NAMED) > 80
    assert [f"{file}::{name}" for file, name in NAMED if name not in there.get(file, ())] == []


def test_every_fault_has_a_test():
    """No line of the table is empty."""
    lines = re.findall(r"^\| (.+) \| (.*) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert [fault for fault, shown in lines if fault != "fault" and "::" not in shown] == []
