"""A process that is forked for a mistake runs the tests of the copy, and says what became of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TESTS = """
import importer

def test_that_notices():
    assert importer.ANSWER == 42

def test_that_does_not():
    assert importer

def test_that_ends_if_it_is_right():
    while importer.ANSWER != 42:
        pass
"""
_SCRIPT = """
import sys
from pathlib import Path
from tests.mutants import forked

tree, *words = sys.argv[1:]
tree = Path(tree)
path = f"{tree}/tests/test_it.py"
for word in words:
    code = forked.run(tree, ("-q", "-p", "no:cacheprovider", f"{path}::{word}"), 1, tree / "output")
    print(code)
    print((tree / "output").read_text(), file=sys.stderr)
"""


def test_the_exit_code_tells_what_became_of_the_tests(tmp_path: Path) -> None:
    assert _codes(tmp_path, answer=42) == [0, 0, 0, 4]
    assert _codes(tmp_path, answer=43) == [1, 0, -24, 4]


def _codes(tree: Path, answer: int) -> list[int]:
    (tree / "importer").mkdir(exist_ok=True)
    (tree / "importer" / "__init__.py").write_text(f"ANSWER = {answer}\n")
    (tree / "tests").mkdir(exist_ok=True)
    (tree / "tests" / "test_it.py").write_text(_TESTS)
    names = ("test_that_notices", "test_that_does_not", "test_that_ends_if_it_is_right", "test_that_is_not_there")
    command = (sys.executable, "-c", _SCRIPT, tree, *names)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return [int(line) for line in done.stdout.splitlines()]
