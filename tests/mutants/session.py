"""A sample of the mistakes in one room, in a copy of the tree of its own, and what became of each."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import chdir
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from tests.mutants import equivalent
from tests.mutants.nearest import Nearest
from tests.mutants.places import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cosmic_ray.work_item import MutationSpec, WorkItem

ROOT = Path(__file__).resolve().parents[2]
_TREES = ROOT / "build" / "mutants"
ROOMS = ("api", "send", "plan", "journal", "schema")
# Where the tests of a room are, if not in its folder alone.
FOLDERS = {room: (f"tests/{room}", "tests/simulation") for room in ("journal", "send")}


class Session:
    """So many mistakes of one room, by one seed."""

    def __init__(self, room: str, size: int, seed: int) -> None:
        self._room, self._size, self._seed = room, size, seed
        self._tree = _TREES / f"{room}-{size}-{seed}"
        self._folders = FOLDERS.get(room, (f"tests/{room}",))
        self._nearest = Nearest(self._tree, (room,), self._folders)
        # It takes a quarter of an hour to find what the whole suite runs: once for all sessions.
        self._suite = Nearest(_TREES / "suite", ROOMS, ("tests",), processes=())

    def by_the_room(self, *, again: bool) -> list[WorkResult]:
        """What became of each mistake by the tests of its room; with `again`, survivors meet code and tests of now."""
        make_tree(self._tree)
        database = self._database("nearest")
        self._nearest.prepare()
        self._meet(database, database.pending_work_items, self._by_the_nearest)
        if again:
            self._renew()
            self._meet(database, self._survivors(database), self._by_the_nearest)
        return [result for _, result in database.completed_work_items]

    def _survivors(self, database: WorkDB) -> list[WorkItem]:
        return [item for item, result in database.completed_work_items if word(result) == "survived"]

    def _renew(self) -> None:
        for tests in (self._nearest, self._suite):
            shutil.rmtree(tests.tree, ignore_errors=True)
            tests.forget()
        make_tree(self._tree)
        self._nearest.prepare()

    def by_the_suite(self) -> list[WorkResult]:
        """What becomes of those that survived the tests of their room, by all others that run their lines."""
        make_tree(self._suite.tree)
        self._suite.prepare()
        items = {item.job_id: item for item in self._survivors(self._database("nearest"))}
        database = self._database("whole")
        known = {item.job_id for item in database.work_items}
        database.add_work_items(item for job, item in items.items() if job not in known)
        pending = [item for item in database.pending_work_items if item.job_id in items]
        self._meet(database, pending, self._by_the_others)
        return [result for item, result in database.completed_work_items if item.job_id in items]

    def _database(self, stage: str) -> WorkDB:
        database = WorkDB(self._tree.parent / f"{self._tree.name}.{stage}.sqlite", WorkDB.Mode.create)
        if stage == "nearest" and not database.num_work_items:
            with chdir(self._tree):
                database.add_work_items(sample(self._room, self._size, self._seed))
        return database

    def _meet(self, database: WorkDB, items: Iterable[WorkItem], meet: Callable[[WorkItem], WorkResult]) -> None:
        before = dict(database.results)
        with chdir(self._tree):
            for item in items:
                result = meet(item)
                is_the_same = item.job_id not in before or _is_the_same(before[item.job_id], result)
                if is_the_same:
                    database.set_result(item.job_id, result)
                print(f"  {_place(item)}: {word(result) if is_the_same else 'is elsewhere now'}", flush=True)

    def _by_the_nearest(self, item: WorkItem) -> WorkResult:
        (mistake,) = item.mutations
        return self._by(self._nearest, mistake, self._nearest.of(mistake.module_path, mistake.start_pos[0]))

    def _by_the_others(self, item: WorkItem) -> WorkResult:
        """By the tests of other rooms, but for those that fail here without a mistake, too: some want a terminal."""
        (mistake,) = item.mutations
        near = self._suite.of(mistake.module_path, mistake.start_pos[0], self._folders)
        while True:
            result = self._by(self._suite, mistake, near)
            failed = _failed(result.output or "", near)
            if failed is None or not self._suite.run(self._tree, [failed])[0]:
                return result
            near = [[test for test in tests if test != failed] for tests in near]

    def _by(self, tests: Nearest, mistake: MutationSpec, near: Iterable[Sequence[str]]) -> WorkResult:
        operator = get_operator(mistake.operator_name)(**mistake.operator_args)
        with use_mutation(mistake.module_path, operator, mistake.occurrence) as (code, wrong):
            if wrong is None:
                return WorkResult(WorkerOutcome.NO_TEST)
            diff = _diff(mistake.module_path, code, wrong)
            if equivalent.reason(diff):
                return WorkResult(WorkerOutcome.NORMAL, "", TestOutcome.SURVIVED, diff)
            met = (tests.run(self._tree, some) for some in near if some)
            output = next((output for exit_code, output in met if exit_code), None)
        outcome = TestOutcome.SURVIVED if output is None else TestOutcome.KILLED
        return WorkResult(WorkerOutcome.NORMAL, output or "", outcome, diff)


def make_tree(tree: Path) -> None:
    """A copy, which its own index of git holds: a killed session leaves a mistake in it, which is taken out."""
    if not (tree / ".git").exists():
        _copy_to(tree)
        _git(tree, "init", "-q")
        _git(tree, "add", "-A")
    _git(tree, "checkout", "-q", "--", "importer")


def _copy_to(tree: Path) -> None:
    """Put the files that git knows, or might, into the copy."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def _git(tree: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=tree, check=True)


def word(result: WorkResult) -> str:
    """What became of a mistake: `killed`, `hung`, `survived`, `equivalent`, or that it could not be made."""
    if result.worker_outcome is not WorkerOutcome.NORMAL:
        return str(result.worker_outcome.value)
    outcome = result.test_outcome or TestOutcome.INCOMPETENT
    if outcome is TestOutcome.SURVIVED and equivalent.reason(result.diff):
        return "equivalent"
    # A test that hangs ends the process, as a loop without an end does: no test is named then.
    is_named = any(line.startswith(("FAILED", "ERROR", "ImportError")) for line in result.output.splitlines())
    return str(outcome.value) if outcome is not TestOutcome.KILLED or is_named else "hung"


def _failed(output: str, near: Iterable[Sequence[str]]) -> str | None:
    """The test that failed, by its line at the end: behind its name, which may have anything in it, stands why."""
    lines = [line.partition(" ")[2] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    named = (test for tests in near for test in tests if any(line.startswith(test) for line in lines))
    return max(named, key=len, default=None)


def _is_the_same(one: WorkResult, other: WorkResult) -> bool:
    """Whether both are of one mistake: in a file that has changed, its number may be another's."""
    return bool(other.diff) and equivalent.change(one.diff) == equivalent.change(other.diff)


def _diff(path: Path, code: str, wrong: str) -> str:
    lines = (text.splitlines() for text in (code, wrong))
    return "\n".join(unified_diff(*lines, f"a/{path}", f"b/{path}", lineterm=""))


def _place(item: WorkItem) -> str:
    (mistake,) = item.mutations
    return f"{mistake.module_path}:{mistake.start_pos[0]} {mistake.operator_name.removeprefix('core/')}"
