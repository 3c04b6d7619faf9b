"""A thousand manglings of RESULTS: `python -m tests.soak.results [SCALE]`.

An import is under way: rows are recorded, refused, in doubt, invalid, or not sent yet. Its RESULTS is changed at
random, by one to three of the ways of `support.manglings`, or by damaged bytes, an old copy, a deletion; the journal is
beside it, or is an old copy, or is gone. Then the same command runs again, and the ledger is the judge:

journal there        whatever became of RESULTS: every row is stored once, and RESULTS is whole again
old or no journal    the same, as long as RESULTS still tells everything; otherwise the run is refused, or at least no
                     row is posted again that a RESULTS with its header still calls recorded or in doubt
refused              exit status 2, nothing posted, and not one byte of any file is touched
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from decimal import InvalidOperation
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.faultserver.plan import api_error, hang_up, plan, rule
from tests.faultserver.server import FaultServerProcess
from tests.support.damage import damaged
from tests.support.inputs import Content, InputRow, invalid_rows, rows, write_csv
from tests.support.manglings import MANGLINGS, PLACES
from tests.support.oracle import judge, judge_ids
from tests.support.reference import UnreadableError, read_table
from tests.support.warm import Warm

if TYPE_CHECKING:
    from tests.support.process import Result

MANGLED = 1000
MANGLED_A_MONTH = 100
RESULTS = "june.results.csv"
JOURNAL = f"{RESULTS}.journal"
FIRST, SECOND = 20, 14
DELETED, OLD_COPY, DAMAGED = "deleted", "an old copy put back", "damaged bytes"
_OTHER_DELIMITERS = ("semicolons", "tabs in UTF-16")  # last: the other changes write commas
_ESCAPED = re.compile(r"^'('*[=+\-@\t\r])")


@dataclass(frozen=True)
class Change:
    """What was done: to RESULTS, by name, and to the journal (`kept`, `old` or `gone`)."""

    names: tuple[str, ...]
    journal: str

    @property
    def tells_all(self) -> bool:
        """Whether RESULTS alone still says what became of every row."""
        return all(name in MANGLINGS and MANGLINGS[name].goes_on for name in self.names)


class Month:
    """An import in two runs that left some rows unsent, and what there was after each."""

    def __init__(self, warm: Warm, folder: Path, number: int) -> None:
        self.warm, self.pristine = warm, folder / "pristine"
        good = rows(48, start=48 * number)
        self.rows: list[InputRow] = [*good[:16], *invalid_rows()[:2], *good[16:]]
        refused, lost = [good[i].message_id for i in (2, 9)], good[5].message_id
        faults = (
            rule(api_error(400, "message_not_found"), message_id=refused),
            rule(hang_up(stored=True), message_id=lost),
        )
        self.server = FaultServerProcess(plan(*faults), folder / "server" / "ledger")

    def begin(self) -> None:
        """Import some of the rows, and some more."""
        self.pristine.mkdir()
        write_csv(self.pristine / "june.csv", self.rows)
        for limit in (FIRST, SECOND):
            result = self.run(self.pristine, "--limit", limit)
            if result.exit != 1:
                raise AssertionError(result)
            if limit == FIRST:
                self.old = {name: (self.pristine / name).read_bytes() for name in (RESULTS, JOURNAL)}
        self.base = self.server.ledger()

    def run(self, folder: Path, *options: object) -> Result:
        """Run the command in a folder."""
        arguments = ("june.csv", "--base-url", self.server.url, "--rate", 0, "--json")
        return self.warm.run("import", *arguments, *options, cwd=folder)

    def mangle(self, folder: Path, random: Random) -> Change:
        """Copy what the two runs left, and change it."""
        shutil.copytree(self.pristine, folder)
        results, journal = folder / RESULTS, folder / JOURNAL
        kept = random.choice(("kept", "kept", "old", "gone", "gone"))
        content, names = self._mangled(results.read_bytes(), random)
        if kept == "old":
            journal.write_bytes(self.old[JOURNAL])
        elif kept == "gone":
            journal.unlink()
        if content is None:
            results.unlink()
        else:
            results.write_bytes(content)
        return Change(names, kept)

    def _mangled(self, content: bytes, random: Random) -> tuple[bytes | None, tuple[str, ...]]:
        special = random.choice((None, None, None, None, None, None, DELETED, OLD_COPY, DAMAGED))
        if special == DELETED:
            return None, (DELETED,)
        if special == OLD_COPY:
            return self.old[RESULTS], (OLD_COPY,)
        if special == DAMAGED:
            return damaged(content, random), (DAMAGED,)
        names: list[str] = []
        chosen = random.sample(list(MANGLINGS), random.choice((1, 1, 2, 3)))
        for name in sorted(chosen, key=_OTHER_DELIMITERS.__contains__):
            try:
                content = MANGLINGS[name].change(content, random)
            except (UnicodeError, LookupError, ValueError, csv.Error):
                continue  # it cannot be done any more to what the ones before have left
            names.append(name)
        return content, tuple(names)

    def judge(self, folder: Path, change: Change) -> str:
        """Run again, and judge; in a word, what happened."""
        before, told = _files(folder), self._still_told(folder / RESULTS)
        stored = len(self.server.ledger())
        result = self.run(folder)
        new = self.server.ledger()[stored:]
        if "Traceback" in result.stderr or result.exit not in (0, 1, 2):
            raise AssertionError(result)
        if result.exit == 2:
            return self._judge_refusal(folder, change, result, before, new)
        if change.journal == "kept" or change.tells_all:
            self._judge_whole(folder, result, new)
            return "gone on, every row once"
        again = Counter(map(Content.of, new)) & told
        if again or told is None:
            raise AssertionError(f"posted again, though RESULTS calls them recorded: {again}")
        known = Counter(map(Content.of, self.base))
        lost = (Counter(map(Content.of, new)) & known).total()
        return "gone on, rows that nothing told of posted again" if lost else "gone on, every row once"

    def _judge_refusal(
        self, folder: Path, change: Change, result: Result, before: dict[str, bytes], new: list[dict[str, Any]]
    ) -> str:
        if new or _files(folder) != before:
            raise AssertionError(f"refused, but files were touched or rows posted: {result}")
        needless = change.tells_all or (change.journal == "kept" and "elsewhere.example" not in result.stderr)
        if needless or not re.search(r"^error: .+[.?]$", result.stderr, re.MULTILINE):
            raise AssertionError(f"refused without need, or without a sentence: {result}")
        return "refused"

    def _judge_whole(self, folder: Path, result: Result, new: list[dict[str, Any]]) -> None:
        ledger = [*self.base, *new]
        counts = judge(self.rows, folder / RESULTS, ledger, result.json, promised_in_doubt=1)
        judge_ids(folder / RESULTS, ledger)
        if counts != {"recorded": 45, "rejected": 2, "in_doubt": 1, "invalid": 2}:
            raise AssertionError(f"{counts}: {result}")

    def _still_told(self, results: Path) -> Counter[Content]:
        """The rows that RESULTS calls recorded or in doubt, read as a stranger would."""
        try:
            header, *lines = read_table(results.read_bytes())
        except (UnreadableError, FileNotFoundError):
            return Counter()
        told: Counter[Content] = Counter()
        if tuple(header[: len(PLACES)]) != PLACES:
            return told
        for cells in lines:
            line = {name: _ESCAPED.sub(r"\1", cell) for name, cell in zip(header, cells, strict=False)}
            if line.get("status") in {"recorded", "in_doubt"} and line.get("target") == self.server.target:
                try:
                    told[Content.of(line)] += 1
                except (InvalidOperation, KeyError):
                    continue
        return told


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _campaign(warm: Warm, number: int, count: int) -> Counter[str]:
    figures: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        month = Month(warm, Path(name), number)
        with month.server:
            month.begin()
            for nth in range(count):
                folder = Path(name) / f"mangled-{nth}"
                change = month.mangle(folder, Random(f"{number} {nth}"))
                try:
                    word = month.judge(folder, change)
                except AssertionError as error:
                    error.add_note(f"month {number}, mangling {nth}: {change}")
                    raise
                figures[f"journal {change.journal}: {word}"] += 1
                shutil.rmtree(folder)
    return figures


def main(scale: float = 1.0) -> None:
    """Mangle and run again so often, or fail."""
    began, wanted, figures, number = time.monotonic(), max(1, round(MANGLED * scale)), Counter[str](), 0
    with Warm() as warm:
        while figures.total() < wanted:
            figures += _campaign(warm, number, min(MANGLED_A_MONTH, wanted - figures.total()))
            number += 1
    for word, count in sorted(figures.items()):
        print(f"{word}: {count}")
    print(f"{figures.total()} manglings of RESULTS ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
