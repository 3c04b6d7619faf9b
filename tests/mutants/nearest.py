"""The tests that run a line, fast ones first: coverage with a context for each test, once for many mistakes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from coverage import CoverageData
from coverage.exceptions import DataError

from tests.mutants import forked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A test that hangs has noticed, too; one that is only slow, on a busy machine, has not.
_OPTIONS = ("-q", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=600", "-o")
_OPTIONS += ("faulthandler_exit_on_timeout=true",)
_COMMAND = ("env", "TIME_LIMITS_TIMES=5", sys.executable, "-m", "pytest", *_OPTIONS)
# One processor: sessions of several rooms go on beside each other.
_ALONE = ("-n0", "--dist=no")
_LEAST_S, _TIMES_LONGER = 60, 5
# Most mistakes are noticed by these, and only the files that they are in need to be imported.
_FEW = 25


class Nearest:
    """The tests in some folders that run lines of some rooms, as a copy of the tree has them."""

    def __init__(
        self, tree: Path, rooms: Sequence[str], folders: Sequence[str], processes: Sequence[str] = _ALONE
    ) -> None:
        self.tree, self._folders, self._processes = tree, folders, processes
        self._rooms = [f"importer/{room}" for room in rooms]
        self._data, self._times = (tree.parent / f"{tree.name}.{name}" for name in ("coverage", "xml"))

    def prepare(self) -> None:
        """Run all of these tests once, without a mistake; those that fail even so are named, and left out from then on.

        Raises:
            RuntimeError: they cannot be run.
        """
        if self._data.exists() and self._times.exists():
            return
        covering = [*(f"--cov={room}" for room in self._rooms), "--cov-context=test", "--cov-report="]
        covering += [f"--junitxml={self._times}", "-p", "tests.mutants.unseen"]
        with TemporaryDirectory() as unseen:
            rooms = os.pathsep.join(str(self.tree / room) for room in self._rooms)
            # Compiled once, as a mistake must not be: cosmic-ray forbids to keep what is compiled.
            env = ("env", "PYTHONDONTWRITEBYTECODE=", f"COVERAGE_FILE={self._data}")
            env += (f"UNSEEN_LINES={unseen}", f"UNSEEN_ROOMS={rooms}")
            command = (*env, *_COMMAND, *self._processes, *self._folders, *covering)
            done = subprocess.run(command, cwd=self.tree, capture_output=True, text=True, check=False)
            if done.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
                self._data.unlink(missing_ok=True)
                raise RuntimeError(f"the tests cannot be run:\n{done.stdout}{done.stderr}")
            self._add(Path(unseen))
        print(
            *(line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), sep="\n", flush=True
        )

    def _add(self, unseen: Path) -> None:
        """The lines that commands in processes of their own have run; some were killed while they wrote them."""
        data = CoverageData(self._data)
        data.read()
        for path in unseen.iterdir():
            one = CoverageData(path)
            with suppress(DataError):
                one.read()
                data.update(one)

    def of(self, module: Path, line: int, but: Sequence[str] = ()) -> list[list[str]]:
        """The tests that run this line of this module, a few fast ones first, and those that may run it unseen.

        None is in the folders `but`.
        """
        contexts = self._coverage.contexts_by_lineno(str(self.tree / module))
        known = set().union(*(_named(contexts.get(number, ())) for number in _statement(self.tree / module, line)))
        # What only an import runs may be used anywhere: by the tests of its module first.
        first = known or _named(name for names in contexts.values() for name in names)
        then = (self._elsewhere if known else self._durations.keys()) - first
        ranked = self._ranked(first & self._durations.keys(), but)
        return [tests for tests in (ranked[:_FEW], ranked[_FEW:], self._ranked(then, but)) if tests]

    def _ranked(self, tests: Iterable[str], but: Sequence[str]) -> list[str]:
        """Fast ones first."""
        elsewhere = (test for test in tests if not test.startswith(tuple(f"{folder}/" for folder in but)))
        return sorted(elsewhere, key=lambda test: (self._durations[test], test))

    def run(self, tree: Path, tests: Sequence[str]) -> tuple[int, str]:
        """Run these in `tree`, in their processor time, or a little more, as a mistake may make a loop endless.

        Returns pytest's exit code, or the signal that ended it below 0, and what was printed. A test whose name
        has the value in it that was changed is not found: all are run then.
        """
        listed, output = (tree.parent / f"{tree.name}.{name}" for name in ("listed", "output"))
        listed.write_text("".join(f"{test}\n" for test in tests))
        words = ("-x", *_OPTIONS, *_ALONE)
        code = forked.run(tree, (*words, f"@{listed}"), self._most_s(tests), output)
        if code == forked.NOT_FOUND:
            code = forked.run(tree, (*words, *self._folders), self._most_s(self._durations), output)
        return code, output.read_text(errors="replace")

    def _most_s(self, tests: Iterable[str]) -> int:
        return round(_LEAST_S + _TIMES_LONGER * sum(self._durations[test] for test in tests))

    @cached_property
    def _elsewhere(self) -> set[str]:
        """The tests that nobody saw run anything of the rooms: some start the command in a process that was killed."""
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
        passed = (case for case in ET.parse(self._times).iter("testcase") if not len(case))
        return {
            f"{_path(case.attrib['classname'])}::{case.attrib['name']}": float(case.attrib["time"]) for case in passed
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
