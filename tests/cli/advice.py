"""The sentences of the program that name an option, and what such a sentence says of one."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def sentences(*rooms: str) -> Iterator[str]:
    """The texts in the code of these rooms in which an option stands, with `{}` for what is put in.

    An option by itself is put into one of these, or declared.
    """
    for room in rooms:
        place = ROOT / "importer" / room
        for path in [place] if place.suffix else sorted(place.rglob("*.py")):
            for text in _texts(ast.parse(path.read_text("utf-8"))):
                if re.search(r"(?:^| )--[a-z][a-z-]+|[Ss]ay \{\}|with \{\}\.| with$", text) and not re.fullmatch(
                    r"--[a-z-]+(?:[ =]\S+)?", text.strip()
                ):
                    yield " ".join(text.split())


def _texts(tree: ast.AST) -> Iterator[str]:
    """All texts but docstrings."""
    whole = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inner = {id(part) for node in whole for part in node.values}
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def says(said: str, part: str) -> bool:
    """Whether a part of a sentence was said, whatever was put in for its `{}`."""
    return all(" ".join(piece.split()) in said for piece in part.split("{}"))


def told(said: str, option: str) -> str:
    """The value of an option as a sentence writes it, for a shell."""
    value = rf"{option} ((?:'[^']*'|[^\s';])+)"
    found = re.search(f"[Ss]ay {value}", said) or re.search(value, said)
    assert found is not None, said
    return found[1].rstrip(".,")


def is_a_test(name: str) -> bool:
    """Whether there is such a test: `sources/test_workbooks_people_have.py::test_hidden_rows_are_a_question`."""
    path, _, function = name.partition("::")
    return f"def {function}(" in (ROOT / "tests" / path).read_text("utf-8")
