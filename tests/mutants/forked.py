"""Tests in a process that need not import the libraries first: forked from one that has, for each mistake anew."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import resource
import signal
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What most tests import, beside what pytest itself does; nothing of it begins a thread at import.
_LIBRARIES = (
    "asyncio",
    "click",
    "concurrent.futures",
    "httpx",
    "hypothesis.strategies",
    "jinja2",
    "multiprocessing",
    "polars",
    "pytest",
    "rich.console",
    "uvloop",
)
# Of the copy of the tree in the child, of the tree itself in this process.
_OF_THE_TREE = ("importer", "tests")
# They warn that they are imported already.
_OPTIONS = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
NOT_FOUND = 4
"""What pytest returns if a test that was named is not there."""


def run(tree: Path, words: Sequence[str], most_s: int, output: Path) -> int:
    """Run pytest in `tree` with these words, in so much processor time, and keep what it prints in `output`.

    Returns its exit code; of a process that was ended, its signal below 0.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        _child(tree, words, most_s, output)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        _end_all_of(pid)


def _end_all_of(group: int) -> None:
    """End what the tests of an ended process have left running."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _child(tree: Path, words: Sequence[str], most_s: int, output: Path) -> None:
    code = 70
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s + 5))
        _move_to(tree)
        import pytest

        code = int(pytest.main([*_OPTIONS, *words]))
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _move_to(tree: Path) -> None:
    """Import `importer` and `tests` from this tree; commands that are started do so, too."""
    for name in [name for name in sys.modules if name.partition(".")[0] in _OF_THE_TREE]:
        del sys.modules[name]
    os.chdir(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if path)]
    sys.dont_write_bytecode = True
    os.environ |= {"TIME_LIMITS_TIMES": "5", "PYTHONDONTWRITEBYTECODE": "1"}
    spec = importlib.util.find_spec("importer")
    assert spec, tree
    assert spec.origin == str(tree / "importer" / "__init__.py"), spec.origin
