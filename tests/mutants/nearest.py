"""The tests that run a line, fast ones first: coverage with a context for each test, once for each copy of the tree."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from coverage import CoverageData

from tests.mutants import forked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A test that hangs has noticed, too; one that is only slow, on a busy machine, has not.
OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=600", "-o")
OPTIONS += ("faulthandler_exit_on_timeout=true",)
COMMAND = ("env", "TIME_LIMITS_TIMES=5", sys.executable, "-m", "pytest", *OPTIONS)
# One processor: sessions of several rooms go on beside each other.
ALONE = ("-n0", "--dist=no")
_LEAST_S, _TIMES_LONGER = 60, 5
# Most mistakes are noticed by these, and only the files that they are in need to be imported.
_FEW = 25


class Nearest:
    """The tests of a room, in a copy of the tree."""

    def __init__(self, tree: Path, room: str, folders: tuple[str, ...]) -> None:
        self._tree, self._room, self._folders = tree, room, folders
        self._data, self._times = (tree.parent / f"{tree.name}.{name}" for name in ("coverage", "xml"))

    def prepare(self) -> None:
        """Run the tests of the room once, without a mistake.

        Raises:
            RuntimeError: one of them fails even so.
        """
        if self._data.exists() and self._times.exists():
            return
        covering = (f"--cov=importer/{self._room}", "--cov-context=test", "--cov-report=", f"--junitxml={self._times}")
        with TemporaryDirectory() as unseen:
            room = self._tree / "importer" / self._room
            # Compiled once, as a mistake must not be: cosmic-ray forbids to keep what is compiled.
            env = ("env", "PYTHONDONTWRITEBYTECODE=", f"COVERAGE_FILE={self._data}")
            env += (f"UNSEEN_LINES={unseen}", f"UNSEEN_ROOM={room}")
            command = (*env, *COMMAND, *ALONE, *self._folders, *covering, "-p", "tests.mutants.unseen")
            done = subprocess.run(command, cwd=self._tree, capture_output=True, text=True, check=False)
            if done.returncode:
                self._data.unlink(missing_ok=True)
                raise RuntimeError(f"the tests fail without a mistake, too:\n{done.stdout}{done.stderr}")
            self._add(Path(unseen))

    def _add(self, unseen: Path) -> None:
        """The lines that commands in processes of their own have run."""
        data = CoverageData(self._data)
        data.read()
        for path in unseen.iterdir():
            one = CoverageData(path)
            one.read()
            data.update(one)

    def of(self, module: Path, line: int) -> list[list[str]]:
        """The tests that run this line of this module, a few fast ones first, and those that may run it unseen."""
        contexts = self._coverage.contexts_by_lineno(str(self._tree / module))
        known = set().union(*(_named(contexts.get(number, ())) for number in _statement(self._tree / module, line)))
        # What only an import runs may be used anywhere: by the tests of its module first.
        first = known or _named(name for names in contexts.values() for name in names)
        then = (self._elsewhere if known else self._durations.keys()) - first
        ranked = self._ranked(first & self._durations.keys())
        return [tests for tests in (ranked[:_FEW], ranked[_FEW:], self._ranked(then)) if tests]

    def _ranked(self, tests: Iterable[str]) -> list[str]:
        """Fast ones first."""
        return sorted(tests, key=lambda test: (self._durations[test], test))

    def run(self, tests: Sequence[str]) -> tuple[int, str]:
        """Run these in their processor time, or a little more, as a mistake may make a loop endless.

        Returns pytest's exit code, or the signal that ended it below 0, and what was printed. A test whose name
        has the value in it that was changed is not found: all are run then.
        """
        listed, output = (self._tree.parent / f"{self._tree.name}.{name}" for name in ("listed", "output"))
        listed.write_text("".join(f"{test}\n" for test in tests))
        most_s = round(_LEAST_S + _TIMES_LONGER * sum(self._durations[test] for test in tests))
        words = (*OPTIONS, *ALONE)
        code = forked.run(self._tree, (*words, f"@{listed}"), most_s, output)
        if code == forked.NOT_FOUND:
            code = forked.run(self._tree, (*words, *self._folders), most_s, output)
        return code, output.read_text(errors="replace")

    @cached_property
    def _elsewhere(self) -> set[str]:
        """The tests that nobody saw run anything of the room: some start the command in a process that was killed."""
        return self._durations.keys() - _named(self._coverage.measured_contexts())

    def forget(self) -> None:
        """The copy is to be another one."""
        for name in ("_coverage", "_durations", "_elsewhere"):
            self.__dict__.pop(name, None)
        for path in (self._data, self._times):
            path.unlink(missing_ok=True)

    @cached_property
    def _coverage(self) -> CoverageData:
        data = CoverageData(self._data)
        data.read()
        return data

    @cached_property
    def _durations(self) -> dict[str, float]:
        cases = ET.parse(self._times).iter("testcase")
        return {
            f"{_path(case.attrib['classname'])}::{case.attrib['name']}": float(case.attrib["time"]) for case in cases
        }


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _named(contexts: Iterable[str]) -> set[str]:
    """The tests of contexts, each of which is a test and its stage; what runs at import has none."""
    return {context.rpartition("|")[0] for context in contexts} - {""}


def _statement(path: Path, line: int) -> range:
    """The lines of the smallest statement that this line is of; of a compound one those before its body."""
    spans = (_span(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.stmt))
    return min((span for span in spans if line in span), key=len, default=range(line, line + 1))


def _span(node: ast.stmt) -> range:
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    last = getattr(body[0], "lineno", None) or body[0].pattern.lineno if body else (node.end_lineno or node.lineno) + 1
    return range(node.lineno, max(last, node.lineno + 1))
