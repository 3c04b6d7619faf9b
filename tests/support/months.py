"""A month that a person works on: edits, runs with all sorts of options, kills, lost files, verdicts, rejects.

    month = Month(warm, server, folder, number)
    for _ in range(steps):
        month.step()        # raises OracleError at the first broken promise
    month.finish()          # everything that was wished for can be had, and is

The person is honest and follows advice: other results are named with `--already`, a sentence that offers an option is
obeyed, verdicts are true. So every content may be stored as often as some run wanted it, and never more often.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from importer.errors import ImporterError
from importer.journal import journal_path
from importer.run.pipeline import run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, Json, api_error, hang_up, plan, rule, success
from tests.faultserver.plan import bulk as bulk_answer
from tests.support.inputs import FIELDS, Content, InputRow, write_csv
from tests.support.oracle import OracleError, read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess
    from tests.support.warm import Warm

_TURNS = 6
_AMOUNTS = ("1.00", "2.50", "24.90")


class DeadEndError(OracleError):
    """Something that a person may wish for, and that no command does."""


@dataclass(eq=False)
class Book:
    """A file that is imported, whole or a shard of it, and its results.

    `clean`: its last run ended by itself; `edited`: since then somebody changed what the results say.
    """

    file: Path
    rows: list[InputRow]
    results: Path
    shard: tuple[int, int] | None = None
    clean: bool = False
    edited: bool = False
    old: bytes | None = None

    @property
    def journal(self) -> Path:
        """Beside the results."""
        return journal_path(self.results)

    @property
    def exists(self) -> bool:
        """Whether a run of it has begun."""
        return self.results.exists() or self.journal.exists()

    def lines(self) -> list[dict[str, str]]:
        """What the results say."""
        return read_results(self.results) if self.results.exists() else []


@dataclass(eq=False)
class Month:
    """`number` chooses everything, and the message ids, so that months share no row."""

    warm: Warm
    server: FaultServerProcess
    folder: Path
    number: int
    books: list[Book] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    random: Random | None = None

    def __post_init__(self) -> None:
        self.random = self.random or Random(self.number)
        self.made = 0
        self.allowed: Counter[Content] = Counter()
        self.figures: Counter[str] = Counter(months=1)
        self.mended: dict[tuple[str, ...], InputRow] = {}
        self.removed: list[InputRow] = []
        self.folder.mkdir()
        self.rows = [self._row() for _ in range(self.random.randint(1, 8))]
        shards, kind = self.random.choice((1, 1, 1, 2)), self.random.choice(("csv", "csv", "csv", "parquet"))
        for number in range(1, shards + 1):
            shard = (number, shards) if shards > 1 else None
            name = f"june.{number}-of-{shards}" if shard else "june"
            results = self.folder / f"{name}.results.{kind}"
            self.books.append(Book(self.folder / "june.csv", self.rows, results, shard))
        if self.random.random() < 0.4:
            self._begin_may()
        self.server.replan(self._trouble())

    def _begin_may(self) -> None:
        place = self.random.choice((self.folder, self.folder / "old"))
        place.mkdir(exist_ok=True)
        good = [row for row in self.rows if row.content is not None]
        shared = self.random.sample(good, self.random.randint(0, len(good)))
        self.books.append(Book(place / "may.csv", [*shared, self._row()], place / "may.results.csv"))

    def _trouble(self) -> Json:
        return plan(
            rule(bulk_answer().but(delay_s=0.01), endpoint="bulk", chance=0.8),
            rule(hang_up(stored=True), chance=0.08),
            rule(hang_up(stored=False), chance=0.08),
            rule(api_error(400, "message_not_found"), chance=0.12),
            rule(api_error(500, "server_error"), chance=0.12),
            rule(success().but(delay_s=0.003)),
            seed=self.number,
        )

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _row(self) -> InputRow:
        """A new row; one in six is broken, and its mended form is known."""
        self.made += 1
        message = f"{self.number:05d}{self.made:03d}"
        amount, at = self.random.choice(_AMOUNTS), f"2026-06-{self.made % 28 + 1:02d}T10:00:00Z"
        cells = (message, amount, "sale", "4521", at)
        good = InputRow(cells, Content(message, Decimal(amount), "sale", "4521", at), amount, Decimal(amount))
        if self.random.random() > 1 / 6:
            return good
        broken = self.random.choice([("bad", *cells[1:]), (message, "x", *cells[2:]), (*cells[:2], "gift", *cells[3:])])
        self.mended[broken] = good
        return InputRow(broken, None, None, None, "broken")

    def _respelt(self, row: InputRow) -> InputRow:
        if row.content is None:
            return row
        message, amount, kind, offer, at = row.cells
        ways = (
            (message, f"{amount}0" if "." in amount else amount, kind, offer, at),
            (f" {message} ", amount, kind.upper(), offer, at),
            (message, f"+{amount.lstrip('+')}", kind, offer, at.replace("T10:00:00Z", " 12:00:00+02:00")),
        )
        return InputRow(self.random.choice(ways), row.content, row.digits, row.revenue)

    def stored(self) -> Counter[Content]:
        """How often the server has each content of this month."""
        mine = f"{self.number:05d}"
        return Counter(Content.of(one) for one in self.server.ledger() if one["message_id"].startswith(mine))

    # -- steps ---------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing that people do, and a run; then the judgement."""
        edits = (self._append, self._remove, self._sort, self._duplicate, self._respell, self._mend)
        hurts = (self._lose_results, self._edit_results, self._lose_journal, self._cut_lines, self._put_back_journal)
        more = (self._resolve, self._import_rejects, self._correct)
        chosen: Callable[[], None] = self.random.choice((*edits, *edits, *hurts, *more, *more, lambda: None))
        name = getattr(chosen, "__name__", "").strip("_<>").replace("lambda", "nothing").replace("_", " ")
        self.told.append(name)
        self.figures[f"step: {name}"] += 1
        chosen()
        book = self.random.choice(self.books)
        self._wish(book, kill=self.random.random() < 0.25, **self._options())
        self.judge()

    def _options(self) -> dict[str, Any]:
        chosen: dict[str, Any] = {"duplicates": self.random.choice(("hold", "hold", "post", "skip"))}
        chosen |= self.random.choice(({}, {}, {}, {"limit": self.random.randint(0, 3)}))
        chosen |= self.random.choice(({}, {}, {}, {"bulk": 3}))
        return chosen | self.random.choice(({}, {}, {"retry_rejected": True}))

    def _append(self) -> None:
        self.rows.insert(self.random.randint(0, len(self.rows)), self._row())

    def _remove(self) -> None:
        if len(self.rows) > 1:
            self.removed.append(self.rows.pop(self.random.randrange(len(self.rows))))

    def _sort(self) -> None:
        self.random.shuffle(self.rows)

    def _duplicate(self) -> None:
        self.rows.insert(self.random.randint(0, len(self.rows)), self.random.choice(self.rows))

    def _respell(self) -> None:
        self.rows[:] = map(self._respelt, self.rows)

    def _mend(self) -> None:
        self.rows[:] = [self.mended.get(row.cells, row) for row in self.rows]

    def _mend_all(self) -> None:
        for book in self.books:
            book.rows[:] = [self.mended.get(row.cells, row) for row in book.rows]

    def _correct(self) -> None:
        """A recorded row with another amount, which would count beside it: refused, and the person takes that back."""
        if not (book := self._a_clean_book()) or book.shard or not book.rows:
            return
        at = self.random.randrange(len(book.rows))
        row = book.rows[at]
        recorded = {Content.of(line) for line in book.lines() if line["status"] == "recorded"}
        if row.content not in recorded or sum(one.content == row.content for one in book.rows) > 1:
            return
        book.rows[at] = InputRow((row.cells[0], "77.70", *row.cells[2:]), None, "77.70", Decimal("77.70"))
        before = self.stored()
        status, said = self._run(book, self._already(book), self._options() | {"limit": 3})
        if status != 2 or self.stored() != before:
            raise OracleError(f"a corrected row went through: {status}, {said}")
        book.rows[at] = row

    # -- what happens to results ---------------------------------------------------------------------------------------

    def _a_clean_book(self, kind: str = "") -> Book | None:
        """One with RESULTS that are whole: copies that are older are told not to be gone on from."""
        clean = [book for book in self.books if book.clean and book.results.exists() and book.journal.exists()]
        clean = [book for book in clean if book.results.suffix.endswith(kind)]
        return self.random.choice(clean) if clean else None

    def _lose_results(self) -> None:
        if book := self._a_clean_book():
            book.results.unlink()
            book.clean = False

    def _edit_results(self) -> None:
        if book := self._a_clean_book("csv"):
            header, *rest = _table(book.results)
            rest = self.random.choice((rest[::-1], rest[: len(rest) // 2], rest + rest))
            _put(book.results, [header, *rest])
            book.clean, book.edited = False, True

    def _lose_journal(self) -> None:
        if book := self._a_clean_book():
            book.journal.unlink()

    def _put_back_journal(self) -> None:
        book = self._a_clean_book()
        if book and book.old is not None:
            book.journal.write_bytes(book.old)
            book.clean = False

    def _cut_lines(self) -> None:
        """RESULTS alone has lost lines of rows in the input: refused, and the person puts the files back."""
        if not (book := self._a_clean_book("csv")):
            return
        kept = {path: path.read_bytes() for path in (book.results, book.journal)}
        book.journal.unlink()
        header, *rest = _table(book.results)
        here = {row.content for row in book.rows}
        lost = [bool(x["row"]) and self._content(x) in here and self.random.random() < 0.4 for x in book.lines()]
        _put(book.results, [header, *(line for line, is_lost in zip(rest, lost, strict=True) if not is_lost)])
        if self._run(book, self._already(book), self._options())[0] == 2:
            for path, content in kept.items():
                path.write_bytes(content)
        self.judge()

    def _content(self, line: dict[str, str]) -> Content | None:
        return None if line["status"] == "invalid" else Content.of(line)

    # -- runs ----------------------------------------------------------------------------------------------------------

    def _already(self, book: Book) -> tuple[str, ...]:
        return tuple(str(other.results) for other in self.books if other.exists and other.file != book.file)

    def _wish(self, book: Book, *, kill: bool = False, **options: Any) -> None:
        """Run until it goes, as the sentences say; other results nearby are sometimes not named at first."""
        already = self._already(book)
        forgotten = all(other.results.parent == book.results.parent for other in self.books)
        named = () if forgotten and self.random.random() < 0.3 else already
        if kill and self._is_killed(book, named, options):
            return
        for _ in range(3):
            status, said = self._run(book, named, options)
            if status != 2:
                return
            if "--already" in said and named != already:
                named = already
            elif "--allow-missing" in said:
                options["allow_missing"] = True
            else:
                break
        raise DeadEndError(f"{book.results.name}, {options}: {said}")

    def _run(self, book: Book, already: Sequence[str], options: dict[str, Any]) -> tuple[int, Any]:
        """In this process: the exit status, with the summary or the sentence."""
        self._want(book, options)
        self.figures["runs"] += 1
        before = book.journal.read_bytes() if book.clean and book.journal.exists() else None
        try:
            summary = run_import(Settings(api_key=CANARY_KEY, **self._given(book, already), **options))
        except ImporterError as error:
            self.told.append(f"{book.results.name} {options} {len(already)} already: {error}")
            self.figures["refused"] += 1
            return error.exit_status, str(error)
        book.clean, book.edited, book.old = True, False, before or book.old
        shown = ", ".join(f"{share.rows} {status}" for status, share in summary.by_status.items())
        self.told.append(f"{book.results.name} {options} {len(already)} already: {summary.exit_status}, {shown}")
        if summary.exit_status not in (0, 1, 3):
            raise OracleError(f"exit {summary.exit_status}")
        return summary.exit_status, summary

    def _given(self, book: Book, already: Sequence[str]) -> dict[str, Any]:
        write_csv(book.file, book.rows)
        given = {"inputs": (str(book.file),), "results": book.results, "shard": book.shard, "already": tuple(already)}
        return given | {"base_url": self.server.url, "rate": 0, "attempts": 1, "concurrency": 3, "stop_after": 50}

    def _want(self, book: Book, options: dict[str, Any]) -> None:
        counts = Counter(row.content for row in book.rows if row.content is not None)
        for content, count in counts.items():
            wanted = count if options.get("duplicates") == "post" else 1
            self.allowed[content] = max(self.allowed[content], wanted)

    def _is_killed(self, book: Book, already: Sequence[str], options: dict[str, Any]) -> bool:
        """A process of its own, killed after some rows, or some moment."""
        self._want(book, options)
        given = self._given(book, already)
        words = [option for other in already for option in ("--already", other)]
        words += ["--shard", f"{book.shard[0]}/{book.shard[1]}"] if book.shard else []
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        command = ("import", given["inputs"][0], "-o", book.results, "--base-url", self.server.url, "--rate", 0)
        command += ("--attempts", 1, "--concurrency", 3, "--stop-after", 50, *words)
        with self.warm.start(*command, cwd=self.folder) as running:
            killed = running.kill_after(self.random.random() * 0.25)
            result = running.wait()
        if "Traceback" in result.stderr or result.exit not in (-9, 0, 1, 2, 3):
            raise OracleError(str(result))
        self.told.append(f"{book.results.name} {options} {len(already)} already: killed {killed}, {result.exit}")
        self.figures["kills"] += killed
        if result.exit != 2:
            book.clean = result.exit in (0, 1, 3)
            book.edited &= not book.clean
        return result.exit != 2

    # -- verdicts and rejects ------------------------------------------------------------------------------------------

    def _resolve(self, share: float = 0.6) -> None:
        """True verdicts on some rows in doubt, when all results are as they should be."""
        if not all(book.clean for book in self.books if book.exists):
            return
        lines = {book: book.lines() for book in self.books}
        recorded = Counter(Content.of(x) for all_ in lines.values() for x in all_ if x["status"] == "recorded")
        unclaimed = self.stored() - recorded
        for book, doubtful in lines.items():
            verdicts: list[list[str]] = []
            for line in doubtful:
                if line["status"] == "in_doubt" and self.random.random() < share:
                    content = Content.of(line)
                    named = [line["row"]] + [line[field] if not line["row"] else "" for field in FIELDS]
                    verdicts.append([*named, "recorded" if unclaimed[content] else "not_recorded", "the ledger"])
                    unclaimed[content] -= unclaimed[content] > 0
            self._say(book, verdicts)

    def _say(self, book: Book, verdicts: list[list[str]]) -> None:
        if not verdicts or not book.exists:
            return
        _put(self.folder / "verdicts.csv", [["row", *FIELDS, "verdict", "why"], *verdicts])
        self.figures["verdicts"] += len(verdicts)
        told = self.warm.run("resolve", book.results, "--from", "verdicts.csv", "--yes", "--sure", cwd=self.folder)
        self.told.append(f"resolve {book.results.name} {verdicts}: {told.exit} {told.stderr.splitlines()[-1:]}")
        if told.exit:
            raise DeadEndError(str(told))

    def _import_rejects(self) -> None:
        """The rejects of a book become a file of their own, mended where they were broken."""
        book = self.random.choice(self.books)
        rejects = self.folder / f"rejects-{len(self.told)}.csv"
        if len(self.books) > 3:
            return
        if self._run(book, self._already(book), {"rejects": rejects})[0] == 2 or not rejects.exists():
            return
        header, *rest = _table(rejects)
        rows = [self.mended.get(tuple(line[:5])) or self._known(tuple(line[:5])) for line in rest]
        table = [[*row.cells, *line[5:]] for row, line in zip(rows, rest, strict=True)]
        fixed = Book(rejects.with_name(f"mended-{len(self.told)}.csv"), rows, rejects.with_suffix(".results.csv"))
        _put(fixed.file, [header, *table])
        self.books.append(fixed)

    def _known(self, cells: tuple[str, ...]) -> InputRow:
        return next(row for book in self.books for row in book.rows if row.cells == cells)

    # -- the judgement -------------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Never more copies than wanted; what is called recorded is stored; what is stored is admitted somewhere."""
        stored = self.stored()
        self._complain("stored more often than wanted", stored - self.allowed)
        lines = [line for book in self.books if not book.edited for line in book.lines()]
        recorded = Counter(Content.of(line) for line in lines if line["status"] == "recorded")
        self._complain("recorded, but not stored", recorded - stored)
        if all(book.clean for book in self.books if book.exists):
            doubtful = Counter(Content.of(line) for line in lines if line["status"] == "in_doubt")
            self._complain("stored, but neither recorded nor in doubt", stored - recorded - doubtful)

    def _complain(self, what: str, which: Counter[Content]) -> None:
        if which:
            raise OracleError(f"{what}: {which}")

    def finish(self) -> None:
        """The server is well again, and the person wants an end: every row recorded, or left out knowingly."""
        self.server.replan(plan())
        self.rows += self.random.choice((self.removed, []))
        self._mend_all()
        choice = self.random.choice(("hold", "post", "skip"))
        self.told.append(f"finish with {choice}")
        for _ in range(_TURNS):
            for book in self.random.sample(self.books, len(self.books)):
                self._wish(book, duplicates=choice, retry_rejected=True)
            self.judge()
            if not (left := self._open(choice)):
                break
            self._resolve(1.0)
        else:
            raise DeadEndError(f"still open after {_TURNS} turns: {left}")
        wanted: Counter[Content] = Counter()
        for book in self.books:
            counts = Counter(row.content for row in book.rows if row.content is not None)
            wanted |= counts if choice == "post" else Counter(counts.keys())
        self._complain("wanted, and not stored", wanted - self.stored())

    def _open(self, choice: str) -> list[str]:
        done = {"already_recorded"} | ({"duplicate_row"} if choice != "post" else set())
        return [
            f"{book.results.name} row {line['row']}: {line['status']} {line['error_code']}"
            for book in self.books
            for line in book.lines()
            if line["status"] != "recorded" and line["error_code"] not in done
        ]


def _table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _put(path: Path, table: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(table)


def thrown_away(folder: Path) -> None:
    """Make room for the next month."""
    shutil.rmtree(folder, ignore_errors=True)
