"""The guide for contributors names what is there, and the way of a row is the way that a row goes."""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import importer
from importer.cli.program import run
from tests.docs.documents import CONTRIBUTING, ROOT
from tests.docs.player import agrees
from tests.faultserver.plan import CANARY_KEY
from tests.support.inputs import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PACKAGE = Path(importer.__file__).parent
NAMED = re.findall(r"`([\w/]+\.py)::([\w.]+)`", CONTRIBUTING.text)
WAY = [re.findall(r"`([\w/]+\.py)::([\w.]+)`", cell)[0] for cell in CONTRIBUTING.table("function")]


def place(path: str) -> Path:
    """A path as the guide writes it: within the package, unless it says otherwise."""
    return ROOT / path if path.startswith(("tests/", "sample_data/", "importer/")) else PACKAGE / path


def names(body: list[ast.stmt], before: str = "") -> Iterator[str]:
    """What a file defines, and its classes in turn: `Check`, `Check.run`, `CODES`."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield before + node.name
        if isinstance(node, ast.ClassDef):
            yield from names(node.body, f"{before}{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (before + target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_every_name_is_there(path: str, name: str) -> None:
    """Who follows the guide finds the file, and in it the function or class."""
    assert name in set(names(ast.parse(place(path).read_text("utf-8")).body))


def test_every_path_is_there() -> None:
    """Every file and folder that is named without a function, and every room."""
    spans = {span for span in re.findall(r"`([^`\n]+)`", CONTRIBUTING.prose) if re.fullmatch(r"[\w/]+(?:/|\.py)", span)}
    assert [span for span in sorted(spans) if not place(span).exists()] == []
    rooms = {span.split("/")[0] for cell in CONTRIBUTING.table("room") for span in re.findall(r"`([^`]+)`", cell)}
    there = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms == there - {"__init__.py"}


def test_make_targets_are_those_of_the_makefile() -> None:
    """All of them, in their order there."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [re.findall("make ([a-z]+)", cell)[0] for cell in CONTRIBUTING.table("target")] == targets


def test_a_row_goes_the_way_that_is_described(
    tmp_path: Path, healthy_server: Any, monkeypatch: Any, capsys: Any
) -> None:
    """An import of that row calls the functions of the table in that order, and ends in the line that is shown."""
    given, ended = (block for block in CONTRIBUTING.blocks("text") if "tfb0raDP" in block)
    header, first, *_ = (ROOT / "sample_data" / "june_2026.csv").read_text("utf-8").splitlines(keepends=True)
    assert first == given
    file = tmp_path / "june_2026.csv"
    file.write_text(header + first)
    monkeypatch.setenv("TRACKLY_API_KEY", CANARY_KEY)
    with calls() as called:
        status = run(["import", str(file), "--base-url", healthy_server.url, "--yes", "--no-index"])
    assert status == 0, capsys.readouterr()
    assert [name for name in WAY if name not in called] == []
    assert sorted(WAY, key=called.index) == WAY
    results = file.with_suffix(".results.csv").read_bytes().decode().splitlines(keepends=True)
    target = results[1].rstrip().rpartition(",")[2]
    assert agrees(ended, results[1].replace(target, "sandbox").replace("\r\n", "\n"))
    assert header.count(",") == first.count(",") == len(FIELDS)


@contextlib.contextmanager
def calls() -> Iterator[list[tuple[str, str]]]:
    """The functions of the package that are called meanwhile, in the order of their first calls, in any thread."""
    called: dict[tuple[str, str], None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            called.setdefault((str(Path(code.co_filename).relative_to(PACKAGE)), code.co_qualname))

    found: list[tuple[str, str]] = []
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        found += called
