"""The mistakes that can be made in a room, and a sample of them.

Not counted is what changes nothing that runs: annotations, imports for types alone, what makes a class frozen, small
or abstract, what makes a function remember its answers, the `*` before arguments that have names only, and `==` for
`is`, as what is compared by `is` is equal to itself alone.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from cosmic_ray.commands.init import init
from cosmic_ray.work_db import WorkDB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosmic_ray.work_item import WorkItem

_IDLE_DECORATOR = re.compile(r"abstractmethod|(lru_)?cache(\(.*)?")
_IDLE_CHANGES = {"core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq"}


def sample(room: str, size: int, seed: int) -> list[WorkItem]:
    """So many mistakes of the room, none of a place twice; all below the current folder."""
    database = WorkDB(":memory:", WorkDB.Mode.create)
    init(sorted((Path("importer") / room).rglob("*.py")), database, {})
    places = _places(database)
    random = Random(seed)
    chosen = random.sample(sorted(places, key=str), min(size, len(places)))
    print(f"{room}: {len(chosen)} of {len(places):,} places where a mistake can be made", flush=True)
    return [random.choice(places[place]) for place in chosen]


def _places(database: WorkDB) -> dict[tuple[Path, tuple[int, int]], list[WorkItem]]:
    places = defaultdict(list)
    for item in sorted(database.work_items, key=lambda item: str(item.mutations)):
        (one,) = item.mutations
        if one.operator_name not in _IDLE_CHANGES and one.start_pos not in _idle(one.module_path):
            places[one.module_path, one.start_pos].append(item)
    return places


@cache
def _idle(path: Path) -> frozenset[tuple[int, int]]:
    """The places of a file that change nothing when it runs."""
    parts = list(_never_run(path))
    nodes = {(node.lineno, node.col_offset) for part in parts for node in ast.walk(part) if isinstance(node, ast.expr)}
    return frozenset(nodes | {place for part in parts for place in _within(part)})


def _never_run(path: Path) -> Iterator[ast.AST]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from filter(None, [node.returns])
            yield from (each for each in node.decorator_list if _IDLE_DECORATOR.fullmatch(ast.unparse(each)))
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        if isinstance(node, ast.arguments) and node.kwonlyargs and not node.vararg:
            yield _star_before(node.kwonlyargs[0], path)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (node.test, *node.body)
        if isinstance(node, ast.ClassDef):
            yield from node.decorator_list


def _star_before(argument: ast.arg, path: Path) -> ast.AST:
    """The `*` by itself, which a syntax tree has no node for: the last one before the argument."""
    lines = path.read_text().splitlines()[: argument.lineno]
    lines[-1] = lines[-1].encode()[: argument.col_offset].decode()
    line = max(number for number, text in enumerate(lines, 1) if "*" in text)
    column = lines[line - 1].rindex("*")
    return ast.Pass(lineno=line, end_lineno=line, col_offset=column, end_col_offset=column + 1)


def _within(part: ast.AST) -> Iterator[tuple[int, int]]:
    """Every place of a part, that of an operator between two types among them."""
    begin, end = part.lineno, part.end_lineno  # type: ignore[attr-defined]
    for line in range(begin, end + 1):
        first = part.col_offset - len("@") if line == begin else 0  # type: ignore[attr-defined]
        last = part.end_col_offset if line == end else 200  # type: ignore[attr-defined]
        yield from ((line, column) for column in range(first, last))
