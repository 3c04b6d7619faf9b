"""Each package says in its docstring which file holds what, and what claims to know nothing of the product does not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A name at the start of a line or behind a semicolon, two spaces or a colon behind it: `rows  …; replay: …`.
NAMED = re.compile(r"(?:^|; )\s*([a-z_]+)(?:\.py)?/?(?=(?:, [a-z_]+)*(?:  |:))", re.MULTILINE)
FACES = [
    *sorted(path for path in (ROOT / "importer").rglob("__init__.py") if path.parent != ROOT / "importer"),
    *(ROOT / "tests" / name / "__init__.py" for name in ("faultserver", "support")),
]
USE_THE_PRODUCT = {
    "warm",
    "inside",
    "saboteur",
    "months",
    "images",
    "books",
    "normalised",
    "raw",
    "option_values",
    "commands",
    "checked",
}


def modules(folder: Path) -> set[str]:
    """The modules and packages of a folder that are not tests."""
    names = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return {name for name in names if not name.startswith(("_", "test_", "conftest"))}


def imported(path: Path) -> set[str]:
    """The packages that a file imports anywhere, as far as their second name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {".".join(name.split(".")[:2]) for name in names}
    return found


@pytest.mark.parametrize("face", FACES, ids=lambda face: str(face.parent.relative_to(ROOT)))
def test_a_package_lists_its_files(face: Path) -> None:
    """A docstring that names the files of its package names every one, and none that is not there."""
    docstring = ast.get_docstring(ast.parse(face.read_text("utf-8"))) or ""
    there = modules(face.parent) if "\n" in docstring else set()
    assert {name for name in there if not re.search(rf"\b{name}\b", docstring)} == set()
    assert set(NAMED.findall(docstring)) - there == set()


def test_the_fault_server_is_a_program_of_its_own() -> None:
    """It imports nothing of the product, nor of the other means of the tests; its own tests may."""
    folder = ROOT / "tests" / "faultserver"
    names = {name for module in ("__init__", *modules(folder)) for name in imported(folder / f"{module}.py")}
    assert {name for name in names if name.split(".")[0] in {"importer", "tests"}} == {"tests.faultserver"}


def test_what_judges_the_product_imports_nothing_of_it() -> None:
    """A mistake of the product must not be shared by what finds it; those that write what it reads are named."""
    using = {
        path.stem
        for path in (ROOT / "tests" / "support").glob("*.py")
        if any(name.startswith("importer") for name in imported(path))
    }
    assert using == USE_THE_PRODUCT
