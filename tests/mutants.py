"""Mistakes put into the code one by one, and whether a test notices: `python -m tests.mutants [ROOM [SAMPLE [SEED]]]`.

cosmic-ray makes the mistakes, in a copy of the tree. Of the rooms `api`, `send`, `plan`, `journal` and `schema` a
sample is taken, the same for the same seed. A room's own tests come first; those that survive them meet the whole
suite, with `--whole`, as that takes minutes for each. What was found is kept in `build/mutants`: an interrupted
session goes on.

Not counted are places where a mistake changes nothing that runs: annotations, imports for types alone, and what makes
a class frozen or small.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import chdir
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import TestOutcome, WorkerOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosmic_ray.work_item import MutationSpec, WorkItem, WorkResult

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("api", "send", "plan", "journal", "schema")
SAMPLE, SEED = 25, 1
# Mistakes may make a loop endless; whoever waits for longer than this has noticed.
LIMIT_S = 1200.0
_PYTEST = f"{sys.executable} -m pytest -q -x -p no:cacheprovider"
NEAREST = {room: f"{_PYTEST} -n0 tests/{room}" for room in ROOMS} | {
    "send": f"{_PYTEST} -n0 tests/send tests/simulation"
}


class Session:
    """The mistakes in one room, in a copy of the tree of its own."""

    def __init__(self, room: str, sample: int, seed: int, stage: str = "nearest") -> None:
        self.room, self.tree = room, ROOT / "build" / "mutants" / f"{room}-{sample}-{seed}"
        self.database = self.tree.with_suffix(f".{stage}.sqlite")
        self._sample, self._seed = sample, seed

    def open(self) -> WorkDB:
        """The session, chosen anew if there is none."""
        if not self.tree.exists():
            _copy_tree(self.tree)
        if self.database.exists():
            return WorkDB(self.database, WorkDB.Mode.open)
        database = WorkDB(self.database, WorkDB.Mode.create)
        with chdir(self.tree):
            init(sorted((Path("importer") / self.room).rglob("*.py")), database, {})
            chosen = self._chosen(database)
        database.clear()
        database.add_work_items(chosen)
        return database

    def _chosen(self, database: WorkDB) -> list[WorkItem]:
        """A sample of the mistakes that change what runs, none of a place twice."""
        places = {}
        for item in sorted(database.work_items, key=lambda item: str(item.mutations)):
            (one,) = item.mutations
            if one.start_pos not in _idle(one.module_path):
                places.setdefault((one.module_path, one.start_pos), []).append(item)
        random = Random(self._seed)
        chosen = random.sample(sorted(places, key=str), min(self._sample, len(places)))
        print(f"{self.room}: {len(chosen)} of {len(places):,} places where a mistake can be made", flush=True)
        return [random.choice(places[place]) for place in chosen]

    def run(self, command: str) -> dict[str, WorkResult]:
        """Make the mistakes that were not made yet; returns the outcome of each."""
        database = self.open()
        with chdir(self.tree):
            for item in database.pending_work_items:
                result = mutate_and_test(item.mutations, command, LIMIT_S)
                database.set_result(item.job_id, result)
                print(f"  {_place(item.mutations[0])}: {_word(result)}", flush=True)
        return dict(database.results)


def _copy_tree(target: Path) -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _idle(path: Path, known: dict[Path, set[tuple[int, int]]] = {}) -> set[tuple[int, int]]:  # noqa: B006 - a memory
    """The places of a file that change nothing when it runs."""
    if path not in known:
        known[path] = {(node.lineno, node.col_offset) for part in _never_run(path) for node in _placed(part)}
        known[path] |= {place for part in _never_run(path) for place in _within(part)}
    return known[path]


def _never_run(path: Path) -> Iterator[ast.AST]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body
        if isinstance(node, ast.ClassDef):
            yield from node.decorator_list


def _placed(part: ast.AST) -> Iterator[ast.expr]:
    return (node for node in ast.walk(part) if isinstance(node, ast.expr))


def _within(part: ast.AST) -> Iterator[tuple[int, int]]:
    """Every place of a part, that of an operator between two types among them."""
    begin, end = part.lineno, part.end_lineno  # type: ignore[attr-defined]
    for line in range(begin, end + 1):
        first = part.col_offset if line == begin else 0  # type: ignore[attr-defined]
        last = part.end_col_offset if line == end else 200  # type: ignore[attr-defined]
        yield from ((line, column) for column in range(first, last))


def _place(mistake: MutationSpec) -> str:
    return f"{mistake.module_path}:{mistake.start_pos[0]} {mistake.operator_name.removeprefix('core/')}"


def _word(result: WorkResult) -> str:
    if result.worker_outcome is not WorkerOutcome.NORMAL:
        return str(result.worker_outcome.value)
    return str((result.test_outcome or TestOutcome.INCOMPETENT).value)


def main(rooms: list[str], sample: int, seed: int, *, whole: bool) -> None:
    """Print what survived in each room, and the figures."""
    for room in rooms:
        results = Session(room, sample, seed).run(NEAREST[room])
        counts = Counter(map(_word, results.values()))
        for result in results.values():
            if _word(result) == "survived":
                print(result.diff)
        print(f"{room}: {dict(counts)} by the nearest tests", flush=True)
        if whole:
            print(f"{room}: {_by_the_whole_suite(room, sample, seed, results)} by the whole suite", flush=True)


def _by_the_whole_suite(room: str, sample: int, seed: int, results: dict[str, WorkResult]) -> dict[str, int]:
    """What becomes of those that survived the nearest tests."""
    nearest, session = Session(room, sample, seed).open(), Session(room, sample, seed, "whole")
    if not session.database.exists():
        survived = {job for job, result in results.items() if _word(result) == "survived"}
        WorkDB(session.database, WorkDB.Mode.create).add_work_items(
            [item for item in nearest.work_items if item.job_id in survived]
        )
    return dict(Counter(map(_word, session.run(_PYTEST).values())))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--whole"]
    numbers = [*map(int, words[1:]), *(SAMPLE, SEED)[len(words[1:]) :]]
    main(words[:1] or list(ROOMS), *numbers, whole="--whole" in sys.argv)
